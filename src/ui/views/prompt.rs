//! The line being typed, over the hint bar, with what it could become above it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget as _};

use super::text;
use crate::app::completion::complete;
use crate::app::prompt::{Prompt, PromptKind};
use crate::app::state::State;
use crate::ui::theme::{Role, Theme};

const SHOWN: usize = 8;

fn line(area: Rect) -> Rect {
    Rect {
        y: area.bottom().saturating_sub(1),
        height: 1,
        ..area
    }
}

pub fn draw(prompt: &Prompt, state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let line = line(area);
    Clear.render(line, buf);
    buf.set_style(line, theme.style(Role::Screen));
    let sigil = theme.style(Role::Accent);
    let x = text::put(theme, line, 0, 0, prompt.kind.sigil(), sigil, buf);
    let end = text::put(
        theme,
        line,
        x,
        0,
        prompt.text(),
        theme.style(Role::Text),
        buf,
    );
    let note = match prompt.kind {
        PromptKind::Search if prompt.text().is_empty() => {
            "residue 42 or A:42 · motif GxGxxG · mutation A42G".to_owned()
        }
        PromptKind::Search => format!("{} found", state.desk.matches.len()),
        PromptKind::Command => "tab completes · enter runs".to_owned(),
        PromptKind::Note(_) => "enter keeps · esc leaves".to_owned(),
        PromptKind::File(_) => "enter writes · esc leaves".to_owned(),
        PromptKind::ResidueFilter => {
            let columns = state.desk.residues.measures();
            let columns: Vec<&str> = columns.iter().map(|m| m.id()).collect();
            format!(
                "columns: {} · marked · chain A and resi 20-60",
                columns.join(" ")
            )
        }
        PromptKind::Filter => {
            let columns = state.desk.triage.measures();
            let columns: Vec<&str> = columns.iter().map(|m| m.id()).collect();
            format!(
                "columns: {} · marked · wt G · mut A,V · chain A and resi 20-60",
                columns.join(" ")
            )
        }
    };
    text::put_right(theme, line, end + 2, 0, &note, theme.style(Role::Dim), buf);
    if prompt.kind == PromptKind::Command {
        completions(prompt, state, theme, area, buf);
    }
}

fn completions(prompt: &Prompt, state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let ways = complete(prompt.text(), state);
    let rows = ways
        .len()
        .min(SHOWN)
        .min(usize::from(area.height.saturating_sub(2))) as u16;
    let list = Rect {
        y: area.bottom().saturating_sub(1 + rows),
        height: rows,
        width: area.width.min(64),
        ..area
    };
    Clear.render(list, buf);
    buf.set_style(list, theme.style(Role::Bar));
    for (y, way) in ways.iter().take(usize::from(rows)).enumerate() {
        let y = y as u16;
        let style = theme.style(Role::Bar).patch(theme.style(Role::Text));
        let x = text::put(theme, list, 1, y, &way.line, style, buf);
        let style = theme.style(Role::Bar).patch(theme.style(Role::Dim));
        text::put(theme, list, x.max(16) + 2, y, &way.about, style, buf);
    }
}

/// Where the terminal's own cursor stands while a line is typed.
#[must_use]
pub fn caret(prompt: &Prompt, area: Rect) -> Option<Position> {
    use unicode_width::UnicodeWidthStr as _;
    let before: String = prompt.text().chars().take(prompt.caret()).collect();
    let x = prompt.kind.sigil().width() + before.width();
    let line = line(area);
    (x < usize::from(line.width)).then(|| Position::new(line.x + x as u16, line.y))
}

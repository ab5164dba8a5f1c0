//! Before a file is open: bundled examples, files opened before, a folder to choose from.
//!
//! ```text
//!                  dynascope
//!    see how a protein moves and what mutations do to it
//!
//!    examples
//!  ▌ ubiquitin 1ubi
//!    recent
//!    /data/1ake.pdb
//!    /data                               ← up a folder
//!    structures/
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{status, text};
use crate::app::Command;
use crate::app::message::Place;
use crate::app::state::State;
use crate::app::welcome::Entry;
use crate::ui::theme::{Role, Theme};

const ABOUT: &str = "see how a protein moves and what mutations do to it";
const TOUR: &str = "once open: 1 to 8 the panels · / finds · s who predicts · S which score · m marks · x writes files";
const FORMATS: &str = "PDB, mmCIF or FASTA, plain or gzip; a path can be typed or pasted";

enum Row<'a> {
    Title(String),
    Blank,
    Line(usize, &'a Entry),
}

fn rows(state: &State) -> Vec<Row<'_>> {
    let welcome = &state.program.welcome;
    let mut rows = Vec::new();
    let mut number = 0;
    let sections = [
        ("examples".to_owned(), &welcome.examples),
        ("opened before".to_owned(), &welcome.recent),
        (welcome.folder.display().to_string(), &welcome.entries),
    ];
    let last = sections.len() - 1;
    for (at, (title, entries)) in sections.into_iter().enumerate() {
        if entries.is_empty() && at < last {
            continue;
        }
        rows.push(Row::Title(title));
        for entry in entries.iter().filter(|e| welcome.shows(e)) {
            rows.push(Row::Line(number, entry));
            number += 1;
        }
        if at < last {
            rows.push(Row::Blank);
        }
    }
    rows
}

fn list_area(area: Rect) -> Rect {
    let width = area.width.saturating_sub(4).min(76);
    let about = [ABOUT, FORMATS, TOUR].map(|line| text::wrap(line, usize::from(width)).len());
    let head = if area.height >= 18 {
        4 + about.iter().sum::<usize>() as u16
    } else {
        2
    };
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + head,
        width,
        height: area.height.saturating_sub(head + 2),
    }
}

fn first_row(state: &State, rows: &[Row<'_>], height: usize) -> usize {
    let chosen = rows
        .iter()
        .position(|r| matches!(r, Row::Line(n, _) if *n == state.program.welcome.selected))
        .unwrap_or(0);
    let last = rows.len().saturating_sub(height);
    chosen.saturating_sub(height / 2).min(last)
}

pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let list = list_area(area);
    title(theme, area, list, buf);
    let rows = rows(state);
    let first = first_row(state, &rows, usize::from(list.height));
    for (y, row) in rows
        .iter()
        .skip(first)
        .take(usize::from(list.height))
        .enumerate()
    {
        let y = y as u16;
        match row {
            Row::Blank => {}
            Row::Title(title) => {
                text::put(theme, list, 0, y, title, theme.style(Role::Dim), buf);
            }
            Row::Line(number, entry) => {
                let chosen = *number == state.program.welcome.selected;
                let line = Rect {
                    y: list.y + y,
                    height: 1,
                    ..list
                };
                let mut style = theme.style(Role::Text);
                if chosen {
                    buf.set_style(line, theme.style(Role::Selection));
                    style = style.patch(theme.style(Role::Selection));
                }
                let sign = theme.glyphs.text("▌", ">");
                let accent = style.patch(theme.style(Role::Accent));
                text::put(
                    theme,
                    line,
                    0,
                    0,
                    if chosen { sign } else { " " },
                    accent,
                    buf,
                );
                let slash = if entry.is_folder { "/" } else { "" };
                text::put(
                    theme,
                    line,
                    2,
                    0,
                    &format!("{}{slash}", entry.name),
                    style,
                    buf,
                );
            }
        }
    }
    let foot = Rect {
        y: area.bottom() - 2,
        height: 1,
        ..area
    };
    status::draw(state, theme, foot, buf);
    let hints = Rect {
        y: area.bottom() - 1,
        height: 1,
        ..area
    };
    let typed = &state.program.welcome.typed;
    let mut x = 1;
    if !typed.is_empty() {
        x = text::put(theme, hints, x, 0, typed, theme.style(Role::Text), buf) + 2;
    }
    // Letters are typed.
    let mut keys = state
        .program
        .keymap
        .keys(&Command::Quit)
        .map(|k| k.to_string());
    let quit = keys.find(|key| key.chars().count() > 1);
    let quit = quit.unwrap_or_else(|| ":q".to_owned());
    text::spans(
        theme,
        hints,
        (x, 0),
        &[
            ("type", Role::Key),
            (" to find  ", Role::Dim),
            ("enter", Role::Key),
            (" opens  ", Role::Dim),
            (&quit, Role::Key),
            (" quit  ", Role::Dim),
            ("?", Role::Key),
            (" help  ", Role::Dim),
            ("backspace", Role::Key),
            (" up a folder", Role::Dim),
        ],
        buf,
    );
}

fn title(theme: &Theme, area: Rect, list: Rect, buf: &mut Buffer) {
    let y = if area.height >= 18 { 2 } else { 0 };
    let head = Rect {
        y: area.y + y,
        height: list.y.saturating_sub(area.y + y + 1).max(1),
        x: list.x,
        width: list.width,
    };
    text::put(
        theme,
        head,
        0,
        0,
        "dynascope",
        theme.style(Role::Accent),
        buf,
    );
    if area.height >= 18 {
        let about = text::wrap(ABOUT, usize::from(head.width));
        let formats = text::wrap(FORMATS, usize::from(head.width));
        let lines = about.iter().map(|l| (l, Role::Text));
        let tour = text::wrap(TOUR, usize::from(head.width));
        let lines = lines.chain(formats.iter().map(|l| (l, Role::Dim)));
        let lines = lines.chain(tour.iter().map(|l| (l, Role::Dim)));
        for (y, (line, role)) in (1..head.height).zip(lines) {
            text::put(theme, head, 0, y, line, theme.style(role), buf);
        }
    }
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, area: Rect, column: u16, row: u16) -> Place {
    let list = list_area(area);
    if !list.contains((column, row).into()) {
        return Place::Nowhere;
    }
    let rows = rows(state);
    let first = first_row(state, &rows, usize::from(list.height));
    match rows.get(first + usize::from(row - list.y)) {
        Some(Row::Line(number, _)) => Place::Line(*number),
        _ => Place::Nowhere,
    }
}

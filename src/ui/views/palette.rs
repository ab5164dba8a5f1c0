//! Every action: help and command palette in one.
//!
//! ```text
//! ╭ what would you like to do? ──────────────────────────╮
//! │ › chain                                              │
//! │ ▌Next chain                                        ] │
//! │  Previous chain                                    [ │
//! ╰ 2 of 49 ────────────────────── enter runs · esc back ╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget as _};

use super::text;
use crate::app::actions::ACTIONS;
use crate::app::message::Place;
use crate::app::palette::Palette;
use crate::ui::theme::{Role, Theme};

fn frame(area: Rect) -> Rect {
    let width = area.width.saturating_sub(4).clamp(area.width.min(20), 78);
    let height = area.height.saturating_sub(4).clamp(area.height.min(6), 26);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 3,
        width,
        height,
    }
}

/// The area of the lines and the first line shown.
fn lines(palette: &Palette, area: Rect) -> (Rect, usize) {
    let frame = frame(area);
    let rows = frame.height.saturating_sub(3);
    let list = Rect {
        x: frame.x + 1,
        y: frame.y + 2,
        width: frame.width.saturating_sub(2),
        height: rows,
    };
    let visible = usize::from(rows.max(1));
    let first = (palette.selected + 1).saturating_sub(visible);
    (list, first)
}

/// Draws the palette over the panels.
pub fn draw(palette: &Palette, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let outer = frame(area);
    Clear.render(outer, buf);
    buf.set_style(outer, theme.style(Role::Screen));
    border(theme, outer, "every action, by name or key", buf);
    let (list, first) = lines(palette, area);
    let head = Rect {
        y: outer.y + 1,
        height: 1,
        ..list
    };
    let sign = theme.glyphs.text("› ", "> ");
    let x = text::put(theme, head, 1, 0, sign, theme.style(Role::Accent), buf);
    let end = text::put(
        theme,
        head,
        x,
        0,
        palette.prompt.text(),
        theme.style(Role::Text),
        buf,
    );
    let caret = text::width(
        theme,
        &palette
            .prompt
            .text()
            .chars()
            .take(palette.prompt.caret())
            .collect::<String>(),
    );
    if x + caret < head.width {
        buf[(head.x + x + caret, head.y)].set_style(theme.style(Role::Cursor));
    }
    let count = format!("{} of {} ", palette.lines.len(), ACTIONS.len());
    text::put_right(theme, head, end + 2, 0, &count, theme.style(Role::Dim), buf);
    if palette.lines.is_empty() {
        text::empty(theme, list, &["no action is called that", "backspace"], buf);
    }
    for (row, line) in palette
        .lines
        .iter()
        .enumerate()
        .skip(first)
        .take(usize::from(list.height))
    {
        let y = (row - first) as u16;
        let chosen = row == palette.selected;
        let style = if chosen {
            buf.set_style(
                Rect {
                    y: list.y + y,
                    height: 1,
                    ..list
                },
                theme.style(Role::Selection),
            );
            theme.style(Role::Text).patch(theme.style(Role::Selection))
        } else {
            theme.style(Role::Text)
        };
        let end = text::put(theme, list, 1, y, line.action.info().help, style, buf);
        let keys = format!("{} ", line.keys);
        text::put_right(theme, list, end + 1, y, &keys, theme.style(Role::Key), buf);
    }
}

/// What a cell stands for.
#[must_use]
pub fn hit(palette: &Palette, area: Rect, column: u16, row: u16) -> Place {
    let (list, first) = lines(palette, area);
    if list.contains((column, row).into()) {
        Place::Line(first + usize::from(row - list.y))
    } else {
        Place::Nowhere
    }
}

/// A frame with a title.
pub(super) fn border(theme: &Theme, area: Rect, title: &str, buf: &mut Buffer) {
    use ratatui::widgets::{Block, BorderType};
    let ascii = ratatui::symbols::border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    };
    let block = Block::bordered().border_style(theme.style(Role::FocusBorder));
    let block = if theme.glyphs.is_ascii() {
        block.border_set(ascii)
    } else {
        block.border_type(BorderType::Rounded)
    };
    block.render(area, buf);
    let inner = Rect { height: 1, ..area };
    text::put(
        theme,
        inner,
        2,
        0,
        &format!(" {title} "),
        theme.style(Role::Title),
        buf,
    );
}

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

use super::popup::Popup;
use super::text;
use crate::app::actions::ACTIONS;
use crate::app::message::Place;
use crate::app::palette::Palette;
use crate::ui::theme::{Role, Theme};

fn popup(palette: &Palette, area: Rect) -> Popup {
    let width = area.width.saturating_sub(4).clamp(area.width.min(20), 78);
    let height = area.height.saturating_sub(4).clamp(area.height.min(6), 26);
    Popup::new(area, (width, height), 1, palette.selected)
}

/// Draws the palette over the panels.
pub fn draw(palette: &Palette, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let popup = popup(palette, area);
    popup.draw(theme, "every action, by name or key", buf);
    let list = popup.list;
    let head = Rect {
        y: popup.outer.y + 1,
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
    for (at, y, line) in popup.shown(&palette.lines) {
        let style = if at == palette.selected {
            popup.choose(y, theme, buf);
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
    let line = popup(palette, area).line_at(column, row);
    line.map_or(Place::Nowhere, Place::Line)
}

//! Every command: help and command palette in one.
//!
//! ```text
//! ╭ what would you like to do? ──────────────────────────╮
//! │ › chain                                              │
//! │ ▌Next chain                                        ] │
//! │  Previous chain                                    [ │
//! ╰─────────────────────────────── enter runs · esc back ╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::popup::Popup;
use super::text;
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
    popup.draw(theme, "every command, by name or key", buf);
    popup.draw_more(palette.lines.len(), theme, buf);
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
    let count = format!("{} ", palette.lines.len());
    text::put_right(theme, head, end + 2, 0, &count, theme.style(Role::Dim), buf);
    if palette.lines.is_empty() {
        text::empty(theme, list, &["there is no such command", "backspace"], buf);
    }
    for (at, y, line) in popup.shown(&palette.lines) {
        let style = if at == palette.selected {
            popup.choose(y, theme, buf);
            theme.style(Role::Text).patch(theme.style(Role::Selection))
        } else {
            theme.style(Role::Text)
        };
        let end = text::put(theme, list, 1, y, &line.help, style, buf);
        if !line.keys.is_empty() {
            let keys = format!("{} ", line.keys);
            text::put_right(theme, list, end + 1, y, &keys, theme.style(Role::Key), buf);
            continue;
        }
        // What has no key is typed.
        let said = format!(":{}", line.line.trim_end());
        for how in [format!("{said} {} ", line.form), format!("{said} ")] {
            if text::put_right(theme, list, end + 2, y, &how, theme.style(Role::Dim), buf) {
                break;
            }
        }
    }
}

/// What a cell stands for.
#[must_use]
pub fn hit(palette: &Palette, area: Rect, column: u16, row: u16) -> Place {
    let line = popup(palette, area).line_at(column, row);
    line.map_or(Place::Nowhere, Place::Line)
}

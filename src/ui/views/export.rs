//! The dialog of files that can be written, and the question before one is replaced.
//!
//! ```text
//! ╭ write which file? ───────────────────────────────────╮
//! │ ▌dynamics  .csv   table of the residues              │
//! │  dynamics  .pdb   structure, RMSF in the B column    │
//! ╰──────────────────────────── enter names it · esc back╯
//! ```

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget as _};

use super::popup::Popup;
use super::text;
use crate::app::dialog::ExportDialog;
use crate::app::message::Place;
use crate::app::program::Missing;
use crate::ui::theme::{Role, Theme};

fn popup(dialog: &ExportDialog, area: Rect) -> Popup {
    let width = area.width.saturating_sub(4).clamp(area.width.min(20), 66);
    let wanted = dialog.lines.len() as u16 + 2;
    let height = wanted
        .min(area.height.saturating_sub(2))
        .max(area.height.min(4));
    Popup::new(area, (width, height), 0, dialog.selected)
}

/// Draws the dialog over the panels.
pub fn draw(dialog: &ExportDialog, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let popup = popup(dialog, area);
    popup.draw(theme, "write which file? enter names it", buf);
    popup.draw_more(dialog.lines.len(), theme, buf);
    let list = popup.list;
    for (at, y, product) in popup.shown(&dialog.lines) {
        let chosen = at == dialog.selected;
        let selection = theme.style(Role::Selection);
        let style = |role: Role| {
            let style = theme.style(role);
            if chosen {
                style.patch(selection)
            } else {
                style
            }
        };
        if chosen {
            popup.choose(y, theme, buf);
        }
        let sign = if chosen {
            theme.glyphs.text("▌", ">")
        } else {
            " "
        };
        text::put(theme, list, 0, y, sign, style(Role::Accent), buf);
        text::put(
            theme,
            list,
            1,
            y,
            product.family.id(),
            style(Role::Text),
            buf,
        );
        let ending = format!(".{}", product.ending);
        text::put(theme, list, 12, y, &ending, style(Role::Key), buf);
        text::put(theme, list, 19, y, product.about, style(Role::Dim), buf);
    }
}

/// What a cell stands for.
#[must_use]
pub fn hit(dialog: &ExportDialog, area: Rect, column: u16, row: u16) -> Place {
    let line = popup(dialog, area).line_at(column, row);
    line.filter(|line| *line < dialog.lines.len())
        .map_or(Place::Nowhere, Place::Line)
}

/// Asks on the last line whether a file is to be replaced.
pub fn ask(path: &Path, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let name = path
        .file_name()
        .map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let long = format!("{name} is there already.");
    let keys = "  y replaces it · any other key leaves it";
    question(theme, area, [&long, "It is there already."], keys, buf);
}

/// Asks on the last line whether an entry is to be downloaded.
pub fn ask_to_fetch(missing: &Missing, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Missing { entry, server, .. } = missing;
    let long = format!("{entry} is not on this machine. Download it from {server}?");
    let short = format!("Download {entry}?");
    let keys = "  y downloads it · any other key does not";
    question(theme, area, [&long, &short], keys, buf);
}

/// A question on the last line, in the longer words where there is room.
fn question(theme: &Theme, area: Rect, [long, short]: [&str; 2], keys: &str, buf: &mut Buffer) {
    let line = Rect {
        y: area.bottom().saturating_sub(1),
        height: 1.min(area.height),
        ..area
    };
    Clear.render(line, buf);
    buf.set_style(line, theme.style(Role::Screen));
    let room = line.width.saturating_sub(text::width(theme, keys));
    let said = if text::width(theme, long) > room {
        short
    } else {
        long
    };
    let x = text::put(theme, line, 0, 0, said, theme.style(Role::Warning), buf);
    text::put(theme, line, x, 0, keys, theme.style(Role::Key), buf);
}

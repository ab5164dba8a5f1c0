//! All messages, the newest first.
//!
//! ```text
//! ╭ messages ────────────────────────────────────────────╮
//! │ ! scores.csv: line 4: position 9 is L, not A         │
//! │   marked A42G · 3 in all · ctrl-e prints them        │
//! ╰──────────────────────────────────────────────────────╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::popup::Popup;
use super::text;
use crate::app::messages::{Level, Messages, Notice};
use crate::ui::theme::{Role, Theme};

const MARGIN: u16 = 3;

/// The colour of a level, and a sign for where there are no colours.
pub(super) fn look(theme: &Theme, level: Level) -> (&'static str, Role) {
    match level {
        Level::Info => ("", Role::Good),
        Level::Warning => ("! ", Role::Warning),
        Level::Error => (theme.glyphs.text("✗ ", "X "), Role::Error),
    }
}

/// Draws the list over the panels, from that many rows on.
pub fn draw(messages: &Messages, rows: usize, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let width = area.width.saturating_sub(4).clamp(area.width.min(20), 100);
    let height = area.height.saturating_sub(4).clamp(area.height.min(6), 30);
    let popup = Popup::new(area, (width, height), 0, 0);
    popup.draw(theme, "messages, the newest first", buf);
    let list = popup.list;
    let columns = usize::from(list.width.saturating_sub(MARGIN + 1));
    let notices = messages.all().iter().rev().map(|said| &said.notice);
    let lines: Vec<Line> = notices.flat_map(|n| lines_of(theme, n, columns)).collect();
    if lines.is_empty() {
        text::empty(theme, list, &["no messages yet"], buf);
    }
    let shown = usize::from(list.height);
    let first = rows.min(lines.len().saturating_sub(shown));
    for (y, line) in (0..list.height).zip(lines.iter().skip(first)) {
        text::put(theme, list, 1, y, line.sign, line.style, buf);
        text::put(theme, list, MARGIN, y, &line.text, line.style, buf);
    }
}

struct Line {
    sign: &'static str,
    text: String,
    style: Style,
}

fn lines_of(theme: &Theme, notice: &Notice, columns: usize) -> Vec<Line> {
    let (sign, role) = look(theme, notice.level);
    let wrapped = text::wrap(&notice.text, columns).into_iter().enumerate();
    wrapped
        .map(|(at, text)| Line {
            sign: if at == 0 { sign } else { "" },
            text,
            style: theme.style(role),
        })
        .collect()
}

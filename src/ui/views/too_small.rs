//! What is shown where nothing fits.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text;
use crate::ui::theme::{Role, Theme};

/// As much of a word as fits.
pub fn draw(theme: &Theme, area: Rect, buf: &mut Buffer) {
    let style = theme.style(Role::Dim);
    text::put(theme, area, 0, area.height / 2, "too small", style, buf);
}

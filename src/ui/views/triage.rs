//! Substitutions as a table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text;
use crate::app::message::Place;
use crate::app::state::State;
use crate::ui::theme::Theme;

/// Draws the panel; the note of its rule.
pub fn draw(_state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    text::empty(
        theme,
        area,
        &["no mutation scores yet", "S asks the next method"],
        buf,
    );
    String::new()
}

/// What a cell stands for.
pub fn hit(_state: &State, _theme: &Theme, _area: Rect, _at: (u16, u16)) -> Option<Place> {
    None
}

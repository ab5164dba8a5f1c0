//! The picture of a state.

pub mod color_scale;
pub mod glyphs;
pub mod layout;
pub mod theme;
pub mod views;
pub mod widgets;

use image::RgbaImage;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::message::Place;
use crate::app::program::Overlay;
use crate::app::state::State;
use theme::Theme;

pub fn draw(frame: &mut Frame, state: &State, theme: &Theme) {
    let area = frame.area();
    paint(state, theme, area, frame.buffer_mut());
    if let Overlay::Prompt(prompt) = &state.program.overlay
        && let Some(position) = views::prompt::caret(prompt, area)
    {
        frame.set_cursor_position(position);
    }
}

/// Draws the whole screen into a buffer.
pub fn paint(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    buf.set_style(area, theme.style(theme::Role::Screen));
    if layout::is_too_small(area) {
        views::too_small::draw(theme, area, buf);
        return;
    }
    if state.shows_welcome() {
        views::welcome::draw(state, theme, area, buf);
    } else {
        views::draw_panels(state, theme, area, buf);
    }
    match &state.program.overlay {
        Overlay::None => {}
        Overlay::Palette(palette) => views::palette::draw(palette, theme, area, buf),
        Overlay::Prompt(prompt) => views::prompt::draw(prompt, state, theme, area, buf),
        Overlay::Export(dialog) => views::export::draw(dialog, theme, area, buf),
        Overlay::Messages(rows) => {
            views::messages::draw(&state.program.messages, *rows, theme, area, buf);
        }
        Overlay::Replace(_, path) => views::export::ask(path, theme, area, buf),
        Overlay::Fetch(missing) => views::export::ask_to_fetch(missing, theme, area, buf),
    }
}

/// The structure in pixels and the cells it covers, for a terminal that shows pictures; the theme is one
/// of true colours. [`paint`] leaves those cells empty.
#[must_use]
pub fn picture(state: &State, theme: &Theme) -> Option<(Rect, RgbaImage)> {
    let area = Rect::new(0, 0, state.program.size.0, state.program.size.1);
    if layout::is_too_small(area) || state.shows_welcome() {
        return None;
    }
    views::picture(state, theme, area)
}

/// What a cell of the screen stands for.
#[must_use]
pub fn place_at(state: &State, theme: &Theme, column: u16, row: u16) -> Place {
    let area = Rect::new(0, 0, state.program.size.0, state.program.size.1);
    if layout::is_too_small(area) {
        return Place::Nowhere;
    }
    if let Overlay::Palette(palette) = &state.program.overlay {
        return views::palette::hit(palette, area, column, row);
    }
    if let Overlay::Export(dialog) = &state.program.overlay {
        return views::export::hit(dialog, area, column, row);
    }
    if state.shows_welcome() {
        return views::welcome::hit(state, area, column, row);
    }
    views::hit(state, theme, area, (column, row))
}

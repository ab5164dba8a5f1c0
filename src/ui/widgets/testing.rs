//! Themes, buffers and sizes for the tests of widgets.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::ui::theme::{Background, ColorDepth, Glyphs, Theme};

pub(super) fn truecolor() -> Theme {
    Theme::for_background(Background::Dark, ColorDepth::True, Glyphs::Unicode)
}

pub(super) fn ansi16() -> Theme {
    Theme::for_background(Background::Light, ColorDepth::Ansi16, Glyphs::Unicode)
}

pub(super) fn mono() -> Theme {
    Theme::for_background(Background::Dark, ColorDepth::None, Glyphs::Unicode)
}

pub(super) fn ascii() -> Theme {
    Theme::for_background(Background::Dark, ColorDepth::None, Glyphs::Ascii)
}

pub(super) fn themes() -> [Theme; 4] {
    [truecolor(), ansi16(), mono(), ascii()]
}

pub(super) fn draw<W>(widget: &W, width: u16, height: u16) -> Buffer
where
    for<'w> &'w W: Widget,
{
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    widget.render(area, &mut buffer);
    buffer
}

/// The text of each row, without trailing blanks.
pub(super) fn lines(buffer: &Buffer) -> Vec<String> {
    let area = *buffer.area();
    (area.top()..area.bottom())
        .map(|y| {
            let row: String = (area.left()..area.right())
                .map(|x| buffer[(x, y)].symbol())
                .collect();
            row.trim_end().to_owned()
        })
        .collect()
}

/// Draws at every small size, at some large ones, and partly outside the buffer.
pub(super) fn every_size(render: impl Fn(Rect, &mut Buffer)) {
    let small = (0..=13u16).flat_map(|w| (0..=9u16).map(move |h| (w, h)));
    for (width, height) in small.chain([(40, 12), (80, 24), (160, 50), (300, 3), (2, 90)]) {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        render(area, &mut buffer);
        render(
            Rect::new(width / 2, height / 2, width + 3, height + 3),
            &mut buffer,
        );
    }
}

/// Asserts that nothing but ASCII is drawn.
pub(super) fn assert_ascii(buffer: &Buffer) {
    let all = lines(buffer).join("\n");
    assert!(all.is_ascii(), "{all}");
}

/// Asserts that no cell has a colour.
pub(super) fn assert_colorless(buffer: &Buffer) {
    use ratatui::style::Color;
    assert!(
        buffer
            .content()
            .iter()
            .all(|c| c.fg == Color::Reset && c.bg == Color::Reset)
    );
}

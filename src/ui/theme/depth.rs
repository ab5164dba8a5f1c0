//! The colours of the terminal library for colours that are numbers.

use ratatui::style::Color;

pub use crate::color::ColorDepth;
use crate::color::Rgb;
use crate::color::terminal::{nearest, xterm};

/// The 16 ANSI colours in the order of their numbers.
const ANSI: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// A colour by its number.
#[must_use]
pub fn numbered(number: u8) -> Color {
    ANSI.get(usize::from(number))
        .copied()
        .unwrap_or(Color::Indexed(number))
}

/// The nearest colour that a terminal of that depth shows, with the red, green and blue that it is; it keeps
/// that contrast with a background where the terminal can.
#[must_use]
pub fn shown(wanted: Rgb, depth: ColorDepth, background: (Rgb, f64)) -> (Color, Rgb) {
    match depth {
        ColorDepth::True => (Color::Rgb(wanted.0, wanted.1, wanted.2), wanted),
        ColorDepth::None => (Color::Reset, wanted),
        _ => {
            let number = nearest(wanted, depth, background);
            (numbered(number), xterm(number))
        }
    }
}

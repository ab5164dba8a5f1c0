//! How many colours the terminal shows, and the nearest colour it has.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColorDepth {
    /// 24 bits.
    #[default]
    True,
    /// xterm's 256: a 6 × 6 × 6 cube and 24 greys.
    Indexed256,
    /// The 16 of ANSI, whose shades the user's terminal decides.
    Ansi16,
    /// None: shapes and attributes carry everything.
    None,
}

/// A colour as red, green and blue, 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The 16 ANSI colours as xterm paints them.
const ANSI: [(Color, Rgb); 16] = [
    (Color::Black, Rgb(0, 0, 0)),
    (Color::Red, Rgb(205, 0, 0)),
    (Color::Green, Rgb(0, 205, 0)),
    (Color::Yellow, Rgb(205, 205, 0)),
    (Color::Blue, Rgb(0, 0, 238)),
    (Color::Magenta, Rgb(205, 0, 205)),
    (Color::Cyan, Rgb(0, 205, 205)),
    (Color::Gray, Rgb(229, 229, 229)),
    (Color::DarkGray, Rgb(127, 127, 127)),
    (Color::LightRed, Rgb(255, 0, 0)),
    (Color::LightGreen, Rgb(0, 255, 0)),
    (Color::LightYellow, Rgb(255, 255, 0)),
    (Color::LightBlue, Rgb(92, 92, 255)),
    (Color::LightMagenta, Rgb(255, 0, 255)),
    (Color::LightCyan, Rgb(0, 255, 255)),
    (Color::White, Rgb(255, 255, 255)),
];

/// The levels of xterm's colour cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Rgb {
    /// Reads `#rrggbb`.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.is_ascii() {
            return None;
        }
        let part = |i: usize| u8::from_str_radix(&digits[i..i + 2], 16).ok();
        Some(Self(part(0)?, part(2)?, part(4)?))
    }

    /// The colour a fraction `t` of the way to `other`.
    #[must_use]
    pub fn mix(self, other: Self, t: f64) -> Self {
        let t = t.clamp(0.0, 1.0);
        let blend = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * t).round() as u8;
        Self(
            blend(self.0, other.0),
            blend(self.1, other.1),
            blend(self.2, other.2),
        )
    }

    /// Relative luminance, 0 to 1 (WCAG).
    #[must_use]
    pub fn luminance(self) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast with another colour, 1 to 21 (WCAG).
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Black or white, whichever reads better on this colour.
    #[must_use]
    pub fn ink(self) -> Self {
        let (black, white) = (Self(16, 16, 18), Self(250, 250, 250));
        if self.contrast(black) >= self.contrast(white) {
            black
        } else {
            white
        }
    }

    /// Squared distance, green weighted as the eye does.
    fn distance(self, other: Self) -> i32 {
        let d = |a: u8, b: u8| i32::from(a) - i32::from(b);
        let (r, g, b) = (d(self.0, other.0), d(self.1, other.1), d(self.2, other.2));
        2 * r * r + 4 * g * g + 3 * b * b
    }

    /// The nearest colour that a terminal of that depth shows.
    #[must_use]
    pub fn at(self, depth: ColorDepth) -> Color {
        match depth {
            ColorDepth::True => Color::Rgb(self.0, self.1, self.2),
            ColorDepth::Indexed256 => Color::Indexed(self.indexed()),
            ColorDepth::Ansi16 => self.ansi(),
            ColorDepth::None => Color::Reset,
        }
    }

    fn indexed(self) -> u8 {
        let level = |c: u8| {
            (0..6u8)
                .min_by_key(|&i| (i32::from(CUBE[i as usize]) - i32::from(c)).abs())
                .unwrap_or(0)
        };
        let (r, g, b) = (level(self.0), level(self.1), level(self.2));
        let cube = Self(CUBE[r as usize], CUBE[g as usize], CUBE[b as usize]);
        let mean = (i32::from(self.0) + i32::from(self.1) + i32::from(self.2)) / 3;
        let step = ((mean - 8 + 5) / 10).clamp(0, 23) as u8;
        let shade = 8 + 10 * step;
        if self.distance(Self(shade, shade, shade)) < self.distance(cube) {
            232 + step
        } else {
            16 + 36 * r + 6 * g + b
        }
    }

    fn ansi(self) -> Color {
        ANSI.iter()
            .min_by_key(|(_, rgb)| self.distance(*rgb))
            .map_or(Color::Reset, |(color, _)| *color)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_and_refused() {
        assert_eq!(Rgb::from_hex("#0a10ff"), Some(Rgb(10, 16, 255)));
        for bad in ["0a10ff", "#0a10f", "#0a10fg", "#ääx", ""] {
            assert_eq!(Rgb::from_hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn nearest_colours() {
        assert_eq!(
            Rgb(255, 0, 0).at(ColorDepth::Indexed256),
            Color::Indexed(196)
        );
        assert_eq!(
            Rgb(128, 128, 128).at(ColorDepth::Indexed256),
            Color::Indexed(244)
        );
        assert_eq!(Rgb(250, 10, 10).at(ColorDepth::Ansi16), Color::LightRed);
        assert_eq!(Rgb(1, 2, 3).at(ColorDepth::None), Color::Reset);
        for v in 0..=255u8 {
            assert!(matches!(
                Rgb(v, v, v).at(ColorDepth::Indexed256),
                Color::Indexed(16..)
            ));
        }
    }

    #[test]
    fn ink_reads_on_every_grey() {
        for v in 0..=255u8 {
            let paper = Rgb(v, v, v);
            assert!(paper.contrast(paper.ink()) > 4.0);
        }
    }
}

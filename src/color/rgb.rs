//! A colour as red, green and blue; its lightness and its distance from others as the eye sees them.

use std::sync::OnceLock;

/// A colour as red, green and blue, 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// A colour of CIELAB under D65: lightness 0 to 100, green to red, blue to yellow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lab {
    pub lightness: f64,
    pub a: f64,
    pub b: f64,
}

/// Linear light of each of the 256 steps of a channel (sRGB).
fn linear(step: u8) -> f64 {
    static TABLE: OnceLock<[f64; 256]> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        std::array::from_fn(|step| {
            let c = step as f64 / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        })
    });
    table[usize::from(step)]
}

fn step_of(linear: f64) -> u8 {
    let c = linear.clamp(0.0, 1.0);
    let c = if c <= 0.003_130_8 {
        12.92 * c
    } else {
        1.055 * c.powf(1.0 / 2.4) - 0.055
    };
    (255.0 * c).round() as u8
}

/// The white of D65.
const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];

impl Rgb {
    pub const BLACK: Self = Self(0, 0, 0);
    pub const WHITE: Self = Self(255, 255, 255);

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

    /// `rrggbb`.
    #[must_use]
    pub fn hex(self) -> String {
        format!("{:02x}{:02x}{:02x}", self.0, self.1, self.2)
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
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast with another colour, 1 to 21 (WCAG).
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Black or white, whichever reads better on this colour: a contrast of 4.58 at least.
    #[must_use]
    pub fn ink(self) -> Self {
        if self.contrast(Self::BLACK) >= self.contrast(Self::WHITE) {
            Self::BLACK
        } else {
            Self::WHITE
        }
    }

    #[must_use]
    pub fn lab(self) -> Lab {
        let (r, g, b) = (linear(self.0), linear(self.1), linear(self.2));
        let xyz = [
            0.4124 * r + 0.3576 * g + 0.1805 * b,
            0.2126 * r + 0.7152 * g + 0.0722 * b,
            0.0193 * r + 0.1192 * g + 0.9505 * b,
        ];
        let f = |i: usize| {
            let t = xyz[i] / WHITE[i];
            if t > 216.0 / 24_389.0 {
                t.cbrt()
            } else {
                (24_389.0 / 27.0 * t + 16.0) / 116.0
            }
        };
        let (x, y, z) = (f(0), f(1), f(2));
        Lab {
            lightness: 116.0 * y - 16.0,
            a: 500.0 * (x - y),
            b: 200.0 * (y - z),
        }
    }
}

impl Lab {
    /// The difference that the eye sees (CIE 1976); 2 is just noticed.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        let (l, a, b) = (
            self.lightness - other.lightness,
            self.a - other.a,
            self.b - other.b,
        );
        (l * l + a * a + b * b).sqrt()
    }

    /// The colour a fraction `t` of the way to `other`.
    #[must_use]
    pub fn mix(self, other: Self, t: f64) -> Self {
        let blend = |a: f64, b: f64| a + (b - a) * t;
        Self {
            lightness: blend(self.lightness, other.lightness),
            a: blend(self.a, other.a),
            b: blend(self.b, other.b),
        }
    }

    /// The nearest colour of a screen.
    #[must_use]
    pub fn rgb(self) -> Rgb {
        let y = (self.lightness + 16.0) / 116.0;
        let unfold = |t: f64, white: f64| {
            let cube = t * t * t;
            white
                * if cube > 216.0 / 24_389.0 {
                    cube
                } else {
                    (116.0 * t - 16.0) * 27.0 / 24_389.0
                }
        };
        let (x, y, z) = (
            unfold(y + self.a / 500.0, WHITE[0]),
            unfold(y, WHITE[1]),
            unfold(y - self.b / 200.0, WHITE[2]),
        );
        Rgb(
            step_of(3.2406 * x - 1.5372 * y - 0.4986 * z),
            step_of(-0.9689 * x + 1.8758 * y + 0.0415 * z),
            step_of(0.0557 * x - 0.2040 * y + 1.0570 * z),
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_and_refused() {
        assert_eq!(Rgb::from_hex("#0a10ff"), Some(Rgb(10, 16, 255)));
        assert_eq!(Rgb(10, 16, 255).hex(), "0a10ff");
        for bad in ["0a10ff", "#0a10f", "#0a10fg", "#ääx", ""] {
            assert_eq!(Rgb::from_hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn ink_reads_on_every_colour() {
        for r in (0..=255u8).step_by(15) {
            for g in (0..=255u8).step_by(15) {
                for b in (0..=255u8).step_by(15) {
                    let paper = Rgb(r, g, b);
                    let contrast = paper.contrast(paper.ink());
                    assert!(contrast >= crate::color::TEXT_CONTRAST, "{paper:?}");
                }
            }
        }
    }

    /// Values of other programs (colormath, D65).
    #[test]
    fn lab_is_as_published_and_comes_back() {
        for (rgb, lab) in [
            (Rgb(255, 0, 0), (53.24, 80.09, 67.20)),
            (Rgb(0, 0, 255), (32.30, 79.19, -107.86)),
            (Rgb(119, 119, 119), (50.03, 0.0, 0.0)),
            (Rgb::WHITE, (100.0, 0.0, 0.0)),
        ] {
            let found = rgb.lab();
            let far = [found.lightness - lab.0, found.a - lab.1, found.b - lab.2];
            assert!(far.iter().all(|d| d.abs() < 0.05), "{rgb:?}: {found:?}");
            assert_eq!(found.rgb(), rgb);
        }
    }
}

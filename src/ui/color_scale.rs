//! Scales ready for one terminal: from a number to a colour, an ink that reads upon it, and a glyph that stands
//! in for the colour where the terminal has too few.
//!
//! Values off the scale are clamped; NaN has no shade ([`crate::ui::theme::Theme::missing`] draws it).

use ratatui::style::Color;

use super::glyphs::{Glyphs, step};
use super::theme::depth::{ColorDepth, numbered, shown};
pub use crate::color::{Background, DivergingKind, SequentialKind};
use crate::color::{MARK_CONTRAST, Rgb, ansi, categories, scale::SHADES, terminal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shade {
    /// The colour: as background of a filled cell, or of a glyph.
    pub color: Color,
    /// Black or white, whichever reads upon `color`.
    pub ink: Color,
    /// Stands for the value where colour does not carry it.
    pub glyph: char,
}

/// A scale from 0 to 1, ready for one terminal.
#[derive(Debug, Clone)]
pub struct Sequential {
    pub kind: SequentialKind,
    shades: Vec<Shade>,
}

impl Sequential {
    /// The scale for a terminal.
    #[must_use]
    pub fn new(
        kind: SequentialKind,
        background: Background,
        depth: ColorDepth,
        glyphs: Glyphs,
    ) -> Self {
        let colors = kind.colors(background);
        let few = ansi::sequential(kind, background);
        let last = (colors.len() - 1) as f64;
        let shades = painted(&colors, few, background, depth)
            .into_iter()
            .enumerate()
            .map(|(i, rgb)| shade(rgb, depth, step(glyphs.ramp(), i as f64 / last)))
            .collect();
        Self { kind, shades }
    }

    /// The shade of `t`, from 0 to 1; NaN as 0.
    #[must_use]
    pub fn shade(&self, t: f64) -> Shade {
        self.shades[(t.clamp(0.0, 1.0) * (SHADES - 1) as f64).round() as usize]
    }

    /// The shade of `value` on a scale from `low` to `high`.
    #[must_use]
    pub fn between(&self, value: f64, low: f64, high: f64) -> Shade {
        let span = high - low;
        self.shade(if span.abs() > 0.0 {
            (value - low) / span
        } else {
            0.5
        })
    }
}

/// A scale from −1 to 1 whose middle is zero, ready for one terminal.
#[derive(Debug, Clone)]
pub struct Diverging {
    pub kind: DivergingKind,
    /// From zero outwards: below it, above it.
    arms: [Vec<Shade>; 2],
}

/// Below this fraction of the limit a value has the glyph of zero.
const QUIET: f64 = 0.12;

impl Diverging {
    /// The scale for a terminal.
    #[must_use]
    pub fn new(
        kind: DivergingKind,
        background: Background,
        depth: ColorDepth,
        glyphs: Glyphs,
    ) -> Self {
        let ramps = glyphs.signed_ramps();
        let arm = |above: bool| {
            let ramp = if above { ramps.1 } else { ramps.0 };
            let colors = kind.arm(background, above);
            let few = ansi::arm(kind, background, above);
            let last = (colors.len() - 1) as f64;
            let painted = painted(&colors, few, background, depth).into_iter();
            painted
                .enumerate()
                .map(|(i, rgb)| {
                    let strength = (i as f64 / last - QUIET) / (1.0 - QUIET);
                    let glyph = if strength < 0.0 {
                        ' '
                    } else {
                        step(ramp, strength)
                    };
                    shade(rgb, depth, glyph)
                })
                .collect()
        };
        let mut arms: [Vec<Shade>; 2] = [arm(false), arm(true)];
        // Zero is one colour, from whichever side it is come to.
        arms[1][0] = arms[0][0];
        Self { kind, arms }
    }

    /// The shade of `t`, from −1 to 1; NaN as 0.
    #[must_use]
    pub fn shade(&self, t: f64) -> Shade {
        let arm = &self.arms[usize::from(t > 0.0)];
        let last = (arm.len() - 1) as f64;
        arm[(t.abs().clamp(0.0, 1.0) * last).round() as usize]
    }

    /// The shade of `value` on a scale from `-limit` to `limit`.
    #[must_use]
    pub fn around_zero(&self, value: f64, limit: f64) -> Shade {
        self.shade(if limit > 0.0 { value / limit } else { 0.0 })
    }
}

/// The colours of kinds on one terminal.
#[must_use]
pub fn kinds(background: Background, depth: ColorDepth) -> Vec<Color> {
    let look = (background.paper(), MARK_CONTRAST);
    match depth {
        ColorDepth::Ansi16 => ansi::categories(background)
            .iter()
            .map(|n| numbered(*n))
            .collect(),
        _ => categories(background)
            .iter()
            .map(|c| shown(*c, depth, look).0)
            .collect(),
    }
}

/// A colour of the terminal library, and what it looks like.
type Painted = (Color, Rgb);

/// The colours of a scale as a terminal shows them.
fn painted(colors: &[Rgb], few: &[u8], background: Background, depth: ColorDepth) -> Vec<Painted> {
    let by_number = |number: u8| (numbered(number), terminal::xterm(number));
    match depth {
        ColorDepth::Indexed256 => {
            let look = (background.paper(), MARK_CONTRAST);
            let found = terminal::along(colors, look).into_iter();
            found.map(by_number).collect()
        }
        ColorDepth::Ansi16 => (0..colors.len())
            .map(|i| by_number(few[i * few.len() / colors.len()]))
            .collect(),
        _ => colors
            .iter()
            .map(|c| shown(*c, depth, (Rgb::BLACK, 0.0)))
            .collect(),
    }
}

fn shade((color, looks): Painted, depth: ColorDepth, glyph: char) -> Shade {
    Shade {
        color,
        ink: shown(looks.ink(), depth, (Rgb::BLACK, 0.0)).0,
        glyph,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn signs_differ_and_what_is_off_the_scale_is_its_end() {
        for kind in DivergingKind::ALL {
            for background in [Background::Dark, Background::Light] {
                for depth in [ColorDepth::True, ColorDepth::Indexed256, ColorDepth::Ansi16] {
                    let s = Diverging::new(kind, background, depth, Glyphs::Unicode);
                    assert_ne!(s.shade(0.7).color, s.shade(-0.7).color);
                    assert_ne!(s.shade(0.7).color, s.shade(0.0).color);
                    assert_eq!(s.shade(f64::NAN), s.shade(0.0));
                    assert_eq!(s.shade(7.0), s.shade(1.0));
                    assert_eq!(s.shade(-1e-9).color, s.shade(1e-9).color);
                }
            }
        }
    }

    #[test]
    fn few_colours_go_the_whole_way() {
        let s = Sequential::new(
            SequentialKind::Motion,
            Background::Dark,
            ColorDepth::Ansi16,
            Glyphs::Ascii,
        );
        assert_eq!(s.shade(0.0).color, Color::LightBlue);
        assert_eq!(s.shade(1.0).color, Color::LightRed);
        assert_eq!(kinds(Background::Light, ColorDepth::Ansi16)[0], Color::Blue);
        assert_eq!(kinds(Background::Dark, ColorDepth::None)[0], Color::Reset);
    }

    #[test]
    fn without_colour_the_glyph_tells_sign_and_size() {
        for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
            let s = Diverging::new(
                DivergingKind::BlueRed,
                Background::Dark,
                ColorDepth::None,
                glyphs,
            );
            let at = |t: f64| s.shade(t).glyph;
            assert_eq!(at(0.0), ' ');
            let seven: Vec<char> = [-1.0, -0.6, -0.3, 0.0, 0.3, 0.6, 1.0].map(at).to_vec();
            let mut distinct = seven.clone();
            distinct.dedup();
            assert_eq!(distinct.len(), 7, "{seven:?}");
            assert_eq!(s.shade(0.7).color, Color::Reset);
        }
    }

    #[test]
    fn a_flat_range_is_the_middle() {
        let s = Sequential::new(
            SequentialKind::Viridis,
            Background::Dark,
            ColorDepth::True,
            Glyphs::Unicode,
        );
        assert_eq!(s.between(3.0, 3.0, 3.0), s.shade(0.5));
    }
}

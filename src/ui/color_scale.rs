//! Colour scales: from a number to a colour, an ink that reads upon it, and a glyph that stands in
//! for the colour where the terminal has too few.
//!
//! All are safe for the colour blind. Values off the scale are clamped; NaN has no shade
//! ([`crate::ui::theme::Theme::missing`] draws it).

use colorgrad::{BlendMode, CatmullRomGradient, Gradient, GradientBuilder};
use ratatui::style::Color;

use super::glyphs::{Glyphs, step};
use super::theme::depth::{ColorDepth, Rgb};

/// Whether the terminal's background is dark or light: decides which end of a scale is quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Background {
    #[default]
    Dark,
    Light,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shade {
    /// The colour: as background of a filled cell, or of a glyph.
    pub color: Color,
    /// Black or white, whichever reads upon `color`.
    pub ink: Color,
    /// Stands for the value where colour does not carry it.
    pub glyph: char,
}

const SHADES: usize = 256;

/// Scales of values from none to much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SequentialKind {
    #[default]
    Viridis,
    /// Blue to yellow, made for the colour blind.
    Cividis,
    Inferno,
    /// Blue = rigid, red = mobile: the habit of B-factor pictures.
    Motion,
}

impl SequentialKind {
    pub const ALL: [Self; 4] = [Self::Viridis, Self::Cividis, Self::Inferno, Self::Motion];

    /// The name in theme files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Viridis => "viridis",
            Self::Cividis => "cividis",
            Self::Inferno => "inferno",
            Self::Motion => "motion",
        }
    }

    /// The scale of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.id() == id)
    }

    fn ansi(self) -> &'static [Color] {
        match self {
            Self::Viridis => &[
                Color::Magenta,
                Color::Blue,
                Color::Cyan,
                Color::Green,
                Color::LightYellow,
            ],
            Self::Cividis => &[Color::Blue, Color::Gray, Color::Yellow, Color::LightYellow],
            Self::Inferno => &[
                Color::Magenta,
                Color::Red,
                Color::LightRed,
                Color::LightYellow,
            ],
            Self::Motion => &[
                Color::LightBlue,
                Color::Cyan,
                Color::Green,
                Color::Yellow,
                Color::LightRed,
            ],
        }
    }

    fn rgb(self, background: Background) -> Vec<Rgb> {
        // The end that would drown in the background is cut off.
        let (from, to) = match background {
            Background::Dark => (0.16, 1.0),
            Background::Light => (0.0, 0.9),
        };
        match self {
            Self::Viridis => sampled(&colorgrad::preset::viridis(), from, to),
            Self::Cividis => sampled(&colorgrad::preset::cividis(), from, to),
            Self::Inferno => sampled(&colorgrad::preset::inferno(), from + 0.1, to),
            Self::Motion => blended(match background {
                Background::Dark => &[
                    "#3d6dff", "#2fb6e8", "#7fd8a4", "#f5dc5b", "#fb923c", "#ef3b2c",
                ],
                Background::Light => &[
                    "#1c46c4", "#0f86b8", "#3f9a63", "#c19a00", "#d9640f", "#b3121d",
                ],
            }),
        }
    }
}

/// Scales of values on both sides of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DivergingKind {
    /// Blue below zero, red above.
    #[default]
    BlueRed,
    /// Purple below zero, orange above.
    PurpleOrange,
    /// Teal below zero, brown above.
    TealBrown,
}

impl DivergingKind {
    pub const ALL: [Self; 3] = [Self::BlueRed, Self::PurpleOrange, Self::TealBrown];

    /// The name in theme files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::BlueRed => "blue-red",
            Self::PurpleOrange => "purple-orange",
            Self::TealBrown => "teal-brown",
        }
    }

    /// The scale of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.id() == id)
    }

    fn ansi(self) -> (Color, Color) {
        match self {
            Self::BlueRed => (Color::LightBlue, Color::LightRed),
            Self::PurpleOrange => (Color::LightMagenta, Color::LightYellow),
            Self::TealBrown => (Color::LightCyan, Color::Yellow),
        }
    }

    /// The stops from −1 to 1: zero is as quiet as the background.
    fn stops(self, background: Background) -> &'static [&'static str] {
        match (self, background) {
            (Self::BlueRed, Background::Dark) => &[
                "#b5deff", "#6cb6ff", "#3f8be6", "#2d5599", "#222227", "#8f3829", "#d9523a",
                "#fa8a58", "#ffceab",
            ],
            (Self::BlueRed, Background::Light) => &[
                "#08306b", "#2166ac", "#5a9bcf", "#b3d3e8", "#f2f2f2", "#f7c3a8", "#dd6f52",
                "#b2182b", "#67001f",
            ],
            (Self::PurpleOrange, Background::Dark) => &[
                "#e0ccff", "#b08bf0", "#7d55c7", "#443566", "#242429", "#5e3d14", "#b06a12",
                "#f0a030", "#ffdf9e",
            ],
            (Self::PurpleOrange, Background::Light) => &[
                "#2d004b", "#542788", "#8073ac", "#c9c3e0", "#f2f2f2", "#f8d3a0", "#e08a1e",
                "#b35806", "#7f3b08",
            ],
            (Self::TealBrown, Background::Dark) => &[
                "#a6f5ea", "#4fcfc0", "#1f9488", "#1d4f4b", "#242429", "#59401c", "#a3702a",
                "#dcae5c", "#fbe5b0",
            ],
            (Self::TealBrown, Background::Light) => &[
                "#003c30", "#01665e", "#35978f", "#a8d9d1", "#f2f2f2", "#e8cf9c", "#bf812d",
                "#8c510a", "#543005",
            ],
        }
    }
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
        let rgb = kind.rgb(background);
        let shades = rgb
            .iter()
            .enumerate()
            .map(|(i, &rgb)| {
                let t = i as f64 / (SHADES - 1) as f64;
                let mut shade = shade(rgb, depth, step(glyphs.ramp(), t));
                if depth == ColorDepth::Ansi16 {
                    let stops = kind.ansi();
                    shade.color = stops[((t * stops.len() as f64) as usize).min(stops.len() - 1)];
                }
                shade
            })
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
    shades: Vec<Shade>,
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
        let (minus, plus) = glyphs.signed_ramps();
        let shades = blended(kind.stops(background))
            .iter()
            .enumerate()
            .map(|(i, &rgb)| {
                let t = 2.0 * i as f64 / (SHADES - 1) as f64 - 1.0;
                let strength = (t.abs() - QUIET) / (1.0 - QUIET);
                let glyph = match (strength < 0.0, t < 0.0) {
                    (true, _) => ' ',
                    (_, true) => step(minus, strength),
                    (_, false) => step(plus, strength),
                };
                let mut shade = shade(rgb, depth, glyph);
                if depth == ColorDepth::Ansi16 {
                    shade.color = if t < 0.0 {
                        kind.ansi().0
                    } else {
                        kind.ansi().1
                    };
                }
                shade
            })
            .collect();
        Self { kind, shades }
    }

    /// The shade of `t`, from −1 to 1; NaN as 0.
    #[must_use]
    pub fn shade(&self, t: f64) -> Shade {
        let t = if t.is_nan() { 0.0 } else { t.clamp(-1.0, 1.0) };
        self.shades[(f64::midpoint(t, 1.0) * (SHADES - 1) as f64).round() as usize]
    }

    /// The shade of `value` on a scale from `-limit` to `limit`.
    #[must_use]
    pub fn around_zero(&self, value: f64, limit: f64) -> Shade {
        self.shade(if limit > 0.0 { value / limit } else { 0.0 })
    }
}

fn shade(rgb: Rgb, depth: ColorDepth, glyph: char) -> Shade {
    Shade {
        color: rgb.at(depth),
        ink: rgb.ink().at(depth),
        glyph,
    }
}

fn rgb_of(color: &colorgrad::Color) -> Rgb {
    let [r, g, b, _] = color.to_rgba8();
    Rgb(r, g, b)
}

fn sampled(gradient: &dyn Gradient, from: f32, to: f32) -> Vec<Rgb> {
    (0..SHADES)
        .map(|i| rgb_of(&gradient.at(from + (to - from) * i as f32 / (SHADES - 1) as f32)))
        .collect()
}

/// A smooth path through the stops in a perceptually uniform space.
fn blended(stops: &[&str]) -> Vec<Rgb> {
    let colors: Vec<_> = stops
        .iter()
        .filter_map(|s| Rgb::from_hex(s))
        .map(|Rgb(r, g, b)| colorgrad::Color::from_rgba8(r, g, b, 255))
        .collect();
    let built = GradientBuilder::new()
        .colors(&colors)
        .mode(BlendMode::Oklab)
        .build::<CatmullRomGradient>();
    match built {
        Ok(gradient) => sampled(&gradient, 0.0, 1.0),
        Err(_) => vec![Rgb(128, 128, 128); SHADES],
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    fn rgb(color: Color) -> Rgb {
        match color {
            Color::Rgb(r, g, b) => Rgb(r, g, b),
            other => panic!("{other:?} is no true colour"),
        }
    }

    #[test]
    fn zero_is_quiet_and_signs_differ() {
        for kind in DivergingKind::ALL {
            for (background, paper) in [
                (Background::Dark, Rgb(20, 20, 24)),
                (Background::Light, Rgb(250, 250, 250)),
            ] {
                let s = Diverging::new(kind, background, ColorDepth::True, Glyphs::Unicode);
                let contrast = |t| rgb(s.shade(t).color).contrast(paper);
                assert!(contrast(0.0) < 1.3, "{kind:?} {background:?}");
                assert!(
                    contrast(1.0) > 4.0 && contrast(-1.0) > 4.0,
                    "{kind:?} {background:?}"
                );
                assert!(contrast(0.5) > contrast(0.2) && contrast(-0.5) > contrast(-0.2));
                assert_ne!(s.shade(0.5).color, s.shade(-0.5).color);
                assert_eq!(s.shade(f64::NAN), s.shade(0.0));
                assert_eq!(s.shade(7.0), s.shade(1.0));
            }
        }
    }

    #[test]
    fn lightness_of_the_uniform_scales_rises() {
        for kind in [
            SequentialKind::Viridis,
            SequentialKind::Cividis,
            SequentialKind::Inferno,
        ] {
            let s = Sequential::new(kind, Background::Dark, ColorDepth::True, Glyphs::Unicode);
            let light: Vec<f64> = (0..=20)
                .map(|i| rgb(s.shade(f64::from(i) / 20.0).color).luminance())
                .collect();
            assert!(
                light.windows(2).all(|w| w[1] > w[0] - 1e-3),
                "{kind:?} {light:?}"
            );
        }
    }

    #[test]
    fn motion_is_blue_when_rigid_and_red_when_mobile() {
        for background in [Background::Dark, Background::Light] {
            let s = Sequential::new(
                SequentialKind::Motion,
                background,
                ColorDepth::True,
                Glyphs::Unicode,
            );
            let (Rgb(r, _, b), Rgb(r1, _, b1)) = (rgb(s.shade(0.0).color), rgb(s.shade(1.0).color));
            assert!(b > r && r1 > b1);
        }
        let s = Sequential::new(
            SequentialKind::Motion,
            Background::Dark,
            ColorDepth::Ansi16,
            Glyphs::Ascii,
        );
        assert_eq!(s.shade(0.0).color, Color::LightBlue);
        assert_eq!(s.shade(1.0).color, Color::LightRed);
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

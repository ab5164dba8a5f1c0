//! Colours as numbers, for the screen and for files alike: what is light and what stands out, the scales and
//! the palettes, and which colours a terminal has.
//!
//! The same meaning has the same colour everywhere. Whatever is drawn has a contrast of at least
//! [`MARK_CONTRAST`] with what it is drawn on, text of at least [`TEXT_CONTRAST`].

pub mod ansi;
pub mod category;
pub mod rgb;
pub mod scale;
pub mod terminal;

pub use category::{HELIX, STRAND, categories};
pub use rgb::Rgb;
pub use scale::{DivergingKind, SequentialKind};
pub use terminal::ColorDepth;

/// The least contrast (WCAG) of lines, bars and cells with their background.
pub const MARK_CONTRAST: f64 = 2.0;
/// The least contrast of text.
pub const TEXT_CONTRAST: f64 = 4.5;

/// Whether a background is dark or light. Files are light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Background {
    #[default]
    Dark,
    Light,
}

impl Background {
    /// What the scales are made for; terminals and paper are near it.
    #[must_use]
    pub fn paper(self) -> Rgb {
        match self {
            Self::Dark => Rgb(16, 16, 20),
            Self::Light => Rgb(252, 252, 250),
        }
    }
}

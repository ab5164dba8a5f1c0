//! The picture of a state.

pub mod color_scale;
pub mod glyphs;
pub mod theme;
pub mod widgets;

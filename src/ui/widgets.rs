//! The parts that views are made of: they draw plain slices and know no state.
//!
//! Every widget is drawn by reference, takes a [`Theme`](super::theme::Theme), shows what is not known
//! as a hatch, and draws what fits: nothing panics at 1 × 1. Those that the mouse can point at have a
//! `hit` that answers for a cell of the same area.

pub mod bars;
pub mod columns;
mod dots;
mod pen;
pub mod sequence_strip;

pub use bars::{BarMode, Reduce, ResidueBars};
pub use columns::Columns;
pub use sequence_strip::SequenceStrip;

#[cfg(test)]
mod testing;

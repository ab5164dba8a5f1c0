//! The parts that views are made of: they draw plain slices and know no state.
//!
//! Every widget is drawn by reference, takes a [`Theme`](super::theme::Theme), shows what is not known
//! as a hatch, and draws what fits: nothing panics at 1 × 1. Those that the mouse can point at have a
//! `hit` that answers for a cell of the same area.

pub mod axis;
pub mod bars;
pub mod canvas3d;
pub mod columns;
pub mod data_table;
mod dots;
pub mod heat_map;
pub mod legend;
pub mod matrix_map;
mod pen;
pub mod sequence_strip;

pub use bars::{BarMode, Reduce, ResidueBars};
pub use canvas3d::{Camera, Canvas3D, Projection, RenderMode};
pub use columns::{Columns, Division};
pub use data_table::{Align, Column, DataTable, TableCell, TableHit};
pub use heat_map::{HeatMap, Track};
pub use legend::{Legend, Scale};
pub use matrix_map::{MapView, MatrixMap};
pub use sequence_strip::{Ruler, SequenceStrip};

#[cfg(test)]
mod testing;

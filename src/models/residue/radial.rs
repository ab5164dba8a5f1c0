//! Distances as radial functions: what the network reads of an edge.

use candle_core::{Result, Tensor};

use super::graph::{DISTANCES, EDGE};

/// Radial functions a distance.
pub(super) const RADIAL: usize = 16;
/// Å of the first and last radial function, and their width.
const RADIAL_RANGE: (f64, f64) = (2.0, 22.0);
pub(super) const RADIAL_WIDTH: f64 = 1.25;
/// Inputs of an edge once its distances are expanded.
pub(super) const EXPANDED: usize = DISTANCES * RADIAL + EDGE - DISTANCES;
/// Å at which each radial function has its top.
pub(super) fn radial_centres() -> [f32; RADIAL] {
    let (first, last) = RADIAL_RANGE;
    std::array::from_fn(|i| (first + (last - first) * i as f64 / (RADIAL - 1) as f64) as f32)
}

/// Distances become radial functions: (N K, 33) → (N K, 123).
pub(crate) fn expand(edge: &Tensor) -> Result<Tensor> {
    let rows = edge.dim(0)?;
    let centres = Tensor::from_slice(&radial_centres(), (1, 1, RADIAL), edge.device())?;
    let distance = edge.narrow(1, 0, DISTANCES)?.unsqueeze(2)?; // (N K, 6, 1)
    let radial = (distance.broadcast_sub(&centres)? / RADIAL_WIDTH)?
        .sqr()?
        .neg()?
        .exp()?
        .reshape((rows, DISTANCES * RADIAL))?;
    let rest = edge.narrow(1, DISTANCES, EDGE - DISTANCES)?;
    Tensor::cat(&[&radial, &rest], 1)
}

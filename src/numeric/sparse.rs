//! The lowest eigenvalues of a large sparse stiffness: shifted, factored once, inverted by iteration.

use faer::linalg::solvers::Solve;
use faer::sparse::linalg::solvers::Llt;
use faer::sparse::{SparseColMat, Triplet};
use faer::{Mat, Side};

use super::factor::{FactorError, Factored};
use super::lanczos::{self, SymmetricMap};
use crate::progress::{Checkpoint, Part};

/// An entry of the lower half: row, column, value.
pub type Entry = Triplet<usize, usize, f64>;

/// The shift in parts of the mean diagonal: it makes the singular stiffness positive definite, and is
/// taken off the eigenvalues again.
const SHIFT: f64 = 1e-6;

struct ShiftedInverse<'a> {
    n: usize,
    factor: Llt<usize, f64>,
    free: &'a [Vec<f64>],
}

impl ShiftedInverse<'_> {
    fn without_free(&self, v: &mut [f64]) {
        for f in self.free {
            let along: f64 = f.iter().zip(v.iter()).map(|(a, b)| a * b).sum();
            for (x, y) in v.iter_mut().zip(f) {
                *x -= along * y;
            }
        }
    }
}

impl SymmetricMap for ShiftedInverse<'_> {
    fn dimension(&self) -> usize {
        self.n
    }

    fn apply(&self, v: &[f64]) -> Vec<f64> {
        let mut right = v.to_vec();
        self.without_free(&mut right);
        let solved = self.factor.solve(Mat::from_fn(self.n, 1, |i, _| right[i]));
        let mut out: Vec<f64> = (0..self.n).map(|i| solved[(i, 0)]).collect();
        self.without_free(&mut out);
        out
    }
}

/// The pseudo-inverse of the stiffness cut to its `count` lowest modes beside the `free` motions
/// (orthonormal): eigenvalues up to `zero` are left out.
///
/// The factorization is one long library call; the iteration hears a cancellation at every step.
///
/// # Errors
/// [`FactorError`].
pub fn lowest_modes(
    n: usize,
    lower: &[Entry],
    free: &[Vec<f64>],
    count: usize,
    zero: f64,
    checkpoint: &dyn Checkpoint,
) -> Result<Factored, FactorError> {
    checkpoint.reached(0, 10)?;
    let diagonal: f64 = lower.iter().filter(|e| e.row == e.col).map(|e| e.val).sum();
    let shift = SHIFT * diagonal / n.max(1) as f64;
    let shifted: Vec<Entry> = lower
        .iter()
        .copied()
        .chain((0..n).map(|i| Triplet::new(i, i, shift)))
        .collect();
    let matrix = SparseColMat::<usize, f64>::try_new_from_triplets(n, n, &shifted)
        .map_err(|_| FactorError::Singular)?;
    let factor = matrix
        .sp_cholesky(Side::Lower)
        .map_err(|_| FactorError::Singular)?;
    let inverse = ShiftedInverse { n, factor, free };
    let pairs = lanczos::largest(&inverse, count, &Part::rest_of(checkpoint, 0.4))?;
    let kept: Vec<(f64, Vec<f64>)> = pairs
        .into_iter()
        .map(|p| (p.value.recip() - shift, p.vector))
        .filter(|(value, _)| *value > zero)
        .collect();
    let rank = kept.len();
    let mut x = vec![0.0; rank * n];
    for (row, (value, vector)) in kept.iter().enumerate() {
        let scale = value.sqrt().recip();
        for (i, v) in vector.iter().enumerate() {
            x[i * rank + row] = v * scale;
        }
    }
    Factored::from_factor(rank, n, x).ok_or(FactorError::Singular)
}

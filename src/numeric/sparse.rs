//! The lowest eigenvalues of a large sparse stiffness: shifted, factored once, iterated in blocks.

use faer::linalg::solvers::Solve;
use faer::sparse::linalg::solvers::Llt;
use faer::sparse::{SparseColMat, Triplet};
use faer::{ColMut, Mat, MatRef, Side};

use super::factor::{FactorError, Factored};
use super::lanczos::{SymmetricMap, Wanted, leading};
use crate::progress::{Checkpoint, Part};

/// An entry of the lower half: row, column, value.
pub type Entry = Triplet<usize, usize, f64>;

/// The shift in parts of the mean diagonal: it makes the singular stiffness positive definite, and is
/// taken off the eigenvalues again.
const SHIFT: f64 = 1e-6;

/// What the iteration finds: the inverse of an eigenvalue is as good as the square of what its vector
/// lacks.
fn wanted(count: usize) -> Wanted {
    Wanted {
        count,
        spare: 20,
        settled: 1e-4,
    }
}

struct ShiftedInverse<'a> {
    n: usize,
    factor: Llt<usize, f64>,
    free: &'a [Vec<f64>],
}

impl ShiftedInverse<'_> {
    fn without_free(&self, m: &mut Mat<f64>) {
        for column in m.col_iter_mut() {
            let Some(v) = column.try_as_col_major_mut().map(ColMut::as_slice_mut) else {
                continue;
            };
            for f in self.free {
                let along: f64 = f.iter().zip(v.iter()).map(|(a, b)| a * b).sum();
                for (x, y) in v.iter_mut().zip(f) {
                    *x -= along * y;
                }
            }
        }
    }
}

impl SymmetricMap for ShiftedInverse<'_> {
    fn dimension(&self) -> usize {
        self.n
    }

    fn apply(&self, columns: MatRef<'_, f64>) -> Mat<f64> {
        let mut out = columns.to_owned();
        self.without_free(&mut out);
        self.factor.solve_in_place(&mut out);
        self.without_free(&mut out);
        out
    }
}

/// The stiffness with a little added to its diagonal, factored, and how much was added.
fn shifted_inverse<'a>(
    n: usize,
    lower: &[Entry],
    free: &'a [Vec<f64>],
) -> Result<(ShiftedInverse<'a>, f64), FactorError> {
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
    Ok((ShiftedInverse { n, factor, free }, shift))
}

/// The pseudo-inverse of the stiffness cut to its `count` lowest modes beside the `free` motions
/// (orthonormal): eigenvalues up to `zero` are left out.
///
/// The factorization is one library call, which nothing stops; it is short, since springs end.
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
    let (inverse, shift) = shifted_inverse(n, lower, free)?;
    let rest = Part::rest_of(checkpoint, 0.4);
    let pairs = leading(&inverse, wanted(count), &rest)?;
    let kept: Vec<(f64, Vec<f64>)> = pairs
        .into_iter()
        .map(|p| (p.value.recip() - shift, p.vector))
        .filter(|(value, _)| value.is_finite() && *value > zero)
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

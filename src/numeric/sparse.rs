//! The lowest eigenvalues of a large sparse stiffness: shifted, factored once, iterated in blocks.

use faer::linalg::solvers::Solve;
use faer::sparse::linalg::solvers::Llt;
use faer::sparse::{SparseColMat, Triplet};
use faer::{ColMut, Mat, MatRef, Scale, Side};

use super::factor::{FactorError, Factored};
use super::lanczos::{self, EigenPair, SymmetricMap};
use crate::progress::{Checkpoint, Part};

/// An entry of the lower half: row, column, value.
pub type Entry = Triplet<usize, usize, f64>;

/// The shift in parts of the mean diagonal: it makes the singular stiffness positive definite, and is
/// taken off the eigenvalues again.
const SHIFT: f64 = 1e-6;

/// Vectors that are iterated beside those that are wanted.
const SPARE: usize = 20;

/// Blocks of vectors after which the iteration ends, settled or not.
const MOST_BLOCKS: usize = 8;

/// Part of its eigenvalue up to which a vector's residual counts as none: the eigenvalue's own error is
/// the square of it.
const SETTLED: f64 = 1e-4;

/// Smaller maps in blocks of vectors are iterated vector by vector.
const FEWEST_ROWS_A_BLOCK: usize = 6;

/// Free motions beside the rigid ones that are told apart at most.
const MOST_FREE: usize = 16;

/// Products after which a motion that still costs something is none that is free.
const MOST_POLISHES: usize = 12;

/// Part of the largest eigenvalue that counts as zero up to which a force is rounding.
const FREE: f64 = 1e-5;

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

    /// The product with many vectors at once, whose cost is hardly more than that with one.
    fn apply_to_all(&self, columns: MatRef<'_, f64>) -> Mat<f64> {
        let mut out = columns.to_owned();
        self.without_free(&mut out);
        self.factor.solve_in_place(&mut out);
        self.without_free(&mut out);
        out
    }
}

impl SymmetricMap for ShiftedInverse<'_> {
    fn dimension(&self) -> usize {
        self.n
    }

    fn apply(&self, v: &[f64]) -> Vec<f64> {
        let out = self.apply_to_all(MatRef::from_column_major_slice(v, self.n, 1));
        out.col(0).iter().copied().collect()
    }
}

/// The `count` largest eigenvalues of the map with their vectors, by block Krylov iteration: a few
/// products with many vectors where Lanczos needs hundreds with one.
fn leading(
    map: &ShiftedInverse<'_>,
    count: usize,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<EigenPair>, FactorError> {
    let (n, width) = (map.n, count + SPARE);
    // Any start with a part along every eigenvector will do, as long as it is always the same.
    let start = Mat::from_fn(n, width, |i, k| {
        let mixed = (i * width + k).wrapping_mul(2_654_435_761) >> 7;
        (mixed % 8191) as f64 / 8191.0 - 0.5
    });
    let mut block = map.apply_to_all(start.as_ref()).qr().compute_thin_Q();
    let mut basis = Mat::<f64>::zeros(n, 0);
    let mut image = Mat::<f64>::zeros(n, 0);
    for step in 0..MOST_BLOCKS {
        checkpoint.reached(step, MOST_BLOCKS)?;
        let product = map.apply_to_all(block.as_ref());
        basis = faer::concat![[basis, block]];
        image = faer::concat![[image, product]];
        let small = basis.transpose() * &image;
        let eigen = small
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| FactorError::Singular)?;
        let last = small.nrows();
        // Ascending: the largest are the last.
        let top = eigen.U().subcols(last - count, count);
        let vectors = &basis * top;
        let values: Vec<f64> = (last - count..last).map(|k| eigen.S()[k]).collect();
        let moved = &image * top;
        let unsettled = (0..count).any(|k| {
            let left = moved.col(k) - Scale(values[k]) * vectors.col(k);
            left.norm_l2() > SETTLED * values[k].abs()
        });
        if !unsettled || step + 1 == MOST_BLOCKS || last + width > n {
            let pair = |k: usize| EigenPair {
                value: values[k],
                vector: vectors.col(k).iter().copied().collect(),
            };
            return Ok((0..count).rev().map(pair).collect());
        }
        block = product;
        for _ in 0..2 {
            let along = basis.transpose() * &block;
            block -= &basis * along;
            block = block.qr().compute_thin_Q();
        }
    }
    Ok(Vec::new())
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

/// The motions beside the `free` ones (orthonormal) that cost no more than the eigenvalue `zero`,
/// orthonormal too. `None` where there are none or too many, or where one costs something all the same.
///
/// # Errors
/// [`FactorError`].
pub fn further_free_motions(
    n: usize,
    lower: &[Entry],
    free: &[Vec<f64>],
    zero: f64,
    checkpoint: &dyn Checkpoint,
) -> Result<Option<Vec<Vec<f64>>>, FactorError> {
    if n < FEWEST_ROWS_A_BLOCK * (MOST_FREE + SPARE) {
        return Ok(None);
    }
    let (inverse, shift) = shifted_inverse(n, lower, free)?;
    let mut found = leading(&inverse, MOST_FREE, checkpoint)?;
    found.retain(|p| p.value.recip() - shift <= zero);
    if found.is_empty() || found.len() == MOST_FREE {
        return Ok(None);
    }
    let mut block = Mat::from_fn(n, found.len(), |i, k| found[k].vector[i]);
    for _ in 0..MOST_POLISHES {
        block = inverse.apply_to_all(block.as_ref()).qr().compute_thin_Q();
        let motions: Vec<Vec<f64>> = block
            .col_iter()
            .map(|c| c.iter().copied().collect())
            .collect();
        if motions.iter().all(|v| force(lower, v) <= FREE * zero) {
            return Ok(Some(motions));
        }
    }
    Ok(None)
}

/// The length of the stiffness times `v`.
fn force(lower: &[Entry], v: &[f64]) -> f64 {
    let mut out = vec![0.0; v.len()];
    for e in lower {
        out[e.row] += e.val * v[e.col];
        if e.row != e.col {
            out[e.col] += e.val * v[e.row];
        }
    }
    out.iter().map(|x| x * x).sum::<f64>().sqrt()
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
    let (inverse, shift) = shifted_inverse(n, lower, free)?;
    let rest = Part::rest_of(checkpoint, 0.4);
    let pairs = if n < FEWEST_ROWS_A_BLOCK * (count + SPARE) {
        lanczos::largest(&inverse, count, &rest)?
    } else {
        leading(&inverse, count, &rest)?
    };
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

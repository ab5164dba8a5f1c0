//! The leading eigenvectors of a large covariance, by restarted Lanczos iteration.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::matrix_free::LinOp;
use faer::matrix_free::eigen::{partial_self_adjoint_eigen, partial_self_adjoint_eigen_scratch};
use faer::{Mat, MatMut, MatRef, Par, Side};

use super::factor::Factored;
use crate::progress::{Cancelled, Checkpoint};

/// Below this dimension, or when a good part of all vectors is wanted, the matrix is decomposed whole.
const DENSE_UP_TO: usize = 240;

/// An eigenvalue and its eigenvector of length 1.
#[derive(Debug, Clone, PartialEq)]
pub struct EigenPair {
    /// The eigenvalue.
    pub value: f64,
    /// The eigenvector; its entry of largest magnitude is positive.
    pub vector: Vec<f64>,
}

/// A symmetric linear map of which only products with vectors are known.
pub trait SymmetricMap: Sync {
    /// Number of rows.
    fn dimension(&self) -> usize;
    /// The product with `v`.
    fn apply(&self, v: &[f64]) -> Vec<f64>;
}

impl SymmetricMap for Factored {
    fn dimension(&self) -> usize {
        self.dimension()
    }

    fn apply(&self, v: &[f64]) -> Vec<f64> {
        self.apply(v)
    }
}

struct Watched<'a> {
    map: &'a dyn SymmetricMap,
    checkpoint: &'a dyn Checkpoint,
    products: AtomicUsize,
    expected: usize,
    cancelled: AtomicBool,
}

impl std::fmt::Debug for Watched<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

impl LinOp<f64> for Watched<'_> {
    fn apply_scratch(&self, _columns: usize, _par: Par) -> StackReq {
        StackReq::EMPTY
    }

    fn nrows(&self) -> usize {
        self.map.dimension()
    }

    fn ncols(&self) -> usize {
        self.map.dimension()
    }

    fn apply(&self, mut out: MatMut<'_, f64>, rhs: MatRef<'_, f64>, _: Par, _: &mut MemStack) {
        let done = self.products.fetch_add(1, Ordering::Relaxed);
        let done = done.min(self.expected.saturating_sub(1));
        if self.checkpoint.reached(done, self.expected).is_err() {
            self.cancelled.store(true, Ordering::Relaxed);
        }
        if self.cancelled.load(Ordering::Relaxed) {
            // The iteration cannot be stopped, but it ends at once on a zero vector.
            out.fill(0.0);
            return;
        }
        for c in 0..rhs.ncols() {
            let v: Vec<f64> = (0..rhs.nrows()).map(|r| rhs[(r, c)]).collect();
            for (r, x) in self.map.apply(&v).into_iter().enumerate() {
                out[(r, c)] = x;
            }
        }
    }

    fn conj_apply(&self, out: MatMut<'_, f64>, rhs: MatRef<'_, f64>, p: Par, s: &mut MemStack) {
        self.apply(out, rhs, p, s);
    }
}

/// The `count` largest eigenvalues of a positive semi-definite map, largest first, with their vectors;
/// fewer where fewer are positive or converge.
///
/// # Errors
/// [`Cancelled`].
pub fn largest(
    map: &dyn SymmetricMap,
    count: usize,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<EigenPair>, Cancelled> {
    let n = map.dimension();
    let count = count.min(n);
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut pairs = if n <= DENSE_UP_TO.max(3 * count) {
        dense(map, checkpoint)?
    } else {
        iterated(map, count, checkpoint)?
    };
    pairs.sort_by(|a, b| b.value.total_cmp(&a.value));
    let top = pairs.first().map_or(0.0, |p| p.value);
    pairs.retain(|p| p.value > 1e-10 * top && p.value > 0.0);
    pairs.truncate(count);
    for pair in &mut pairs {
        orient(&mut pair.vector);
    }
    Ok(pairs)
}

fn orient(v: &mut [f64]) {
    let largest = v
        .iter()
        .copied()
        .max_by(|a, b| a.abs().total_cmp(&b.abs()))
        .unwrap_or(0.0);
    if largest < 0.0 {
        for x in v {
            *x = -*x;
        }
    }
}

fn dense(map: &dyn SymmetricMap, checkpoint: &dyn Checkpoint) -> Result<Vec<EigenPair>, Cancelled> {
    let n = map.dimension();
    let mut m = Mat::<f64>::zeros(n, n);
    for c in 0..n {
        if c % 64 == 0 {
            checkpoint.reached(c, n)?;
        }
        let mut unit = vec![0.0; n];
        unit[c] = 1.0;
        for (r, x) in map.apply(&unit).into_iter().enumerate() {
            m[(r, c)] = x;
        }
    }
    let Ok(eigen) = m.self_adjoint_eigen(Side::Lower) else {
        return Ok(Vec::new());
    };
    let values = eigen.S().column_vector();
    Ok((0..n)
        .map(|k| EigenPair {
            value: values[k],
            vector: eigen.U().col(k).iter().copied().collect(),
        })
        .collect())
}

fn iterated(
    map: &dyn SymmetricMap,
    count: usize,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<EigenPair>, Cancelled> {
    let n = map.dimension();
    let watched = Watched {
        map,
        checkpoint,
        products: AtomicUsize::new(0),
        expected: 8 * count + 64,
        cancelled: AtomicBool::new(false),
    };
    // Any start with a part along every eigenvector will do, as long as it is always the same.
    let start = Mat::from_fn(n, 1, |i, _| {
        (i.wrapping_mul(2_654_435_761) % 1009) as f64 / 1009.0 - 0.5
    });
    let mut vectors = Mat::<f64>::zeros(n, count);
    let mut values = vec![0.0; count];
    let parameters = faer::prelude::default();
    let mut memory = MemBuffer::new(partial_self_adjoint_eigen_scratch(
        &watched,
        count,
        Par::Seq,
        parameters,
    ));
    let info = partial_self_adjoint_eigen(
        vectors.as_mut(),
        &mut values,
        &watched,
        start.col(0),
        1e-12,
        Par::Seq,
        MemStack::new(&mut memory),
        parameters,
    );
    if watched.cancelled.load(Ordering::Relaxed) {
        return Err(Cancelled);
    }
    Ok((0..info.n_converged_eigen.min(count))
        .map(|k| EigenPair {
            value: values[k],
            vector: vectors.col(k).iter().copied().collect(),
        })
        .collect())
}

//! The leading eigenpairs of a large covariance, by Lanczos iteration in blocks with thick restarts.
//!
//! An own iteration, since faer's cannot be stopped: it runs until it has converged, whatever the map
//! answers. Blocks are wider than the number of pairs that are wanted, so that equal eigenvalues are all
//! found where a single vector would find one of them.

use faer::{Mat, MatRef, Scale, Side};

use super::factor::Factored;
use crate::progress::{Cancelled, Checkpoint};

/// Below this dimension, or when a good part of all vectors is wanted, the matrix is decomposed whole.
const DENSE_UP_TO: usize = 240;

/// Columns multiplied between two checkpoints.
const PANEL: usize = 16;

/// Blocks that the basis holds before it is cut to the best vectors.
const BLOCKS_HELD: usize = 4;

/// Blocks after which the iteration ends with what has settled.
const MOST_BLOCKS: usize = 120;

/// Blocks that most maps need: what progress is counted in.
const USUAL_BLOCKS: usize = 16;

/// A residual below this part of the largest eigenvalue is rounding.
const ROUNDING: f64 = 1e-13;

/// An eigenvalue and its eigenvector of length 1.
#[derive(Debug, Clone, PartialEq)]
pub struct EigenPair {
    pub value: f64,
    /// The entry of largest magnitude is positive.
    pub vector: Vec<f64>,
}

/// A symmetric linear map of which only products with vectors are known.
pub trait SymmetricMap: Sync {
    /// Number of rows.
    fn dimension(&self) -> usize;
    /// The product with each of the columns.
    fn apply(&self, columns: MatRef<'_, f64>) -> Mat<f64>;
}

impl SymmetricMap for Factored {
    fn dimension(&self) -> usize {
        self.dimension()
    }

    fn apply(&self, columns: MatRef<'_, f64>) -> Mat<f64> {
        self.apply(columns)
    }
}

/// How well an iteration is to find how many pairs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) count: usize,
    /// Vectors iterated beside those that are wanted.
    pub(super) spare: usize,
    /// Part of its eigenvalue up to which a vector's residual counts as none: the eigenvalue's own
    /// error is the square of it.
    pub(super) settled: f64,
}

impl Wanted {
    fn width(self) -> usize {
        self.count + self.spare
    }

    /// Whether a map of `n` rows is large enough to be iterated in blocks.
    pub(super) fn fits(self, n: usize) -> bool {
        n > (BLOCKS_HELD + 2) * self.width()
    }
}

/// The `count` largest eigenvalues of a positive semi-definite map, largest first, with their vectors;
/// fewer where fewer are positive or converge.
///
/// # Errors
/// [`Cancelled`], heard at every product.
pub fn largest(
    map: &dyn SymmetricMap,
    count: usize,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<EigenPair>, Cancelled> {
    let wanted = Wanted {
        count,
        spare: 8,
        settled: 1e-9,
    };
    leading(map, wanted, checkpoint)
}

/// [`largest`], as well as is wanted.
pub(super) fn leading(
    map: &dyn SymmetricMap,
    mut wanted: Wanted,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<EigenPair>, Cancelled> {
    let n = map.dimension();
    wanted.count = wanted.count.min(n);
    if wanted.count == 0 {
        return Ok(Vec::new());
    }
    let mut pairs = if n <= DENSE_UP_TO || !wanted.fits(n) {
        dense(map, checkpoint)?
    } else {
        iterated(map, wanted, checkpoint)?
    };
    pairs.sort_by(|a, b| b.value.total_cmp(&a.value));
    let top = pairs.first().map_or(0.0, |p| p.value);
    pairs.retain(|p| p.value > 1e-10 * top && p.value > 0.0);
    pairs.truncate(wanted.count);
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
    let whole = product(map, Mat::identity(n, n).as_ref(), (0, 1), checkpoint)?;
    let Ok(eigen) = whole.self_adjoint_eigen(Side::Lower) else {
        return Ok(Vec::new());
    };
    Ok((0..n).map(|k| pair(eigen.S()[k], eigen.U(), k)).collect())
}

fn pair(value: f64, vectors: MatRef<'_, f64>, k: usize) -> EigenPair {
    EigenPair {
        value,
        vector: vectors.col(k).iter().copied().collect(),
    }
}

/// The map times the columns, a panel between two checkpoints.
fn product(
    map: &dyn SymmetricMap,
    columns: MatRef<'_, f64>,
    (step, steps): (usize, usize),
    checkpoint: &dyn Checkpoint,
) -> Result<Mat<f64>, Cancelled> {
    let mut out = Mat::zeros(columns.nrows(), columns.ncols());
    for first in (0..columns.ncols()).step_by(PANEL) {
        checkpoint.reached(step * columns.ncols() + first, steps * columns.ncols())?;
        let width = PANEL.min(columns.ncols() - first);
        out.subcols_mut(first, width)
            .copy_from(map.apply(columns.subcols(first, width)));
    }
    Ok(out)
}

fn iterated(
    map: &dyn SymmetricMap,
    wanted: Wanted,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<EigenPair>, Cancelled> {
    let width = wanted.width();
    let mut space = Space::new(map.dimension());
    let mut block = start(map.dimension(), width).qr().compute_thin_Q();
    for step in 0..MOST_BLOCKS {
        let progress = (step.min(USUAL_BLOCKS - 1), USUAL_BLOCKS);
        let image = product(map, block.as_ref(), progress, checkpoint)?;
        space.add(&block, &image);
        let Some(ritz) = space.ritz(width) else { break };
        let settled = ritz.settled(wanted);
        if settled.iter().all(|s| *s) || step + 1 == MOST_BLOCKS {
            let kept = (0..wanted.count).filter(|&k| settled[k]);
            return Ok(kept
                .map(|k| pair(ritz.values[k], ritz.vectors.as_ref(), k))
                .collect());
        }
        block = space.beyond(image);
        if space.basis.ncols() >= BLOCKS_HELD * width {
            space = ritz.into_space();
        }
    }
    Ok(Vec::new())
}

/// Any start with a part along every eigenvector will do, as long as it is always the same.
fn start(n: usize, width: usize) -> Mat<f64> {
    Mat::from_fn(n, width, |i, k| {
        let mixed = (i * width + k).wrapping_mul(2_654_435_761) >> 7;
        (mixed % 8191) as f64 / 8191.0 - 0.5
    })
}

/// Orthonormal vectors, what the map makes of them, and the map as seen among them.
struct Space {
    basis: Mat<f64>,
    image: Mat<f64>,
    projected: Mat<f64>,
}

impl Space {
    fn new(n: usize) -> Self {
        Self {
            basis: Mat::zeros(n, 0),
            image: Mat::zeros(n, 0),
            projected: Mat::zeros(0, 0),
        }
    }

    fn add(&mut self, block: &Mat<f64>, image: &Mat<f64>) {
        self.basis = faer::concat![[self.basis, block]];
        self.image = faer::concat![[self.image, image]];
        let last = self.basis.transpose() * image;
        let (old, all) = (self.projected.nrows(), last.nrows());
        let entry = |r: usize, c: usize| match (r < old, c < old) {
            (true, true) => self.projected[(r, c)],
            (_, false) => last[(r, c - old)],
            (false, true) => last[(c, r - old)],
        };
        self.projected = Mat::from_fn(all, all, entry);
    }

    /// The best `count` approximations, largest eigenvalue first.
    fn ritz(&self, count: usize) -> Option<Ritz> {
        let eigen = self.projected.self_adjoint_eigen(Side::Lower).ok()?;
        let all = self.projected.nrows();
        // Ascending: the largest are the last.
        let turn = eigen.U().subcols(all - count, count).reverse_cols();
        Some(Ritz {
            values: (0..count).map(|k| eigen.S()[all - 1 - k]).collect(),
            vectors: &self.basis * turn,
            images: &self.image * turn,
        })
    }

    /// Orthonormal directions of the last image that the basis does not have; twice is enough for them
    /// to be orthogonal to it (Kahan and Parlett), a third time if they are rounding alone.
    fn beyond(&self, mut block: Mat<f64>) -> Mat<f64> {
        for _ in 0..3 {
            let along = self.basis.transpose() * &block;
            block -= &self.basis * along;
            block = block.qr().compute_thin_Q();
        }
        block
    }
}

/// Approximate eigenpairs, and what the map makes of their vectors.
struct Ritz {
    values: Vec<f64>,
    vectors: Mat<f64>,
    images: Mat<f64>,
}

impl Ritz {
    fn settled(&self, wanted: Wanted) -> Vec<bool> {
        let rounding = ROUNDING * self.values[0].abs();
        (0..wanted.count)
            .map(|k| {
                let left = self.images.col(k) - Scale(self.values[k]) * self.vectors.col(k);
                left.norm_l2() <= (wanted.settled * self.values[k].abs()).max(rounding)
            })
            .collect()
    }

    fn into_space(self) -> Space {
        let count = self.values.len();
        let diagonal = |r: usize, c: usize| if r == c { self.values[r] } else { 0.0 };
        Space {
            projected: Mat::from_fn(count, count, diagonal),
            basis: self.vectors,
            image: self.images,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Eigenvalues along the axes.
    struct Diagonal(Vec<f64>);

    impl SymmetricMap for Diagonal {
        fn dimension(&self) -> usize {
            self.0.len()
        }

        fn apply(&self, columns: MatRef<'_, f64>) -> Mat<f64> {
            Mat::from_fn(columns.nrows(), columns.ncols(), |r, c| {
                self.0[r] * columns[(r, c)]
            })
        }
    }

    fn check(values: Vec<f64>, count: usize, expected: &[f64]) {
        let map = Diagonal(values);
        let pairs = largest(&map, count, &()).unwrap();
        let found: Vec<f64> = pairs.iter().map(|p| p.value).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (pair, e) in pairs.iter().zip(expected) {
            assert!((pair.value - e).abs() < 1e-10 * e, "{found:?}");
            let v = MatRef::from_column_major_slice(&pair.vector, map.dimension(), 1);
            let left = map.apply(v) - Scale(pair.value) * v;
            assert!(left.norm_l2() < 1e-8 * e, "{}", left.norm_l2());
            assert!((v.norm_l2() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_largest_come_first() {
        let falling = |n: usize| (1..=n).map(|k| (k as f64).powi(-2)).collect::<Vec<_>>();
        for n in [5, 200, 1000] {
            check(falling(n), 4, &falling(4));
        }
    }

    #[test]
    fn equal_eigenvalues_are_all_found() {
        let mut values: Vec<f64> = (0..800).map(|k| 1.0 / f64::from(k + 2)).collect();
        for k in [3, 200, 417, 640, 799] {
            values[k] = 2.0;
        }
        check(values, 6, &[2.0, 2.0, 2.0, 2.0, 2.0, 0.5]);
        check(vec![3.0; 300], 3, &[3.0; 3]);
    }

    #[test]
    fn what_is_zero_is_left_out() {
        let mut values = vec![0.0; 500];
        values[100] = 7.0;
        values[400] = 5.0;
        check(values, 6, &[7.0, 5.0]);
        check(vec![0.0; 500], 6, &[]);
    }

    struct Stops(AtomicUsize);

    impl Checkpoint for Stops {
        fn reached(&self, _done: usize, _total: usize) -> Result<(), Cancelled> {
            match self.0.fetch_sub(1, Ordering::Relaxed) {
                0 => Err(Cancelled),
                _ => Ok(()),
            }
        }
    }

    #[test]
    fn it_stops_at_whichever_product_it_is_told_to() {
        // A flat spectrum settles late: every one of these products is asked for.
        let map = Diagonal((0..600).map(|k| 2.0 + f64::from(k) / 600.0).collect());
        for passed in [0, 1, 2, 7, 20] {
            let stops = Stops(AtomicUsize::new(passed));
            assert_eq!(largest(&map, 5, &stops), Err(Cancelled), "{passed}");
        }
    }
}

//! Cholesky factorization and inversion of large matrices in strips, each a checkpoint: the library's own
//! calls on a whole matrix cannot be stopped.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor as llt;
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::prelude::{Reborrow, ReborrowMut};
use faer::traits::RealField;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use crate::progress::{Cancelled, Checkpoint};

/// Why a matrix could not be inverted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FactorError {
    /// It has a null space beyond the one that was named.
    #[error("the matrix is singular")]
    Singular,
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The numbers of a factor.
pub trait Real: RealField + Copy {
    /// In all digits.
    fn wide(self) -> f64;
    /// The nearest one.
    fn nearest(x: f64) -> Self;
}

impl Real for f64 {
    fn wide(self) -> f64 {
        self
    }

    fn nearest(x: f64) -> Self {
        x
    }
}

impl Real for f32 {
    fn wide(self) -> f64 {
        self.into()
    }

    fn nearest(x: f64) -> Self {
        x as Self
    }
}

/// Columns factored at a time.
pub(super) const BLOCK: usize = 192;

/// Columns or rows multiplied between two checkpoints: with a block a few hundredths of a second for
/// 6 000 rows.
pub(super) const STRIP: usize = 256;

/// Matrices smaller than this are not worth a second thread.
const PARALLEL_FROM: usize = 256;

pub(super) fn parallelism(n: usize) -> Par {
    if n < PARALLEL_FROM {
        Par::Seq
    } else {
        Par::rayon(0)
    }
}

/// Pieces of `0..n` of at most `width`: where each begins, and how wide it is.
pub(super) fn pieces(n: usize, width: usize) -> impl Iterator<Item = (usize, usize)> {
    let starts = (0..n).step_by(width);
    starts.map(move |first| (first, width.min(n - first)))
}

/// The lower half of `a` becomes its Cholesky factor.
pub(super) fn factor<T: Real>(
    mut a: MatMut<'_, T>,
    tolerance: f64,
    steps: usize,
    checkpoint: &dyn Checkpoint,
) -> Result<(), FactorError> {
    let n = a.nrows();
    let diagonal: Vec<f64> = (0..n).map(|i| a[(i, i)].wide()).collect();
    let par = parallelism(n);
    let mut memory = MemBuffer::new(llt::cholesky_in_place_scratch::<T>(
        BLOCK,
        Par::Seq,
        faer::prelude::default(),
    ));
    for (step, (first, width)) in pieces(n, BLOCK).enumerate() {
        checkpoint.reached(step, steps)?;
        let rest = a.rb_mut().submatrix_mut(first, first, n - first, n - first);
        let (mut a11, _, mut a21, mut a22) = rest.split_at_mut(width, width);
        llt::cholesky_in_place(
            a11.rb_mut(),
            faer::prelude::default(),
            Par::Seq,
            MemStack::new(&mut memory),
            faer::prelude::default(),
        )
        .map_err(|_| FactorError::Singular)?;
        let sound = |k: usize| {
            let pivot = a11[(k, k)].wide();
            pivot.is_finite() && pivot > 0.0 && pivot * pivot >= tolerance * diagonal[first + k]
        };
        if !(0..width).all(sound) {
            return Err(FactorError::Singular);
        }
        solve_lower_triangular_in_place(a11.rb(), a21.rb_mut().transpose_mut(), par);
        for (from, wide) in pieces(a22.nrows(), STRIP) {
            checkpoint.reached(step, steps)?;
            subtract_square(a22.rb_mut(), a21.rb(), (from, wide), par);
        }
    }
    Ok(())
}

/// Columns `from`..`from + width` of the lower half of `a` − b bᵀ.
fn subtract_square<T: Real>(
    a: MatMut<'_, T>,
    b: MatRef<'_, T>,
    (from, width): (usize, usize),
    par: Par,
) {
    let (rows, whole) = (a.nrows() - from, BlockStructure::Rectangular);
    let strip = a.submatrix_mut(from, from, rows, width);
    let (own, below) = strip.split_at_row_mut(width);
    let (b_own, b_below) = b.subrows(from, rows).split_at_row(width);
    let lower = BlockStructure::TriangularLower;
    let (turned, minus) = (b_own.transpose(), T::nearest(-1.0));
    triangular::matmul(
        own,
        lower,
        Accum::Add,
        b_own,
        whole,
        turned,
        whole,
        minus,
        par,
    );
    matmul(below, Accum::Add, b_below, turned, minus, par);
}

/// The lower triangular `l` becomes its inverse, with zeros above its diagonal.
pub(super) fn invert_lower<T: Real>(
    mut l: MatMut<'_, T>,
    steps: usize,
    checkpoint: &dyn Checkpoint,
) -> Result<(), FactorError> {
    let n = l.nrows();
    let par = parallelism(n);
    for (step, (first, width)) in pieces(n, BLOCK).enumerate() {
        let head = l.rb_mut().submatrix_mut(0, 0, first + width, first + width);
        let (x00, mut above, mut l10, mut l11) = head.split_at_mut(first, first);
        above.fill(T::nearest(0.0));
        let mut product = Mat::zeros(width, first);
        for (from, wide) in pieces(first, STRIP) {
            checkpoint.reached(steps / 2 + step, steps)?;
            let out = product.subcols_mut(from, wide);
            multiply_strip(out, l10.rb(), x00.rb(), (from, wide), par);
        }
        solve_lower_triangular_in_place(l11.rb(), product.as_mut(), par);
        l10.copy_from(&product);
        let mut inverse = Mat::zeros(width, width);
        invert_lower_triangular(inverse.as_mut(), l11.rb(), Par::Seq);
        // The whole square: the factorization leaves intermediate values above the diagonal.
        l11.copy_from(&inverse);
    }
    Ok(())
}

/// Columns `from`..`from + width` of −a x, with x lower triangular.
fn multiply_strip<T: Real>(
    mut out: MatMut<'_, T>,
    a: MatRef<'_, T>,
    x: MatRef<'_, T>,
    (from, width): (usize, usize),
    par: Par,
) {
    let (rows, whole) = (x.nrows() - from, BlockStructure::Rectangular);
    let (own, below) = x.submatrix(from, from, rows, width).split_at_row(width);
    let (a_own, a_below) = a.subcols(from, rows).split_at_col(width);
    let lower = BlockStructure::TriangularLower;
    let (replace, minus) = (Accum::Replace, T::nearest(-1.0));
    triangular::matmul(
        out.rb_mut(),
        whole,
        replace,
        a_own,
        whole,
        own,
        lower,
        minus,
        par,
    );
    matmul(out, Accum::Add, a_below, below, minus, par);
}

/// L of A = L Lᵀ by the largest pivot left until none is above `tolerance`: (n × rank), column-major,
/// the rows in the order of A. `column` gives the columns of A.
pub(super) fn factor_by_pivots(
    mut left: Vec<f64>,
    column: impl Fn(usize) -> Vec<f64>,
    tolerance: f64,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<f64>, FactorError> {
    let n = left.len();
    let mut l: Vec<f64> = Vec::new();
    for rank in 0..n {
        checkpoint.reached(rank, n)?;
        let largest = (0..n).max_by(|&a, &b| left[a].total_cmp(&left[b]));
        let Some(pivot) = largest.filter(|&p| left[p] > tolerance) else {
            break;
        };
        let mut new = column(pivot);
        let row = Mat::from_fn(rank, 1, |k, _| l[k * n + pivot]);
        let known = MatRef::from_column_major_slice(&l, n, rank);
        let out = MatMut::from_column_major_slice_mut(&mut new, n, 1);
        matmul(out, Accum::Add, known, row.as_ref(), -1.0, parallelism(n));
        let root = left[pivot].sqrt();
        for (x, left) in new.iter_mut().zip(&mut left) {
            *x /= root;
            *left -= *x * *x;
        }
        left[pivot] = f64::NEG_INFINITY;
        l.extend(new);
    }
    Ok(l)
}

//! Large covariances by their factor: C = XᵀX − N Nᵀ, from the inverse of a singular stiffness.
//!
//! Every step works block by block, so that it can be watched and cancelled, and the n × n inverse is
//! formed one panel at a time, only where it is asked for.

use std::ops::Range;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor as llt;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::prelude::{Reborrow, ReborrowMut};
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};

use crate::progress::{Cancelled, Checkpoint};

/// Columns treated between two checkpoints; a multiple of 3.
const BLOCK: usize = 192;

/// Matrices smaller than this are not worth a second thread.
const PARALLEL_FROM: usize = 256;

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

/// A symmetric n × n matrix, column after column; only the lower half is read.
#[derive(Debug, Clone)]
pub struct Symmetric {
    n: usize,
    lower: Vec<f64>,
}

impl Symmetric {
    /// The 0 × 0 matrix.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            n: 0,
            lower: Vec::new(),
        }
    }

    /// Over column-major `values`; `None` when they are not n × n.
    #[must_use]
    pub fn from_columns(n: usize, values: Vec<f64>) -> Option<Self> {
        (values.len() == n * n).then_some(Self { n, lower: values })
    }

    /// Number of rows.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.n
    }

    /// Mean of the diagonal.
    #[must_use]
    pub fn mean_diagonal(&self) -> f64 {
        (0..self.n).map(|i| self.lower[i * self.n + i]).sum::<f64>() / self.n.max(1) as f64
    }

    /// Adds `weight` · Σ v vᵀ over the vectors, and `jitter` to the diagonal.
    pub fn add_projector(&mut self, vectors: &[Vec<f64>], weight: f64, jitter: f64) {
        use rayon::prelude::*;
        let n = self.n;
        self.lower
            .par_chunks_mut(n.max(1))
            .enumerate()
            .for_each(|(c, column)| {
                for v in vectors {
                    let w = weight * v[c];
                    if w != 0.0 {
                        for (x, y) in column[c..].iter_mut().zip(&v[c..]) {
                            *x += w * y;
                        }
                    }
                }
                column[c] += jitter;
            });
    }

    /// The inverse as a factor, less `null` (orthogonal vectors n with N = \[n\]): XᵀX = A⁻¹.
    ///
    /// A pivot below `tolerance` times its diagonal entry counts as zero.
    ///
    /// # Errors
    /// [`FactorError::Singular`] when a pivot is not positive; `self` is then spoilt.
    pub fn invert(
        mut self,
        null: Vec<Vec<f64>>,
        tolerance: f64,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Factored, FactorError> {
        let n = self.n;
        let mut a = MatMut::from_column_major_slice_mut(&mut self.lower, n, n);
        let steps = 2 * n.div_ceil(BLOCK);
        cholesky(a.rb_mut(), tolerance, steps, checkpoint)?;
        invert_lower(a, steps, checkpoint)?;
        Ok(Factored {
            n,
            rank: n,
            triangular: true,
            x: self.lower,
            null,
        })
    }

    /// The matrix itself as a factor: A + jitter = LLᵀ, with as much jitter (at least `jitter`, in parts
    /// of the mean diagonal) as it needs to be positive definite.
    ///
    /// # Errors
    /// [`FactorError::Singular`] when a hundredth of the mean diagonal does not suffice.
    pub fn factor(
        &self,
        jitter: f64,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Factored, FactorError> {
        let n = self.n;
        let mut jitter = jitter;
        loop {
            let mut trial = self.clone();
            trial.add_projector(&[], 0.0, jitter * self.mean_diagonal());
            let a = MatMut::from_column_major_slice_mut(&mut trial.lower, n, n);
            match cholesky(a, 0.0, n.div_ceil(BLOCK), checkpoint) {
                Ok(()) => break Ok(transposed_lower(n, &trial.lower)),
                Err(FactorError::Singular) if jitter < 1e-2 => jitter *= 10.0,
                Err(error) => break Err(error),
            }
        }
    }

    /// The pseudo-inverse by eigen-decomposition: eigenvalues up to `zero` are left out.
    ///
    /// One long library call: it hears a cancellation only before and after.
    ///
    /// # Errors
    /// [`FactorError::Singular`] when the decomposition does not converge.
    pub fn pseudo_inverse(
        &self,
        zero: f64,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Factored, FactorError> {
        checkpoint.reached(0, 2)?;
        let n = self.n;
        let a = MatRef::from_column_major_slice(&self.lower, n, n);
        let eigen = a
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| FactorError::Singular)?;
        checkpoint.reached(1, 2)?;
        let values = eigen.S().column_vector();
        let kept: Vec<usize> = (0..n).filter(|&k| values[k] > zero).collect();
        let rank = kept.len();
        let mut x = vec![0.0; rank * n];
        let vectors = eigen.U();
        for (row, &k) in kept.iter().enumerate() {
            let scale = values[k].sqrt().recip();
            for i in 0..n {
                x[i * rank + row] = vectors[(i, k)] * scale;
            }
        }
        Ok(Factored {
            n,
            rank,
            triangular: false,
            x,
            null: Vec::new(),
        })
    }
}

/// A positive semi-definite n × n matrix C = XᵀX − N Nᵀ, held by X (rank × n) and N (n × few).
#[derive(Debug, Clone)]
pub struct Factored {
    n: usize,
    rank: usize,
    triangular: bool,
    /// Column-major, `rank` rows; lower triangular where `triangular`.
    x: Vec<f64>,
    /// Orthogonal columns that lie in the range of XᵀX with eigenvalue |n|².
    null: Vec<Vec<f64>>,
}

impl Factored {
    /// C = L Lᵀ + 0 from rows of the factor: `x` is column-major with `rank` rows and n columns.
    #[must_use]
    pub fn from_factor(rank: usize, n: usize, x: Vec<f64>) -> Option<Self> {
        (x.len() == rank * n).then_some(Self {
            n,
            rank,
            triangular: false,
            x,
            null: Vec::new(),
        })
    }

    /// Number of rows of C.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.n
    }

    /// Number of independent normal deviates that a sample needs.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.rank
    }

    fn x(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(&self.x, self.rank, self.n)
    }

    fn par(&self) -> Par {
        parallelism(self.n)
    }

    /// First row of X that is not zero in column `c`.
    fn start(&self, c: usize) -> usize {
        if self.triangular { c } else { 0 }
    }

    /// The entry (i, j).
    #[must_use]
    pub fn entry(&self, i: usize, j: usize) -> f64 {
        let from = self.start(i.max(j));
        let (a, b) = (i * self.rank, j * self.rank);
        let dot = dot(
            &self.x[a + from..a + self.rank],
            &self.x[b + from..b + self.rank],
        );
        self.null.iter().fold(dot, |sum, v| sum - v[i] * v[j])
    }

    /// Columns `range` of C: an n × range.len() panel, column-major.
    #[must_use]
    pub fn columns(&self, range: Range<usize>) -> Vec<f64> {
        let width = range.len();
        let x = self.x();
        let mut out = vec![0.0; self.n * width];
        let o = MatMut::from_column_major_slice_mut(&mut out, self.n, width);
        triangular::matmul(
            o,
            BlockStructure::Rectangular,
            Accum::Replace,
            x.transpose(),
            self.transposed(),
            x.subcols(range.start, width),
            BlockStructure::Rectangular,
            1.0,
            self.par(),
        );
        self.subtract_null(&mut out, 0, range);
        out
    }

    fn transposed(&self) -> BlockStructure {
        if self.triangular {
            BlockStructure::TriangularUpper
        } else {
            BlockStructure::Rectangular
        }
    }

    fn subtract_null(&self, panel: &mut [f64], first_row: usize, columns: Range<usize>) {
        let rows = self.n - first_row;
        for (column, c) in panel.chunks_mut(rows.max(1)).zip(columns) {
            for v in &self.null {
                let w = v[c];
                for (x, y) in column.iter_mut().zip(&v[first_row..]) {
                    *x -= w * y;
                }
            }
        }
    }

    /// Forms the lower half of C panel by panel and hands each to `visit(first, width, panel)`: the
    /// columns first..first + width, rows first..n, column-major.
    ///
    /// # Errors
    /// [`Cancelled`], heard between panels.
    pub fn for_each_panel(
        &self,
        checkpoint: &dyn Checkpoint,
        mut visit: impl FnMut(usize, usize, &[f64]),
    ) -> Result<(), Cancelled> {
        let x = self.x();
        let steps = self.n.div_ceil(BLOCK);
        let mut panel = vec![0.0; self.n * BLOCK.min(self.n)];
        for (step, first) in (0..self.n).step_by(BLOCK).enumerate() {
            checkpoint.reached(step, steps)?;
            let width = BLOCK.min(self.n - first);
            let rows = self.n - first;
            let from = self.start(first);
            let part = x.submatrix(from, first, self.rank - from, rows);
            let panel = &mut panel[..rows * width];
            let out = MatMut::from_column_major_slice_mut(panel, rows, width);
            triangular::matmul(
                out,
                BlockStructure::Rectangular,
                Accum::Replace,
                part.transpose(),
                self.transposed(),
                part.subcols(0, width),
                BlockStructure::Rectangular,
                1.0,
                self.par(),
            );
            self.subtract_null(panel, first, first..first + width);
            visit(first, width, panel);
        }
        Ok(())
    }

    /// C times each of the columns.
    #[must_use]
    pub fn apply(&self, columns: MatRef<'_, f64>) -> Mat<f64> {
        let (x, par, whole) = (self.x(), self.par(), BlockStructure::Rectangular);
        let lower = if self.triangular {
            BlockStructure::TriangularLower
        } else {
            whole
        };
        let times = |left: MatRef<'_, f64>, shape, right: MatRef<'_, f64>| {
            let mut out = Mat::zeros(left.nrows(), right.ncols());
            let (o, add) = (out.as_mut(), Accum::Replace);
            triangular::matmul(o, whole, add, left, shape, right, whole, 1.0, par);
            out
        };
        let inner = times(x, lower, columns);
        let mut out = times(x.transpose(), self.transposed(), inner.as_ref());
        for u in &self.null {
            let u = MatRef::from_column_major_slice(u, self.n, 1);
            let along = u.transpose() * columns;
            out -= u * along;
        }
        out
    }

    /// Xᵀ z without its part along the null space: normal with covariance C for `rank` independent
    /// standard normal z.
    #[must_use]
    pub fn colour(&self, z: &[f64]) -> Vec<f64> {
        let mut out: Vec<f64> = (0..self.n)
            .map(|c| {
                let from = self.start(c);
                dot(
                    &self.x[c * self.rank + from..(c + 1) * self.rank],
                    &z[from..],
                )
            })
            .collect();
        for u in &self.null {
            let norm = dot(u, u);
            if norm > 0.0 {
                axpy(-dot(u, &out) / norm, u, &mut out);
            }
        }
        out
    }
}

/// X = Lᵀ of the lower half L.
fn transposed_lower(n: usize, l: &[f64]) -> Factored {
    let mut x = vec![0.0; n * n];
    for c in 0..n {
        for r in c..n {
            x[r * n + c] = l[c * n + r];
        }
    }
    Factored {
        n,
        rank: n,
        triangular: false,
        x,
        null: Vec::new(),
    }
}

fn parallelism(n: usize) -> Par {
    if n < PARALLEL_FROM {
        Par::Seq
    } else {
        Par::rayon(0)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a8, a1) = a.as_chunks::<8>();
    let (b8, b1) = b.as_chunks::<8>();
    for (p, q) in a8.iter().zip(b8) {
        for k in 0..8 {
            sums[k] += p[k] * q[k];
        }
    }
    sums.iter().sum::<f64>() + a1.iter().zip(b1).map(|(p, q)| p * q).sum::<f64>()
}

fn axpy(w: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += w * x;
    }
}

/// The lower half of `a` becomes its Cholesky factor.
fn cholesky(
    mut a: MatMut<'_, f64>,
    tolerance: f64,
    steps: usize,
    checkpoint: &dyn Checkpoint,
) -> Result<(), FactorError> {
    let n = a.nrows();
    let diagonal: Vec<f64> = (0..n).map(|i| a[(i, i)]).collect();
    let par = parallelism(n);
    let mut memory = MemBuffer::new(llt::cholesky_in_place_scratch::<f64>(
        BLOCK,
        Par::Seq,
        faer::prelude::default(),
    ));
    for (step, first) in (0..n).step_by(BLOCK).enumerate() {
        checkpoint.reached(step, steps)?;
        let width = BLOCK.min(n - first);
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
            let pivot = a11[(k, k)];
            pivot.is_finite() && pivot > 0.0 && pivot * pivot >= tolerance * diagonal[first + k]
        };
        if !(0..width).all(sound) {
            return Err(FactorError::Singular);
        }
        solve_lower_triangular_in_place(a11.rb(), a21.rb_mut().transpose_mut(), par);
        triangular::matmul(
            a22.rb_mut(),
            BlockStructure::TriangularLower,
            Accum::Add,
            a21.rb(),
            BlockStructure::Rectangular,
            a21.rb().transpose(),
            BlockStructure::Rectangular,
            -1.0,
            par,
        );
    }
    Ok(())
}

/// The lower triangular `l` becomes its inverse.
fn invert_lower(
    mut l: MatMut<'_, f64>,
    steps: usize,
    checkpoint: &dyn Checkpoint,
) -> Result<(), FactorError> {
    let n = l.nrows();
    let par = parallelism(n);
    let mut buffer = vec![0.0; n * BLOCK.min(n)];
    for (step, first) in (0..n).step_by(BLOCK).enumerate() {
        checkpoint.reached(steps / 2 + step, steps)?;
        let width = BLOCK.min(n - first);
        let head = l.rb_mut().submatrix_mut(0, 0, first + width, first + width);
        let (x00, _, mut l10, mut l11) = head.split_at_mut(first, first);
        if first > 0 {
            let mut w =
                MatMut::from_column_major_slice_mut(&mut buffer[..width * first], width, first);
            triangular::matmul(
                w.rb_mut(),
                BlockStructure::Rectangular,
                Accum::Replace,
                l10.rb(),
                BlockStructure::Rectangular,
                x00.rb(),
                BlockStructure::TriangularLower,
                -1.0,
                par,
            );
            solve_lower_triangular_in_place(l11.rb(), w.rb_mut(), par);
            l10.copy_from(&w);
        }
        let mut inverse =
            MatMut::from_column_major_slice_mut(&mut buffer[..width * width], width, width);
        inverse.fill(0.0);
        invert_lower_triangular(inverse.rb_mut(), l11.rb(), Par::Seq);
        // The whole square: the factorization leaves intermediate values above the diagonal.
        l11.copy_from(&inverse);
    }
    Ok(())
}

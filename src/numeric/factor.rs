//! Large covariances by their factor: C = XᵀX − N Nᵀ, from the inverse of a singular stiffness.
//!
//! Every step works block by block, so that it can be watched and cancelled, and the n × n inverse is
//! formed one panel at a time, only where it is asked for.

mod reduced;

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};

use super::cholesky::{self, BLOCK, STRIP, parallelism, pieces};
pub use super::cholesky::{FactorError, Real};
use crate::progress::{Cancelled, Checkpoint};

/// Rows up to which an eigen-decomposition, which nothing stops, is short.
const SHORT: usize = 400;

/// A symmetric n × n matrix, column after column; only the lower half is read.
#[derive(Debug, Clone)]
pub struct Symmetric<T = f64> {
    n: usize,
    lower: Vec<T>,
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
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn add_projector(
        &mut self,
        vectors: &[Vec<f64>],
        weight: f64,
        jitter: f64,
        checkpoint: &dyn Checkpoint,
    ) -> Result<(), Cancelled> {
        use rayon::prelude::*;
        let n = self.n;
        let add = |(c, column): (usize, &mut [f64])| {
            for v in vectors {
                let w = weight * v[c];
                if w != 0.0 {
                    axpy(w, &v[c..], &mut column[c..]);
                }
            }
            column[c] += jitter;
        };
        for (at, strip) in self.lower.chunks_mut((n * STRIP).max(1)).enumerate() {
            checkpoint.reached(0, n)?;
            let columns = strip.par_chunks_mut(n).enumerate();
            columns.for_each(|(c, column)| add((at * STRIP + c, column)));
        }
        Ok(())
    }

    /// The same in half the digits.
    #[must_use]
    pub fn halved(self) -> Symmetric<f32> {
        use rayon::prelude::*;
        Symmetric {
            n: self.n,
            lower: self.lower.par_iter().map(|&x| x as f32).collect(),
        }
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
            trial.add_projector(&[], 0.0, jitter * self.mean_diagonal(), checkpoint)?;
            let a = MatMut::from_column_major_slice_mut(&mut trial.lower, n, n);
            match cholesky::factor(a, 0.0, n.div_ceil(BLOCK), checkpoint) {
                Ok(()) => break Ok(transposed_lower(n, &trial.lower)),
                Err(FactorError::Singular) if jitter < 1e-2 => jitter *= 10.0,
                Err(error) => break Err(error),
            }
        }
    }

    /// The pseudo-inverse: eigenvalues up to `zero` are left out.
    ///
    /// # Errors
    /// [`FactorError::Singular`] where an entry is not finite.
    pub fn pseudo_inverse(
        &self,
        zero: f64,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Factored, FactorError> {
        if self.n <= SHORT {
            checkpoint.reached(0, 2)?;
            self.by_eigenvalues(zero)
        } else {
            self.by_pivots(zero, checkpoint)
        }
    }

    /// A⁺ = L (LᵀL)⁻² Lᵀ = XᵀX with A = L Lᵀ, L of full rank, and X = (LᵀL)⁻¹ Lᵀ.
    fn by_pivots(&self, zero: f64, checkpoint: &dyn Checkpoint) -> Result<Factored, FactorError> {
        let n = self.n;
        let diagonal: Vec<f64> = (0..n).map(|i| self.lower[i * n + i]).collect();
        if !diagonal.iter().all(|x| x.is_finite()) {
            return Err(FactorError::Singular);
        }
        let column = |c: usize| {
            (0..n)
                .map(|r| self.lower[r.min(c) * n + r.max(c)])
                .collect()
        };
        let l = cholesky::factor_by_pivots(diagonal, column, zero, checkpoint)?;
        let rank = l.len() / n.max(1);
        let l = MatRef::from_column_major_slice(&l, n, rank);
        let mut gram = vec![0.0; rank * rank];
        let mut out = MatMut::from_column_major_slice_mut(&mut gram, rank, rank);
        for (from, width) in pieces(rank, STRIP) {
            checkpoint.reached(from, n)?;
            let (out, part) = (
                out.as_mut().subcols_mut(from, width),
                l.subcols(from, width),
            );
            matmul(
                out,
                Accum::Replace,
                l.transpose(),
                part,
                1.0,
                parallelism(n),
            );
        }
        let gram = Self::from_columns(rank, gram).ok_or(FactorError::Singular)?;
        let inverse = gram.invert(Vec::new(), 0.0, checkpoint)?;
        let mut x = vec![0.0; rank * n];
        let mut out = MatMut::from_column_major_slice_mut(&mut x, rank, n);
        for (from, width) in pieces(n, STRIP / 4) {
            checkpoint.reached(from, n)?;
            let columns = inverse.apply(l.subrows(from, width).transpose());
            out.as_mut().subcols_mut(from, width).copy_from(columns);
        }
        Factored::from_factor(rank, n, x).ok_or(FactorError::Singular)
    }

    fn by_eigenvalues(&self, zero: f64) -> Result<Factored, FactorError> {
        let n = self.n;
        let a = MatRef::from_column_major_slice(&self.lower, n, n);
        let eigen = a
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| FactorError::Singular)?;
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

impl<T: Real> Symmetric<T> {
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
    ) -> Result<Factored<T>, FactorError> {
        let n = self.n;
        let mut a = MatMut::from_column_major_slice_mut(&mut self.lower, n, n);
        let steps = 2 * n.div_ceil(BLOCK);
        cholesky::factor(a.as_mut(), tolerance, steps, checkpoint)?;
        cholesky::invert_lower(a, steps, checkpoint)?;
        Ok(Factored {
            n,
            rank: n,
            triangular: true,
            x: self.lower,
            null,
        })
    }
}

/// A positive semi-definite n × n matrix C = XᵀX − N Nᵀ, held by X (rank × n) and N (n × few).
#[derive(Debug, Clone)]
pub struct Factored<T = f64> {
    n: usize,
    rank: usize,
    triangular: bool,
    /// Column-major, `rank` rows; with zeros above the diagonal where `triangular`.
    x: Vec<T>,
    /// Orthogonal columns that lie in the range of XᵀX with eigenvalue |n|².
    null: Vec<Vec<f64>>,
}

impl<T: Real> Factored<T> {
    /// Number of rows of C.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.n
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

    /// X in strips of columns, without the rows above that are zero: the first column, the first row,
    /// the rest.
    fn strips(&self, from: usize) -> impl Iterator<Item = (usize, usize, MatRef<'_, f64>)> {
        pieces(self.n - from, STRIP).map(move |(at, width)| {
            let column = from + at;
            let row = self.start(column);
            let strip = self.x().submatrix(row, column, self.rank - row, width);
            (column, row, strip)
        })
    }

    /// Columns `range` of C: an n × range.len() panel, column-major.
    #[must_use]
    pub fn columns(&self, range: Range<usize>) -> Vec<f64> {
        let (width, x) = (range.len(), self.x());
        let mut out = vec![0.0; self.n * width];
        let mut o = MatMut::from_column_major_slice_mut(&mut out, self.n, width);
        for (column, row, strip) in self.strips(0) {
            let o = o.as_mut().subrows_mut(column, strip.ncols());
            let right = x.submatrix(row, range.start, self.rank - row, width);
            let (left, replace) = (strip.transpose(), Accum::Replace);
            matmul(o, replace, left, right, 1.0, self.par());
        }
        self.subtract_null(&mut out, 0, range);
        out
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
        for (step, (first, width)) in pieces(self.n, BLOCK).enumerate() {
            let rows = self.n - first;
            let panel = &mut panel[..rows * width];
            let mut out = MatMut::from_column_major_slice_mut(panel, rows, width);
            for (column, row, strip) in self.strips(first) {
                checkpoint.reached(step, steps)?;
                let out = out.as_mut().subrows_mut(column - first, strip.ncols());
                let right = x.submatrix(row, first, self.rank - row, width);
                let (left, replace) = (strip.transpose(), Accum::Replace);
                matmul(out, replace, left, right, 1.0, self.par());
            }
            self.subtract_null(panel, first, first..first + width);
            checkpoint.reached(step, steps)?;
            visit(first, width, panel);
        }
        Ok(())
    }

    /// C times each of the columns.
    #[must_use]
    pub fn apply(&self, columns: MatRef<'_, f64>) -> Mat<f64> {
        let mut inner = Mat::zeros(self.rank, columns.ncols());
        for (column, row, strip) in self.strips(0) {
            let (out, right) = (
                inner.subrows_mut(row, strip.nrows()),
                columns.subrows(column, strip.ncols()),
            );
            matmul(out, Accum::Add, strip, right, 1.0, self.par());
        }
        let mut out = Mat::zeros(self.n, columns.ncols());
        for (column, row, strip) in self.strips(0) {
            let (out, right) = (
                out.subrows_mut(column, strip.ncols()),
                inner.subrows(row, strip.nrows()),
            );
            let (left, replace) = (strip.transpose(), Accum::Replace);
            matmul(out, replace, left, right, 1.0, self.par());
        }
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

fn dot<T: Real>(a: &[T], b: &[T]) -> f64 {
    let mut sums = [0.0; 8];
    let (a8, a1) = a.as_chunks::<8>();
    let (b8, b1) = b.as_chunks::<8>();
    for (p, q) in a8.iter().zip(b8) {
        for k in 0..8 {
            sums[k] += p[k].wide() * q[k].wide();
        }
    }
    sums.iter().sum::<f64>()
        + a1.iter()
            .zip(b1)
            .map(|(p, q)| p.wide() * q.wide())
            .sum::<f64>()
}

fn axpy(w: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += w * x;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;

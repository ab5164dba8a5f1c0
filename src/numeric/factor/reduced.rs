//! A stiffness of part of its coordinates once the others have followed them: the Schur complement.

use faer::MatRef;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut};

use super::{Factored, Symmetric};
use crate::numeric::cholesky::{FactorError, STRIP, parallelism, pieces};
use crate::progress::Checkpoint;

impl Symmetric {
    /// A − B D⁻¹ Bᵀ with A the first `kept` rows and columns, D the rest, and B what couples them. Motions
    /// that D leaves free cost nothing with A either, and are left out.
    ///
    /// A pivot of D below `tolerance` times its diagonal entry counts as zero, as do eigenvalues up to `zero`.
    ///
    /// # Errors
    /// [`FactorError::Singular`] where an entry is not finite.
    pub fn reduced(
        self,
        kept: usize,
        (tolerance, zero): (f64, f64),
        checkpoint: &dyn Checkpoint,
    ) -> Result<Self, FactorError> {
        let n = self.n;
        if kept >= n {
            return Ok(self);
        }
        let others = n - kept;
        let rest = || {
            let mut values = vec![0.0; others * others];
            for (c, column) in values.chunks_mut(others).enumerate() {
                let from = (kept + c) * n + kept;
                column.copy_from_slice(&self.lower[from..from + others]);
            }
            Self {
                n: others,
                lower: values,
            }
        };
        let inverse: Factored = match rest().invert(Vec::new(), tolerance, checkpoint) {
            Err(FactorError::Singular) => rest().pseudo_inverse(zero, checkpoint)?,
            other => other?,
        };
        // The rows of the others in the columns that are kept.
        let coupled =
            MatRef::from_column_major_slice_with_stride(&self.lower[kept..], others, kept, n);
        let mut values = vec![0.0; kept * kept];
        for (c, column) in values.chunks_mut(kept).enumerate() {
            column[c..].copy_from_slice(&self.lower[c * n + c..c * n + kept]);
        }
        let mut out = MatMut::from_column_major_slice_mut(&mut values, kept, kept);
        for (first, width) in pieces(kept, STRIP / 4) {
            checkpoint.reached(first, n)?;
            let follow = inverse.apply(coupled.subcols(first, width));
            checkpoint.reached(first, n)?;
            // Above the diagonal nothing is read.
            let out = out
                .as_mut()
                .submatrix_mut(first, first, kept - first, width);
            let left = coupled.subcols(first, kept - first).transpose();
            matmul(out, Accum::Add, left, follow.as_ref(), -1.0, parallelism(n));
        }
        Ok(Self {
            n: kept,
            lower: values,
        })
    }
}

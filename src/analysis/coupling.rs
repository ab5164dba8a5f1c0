//! From marginals to the Gaussian of the whole chain: Σ_ij = T_i A_ij T_jᵀ.
//!
//! A is the covariance of an elastic network (blocks of 3 × 3) or one number a pair of residues, held
//! by its factor; T_i makes the diagonal blocks the marginals. So the Gaussian is positive
//! semi-definite, turns with the molecule, and never fills 9 N² numbers beside the factor.

use std::sync::Arc;

use faer::{Mat, MatRef};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::numeric::factor::Factored;
use crate::numeric::lanczos::SymmetricMap;
use crate::numeric::spd::power3;
use crate::numeric::{Covariance3, Matrix, Vec3};
use crate::progress::{Cancelled, Checkpoint};

/// How residues move together: W of Σ_ij = S_i W_ij S_j, in a form that can be sampled.
#[derive(Debug, Clone)]
pub enum Joint {
    /// Residues are independent.
    Independent,
    /// Residues move together as the core says.
    Correlated(Correlated),
}

impl Joint {
    /// The number of lowest modes that the joint was cut to, `None` where it is whole.
    #[must_use]
    pub fn truncated_to(&self) -> Option<usize> {
        match self {
            Self::Independent => None,
            Self::Correlated(c) => c.truncated_to,
        }
    }
}

/// A 3 × 3 block Σ_ij.
pub type Block = nalgebra::Matrix3<f64>;

/// The joint Gaussian of those residues that have a marginal and a Cα: its atoms.
#[derive(Debug, Clone)]
pub struct Correlated {
    /// The residue of each atom.
    pub residues: Vec<usize>,
    /// T_i of each atom.
    transform: Vec<Block>,
    /// A: N × N, or 3N × 3N.
    core: Arc<Factored>,
    truncated_to: Option<usize>,
}

impl Correlated {
    /// Σ_ij = T_i A_ij T_jᵀ with the transforms as given. `core` has one row an atom or three.
    #[must_use]
    pub fn new(
        residues: Vec<usize>,
        transform: Vec<Block>,
        core: Arc<Factored>,
        truncated_to: Option<usize>,
    ) -> Self {
        Self {
            residues,
            transform,
            core,
            truncated_to,
        }
    }

    /// The joint whose diagonal blocks are `marginals`, one an atom: T_i = Σ_i^½ A_ii^−½.
    #[must_use]
    pub fn whitened(
        residues: Vec<usize>,
        marginals: &[Covariance3],
        core: Arc<Factored>,
        own: &[Covariance3],
        truncated_to: Option<usize>,
    ) -> Self {
        let transform = marginals
            .iter()
            .zip(own)
            .map(|(m, a)| power3(m, 0.5) * power3(a, -0.5))
            .collect();
        Self::new(residues, transform, core, truncated_to)
    }

    /// Number of atoms.
    #[must_use]
    pub fn atoms(&self) -> usize {
        self.residues.len()
    }

    /// The atom of a residue.
    #[must_use]
    pub fn atom_of(&self, residue: usize) -> Option<usize> {
        self.residues.binary_search(&residue).ok()
    }

    /// The core: the network's covariance, or one number a pair.
    #[must_use]
    pub fn core(&self) -> &Factored {
        &self.core
    }

    /// Whether the core has one number a pair of atoms instead of a 3 × 3 block.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        self.core.dimension() == self.atoms()
    }

    fn dressed(&self, i: usize, j: usize, core: impl Fn(usize, usize) -> f64) -> Block {
        if self.is_scalar() {
            self.transform[i] * self.transform[j].transpose() * core(0, 0)
        } else {
            self.transform[i] * Block::from_fn(core) * self.transform[j].transpose()
        }
    }

    /// Each atom's three rows, turned by what its transform gives.
    fn turned(&self, columns: MatRef<'_, f64>, by: impl Fn(&Block) -> Block) -> Mat<f64> {
        let mut out = Mat::zeros(columns.nrows(), columns.ncols());
        for (i, t) in self.transform.iter().enumerate() {
            let t = by(t);
            for c in 0..columns.ncols() {
                let v = t * Vec3::from_fn(|a, _| columns[(3 * i + a, c)]);
                for a in 0..3 {
                    out[(3 * i + a, c)] = v[a];
                }
            }
        }
        out
    }

    /// Σ_ij of two atoms.
    #[must_use]
    pub fn block(&self, i: usize, j: usize) -> Block {
        if self.is_scalar() {
            self.dressed(i, j, |_, _| self.core.entry(i, j))
        } else {
            self.dressed(i, j, |a, b| self.core.entry(3 * i + a, 3 * j + b))
        }
    }

    /// Σ_ij of every atom i with atom `j`.
    #[must_use]
    pub fn column(&self, j: usize) -> Vec<Block> {
        if self.is_scalar() {
            let panel = self.core.columns(j..j + 1);
            return (0..self.atoms())
                .map(|i| self.dressed(i, j, |_, _| panel[i]))
                .collect();
        }
        let panel = self.core.columns(3 * j..3 * j + 3);
        let height = 3 * self.atoms();
        (0..self.atoms())
            .map(|i| self.dressed(i, j, |a, b| panel[b * height + 3 * i + a]))
            .collect()
    }

    /// Hands every block Σ_ij with i ≥ j to `visit(i, j, block)`.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn for_each_block(
        &self,
        checkpoint: &dyn Checkpoint,
        mut visit: impl FnMut(usize, usize, &Block),
    ) -> Result<(), Cancelled> {
        self.map_blocks(
            checkpoint,
            |_, _, block| *block,
            |i, j, block| visit(i, j, &block),
        )
    }

    /// Makes something of every block Σ_ij with i ≥ j, in parallel, and hands it to `take(i, j, …)`.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn map_blocks<T: Send>(
        &self,
        checkpoint: &dyn Checkpoint,
        of: impl Fn(usize, usize, &Block) -> T + Sync,
        mut take: impl FnMut(usize, usize, T),
    ) -> Result<(), Cancelled> {
        let rows = if self.is_scalar() { 1 } else { 3 };
        let dimension = self.core.dimension();
        self.core.for_each_panel(checkpoint, |first, width, panel| {
            let height = dimension - first;
            let column = |jj: usize| -> Vec<T> {
                let j = first / rows + jj;
                let one = |i: usize| {
                    let at = rows * i - first;
                    let block = self.dressed(i, j, |a, b| panel[(rows * jj + b) * height + at + a]);
                    of(i, j, &block)
                };
                (j..self.atoms()).map(one).collect()
            };
            let columns = (0..width / rows).into_par_iter().map(column);
            for (j, column) in (first / rows..).zip(columns.collect::<Vec<_>>()) {
                for (i, value) in (j..).zip(column) {
                    take(i, j, value);
                }
            }
        })
    }

    /// One draw: the displacement of each atom in Å.
    pub fn draw(&self, rng: &mut impl Rng) -> Vec<Vec3> {
        let mut deviates = || -> Vec<f64> {
            (0..self.core.rank())
                .map(|_| StandardNormal.sample(rng))
                .collect()
        };
        let white: Vec<Vec3> = if self.is_scalar() {
            let [x, y, z] = [(); 3].map(|()| self.core.colour(&deviates()));
            (0..self.atoms())
                .map(|i| Vec3::new(x[i], y[i], z[i]))
                .collect()
        } else {
            let drawn = self.core.colour(&deviates());
            drawn.chunks_exact(3).map(Vec3::from_column_slice).collect()
        };
        white
            .into_iter()
            .zip(&self.transform)
            .map(|(v, t)| t * v)
            .collect()
    }
}

impl SymmetricMap for Correlated {
    fn dimension(&self) -> usize {
        3 * self.atoms()
    }

    fn apply(&self, columns: MatRef<'_, f64>) -> Mat<f64> {
        let turned = self.turned(columns, Block::transpose);
        let inner = if self.is_scalar() {
            // One number a pair acts on the three axes alike.
            let axes = Mat::from_fn(self.atoms(), 3 * columns.ncols(), |i, k| {
                turned[(3 * i + k % 3, k / 3)]
            });
            let moved = self.core.apply(axes.as_ref());
            Mat::from_fn(turned.nrows(), turned.ncols(), |r, c| {
                moved[(r / 3, 3 * c + r % 3)]
            })
        } else {
            self.core.apply(turned.as_ref())
        };
        self.turned(inner.as_ref(), Clone::clone)
    }
}

/// The generalised correlation of two residues, sqrt(1 − exp(−2I/3)), from the linear mutual information I
/// of their Gaussian (Lange and Grubmüller 2006): 0 where they are independent, 1 where one moves as the
/// other says. I = −½ ln det(1 − R Rᵀ) with R their `block` whitened on both sides.
#[must_use]
pub fn generalised_correlation(whitened: &Block) -> f64 {
    let left = (Block::identity() - whitened * whitened.transpose()).determinant();
    // The cube root by its logarithm: the library has none that is fast.
    (1.0 - (left.clamp(0.0, 1.0).ln() / 3.0).exp()).sqrt()
}

/// C_ij / sqrt(C_ii C_jj), clamped to −1…1; NaN where either variance is missing, 0 (1 on the
/// diagonal) where it is 0.
#[must_use]
pub fn correlation(coupling: &Matrix) -> Matrix {
    let variance = coupling.diagonal();
    Matrix::from_fn(coupling.rows(), coupling.columns(), |i, j| {
        let product = variance[i] * variance[j];
        if product.is_nan() {
            f64::NAN
        } else if i == j {
            1.0
        } else if product > 0.0 {
            (coupling[(i, j)] / product.sqrt()).clamp(-1.0, 1.0)
        } else {
            0.0
        }
    })
}

//! Solving a network: its covariance as a factor, with marginals and coupling where asked for.

use rayon::prelude::*;

use super::network::{Network, Spring};
use crate::analysis::AnalysisError;
use crate::numeric::factor::{FactorError, Factored, Real, Symmetric};
use crate::numeric::free::free_motions;
use crate::numeric::sparse::{Entry, lowest_modes};
use crate::numeric::{Covariance3, Matrix, Vec3};
use crate::progress::{Cancelled, Checkpoint};

/// Pivots below this part of their diagonal entry mean a free motion.
const PIVOT_TOLERANCE: f64 = 1e-11;

/// Eigenvalues up to this part of the mean diagonal are free motions, as ProDy's 1e-6 is for springs
/// of 1.
const ZERO_EIGENVALUE: f64 = 1e-7;

/// Part of the mean diagonal by which a stiffness is raised where its free motions are looked for.
const FREE_SHIFT: f64 = 1e-6;

/// The same where numbers have half the digits.
const HALVED_PIVOT_TOLERANCE: f64 = 1e-3;

/// Added to the diagonal of an anisotropic network among the features.
const FEATURE_JITTER: f64 = 1e-8;

/// Rows up to which a network is solved whole; larger ones are cut to their lowest modes.
pub(super) const LARGEST_WHOLE: usize = 6000;

/// Modes that are kept of a larger network.
pub const MODES_OF_LARGE_NETWORKS: usize = 60;

/// The covariance of a solved network, in the inverse unit of its springs.
#[derive(Debug, Clone)]
pub struct Solved<T = f64> {
    /// The pseudo-inverse of the stiffness.
    pub covariance: Factored<T>,
    /// Rows of the covariance an atom has: 1 or 3.
    pub rows_an_atom: usize,
    /// The number of lowest modes that the covariance was cut to, `None` where it is whole.
    pub truncated_to: Option<usize>,
}

impl<T: Real> Solved<T> {
    /// Number of atoms.
    #[must_use]
    pub fn atoms(&self) -> usize {
        self.covariance.dimension() / self.rows_an_atom
    }

    /// The covariance of each atom; of a GNM the same along every axis.
    #[must_use]
    pub fn marginals(&self) -> Vec<Covariance3> {
        let c = &self.covariance;
        let block = |i: usize| {
            if self.rows_an_atom == 1 {
                return Covariance3::identity() * c.entry(i, i);
            }
            let mut block = Covariance3::zeros();
            for a in 0..3 {
                for b in 0..=a {
                    block[(a, b)] = c.entry(3 * i + a, 3 * i + b);
                    block[(b, a)] = block[(a, b)];
                }
            }
            block
        };
        (0..self.atoms()).into_par_iter().map(block).collect()
    }
}

impl Solved {
    /// tr Σ_ij / 3 of every pair; of a GNM its covariance.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn coupling(&self, checkpoint: &dyn Checkpoint) -> Result<Matrix, Cancelled> {
        let rows = self.rows_an_atom;
        let n = self.atoms();
        let mut coupling = Matrix::filled(n, n, 0.0);
        self.covariance
            .for_each_panel(checkpoint, |first, width, panel| {
                let height = rows * n - first;
                for j in 0..width / rows {
                    for i in j..height / rows {
                        let trace: f64 = (0..rows)
                            .map(|a| panel[(rows * j + a) * height + rows * i + a])
                            .sum();
                        let (i, j) = (first / rows + i, first / rows + j);
                        coupling[(i, j)] = trace / rows as f64;
                    }
                }
            })?;
        mirror(&mut coupling);
        Ok(coupling)
    }
}

/// The upper half becomes the lower half's mirror image.
pub(crate) fn mirror(m: &mut Matrix) {
    for i in 0..m.rows() {
        for j in 0..i {
            m[(j, i)] = m[(i, j)];
        }
    }
}

/// Builds the stiffness; called again where a way of inverting it has spoilt it.
type Build<'a> = dyn Fn() -> Result<Symmetric, FactorError> + 'a;

/// Exact pseudo-inverse: Cholesky with the free motions projected out, those of every piece and, where
/// there are more, those found by iteration; without them where that is not enough.
fn pseudo_inverse(
    build: &Build<'_>,
    mut free: Vec<Vec<f64>>,
    checkpoint: &dyn Checkpoint,
) -> Result<Factored, FactorError> {
    let stiffness = build()?;
    let (n, weight) = (stiffness.dimension(), stiffness.mean_diagonal());
    if weight <= 0.0 {
        // Not one spring: everything is free, nothing fluctuates.
        return Factored::from_factor(0, n, Vec::new()).ok_or(FactorError::Singular);
    }
    match projected_inverse(stiffness, &free, weight, checkpoint) {
        Err(FactorError::Singular) => {}
        other => return other,
    }
    let zero = ZERO_EIGENVALUE * weight;
    if let Some(further) = further_free_motions(build, &free, weight, checkpoint)? {
        free.extend(further);
        match projected_inverse(build()?, &free, weight, checkpoint) {
            Err(FactorError::Singular) => {}
            other => return other,
        }
    }
    build()?.pseudo_inverse(zero, checkpoint)
}

/// Motions that cost nothing beside the `free` ones.
fn further_free_motions(
    build: &Build<'_>,
    free: &[Vec<f64>],
    weight: f64,
    checkpoint: &dyn Checkpoint,
) -> Result<Option<Vec<Vec<f64>>>, FactorError> {
    let shift = FREE_SHIFT * weight;
    let mut raised = build()?;
    raised.add_projector(free, weight, shift, checkpoint)?;
    let inverse = match raised.invert(Vec::new(), 0.0, checkpoint) {
        Err(FactorError::Singular) => return Ok(None),
        other => other?,
    };
    Ok(free_motions(
        &inverse,
        shift,
        ZERO_EIGENVALUE * weight,
        checkpoint,
    )?)
}

/// (H + w P)⁻¹ − P / w with P the projector on the `free` motions.
fn projected_inverse(
    mut stiffness: Symmetric,
    free: &[Vec<f64>],
    weight: f64,
    checkpoint: &dyn Checkpoint,
) -> Result<Factored, FactorError> {
    stiffness.add_projector(free, weight, 0.0, checkpoint)?;
    let null = scaled(free.to_vec(), weight.sqrt().recip());
    stiffness.invert(null, PIVOT_TOLERANCE, checkpoint)
}

fn scaled(mut vectors: Vec<Vec<f64>>, by: f64) -> Vec<Vec<f64>> {
    for v in &mut vectors {
        for x in v.iter_mut() {
            *x *= by;
        }
    }
    vectors
}

/// The pseudo-inverse (A + P + jitter)⁻¹ − P with springs in their own unit and P of weight 1; the
/// pseudo-inverse by eigenvalues where that is singular.
fn jittered_inverse(
    build: &Build<'_>,
    free: Vec<Vec<f64>>,
    jitter: f64,
    zero: f64,
    checkpoint: &dyn Checkpoint,
) -> Result<Factored, FactorError> {
    let mut stiffness = build()?;
    stiffness.add_projector(&free, 1.0, jitter, checkpoint)?;
    match stiffness.invert(free, 0.0, checkpoint) {
        Err(FactorError::Singular) => build()?.pseudo_inverse(zero, checkpoint),
        other => other,
    }
}

fn failure(error: FactorError, residues: usize) -> AnalysisError {
    match error {
        FactorError::Cancelled(c) => c.into(),
        FactorError::Singular => AnalysisError::Unsolvable { residues },
    }
}

/// The Gaussian network model: the pseudo-inverse of its Kirchhoff matrix.
///
/// # Errors
/// Cancelled, or coordinates that are not finite.
pub fn solve_gnm(
    network: &Network<'_>,
    checkpoint: &dyn Checkpoint,
) -> Result<Solved, AnalysisError> {
    let n = network.own();
    let free = network.constants(&network.own_pieces());
    if n > LARGEST_WHOLE {
        let entries = network.sparse_kirchhoff(checkpoint)?;
        return cut(1, n, &entries, &free, checkpoint);
    }
    let build = || reduced(network.kirchhoff(checkpoint)?, n, checkpoint);
    let covariance = pseudo_inverse(&build, free, checkpoint).map_err(|e| failure(e, n))?;
    Ok(whole(covariance, 1))
}

/// An anisotropic network: the pseudo-inverse of its Hessian. `anchor` is a stiffness that every
/// coordinate gets beside its springs, 0 for the plain network.
///
/// # Errors
/// Cancelled, or coordinates that are not finite.
pub fn solve_anm(
    network: &Network<'_>,
    anchor: f64,
    checkpoint: &dyn Checkpoint,
) -> Result<Solved, AnalysisError> {
    let n = network.own();
    let free = network.rigid_motions(&network.own_pieces());
    if 3 * n > LARGEST_WHOLE {
        let mut entries = network.sparse_hessian(checkpoint)?;
        entries.extend((0..3 * n).map(|i| Entry::new(i, i, anchor)));
        return cut(3, n, &entries, &free, checkpoint);
    }
    let build = || {
        let mut hessian = reduced(network.hessian(checkpoint)?, 3 * n, checkpoint)?;
        hessian.add_projector(&[], 0.0, anchor, checkpoint)?;
        Ok(hessian)
    };
    let covariance = if anchor > 0.0 {
        anchored(&build, free, anchor, checkpoint)
    } else {
        pseudo_inverse(&build, free, checkpoint)
    };
    Ok(whole(covariance.map_err(|e| failure(e, n))?, 3))
}

/// What is left of a stiffness where the rows behind the first `own` follow.
fn reduced(
    stiffness: Symmetric,
    own: usize,
    checkpoint: &dyn Checkpoint,
) -> Result<Symmetric, FactorError> {
    let zero = ZERO_EIGENVALUE * stiffness.mean_diagonal();
    stiffness.reduced(own, (PIVOT_TOLERANCE, zero), checkpoint)
}

fn whole<T>(covariance: Factored<T>, rows_an_atom: usize) -> Solved<T> {
    Solved {
        covariance,
        rows_an_atom,
        truncated_to: None,
    }
}

/// The lowest modes of a network of `n` atoms by its sparse stiffness.
fn cut(
    rows_an_atom: usize,
    n: usize,
    lower: &[Entry],
    free: &[Vec<f64>],
    checkpoint: &dyn Checkpoint,
) -> Result<Solved, AnalysisError> {
    let rows = rows_an_atom * n;
    let diagonal: f64 = lower.iter().filter(|e| e.row == e.col).map(|e| e.val).sum();
    let zero = ZERO_EIGENVALUE * diagonal / rows.max(1) as f64;
    let covariance = lowest_modes(rows, lower, free, MODES_OF_LARGE_NETWORKS, zero, checkpoint)
        .map_err(|e| failure(e, n))?;
    Ok(Solved {
        truncated_to: Some(covariance.rank()),
        covariance,
        rows_an_atom,
    })
}

/// (H + anchor)⁻¹ without its rigid motions.
fn anchored(
    build: &Build<'_>,
    free: Vec<Vec<f64>>,
    anchor: f64,
    checkpoint: &dyn Checkpoint,
) -> Result<Factored, FactorError> {
    let mut stiffness = build()?;
    let weight = stiffness.mean_diagonal();
    stiffness.add_projector(&free, weight, 0.0, checkpoint)?;
    // P is an eigenvector of the anchored stiffness with value `anchor + weight`.
    let null = scaled(free, (weight + anchor).sqrt().recip());
    stiffness.invert(null, 0.0, checkpoint)
}

/// A GNM as the motion network's features want it.
///
/// # Errors
/// Cancelled, or coordinates that are not finite.
pub(crate) fn feature_gnm(
    positions: &[Vec3],
    spring: Spring,
    checkpoint: &dyn Checkpoint,
) -> Result<Solved, FactorError> {
    let places: Vec<usize> = (0..positions.len()).collect();
    let network = Network {
        positions,
        places: &places,
        spring,
        followers: 0,
    };
    let free = network.constants(std::slice::from_ref(&places));
    let build = || Ok(network.kirchhoff(checkpoint)?);
    jittered_inverse(&build, free, 1e-9, 1e-12, checkpoint).map(|covariance| whole(covariance, 1))
}

/// An anisotropic network as the motion network's features want it.
///
/// # Errors
/// Cancelled, or coordinates that are not finite.
pub(crate) fn feature_anm(
    positions: &[Vec3],
    spring: Spring,
    checkpoint: &dyn Checkpoint,
) -> Result<Solved, FactorError> {
    let places: Vec<usize> = (0..positions.len()).collect();
    let network = Network {
        positions,
        places: &places,
        spring,
        followers: 0,
    };
    let free = network.rigid_motions(std::slice::from_ref(&places));
    let build = || Ok(network.hessian(checkpoint)?);
    let covariance = jittered_inverse(&build, free, FEATURE_JITTER, 1e-6, checkpoint)?;
    Ok(whole(covariance, 3))
}

/// The same in half the digits and half the time: with sound pivots the logarithm of a fluctuation is right
/// to about 1e-4. `None` where a pivot is not sound.
///
/// # Errors
/// Cancelled.
pub(crate) fn halved_feature_anm(
    positions: &[Vec3],
    spring: Spring,
    checkpoint: &dyn Checkpoint,
) -> Result<Option<Solved<f32>>, FactorError> {
    let places: Vec<usize> = (0..positions.len()).collect();
    let network = Network {
        positions,
        places: &places,
        spring,
        followers: 0,
    };
    let free = network.rigid_motions(std::slice::from_ref(&places));
    let mut stiffness = network.hessian(checkpoint)?;
    // A projector much larger than the springs would leave them no digits.
    let weight = stiffness.mean_diagonal();
    stiffness.add_projector(&free, weight, FEATURE_JITTER, checkpoint)?;
    let null = scaled(free, (weight + FEATURE_JITTER).sqrt().recip());
    let inverse = stiffness
        .halved()
        .invert(null, HALVED_PIVOT_TOLERANCE, checkpoint);
    match inverse {
        Ok(covariance) => Ok(Some(whole(covariance, 3))),
        Err(FactorError::Singular) => Ok(None),
        Err(cancelled) => Err(cancelled),
    }
}

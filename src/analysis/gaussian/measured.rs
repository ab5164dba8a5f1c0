//! From a covariance that was counted, not predicted.

use std::sync::Arc;

use super::assemble::pair_maps;
use super::{GaussianDynamics, Scale, Source};
use crate::analysis::AnalysisError;
use crate::analysis::coupling::{Block, Correlated, Joint, correlation};
use crate::numeric::Covariance3;
use crate::numeric::factor::{FactorError, Symmetric};
use crate::progress::Checkpoint;
use crate::protein::Protein;

/// Part of the mean variance that is added to every direction, so that fewer frames than directions do for a
/// factor.
const JITTER: f64 = 1e-9;

/// The Gaussian of `residues` from their covariance in the world frame and Å²: 3n × 3n, column after column.
///
/// # Errors
/// Cancelled, or a covariance of another size or with entries that are not finite.
pub fn from_covariance(
    protein: &Protein,
    source: Source,
    residues: Vec<usize>,
    covariance: Vec<f64>,
    checkpoint: &dyn Checkpoint,
) -> Result<GaussianDynamics, AnalysisError> {
    let (n, rows) = (protein.len(), 3 * residues.len());
    let unsolvable = || AnalysisError::Unsolvable { residues: rows / 3 };
    if covariance.len() != rows * rows || !covariance.iter().all(|x| x.is_finite()) {
        return Err(unsolvable());
    }
    let own: Vec<Covariance3> = (0..residues.len())
        .map(|i| Covariance3::from_fn(|a, b| covariance[(3 * i + b) * rows + 3 * i + a]))
        .collect();
    let mut marginals = vec![None; n];
    for (&residue, m) in residues.iter().zip(&own) {
        marginals[residue] = Some(*m);
    }
    let symmetric = Symmetric::from_columns(rows, covariance).ok_or_else(unsolvable)?;
    let core = match symmetric.factor(JITTER, checkpoint) {
        Ok(core) => core,
        Err(FactorError::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(FactorError::Singular) => return Err(unsolvable()),
    };
    let transform = vec![Block::identity(); residues.len()];
    let joint = Correlated::new(residues, transform, Arc::new(core), None);
    let maps = pair_maps(&joint, &own, n, checkpoint)?;
    Ok(GaussianDynamics {
        source,
        scale: Scale::Model,
        marginals,
        frames: protein.frames(),
        correlation: correlation(&maps.coupling),
        coupling: maps.coupling,
        mutual_information: maps.mutual_information,
        joint: Arc::new(Joint::Correlated(joint)),
    })
}

//! The models of an NMR entry laid over each other, rigid parts first.

use rayon::prelude::*;

use super::NotComparable;
use crate::numeric::{Covariance3, Profile, Superposition, Vec3};
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::structure::ModelsAre;
use crate::protein::{Protein, Structure};

/// Rounds of superposing and weighing anew.
const ROUNDS: usize = 30;

/// Å² added to the variance of each residue before it is inverted to a weight, so that a few very rigid
/// residues do not decide alone.
const SOFTENING_ANGSTROM2: f64 = 0.1;

/// The spread of the models of a structure.
#[derive(Debug, Clone, PartialEq)]
pub struct NmrEnsemble {
    /// Number of models.
    pub models: usize,
    /// Covariance of each Cα over the models (n − 1 in the denominator), Å², in the frame of the
    /// protein; `None` where a model lacks the residue.
    pub covariance: Vec<Option<Covariance3>>,
    /// Cα positions of each model after superposition, for the residues that every model has.
    pub positions: Vec<Vec<Vec3>>,
    /// Those residues.
    pub residues: Vec<usize>,
}

impl NmrEnsemble {
    /// RMSF in Å, NaN where a model lacks the residue.
    #[must_use]
    pub fn rmsf_angstrom(&self) -> Profile {
        self.covariance
            .iter()
            .map(|c| c.map_or(f64::NAN, |c| c.trace().sqrt()))
            .collect()
    }
}

/// Superposes the Cα atoms of all models, each residue weighted by the inverse of its variance, again
/// and again until the weights settle.
///
/// # Errors
/// [`NotComparable`] for one model, when cancelled, or fewer than three residues that all models have.
pub fn nmr_ensemble(
    structure: &Structure,
    protein: &Protein,
    checkpoint: &dyn Checkpoint,
) -> Result<NmrEnsemble, NotComparable> {
    match structure.models_are {
        _ if structure.models.len() < 2 => return Err(NotComparable::OneModel),
        ModelsAre::Ensemble => {}
        other => return Err(NotComparable::NoEnsemble(other)),
    }
    let found: Vec<Vec<Option<Vec3>>> = structure
        .models
        .iter()
        .map(|model| {
            let atoms: std::collections::HashMap<_, _> = model
                .chains
                .iter()
                .flat_map(|c| &c.residues)
                .filter_map(|r| Some((&r.id, r.position("CA")?)))
                .collect();
            let position = |r: &crate::protein::Residue| atoms.get(&r.id).copied();
            protein.residues.iter().map(position).collect()
        })
        .collect();
    let own = protein.alpha_carbons();
    let residues: Vec<usize> = (0..protein.len())
        .filter(|&i| own[i].is_some() && found.iter().all(|m| m[i].is_some()))
        .collect();
    if residues.len() < 3 {
        return Err(NotComparable::TooFew(residues.len()));
    }
    let mut models: Vec<Vec<Vec3>> = found
        .iter()
        .map(|m| residues.iter().filter_map(|&i| m[i]).collect())
        .collect();
    let reference: Vec<Vec3> = residues.iter().filter_map(|&i| own[i]).collect();
    superpose_all(&mut models, &reference, checkpoint)?;
    let mut covariance = vec![None; protein.len()];
    for (k, &residue) in residues.iter().enumerate() {
        covariance[residue] = Some(spread(&models, k));
    }
    Ok(NmrEnsemble {
        models: models.len(),
        covariance,
        positions: models,
        residues,
    })
}

fn spread(models: &[Vec<Vec3>], k: usize) -> Covariance3 {
    let mean = models.iter().map(|m| m[k]).sum::<Vec3>() / models.len() as f64;
    let sum = models.iter().map(|m| {
        let d = m[k] - mean;
        d * d.transpose()
    });
    sum.sum::<Covariance3>() / (models.len() as f64 - 1.0)
}

fn mean_of(models: &[Vec<Vec3>]) -> Vec<Vec3> {
    let count = models.len() as f64;
    let at = |k: usize| models.iter().map(|m| m[k]).sum::<Vec3>() / count;
    (0..models.first().map_or(0, Vec::len)).map(at).collect()
}

/// What conformations are superposed on: their mean, where the reference is, and the weight of each point.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    pub positions: Vec<Vec3>,
    /// The inverse of the variance of a point in each direction, softened, Å⁻².
    pub weights: Vec<f64>,
}

/// Superposes conformations, each point weighted by the inverse of its variance, again and again until the
/// weights settle; they end up where `reference` is.
///
/// # Errors
/// [`Cancelled`].
pub fn superpose_all(
    models: &mut [Vec<Vec3>],
    reference: &[Vec3],
    checkpoint: &dyn Checkpoint,
) -> Result<Target, Cancelled> {
    let mut weights = vec![1.0; reference.len()];
    let mut target = reference.to_vec();
    for round in 0..ROUNDS {
        checkpoint.reached(round, ROUNDS)?;
        let place = |model: &mut Vec<Vec3>| superpose(model, &target, &weights);
        models.par_iter_mut().for_each(place);
        target = mean_of(models);
        for (k, w) in weights.iter_mut().enumerate() {
            *w = (spread(models, k).trace() / 3.0 + SOFTENING_ANGSTROM2).recip();
        }
        superpose(&mut target, reference, &weights);
    }
    for model in models.iter_mut() {
        superpose(model, &target, &weights);
    }
    Ok(Target {
        positions: target,
        weights,
    })
}

/// Turns and shifts `moving` on `target` by weighted least squares.
pub(super) fn superpose(moving: &mut [Vec3], target: &[Vec3], weights: &[f64]) {
    let found = Superposition::new(moving, target, weights);
    for p in moving {
        *p = found.moved(*p);
    }
}

//! The elastic networks as sources of dynamics.

use std::sync::Arc;

use super::neighbours::followers;
use super::network::Network;
use super::solve::{Solved, solve_anm, solve_gnm};
use super::{cutoff_angstrom, spring};
use crate::analysis::AnalysisError;
use crate::analysis::coupling::{Block, Correlated, Joint, correlation};
use crate::analysis::gaussian::{GaussianDynamics, Source, calibrate, pair_maps};
use crate::numeric::Vec3;
use crate::progress::{Checkpoint, Part};
use crate::protein::Protein;

/// Stiffness in Å⁻⁸ that the parameter-free network adds to every coordinate: less than a two
/// thousandth of the spring between bonded neighbours. It keeps a loose end from swinging without
/// limit, and raises the median r with the correlation matrices of NMR ensembles (20 chains, all
/// pairs) from 0.49 to 0.63.
pub const PARAMETER_FREE_ANCHOR: f64 = 1e-8;

/// Part of the work that is left when the network is solved.
const SOLVED: f64 = 0.7;

/// The dynamics of a protein by an elastic network: `ParameterFree`, `Anm` or `Gnm`.
///
/// Residues without a Cα are left out. The amplitude is fitted to the B-factors where they are
/// experimental. Neighbours that count are nodes, and follow.
///
/// # Errors
/// Cancelled, no Cα at all, coordinates that cannot be solved for, or another source.
pub fn gaussian(
    protein: &Protein,
    source: Source,
    checkpoint: &dyn Checkpoint,
) -> Result<GaussianDynamics, AnalysisError> {
    let known = protein.alpha_carbons().into_iter().enumerate();
    let known: Vec<(usize, Vec3)> = known.filter_map(|(i, p)| Some((i, p?))).collect();
    let (residues, positions): (Vec<usize>, Vec<Vec3>) = held(&known, source).into_iter().unzip();
    if residues.is_empty() {
        return Err(AnalysisError::NoAlphaCarbon {
            protein: protein.name.clone(),
        });
    }
    let around = followers(protein, source).positions;
    let first = Part::first_of(checkpoint, SOLVED);
    let solved = solve(positions, &residues, (source, &around), &first)?;
    let rest = Part::rest_of(checkpoint, SOLVED);
    dress(protein, source, residues, solved, &rest)
}

/// The Cα that a spring holds: another one is within the cutoff. The rest would be free, and pass for rigid.
fn held(known: &[(usize, Vec3)], source: Source) -> Vec<(usize, Vec3)> {
    let Some(cutoff) = cutoff_angstrom(source).filter(|_| known.len() > 1) else {
        return known.to_vec();
    };
    let near = |a: &(usize, Vec3), b: &(usize, Vec3)| a.0 != b.0 && (a.1 - b.1).norm() <= cutoff;
    // Neighbours in the list are the likeliest.
    let is_held = |(at, here): &(usize, &(usize, Vec3))| {
        let (before, after) = known.split_at(*at);
        after.iter().any(|b| near(here, b)) || before.iter().rev().any(|b| near(here, b))
    };
    let held = known.iter().enumerate().filter(is_held);
    held.map(|(_, found)| *found).collect()
}

fn solve(
    mut positions: Vec<Vec3>,
    residues: &[usize],
    (source, around): (Source, &[Vec3]),
    checkpoint: &dyn Checkpoint,
) -> Result<Solved, AnalysisError> {
    let spring = spring(source).ok_or(AnalysisError::NotANetwork(source.id()))?;
    // No place along the chain is theirs.
    let beyond = residues.last().map_or(0, |last| last + 10);
    let mut places = residues.to_vec();
    places.extend((0..around.len()).map(|k| beyond + 10 * k));
    positions.extend_from_slice(around);
    let network = Network {
        positions: &positions,
        places: &places,
        spring,
        followers: around.len(),
    };
    match source {
        Source::Gnm => solve_gnm(&network, checkpoint),
        Source::ParameterFree => solve_anm(&network, PARAMETER_FREE_ANCHOR, checkpoint),
        _ => solve_anm(&network, 0.0, checkpoint),
    }
}

/// Puts the solved network's numbers at their residues, in Å².
fn dress(
    protein: &Protein,
    source: Source,
    residues: Vec<usize>,
    solved: Solved,
    checkpoint: &dyn Checkpoint,
) -> Result<GaussianDynamics, AnalysisError> {
    let n = protein.len();
    let mut own = solved.marginals();
    let mut fluctuations = vec![f64::NAN; n];
    for (&residue, m) in residues.iter().zip(&own) {
        fluctuations[residue] = m.trace();
    }
    let (scale, factors) = calibrate(protein, &fluctuations);
    let mut marginals = vec![None; n];
    for (&residue, m) in residues.iter().zip(&mut own) {
        *m *= factors[residue];
        marginals[residue] = Some(*m);
    }
    let root = |&r: &usize| Block::identity() * factors[r].sqrt();
    let transform = residues.iter().map(root).collect();
    let truncated = solved.truncated_to;
    let joint = Correlated::new(residues, transform, Arc::new(solved.covariance), truncated);
    let maps = pair_maps(&joint, &own, n, checkpoint)?;
    Ok(GaussianDynamics {
        source,
        scale,
        marginals,
        frames: protein.frames(),
        correlation: correlation(&maps.coupling),
        coupling: maps.coupling,
        mutual_information: maps.mutual_information,
        joint: Arc::new(Joint::Correlated(joint)),
    })
}

//! What the motion network reads of a protein, and what its answer means: invariant features with
//! elastic networks among them in, 3 × 3 covariances in the world frame out.

pub(crate) mod elastic;
pub(crate) mod local;

use crate::analysis::gaussian::Environment;
use crate::models::error::ModelError;
use crate::models::motion::{MotionInput, MotionOutput};
use crate::models::residue::ResidueModel;
use crate::numeric::factor::FactorError;
use crate::numeric::{Covariance3, Frame};
use crate::progress::{Checkpoint, Step};
use crate::protein::Protein;
use elastic::Elastic;
use local::Backbone;

/// Largest chain: dense solves of 3N × 3N one after the other, 108 N² bytes each (1.7 GB here).
pub const LARGEST: usize = 4000;
/// The order of residue types in the features.
const LETTERS: &str = "ARNDCQEGHILKMFPSTWYV";

/// Features of the residues that have N, CA and C.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// What the network reads.
    pub input: MotionInput,
    /// Their indices among the protein's residues.
    pub kept: Vec<usize>,
    /// Their local frames.
    pub frames: Vec<Frame>,
    /// Number of residues of the protein.
    pub residues: usize,
}

/// Features of a protein; with `trunk` the states of the residue network too.
///
/// Residues without complete N, CA, C are left out.
///
/// # Errors
/// When there are more than [`LARGEST`] residues, when cancelled, or when the trunk fails.
pub fn featurize(
    protein: &Protein,
    trunk: Option<&ResidueModel>,
    checkpoint: &dyn Checkpoint,
) -> Result<Features, ModelError> {
    let (backbone, kept, frames) = backbone(protein);
    if kept.len() > LARGEST {
        let reason =
            "too many residues for the learned model; choose one chain, or use --source gnm";
        return Err(refused(protein, reason, kept.len()));
    }
    let (neighbours, _) = local::neighbours(&backbone.ca, checkpoint)?;
    let elastic = match Elastic::solve(&backbone.ca, &neighbours, checkpoint) {
        Ok(elastic) => elastic,
        Err(FactorError::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(FactorError::Singular) => return Err(unsolvable(protein)),
    };
    // The whole of the work is done: no bar goes back.
    let last = Step::new(checkpoint, 1, 1);
    let mut input = backbone.features(&elastic, &neighbours, &last)?;
    if let Some(trunk) = trunk {
        input.trunk = trunk_states(protein, trunk, &kept, checkpoint)?;
    }
    Ok(Features {
        input,
        kept,
        frames,
        residues: protein.len(),
    })
}

fn unsolvable(protein: &Protein) -> ModelError {
    ModelError::UnsupportedInput {
        reason: format!("{}: the coordinates are not finite", protein.name),
    }
}

/// 256 numbers a kept residue: the trunk's encoder and last decoder states, each normalised; zeros
/// where the trunk has no state (O is missing).
pub(crate) fn trunk_states(
    protein: &Protein,
    trunk: &ResidueModel,
    kept: &[usize],
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<f32>, ModelError> {
    let states = trunk.trunk_states(protein, checkpoint)?;
    let width = states.columns();
    let mut rows = Vec::with_capacity(kept.len() * width);
    for &i in kept {
        rows.extend(
            states
                .row(i)
                .iter()
                .map(|&x| if x.is_finite() { x as f32 } else { 0.0 }),
        );
    }
    Ok(rows)
}

/// Whether the learned sources can read the protein.
///
/// # Errors
/// When no residue has a backbone, or nothing of it can move.
pub fn check(protein: &Protein) -> Result<(), ModelError> {
    let residues = protein.frames().iter().flatten().count();
    let reason = match residues {
        0 => "no residue has N, CA and C, which the network needs; use --source pfanm",
        1 => "a single residue has no internal motion",
        _ => return Ok(()),
    };
    Err(refused(protein, reason, residues))
}

fn refused(protein: &Protein, reason: &str, residues: usize) -> ModelError {
    ModelError::UnsupportedInput {
        reason: format!(
            "{}: {reason} ({residues} of {} residues)",
            protein.name,
            protein.len()
        ),
    }
}

/// The residues with a frame: backbone, their indices, their frames.
pub(crate) fn backbone(protein: &Protein) -> (Backbone, Vec<usize>, Vec<Frame>) {
    let mut out = Backbone {
        n: Vec::new(),
        ca: Vec::new(),
        c: Vec::new(),
        residue: Vec::new(),
        chain: Vec::new(),
    };
    let chains = protein.chain_numbers();
    let (mut kept, mut frames) = (Vec::new(), Vec::new());
    for (i, (residue, frame)) in protein.residues.iter().zip(protein.frames()).enumerate() {
        let atoms = ["N", "CA", "C"].map(|name| residue.position(name));
        if let ([Some(n), Some(ca), Some(c)], Some(frame)) = (atoms, frame) {
            out.n.push(n);
            out.ca.push(ca);
            out.c.push(c);
            out.residue.push(residue_index(residue.letter()));
            out.chain.push(chains[i]);
            kept.push(i);
            frames.push(frame);
        }
    }
    (out, kept, frames)
}

fn residue_index(letter: char) -> u32 {
    LETTERS.find(letter).map_or(20, |i| i as u32)
}

/// The network's answer as covariances in the world frame, Å², one a residue of the protein:
/// Σ = e^a · 3 e^T / tr e^T, turned by the residue's frame.
///
/// # Errors
/// When the weights were not trained on that environment.
pub fn marginals(
    features: &Features,
    output: &MotionOutput,
    environment: Environment,
) -> Result<Vec<Option<Covariance3>>, ModelError> {
    let (column, shape) = columns(environment);
    let amplitude = output.amplitude.get(column).ok_or_else(untaught)?;
    let mut all = vec![None; features.residues];
    for (at, (&i, frame)) in features.kept.iter().zip(&features.frames).enumerate() {
        let local = covariance(amplitude[at], &output.shape[shape][at]);
        all[i] = Some(frame.to_world(&local));
    }
    Ok(all)
}

fn untaught() -> ModelError {
    let reason = "these weights were not trained on simulations; use --environment solution";
    ModelError::UnsupportedInput {
        reason: reason.to_owned(),
    }
}

/// Which of the network's amplitudes and which of its shapes: no simulation taught it a shape.
pub(crate) fn columns(environment: Environment) -> (usize, usize) {
    match environment {
        Environment::Crystal => (0, 0),
        Environment::Solution => (1, 1),
        Environment::Simulation => (2, 1),
    }
}

/// e^a · 3 e^T / tr e^T of a log amplitude and a log shape (xx yy zz xy xz yz).
pub(crate) fn covariance(amplitude: f64, shape: &[f64; 6]) -> Covariance3 {
    let [xx, yy, zz, xy, xz, yz] = *shape;
    let eigen = Covariance3::new(xx, xy, xz, xy, yy, yz, xz, yz, zz).symmetric_eigen();
    let values = eigen.eigenvalues.map(f64::exp);
    let scale = 3.0 * amplitude.exp() / values.sum();
    let v = eigen.eigenvectors;
    v * Covariance3::from_diagonal(&(values * scale)) * v.transpose()
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]
mod tests;

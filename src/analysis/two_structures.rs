//! Two conformations of one protein, or of relatives: what is the same, what moved, and whether the modes of
//! either say which way.

mod core;
mod pairing;

pub use self::core::{CORE_ANGSTROM, Core, rigid_core};
pub use pairing::{PairedBy, Pairing};

use crate::analysis::AnalysisError;
use crate::analysis::flexibility::ModeShape;
use crate::numeric::{Matrix, Profile, Superposition, Vec3};
use crate::progress::Checkpoint;
use crate::protein::Protein;

/// Fewer pairs than this are not superposed.
const FEWEST: usize = 3;

/// Runs of moved or unmoved residues that are shorter than this are no part of their own.
const SHORTEST_PART: usize = 5;

/// Residues within which a predicted hinge is the same as one that was seen.
const SAME_HINGE: usize = 3;

/// Two conformations laid over each other. Profiles have one entry a residue of the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Displacement {
    pub pairing: Pairing,
    /// Brings the second onto the first, by the core.
    pub superposition: Superposition,
    /// Whether the residue is in the core.
    pub is_core: Vec<bool>,
    /// Cα positions of the partners in the frame of the first, Å.
    pub partner_positions: Vec<Option<Vec3>>,
    /// Å between the Cα of a pair after superposing the core; NaN without a pair.
    pub distance_angstrom: Profile,
    /// From the first to the second with all pairs superposed, in the frame of the first: the smallest
    /// way, which modes are compared with.
    pub deformation: Vec<Option<Vec3>>,
    /// The same from the second to the first, in the frame and by the residues of the second.
    pub deformation_back: Vec<Option<Vec3>>,
    /// Å over the core.
    pub rmsd_core_angstrom: f64,
    /// Å over all pairs, all superposed.
    pub rmsd_angstrom: f64,
}

impl Displacement {
    /// Pairs and superposes.
    ///
    /// # Errors
    /// Fewer than three pairs with a Cα; cancelled.
    pub fn new(
        first: &Protein,
        second: &Protein,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Self, AnalysisError> {
        let pairing = Pairing::new(first, second);
        let (ours, theirs) = (first.alpha_carbons(), second.alpha_carbons());
        let seen = |(i, j): (usize, usize)| Some((i, j, ours[i]?, theirs[j]?));
        let pairs: Vec<(usize, usize, Vec3, Vec3)> = pairing.pairs().filter_map(seen).collect();
        if pairs.len() < FEWEST {
            return Err(AnalysisError::TooLittle(
                "fewer than three residues of the two belong together: are they the same protein?",
            ));
        }
        let here: Vec<Vec3> = pairs.iter().map(|p| p.2).collect();
        let there: Vec<Vec3> = pairs.iter().map(|p| p.3).collect();
        let found = rigid_core(&there, &here, checkpoint)?;
        let mut laid = Self {
            superposition: found.superposition,
            is_core: vec![false; first.len()],
            partner_positions: vec![None; first.len()],
            distance_angstrom: vec![f64::NAN; first.len()],
            deformation: way(first.len(), &here, &there, |k| pairs[k].0),
            deformation_back: way(second.len(), &there, &here, |k| pairs[k].1),
            rmsd_core_angstrom: f64::NAN,
            rmsd_angstrom: f64::NAN,
            pairing,
        };
        for ((i, _, p, q), is_core) in pairs.iter().zip(&found.is_core) {
            let moved = found.superposition.moved(*q);
            laid.is_core[*i] = *is_core;
            laid.partner_positions[*i] = Some(moved);
            laid.distance_angstrom[*i] = (moved - p).norm();
        }
        let of_core = (0..first.len()).filter(|i| laid.is_core[*i]);
        laid.rmsd_core_angstrom = root_mean_square(of_core.map(|i| laid.distance_angstrom[i]));
        let ways = laid.deformation.iter().flatten();
        laid.rmsd_angstrom = root_mean_square(ways.map(Vec3::norm));
        Ok(laid)
    }

    /// Pairs with a Cα in both.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.deformation.iter().flatten().count()
    }

    #[must_use]
    pub fn core_size(&self) -> usize {
        self.is_core.iter().filter(|c| **c).count()
    }

    /// A profile of the second less that of the first, at the residues of the first.
    #[must_use]
    pub fn change(&self, first: &[f64], second: &[f64]) -> Profile {
        let mut change = vec![f64::NAN; first.len()];
        for (i, j) in self.pairing.pairs() {
            change[i] = second[j] - first[i];
        }
        change
    }

    /// (N, N): a map of the second less that of the first, at the residues of the first.
    #[must_use]
    pub fn change_of_map(&self, first: &Matrix, second: &Matrix) -> Matrix {
        let partner = &self.pairing.partner;
        Matrix::from_fn(first.rows(), first.columns(), |i, j| {
            match (partner[i], partner[j]) {
                (Some(a), Some(b)) => second[(a, b)] - first[(i, j)],
                _ => f64::NAN,
            }
        })
    }

    /// Where the chain passes from the core to what moved against it, or back: the first residue of each
    /// part but the first; and whether one of `predicted` is there.
    #[must_use]
    pub fn hinges(&self, predicted: &[usize]) -> Vec<Hinge> {
        let known: Vec<usize> = (0..self.is_core.len())
            .filter(|i| self.distance_angstrom[*i].is_finite())
            .collect();
        let is_core: Vec<bool> = known.iter().map(|i| self.is_core[*i]).collect();
        let mut hinges = Vec::new();
        for at in changes(&is_core) {
            let residue = known[at];
            let is_near = |p: &usize| p.abs_diff(residue) <= SAME_HINGE;
            hinges.push(Hinge {
                residue,
                is_predicted: predicted.iter().any(is_near),
            });
        }
        hinges
    }
}

/// A place about which parts turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hinge {
    pub residue: usize,
    /// The dynamics of the first have a hinge within three residues.
    pub is_predicted: bool,
}

/// The way of every pair from `from` to `to`, all superposed, put at its residue.
fn way(
    residues: usize,
    from: &[Vec3],
    to: &[Vec3],
    residue: impl Fn(usize) -> usize,
) -> Vec<Option<Vec3>> {
    let all = Superposition::new(to, from, &vec![1.0; from.len()]);
    let mut way = vec![None; residues];
    for (k, (p, q)) in from.iter().zip(to).enumerate() {
        way[residue(k)] = Some(all.moved(*q) - p);
    }
    way
}

fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(s, n), v| (s + v * v, n + 1.0));
    (sum / n).sqrt()
}

/// Where a run follows one of the other kind, those too short passed over.
fn changes(flags: &[bool]) -> Vec<usize> {
    let (mut starts, mut at, mut now) = (Vec::new(), 0, None);
    for run in flags.chunk_by(|a, b| a == b) {
        if run.len() >= SHORTEST_PART {
            if now.is_some_and(|kind| kind != run[0]) {
                starts.push(at);
            }
            now = Some(run[0]);
        }
        at += run.len();
    }
    starts
}

/// |cosine| between a mode and a deformation over the residues that both have, 0 to 1 (ProDy's
/// `calcOverlap` without its sign); NaN where a mode has no directions there.
#[must_use]
pub fn overlap(mode: &ModeShape, deformation: &[Option<Vec3>]) -> f64 {
    let (mut along, mut of_mode, mut of_way) = (0.0, 0.0, 0.0);
    for (step, way) in mode.displacement.iter().zip(deformation) {
        if let (Some(step), Some(way)) = (step, way) {
            along += step.dot(way);
            of_mode += step.norm_squared();
            of_way += way.norm_squared();
        }
    }
    along.abs() / (of_mode * of_way).sqrt()
}

/// √Σ o² of the first 1, 2, … overlaps (ProDy's `calcCumulOverlap`).
#[must_use]
pub fn cumulative(overlaps: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let next = |o: &f64| {
        sum += o * o;
        f64::sqrt(sum)
    };
    overlaps.iter().map(next).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

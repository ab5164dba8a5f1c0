//! Seeded samples of a Gaussian, repaired and judged.
//!
//! A Gaussian knows no bond lengths: each sample is projected on the Cα–Cα distances of its bonded
//! neighbours by sweeps along the chain, as SHAKE does, then judged by what remains.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::AnalysisError;
use super::coupling::Joint;
use super::gaussian::GaussianDynamics;
use crate::numeric::spd::power3;
use crate::numeric::{Matrix, Profile, Vec3};
use crate::progress::{Cancelled, Checkpoint, Part};
use crate::protein::Protein;

/// Å by which a bond may be off in a sample that is kept.
pub const BOND_TOLERANCE_ANGSTROM: f64 = 0.1;

/// Å below which two Cα atoms that are no neighbours clash.
pub const CLASH_ANGSTROM: f64 = 3.0;

/// Å at which the sweeps stop.
const CONVERGED_ANGSTROM: f64 = 0.01;

/// Sweeps along the chain at most.
const SWEEPS: usize = 200;

/// Samples drawn side by side.
const BATCH: usize = 8;

/// One conformation.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Cα positions in Å, `None` where the dynamics has none.
    pub alpha_carbons: Vec<Option<Vec3>>,
    /// The largest deviation of a bonded Cα–Cα distance from the input's, after the projection, in Å.
    pub worst_bond_angstrom: f64,
    /// Pairs of Cα atoms that clash and did not in the input.
    pub clashes: usize,
}

impl Sample {
    /// Whether bonds are whole and nothing clashes.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.worst_bond_angstrom <= BOND_TOLERANCE_ANGSTROM && self.clashes == 0
    }
}

/// Samples of a protein's Gaussian.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    /// Every sample drawn, kept or not.
    pub samples: Vec<Sample>,
    /// The seed they were drawn with.
    pub seed: u64,
    /// RMSF of all samples about the input as drawn, in Å.
    pub rmsf_drawn_angstrom: Profile,
    /// The same after the projection on bond lengths.
    pub rmsf_projected_angstrom: Profile,
}

impl Ensemble {
    /// Number of samples with whole bonds and no clash.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.samples.iter().filter(|s| s.is_kept()).count()
    }
}

/// Two residues and their distance in the input in Å.
type Bond = (usize, usize, f64);

/// Draws `count` conformations about the input's Cα positions. Equal seeds, equal samples, however
/// many there are.
///
/// # Errors
/// Cancelled, or a dynamics of another protein.
pub fn sample(
    protein: &Protein,
    dynamics: &GaussianDynamics,
    count: usize,
    seed: u64,
    checkpoint: &dyn Checkpoint,
) -> Result<Ensemble, AnalysisError> {
    let n = protein.len();
    if dynamics.len() != n {
        return Err(AnalysisError::Mismatch {
            what: "residues of the dynamics",
            expected: n,
            found: dynamics.len(),
        });
    }
    let input: Vec<Option<Vec3>> = protein
        .alpha_carbons()
        .into_iter()
        .zip(&dynamics.marginals)
        .map(|(p, m)| p.filter(|_| m.is_some()))
        .collect();
    let bonds = bonds(protein, &input);
    let known_clashes = clashes(&input, &bonds);
    let roots: Vec<_> = dynamics
        .marginals
        .iter()
        .map(|m| m.map(|m| power3(&m, 0.5)))
        .collect();
    let one = |k: usize| -> Result<(Sample, Vec<f64>, Vec<f64>), Cancelled> {
        checkpoint.reached(k - k % BATCH, count)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(k as u64);
        let mut drawn = input.clone();
        match dynamics.joint.as_ref() {
            Joint::Correlated(joint) => {
                for (&i, d) in joint.residues.iter().zip(joint.draw(&mut rng)) {
                    drawn[i] = drawn[i].map(|p| p + d);
                }
            }
            Joint::Independent => {
                for (p, root) in drawn.iter_mut().zip(&roots) {
                    let z = standard_normal(&mut rng);
                    *p = p.zip(*root).map(|(p, root)| p + root * z);
                }
            }
        }
        let before = square_displacements(&input, &drawn);
        let worst_bond_angstrom = project(&mut drawn, &bonds);
        let after = square_displacements(&input, &drawn);
        let clashes = clashes(&drawn, &bonds).saturating_sub(known_clashes);
        let sample = Sample {
            alpha_carbons: drawn,
            worst_bond_angstrom,
            clashes,
        };
        Ok((sample, before, after))
    };
    let mut samples = Vec::with_capacity(count);
    let (mut before, mut after) = (vec![0.0; n], vec![0.0; n]);
    for first in (0..count).step_by(BATCH) {
        checkpoint.reached(first, count)?;
        let batch: Vec<_> = (first..count.min(first + BATCH))
            .into_par_iter()
            .map(one)
            .collect::<Result<_, _>>()?;
        for (sample, b, a) in batch {
            samples.push(sample);
            for i in 0..n {
                before[i] += b[i];
                after[i] += a[i];
            }
        }
    }
    let rmsf = |sums: Vec<f64>| {
        sums.into_iter()
            .map(|s| (s / count as f64).sqrt())
            .collect()
    };
    Ok(Ensemble {
        samples,
        seed,
        rmsf_drawn_angstrom: rmsf(before),
        rmsf_projected_angstrom: rmsf(after),
    })
}

fn standard_normal(rng: &mut ChaCha8Rng) -> Vec3 {
    use rand_distr::{Distribution, StandardNormal};
    Vec3::from_fn(|_, _| StandardNormal.sample(rng))
}

/// NaN where there is no atom.
fn square_displacements(input: &[Option<Vec3>], moved: &[Option<Vec3>]) -> Vec<f64> {
    input
        .iter()
        .zip(moved)
        .map(|(a, b)| a.zip(*b).map_or(f64::NAN, |(a, b)| (b - a).norm_squared()))
        .collect()
}

/// The residues that are bonded, with their Cα distance.
fn bonds(protein: &Protein, ca: &[Option<Vec3>]) -> Vec<Bond> {
    let bonded = protein.bonded().into_iter().enumerate();
    bonded
        .filter(|(_, bonded)| *bonded)
        .filter_map(|(i, _)| Some((i, i + 1, (ca[i + 1]? - ca[i]?).norm())))
        .collect()
}

/// Moves bonded neighbours along their bond, half each, sweep after sweep in turning direction; the
/// largest remaining deviation in Å.
fn project(ca: &mut [Option<Vec3>], bonds: &[Bond]) -> f64 {
    let mut worst = worst_bond(ca, bonds);
    for sweep in 0..SWEEPS {
        if worst <= CONVERGED_ANGSTROM {
            break;
        }
        if sweep % 2 == 0 {
            for b in bonds {
                straighten(ca, *b);
            }
        } else {
            for b in bonds.iter().rev() {
                straighten(ca, *b);
            }
        }
        worst = worst_bond(ca, bonds);
    }
    worst
}

fn straighten(ca: &mut [Option<Vec3>], (i, j, length): Bond) {
    let Some((a, b)) = ca[i].zip(ca[j]) else {
        return;
    };
    let delta = b - a;
    let distance = delta.norm();
    if distance > 1e-9 {
        let shift = delta * (0.5 * (distance - length) / distance);
        ca[i] = Some(a + shift);
        ca[j] = Some(b - shift);
    }
}

fn worst_bond(ca: &[Option<Vec3>], bonds: &[Bond]) -> f64 {
    bonds
        .iter()
        .filter_map(|&(i, j, length)| Some(((ca[j]? - ca[i]?).norm() - length).abs()))
        .fold(0.0, f64::max)
}

fn clashes(ca: &[Option<Vec3>], bonds: &[Bond]) -> usize {
    let limit = CLASH_ANGSTROM * CLASH_ANGSTROM;
    let atoms: Vec<Vec3> = ca.iter().filter_map(|p| *p).collect();
    let mut close = 0;
    for (i, a) in atoms.iter().enumerate() {
        close += atoms[i + 1..]
            .iter()
            .filter(|b| (*b - a).norm_squared() < limit)
            .count();
    }
    let bonded = bonds
        .iter()
        .filter_map(|&(i, j, _)| Some((ca[j]? - ca[i]?).norm_squared()))
        .filter(|d| *d < limit)
        .count();
    close - bonded
}

/// The standard deviation of every Cα–Cα distance in Å, to first order: (N, N), NaN where either
/// residue has no marginal. Needs no superposition to be compared with an ensemble.
///
/// # Errors
/// Cancelled.
pub fn distance_fluctuations(
    protein: &Protein,
    dynamics: &GaussianDynamics,
    checkpoint: &dyn Checkpoint,
) -> Result<Matrix, AnalysisError> {
    let n = dynamics.len();
    let ca = protein.alpha_carbons();
    let own = |i: usize| Some((*ca.get(i)?.as_ref()?, dynamics.marginals[i]?));
    let mut variance = Matrix::filled(n, n, f64::NAN);
    let mut put = |i: usize, j: usize, cross: &nalgebra::Matrix3<f64>| {
        if let Some(((pi, mi), (pj, mj))) = own(i).zip(own(j)) {
            let u = (pj - pi).try_normalize(1e-9).unwrap_or_default();
            let v = u.dot(&((mi + mj - cross - cross.transpose()) * u));
            let deviation = if i == j { 0.0 } else { v.max(0.0).sqrt() };
            variance[(i, j)] = deviation;
            variance[(j, i)] = deviation;
        }
    };
    match dynamics.joint.as_ref() {
        Joint::Correlated(joint) => {
            let whole = Part::first_of(checkpoint, 1.0);
            joint.for_each_block(&whole, |i, j, block| {
                put(joint.residues[i], joint.residues[j], block);
            })?;
        }
        Joint::Independent => {
            for i in 0..n {
                for j in 0..=i {
                    put(i, j, &nalgebra::Matrix3::zeros());
                }
            }
        }
    }
    Ok(variance)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::analysis::elastic_network::gaussian;
    use crate::analysis::elastic_network::tests::{protein_of, ubiquitin};
    use crate::analysis::gaussian::Source;

    #[test]
    fn equal_seeds_give_equal_samples_and_bonds_are_whole() {
        let protein = ubiquitin();
        let dynamics = gaussian(&protein, Source::ParameterFree, &()).unwrap();
        let a = sample(&protein, &dynamics, 12, 3, &()).unwrap();
        assert_eq!(a, sample(&protein, &dynamics, 12, 3, &()).unwrap());
        let more = sample(&protein, &dynamics, 13, 3, &()).unwrap();
        assert_eq!(a.samples, more.samples[..12]);
        assert_ne!(
            a.samples,
            sample(&protein, &dynamics, 12, 4, &()).unwrap().samples
        );
        assert!(a.samples.iter().all(|s| s.worst_bond_angstrom < 0.05));
        assert!(a.kept() > 0 && a.kept() <= 12);
    }

    #[test]
    fn samples_spread_as_the_marginals_say() {
        let protein = ubiquitin();
        let dynamics = gaussian(&protein, Source::ParameterFree, &()).unwrap();
        let drawn = sample(&protein, &dynamics, 300, 1, &()).unwrap();
        let expected = dynamics.rmsf_angstrom();
        let r = crate::numeric::stats::pearson(&drawn.rmsf_drawn_angstrom, &expected);
        assert!(r > 0.98, "{r}");
        let total = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
        let ratio = total(&drawn.rmsf_drawn_angstrom) / total(&expected);
        assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
    }

    #[test]
    fn a_gap_is_no_bond_and_a_missing_atom_stays_missing() {
        let mut ca = ubiquitin().alpha_carbons();
        ca[20] = None;
        let protein = protein_of(&ca);
        let dynamics = gaussian(&protein, Source::Gnm, &()).unwrap();
        let drawn = sample(&protein, &dynamics, 3, 3, &()).unwrap();
        assert!(drawn.samples.iter().all(|s| s.alpha_carbons[20].is_none()));
        assert!(drawn.rmsf_projected_angstrom[20].is_nan());
        assert_eq!(bonds(&protein, &ca).len(), 73);
    }

    #[test]
    fn distances_fluctuate_as_in_the_samples() {
        let protein = ubiquitin();
        let mut dynamics = gaussian(&protein, Source::ParameterFree, &()).unwrap();
        let expected = distance_fluctuations(&protein, &dynamics, &()).unwrap();
        let Joint::Correlated(joint) = dynamics.joint.as_ref() else {
            unreachable!("a network couples residues")
        };
        let ca = protein.alpha_carbons();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (i, j) = (5, 60);
        let distances: Vec<f64> = (0..2000)
            .map(|_| {
                let d = joint.draw(&mut rng);
                ((ca[i].unwrap() + d[i]) - (ca[j].unwrap() + d[j])).norm()
            })
            .collect();
        let mean = crate::numeric::stats::mean(&distances);
        let square = distances
            .iter()
            .map(|d| (d - mean) * (d - mean))
            .sum::<f64>()
            / 2000.0;
        assert!((square.sqrt() / expected[(i, j)] - 1.0).abs() < 0.1);
        assert_eq!(expected[(4, 4)], 0.0);
        dynamics.joint = std::sync::Arc::new(Joint::Independent);
        let loose = distance_fluctuations(&protein, &dynamics, &()).unwrap();
        assert!(loose[(10, 11)] > expected[(10, 11)]);
    }
}

//! What the motion network reads of six elastic networks: each held by the factor of its inverse; the
//! whole pseudo-inverse is never formed.

use rayon::prelude::*;

use crate::analysis::elastic_network::{
    Solved, Spring, feature_anm, feature_gnm, halved_feature_anm,
};
use crate::numeric::factor::{FactorError, Real};
use crate::numeric::{Covariance3, Vec3};
use crate::progress::{self, Checkpoint};

/// Eigenvalues below this are taken for this in a logarithm.
const FLOOR: f64 = 1e-6;
/// Networks of this many residues or more use every core on one solve, in half the digits; smaller ones run
/// side by side.
const LARGE: usize = 500;
/// What each of the six costs beside the others: three times as many rows, cubed.
const COSTS: [f64; 6] = [1.0, 1.0, 1.0, 27.0, 27.0, 27.0];

/// What is read of the networks; all of it independent of how the molecule lies once the shapes
/// are seen from the local frames.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Elastic {
    /// Log mean square fluctuation of GNM 10 Å, GNM 7.5 Å and GNM 1/d², as they come.
    pub gnm: [Vec<f64>; 3],
    /// Log amplitude of ANM 15 Å, 1/d⁴ and 1/d⁸, as they come.
    pub amplitude: [Vec<f64>; 3],
    /// Traceless log shape of the same three, world frame.
    pub shape: [Vec<Covariance3>; 3],
    /// Correlation with every listed neighbour by GNM 10 Å, (N × K).
    pub gnm_correlation: Vec<f64>,
    /// Correlation with every listed neighbour by ANM 1/d⁸, (N × K).
    pub anm_correlation: Vec<f64>,
}

const GNM: [Spring; 3] = [Spring::Cutoff(10.0), Spring::Cutoff(7.5), Spring::Power(2)];
const ANM: [Spring; 3] = [Spring::Cutoff(15.0), Spring::Power(4), Spring::Power(8)];

impl Elastic {
    /// Solves the six networks of these Cα (Å). `neighbours` holds K indices a residue.
    ///
    /// # Errors
    /// Cancelled, or coordinates that are not finite.
    pub(crate) fn solve(
        ca: &[Vec3],
        neighbours: &[u32],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Self, FactorError> {
        let parts = GNM.len() + ANM.len();
        let run = |part: usize| -> Result<Part, FactorError> {
            let until = |part: usize| COSTS[..part].iter().sum::<f64>() / COSTS.iter().sum::<f64>();
            let own = progress::Part {
                whole: checkpoint,
                from: until(part),
                to: until(part + 1),
            };
            match part.checked_sub(GNM.len()) {
                None => solve_gnm(ca, GNM[part], (part == 0).then_some(neighbours), &own),
                Some(at) => solve_anm(ca, ANM[at], (at == 2).then_some(neighbours), &own),
            }
        };
        // Side by side the large ones come first, so that the small ones fill the gaps.
        let mut solved: Vec<Part> = if ca.len() >= LARGE {
            (0..parts).map(run).collect::<Result<_, _>>()?
        } else {
            let turned = (0..parts).into_par_iter().rev().map(run);
            let mut solved = turned.collect::<Result<Vec<_>, _>>()?;
            solved.reverse();
            solved
        };
        let mut take = |i: usize| std::mem::take(&mut solved[i]);
        let (g10, g7, gp, a15, a4, a8) = (take(0), take(1), take(2), take(3), take(4), take(5));
        Ok(Self {
            gnm: [g10.amplitude, g7.amplitude, gp.amplitude],
            amplitude: [a15.amplitude, a4.amplitude, a8.amplitude],
            shape: [a15.shape, a4.shape, a8.shape],
            gnm_correlation: g10.correlation,
            anm_correlation: a8.correlation,
        })
    }
}

/// Log amplitudes (N) and correlations (N × N) of all pairs by ANM 1/d⁸; NaN where coordinates are not
/// finite.
#[cfg(feature = "train")]
pub(crate) fn parameter_free_map(ca: &[Vec3]) -> (Vec<f64>, Vec<f64>) {
    let n = ca.len();
    let every: Vec<u32> = (0..n).flat_map(|_| 0..n as u32).collect();
    match solve_anm(ca, Spring::Power(8), Some(&every), &()) {
        Ok(part) => (part.amplitude, part.correlation),
        Err(_) => (vec![f64::NAN; n], vec![f64::NAN; n * n]),
    }
}

/// What one network gives.
#[derive(Debug, Default)]
struct Part {
    amplitude: Vec<f64>,
    shape: Vec<Covariance3>,
    correlation: Vec<f64>,
}

fn solve_gnm(
    ca: &[Vec3],
    spring: Spring,
    neighbours: Option<&[u32]>,
    checkpoint: &dyn Checkpoint,
) -> Result<Part, FactorError> {
    let Solved { covariance, .. } = feature_gnm(ca, spring, checkpoint)?;
    let n = ca.len();
    let diagonal: Vec<f64> = (0..n).map(|i| covariance.entry(i, i)).collect();
    let correlation = neighbours.map_or_else(Vec::new, |nb| {
        correlations(nb, n, |i, j| {
            covariance.entry(i, j) / (diagonal[i] * diagonal[j]).sqrt()
        })
    });
    Ok(Part {
        amplitude: diagonal.iter().map(|d| d.max(FLOOR).ln()).collect(),
        shape: Vec::new(),
        correlation,
    })
}

fn solve_anm(
    ca: &[Vec3],
    spring: Spring,
    neighbours: Option<&[u32]>,
    checkpoint: &dyn Checkpoint,
) -> Result<Part, FactorError> {
    if ca.len() >= LARGE
        && let Some(solved) = halved_feature_anm(ca, spring, checkpoint)?
    {
        return Ok(read(&solved, neighbours));
    }
    Ok(read(&feature_anm(ca, spring, checkpoint)?, neighbours))
}

fn read<T: Real>(solved: &Solved<T>, neighbours: Option<&[u32]>) -> Part {
    let marginals = solved.marginals();
    let covariance = &solved.covariance;
    let correlation = neighbours.map_or_else(Vec::new, |nb| {
        let trace = |i: usize, j: usize| {
            let entries = (0..3).map(|a| covariance.entry(3 * i + a, 3 * j + a));
            entries.sum::<f64>() / 3.0
        };
        let own: Vec<f64> = marginals.iter().map(|m| m.trace() / 3.0).collect();
        correlations(nb, own.len(), |i, j| {
            trace(i, j) / (own[i] * own[j] + 1e-9).sqrt()
        })
    });
    let (amplitude, shape) = marginals.iter().map(amplitude_and_shape).unzip();
    Part {
        amplitude,
        shape,
        correlation,
    }
}

/// `entry(i, j)` for the K listed neighbours j of every residue i; 0 where it is not finite.
fn correlations(
    neighbours: &[u32],
    residues: usize,
    entry: impl Fn(usize, usize) -> f64 + Sync,
) -> Vec<f64> {
    let k = neighbours.len() / residues;
    neighbours
        .par_iter()
        .enumerate()
        .map(|(at, &j)| Some(entry(at / k, j as usize)).filter(|c| c.is_finite()))
        .map(Option::unwrap_or_default)
        .collect()
}

/// log(tr/3) and the traceless part of the logarithm: how far, and which way.
pub(crate) fn amplitude_and_shape(covariance: &Covariance3) -> (f64, Covariance3) {
    let eigen = covariance.symmetric_eigen();
    let values = eigen.eigenvalues.map(|w| w.max(FLOOR));
    let log = values.map(f64::ln);
    let centred = log.add_scalar(-log.mean());
    let v = eigen.eigenvectors;
    (
        values.mean().ln(),
        v * Covariance3::from_diagonal(&centred) * v.transpose(),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::analysis::elastic_network::tests::ubiquitin;

    #[test]
    fn half_the_digits_suffice_where_pivots_are_sound() {
        let mut ca: Vec<Vec3> = ubiquitin().alpha_carbons().into_iter().flatten().collect();
        let neighbours: Vec<u32> = (0..ca.len() as u32)
            .flat_map(|i| [i, (i + 9) % 76])
            .collect();
        for spring in ANM {
            let whole = read(&feature_anm(&ca, spring, &()).unwrap(), Some(&neighbours));
            let halved = halved_feature_anm(&ca, spring, &()).unwrap().unwrap();
            let halved = read(&halved, Some(&neighbours));
            let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(near(&whole.amplitude, &halved.amplitude), "{spring:?}");
            assert!(near(&whole.correlation, &halved.correlation), "{spring:?}");
            for (a, b) in whole.shape.iter().zip(&halved.shape) {
                assert!((a - b).norm() < 1e-3, "{spring:?}");
            }
        }
        // An end on one spring swings freely: a few digits would say nothing of it.
        let last = ca[75] + (ca[75] - ca[30]).normalize() * 14.5;
        ca.push(last);
        assert!(halved_feature_anm(&ca, ANM[0], &()).unwrap().is_none());
    }
}

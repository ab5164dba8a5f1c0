//! Perturbation response, effectors and sensors, DFI, DCI.
//!
//! A force F on residue j moves residue i by Σ_ij F (linear response, in units of kT). Over all
//! directions of a unit force the mean square of that is ‖Σ_ij‖² / 3 (Frobenius): the squared response
//! of Atilgan and Atilgan (PLoS Comput Biol 2009) in the limit of many forces, as ProDy computes it.

use super::AnalysisError;
use super::coupling::{Block, Joint};
use super::gaussian::GaussianDynamics;
use crate::numeric::{Matrix, Profile, Vec3};
use crate::progress::Checkpoint;

/// The responses of all residues to pushes at all residues.
#[derive(Debug, Clone, PartialEq)]
pub struct PerturbationScan {
    /// (N, N): ‖Σ_ij‖² / ‖Σ_ii‖², the squared response of residue j to a push at residue i in parts of
    /// the response of i itself; NaN where either has no marginal.
    pub response: Matrix,
    /// Mean of a row without the diagonal: how much a push at the residue moves the others.
    pub effectiveness: Profile,
    /// Mean of a column without the diagonal: how much the residue is moved by pushes at others.
    pub sensitivity: Profile,
    /// Dynamic flexibility index (Gerek, Kumar and Ozkan, Evol Appl 2013): the residue's share of the
    /// response to pushes everywhere, Σ_j ‖Σ_ij‖ / Σ_ij ‖Σ_ij‖. Low = dynamically rigid.
    pub dynamic_flexibility_index: Profile,
    /// ‖Σ_ij‖, from which the dynamic coupling index is made.
    magnitude: Matrix,
    /// Its mean over each row.
    mean_magnitude: Profile,
}

impl PerturbationScan {
    /// Dynamic coupling index (Kumar, Glembo and Ozkan, Biophys J 2015) of every residue with the given
    /// sites: the mean response to pushes at the sites over the mean response to pushes anywhere.
    /// Above 1 = coupled more than average. NaN without a site that has a marginal.
    #[must_use]
    pub fn dynamic_coupling_index(&self, sites: &[usize]) -> Profile {
        let known = |j: &usize| *j < self.magnitude.columns();
        let (rows, mean) = (0..self.magnitude.rows(), &self.mean_magnitude);
        rows.map(|i| {
            let row = self.magnitude.row(i);
            mean_known(sites.iter().copied().filter(known).map(|j| row[j])) / mean[i]
        })
        .collect()
    }
}

/// Pushes every residue in every direction.
///
/// # Errors
/// Cancelled.
pub fn scan(
    dynamics: &GaussianDynamics,
    checkpoint: &dyn Checkpoint,
) -> Result<PerturbationScan, AnalysisError> {
    let n = dynamics.len();
    let mut magnitude = Matrix::filled(n, n, f64::NAN);
    match dynamics.joint.as_ref() {
        Joint::Correlated(joint) => {
            let norm = |_, _, block: &Block| block.norm();
            joint.map_blocks(checkpoint, norm, |i, j, norm| {
                let (i, j) = (joint.residues[i], joint.residues[j]);
                magnitude[(i, j)] = norm;
                magnitude[(j, i)] = norm;
            })?;
        }
        Joint::Independent => {
            for (i, a) in dynamics.marginals.iter().enumerate() {
                for (j, b) in dynamics.marginals.iter().enumerate() {
                    if let Some((a, _)) = a.zip(*b) {
                        magnitude[(i, j)] = if i == j { a.norm() } else { 0.0 };
                    }
                }
            }
        }
    }
    let mut response = Matrix::filled(n, n, f64::NAN);
    let (mut effectiveness, mut mean_magnitude) = (Vec::new(), Vec::new());
    // Along rows, as they lie in memory: the sum and the number of what is known in each column.
    let mut columns = vec![(0.0, 0_usize); n];
    for i in 0..n {
        checkpoint.reached(i, n)?;
        for j in 0..n {
            response[(i, j)] = squared_share(&magnitude, i, j);
        }
        let row = response.row(i);
        let others = || (0..n).filter(|&j| j != i);
        for j in others().filter(|&j| row[j].is_finite()) {
            columns[j] = (columns[j].0 + row[j], columns[j].1 + 1);
        }
        effectiveness.push(mean_known(others().map(|j| row[j])));
        mean_magnitude.push(mean_known(magnitude.row(i).iter().copied()));
    }
    let sensitivity = columns.iter().map(|(sum, n)| sum / *n as f64).collect();
    Ok(PerturbationScan {
        mean_magnitude,
        effectiveness,
        sensitivity,
        dynamic_flexibility_index: flexibility_index(&magnitude),
        response,
        magnitude,
    })
}

/// The mean of what is known; NaN without any.
fn mean_known(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values
        .filter(|x| x.is_finite())
        .fold((0.0, 0_usize), |(s, c), x| (s + x, c + 1));
    sum / count as f64
}

/// 0 where nothing moves at all, as ProDy has it.
fn squared_share(magnitude: &Matrix, i: usize, j: usize) -> f64 {
    let (response, own) = (magnitude[(i, j)], magnitude[(i, i)]);
    if own == 0.0 {
        0.0
    } else {
        (response / own).powi(2)
    }
}

fn flexibility_index(magnitude: &Matrix) -> Profile {
    let sums: Vec<f64> = (0..magnitude.rows())
        .map(|i| {
            let row = magnitude.row(i).iter().filter(|x| x.is_finite());
            if magnitude[(i, i)].is_nan() {
                f64::NAN
            } else {
                row.sum()
            }
        })
        .collect();
    let total: f64 = sums.iter().filter(|x| x.is_finite()).sum();
    sums.into_iter().map(|s| s / total).collect()
}

/// The squared response of every residue to pushes at `site`, in parts of the site's own: a row of
/// [`PerturbationScan::response`] without the scan. NaN where there is no marginal.
#[must_use]
pub fn response_to(dynamics: &GaussianDynamics, site: usize) -> Profile {
    let mut response = vec![f64::NAN; dynamics.len()];
    match dynamics.joint.as_ref() {
        Joint::Correlated(joint) => {
            let Some(atom) = joint.atom_of(site) else {
                return response;
            };
            let column = joint.column(atom);
            let own = column[atom].norm_squared();
            for (&residue, block) in joint.residues.iter().zip(&column) {
                response[residue] = if own == 0.0 {
                    0.0
                } else {
                    block.norm_squared() / own
                };
            }
        }
        Joint::Independent => {
            for (i, m) in dynamics.marginals.iter().enumerate() {
                if m.is_some() && dynamics.marginals.get(site).is_some_and(Option::is_some) {
                    response[i] = f64::from(u8::from(i == site));
                }
            }
        }
    }
    response
}

/// How every residue moves when `site` is pushed along `direction` until it has moved 1 Å itself.
/// `None` where there is no marginal; everywhere `None` when the site cannot move that way.
#[must_use]
pub fn push(dynamics: &GaussianDynamics, site: usize, direction: Vec3) -> Vec<Option<Vec3>> {
    let mut moved = vec![None; dynamics.len()];
    match dynamics.joint.as_ref() {
        Joint::Correlated(joint) => {
            let Some(atom) = joint.atom_of(site) else {
                return moved;
            };
            let column = joint.column(atom);
            let own = (column[atom] * direction).norm();
            if own > 0.0 {
                for (&residue, block) in joint.residues.iter().zip(&column) {
                    moved[residue] = Some(block * direction / own);
                }
            }
        }
        Joint::Independent => {
            for (i, m) in dynamics.marginals.iter().enumerate() {
                let own = dynamics.marginals.get(site).copied().flatten();
                if let Some((_, own)) = m.zip(own) {
                    let step = own * direction;
                    let step = step.try_normalize(0.0).unwrap_or_default();
                    moved[i] = Some(if i == site { step } else { Vec3::zeros() });
                }
            }
        }
    }
    moved
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::analysis::elastic_network::gaussian;
    use crate::analysis::elastic_network::tests::{
        golden, numbers, positions, protein_of, ubiquitin,
    };
    use crate::analysis::gaussian::Source;

    #[test]
    fn effectors_and_sensors_agree_with_prody() {
        for name in ["1ubi", "1ejg", "4hhb"] {
            let golden = golden(name);
            let ca: Vec<_> = positions(&golden).into_iter().map(Some).collect();
            let dynamics = gaussian(&protein_of(&ca), Source::Anm, &()).unwrap();
            let scan = scan(&dynamics, &()).unwrap();
            let pairs = [
                (&scan.effectiveness, "effectiveness"),
                (&scan.sensitivity, "sensitivity"),
            ];
            for (found, what) in pairs {
                for (f, e) in found.iter().zip(numbers(&golden["prs"][what])) {
                    assert!((f - e).abs() < 1e-6 * e.abs(), "{name} {what} {f} {e}");
                }
            }
        }
    }

    #[test]
    fn one_site_is_a_row_of_the_scan() {
        let dynamics = gaussian(&ubiquitin(), Source::ParameterFree, &()).unwrap();
        let scan = scan(&dynamics, &()).unwrap();
        for (one, all) in response_to(&dynamics, 20).iter().zip(scan.response.row(20)) {
            assert!((one - all).abs() < 1e-9);
        }
        assert!((scan.dynamic_flexibility_index.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn coupling_with_everything_is_one() {
        let dynamics = gaussian(&ubiquitin(), Source::ParameterFree, &()).unwrap();
        let scan = scan(&dynamics, &()).unwrap();
        let everywhere: Vec<usize> = (0..76).collect();
        for index in scan.dynamic_coupling_index(&everywhere) {
            assert!((index - 1.0).abs() < 1e-12);
        }
        let near = scan.dynamic_coupling_index(&[10]);
        assert!(near[10] > 1.0);
        assert!(scan.dynamic_coupling_index(&[])[0].is_nan());
    }

    #[test]
    fn a_push_moves_its_site_by_one_angstrom() {
        let dynamics = gaussian(&ubiquitin(), Source::ParameterFree, &()).unwrap();
        let moved = push(&dynamics, 30, Vec3::new(0.0, 3.0, 0.0));
        assert!((moved[30].unwrap().norm() - 1.0).abs() < 1e-12);
        assert!(moved[31].unwrap().norm() > moved[70].unwrap().norm());
        assert!(push(&dynamics, 99, Vec3::x()).iter().all(Option::is_none));
    }
}

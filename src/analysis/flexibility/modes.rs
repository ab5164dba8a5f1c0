//! Collective motions: principal components of the whole Gaussian, and the hinges between parts.

use faer::{Mat, MatRef};

use crate::analysis::AnalysisError;
use crate::analysis::coupling::{Correlated, Joint};
use crate::analysis::gaussian::{GaussianDynamics, Scale, Source};
use crate::numeric::lanczos::{self, EigenPair, SymmetricMap};
use crate::numeric::{Profile, Vec3};
use crate::progress::{Cancelled, Checkpoint};

/// One collective motion.
#[derive(Debug, Clone, PartialEq)]
pub struct ModeShape {
    /// Mean square displacement along the mode in Å².
    pub variance_angstrom2: f64,
    /// For a physical source the mode's eigenvalue in its network, in units of its springs: small =
    /// slow.
    pub eigenvalue: Option<f64>,
    /// Displacement of each residue, together of length 1; `None` where there is no marginal, and
    /// everywhere in a mode of the GNM, which has no directions.
    pub displacement: Vec<Option<Vec3>>,
    /// Length of each residue's displacement; in a mode of the GNM with its sign. NaN where there is
    /// no marginal.
    pub amplitude: Profile,
    /// From 1/N (one residue moves) to 1 (all alike), after Brüschweiler (J Chem Phys 1995).
    pub collectivity: f64,
}

/// The `count` largest principal components of the Gaussian, largest first; of a network the slowest
/// modes.
///
/// # Errors
/// Cancelled.
pub fn principal_components(
    dynamics: &GaussianDynamics,
    count: usize,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<ModeShape>, AnalysisError> {
    let Joint::Correlated(joint) = dynamics.joint.as_ref() else {
        return Err(AnalysisError::TooLittle(
            "residues that move independently have no collective motion",
        ));
    };
    let factor = match (dynamics.source, dynamics.scale) {
        (Source::Learned(_) | Source::DynaProt | Source::SimulationRun, _) => None,
        (_, Scale::Model) => Some(1.0),
        (_, Scale::BFactors { factor } | Scale::Typical { factor }) => Some(factor),
    };
    let n = dynamics.len();
    if let (Source::Gnm, Some(factor)) = (dynamics.source, factor) {
        let pairs = lanczos::largest(joint.core(), count, checkpoint)?;
        return Ok(pairs
            .iter()
            .map(|p| undirected(joint, n, p, factor))
            .collect());
    }
    let pairs = lanczos::largest(joint, count, checkpoint)?;
    Ok(pairs
        .iter()
        .map(|p| directed(joint, n, p, factor))
        .collect())
}

fn directed(joint: &Correlated, n: usize, pair: &EigenPair, factor: Option<f64>) -> ModeShape {
    let mut displacement = vec![None; n];
    let mut amplitude = vec![f64::NAN; n];
    for (&residue, v) in joint.residues.iter().zip(pair.vector.chunks_exact(3)) {
        let v = Vec3::from_column_slice(v);
        amplitude[residue] = v.norm();
        displacement[residue] = Some(v);
    }
    ModeShape {
        variance_angstrom2: pair.value,
        eigenvalue: factor.map(|f| f / pair.value),
        collectivity: collectivity(&amplitude),
        displacement,
        amplitude,
    }
}

fn undirected(joint: &Correlated, n: usize, pair: &EigenPair, factor: f64) -> ModeShape {
    let mut amplitude = vec![f64::NAN; n];
    for (&residue, v) in joint.residues.iter().zip(&pair.vector) {
        amplitude[residue] = *v;
    }
    ModeShape {
        variance_angstrom2: 3.0 * factor * pair.value,
        eigenvalue: Some(pair.value.recip()),
        displacement: vec![None; n],
        collectivity: collectivity(&amplitude),
        amplitude,
    }
}

/// exp(−Σ u² ln u²) / N over the residues' squared displacements u², normalised to sum 1.
#[must_use]
pub fn collectivity(amplitude: &[f64]) -> f64 {
    let squares: Vec<f64> = amplitude
        .iter()
        .filter(|x| x.is_finite())
        .map(|x| x * x)
        .collect();
    let total: f64 = squares.iter().sum();
    let entropy: f64 = squares
        .iter()
        .map(|x| x / total)
        .map(|u| -u * (u + f64::EPSILON).ln())
        .sum();
    entropy.exp() / squares.len() as f64
}

/// A coupling between whose rows and columns no mean is left.
struct Centred {
    coupling: Mat<f64>,
}

/// The columns without their means.
fn centred(columns: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = columns.to_owned();
    for column in out.col_iter_mut() {
        let mean = column.as_ref().iter().sum::<f64>() / column.nrows() as f64;
        column.iter_mut().for_each(|x| *x -= mean);
    }
    out
}

impl SymmetricMap for Centred {
    fn dimension(&self) -> usize {
        self.coupling.nrows()
    }

    fn apply(&self, columns: MatRef<'_, f64>) -> Mat<f64> {
        centred((&self.coupling * centred(columns)).as_ref())
    }
}

/// The leading eigenvector of the coupling without its mean: which residues move together and which
/// against them in the largest motion. Of the GNM its slowest mode. NaN where there is no marginal.
///
/// # Errors
/// [`Cancelled`].
pub fn leading_mode(
    dynamics: &GaussianDynamics,
    checkpoint: &dyn Checkpoint,
) -> Result<Profile, Cancelled> {
    let residues: Vec<usize> = (0..dynamics.len())
        .filter(|&i| dynamics.marginals[i].is_some())
        .collect();
    let centred = Centred {
        coupling: Mat::from_fn(residues.len(), residues.len(), |i, j| {
            dynamics.coupling[(residues[i], residues[j])]
        }),
    };
    let mut mode = vec![f64::NAN; dynamics.len()];
    if let Some(pair) = lanczos::largest(&centred, 1, checkpoint)?.first() {
        for (&i, x) in residues.iter().zip(&pair.vector) {
            mode[i] = *x;
        }
    }
    Ok(mode)
}

/// Residues at which the leading mode changes sign: the hinges between parts that move against each
/// other, 0-based.
///
/// # Errors
/// [`Cancelled`].
pub fn hinges(
    dynamics: &GaussianDynamics,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<usize>, Cancelled> {
    Ok(sign_changes(&leading_mode(dynamics, checkpoint)?))
}

/// At each change of sign along the chain, that neighbour which is closer to zero, as ProDy's
/// `calcHinges` has it. Missing residues are passed over.
#[must_use]
pub fn sign_changes(mode: &[f64]) -> Vec<usize> {
    let known: Vec<usize> = (0..mode.len()).filter(|&i| mode[i].is_finite()).collect();
    let mut hinge = vec![false; known.len()];
    let mut carried = false;
    for (k, pair) in known.windows(2).enumerate() {
        let (a, b) = (mode[pair[0]], mode[pair[1]]);
        let crossing = carried || (a != 0.0 || b != 0.0) && a.signum() * b.signum() <= 0.0;
        carried = crossing && b.abs() < a.abs();
        hinge[k] = crossing && !carried;
    }
    if let Some(last) = hinge.last_mut() {
        *last = carried;
    }
    known
        .into_iter()
        .zip(hinge)
        .filter_map(|(i, is)| is.then_some(i))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::analysis::elastic_network::gaussian;
    use crate::analysis::elastic_network::tests::{golden, numbers, positions, protein_of};

    fn dynamics(name: &str, source: Source) -> (serde_json::Value, GaussianDynamics) {
        let golden = golden(name);
        let ca: Vec<_> = positions(&golden).into_iter().map(Some).collect();
        let dynamics = gaussian(&protein_of(&ca), source, &()).unwrap();
        (golden, dynamics)
    }

    #[test]
    fn slow_modes_agree_with_prody() {
        for name in ["1ubi", "1ejg"] {
            let (golden, anm) = dynamics(name, Source::Anm);
            let modes = principal_components(&anm, 10, &()).unwrap();
            let expected = &golden["anm"];
            for (mode, e) in modes.iter().zip(numbers(&expected["collectivity"])) {
                assert!((mode.collectivity - e).abs() < 1e-6 * e);
            }
            for (mode, e) in modes.iter().zip(numbers(&expected["eigenvalues"])) {
                assert!((mode.eigenvalue.unwrap() - e).abs() < 1e-6 * e);
            }
        }
    }

    #[test]
    fn hinges_agree_with_prody() {
        for name in ["1ubi", "1ejg", "4hhb"] {
            let (golden, gnm) = dynamics(name, Source::Gnm);
            let expected: Vec<usize> = numbers(&golden["gnm"]["hinges_mode1"])
                .iter()
                .map(|x| *x as usize)
                .collect();
            assert_eq!(hinges(&gnm, &()).unwrap(), expected, "{name}");
            let slowest = &principal_components(&gnm, 1, &()).unwrap()[0];
            assert_eq!(sign_changes(&slowest.amplitude), expected);
        }
    }

    #[test]
    fn signs_change_at_the_smaller_neighbour() {
        assert_eq!(sign_changes(&[2.0, 1.0, -3.0, -4.0]), [1]);
        assert_eq!(sign_changes(&[2.0, f64::NAN, -0.5, -4.0]), [2]);
        assert!(sign_changes(&[1.0, 2.0]).is_empty());
        assert!(sign_changes(&[]).is_empty());
    }

    #[test]
    fn collectivity_runs_from_one_residue_to_all() {
        assert!((collectivity(&[1.0, 1.0, 1.0, 1.0]) - 1.0).abs() < 1e-9);
        assert!((collectivity(&[0.0, 1.0, 0.0, 0.0]) - 0.25).abs() < 1e-9);
    }
}

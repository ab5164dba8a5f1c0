//! Predicted motion against measured motion, chain by chain.

use crate::analysis::comparison::{ProfileComparison, TensorComparison};
use crate::analysis::coupling::correlation;
use crate::analysis::gaussian::{
    B_A_SQUARE_FLUCTUATION, Environment, GaussianDynamics, Scale, Source, independent,
    joined_plainly,
};
use crate::analysis::{AnalysisError, ensemble};
use crate::dataset::chains::MeasuredChain;
use crate::numeric::stats::{finite_pairs, mean, median, pearson, spearman};
use crate::numeric::{Covariance3, Matrix, Vec3};
use crate::progress::Checkpoint;
use crate::protein::Protein;

/// Pairs closer along the chain than this, or as close, are no far pairs.
const NEAR: usize = 5;

/// A metric's name and value.
pub type Scored = (&'static str, f64);

/// Where the molecules of a chain were when they were measured.
#[must_use]
pub fn environment(chain: &MeasuredChain) -> Environment {
    if chain.rmsf.is_some() {
        Environment::Simulation
    } else if chain.displacement.is_none() && chain.covariance.is_some() {
        Environment::Solution
    } else {
        Environment::Crystal
    }
}

/// The dynamics in which every residue is the same sphere, independent of the others: what every source
/// has to beat.
#[must_use]
pub fn sphere(protein: &Protein) -> GaussianDynamics {
    let one = |p: Option<Vec3>| p.map(|_| Covariance3::identity());
    let marginals = protein.alpha_carbons().into_iter().map(one).collect();
    independent(
        protein,
        Source::Gnm,
        Scale::Typical { factor: 1.0 },
        marginals,
    )
}

/// Whether something was measured of pairs of residues; else marginals say all that is asked.
#[must_use]
pub fn judges_pairs(chain: &MeasuredChain) -> bool {
    chain.coupling.is_some() || chain.ensemble.len() > 1
}

/// Every score that the measurements of `chain` allow. A chain with displacement tensors is judged by
/// them, one with an ensemble by that, any other by its B-factors; tensors of rigid groups only by their
/// traces; one that was simulated by its RMSF, whose level counts too.
///
/// # Errors
/// Cancelled.
pub fn scores(
    chain: &MeasuredChain,
    dynamics: &GaussianDynamics,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<Scored>, AnalysisError> {
    let mut scores = Vec::new();
    let tensors = chain.displacement.as_ref().or(chain.covariance.as_ref());
    match (tensors, &chain.b_factor) {
        (Some(measured), _) => {
            let shapes = chain.displacement.is_none() || !chain.tls;
            scores.extend(of_tensors(measured, dynamics, shapes));
        }
        (None, Some(b)) => scores.extend(of_b_factors(b, dynamics)),
        (None, None) => {}
    }
    if let Some(rmsf) = &chain.rmsf {
        scores.extend(of_simulation(rmsf, dynamics));
    }
    if let Some(coupling) = &chain.coupling {
        scores.extend(of_coupling(coupling, dynamics));
    }
    if chain.ensemble.len() > 1 {
        let measured = distance_deviations(&chain.ensemble);
        scores.extend(of_distances(chain, &measured, dynamics, checkpoint)?);
    }
    Ok(scores)
}

fn of_b_factors(b: &[f64], dynamics: &GaussianDynamics) -> Vec<Scored> {
    let measured = b
        .iter()
        .map(|&b| {
            if b > 0.0 {
                (b / B_A_SQUARE_FLUCTUATION).sqrt()
            } else {
                f64::NAN
            }
        })
        .collect();
    ProfileComparison::new(measured, dynamics.rmsf_angstrom())
        .map(|c| profile(&c))
        .unwrap_or_default()
}

fn of_simulation(rmsf: &[f64], dynamics: &GaussianDynamics) -> Vec<Scored> {
    let predicted = dynamics.rmsf_angstrom();
    let (simulated, ours) = finite_pairs(rmsf, &predicted);
    let level = (mean(&ours) / mean(&simulated)).ln();
    let mut scores = ProfileComparison::new(rmsf.to_vec(), predicted)
        .map(|c| profile(&c))
        .unwrap_or_default();
    scores.extend([
        ("RMSF level, log ratio", level),
        ("RMSF level, |log ratio|", level.abs()),
    ]);
    scores
}

/// The same over the residues of several simulated chains at once: RMSF measured and predicted.
#[must_use]
pub fn pooled(simulated: &[f64], predicted: &[f64]) -> [Scored; 2] {
    [
        ("RMSF Spearman", spearman(simulated, predicted)),
        ("RMSF Pearson", pearson(simulated, predicted)),
    ]
}

fn profile(comparison: &ProfileComparison) -> Vec<Scored> {
    vec![
        ("RMSF Spearman", comparison.spearman),
        ("RMSF Pearson", comparison.pearson),
    ]
}

fn of_tensors(
    measured: &[Option<Covariance3>],
    dynamics: &GaussianDynamics,
    shapes: bool,
) -> Vec<Scored> {
    let Ok(found) = TensorComparison::new(measured, &dynamics.marginals) else {
        return Vec::new();
    };
    let mut scores = profile(&found.rmsf);
    if shapes {
        scores.extend([
            ("log-Frobenius", median(&found.log_frobenius)),
            ("symmetric KL, nat", median(&found.symmetric_kl)),
            ("RMWD, \u{c5}", median(&found.wasserstein_angstrom)),
            ("main axis, degrees", median(&found.axis_angle_degrees)),
            ("scale given to the chain", found.scale),
        ]);
    }
    scores
}

/// The entries i < j that lie more than `apart` apart along the chain.
fn upper(m: &Matrix, apart: usize) -> Vec<f64> {
    let n = m.rows();
    (0..n)
        .flat_map(|i| (i + 1 + apart..n).map(move |j| (i, j)))
        .map(|(i, j)| m[(i, j)])
        .collect()
}

fn of_coupling(coupling: &Matrix, dynamics: &GaussianDynamics) -> [Scored; 2] {
    let measured = correlation(coupling);
    let r = |apart| {
        pearson(
            &upper(&measured, apart),
            &upper(&dynamics.correlation, apart),
        )
    };
    [
        ("correlation r, all pairs", r(0)),
        ("correlation r, |i-j| > 5", r(NEAR)),
    ]
}

/// The standard deviation of every Cα–Cα distance over the models, (N, N) in Å.
fn distance_deviations(models: &[Vec<Vec3>]) -> Matrix {
    let n = models[0].len();
    let count = models.len() as f64;
    Matrix::from_fn(n, n, |i, j| {
        if j <= i {
            return f64::NAN; // only i < j is read
        }
        let distance = |m: &Vec<Vec3>| (m[i] - m[j]).norm();
        let mean = models.iter().map(distance).sum::<f64>() / count;
        let square = models.iter().map(|m| (distance(m) - mean).powi(2));
        (square.sum::<f64>() / count).sqrt()
    })
}

fn of_distances(
    chain: &MeasuredChain,
    measured: &Matrix,
    dynamics: &GaussianDynamics,
    checkpoint: &dyn Checkpoint,
) -> Result<[Scored; 2], AnalysisError> {
    let measured = upper(measured, 0);
    let rho = |dynamics: &GaussianDynamics| -> Result<f64, AnalysisError> {
        let found = ensemble::distance_fluctuations(&chain.protein, dynamics, checkpoint)?;
        Ok(spearman(&measured, &upper(&found, 0)))
    };
    let plain = joined_plainly(&chain.protein, dynamics, checkpoint)?;
    Ok([
        ("distance fluctuation Spearman", rho(dynamics)?),
        ("the same, parameter-free joint", rho(&plain)?),
    ])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::analysis::elastic_network::gaussian;
    use crate::analysis::elastic_network::tests::ubiquitin;

    fn value(scores: &[Scored], metric: &str) -> f64 {
        scores.iter().find(|s| s.0 == metric).unwrap().1
    }

    #[test]
    fn a_prediction_is_perfect_against_itself_and_a_sphere_is_not() {
        let protein = ubiquitin();
        let dynamics = gaussian(&protein, Source::ParameterFree, &()).unwrap();
        let ca = protein.alpha_carbons();
        let still: Vec<Vec3> = ca.iter().map(|p| p.unwrap()).collect();
        let moved = |by: f64| still.iter().map(|p| p * by).collect::<Vec<_>>();
        let doubled = |m: &Option<Covariance3>| m.map(|m| m * 2.0);
        let chain = MeasuredChain {
            set: "nmr".into(),
            id: "1ubi_A".into(),
            tls: false,
            b_factor: None,
            rmsf: None,
            displacement: None,
            covariance: Some(dynamics.marginals.iter().map(doubled).collect()),
            coupling: Some(dynamics.coupling.clone()),
            ensemble: vec![still.clone(), moved(1.01), moved(0.98)],
            protein: protein.clone(),
        };
        assert_eq!(environment(&chain), Environment::Solution);
        assert!(judges_pairs(&chain));
        let own = scores(&chain, &dynamics, &()).unwrap();
        for perfect in ["RMSF Spearman", "RMSF Pearson", "correlation r, all pairs"] {
            assert!((value(&own, perfect) - 1.0).abs() < 1e-9, "{perfect}");
        }
        assert!(value(&own, "log-Frobenius") < 1e-9);
        assert!(value(&own, "distance fluctuation Spearman").is_finite());
        let same = scores(&chain, &sphere(&protein), &()).unwrap();
        assert!(value(&same, "RMSF Spearman").is_nan());
        assert!(value(&same, "log-Frobenius") > 0.1);
        assert!(value(&same, "main axis, degrees").is_nan());
        assert!((value(&own, "scale given to the chain") - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_breathing_ensemble_changes_long_distances_most() {
        let models: Vec<Vec<Vec3>> = [1.0, 1.1]
            .iter()
            .map(|by| (0..4).map(|i| Vec3::x() * f64::from(i) * *by).collect())
            .collect();
        let found = distance_deviations(&models);
        assert!((found[(0, 1)] - 0.05).abs() < 1e-12);
        assert!((found[(0, 3)] - 0.15).abs() < 1e-12);
        assert_eq!(upper(&found, 0).len(), 6);
        assert_eq!(upper(&found, 2).len(), 1);
    }
}

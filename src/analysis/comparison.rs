//! Prediction against experiment: B-factors, ANISOU, NMR ensembles.
//!
//! B-factors carry an unknown offset and crystal contacts, so amplitudes are compared by correlation;
//! 3 × 3 tensors after one scale a chain. What was left out is counted.

mod superposition;

pub use superposition::{NmrEnsemble, Target, nmr_ensemble, superpose_all};

use super::gaussian::{B_A_SQUARE_FLUCTUATION, GaussianDynamics};
use crate::numeric::stats::{finite_pairs, median, pearson, spearman};
use crate::numeric::{Covariance3, Profile, spd};
use crate::progress::Cancelled;
use crate::protein::structure::ModelsAre;
use crate::protein::{BColumn, Protein};

/// Fewer residues than this are not compared.
const FEWEST: usize = 3;

/// Why there is nothing to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotComparable {
    /// The B column holds something else.
    #[error("B column: {0}")]
    BColumn(BColumn),
    /// The B column says nothing.
    #[error("the file has no B-factors")]
    NoBFactors,
    /// No tensors.
    #[error("the file has no ANISOU records for C\u{3b1} atoms")]
    NoAnisou,
    /// Copies, predictions and samples are no experiment.
    #[error("the models are not a measured ensemble: {0:?}")]
    NoEnsemble(ModelsAre),
    /// One model is no ensemble.
    #[error("the file has one model: an ensemble needs at least two")]
    OneModel,
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Too few residues have both values.
    #[error("only {0} residues have both a measured and a predicted value")]
    TooFew(usize),
}

/// Residues that took no part, by the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// The source predicts nothing for them.
    pub not_predicted: usize,
    /// Nothing was measured.
    pub not_measured: usize,
}

impl LeftOut {
    fn count(predicted: &[f64], measured: &[f64]) -> Self {
        let mut out = Self::default();
        for (p, m) in predicted.iter().zip(measured) {
            if !p.is_finite() {
                out.not_predicted += 1;
            } else if !m.is_finite() {
                out.not_measured += 1;
            }
        }
        out
    }
}

/// A predicted profile beside a measured one.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileComparison {
    /// As measured, NaN where nothing was.
    pub measured: Profile,
    /// As predicted in the same unit, NaN where nothing is.
    pub predicted: Profile,
    /// Pearson's r.
    pub pearson: f64,
    /// Spearman's ρ.
    pub spearman: f64,
    /// Root mean square difference in the unit of the profiles.
    pub rms_difference: f64,
    /// Residues with both values.
    pub n: usize,
    /// Residues without.
    pub left_out: LeftOut,
}

impl ProfileComparison {
    /// Compares over the residues that have both values.
    ///
    /// # Errors
    /// [`NotComparable::TooFew`].
    pub fn new(measured: Profile, predicted: Profile) -> Result<Self, NotComparable> {
        let (m, p) = finite_pairs(&measured, &predicted);
        if m.len() < FEWEST {
            return Err(NotComparable::TooFew(m.len()));
        }
        let square: f64 = m.iter().zip(&p).map(|(a, b)| (a - b) * (a - b)).sum();
        Ok(Self {
            pearson: pearson(&m, &p),
            spearman: spearman(&m, &p),
            rms_difference: (square / m.len() as f64).sqrt(),
            n: m.len(),
            left_out: LeftOut::count(&predicted, &measured),
            measured,
            predicted,
        })
    }
}

/// Predicted B = 8π²/3 · tr Σ against the B-factors of the Cα atoms, in Å².
///
/// # Errors
/// [`NotComparable`] for a column that holds no B-factors, or too few residues.
pub fn b_factors(
    protein: &Protein,
    dynamics: &GaussianDynamics,
) -> Result<ProfileComparison, NotComparable> {
    match protein.b_column {
        BColumn::BFactor => {}
        BColumn::Absent => return Err(NotComparable::NoBFactors),
        other => return Err(NotComparable::BColumn(other)),
    }
    let measured = super::gaussian::b_factors(protein);
    if !measured.iter().any(|b| b.is_finite()) {
        return Err(NotComparable::NoBFactors);
    }
    let predicted = dynamics
        .marginals
        .iter()
        .map(|m| m.map_or(f64::NAN, |m| m.trace() * B_A_SQUARE_FLUCTUATION))
        .collect();
    ProfileComparison::new(measured, predicted)
}

/// Predicted 3 × 3 covariances beside measured ones.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorComparison {
    /// By this factor the predictions were multiplied: one scale a chain.
    pub scale: f64,
    /// ‖log Σ − log Σ'‖ of each residue.
    pub log_frobenius: Profile,
    /// Symmetric Kullback–Leibler divergence of each residue, nat.
    pub symmetric_kl: Profile,
    /// Angle between the main axes of each residue, degrees.
    pub axis_angle_degrees: Profile,
    /// Wasserstein distance of each residue (RMWD), Å.
    pub wasserstein_angstrom: Profile,
    /// RMSF in Å: sqrt(tr Σ), the prediction scaled.
    pub rmsf: ProfileComparison,
}

impl TensorComparison {
    /// Compares residue by residue after the scale that makes the median difference of the mean log
    /// eigenvalues vanish.
    ///
    /// # Errors
    /// [`NotComparable::TooFew`].
    pub fn new(
        measured: &[Option<Covariance3>],
        predicted: &[Option<Covariance3>],
    ) -> Result<Self, NotComparable> {
        let pairs: Vec<Option<(Covariance3, Covariance3)>> = predicted
            .iter()
            .zip(measured)
            .map(|(p, m)| p.zip(*m))
            .collect();
        let shifts: Vec<f64> = pairs
            .iter()
            .flatten()
            .map(|(p, m)| (spd::log3(m) - spd::log3(p)).trace() / 3.0)
            .collect();
        let n = shifts.len();
        if n < FEWEST {
            return Err(NotComparable::TooFew(n));
        }
        let scale = median(&shifts).exp();
        let each = |f: fn(&Covariance3, &Covariance3) -> f64| -> Profile {
            pairs
                .iter()
                .map(|pair| pair.map_or(f64::NAN, |(p, m)| f(&(p * scale), &m)))
                .collect()
        };
        let rmsf = |m: &Option<Covariance3>, by: f64| {
            m.map_or(f64::NAN, |m| (m.trace() * by).max(0.0).sqrt())
        };
        Ok(Self {
            log_frobenius: each(spd::log_frobenius),
            symmetric_kl: each(spd::symmetric_kl),
            axis_angle_degrees: each(spd::axis_angle_degrees),
            wasserstein_angstrom: each(spd::rmwd),
            rmsf: ProfileComparison::new(
                measured.iter().map(|m| rmsf(m, 1.0)).collect(),
                predicted.iter().map(|m| rmsf(m, scale)).collect(),
            )?,
            scale,
        })
    }
}

/// Predicted covariances against the ANISOU tensors of the Cα atoms, both in the frame of the file.
///
/// # Errors
/// [`NotComparable`] without ANISOU records or with too few.
pub fn anisou(
    protein: &Protein,
    dynamics: &GaussianDynamics,
) -> Result<TensorComparison, NotComparable> {
    let measured: Vec<Option<Covariance3>> = protein
        .residues
        .iter()
        .map(|r| r.atom("CA")?.anisou.filter(|u| u.trace() > 0.0))
        .collect();
    if measured.iter().all(Option::is_none) {
        return Err(NotComparable::NoAnisou);
    }
    TensorComparison::new(&measured, &dynamics.marginals)
}

/// Predicted covariances against those of the models of an NMR entry.
///
/// # Errors
/// [`NotComparable::TooFew`].
pub fn nmr(
    ensemble: &NmrEnsemble,
    dynamics: &GaussianDynamics,
) -> Result<TensorComparison, NotComparable> {
    TensorComparison::new(&ensemble.covariance, &dynamics.marginals)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

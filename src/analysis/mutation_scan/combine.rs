//! One number from the changes of several properties.

use crate::numeric::stats::ranks;

/// How the changes of several properties make one score.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Combination {
    /// Their mean. Id `mean`.
    #[default]
    Mean,
    /// The largest. Id `max`.
    Max,
    /// Their mean, weighted in the order of the properties. Id `weighted`.
    Weighted(Vec<f64>),
    /// Their geometric mean. Id `geometric`.
    Geometric,
}

/// What happens to the changes before they are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalisation {
    /// Nothing. Id `raw`.
    #[default]
    Raw,
    /// Each property takes the common distribution of all: its r-th smallest change becomes the mean
    /// of the r-th smallest of every property. The score of a mutant then depends on which mutants
    /// were scored with it. Id `quantile`.
    Quantile,
}

/// Why changes cannot be combined.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CombineError {
    /// Not one weight a property.
    #[error("{weights} weights for {properties} properties: give one each")]
    Weights {
        /// Weights given.
        weights: usize,
        /// Properties to weigh.
        properties: usize,
    },
    /// A weight that is negative or no number, or none above 0.
    #[error("weights must be 0 or more, and one of them above 0")]
    NoWeight,
}

impl Normalisation {
    /// The name in options and files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Quantile => "quantile",
        }
    }

    /// The normalisation of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Raw, Self::Quantile]
            .into_iter()
            .find(|n| n.id() == id)
    }
}

impl Combination {
    /// The name in options and files.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Max => "max",
            Self::Weighted(_) => "weighted",
            Self::Geometric => "geometric",
        }
    }

    /// Combines the changes of every mutant: `changes` has one list a property, all equally long.
    /// A mutant with a missing change (NaN) has no score.
    ///
    /// # Errors
    /// [`CombineError`] when weights and properties do not match.
    pub fn scores(
        &self,
        changes: &[Vec<f64>],
        normalisation: Normalisation,
    ) -> Result<Vec<f64>, CombineError> {
        self.check(changes.len())?;
        let normalised;
        let changes = match normalisation {
            Normalisation::Raw => changes,
            Normalisation::Quantile => {
                normalised = quantile_normalised(changes);
                &normalised
            }
        };
        let mutants = changes.first().map_or(0, Vec::len);
        let mut of_one = vec![0.0; changes.len()];
        Ok((0..mutants)
            .map(|mutant| {
                for (value, property) in of_one.iter_mut().zip(changes) {
                    *value = property[mutant];
                }
                self.of_one(&of_one)
            })
            .collect())
    }

    fn check(&self, properties: usize) -> Result<(), CombineError> {
        let Self::Weighted(weights) = self else {
            return Ok(());
        };
        if weights.len() != properties {
            return Err(CombineError::Weights {
                weights: weights.len(),
                properties,
            });
        }
        let valid = weights.iter().all(|w| w.is_finite() && *w >= 0.0);
        if valid && weights.iter().sum::<f64>() > 0.0 {
            return Ok(());
        }
        Err(CombineError::NoWeight)
    }

    fn of_one(&self, changes: &[f64]) -> f64 {
        if changes.iter().any(|c| c.is_nan()) {
            return f64::NAN;
        }
        let count = changes.len() as f64;
        match self {
            Self::Mean => changes.iter().sum::<f64>() / count,
            Self::Max => changes.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Self::Weighted(weights) => {
                let sum: f64 = changes.iter().zip(weights).map(|(c, w)| c * w).sum();
                sum / weights.iter().sum::<f64>()
            }
            Self::Geometric => (changes.iter().map(|c| c.ln()).sum::<f64>() / count).exp(),
        }
    }
}

fn quantile_normalised(changes: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let sorted: Vec<Vec<f64>> = changes
        .iter()
        .map(|property| {
            let mut known: Vec<f64> = property.iter().copied().filter(|c| !c.is_nan()).collect();
            known.sort_by(f64::total_cmp);
            known
        })
        .collect();
    let fewest = sorted.iter().map(Vec::len).min().unwrap_or(0);
    let common: Vec<f64> = (0..fewest)
        .map(|r| sorted.iter().map(|s| s[r]).sum::<f64>() / sorted.len() as f64)
        .collect();
    changes.iter().map(|p| through(p, &common)).collect()
}

/// Gives each value the one of its rank in `common`; ties share, missing values stay missing.
fn through(property: &[f64], common: &[f64]) -> Vec<f64> {
    let last = common.len().saturating_sub(1) as f64;
    ranks(property)
        .into_iter()
        .map(|rank| {
            let rank = (rank - 1.0).clamp(0.0, last);
            if rank.is_nan() || common.is_empty() {
                return f64::NAN;
            }
            let (low, high) = (common[rank.floor() as usize], common[rank.ceil() as usize]);
            low + (high - low) * rank.fract()
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn close(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    #[test]
    fn the_four_ways() {
        let changes = [vec![1.0, 2.0], vec![4.0, 8.0]];
        let of = |c: Combination| c.scores(&changes, Normalisation::Raw).unwrap();
        assert!(close(&of(Combination::Mean), &[2.5, 5.0]));
        assert!(close(&of(Combination::Max), &[4.0, 8.0]));
        assert!(close(&of(Combination::Geometric), &[2.0, 4.0]));
        assert!(close(
            &of(Combination::Weighted(vec![3.0, 1.0])),
            &[1.75, 3.5]
        ));
    }

    #[test]
    fn weights_must_fit() {
        let changes = [vec![1.0], vec![4.0]];
        for weights in [vec![1.0], vec![0.0, 0.0], vec![-1.0, 2.0]] {
            assert!(
                Combination::Weighted(weights)
                    .scores(&changes, Normalisation::Raw)
                    .is_err()
            );
        }
    }

    #[test]
    fn quantiles_give_every_property_the_same_distribution() {
        let changes = [vec![5.0, 2.0, 3.0, 4.0], vec![40.0, 10.0, 30.0, 20.0]];
        let normalised = quantile_normalised(&changes);
        for property in &normalised {
            let mut sorted = property.clone();
            sorted.sort_by(f64::total_cmp);
            assert!(close(&sorted, &[6.0, 11.5, 17.0, 22.5]));
        }
        assert!(close(&normalised[0], &[22.5, 6.0, 11.5, 17.0]));
    }

    #[test]
    fn a_missing_change_is_a_missing_score() {
        let changes = [vec![f64::NAN, 2.0], vec![1.0, 4.0]];
        for normalisation in [Normalisation::Raw, Normalisation::Quantile] {
            let scores = Combination::Mean.scores(&changes, normalisation).unwrap();
            assert!(scores[0].is_nan() && scores[1].is_finite());
        }
    }
}

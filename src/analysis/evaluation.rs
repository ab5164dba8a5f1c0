//! How good predictions are on measured data: scores a chain, a domain or a residue, and what they come
//! to over all of them.

pub mod motion;
pub mod mutations;

use crate::numeric::stats::{bootstrap_interval_of, mean, median};

/// Resamplings of an interval.
const ROUNDS: usize = 1000;
/// Seed of the resamplings.
const SEED: u64 = 1;
/// What an interval holds.
const LEVEL: f64 = 0.95;

/// One number about one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// What was measured: `xray_b`, `nmr`.
    pub set: String,
    /// Chain, domain or assay.
    pub subject: String,
    /// Who predicted.
    pub predictor: String,
    /// Which number it is.
    pub metric: &'static str,
    /// The number, NaN where it cannot be had.
    pub value: f64,
}

/// A metric over all subjects of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// See [`Score::set`].
    pub set: String,
    /// See [`Score::predictor`].
    pub predictor: String,
    /// See [`Score::metric`].
    pub metric: &'static str,
    /// Subjects with a finite number.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// 95 % bootstrap interval of the mean.
    pub mean_interval: (f64, f64),
    /// Their median.
    pub median: f64,
    /// 95 % bootstrap interval of the median.
    pub median_interval: (f64, f64),
}

/// One summary a set, metric and predictor, in the order of their first score.
#[must_use]
pub fn summaries(scores: &[Score]) -> Vec<Summary> {
    let mut groups: Vec<(&Score, Vec<f64>)> = Vec::new();
    for score in scores {
        let same = |(first, _): &&mut (&Score, _)| {
            first.set == score.set
                && first.metric == score.metric
                && first.predictor == score.predictor
        };
        match groups.iter_mut().find(same) {
            Some((_, values)) => values.push(score.value),
            None => groups.push((score, vec![score.value])),
        }
    }
    groups
        .into_iter()
        .map(|(first, values)| summary(first, &values))
        .collect()
}

fn summary(first: &Score, values: &[f64]) -> Summary {
    Summary {
        set: first.set.clone(),
        predictor: first.predictor.clone(),
        metric: first.metric,
        n: values.iter().filter(|v| v.is_finite()).count(),
        mean: mean(values),
        mean_interval: bootstrap_interval_of(values, mean, LEVEL, ROUNDS, SEED),
        median: median(values),
        median_interval: bootstrap_interval_of(values, median, LEVEL, ROUNDS, SEED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_summed_up_by_set_metric_and_predictor() {
        let score = |set: &str, predictor: &str, value| Score {
            set: set.into(),
            subject: String::new(),
            predictor: predictor.into(),
            metric: "rho",
            value,
        };
        let found = summaries(&[
            score("a", "x", 1.0),
            score("b", "x", 5.0),
            score("a", "x", 2.0),
            score("a", "y", 7.0),
            score("a", "x", 6.0),
            score("a", "x", f64::NAN),
        ]);
        assert_eq!(found.len(), 3);
        assert_eq!((found[0].n, found[0].mean, found[0].median), (3, 3.0, 2.0));
        assert!(found[0].mean_interval.0 >= 1.0 && found[0].mean_interval.1 <= 6.0);
        assert_eq!((found[1].n, found[1].mean), (1, 5.0));
    }
}

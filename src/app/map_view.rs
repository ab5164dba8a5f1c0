//! The mutation map as the views need it: ranks, means and the limits of its colours.

use std::sync::Arc;

use crate::analysis::mutation_map::Direction;
use crate::analysis::{MutationMap, ScanMethod};
use crate::numeric::Matrix;
use crate::numeric::stats::quantile;
use crate::protein::AminoAcid;
use crate::study::{Provenance, ScanReport};

/// What the screen calls a method.
#[must_use]
pub fn method_name(method: ScanMethod) -> &'static str {
    match method {
        ScanMethod::Stability => "ΔΔG stability",
        ScanMethod::Structure => "fits the backbone",
        ScanMethod::Combined => "combined score",
        ScanMethod::Lor => "alignment LOR",
        ScanMethod::RsaLor => "alignment RSALOR",
        ScanMethod::WildTypeMarginals => "ESM-2 wild-type marginals",
        ScanMethod::MaskedMarginals => "ESM-2 masked marginals",
        ScanMethod::EsmDance => "ESMDance change",
        ScanMethod::SeqDance => "SeqDance change",
    }
}

/// Half the width of a colour scale about `center`: the 98th percentile of the distances from it, so that
/// a few extremes do not wash out the rest; 1 where nothing is scored.
fn limit(scores: &[f64], center: f64) -> f64 {
    let mut sizes: Vec<f64> = scores.iter().map(|s| (s - center).abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let at = (sizes.len() * 98 / 100).min(sizes.len().saturating_sub(1));
    sizes.get(at).copied().filter(|l| *l > 0.0).unwrap_or(1.0)
}

/// A map of substitutions, whole or still filling.
#[derive(Debug, Clone)]
pub struct MapView {
    pub map: Arc<MutationMap>,
    /// Where they come from, once all are there.
    pub provenance: Option<Provenance>,
    /// The whole report, once there.
    pub report: Option<Arc<ScanReport>>,
    /// Half the width of the colour scale: the 98th percentile of the absolute scores.
    pub limit: f64,
    /// Mean score at each position, NaN where nothing is scored.
    pub position_mean: Vec<f64>,
    /// Mean score of each amino acid over the positions.
    pub residue_mean: [f64; 20],
    /// All scores of real substitutions, ascending: for ranks and percentiles.
    pub sorted: Vec<f64>,
    pub title: String,
    pub unit: &'static str,
    /// What a larger one means.
    pub direction: Direction,
    /// The score that has no colour.
    pub center: f64,
    /// Scores less the one without colour, where that is not 0.
    pub centered: Option<Matrix>,
    /// Positions that are final, while others still show a first guess; empty = all are.
    pub refined: Vec<bool>,
}

impl MapView {
    /// Of a finished report.
    #[must_use]
    pub fn finished(report: &Arc<ScanReport>) -> Self {
        Self {
            provenance: Some(report.provenance.clone()),
            report: Some(Arc::clone(report)),
            ..Self::of(Arc::new(report.map.clone()))
        }
    }

    /// Of a map, finished or not.
    #[must_use]
    pub fn of(map: Arc<MutationMap>) -> Self {
        let mut sorted = Vec::with_capacity(map.score.values().len());
        let (mut sums, mut counts) = ([0.0; 20], [0usize; 20]);
        for position in 0..map.score.rows() {
            for amino_acid in AminoAcid::ALL {
                let score = map.score_of(position, amino_acid);
                if score.is_nan() || map.wild_type[position] == Some(amino_acid) {
                    continue;
                }
                sorted.push(score);
                sums[amino_acid.index()] += score;
                counts[amino_acid.index()] += 1;
            }
        }
        sorted.sort_by(f64::total_cmp);
        let position_mean = map.position_means();
        let view = Self {
            residue_mean: std::array::from_fn(|i| sums[i] / counts[i] as f64),
            title: method_name(map.method).to_owned(),
            unit: map.method.unit(),
            direction: map.method.direction(),
            center: 0.0,
            centered: None,
            refined: Vec::new(),
            map,
            provenance: None,
            report: None,
            limit: limit(&sorted, 0.0),
            position_mean,
            sorted,
        };
        match view.map.method {
            // A percentile has no 0 in the middle.
            ScanMethod::Combined => view.about_median(),
            _ => view,
        }
    }

    /// The same with colours about the median of the scores.
    #[must_use]
    pub(super) fn about_median(self) -> Self {
        let center = quantile(&self.sorted, 0.5);
        let score = &self.map.score;
        let centered =
            Matrix::from_fn(score.rows(), score.columns(), |i, j| score[(i, j)] - center);
        Self {
            center,
            position_mean: self.position_mean.iter().map(|m| m - center).collect(),
            limit: limit(&self.sorted, center),
            centered: Some(centered),
            ..self
        }
    }

    /// What the colours show: scores about the one without colour.
    #[must_use]
    pub fn colored(&self) -> &Matrix {
        self.centered.as_ref().unwrap_or(&self.map.score)
    }

    /// 1 for the most damaging of the scored substitutions.
    #[must_use]
    pub fn rank(&self, score: f64) -> usize {
        match self.direction {
            Direction::HigherIsDamaging => {
                self.sorted.len() - self.sorted.partition_point(|s| *s <= score) + 1
            }
            Direction::HigherIsTolerated => self.sorted.partition_point(|s| *s < score) + 1,
        }
    }

    /// Part of the scored substitutions that are less damaging than this score, 0 to 1.
    #[must_use]
    pub fn damage_percentile(&self, score: f64) -> f64 {
        let below = self.sorted.partition_point(|s| *s < score) as f64;
        let share = below / self.sorted.len().max(1) as f64;
        match self.direction {
            Direction::HigherIsDamaging => share,
            Direction::HigherIsTolerated => 1.0 - share,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_ignore_a_few_extremes() {
        let mut score = Matrix::from_fn(50, 20, |i, j| ((i * 20 + j) % 30) as f64 / 10.0 - 1.5);
        score[(0, 0)] = 400.0;
        let limit_of = |score: Matrix| {
            let wild_type = vec![None; score.rows()];
            let unscored = MutationMap::unscored(ScanMethod::Stability, wild_type);
            MapView::of(Arc::new(MutationMap { score, ..unscored })).limit
        };
        assert!(limit_of(score) <= 1.5);
        assert!((limit_of(Matrix::filled(3, 20, f64::NAN)) - 1.0).abs() < 1e-12);
    }
}

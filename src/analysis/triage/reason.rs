//! Why a row ranks where it does, column by column.

use super::{Measure, Triage};
use crate::analysis::mutation_map::Direction;

/// What one column says about a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The column.
    pub measure: Measure,
    /// Its value.
    pub value: f64,
    /// 0 to 100.
    pub percentile: f64,
    /// 1 = most damaging (largest, for columns that describe the site).
    pub rank: usize,
    /// A sentence.
    pub text: String,
}

impl Triage {
    /// What each column says about a row, the most unusual first.
    #[must_use]
    pub fn why(&self, row: usize) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = self
            .measures()
            .filter_map(|m| self.reason(m, row))
            .collect();
        reasons.sort_by(|a, b| unusual(b).total_cmp(&unusual(a)));
        reasons
    }

    fn reason(&self, measure: Measure, row: usize) -> Option<Reason> {
        let value = self.value(measure, row);
        let percentile = self.percentile(measure, row)?;
        let rank = self.rank(measure, row)?;
        let (less, more) = words(measure);
        let (word, percent) = if percentile >= 50.0 {
            (more, percentile)
        } else {
            (less, 100.0 - percentile)
        };
        let among = if measure.is_of_residue() {
            "residues"
        } else {
            "substitutions"
        };
        let decimals = if measure == Measure::Burial { 0 } else { 2 };
        let text = format!(
            "{} {value:.decimals$} {}: {word} than {percent:.0} % of {among}",
            measure.id(),
            measure.unit(),
        );
        Some(Reason {
            measure,
            value,
            percentile,
            rank,
            text,
        })
    }
}

fn unusual(reason: &Reason) -> f64 {
    (reason.percentile - 50.0).abs()
}

/// What a small and a large value mean.
fn words(measure: Measure) -> (&'static str, &'static str) {
    match (measure, measure.direction()) {
        (_, Some(Direction::HigherIsTolerated)) => ("less tolerated", "better tolerated"),
        (Measure::Stability, _) => ("less destabilising", "more destabilising"),
        (Measure::DynamicsChange, _) => (
            "a smaller change of the dynamics",
            "a larger change of the dynamics",
        ),
        (Measure::Rmsf, _) => ("more rigid", "more mobile"),
        (Measure::Burial, _) => ("more exposed", "more buried"),
        (Measure::Conservation, _) => ("less conserved", "more conserved"),
        (Measure::Combined | Measure::Lor | Measure::RsaLor, _) => {
            ("less damaging", "more damaging")
        }
        _ => ("less coupled to the site", "more coupled to the site"),
    }
}

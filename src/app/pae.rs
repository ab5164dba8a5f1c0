//! The predicted aligned error of the model as the coupling panel shows it.

use std::sync::Arc;

use super::pair_map::PairMap;
use crate::study::PaeReport;

/// A finished report with its averages.
#[derive(Debug, Clone)]
pub struct Pae {
    report: Arc<PaeReport>,
    pub map: PairMap,
}

/// Å of the strongest colour: predictors count errors up to 31.75.
pub const MOST_ANGSTROM: f64 = 30.0;

impl Pae {
    #[must_use]
    pub fn new(report: &Arc<PaeReport>) -> Self {
        Self {
            map: PairMap::new(report.error_angstrom.clone()),
            report: Arc::clone(report),
        }
    }

    #[must_use]
    pub fn report(&self) -> &Arc<PaeReport> {
        &self.report
    }

    /// What it says of a pair: `PAE 12.3 Å (4.0 laid on A:80)`.
    #[must_use]
    pub fn of_pair(&self, (i, j): (usize, usize), labels: &[String]) -> String {
        let error = &self.report.error_angstrom;
        let (there, back) = (error[(i, j)], error[(j, i)]);
        if i == j || (there - back).abs() < 0.05 {
            return format!("PAE {there:.1} Å");
        }
        format!("PAE {there:.1} Å ({back:.1} laid on {})", labels[j])
    }
}

//! What-if: mutants whose predicted dynamics stand beside the wild type's.

use std::ops::Range;
use std::sync::Arc;

use crate::numeric::Matrix;
use crate::protein::Variant;
use crate::study::WhatIfReport;

/// More mutants than this are not kept side by side.
pub const MOST_MUTANTS: usize = 4;

/// The mutants that are looked at, and which change of them is on screen.
#[derive(Debug, Clone, Default)]
pub struct WhatIf {
    /// Whether the view is on screen.
    pub open: bool,
    /// The mutants, the one that was asked for first at the front.
    pub variants: Vec<Variant>,
    /// Why there is no prediction, in words.
    pub refused: Option<String>,
    /// The property on screen, among those of residues.
    pub channel: usize,
    /// What was predicted, once there.
    pub prediction: Option<Arc<Deltas>>,
}

/// Changes against the wild type, derived once when the prediction arrives.
#[derive(Debug, Clone)]
pub struct Deltas {
    report: Arc<WhatIfReport>,
    /// The positions of the subject that were predicted.
    pub segment: Range<usize>,
    pub mutants: Vec<Delta>,
}

/// The changes of one mutant.
#[derive(Debug, Clone)]
pub struct Delta {
    /// (L, channels): mutant less wild type.
    pub profiles: Matrix,
    /// (L, L) a pair channel: mutant less wild type.
    pub pairs: Vec<Matrix>,
}

impl Deltas {
    /// Of a finished report.
    #[must_use]
    pub fn new(report: &Arc<WhatIfReport>) -> Self {
        let wild_type = &report.wild_type;
        let mutants = report
            .mutants
            .iter()
            .map(|mutant| Delta {
                profiles: difference(&mutant.dynamics.profiles, &wild_type.profiles),
                pairs: mutant
                    .dynamics
                    .pairs
                    .iter()
                    .zip(&wild_type.pairs)
                    .map(|(m, w)| difference(m, w))
                    .collect(),
            })
            .collect();
        Self {
            segment: report.segment.clone(),
            mutants,
            report: Arc::clone(report),
        }
    }

    /// The report itself.
    #[must_use]
    pub fn report(&self) -> &WhatIfReport {
        &self.report
    }

    /// The largest change of a property in any mutant, for a scale that they share.
    #[must_use]
    pub fn top(&self, channel: usize) -> f64 {
        let rows = self
            .mutants
            .iter()
            .flat_map(|m| (0..m.profiles.rows()).map(move |i| m.profiles[(i, channel)].abs()));
        rows.filter(|v| v.is_finite()).fold(0.0, f64::max)
    }

    /// The pair map that goes with the view: the correlation of motions where there is one.
    #[must_use]
    pub fn pair_channel(&self) -> usize {
        let names = &self.report().pair_channels;
        names.iter().position(|n| n == "corr").unwrap_or(0)
    }
}

fn difference(a: &Matrix, b: &Matrix) -> Matrix {
    Matrix::from_fn(a.rows(), a.columns(), |i, j| a[(i, j)] - b[(i, j)])
}

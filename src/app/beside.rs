//! A second structure beside the open one, as the views need it: by the residues of the open one.

use std::sync::Arc;

use super::pair_map::{PairMap, color_limit};
use crate::engine::named_part::Taken;
use crate::numeric::stats::quantile;
use crate::numeric::{Profile, Vec3};
use crate::study::TwoStructuresReport;

/// What `:compare` named, and what is known of it so far.
#[derive(Debug, Clone)]
pub struct Second {
    /// As typed.
    pub name: String,
    /// Once it is open.
    pub taken: Option<Taken>,
    /// Once it is compared.
    pub beside: Option<Arc<Beside>>,
}

/// What differs, derived once.
#[derive(Debug, Clone)]
pub struct Beside {
    report: Arc<TwoStructuresReport>,
    /// RMSF of the partners in Å, NaN without one.
    pub rmsf_angstrom: Profile,
    /// The second laid over the first; a list of one, as it is drawn.
    pub laid_over: Vec<Vec<Option<Vec3>>>,
    /// Both together: what the picture must hold.
    pub both: Vec<Option<Vec3>>,
    pub correlation_change: PairMap,
    /// The change of a correlation with the strongest colour.
    pub correlation_limit: f64,
    /// The change of the RMSF with the strongest colour, in Å.
    pub rmsf_limit_angstrom: f64,
}

impl Beside {
    #[must_use]
    pub fn new(report: &Arc<TwoStructuresReport>, points: &[Option<Vec3>]) -> Self {
        let displacement = &report.displacement;
        let of_partner = |p: &Option<usize>| p.map_or(f64::NAN, |j| report.second.rmsf_angstrom[j]);
        let partners = displacement.partner_positions.clone();
        let sizes: Vec<f64> = report
            .rmsf_change_angstrom
            .iter()
            .map(|c| c.abs())
            .collect();
        Self {
            rmsf_angstrom: displacement
                .pairing
                .partner
                .iter()
                .map(of_partner)
                .collect(),
            both: points.iter().chain(&partners).copied().collect(),
            laid_over: vec![partners],
            correlation_limit: color_limit(&report.correlation_change),
            correlation_change: PairMap::new(report.correlation_change.clone()),
            rmsf_limit_angstrom: quantile(&sizes, 0.95),
            report: Arc::clone(report),
        }
    }

    #[must_use]
    pub fn report(&self) -> &Arc<TwoStructuresReport> {
        &self.report
    }

    /// What the second is called.
    #[must_use]
    pub fn name(&self) -> String {
        let [_, second] = self.report.names();
        second
    }

    /// Å between each Cα and its partner's, the core superposed.
    #[must_use]
    pub fn distance_angstrom(&self) -> &[f64] {
        &self.report.displacement.distance_angstrom
    }
}

//! The motion of the subject as the views need it: derived once when a report arrives, never per frame.

use std::sync::{Arc, OnceLock};

use super::pair_map::{PairMap, color_limit, domain_order};
use super::subject::Subject;
use crate::analysis::Source;
use crate::analysis::ensemble::Ensemble;
use crate::analysis::gaussian::Environment;
use crate::numeric::stats::quantile;
use crate::numeric::{Matrix, Pyramid, Vec3};
use crate::study::{Comparison, DynamicsReport, SampleReport};

/// What the screen calls a source.
#[must_use]
pub fn source_name(source: Source) -> &'static str {
    match source {
        Source::Learned(Environment::Solution) => "learned · solution",
        Source::Learned(Environment::Crystal) => "learned · crystal",
        Source::Learned(Environment::Simulation) => "learned · MD 300 K, 100 ns",
        Source::DynaProt => "DynaProt",
        Source::ParameterFree => "pfANM",
        Source::Anm => "ANM 15 Å",
        Source::Gnm => "GNM 10 Å",
        Source::SimulationRun => "simulation run",
    }
}

/// Residues nearer than this along the chain move together because they are bonded: no news.
pub const NEAR: usize = 4;

/// The dynamics of the subject from one source.
#[derive(Debug, Clone)]
pub struct Dynamics {
    report: Arc<DynamicsReport>,
    /// RMSF in Å of the first and last colour: the 2nd and the 98th percentile.
    pub rmsf_range_angstrom: (f64, f64),
    /// Averages of the correlation, for wide views of large proteins.
    pub pyramid: Arc<Pyramid>,
    /// Main axis of motion times its standard deviation in Å.
    pub axes: Vec<Option<Vec3>>,
    /// Rank of each residue by RMSF, 0 = most mobile.
    pub rank: Vec<usize>,
    /// The correlation with the strongest colour.
    pub correlation_limit: f64,
    /// The top of an axis of the RMSF in Å: a few wild ends go beyond it.
    pub axis_top_angstrom: f64,
    /// The residues by dynamic domain; `None` without domains.
    pub domain_order: Option<Vec<usize>>,
    by_domain: OnceLock<PairMap>,
    mutual_information: OnceLock<PairMap>,
    mutual_information_by_domain: OnceLock<PairMap>,
}

impl Dynamics {
    /// Derives what the views need; `None` when the report is of another length.
    #[must_use]
    pub fn new(report: &Arc<DynamicsReport>, subject: &Subject) -> Option<Self> {
        let inner = &**report;
        if inner.dynamics.len() != subject.len() || inner.rmsf_angstrom.len() != subject.len() {
            return None;
        }
        Some(Self {
            rmsf_range_angstrom: color_range(&inner.rmsf_angstrom),
            pyramid: Arc::new(Pyramid::new(&inner.dynamics.correlation)),
            axes: scaled_axes(inner),
            rank: ranks_from_largest(&inner.rmsf_angstrom),
            correlation_limit: color_limit(&inner.dynamics.correlation),
            axis_top_angstrom: axis_top(&inner.rmsf_angstrom),
            domain_order: domain_order(&inner.domains),
            by_domain: OnceLock::new(),
            mutual_information: OnceLock::new(),
            mutual_information_by_domain: OnceLock::new(),
            report: Arc::clone(report),
        })
    }

    #[must_use]
    pub fn report(&self) -> &Arc<DynamicsReport> {
        &self.report
    }

    #[must_use]
    pub fn source(&self) -> Source {
        self.report().dynamics.source
    }

    /// RMSF in Å, NaN where not known.
    #[must_use]
    pub fn rmsf_angstrom(&self) -> &[f64] {
        &self.report().rmsf_angstrom
    }

    /// (N, N) from −1 to 1.
    #[must_use]
    pub fn correlation(&self) -> &Matrix {
        &self.report().dynamics.correlation
    }

    /// The correlation with its residues by domain, made when it is first looked at.
    #[must_use]
    pub fn correlation_by_domain(&self) -> Option<&PairMap> {
        let order = self.domain_order.as_ref()?;
        let make = || PairMap::reordered(self.correlation(), order);
        Some(self.by_domain.get_or_init(make))
    }

    /// The mutual information, along the chain or by domain, made when it is first looked at.
    #[must_use]
    pub fn mutual_information(&self, by_domain: bool) -> &PairMap {
        let matrix = &self.report().dynamics.mutual_information;
        if let Some(order) = self.domain_order.as_ref().filter(|_| by_domain) {
            let make = || PairMap::reordered(matrix, order);
            self.mutual_information_by_domain.get_or_init(make)
        } else {
            let make = || PairMap::new(matrix.clone());
            self.mutual_information.get_or_init(make)
        }
    }

    /// The experiment beside it, the best first.
    #[must_use]
    pub fn comparison(&self) -> Option<&Comparison> {
        self.report().comparisons.first()
    }

    /// The residues that move most strongly with (or against) one, further than three apart along
    /// the chain, strongest first.
    #[must_use]
    pub fn strongest_partners(&self, index: usize, count: usize) -> Vec<(usize, f64)> {
        let map = self.correlation();
        if index >= map.rows() {
            return Vec::new();
        }
        let mut partners: Vec<(usize, f64)> = map
            .row(index)
            .iter()
            .copied()
            .enumerate()
            .filter(|(j, c)| j.abs_diff(index) >= NEAR && c.is_finite())
            .collect();
        partners.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        partners.truncate(count);
        partners
    }
}

/// All of the values where none is far off, else a half more than the 95th percentile.
fn axis_top(values: &[f64]) -> f64 {
    let largest = quantile(values, 1.0);
    let usual = 1.5 * quantile(values, 0.95);
    if largest > 1.4 * usual {
        usual
    } else {
        largest
    }
}

fn color_range(values: &[f64]) -> (f64, f64) {
    (quantile(values, 0.02), quantile(values, 0.98))
}

fn scaled_axes(report: &DynamicsReport) -> Vec<Option<Vec3>> {
    let marginals = &report.dynamics.marginals;
    report
        .principal_axes
        .iter()
        .zip(marginals)
        .map(|(axis, marginal)| {
            let (axis, marginal) = (axis.as_ref()?, marginal.as_ref()?);
            let variance = (marginal * axis).dot(axis).max(0.0);
            Some(axis * variance.sqrt())
        })
        .collect()
}

fn ranks_from_largest(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| match (values[*a].is_nan(), values[*b].is_nan()) {
        (false, false) => values[*b].total_cmp(&values[*a]),
        (a, b) => a.cmp(&b),
    });
    let mut ranks = vec![0; values.len()];
    for (rank, index) in order.into_iter().enumerate() {
        ranks[index] = rank;
    }
    ranks
}

/// Conformations drawn from the dynamics, those that hold together.
#[derive(Debug, Clone)]
pub struct Conformations {
    /// Cα positions in Å of each that is kept.
    pub kept: Vec<Vec<Option<Vec3>>>,
    pub drawn: usize,
    /// The seed they were drawn with.
    pub seed: u64,
    pub report: Option<Arc<SampleReport>>,
}

impl Conformations {
    /// Those of an ensemble whose bonds are whole and that clash nowhere.
    #[must_use]
    pub fn new(ensemble: &Ensemble) -> Self {
        let kept = ensemble.samples.iter().filter(|s| s.is_kept());
        Self {
            kept: kept.map(|s| s.alpha_carbons.clone()).collect(),
            drawn: ensemble.samples.len(),
            seed: ensemble.seed,
            report: None,
        }
    }

    /// Whether there is something to move through.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.kept.len() > 1
    }

    /// How many hold together, in words.
    #[must_use]
    pub fn count_text(&self) -> String {
        format!("{} of {} samples kept", self.kept.len(), self.drawn)
    }

    /// Where the atoms are at a time: from one conformation to the next a second.
    #[must_use]
    pub fn at(&self, seconds: f64) -> Vec<Option<Vec3>> {
        let count = self.kept.len();
        if count == 0 {
            return Vec::new();
        }
        let step = seconds.max(0.0).floor();
        let part = seconds.max(0.0) - step;
        let part = part * part * (3.0 - 2.0 * part);
        let from = &self.kept[step as usize % count];
        let to = &self.kept[(step as usize + 1) % count];
        let between =
            |(a, b): (&Option<Vec3>, &Option<Vec3>)| Some(a.as_ref()?.lerp(b.as_ref()?, part));
        from.iter().zip(to).map(between).collect()
    }
}

/// Who answers a push at a residue.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The residue that is pushed.
    pub site: usize,
    pub source: Source,
    /// How far each residue goes along in parts of the site's own way, NaN where not known.
    pub profile: Vec<f64>,
    /// Values of the first and last colour.
    pub range: (f64, f64),
}

impl Response {
    #[must_use]
    pub fn new(site: usize, source: Source, squares: &[f64]) -> Self {
        let profile: Vec<f64> = squares.iter().map(|s| s.sqrt()).collect();
        Self {
            site,
            source,
            range: (0.0, quantile(&profile, 0.97)),
            profile,
        }
    }
}

//! Reports as the views need them: derived once when they arrive, never per frame.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::collective::{Collective, Difference, PairMap, color_limit, domain_order};
use super::subject::Subject;
use crate::analysis::ensemble::Ensemble;
use crate::analysis::gaussian::Environment;
use crate::analysis::mutation_map::Direction;
use crate::analysis::{MutationMap, ScanMethod, Source};
use crate::numeric::stats::quantile;
use crate::numeric::{Matrix, Pyramid, Vec3};
use crate::protein::AminoAcid;
use crate::study::{Comparison, DynamicsReport, Provenance, SampleReport, ScanReport};

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
    }
}

/// What the screen calls a method.
#[must_use]
pub fn method_name(method: ScanMethod) -> &'static str {
    match method {
        ScanMethod::Stability => "ΔΔG stability",
        ScanMethod::Structure => "fits the backbone",
        ScanMethod::WildTypeMarginals => "ESM-2 wild-type marginals",
        ScanMethod::MaskedMarginals => "ESM-2 masked marginals",
        ScanMethod::EsmDance => "ESMDance change",
        ScanMethod::SeqDance => "SeqDance change",
    }
}

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
            report: Arc::clone(report),
        })
    }

    /// The report itself.
    #[must_use]
    pub fn report(&self) -> &Arc<DynamicsReport> {
        &self.report
    }

    /// Who made it.
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
            .filter(|(j, c)| j.abs_diff(index) > 3 && c.is_finite())
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
    /// All that were drawn.
    pub drawn: usize,
    /// The seed they were drawn with.
    pub seed: u64,
    /// The whole report.
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
    /// Whose dynamics answer.
    pub source: Source,
    /// How far each residue goes along in parts of the site's own way, NaN where not known.
    pub profile: Vec<f64>,
    /// Values of the first and last colour.
    pub range: (f64, f64),
}

impl Response {
    /// Of squared responses.
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

/// Half the width of a colour scale about `center`: the 98th percentile of the distances from it, so that
/// a few extremes do not wash out the rest; 1 where nothing is scored.
pub(super) fn limit(scores: &[f64], center: f64) -> f64 {
    let mut sizes: Vec<f64> = scores.iter().map(|s| (s - center).abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let at = (sizes.len() * 98 / 100).min(sizes.len().saturating_sub(1));
    sizes.get(at).copied().filter(|l| *l > 0.0).unwrap_or(1.0)
}

/// A map of substitutions, whole or still filling.
#[derive(Debug, Clone)]
pub struct MapView {
    /// The scores.
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
    /// What the scores are.
    pub title: String,
    /// Their unit.
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
        Self {
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

/// Every result on the table for the subject.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// By source.
    pub dynamics: BTreeMap<Source, Arc<Dynamics>>,
    /// Modes and responses by source.
    pub collectives: BTreeMap<Source, Arc<Collective>>,
    /// The source on screen less the second one, while both are there.
    pub difference: Option<Arc<Difference>>,
    /// Conformations by source.
    pub ensembles: BTreeMap<Source, Arc<Conformations>>,
    /// By method.
    pub maps: BTreeMap<ScanMethod, Arc<MapView>>,
    /// Why a source gave nothing, in words.
    pub refused_sources: BTreeMap<Source, String>,
    /// Why a method gave nothing, in words.
    pub refused_methods: BTreeMap<ScanMethod, String>,
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

//! The user's own scores over the map: where the rows belong, and how they agree with what is scored.

use std::sync::Arc;

use super::results::{MapView, limit};
use super::subject::Subject;
use crate::analysis::mutation_map::Direction;
use crate::analysis::{MutationMap, ScanMethod};
use crate::numeric::{Matrix, stats};
use crate::protein::AminoAcid;
use crate::protein::names::{Numbering, Sites, VariantTable};

/// Whether the map shows the user's scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MeasuredShown {
    /// It shows what is scored.
    #[default]
    No,
    /// The scores.
    Scores,
    /// Where they and the method disagree.
    Disagreement,
}

/// Agreement of the user's scores with a method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// The method.
    pub method: ScanMethod,
    /// Spearman's ρ, + where both call the same substitutions tolerated.
    pub spearman: f64,
    /// Substitutions with both.
    pub n: usize,
}

/// The user's table over the protein on the table.
#[derive(Debug, Clone)]
pub struct Measured {
    /// As it was read, to be placed again on another chain.
    pub table: Arc<VariantTable>,
    /// The file's name.
    pub name: String,
    /// The scores as a map; larger is taken as better tolerated.
    pub view: Arc<MapView>,
    /// Single substitutions that have a place here.
    pub placed: usize,
    /// Rows that have none.
    pub left_out: usize,
    /// What was done about numbering, and the first row that did not fit.
    pub remarks: Vec<String>,
    /// With the chosen method.
    pub agreement: Option<Agreement>,
    /// Percentile of damage in the data less that of the method.
    pub disagreement: Option<Arc<MapView>>,
}

impl Measured {
    /// Places the rows of a table on a subject.
    ///
    /// # Errors
    /// When no row has a place, or there is no column of numbers.
    pub fn new(table: Arc<VariantTable>, name: &str, subject: &Subject) -> Result<Self, String> {
        let scores = table.scores(None).map_err(|e| format!("{name}: {e}"))?;
        let sites = Sites::in_structure(&subject.protein, &subject.structure);
        let resolved = table.place(&sites, Numbering::Auto);
        let mut map = MutationMap::unscored(ScanMethod::Stability, subject.amino_acids.clone());
        let (mut sums, mut placed) = (Matrix::filled(subject.len(), 20, 0.0), 0);
        for (at, variant) in resolved.variants() {
            let number = scores.values[at];
            let ([single], true) = (variant.as_slice(), number.is_finite()) else {
                continue;
            };
            let key = (single.index, single.mutant.index());
            sums[key] += 1.0;
            let mean = if sums[key] > 1.0 {
                map.score[key] + (number - map.score[key]) / sums[key]
            } else {
                number
            };
            map.score[key] = mean;
            placed += 1;
        }
        let left_out = table.rows.len() - placed;
        let mut remarks = vec![format!("column {}", scores.name)];
        remarks.extend(resolved.applied.map(|found| found.to_string()));
        if let Some((row, problem)) = resolved.problems().next() {
            remarks.push(format!("line {}: {problem}", table.rows[row].line));
        }
        if placed == 0 {
            let why = remarks.last().map_or("", String::as_str);
            return Err(format!("{name}: no row has a place here {why}"));
        }
        Ok(Self {
            view: Arc::new(view_of(map, name)),
            table,
            name: name.to_owned(),
            placed,
            left_out,
            remarks,
            agreement: None,
            disagreement: None,
        })
    }

    /// Compares with a method's map.
    pub fn compare(&mut self, with: Option<&MapView>) {
        (self.agreement, self.disagreement) = (None, None);
        let Some(with) = with.filter(|w| w.map.score.rows() == self.view.map.score.rows()) else {
            return;
        };
        let sign = match with.direction {
            Direction::HigherIsTolerated => 1.0,
            Direction::HigherIsDamaging => -1.0,
        };
        let mut pairs: Vec<(usize, usize, f64, f64)> = Vec::new();
        for position in 0..self.view.map.score.rows() {
            for mutant in AminoAcid::ALL {
                let ours = self.view.map.score_of(position, mutant);
                let theirs = with.map.score_of(position, mutant);
                let is_wild_type = with.map.wild_type[position] == Some(mutant);
                if ours.is_finite() && theirs.is_finite() && !is_wild_type {
                    pairs.push((position, mutant.index(), ours, sign * theirs));
                }
            }
        }
        if pairs.len() < 3 {
            return;
        }
        let ours: Vec<f64> = pairs.iter().map(|p| p.2).collect();
        let theirs: Vec<f64> = pairs.iter().map(|p| p.3).collect();
        self.agreement = Some(Agreement {
            method: with.map.method,
            spearman: stats::spearman(&ours, &theirs),
            n: pairs.len(),
        });
        let (ours, theirs) = (stats::ranks(&ours), stats::ranks(&theirs));
        let mut map = MutationMap::unscored(ScanMethod::Stability, self.view.map.wild_type.clone());
        let last = (pairs.len() - 1) as f64;
        for (k, (position, mutant, _, _)) in pairs.iter().enumerate() {
            map.score[(*position, *mutant)] = 100.0 * (theirs[k] - ours[k]) / last;
        }
        self.disagreement = Some(Arc::new(MapView {
            title: format!("your data against {}", with.title),
            unit: "percentile points",
            direction: Direction::HigherIsDamaging,
            ..MapView::of(Arc::new(map))
        }));
    }
}

/// The user's scores, coloured about their median.
fn view_of(map: MutationMap, name: &str) -> MapView {
    let base = MapView::of(Arc::new(map));
    let center = stats::quantile(&base.sorted, 0.5);
    let score = &base.map.score;
    let centered = Matrix::from_fn(score.rows(), score.columns(), |i, j| score[(i, j)] - center);
    MapView {
        title: format!("your data {name}"),
        unit: "as measured",
        direction: Direction::HigherIsTolerated,
        center,
        position_mean: base.position_mean.iter().map(|m| m - center).collect(),
        limit: limit(&base.sorted, center),
        centered: Some(centered),
        ..base
    }
}

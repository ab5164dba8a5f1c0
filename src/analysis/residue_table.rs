//! The table of residues: how each moves, how buried it is, what it bears; sorted and filtered.

use std::sync::Arc;

use super::triage::{MARKED, Order};
use crate::analysis::mutation_map::{Direction, MutationMap};
use crate::protein::select::{Columns, Facts, Rows, SelectError, Selection};
use crate::protein::{AminoAcid, Protein, SecondaryStructure};

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResidueMeasure {
    /// RMSF in Å.
    Rmsf,
    /// Smallest variance over the largest: 1 = every direction alike.
    Anisotropy,
    /// B-factor in Å², or what else the column holds.
    B,
    /// Cβ atoms of other residues within 10 Å of the residue's Cβ.
    Burial,
    /// The same with the residues of neighbouring chains.
    BurialContext,
    /// Residues of other chains that it touches.
    Interface,
    /// Correlation of its motion with the chosen site's.
    Coupling,
    /// Score of the best tolerated substitution.
    Best,
    /// Mean score of its substitutions.
    Mean,
    /// Score of the most damaging one.
    Worst,
    /// How far the user's data and the method disagree: mean of the absolute differences in percentile points.
    Disagreement,
}

impl ResidueMeasure {
    /// Every column, in the order of the table.
    pub const ALL: [Self; 11] = [
        Self::Rmsf,
        Self::Anisotropy,
        Self::B,
        Self::Burial,
        Self::BurialContext,
        Self::Interface,
        Self::Coupling,
        Self::Best,
        Self::Mean,
        Self::Worst,
        Self::Disagreement,
    ];

    /// The name in filters and files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Rmsf => "rmsf",
            Self::Anisotropy => "anisotropy",
            Self::B => "b",
            Self::Burial => "burial",
            Self::BurialContext => "burial_context",
            Self::Interface => "interface",
            Self::Coupling => "coupling",
            Self::Best => "best",
            Self::Mean => "mean",
            Self::Worst => "worst",
            Self::Disagreement => "disagreement",
        }
    }

    /// What it is, in words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Rmsf => "Å",
            Self::Anisotropy => "1 = every direction alike",
            Self::B => "the B column",
            Self::Burial => "neighbours within 10 Å",
            Self::BurialContext => "the same with those of other chains",
            Self::Interface => "residues of other chains touched, heavy atoms within 4.5 Å",
            Self::Coupling => "correlation with the site",
            Self::Best => "score of the best tolerated substitution",
            Self::Mean => "mean score of the substitutions",
            Self::Worst => "score of the most damaging substitution",
            Self::Disagreement => "your data against the method, percentile points",
        }
    }

    /// The column of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.id() == id)
    }
}

/// What the table is made of; an empty slice leaves its column out.
#[derive(Debug, Clone, Copy)]
pub struct ResidueInput<'a> {
    pub protein: &'a Arc<Protein>,
    /// For filters.
    pub secondary: &'a [SecondaryStructure],
    pub rmsf_angstrom: &'a [f64],
    pub anisotropy: &'a [f64],
    pub b_column: &'a [f64],
    pub burial_neighbours: &'a [f64],
    pub burial_context: &'a [f64],
    pub interface: &'a [f64],
    /// Correlation of every residue with the site.
    pub coupling: &'a [f64],
    /// The mutation map, with what a larger score means.
    pub scores: Option<(&'a MutationMap, Direction)>,
    /// Data less method, by substitution.
    pub disagreement: Option<&'a MutationMap>,
}

/// One row a residue, in the order of the protein.
#[derive(Debug, Clone)]
pub struct ResidueTable {
    protein: Arc<Protein>,
    secondary: Vec<SecondaryStructure>,
    columns: Vec<(ResidueMeasure, Vec<f64>)>,
    best: Vec<Option<AminoAcid>>,
    worst: Vec<Option<AminoAcid>>,
}

impl ResidueTable {
    #[must_use]
    pub fn new(input: &ResidueInput<'_>) -> Self {
        let n = input.protein.len();
        let mut columns: Vec<(ResidueMeasure, Vec<f64>)> = vec![
            (ResidueMeasure::Rmsf, input.rmsf_angstrom.to_vec()),
            (ResidueMeasure::Anisotropy, input.anisotropy.to_vec()),
            (ResidueMeasure::B, input.b_column.to_vec()),
            (ResidueMeasure::Burial, input.burial_neighbours.to_vec()),
            (ResidueMeasure::BurialContext, input.burial_context.to_vec()),
            (ResidueMeasure::Interface, input.interface.to_vec()),
            (ResidueMeasure::Coupling, input.coupling.to_vec()),
        ];
        let (mut best, mut worst) = (vec![None; n], vec![None; n]);
        if let Some((map, direction)) = input.scores.filter(|(m, _)| m.score.rows() == n) {
            let ends = |i: usize| extremes(map, direction, i);
            let found: Vec<_> = (0..n).map(ends).collect();
            let score = |a: Option<(AminoAcid, f64)>| a.map_or(f64::NAN, |(_, score)| score);
            let letter = |a: Option<(AminoAcid, f64)>| a.map(|(a, _)| a);
            best = found.iter().map(|f| letter(f.0)).collect();
            worst = found.iter().map(|f| letter(f.1)).collect();
            let scores = |end: fn(&Ends) -> Option<(AminoAcid, f64)>| {
                found.iter().map(|f| score(end(f))).collect()
            };
            columns.push((ResidueMeasure::Best, scores(|f| f.0)));
            columns.push((ResidueMeasure::Mean, map.position_means()));
            columns.push((ResidueMeasure::Worst, scores(|f| f.1)));
        }
        if let Some(map) = input.disagreement.filter(|m| m.score.rows() == n) {
            columns.push((
                ResidueMeasure::Disagreement,
                (0..n).map(|i| mean_size(map.score.row(i))).collect(),
            ));
        }
        columns.retain(|(_, values)| values.len() == n && values.iter().any(|v| v.is_finite()));
        Self {
            protein: Arc::clone(input.protein),
            secondary: input.secondary.to_vec(),
            columns,
            best,
            worst,
        }
    }

    /// The columns that have values, in order.
    pub fn measures(&self) -> impl Iterator<Item = ResidueMeasure> {
        self.columns.iter().map(|(measure, _)| *measure)
    }

    /// The value of a residue; NaN where not known.
    #[must_use]
    pub fn value(&self, measure: ResidueMeasure, index: usize) -> f64 {
        let column = self.columns.iter().find(|(m, _)| *m == measure);
        let value = column.and_then(|(_, values)| values.get(index));
        value.copied().unwrap_or(f64::NAN)
    }

    /// The best tolerated substitution of a residue.
    #[must_use]
    pub fn best(&self, index: usize) -> Option<AminoAcid> {
        self.best.get(index).copied().flatten()
    }

    /// The most damaging one.
    #[must_use]
    pub fn worst(&self, index: usize) -> Option<AminoAcid> {
        self.worst.get(index).copied().flatten()
    }

    /// The residues that a filter leaves, sorted by a column; unknown values come last either way.
    #[must_use]
    pub fn sorted(
        &self,
        by: Option<(ResidueMeasure, Order)>,
        filter: Option<&Selection>,
        is_marked: &dyn Fn(usize) -> bool,
    ) -> Vec<usize> {
        let all: Vec<usize> = (0..self.protein.len()).collect();
        let mut shown: Vec<usize> = match filter {
            None => all,
            Some(filter) => {
                let held = filter.matches_rows(&Rows {
                    protein: &self.protein,
                    secondary: &self.secondary,
                    residues: &all,
                    facts: &Marked {
                        table: self,
                        is_marked,
                    },
                });
                all.iter().copied().filter(|i| held[*i]).collect()
            }
        };
        if let Some((measure, order)) = by {
            shown.sort_by(|a, b| {
                let (a, b) = (self.value(measure, *a), self.value(measure, *b));
                a.is_nan().cmp(&b.is_nan()).then_with(|| match order {
                    Order::Ascending => a.total_cmp(&b),
                    Order::Descending => b.total_cmp(&a),
                })
            });
        }
        shown
    }
}

/// Reads a filter: a selection that may compare the columns (`rmsf > 1 and burial > 20`) and knows `marked`.
///
/// # Errors
/// [`SelectError`] with the place of the first fault.
pub fn filter(text: &str) -> Result<Selection, SelectError> {
    let columns = Columns {
        numbers: &ResidueMeasure::ALL.map(ResidueMeasure::id),
        amino_acids: &[],
        flags: &[MARKED],
    };
    Selection::parse_with(text, columns)
}

struct Marked<'a> {
    table: &'a ResidueTable,
    is_marked: &'a dyn Fn(usize) -> bool,
}

impl Facts for Marked<'_> {
    fn number(&self, field: &str, row: usize) -> Option<f64> {
        if field == MARKED {
            return Some(f64::from(u8::from((self.is_marked)(row))));
        }
        let value = self.table.value(ResidueMeasure::from_id(field)?, row);
        value.is_finite().then_some(value)
    }
}

/// The best tolerated and the most damaging substitution, with their scores.
type Ends = (Option<(AminoAcid, f64)>, Option<(AminoAcid, f64)>);

/// The best tolerated and the most damaging substitution of a position.
#[must_use]
pub fn extremes(map: &MutationMap, direction: Direction, index: usize) -> Ends {
    let scored = AminoAcid::ALL.into_iter().filter_map(|mutant| {
        let score = map.score_of(index, mutant);
        let is_own = map.wild_type.get(index) == Some(&Some(mutant));
        (score.is_finite() && !is_own).then_some((mutant, score))
    });
    let damage = |(_, score): &(AminoAcid, f64)| match direction {
        Direction::HigherIsDamaging => *score,
        Direction::HigherIsTolerated => -*score,
    };
    let all: Vec<(AminoAcid, f64)> = scored.collect();
    let by_damage = |a: &&(AminoAcid, f64), b: &&(AminoAcid, f64)| damage(a).total_cmp(&damage(b));
    (
        all.iter().min_by(by_damage).copied(),
        all.iter().max_by(by_damage).copied(),
    )
}

fn mean_size(values: &[f64]) -> f64 {
    let known = values.iter().filter(|v| v.is_finite());
    let (sum, n) = known.fold((0.0, 0.0), |(s, n), v| (s + v.abs(), n + 1.0));
    sum / n
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::analysis::ScanMethod;
    use crate::protein::Sequence;

    fn protein() -> Arc<Protein> {
        Arc::new(Protein::of_sequence(&Sequence::new("p", "MAG").unwrap()))
    }

    fn map(protein: &Protein) -> MutationMap {
        let mut map = MutationMap::unscored(ScanMethod::Stability, protein.amino_acids());
        for (index, mutant, score) in [
            (0, AminoAcid::Ala, 2.0),
            (0, AminoAcid::Trp, -1.0),
            (0, AminoAcid::Met, 9.0),
            (1, AminoAcid::Gly, 0.5),
        ] {
            map.score[(index, mutant.index())] = score;
        }
        map
    }

    #[test]
    fn residues_are_sorted_filtered_and_bear_their_extremes() {
        let protein = protein();
        let map = map(&protein);
        let table = ResidueTable::new(&ResidueInput {
            protein: &protein,
            secondary: &[SecondaryStructure::Coil; 3],
            rmsf_angstrom: &[0.5, f64::NAN, 2.0],
            anisotropy: &[],
            b_column: &[f64::NAN; 3],
            burial_neighbours: &[1.0, 2.0, 3.0],
            burial_context: &[],
            interface: &[],
            coupling: &[],
            scores: Some((&map, Direction::HigherIsDamaging)),
            disagreement: None,
        });
        let ids: Vec<&str> = table.measures().map(ResidueMeasure::id).collect();
        assert_eq!(ids, ["rmsf", "burial", "best", "mean", "worst"]);
        assert_eq!(
            (table.best(0), table.worst(0)),
            (Some(AminoAcid::Trp), Some(AminoAcid::Ala))
        );
        assert_eq!((table.best(2), table.worst(2)), (None, None));
        let by = |order| Some((ResidueMeasure::Rmsf, order));
        let none = |_: usize| false;
        assert_eq!(table.sorted(by(Order::Descending), None, &none), [2, 0, 1]);
        assert_eq!(table.sorted(by(Order::Ascending), None, &none), [0, 2, 1]);
        let held = |text: &str| {
            let filter = filter(text).unwrap();
            table.sorted(None, Some(&filter), &|i| i == 1)
        };
        assert_eq!(held("rmsf > 1"), [2]);
        assert_eq!(held("marked or best < 0"), [0, 1]);
        assert!(filter("llr > 1").is_err());
    }
}

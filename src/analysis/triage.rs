//! The table of all single substitutions: every measure in its own column, sorted, filtered, explained.
//!
//! Columns are kept side by side and never collapsed into one number. Ranks and percentiles of a column are
//! over all its known values, whatever the filter shows.

mod burial;
mod reason;

use std::sync::Arc;

use crate::analysis::mutation_map::{Direction, MutationMap, ScanMethod};
use crate::protein::select::{Columns, Facts, Rows, SelectError, Selection};
use crate::protein::{AminoAcid, Protein, ResidueId, SecondaryStructure, Substitution};

pub use burial::{BURIAL_RADIUS_ANGSTROM, burial_in_context, burial_neighbours};
pub use reason::Reason;

/// The word of a filter for the rows that the user marked.
pub const MARKED: &str = "marked";

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Measure {
    /// Log-likelihood ratio of a language model: mutant minus wild type, nat.
    Llr,
    /// Log-likelihood ratio of the residue network given the backbone, nat.
    Structure,
    /// ΔΔG in kcal/mol, positive = destabilising.
    Stability,
    /// Percentile of the combined score, 0 to 100.
    Combined,
    /// Log odds ratio in the alignment, nat.
    Lor,
    /// The same times the part of the residue that the solvent does not reach, nat.
    RsaLor,
    /// Relative change of the predicted dynamics.
    DynamicsChange,
    /// RMSF of the residue in Å.
    Rmsf,
    /// Cβ atoms of other residues within 10 Å of the residue's Cβ.
    Burial,
    /// How much one residue is kept at the site, in bits, 0 to 1.
    Conservation,
    /// Correlation of the residue's motion with the chosen site's, −1 to 1.
    Coupling,
    /// The user's own score, as measured.
    Data,
    /// Percentile of damage in the user's data less that of the method on screen.
    Disagreement,
}

impl Measure {
    /// Every column, in the order of the table.
    pub const ALL: [Self; 13] = [
        Self::Llr,
        Self::Structure,
        Self::Stability,
        Self::Combined,
        Self::Lor,
        Self::RsaLor,
        Self::DynamicsChange,
        Self::Rmsf,
        Self::Burial,
        Self::Conservation,
        Self::Coupling,
        Self::Data,
        Self::Disagreement,
    ];

    /// The name in filters and files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Llr => "llr",
            Self::Structure => "structure",
            Self::Stability => "ddg",
            Self::Combined => "combined",
            Self::Lor => "lor",
            Self::RsaLor => "rsalor",
            Self::DynamicsChange => "dynamics",
            Self::Rmsf => "rmsf",
            Self::Burial => "burial",
            Self::Conservation => "conserved",
            Self::Coupling => "coupling",
            Self::Data => "data",
            Self::Disagreement => "disagreement",
        }
    }

    /// The column of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.id() == id)
    }

    /// The unit of the values.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Llr | Self::Structure | Self::Lor | Self::RsaLor => "nat",
            Self::Stability => "kcal/mol",
            Self::Combined => "percentile",
            Self::DynamicsChange => "relative change",
            Self::Rmsf => "Å",
            Self::Burial => "neighbours",
            Self::Conservation => "bits",
            Self::Coupling => "correlation",
            Self::Data => "as measured",
            Self::Disagreement => "percentile points",
        }
    }

    /// What the column holds, in words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Llr => "language model: log-likelihood ratio in nat, lower = more damaging",
            Self::Structure => {
                "fit to the backbone: log-likelihood ratio in nat, lower = more damaging"
            }
            Self::Stability => "ΔΔG of folding in kcal/mol, higher = more damaging",
            Self::DynamicsChange => "relative change of the predicted dynamics",
            Self::Combined => "stability and alignment together, higher = more damaging",
            Self::Lor => "alignment: log-odds ratio, higher = more damaging",
            Self::RsaLor => "alignment: log-odds ratio weighted by burial, higher = more damaging",
            Self::Rmsf => "RMSF of the residue in Å",
            Self::Burial => "neighbours within 10 Å of the residue",
            Self::Conservation => "how much one residue is kept at the site, 0 to 1",
            Self::Coupling => "correlation of the residue's motion with the site's",
            Self::Data => "your own score, as measured",
            Self::Disagreement => {
                "your data less the method on screen, percentile points of damage"
            }
        }
    }

    /// Which end means damage; `None` for what describes the site.
    #[must_use]
    pub fn direction(self) -> Option<Direction> {
        match self {
            Self::Llr | Self::Structure => Some(Direction::HigherIsTolerated),
            Self::Stability | Self::Combined | Self::Lor | Self::RsaLor | Self::DynamicsChange => {
                Some(Direction::HigherIsDamaging)
            }
            Self::Rmsf
            | Self::Burial
            | Self::Conservation
            | Self::Coupling
            | Self::Data
            | Self::Disagreement => None,
        }
    }

    /// Whether all substitutions of a residue share the value.
    #[must_use]
    pub fn is_of_residue(self) -> bool {
        matches!(
            self,
            Self::Rmsf | Self::Burial | Self::Conservation | Self::Coupling
        )
    }

    /// The column that a scan method fills.
    #[must_use]
    pub fn of_method(method: ScanMethod) -> Self {
        match method {
            ScanMethod::WildTypeMarginals | ScanMethod::MaskedMarginals => Self::Llr,
            ScanMethod::Structure => Self::Structure,
            ScanMethod::Stability => Self::Stability,
            ScanMethod::Combined => Self::Combined,
            ScanMethod::Lor => Self::Lor,
            ScanMethod::RsaLor => Self::RsaLor,
            ScanMethod::EsmDance | ScanMethod::SeqDance => Self::DynamicsChange,
        }
    }
}

/// What the table is made of; an empty slice leaves its column unknown.
#[derive(Debug, Clone, Copy, Default)]
pub struct TriageInput<'a> {
    /// The residues, of a bare sequence [`Protein::of_sequence`]; one that is no standard one has no rows.
    pub protein: Option<&'a Arc<Protein>>,
    /// Score maps of the same positions; of two that fill one column the later counts.
    pub maps: &'a [&'a MutationMap],
    /// Å.
    pub rmsf_angstrom: &'a [f64],
    /// See [`burial_neighbours`].
    pub burial_neighbours: &'a [f64],
    /// See [`crate::analysis::conservation`].
    pub conservation: &'a [f64],
    /// Correlation of every residue with the chosen site.
    pub coupling: &'a [f64],
    /// For filters.
    pub secondary: &'a [SecondaryStructure],
    /// The user's own scores.
    pub data: Option<&'a MutationMap>,
    /// Them against the method on screen, in percentile points.
    pub disagreement: Option<&'a MutationMap>,
}

/// One column: its values, and its known values in order.
#[derive(Debug, Clone)]
struct Values {
    measure: Measure,
    of_row: Vec<f64>,
    sorted: Vec<f64>,
}

/// L × 19 rows in the order of positions, then of [`AminoAcid::ALL`].
#[derive(Debug, Clone)]
pub struct Triage {
    rows: Vec<Substitution>,
    protein: Option<Arc<Protein>>,
    secondary: Vec<SecondaryStructure>,
    columns: Vec<Values>,
}

impl Triage {
    /// The table of everything that is known.
    #[must_use]
    pub fn new(input: &TriageInput<'_>) -> Self {
        let wild_type = input.protein.map_or_else(Vec::new, |p| p.amino_acids());
        let rows = substitutions(&wild_type);
        let mut columns = Vec::new();
        for measure in Measure::ALL {
            let of_row: Vec<f64> = match measure {
                Measure::Rmsf => of_residues(&rows, input.rmsf_angstrom),
                Measure::Burial => of_residues(&rows, input.burial_neighbours),
                Measure::Conservation => of_residues(&rows, input.conservation),
                Measure::Coupling => of_residues(&rows, input.coupling),
                Measure::Data => input.data.map_or_else(Vec::new, |map| of_map(&rows, map)),
                Measure::Disagreement => {
                    let map = input.disagreement;
                    map.map_or_else(Vec::new, |map| of_map(&rows, map))
                }
                scored => {
                    let map = input
                        .maps
                        .iter()
                        .rev()
                        .find(|m| Measure::of_method(m.method) == scored);
                    map.map_or_else(Vec::new, |map| of_map(&rows, map))
                }
            };
            if of_row.iter().any(|v| !v.is_nan()) {
                columns.push(Values::new(measure, of_row, &rows));
            }
        }
        Self {
            rows,
            protein: input.protein.cloned(),
            secondary: input.secondary.to_vec(),
            columns,
        }
    }

    /// Every substitution; the index in this slice is the row.
    #[must_use]
    pub fn rows(&self) -> &[Substitution] {
        &self.rows
    }

    /// The row of a substitution.
    #[must_use]
    pub fn row_of(&self, index: usize, mutant: AminoAcid) -> Option<usize> {
        self.rows
            .binary_search_by_key(&(index, mutant), |s| (s.index, s.mutant))
            .ok()
    }

    /// The columns that have values, in order.
    pub fn measures(&self) -> impl Iterator<Item = Measure> {
        self.columns.iter().map(|c| c.measure)
    }

    /// The value of a row; NaN where not known.
    #[must_use]
    pub fn value(&self, measure: Measure, row: usize) -> f64 {
        let value = self.column(measure).and_then(|c| c.of_row.get(row));
        value.copied().unwrap_or(f64::NAN)
    }

    /// As people write it: `A:G42P`, with the insertion code where there is one.
    #[must_use]
    pub fn name(&self, row: usize) -> String {
        let protein = self.protein.as_ref().zip(self.rows.get(row));
        protein.map_or_else(String::new, |(p, s)| p.full_name(s.index, Some(s.mutant)))
    }

    /// The author's numbering of a row's residue.
    #[must_use]
    pub fn id(&self, row: usize) -> Option<&ResidueId> {
        let residues = &self.protein.as_ref()?.residues;
        residues.get(self.rows.get(row)?.index).map(|r| &r.id)
    }

    /// The rows that a filter leaves, sorted by a column; equal values stay in the order of the sequence, and
    /// unknown ones come last either way.
    #[must_use]
    pub fn sorted(
        &self,
        by: Option<(Measure, Order)>,
        filter: Option<&Selection>,
        is_marked: &dyn Fn(usize) -> bool,
    ) -> Vec<usize> {
        let mut shown = match filter {
            Some(filter) => self.passing(filter, is_marked),
            None => (0..self.rows.len()).collect(),
        };
        let Some((measure, order)) = by else {
            return shown;
        };
        let Some(column) = self.column(measure) else {
            return shown;
        };
        let value = |row: &usize| column.of_row[*row];
        shown.sort_by(|a, b| {
            let (a, b) = (value(a), value(b));
            a.is_nan().cmp(&b.is_nan()).then_with(|| match order {
                Order::Ascending => a.total_cmp(&b),
                Order::Descending => b.total_cmp(&a),
            })
        });
        shown
    }

    /// 1 for the most damaging known value of a column (the largest, for columns that describe the site).
    #[must_use]
    pub fn rank(&self, measure: Measure, row: usize) -> Option<usize> {
        let (below, equal, all) = self.column(measure)?.position(row)?;
        let damage_is_high = measure.direction() != Some(Direction::HigherIsTolerated);
        Some(if damage_is_high {
            all - below - equal + 1
        } else {
            below + 1
        })
    }

    /// Percent of the known values of a column that are smaller, equal ones counted half: 0 to 100.
    #[must_use]
    pub fn percentile(&self, measure: Measure, row: usize) -> Option<f64> {
        let (below, equal, all) = self.column(measure)?.position(row)?;
        Some(100.0 * (below as f64 + 0.5 * equal as f64) / all as f64)
    }

    fn passing(&self, filter: &Selection, is_marked: &dyn Fn(usize) -> bool) -> Vec<usize> {
        let Some(protein) = &self.protein else {
            return Vec::new();
        };
        let residues: Vec<usize> = self.rows.iter().map(|s| s.index).collect();
        let held = filter.matches_rows(&Rows {
            protein,
            secondary: &self.secondary,
            residues: &residues,
            facts: &Marked {
                table: self,
                is_marked,
            },
        });
        (0..held.len()).filter(|row| held[*row]).collect()
    }

    fn column(&self, measure: Measure) -> Option<&Values> {
        self.columns.iter().find(|c| c.measure == measure)
    }
}

/// Reads a filter: a selection that may compare the columns (`llr > -2`, `rmsf <= 1`), their percentiles
/// (`pct.llr < 5`), and name the wild type and the mutant (`wt G and mut A,V`). What is not known
/// matches nothing.
///
/// # Errors
/// [`SelectError`] with the place of the first fault.
pub fn filter(text: &str) -> Result<Selection, SelectError> {
    let names = Measure::ALL.map(Measure::id);
    let percentiles = names.map(|name| format!("pct.{name}"));
    let numbers: Vec<&str> = names
        .into_iter()
        .chain(percentiles.iter().map(String::as_str))
        .collect();
    let columns = Columns {
        numbers: &numbers,
        amino_acids: &["wt", "mut"],
        flags: &[MARKED],
    };
    Selection::parse_with(text, columns)
}

/// What the user marked beside what the table holds.
struct Marked<'a> {
    table: &'a Triage,
    is_marked: &'a dyn Fn(usize) -> bool,
}

impl Facts for Marked<'_> {
    fn number(&self, field: &str, row: usize) -> Option<f64> {
        match field {
            MARKED => Some(f64::from(u8::from((self.is_marked)(row)))),
            _ => self.table.number(field, row),
        }
    }

    fn amino_acid(&self, field: &str, row: usize) -> Option<AminoAcid> {
        self.table.amino_acid(field, row)
    }
}

impl Facts for Triage {
    fn number(&self, field: &str, row: usize) -> Option<f64> {
        match field.strip_prefix("pct.") {
            Some(name) => self.percentile(Measure::from_id(name)?, row),
            None => Some(self.value(Measure::from_id(field)?, row)),
        }
    }

    fn amino_acid(&self, field: &str, row: usize) -> Option<AminoAcid> {
        let substitution = self.rows.get(row)?;
        Some(match field {
            "wt" => substitution.wild_type,
            _ => substitution.mutant,
        })
    }
}

/// Direction of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Order {
    /// The order that puts the best tolerated rows of a column first, and the largest values of one that
    /// describes the site.
    #[must_use]
    pub fn best_first(measure: Measure) -> Self {
        match measure.direction() {
            Some(Direction::HigherIsDamaging) => Self::Ascending,
            _ => Self::Descending,
        }
    }
}

impl Values {
    fn new(measure: Measure, of_row: Vec<f64>, rows: &[Substitution]) -> Self {
        // What belongs to a residue counts once a residue, not once a substitution.
        let once = |row: usize| row == 0 || rows[row].index != rows[row - 1].index;
        let mut sorted: Vec<f64> = of_row
            .iter()
            .enumerate()
            .filter(|(row, v)| !v.is_nan() && (!measure.is_of_residue() || once(*row)))
            .map(|(_, v)| *v)
            .collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self {
            measure,
            of_row,
            sorted,
        }
    }

    /// How many known values are smaller than the row's, how many equal it, and how many there are.
    fn position(&self, row: usize) -> Option<(usize, usize, usize)> {
        let value = self.of_row.get(row).copied().filter(|v| !v.is_nan())?;
        let below = self.sorted.partition_point(|v| *v < value);
        let up_to = self.sorted.partition_point(|v| *v <= value);
        Some((below, up_to - below, self.sorted.len()))
    }
}

fn substitutions(wild_type: &[Option<AminoAcid>]) -> Vec<Substitution> {
    let known = wild_type
        .iter()
        .enumerate()
        .filter_map(|(index, w)| Some((index, (*w)?)));
    known
        .flat_map(|(index, wild_type)| Substitution::all_at(index, wild_type))
        .collect()
}

fn of_residues(rows: &[Substitution], values: &[f64]) -> Vec<f64> {
    rows.iter()
        .map(|s| values.get(s.index).copied().unwrap_or(f64::NAN))
        .collect()
}

fn of_map(rows: &[Substitution], map: &MutationMap) -> Vec<f64> {
    let length = map.score.rows();
    let score = |s: &Substitution| {
        let known = (s.index < length).then(|| map.score_of(s.index, s.mutant));
        known.unwrap_or(f64::NAN)
    };
    rows.iter().map(score).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

//! A list of variants, single or multiple, scored by every method that is here, and ranked.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::subject::Subject;
use crate::analysis::ScanMethod;
use crate::analysis::mutation_map::Direction;
use crate::export::ranking::{RankedRow, Ranking};
use crate::export::table::{Refused, ScoredLine, ScoredList};
use crate::numeric::stats;
use crate::protein::Variant;
use crate::protein::names::{Numbering, Sites, VariantTable};
use crate::study::ScoreReport;

/// What the table of variants is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RankBy {
    /// The mean of the ranks that the methods give, best tolerated first.
    #[default]
    MeanRank,
    /// The order of the list.
    List,
    /// A method, best tolerated first.
    Method(ScanMethod),
}

#[derive(Debug, Clone)]
pub struct VariantList {
    /// The file, or the variants themselves.
    pub name: String,
    pub list: ScoredList,
    pub variants: Vec<Variant>,
    pub scores: BTreeMap<ScanMethod, Arc<ScoreReport>>,
    /// Why a method scored nothing, in words.
    pub refused: BTreeMap<ScanMethod, String>,
    /// The entries in the order of the screen.
    pub order: Vec<usize>,
    /// What was done about numbering.
    pub remarks: Vec<String>,
    pub by: RankBy,
    /// The chosen row of the screen.
    pub row: usize,
}

impl VariantList {
    /// Puts the entries of a list on what is open.
    #[must_use]
    pub fn new(name: &str, table: &VariantTable, subject: &Subject) -> Self {
        let sites = Sites::in_structure(&subject.protein, &subject.structure);
        let resolved = table.place(&sites, Numbering::Guarded);
        let mut variants = Vec::new();
        let outcomes = resolved.outcomes.iter().zip(&table.rows).enumerate();
        let lines = outcomes.map(|(at, (outcome, row))| ScoredLine {
            row: at + 1,
            written: row.text.clone(),
            fields: row.fields.clone(),
            outcome: match outcome {
                Ok(variant) => {
                    variants.push(variant.clone());
                    Ok(variants.len() - 1)
                }
                Err(error) => Err(Refused {
                    reason: error.to_string(),
                    is_elsewhere: false,
                }),
            },
        });
        let lines: Vec<ScoredLine> = lines.collect();
        let mut remarks = resolved.remarks.clone();
        remarks.extend(resolved.proposal.iter().map(ToString::to_string));
        Self {
            name: name.to_owned(),
            order: (0..lines.len()).collect(),
            list: ScoredList {
                columns: table.columns.clone(),
                lines,
            },
            variants,
            scores: BTreeMap::new(),
            refused: BTreeMap::new(),
            remarks,
            by: RankBy::default(),
            row: 0,
        }
    }

    /// The score of an entry; NaN where there is none.
    #[must_use]
    pub fn score(&self, method: ScanMethod, entry: usize) -> f64 {
        let at = self.list.lines[entry].outcome.as_ref().ok();
        let found = at.and_then(|at| self.scores.get(&method)?.scores.get(*at));
        found.map_or(f64::NAN, |s| s.score)
    }

    /// Rank of each entry by a method, 1 = best tolerated, equal ones shared; NaN where it has no score.
    fn ranks(&self, method: ScanMethod) -> Vec<f64> {
        let sign = match method.direction() {
            Direction::HigherIsDamaging => 1.0,
            Direction::HigherIsTolerated => -1.0,
        };
        let all = (0..self.list.lines.len()).map(|entry| sign * self.score(method, entry));
        let all: Vec<f64> = all.collect();
        let known: Vec<f64> = all.iter().copied().filter(|v| v.is_finite()).collect();
        let ranks = stats::ranks(&known);
        let lowest = ranks.iter().copied().fold(f64::INFINITY, f64::min);
        let mut ranks = ranks.into_iter();
        // From 1 on, however they are counted.
        let mut next = || {
            ranks
                .next()
                .map_or(f64::NAN, |rank| rank - lowest.floor() + 1.0)
        };
        all.iter()
            .map(|v| if v.is_finite() { next() } else { f64::NAN })
            .collect()
    }

    /// The mean of an entry's ranks over the methods that scored it; NaN where none did.
    #[must_use]
    pub fn mean_ranks(&self) -> Vec<f64> {
        let by_method: Vec<Vec<f64>> = self.scores.keys().map(|m| self.ranks(*m)).collect();
        (0..self.list.lines.len())
            .map(|entry| {
                let known = by_method.iter().map(|r| r[entry]).filter(|r| r.is_finite());
                let (sum, n) = known.fold((0.0, 0.0), |(s, n), r| (s + r, n + 1.0));
                sum / n
            })
            .collect()
    }

    /// Sorts the entries; those without a rank come last, in the order of the list.
    pub fn arrange(&mut self) {
        let keys = match self.by {
            RankBy::List => (0..self.list.lines.len()).map(|i| i as f64).collect(),
            RankBy::MeanRank => self.mean_ranks(),
            RankBy::Method(method) => self.ranks(method),
        };
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|a, b| {
            let (a, b) = (keys[*a], keys[*b]);
            a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(&b))
        });
        self.order = order;
    }

    /// Sorts by the next way: mean rank, each method, the order of the list.
    pub fn next_order(&mut self) {
        let methods = self.scores.keys().map(|m| RankBy::Method(*m));
        let mut ways = vec![RankBy::MeanRank];
        ways.extend(methods);
        ways.push(RankBy::List);
        let at = ways.iter().position(|w| *w == self.by).unwrap_or(0);
        self.by = ways[(at + 1) % ways.len()];
        self.arrange();
    }

    /// Why an entry has no score, or what is to be said of it.
    #[must_use]
    pub fn note(&self, entry: usize) -> String {
        match &self.list.lines[entry].outcome {
            Err(refused) => refused.reason.clone(),
            Ok(at) => {
                let notes = self
                    .scores
                    .values()
                    .filter_map(|r| r.scores.get(*at)?.note.clone());
                notes.collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// As people write it; what was written where it does not fit.
    #[must_use]
    pub fn name_of(&self, entry: usize, subject: &Subject) -> String {
        let line = &self.list.lines[entry];
        match line
            .outcome
            .as_ref()
            .ok()
            .and_then(|at| self.variants.get(*at))
        {
            Some(variant) => subject.protein.variant_name(variant),
            None => line.written.clone(),
        }
    }

    /// The table as a file has it.
    #[must_use]
    pub fn ranking(&self, subject: &Subject) -> Ranking {
        let ranks = self.mean_ranks();
        let row = |entry: &usize| RankedRow {
            row: self.list.lines[*entry].row,
            mutant: self.name_of(*entry, subject),
            rank: ranks[*entry],
            scores: self.scores.keys().map(|m| self.score(*m, *entry)).collect(),
            note: self.note(*entry),
            written: self.list.lines[*entry].written.clone(),
            fields: self.list.lines[*entry].fields.clone(),
        };
        Ranking {
            methods: self.scores.keys().map(|m| m.id()).collect(),
            columns: self.list.columns.clone(),
            rows: self.order.iter().map(row).collect(),
            provenance: self.scores.values().map(|r| r.provenance.clone()).collect(),
        }
    }
}

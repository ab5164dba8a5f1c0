//! The triage table of the state: all substitutions with what is known of each, in the order and
//! through the filter that the user chose. Its row is that of the one cursor.

use std::sync::Arc;

use super::command::Command;
use super::marks::MarkKey;
use super::message::Notice;
use super::panel::Panel;
use super::state::State;
use crate::analysis::MutationMap;
use crate::analysis::triage::{self, Measure, Order, Triage, TriageInput};
use crate::engine::report::Provenance;
use crate::export::mutants::{MutantRow, MutantTable};
use crate::protein::{AminoAcid, select::Selection};

/// The table and what of it is shown.
#[derive(Debug, Clone, Default)]
pub struct TriageTable {
    /// All rows; `None` until something is scored.
    pub table: Option<Arc<Triage>>,
    /// Rows shown, in order.
    pub shown: Vec<usize>,
    /// Sorted by that column.
    pub sort: Option<(Measure, Order)>,
    /// The filter as typed.
    pub filter_text: String,
    /// Sorted by that column as soon as it is there.
    wanted: Option<(Measure, Order)>,
    filter: Option<Selection>,
}

impl TriageTable {
    fn arrange(&mut self) {
        self.shown = self.table.as_ref().map_or_else(Vec::new, |table| {
            table.sorted(self.sort, self.filter.as_ref())
        });
    }

    /// Columns with values, in order.
    #[must_use]
    pub fn measures(&self) -> Vec<Measure> {
        self.table
            .as_ref()
            .map_or_else(Vec::new, |t| t.measures().collect())
    }
}

impl State {
    /// Makes the rows anew from the results.
    pub(super) fn refresh_triage(&mut self) {
        let Some(subject) = self.subject.clone() else {
            self.triage = TriageTable::default();
            return;
        };
        let maps: Vec<&MutationMap> = self.results.maps.values().map(|v| &*v.map).collect();
        if maps.is_empty() {
            self.triage.table = None;
            self.triage.arrange();
            return;
        }
        let dynamics = self.dynamics().cloned();
        let site = self.cursor.partner;
        let table = Triage::new(&TriageInput {
            protein: Some(&subject.protein),
            maps: &maps,
            rmsf_angstrom: dynamics.as_ref().map_or(&[], |d| d.rmsf_angstrom()),
            burial_neighbours: &subject.burial,
            coupling: match (&dynamics, site) {
                (Some(d), Some(site)) => d.correlation().row(site),
                _ => &[],
            },
            secondary: &subject.secondary,
        });
        self.triage.table = Some(Arc::new(table));
        let measures = self.triage.measures();
        let there = |(m, _): &(Measure, Order)| measures.contains(m);
        let wanted = self.triage.wanted.take_if(|sort| there(sort));
        let kept = wanted.or(self.triage.sort.filter(there));
        let first = measures.first().map(|m| (*m, Order::damaging_first(*m)));
        self.triage.sort = kept.or(first);
        self.triage.arrange();
    }

    /// The rows shown, to be written to a file.
    #[must_use]
    pub fn shown_mutants(&self) -> Option<MutantTable> {
        let table = self.triage.table.as_ref()?;
        let chosen = self.triage.shown.iter().map(|row| {
            let s = table.rows()[*row];
            (s.index, Some(s.mutant))
        });
        self.mutants(chosen)
    }

    /// What is marked, to be written to a file.
    #[must_use]
    pub fn marked_mutants(&self) -> Option<MutantTable> {
        self.mutants(self.marks.iter().map(|(key, _)| key))
    }

    fn mutants(&self, chosen: impl Iterator<Item = MarkKey>) -> Option<MutantTable> {
        let subject = self.subject.as_ref()?;
        let measures = self.triage.measures();
        let table = self.triage.table.as_deref();
        let rows = chosen.map(|(index, mutant)| {
            let row = mutant.and_then(|m| table?.row_of(index, m));
            let value = |m: &Measure| Some(table?.value(*m, row?));
            MutantRow {
                index,
                mutant,
                values: measures
                    .iter()
                    .map(|m| value(m).unwrap_or(f64::NAN))
                    .collect(),
                marked: self.marks.contains((index, mutant)),
                note: self.marks.note((index, mutant)).unwrap_or("").to_owned(),
            }
        });
        let maps = self.results.maps.values();
        let mut provenance: Vec<Provenance> =
            maps.filter_map(|view| view.provenance.clone()).collect();
        provenance.extend(self.dynamics().map(|d| d.report().provenance.clone()));
        Some(MutantTable {
            name: subject.name.clone(),
            protein: Arc::clone(&subject.protein),
            measures: measures.iter().map(|m| m.id()).collect(),
            rows: rows.collect(),
            provenance,
        })
    }

    /// Rows shown.
    #[must_use]
    pub fn triage_rows(&self) -> usize {
        self.triage.shown.len()
    }

    /// The shown row of the cursor's substitution; `None` where the filter hides it.
    #[must_use]
    pub fn triage_row(&self) -> Option<usize> {
        let table = self.triage.table.as_ref()?;
        let row = table.row_of(self.cursor.residue, self.cursor.mutant?)?;
        self.triage.shown.iter().position(|shown| *shown == row)
    }

    /// The shown row nearest to the cursor: its substitution, else the first of its residue, else the first.
    #[must_use]
    pub fn nearest_triage_row(&self) -> usize {
        let of_residue = || {
            let table = self.triage.table.as_ref()?;
            let is_here = |row: &usize| table.rows()[*row].index == self.cursor.residue;
            self.triage.shown.iter().position(is_here)
        };
        self.triage_row().or_else(of_residue).unwrap_or(0)
    }

    /// While the triage table has the keys, the cursor is on a row that is shown: what a key acts on is
    /// what is highlighted.
    pub(super) fn settle_cursor(&mut self) {
        if self.view.focus != Panel::Triage || self.triage_row().is_some() {
            return;
        }
        let wanted = self.cursor.residue;
        self.choose_triage_row(self.nearest_triage_row());
        if self.cursor.residue != wanted
            && !self.triage.filter_text.is_empty()
            && let Some(subject) = &self.subject
        {
            let label = &subject.labels[wanted];
            self.say(Notice::warning(format!(
                "the filter hides {label} · {} changes it",
                self.keymap.key_name(&Command::AskFilter)
            )));
        }
    }

    /// Puts the cursor on the substitution of a shown row.
    pub(super) fn choose_triage_row(&mut self, row: usize) {
        if let Some((residue, mutant)) = self.substitution_of_row(row) {
            self.cursor.residue = residue;
            self.cursor.mutant = Some(mutant);
        }
    }

    /// The first shown row of the next residue, up or down the chain, that has one.
    pub(super) fn triage_row_along(&self, by: isize) -> Option<usize> {
        let table = self.triage.table.as_ref()?;
        let here = self.cursor.residue;
        let residue_of = |row: &usize| table.rows()[*row].index;
        let residues = self.triage.shown.iter().map(residue_of);
        let next = if by < 0 {
            residues.filter(|r| *r < here).max()
        } else {
            residues.filter(|r| *r > here).min()
        }?;
        let shown = &self.triage.shown;
        shown.iter().position(|row| residue_of(row) == next)
    }

    fn substitution_of_row(&mut self, row: usize) -> Option<(usize, AminoAcid)> {
        let table = self.triage.table.as_ref()?;
        let chosen = table.rows().get(*self.triage.shown.get(row)?)?;
        Some((chosen.index, chosen.mutant))
    }

    /// Sorts by the next column, or turns the order round.
    pub(super) fn sort_triage(&mut self, next: bool) {
        let measures = self.triage.measures();
        let Some(first) = measures.first().copied() else {
            self.say(Notice::info("nothing is scored yet"));
            return;
        };
        let sort = match self.triage.sort {
            Some((measure, order)) if !next => (
                measure,
                match order {
                    Order::Ascending => Order::Descending,
                    Order::Descending => Order::Ascending,
                },
            ),
            Some((measure, _)) => {
                let at = measures.iter().position(|m| *m == measure).unwrap_or(0);
                let measure = measures[(at + 1) % measures.len()];
                (measure, Order::damaging_first(measure))
            }
            None => (first, Order::damaging_first(first)),
        };
        self.triage.sort = Some(sort);
        self.triage.arrange();
        let (measure, order) = sort;
        let end = match order {
            Order::Ascending => "smallest",
            Order::Descending => "largest",
        };
        self.say(Notice::info(format!(
            "sorted by {} ({}), {end} first",
            measure.id(),
            measure.unit()
        )));
        // The table is looked at from its top.
        self.choose_triage_row(0);
    }

    /// Sorts by a column, now or as soon as it is scored.
    pub(super) fn sort_triage_by(&mut self, measure: Measure, order: Order) {
        if self.triage.measures().contains(&measure) {
            self.triage.sort = Some((measure, order));
            self.triage.arrange();
        } else {
            self.triage.wanted = Some((measure, order));
        }
    }

    /// Shows the rows that a filter leaves; an empty one shows all.
    pub(super) fn filter_triage(&mut self, text: &str) {
        let filter = if text.is_empty() {
            None
        } else {
            match triage::filter(text) {
                Ok(filter) => Some(filter),
                Err(fault) => {
                    self.say(Notice::error(fault.to_string()));
                    return;
                }
            }
        };
        self.triage.filter = filter;
        text.clone_into(&mut self.triage.filter_text);
        self.triage.arrange();
        if self.view.focus == Panel::Triage && self.triage_row().is_none() {
            self.choose_triage_row(0);
        }
        let count = self.triage.shown.len();
        self.say(Notice::info(format!("{count} substitutions shown")));
    }
}

//! The rows of the triage table and the one cursor: what is highlighted is what the keys act on.

use std::sync::Arc;

use super::command::Command;
use super::marks::MarkKey;
use super::measured::Measured;
use super::messages::Notice;
use super::panel::Panel;
use super::state::State;
use super::triage::TriageTable;
use crate::analysis::MutationMap;
use crate::analysis::triage::{self, Measure, Order, Triage, TriageInput};
use crate::export::mutants::{MutantRow, MutantTable};
use crate::protein::AminoAcid;
use crate::protein::select::SelectError;
use crate::study::Provenance;

impl State {
    /// Makes the rows anew from the results.
    pub(super) fn refresh_triage(&mut self) {
        self.refresh_residues();
        let Some(subject) = self.desk.subject.clone() else {
            self.desk.triage = TriageTable::default();
            return;
        };
        let maps: Vec<&MutationMap> = self.desk.results.maps.values().map(|v| &*v.map).collect();
        if maps.is_empty() {
            self.desk.triage.table = None;
            self.arrange_rows();
            return;
        }
        let dynamics = self.dynamics().cloned();
        let measured = self.desk.measured.as_ref();
        let site = self.desk.cursor.partner;
        let conservation = self.desk.results.conservation.clone();
        let table = Triage::new(&TriageInput {
            protein: Some(&subject.protein),
            maps: &maps,
            rmsf_angstrom: dynamics.as_ref().map_or(&[], |d| d.rmsf_angstrom()),
            burial_neighbours: &subject.burial,
            conservation: conservation.as_ref().map_or(&[], |c| &c.conservation),
            coupling: match (&dynamics, site) {
                (Some(d), Some(site)) => d.correlation().row(site),
                _ => &[],
            },
            secondary: &subject.secondary,
            data: measured.map(|m| &*m.view.map),
            disagreement: measured
                .and_then(|m| m.disagreement.as_ref())
                .map(|d| &*d.map),
        });
        self.desk.triage.table = Some(Arc::new(table));
        let measures = self.desk.triage.measures();
        let there = |(m, _): &(Measure, Order)| measures.contains(m);
        let wanted = self.view.rows.wanted.take_if(|sort| there(sort));
        let kept = wanted.or(self.view.rows.sort.filter(there));
        let first = if measures.contains(&Measure::Stability) {
            Some(Measure::Stability)
        } else {
            measures.first().copied()
        };
        let first = first.map(|m| (m, Order::best_first(m)));
        self.view.rows.sort = kept.or(first);
        self.arrange_rows();
    }

    /// The rows shown, to be written to a file.
    #[must_use]
    pub fn shown_mutants(&self) -> Option<MutantTable> {
        let table = self.desk.triage.table.as_ref()?;
        let chosen = self.desk.triage.shown.iter().map(|row| {
            let s = table.rows()[*row];
            (s.index, Some(s.mutant))
        });
        self.mutants(chosen)
    }

    /// What is marked, to be written to a file.
    #[must_use]
    pub fn marked_mutants(&self) -> Option<MutantTable> {
        self.mutants(self.desk.marks.iter().map(|(key, _)| key))
    }

    fn mutants(&self, chosen: impl Iterator<Item = MarkKey>) -> Option<MutantTable> {
        let subject = self.desk.subject.as_ref()?;
        let measures = self.desk.triage.measures();
        let table = self.desk.triage.table.as_deref();
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
                marked: self.desk.marks.contains((index, mutant)),
                note: self
                    .desk
                    .marks
                    .note((index, mutant))
                    .unwrap_or("")
                    .to_owned(),
            }
        });
        let maps = self.desk.results.maps.values();
        let mut provenance: Vec<Provenance> =
            maps.filter_map(|view| view.provenance.clone()).collect();
        provenance.extend(self.dynamics().map(|d| d.report().provenance.clone()));
        let conservation = self.desk.results.conservation.iter();
        provenance.extend(conservation.map(|c| c.provenance.clone()));
        provenance.extend(self.desk.measured.as_ref().map(Measured::provenance));
        Some(MutantTable {
            name: subject.name.clone(),
            protein: Arc::clone(&subject.protein),
            measures: measures.iter().map(|m| m.id()).collect(),
            rows: rows.collect(),
            provenance,
        })
    }

    #[must_use]
    pub fn triage_rows(&self) -> usize {
        self.desk.triage.shown.len()
    }

    /// The shown row of the cursor's substitution; `None` where the filter hides it.
    #[must_use]
    pub fn triage_row(&self) -> Option<usize> {
        let table = self.desk.triage.table.as_ref()?;
        let row = table.row_of(self.desk.cursor.residue, self.desk.cursor.mutant?)?;
        self.desk
            .triage
            .shown
            .iter()
            .position(|shown| *shown == row)
    }

    /// The shown row nearest to the cursor: its substitution, else the first of its residue, else the first.
    #[must_use]
    pub fn nearest_triage_row(&self) -> usize {
        let of_residue = || {
            let table = self.desk.triage.table.as_ref()?;
            let is_here = |row: &usize| table.rows()[*row].index == self.desk.cursor.residue;
            self.desk.triage.shown.iter().position(is_here)
        };
        self.triage_row().or_else(of_residue).unwrap_or(0)
    }

    /// While the triage table has the keys, the cursor is on a row that is shown: what a key acts on is
    /// what is highlighted.
    pub(super) fn settle_cursor(&mut self) {
        self.settle_residue();
        if self.view.rows.follow_marks() {
            self.arrange_rows();
        }
        if self.view.focus != Panel::Triage || self.triage_row().is_some() {
            return;
        }
        let wanted = self.desk.cursor.residue;
        self.choose_triage_row(self.nearest_triage_row());
        if self.desk.cursor.residue != wanted
            && !self.view.rows.filter_text.is_empty()
            && let Some(subject) = &self.desk.subject
        {
            let label = &subject.labels[wanted];
            self.say(Notice::warning(format!(
                "the filter hides {label} · {} changes it",
                self.program.keymap.key_name(&Command::AskFilter)
            )));
        }
    }

    fn arrange_rows(&mut self) {
        let desk = &mut self.desk;
        desk.triage.arrange(&self.view.rows, &desk.marks);
    }

    /// Puts the cursor on the substitution of a shown row.
    pub(super) fn choose_triage_row(&mut self, row: usize) {
        if let Some((residue, mutant)) = self.substitution_of_row(row) {
            self.desk.cursor.residue = residue;
            self.desk.cursor.mutant = Some(mutant);
        }
    }

    /// The first shown row of the next residue, up or down the chain, that has one.
    pub(super) fn triage_row_along(&self, by: isize) -> Option<usize> {
        let table = self.desk.triage.table.as_ref()?;
        let here = self.desk.cursor.residue;
        let residue_of = |row: &usize| table.rows()[*row].index;
        let residues = self.desk.triage.shown.iter().map(residue_of);
        let next = if by < 0 {
            residues.filter(|r| *r < here).max()
        } else {
            residues.filter(|r| *r > here).min()
        }?;
        let shown = &self.desk.triage.shown;
        shown.iter().position(|row| residue_of(row) == next)
    }

    fn substitution_of_row(&mut self, row: usize) -> Option<(usize, AminoAcid)> {
        let table = self.desk.triage.table.as_ref()?;
        let chosen = table.rows().get(*self.desk.triage.shown.get(row)?)?;
        Some((chosen.index, chosen.mutant))
    }

    /// Shows the first rows only, or all.
    pub(super) fn show_top(&mut self, top: Option<usize>) {
        self.view.rows.top = top;
        self.arrange_rows();
        let count = self.desk.triage.shown.len();
        self.say(Notice::info(match top {
            Some(_) => format!("the first {count} substitutions shown"),
            None => format!("{count} substitutions shown"),
        }));
    }

    /// Sorts a table by a column of the screen, or turns the order round.
    pub(super) fn sort_by_column(&mut self, panel: Panel, column: usize) {
        let at = column.checked_sub(1);
        if panel == Panel::Residues {
            let measures = self.desk.residues.measures();
            let Some(measure) = at.and_then(|at| measures.get(at)).copied() else {
                return;
            };
            match self.view.residues.sort {
                Some((now, _)) if now == measure => self.sort_residues(false),
                _ => self.sort_residues_by(measure, Order::Descending),
            }
            return;
        }
        let measures = self.desk.triage.measures();
        let Some(measure) = at.and_then(|at| measures.get(at)).copied() else {
            return;
        };
        match self.view.rows.sort {
            Some((now, _)) if now == measure => self.sort_triage(false),
            _ => {
                self.sort_triage_by(measure, Order::best_first(measure));
                self.choose_triage_row(0);
            }
        }
    }

    /// Sorts by the next column, or turns the order round.
    pub(super) fn sort_triage(&mut self, next: bool) {
        let measures = self.desk.triage.measures();
        let Some(first) = measures.first().copied() else {
            self.say(Notice::info("nothing is scored yet"));
            return;
        };
        let sort = match self.view.rows.sort {
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
                (measure, Order::best_first(measure))
            }
            None => (first, Order::best_first(first)),
        };
        self.view.rows.sort = Some(sort);
        self.arrange_rows();
        let (measure, order) = sort;
        let end = match order {
            Order::Ascending => "smallest",
            Order::Descending => "largest",
        };
        self.say(Notice::info(format!(
            "sorted by {}, {end} first · {}",
            measure.id(),
            measure.about()
        )));
        // The table is looked at from its top.
        self.choose_triage_row(0);
    }

    /// Sorts by a column, now or as soon as it is scored.
    pub(super) fn sort_triage_by(&mut self, measure: Measure, order: Order) {
        if self.desk.triage.measures().contains(&measure) {
            self.view.rows.sort = Some((measure, order));
            self.arrange_rows();
        } else {
            self.view.rows.wanted = Some((measure, order));
        }
    }

    /// Shows the rows that a filter leaves, an empty one all; whether it could be read.
    pub(super) fn filter_triage(&mut self, text: &str) -> bool {
        if let Err(fault) = self.show_filtered(text) {
            self.say(Notice::error(fault.to_string()));
            return false;
        }
        let count = self.desk.triage.shown.len();
        self.say(Notice::info(format!("{count} substitutions shown")));
        true
    }

    /// The same without a word, while it is typed.
    pub(super) fn show_filtered(&mut self, text: &str) -> Result<(), SelectError> {
        let filter = match text {
            "" => None,
            text => Some(triage::filter(text)?),
        };
        self.view.rows.filter = filter;
        text.clone_into(&mut self.view.rows.filter_text);
        self.arrange_rows();
        if self.view.focus == Panel::Triage && self.triage_row().is_none() {
            self.choose_triage_row(0);
        }
        Ok(())
    }

    /// Moves the chosen row of the list of variants.
    pub(super) fn step_variant(&mut self, by: isize) {
        if let Some(list) = &self.desk.variants {
            let last = list.order.len().saturating_sub(1) as isize;
            let to = (list.row as isize).saturating_add(by).clamp(0, last);
            self.choose_variant(to as usize);
        }
    }

    /// Chooses a row of the list of variants; the cursor goes to the first substitution of its variant.
    pub(super) fn choose_variant(&mut self, row: usize) {
        let Some(list) = &mut self.desk.variants else {
            return;
        };
        list.row = row;
        let chosen = list.order.get(list.row).and_then(|entry| {
            let at = list.list.lines[*entry].outcome.as_ref().ok()?;
            list.variants.get(*at)?.first().copied()
        });
        if let Some(first) = chosen {
            self.desk.cursor.residue = first.index;
            self.desk.cursor.mutant = Some(first.mutant);
        }
    }
}

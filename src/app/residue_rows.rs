//! The rows of the table of residues: which are shown, in which order, about which site.

use std::sync::Arc;

use super::measured::Measured;
use super::messages::Notice;
use super::panel::Panel;
use super::residues::Residues;
use super::state::State;
use crate::analysis::residue_table::{self, ResidueInput, ResidueMeasure, ResidueTable};
use crate::analysis::triage::{MARKED, Order};
use crate::export::residues::{ResidueList, ResidueRow};
use crate::protein::select::SelectError;

impl State {
    /// Makes the rows anew from the results.
    pub(super) fn refresh_residues(&mut self) {
        let Some(subject) = self.desk.subject.clone() else {
            self.desk.residues = Residues::default();
            return;
        };
        if self.view.residues.sort.is_none() && self.has_coordinates() {
            self.view.residues.sort = Some((ResidueMeasure::Rmsf, Order::Descending));
        }
        let dynamics = self.dynamics().cloned();
        let map = self.scored_map().cloned();
        let measured = self.desk.measured.as_ref();
        let disagreement = measured.and_then(|m| m.disagreement.clone());
        let site = self.desk.residues.site.min(subject.len() - 1);
        self.desk.residues.table = Some(Arc::new(ResidueTable::new(&ResidueInput {
            protein: &subject.protein,
            secondary: &subject.secondary,
            rmsf_angstrom: dynamics.as_ref().map_or(&[], |d| d.rmsf_angstrom()),
            anisotropy: dynamics.as_ref().map_or(&[], |d| &d.report().anisotropy),
            b_column: &subject.b_column,
            burial_neighbours: &subject.burial,
            burial_context: &subject.burial_context,
            interface: &subject.interface,
            coupling: match &dynamics {
                Some(d) if site < d.correlation().rows() => d.correlation().row(site),
                _ => &[],
            },
            scores: map.as_ref().map(|m| (&*m.map, m.direction)),
            disagreement: disagreement.as_ref().map(|m| &*m.map),
        })));
        self.arrange_residues();
    }

    pub(super) fn arrange_residues(&mut self) {
        let desk = &mut self.desk;
        desk.residues.arrange(&self.view.residues, &desk.marks);
    }

    /// The couplings shown are those of the pair's fixed residue, else of the cursor's.
    pub(super) fn take_site(&mut self) {
        let cursor = self.desk.cursor;
        self.desk.residues.site = cursor.partner.unwrap_or(cursor.residue);
        self.refresh_residues();
    }

    /// The shown row of the cursor's residue.
    #[must_use]
    pub fn residue_row(&self) -> Option<usize> {
        let here = self.desk.cursor.residue;
        self.desk.residues.shown.iter().position(|i| *i == here)
    }

    /// While the table has the keys, the cursor is on a row that is shown.
    pub(super) fn settle_residue(&mut self) {
        if self.view.focus != Panel::Residues {
            return;
        }
        if self
            .view
            .residues
            .filter_text
            .to_lowercase()
            .contains(MARKED)
        {
            self.arrange_residues();
        }
        if self.residue_row().is_none()
            && let Some(first) = self.desk.residues.shown.first()
        {
            self.desk.cursor.residue = *first;
        }
    }

    /// Sorts by the next column, or turns the order round.
    pub(super) fn sort_residues(&mut self, next: bool) {
        let measures = self.desk.residues.measures();
        let Some(first) = measures.first().copied() else {
            self.say(Notice::info("nothing is known of the residues yet"));
            return;
        };
        let sort = match self.view.residues.sort {
            Some((measure, Order::Ascending)) if !next => (measure, Order::Descending),
            Some((measure, Order::Descending)) if !next => (measure, Order::Ascending),
            Some((measure, _)) => {
                let at = measures.iter().position(|m| *m == measure).unwrap_or(0);
                (measures[(at + 1) % measures.len()], Order::Descending)
            }
            None => (first, Order::Descending),
        };
        self.sort_residues_by(sort.0, sort.1);
        let (measure, order) = sort;
        let end = match order {
            Order::Ascending => "smallest",
            Order::Descending => "largest",
        };
        let about = measure.about();
        self.say(Notice::info(format!(
            "sorted by {} ({about}), {end} first",
            measure.id()
        )));
    }

    pub(super) fn sort_residues_by(&mut self, measure: ResidueMeasure, order: Order) {
        self.view.residues.sort = Some((measure, order));
        self.arrange_residues();
        if self.view.focus == Panel::Residues
            && let Some(first) = self.desk.residues.shown.first()
        {
            // The table is looked at from its top.
            self.desk.cursor.residue = *first;
        }
    }

    /// Shows the residues that a filter leaves, an empty one all.
    pub(super) fn show_residues(&mut self, text: &str) -> Result<(), SelectError> {
        let filter = match text {
            "" => None,
            text => Some(residue_table::filter(text)?),
        };
        self.view.residues.filter = filter;
        text.clone_into(&mut self.view.residues.filter_text);
        self.arrange_residues();
        Ok(())
    }

    /// The rows shown, to be written to a file.
    #[must_use]
    pub fn shown_residues(&self) -> Option<ResidueList> {
        let subject = self.desk.subject.as_ref()?;
        let residues = &self.desk.residues;
        let table = residues.table.as_ref()?;
        let measures = residues.measures();
        let row = |index: &usize| {
            let value = |m: &ResidueMeasure| table.value(*m, *index);
            ResidueRow {
                index: *index,
                values: measures.iter().map(value).collect(),
                best: table.best(*index),
                worst: table.worst(*index),
                marked: self.desk.marks.touches(*index),
                note: self
                    .desk
                    .marks
                    .note((*index, None))
                    .unwrap_or("")
                    .to_owned(),
            }
        };
        let mut provenance: Vec<_> = self
            .dynamics()
            .map(|d| d.report().provenance.clone())
            .into_iter()
            .collect();
        provenance.extend(self.scored_map().and_then(|m| m.provenance.clone()));
        provenance.extend(self.desk.measured.as_ref().map(Measured::provenance));
        Some(ResidueList {
            protein: Arc::clone(&subject.protein),
            measures: measures.iter().map(|m| m.id()).collect(),
            site: subject.labels[residues.site.min(subject.len() - 1)].clone(),
            rows: residues.shown.iter().map(row).collect(),
            provenance,
        })
    }
}

//! The triage table of the state: rows, order, filter, the chosen row.

use super::state::State;
use crate::sequence::AminoAcid;

impl State {
    /// Makes the rows anew from the results.
    pub(super) fn refresh_triage(&mut self) {}

    /// Rows shown.
    pub(super) fn triage_rows(&self) -> usize {
        0
    }

    /// The chosen row.
    pub(super) fn triage_selected(&self) -> usize {
        0
    }

    /// Chooses a row; its substitution.
    pub(super) fn choose_triage_row(&mut self, _row: usize) -> Option<(usize, AminoAcid)> {
        None
    }

    /// Sorts by the next column, or turns the order round.
    pub(super) fn sort_triage(&mut self, _next: bool) {}

    /// The filter as typed.
    pub(super) fn triage_filter(&self) -> &str {
        ""
    }

    /// Filters the rows.
    pub(super) fn filter_triage(&mut self, _text: &str) {}
}

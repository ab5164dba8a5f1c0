//! The triage table: all substitutions with what is known of each, those that a filter leaves, in order.

use std::sync::Arc;

use super::marks::Marks;
use crate::analysis::triage::{MARKED, Measure, Order, Triage};
use crate::protein::select::Selection;

/// Which rows are shown, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    pub sort: Option<(Measure, Order)>,
    pub filter_text: String,
    /// Only so many of them, from the first.
    pub top: Option<usize>,
    /// Sorted by that column as soon as it is there.
    pub(super) wanted: Option<(Measure, Order)>,
    pub(super) filter: Option<Selection>,
}

impl Rows {
    /// Whether a mark more or less is a row more or less.
    pub(super) fn follow_marks(&self) -> bool {
        self.filter.is_some() && self.filter_text.to_lowercase().contains(MARKED)
    }
}

#[derive(Debug, Clone, Default)]
pub struct TriageTable {
    /// All rows; `None` until something is scored.
    pub table: Option<Arc<Triage>>,
    pub shown: Vec<usize>,
}

impl TriageTable {
    pub(super) fn arrange(&mut self, rows: &Rows, marks: &Marks) {
        self.shown = self.table.as_ref().map_or_else(Vec::new, |table| {
            let of_row = |row: usize| table.rows().get(row).map(|s| (s.index, Some(s.mutant)));
            let is_marked = |row: usize| of_row(row).is_some_and(|key| marks.contains(key));
            table.sorted(rows.sort, rows.filter.as_ref(), &is_marked)
        });
        self.shown.truncate(rows.top.unwrap_or(usize::MAX));
    }

    /// Columns with values, in order.
    #[must_use]
    pub fn measures(&self) -> Vec<Measure> {
        self.table
            .as_ref()
            .map_or_else(Vec::new, |t| t.measures().collect())
    }
}

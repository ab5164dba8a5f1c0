//! The table of residues on screen: what it holds.

use std::sync::Arc;

use super::marks::Marks;
use crate::analysis::residue_table::{ResidueMeasure, ResidueTable};
use crate::analysis::triage::Order;
use crate::protein::select::Selection;

/// Which residues are shown, and in which order.
#[derive(Debug, Clone, Default)]
pub struct ResidueRows {
    pub sort: Option<(ResidueMeasure, Order)>,
    pub filter_text: String,
    pub(super) filter: Option<Selection>,
}

/// The table of the open protein.
#[derive(Debug, Clone, Default)]
pub struct Residues {
    /// `None` until something is open.
    pub table: Option<Arc<ResidueTable>>,
    /// The residue whose couplings are a column.
    pub site: usize,
    pub shown: Vec<usize>,
}

impl Residues {
    pub(super) fn arrange(&mut self, rows: &ResidueRows, marks: &Marks) {
        let is_marked = |index: usize| marks.touches(index);
        self.shown = self.table.as_ref().map_or_else(Vec::new, |table| {
            table.sorted(rows.sort, rows.filter.as_ref(), &is_marked)
        });
    }

    /// Columns with values, in order.
    #[must_use]
    pub fn measures(&self) -> Vec<ResidueMeasure> {
        let table = self.table.as_ref();
        table.map_or_else(Vec::new, |t| t.measures().collect())
    }
}

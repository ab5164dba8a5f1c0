//! The residues as a table.
//!
//! ```text
//! ━ 7 residues ━━━━━━━━━━━━ 76 residues · coupling with A:55 · scores: ΔΔG stability ━
//!   residue      rmsf▾ anisotropy  b  burial coupling   best   mean  worst
//! ▌ A:76 GLY      6.85       0.31 58       3     0.12  W 0.1    0.3  P 0.9
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::text;
use crate::analysis::mutation_map::Direction;
use crate::analysis::residue_table::{ResidueMeasure, ResidueTable};
use crate::analysis::triage::Order;
use crate::app::message::Place;
use crate::app::panel::Panel;
use crate::app::state::State;
use crate::ui::color_scale::Shade;
use crate::ui::layout::window;
use crate::ui::theme::Theme;
use crate::ui::widgets::{Align, Column, DataTable, TableCell, TableHit};

/// Draws the panel; the note of its rule.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    let Some(table) = state.desk.residues.table.as_deref() else {
        return String::new();
    };
    if state.desk.residues.shown.is_empty() {
        let line = format!("no residue passes '{}'", state.view.residues.filter_text);
        text::empty(theme, area, &[&line, "f changes the filter"], buf);
        return String::new();
    }
    with_table(state, theme, table, area, |table| table.render(area, buf));
    note(state)
}

fn note(state: &State) -> String {
    let Some(subject) = &state.desk.subject else {
        return String::new();
    };
    let (shown, all) = (state.desk.residues.shown.len(), subject.len());
    let mut parts = vec![if shown == all {
        format!("{all} residues")
    } else {
        format!(
            "{shown} of {all} residues: {}",
            state.view.residues.filter_text
        )
    }];
    if state.dynamics().is_some() {
        let site = state.desk.residues.site.min(subject.len() - 1);
        parts.push(format!("coupling with {}", subject.labels[site]));
    }
    parts.extend(
        state
            .scored_map()
            .map(|m| format!("{}, {}", m.title, m.unit)),
    );
    parts.join(" · ")
}

fn with_table(
    state: &State,
    theme: &Theme,
    table: &ResidueTable,
    area: Rect,
    then: impl FnOnce(&DataTable<'_>),
) {
    let residues = &state.desk.residues;
    let measures = residues.measures();
    let mut columns = vec![Column {
        title: "residue",
        width: 11,
        align: Align::Left,
        grows: false,
    }];
    columns.extend(measures.iter().map(|m| Column {
        title: m.id(),
        width: m.id().len().max(8) as u16 + 1,
        align: Align::Right,
        grows: false,
    }));
    columns.push(Column {
        title: "  note",
        width: 8,
        align: Align::Left,
        grows: true,
    });
    let cell = |row: usize, column: usize| {
        let index = residues.shown[row];
        if column == 0 {
            let name = state
                .desk
                .subject
                .as_ref()
                .map(|s| format!("{} {}", s.labels[index], s.protein.residues[index].name));
            return TableCell::text(name.unwrap_or_default());
        }
        let Some(measure) = measures.get(column - 1) else {
            let note = state.desk.marks.note((index, None)).unwrap_or("");
            return TableCell::text(format!("  {note}"));
        };
        let value = table.value(*measure, index);
        let cell = match measure {
            ResidueMeasure::Best => lettered(table.best(index), value),
            ResidueMeasure::Worst => lettered(table.worst(index), value),
            ResidueMeasure::Burial
            | ResidueMeasure::BurialContext
            | ResidueMeasure::Interface
            | ResidueMeasure::Disagreement => TableCell::number(value, 0),
            ResidueMeasure::B => TableCell::number(value, 1),
            _ => TableCell::number(value, 2),
        };
        match shade(state, theme, *measure, value) {
            Some(shade) => cell.shaded(shade),
            None => cell,
        }
    };
    let is_marked = |row: usize| state.desk.marks.touches(residues.shown[row]);
    let cursor = state.residue_row();
    let (start, _) = window(
        residues.shown.len(),
        DataTable::capacity(area),
        cursor.unwrap_or(0),
    );
    then(&DataTable {
        columns: &columns,
        first_column: 0,
        rows: residues.shown.len(),
        cell: &cell,
        is_marked: &is_marked,
        sort: state.view.residues.sort.and_then(|(measure, order)| {
            let at = measures.iter().position(|m| *m == measure)?;
            Some((at + 1, order == Order::Ascending))
        }),
        start,
        cursor,
        theme,
    });
}

fn lettered(mutant: Option<crate::protein::AminoAcid>, value: f64) -> TableCell {
    match mutant {
        Some(mutant) if value.is_finite() => TableCell::text(format!("{mutant} {value:+.2}")),
        _ => TableCell::number(f64::NAN, 2),
    }
}

/// The colour that the value has in the other panels.
fn shade(state: &State, theme: &Theme, measure: ResidueMeasure, value: f64) -> Option<Shade> {
    if !value.is_finite() {
        return None;
    }
    match measure {
        ResidueMeasure::Rmsf => {
            let (low, high) = state.dynamics()?.rmsf_range_angstrom;
            Some(theme.motion.between(value, low, high))
        }
        ResidueMeasure::Coupling => {
            let limit = state.dynamics()?.correlation_limit;
            Some(theme.diverging.around_zero(value, limit))
        }
        ResidueMeasure::Best | ResidueMeasure::Mean | ResidueMeasure::Worst => {
            let map = state.scored_map()?;
            let damage = match map.direction {
                Direction::HigherIsDamaging => value,
                Direction::HigherIsTolerated => -value,
            };
            Some(theme.diverging.around_zero(damage, map.limit))
        }
        _ => None,
    }
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Option<Place> {
    let table = state.desk.residues.table.as_deref()?;
    let mut found = None;
    with_table(state, theme, table, area, |table| {
        found = table.hit(area, at.0, at.1);
    });
    match found? {
        TableHit::Row(row) => {
            let residue = *state.desk.residues.shown.get(row)?;
            Some(Place::Residue(Panel::Residues, residue))
        }
        TableHit::Header(column) => Some(Place::Column(Panel::Residues, column)),
    }
}

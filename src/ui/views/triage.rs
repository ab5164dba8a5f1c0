//! Substitutions as a table: what is known of each, and why the chosen one stands out.
//!
//! ```text
//! ━ 6 triage ━━━━━━━━━━━━━━━ 4066 rows · ΔΔG 3.9: among the 2 % most damaging ━
//!   mutant    structure   ddg▾  rmsf  burial   note
//! ▌ L107P        -6.10   3.92  0.41      24   core
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::text;
use crate::analysis::mutation_map::Direction;
use crate::analysis::triage::{Measure, Order, Triage};
use crate::app::message::Place;
use crate::app::panel::Panel;
use crate::app::state::State;
use crate::ui::color_scale::Shade;
use crate::ui::layout::window;
use crate::ui::theme::Theme;
use crate::ui::widgets::{Align, Column, DataTable, TableCell, TableHit};

/// Draws the panel; the note of its rule.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    let Some(table) = state.desk.triage.table.as_deref() else {
        let lines = ["no substitutions are scored yet", "S tries the next method"];
        text::empty(theme, area, &lines, buf);
        return String::new();
    };
    if state.desk.triage.shown.is_empty() {
        let line = format!("no row passes '{}'", state.view.rows.filter_text);
        text::empty(theme, area, &[&line, "f changes the filter"], buf);
        return String::new();
    }
    with_table(state, theme, table, area, |table| table.render(area, buf));
    note(state, table)
}

fn note(state: &State, table: &Triage) -> String {
    let mut parts = Vec::new();
    let row = state.triage_row().map(|at| state.desk.triage.shown[at]);
    let why = row.map(|row| table.why(row)).unwrap_or_default();
    let (shown, all) = (state.desk.triage.shown.len(), table.rows().len());
    parts.push(if shown == all {
        format!("{all} rows")
    } else {
        match (state.view.rows.filter_text.as_str(), state.view.rows.top) {
            ("", _) => format!("first {shown} of {all} rows"),
            (filter, None) => format!("{shown} of {all} rows: {filter}"),
            (filter, Some(_)) => format!("first {shown} of {all} rows: {filter}"),
        }
    });
    parts.extend(why.into_iter().take(2).map(|reason| reason.text));
    parts.join(" · ")
}

fn with_table(
    state: &State,
    theme: &Theme,
    table: &Triage,
    area: Rect,
    then: impl FnOnce(&DataTable<'_>),
) {
    let measures = state.desk.triage.measures();
    let titles: Vec<String> = measures.iter().map(|m| m.id().to_owned()).collect();
    let mut columns = vec![Column {
        title: "mutant",
        width: 10,
        align: Align::Left,
        grows: false,
    }];
    columns.extend(titles.iter().map(|title| Column {
        title,
        width: title.len().max(8) as u16 + 1,
        align: Align::Right,
        grows: false,
    }));
    columns.push(Column {
        title: "  note",
        width: 8,
        align: Align::Left,
        grows: true,
    });
    let substitution = |row: usize| table.rows()[state.desk.triage.shown[row]];
    let cell = |row: usize, column: usize| {
        let at = state.desk.triage.shown[row];
        if column == 0 {
            let s = substitution(row);
            let name = state
                .desk
                .subject
                .as_ref()
                .map(|p| p.mutant_name(s.index, s.mutant));
            return TableCell::text(name.unwrap_or_default());
        }
        let Some(measure) = measures.get(column - 1) else {
            let s = substitution(row);
            let note = state
                .desk
                .marks
                .note((s.index, Some(s.mutant)))
                .unwrap_or("");
            return TableCell::text(format!("  {note}"));
        };
        let value = table.value(*measure, at);
        let decimals = match measure {
            Measure::Burial | Measure::Disagreement => 0,
            _ => 2,
        };
        let number = TableCell::number(value, decimals);
        match shade(state, theme, *measure, value) {
            Some(shade) => number.shaded(shade),
            None => number,
        }
    };
    let is_marked = |row: usize| {
        let s = substitution(row);
        state.desk.marks.contains((s.index, Some(s.mutant)))
    };
    let (start, _) = window(
        state.desk.triage.shown.len(),
        DataTable::capacity(area),
        state.nearest_triage_row(),
    );
    then(&DataTable {
        columns: &columns,
        first_column: 0,
        rows: state.desk.triage.shown.len(),
        cell: &cell,
        is_marked: &is_marked,
        sort: state.view.rows.sort.and_then(|(measure, order)| {
            let at = measures.iter().position(|m| *m == measure)?;
            Some((at + 1, order == Order::Ascending))
        }),
        start,
        cursor: state.triage_row(),
        theme,
    });
}

/// The colour that the value has on the mutation map.
fn shade(state: &State, theme: &Theme, measure: Measure, value: f64) -> Option<Shade> {
    let direction = measure.direction().filter(|_| value.is_finite())?;
    let map = state
        .desk
        .results
        .maps
        .values()
        .find(|view| Measure::of_method(view.map.method) == measure)?;
    let damage = match direction {
        Direction::HigherIsDamaging => value,
        Direction::HigherIsTolerated => -value,
    };
    Some(theme.diverging.around_zero(damage, map.limit))
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Option<Place> {
    let table = state.desk.triage.table.as_deref()?;
    let mut found = None;
    with_table(state, theme, table, area, |table| {
        found = table.hit(area, at.0, at.1);
    });
    match found? {
        TableHit::Row(row) => Some(Place::Row(row)),
        TableHit::Header(column) => Some(Place::Column(Panel::Triage, column)),
    }
}

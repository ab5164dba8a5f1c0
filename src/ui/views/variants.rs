//! A list of variants with the scores of every method, ranked.
//!
//! ```text
//! ━ 8 variants ━━━━━━━━━━━ list.csv · 6 variants, 1 does not fit · best tolerated first by mean rank ━
//!   variant     mean rank▾  stability  structure   note
//! ▌ K6R               1.5        0.12      -0.30
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::text;
use crate::analysis::ScanMethod;
use crate::analysis::mutation_map::Direction;
use crate::app::map_view::method_name;
use crate::app::message::Place;
use crate::app::panel::Panel;
use crate::app::state::State;
use crate::app::variants::{RankBy, VariantList};
use crate::study::Slot;
use crate::ui::layout::window;
use crate::ui::theme::Theme;
use crate::ui::widgets::{Align, Column, DataTable, TableCell, TableHit};

/// Draws the panel; the note of its rule.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    let Some(list) = &state.desk.variants else {
        let lines = [
            "no list of variants is open",
            "`:variants FILE`, or the variants themselves: `:variants K6R,L8G A28W`",
        ];
        text::empty(theme, area, &lines, buf);
        return String::new();
    };
    with_table(state, theme, list, area, |table| table.render(area, buf));
    note(state, list)
}

fn note(state: &State, list: &VariantList) -> String {
    let (all, fit) = (list.list.lines.len(), list.variants.len());
    let mut parts = vec![match all - fit {
        0 => format!("{all} variants"),
        1 => format!("{all} variants, 1 does not fit"),
        n => format!("{all} variants, {n} do not fit"),
    }];
    parts.push(match list.by {
        RankBy::MeanRank => "best tolerated first, by mean rank".to_owned(),
        RankBy::Method(method) => format!("best tolerated first, by {}", method_name(method)),
        RankBy::List => "in the order of the list".to_owned(),
    });
    let waiting = |m: &ScanMethod| state.desk.jobs.contains_key(&Slot::Score(*m));
    let waiting = ScanMethod::ALL.iter().filter(|m| waiting(m)).count();
    if waiting > 0 {
        parts.push(format!("{waiting} methods to come"));
    }
    let refused = list.refused.iter();
    parts.extend(refused.map(|(m, why)| format!("{}: {why}", method_name(*m))));
    parts.push(list.name.clone());
    parts.join(" · ")
}

fn with_table(
    state: &State,
    theme: &Theme,
    list: &VariantList,
    area: Rect,
    then: impl FnOnce(&DataTable<'_>),
) {
    let methods: Vec<ScanMethod> = list.scores.keys().copied().collect();
    let column = |title, width, align, grows| Column {
        title,
        width,
        align,
        grows,
    };
    let mut columns = vec![
        column("variant", 16, Align::Left, false),
        column("mean rank", 10, Align::Right, false),
    ];
    columns.extend(methods.iter().map(|m| {
        let width = m.id().len().max(8) as u16 + 1;
        column(m.id(), width, Align::Right, false)
    }));
    columns.push(column("  note", 10, Align::Left, true));
    let ranks = list.mean_ranks();
    let cell = |row: usize, at: usize| {
        let entry = list.order[row];
        match at {
            0 => {
                let name = state.desk.subject.as_ref().map(|s| list.name_of(entry, s));
                TableCell::text(name.unwrap_or_default())
            }
            1 => TableCell::number(ranks[entry], 1),
            _ => match methods.get(at - 2) {
                Some(method) => {
                    let score = list.score(*method, entry);
                    let cell = TableCell::number(score, 2);
                    match state.desk.results.maps.get(method) {
                        Some(map) if score.is_finite() => {
                            let damage = match method.direction() {
                                Direction::HigherIsDamaging => score,
                                Direction::HigherIsTolerated => -score,
                            };
                            cell.shaded(theme.diverging.around_zero(damage, map.limit))
                        }
                        _ => cell,
                    }
                }
                None => TableCell::text(format!("  {}", list.note(entry))),
            },
        }
    };
    let sort = match list.by {
        RankBy::MeanRank => Some((1, true)),
        RankBy::Method(method) => {
            let at = methods.iter().position(|m| *m == method);
            at.map(|at| (at + 2, method.direction() == Direction::HigherIsDamaging))
        }
        RankBy::List => None,
    };
    let (start, _) = window(list.order.len(), DataTable::capacity(area), list.row);
    then(&DataTable {
        columns: &columns,
        first_column: 0,
        rows: list.order.len(),
        cell: &cell,
        is_marked: &|_| false,
        sort,
        start,
        cursor: Some(list.row),
        theme,
    });
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Option<Place> {
    let list = state.desk.variants.as_ref()?;
    let mut found = None;
    with_table(state, theme, list, area, |table| {
        found = table.hit(area, at.0, at.1);
    });
    match found? {
        TableHit::Row(row) => Some(Place::Variant(row)),
        TableHit::Header(_) => Some(Place::Panel(Panel::Variants)),
    }
}

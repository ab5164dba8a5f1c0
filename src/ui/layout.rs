//! Where the panels are, for every size of terminal.
//!
//! ```text
//! wide (≥ 150 × 40)            normal (≥ 84 columns)      narrow
//! 1 sequence────────────────   1 sequence──────────────   1 sequence─────────
//! 2 flexibility─┬4 structure   2 flexibility─┬4 structure  2 flexibility──────
//! 5 mutations───┼3 coupling┬   5 mutations───┤3 coupling   3 coupling┬4 structure
//! 6 triage──────┴──────────┴   residue───────┤             residue
//! ```

use ratatui::layout::Rect;

use crate::app::panel::Panel;

use crate::app::view::View;

/// Below this there is only room for a word.
const SMALLEST: (u16, u16) = (20, 6);
/// Columns from which on two columns of panels stand side by side.
const NORMAL_COLUMNS: u16 = 84;
/// Columns from which on three do.
const WIDE_COLUMNS: u16 = 150;
/// Rows that a wide layout needs.
const WIDE_ROWS: u16 = 36;
/// Rows of the mutation map with everything around it, its rule included.
const WHOLE_MAP_ROWS: u16 = 27;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Areas {
    /// What is open: one row.
    pub header: Rect,
    /// The panels that are shown, each with its rule.
    pub panels: Vec<(Panel, Rect)>,
    /// The residue under the cursor; may be empty.
    pub detail: Rect,
    pub status: Rect,
    /// One row; empty where there is no room.
    pub hints: Rect,
}

/// Whether nothing but a word fits.
#[must_use]
pub fn is_too_small(area: Rect) -> bool {
    area.width < SMALLEST.0 || area.height < SMALLEST.1
}

/// Where everything is on a screen.
#[must_use]
pub fn areas(area: Rect, view: &View) -> Areas {
    let (header, rest) = cut_top(area, 1);
    let hint_rows = u16::from(area.height >= 12);
    let (rest, hints) = cut_bottom(rest, hint_rows);
    let (body, status) = cut_bottom(rest, 1);
    let (panels, detail) = if view.expanded {
        expanded(body, view.focus)
    } else if view.sequence_only {
        of_sequence(body, view.focus)
    } else if area.width >= WIDE_COLUMNS && area.height >= WIDE_ROWS {
        wide(body, view.focus)
    } else if area.width >= NORMAL_COLUMNS && area.height >= 20 {
        normal(body, view.focus)
    } else {
        narrow(body, view.focus)
    };
    Areas {
        header,
        panels,
        detail,
        status,
        hints,
    }
}

fn expanded(body: Rect, focus: Panel) -> (Vec<(Panel, Rect)>, Rect) {
    let rows = if body.height >= 14 { 3 } else { 0 };
    let (panel, detail) = cut_bottom(body, rows);
    (vec![(focus, panel)], detail)
}

/// The mutations of a bare sequence, the table below where both fit; another panel when it is asked for.
fn of_sequence(body: Rect, focus: Panel) -> (Vec<(Panel, Rect)>, Rect) {
    let (body, detail) = cut_bottom(body, if body.height >= 20 { 3 } else { 0 });
    if body.height < 8 {
        return (vec![(focus, body)], detail);
    }
    let (sequence, body) = cut_top(body, 4);
    let mut panels = vec![(Panel::Sequence, sequence)];
    if focus.needs_structure() {
        panels.push((focus, body));
    } else if body.height >= WHOLE_MAP_ROWS + 8 {
        let (mutations, triage) = cut_top(body, WHOLE_MAP_ROWS);
        panels.push((Panel::Mutations, mutations));
        panels.push((table_of(focus), triage));
    } else {
        panels.push((lower(focus), body));
    }
    (panels, detail)
}

fn wide(body: Rect, focus: Panel) -> (Vec<(Panel, Rect)>, Rect) {
    let (sequence, body) = cut_top(body, 4);
    let (left, right) = cut_left(body, body.width * 52 / 100);
    let mut panels = vec![(Panel::Sequence, sequence)];
    let flexibility_rows = (left.height / 4).clamp(7, 14);
    let (flexibility, left) = cut_top(left, flexibility_rows);
    panels.push((Panel::Flexibility, flexibility));
    if left.height >= WHOLE_MAP_ROWS + 8 {
        let (mutations, triage) = cut_top(left, WHOLE_MAP_ROWS);
        panels.push((Panel::Mutations, mutations));
        panels.push((table_of(focus), triage));
    } else {
        panels.push((lower(focus), left));
    }
    let (structure, lower) = cut_bottom(right, right.height / 2);
    // The map is a square of half-cells with numbers at its left and a profile at its right; the residue
    // stands beside it.
    let map_columns = (2 * lower.height + 12).min(lower.width * 66 / 100);
    let (coupling, detail) = cut_left(lower, map_columns);
    panels.push((Panel::Structure, structure));
    panels.push((Panel::Coupling, coupling));
    (panels, detail)
}

fn normal(body: Rect, focus: Panel) -> (Vec<(Panel, Rect)>, Rect) {
    let detail_rows = match body.height {
        0..26 => 3,
        26..34 => 5,
        _ => 6,
    };
    let (sequence, body) = cut_top(body, 4);
    let (left, right) = cut_left(body, body.width * 58 / 100);
    let (left, detail) = cut_bottom(left, detail_rows);
    let flexibility_rows = (left.height * 38 / 100).clamp(5, 11);
    let (flexibility, mutations) = cut_top(left, flexibility_rows);
    let (structure, coupling) = cut_top(right, right.height * 46 / 100);
    let panels = vec![
        (Panel::Sequence, sequence),
        (Panel::Flexibility, flexibility),
        (lower(focus), mutations),
        (Panel::Structure, structure),
        (Panel::Coupling, coupling),
    ];
    (panels, detail)
}

fn narrow(body: Rect, focus: Panel) -> (Vec<(Panel, Rect)>, Rect) {
    let (body, detail) = cut_bottom(body, u16::from(body.height >= 12) * 2);
    let is_map = focus == Panel::Mutations || focus.is_table();
    // A map has the letters itself, and needs the rows.
    let sequence_rows = if is_map && (9..WHOLE_MAP_ROWS).contains(&body.height) {
        0
    } else {
        body.height.min(4)
    };
    let (sequence, body) = cut_top(body, sequence_rows);
    let mut panels = Vec::new();
    if sequence_rows > 0 {
        panels.push((Panel::Sequence, sequence));
    }
    if body.height < 9 {
        let shown = if focus == Panel::Sequence {
            Panel::Flexibility
        } else {
            focus
        };
        if body.height > 1 {
            panels.push((shown, body));
        }
        return (panels, detail);
    }
    let flexibility_rows = if is_map {
        4
    } else {
        (body.height * 40 / 100).clamp(4, 8)
    };
    let (flexibility, body) = cut_top(body, flexibility_rows);
    panels.push((Panel::Flexibility, flexibility));
    if is_map {
        panels.push((focus, body));
    } else if body.width < 60 {
        let shown = if focus == Panel::Coupling {
            Panel::Coupling
        } else {
            Panel::Structure
        };
        panels.push((shown, body));
    } else {
        let (coupling, structure) = cut_left(body, body.width / 2);
        panels.push((Panel::Coupling, coupling));
        panels.push((Panel::Structure, structure));
    }
    (panels, detail)
}

/// The tables share a place.
fn table_of(focus: Panel) -> Panel {
    if focus.is_table() {
        focus
    } else {
        Panel::Triage
    }
}

/// Map and tables share a place where there is no room for both.
fn lower(focus: Panel) -> Panel {
    if focus.is_table() {
        focus
    } else {
        Panel::Mutations
    }
}

fn cut_top(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (
        Rect {
            height: rows,
            ..area
        },
        Rect {
            y: area.y + rows,
            height: area.height - rows,
            ..area
        },
    )
}

fn cut_bottom(area: Rect, rows: u16) -> (Rect, Rect) {
    cut_top(area, area.height - rows.min(area.height))
}

/// Two columns with an empty one between them.
fn cut_left(area: Rect, columns: u16) -> (Rect, Rect) {
    let columns = columns.min(area.width);
    let gap = u16::from(columns < area.width);
    (
        Rect {
            width: columns,
            ..area
        },
        Rect {
            x: area.x + columns + gap,
            width: area.width - columns - gap,
            ..area
        },
    )
}

/// The part of a panel below its rule.
#[must_use]
pub fn inner(panel: Rect) -> Rect {
    cut_top(panel, 1).1
}

/// The residues that `visible` columns show: turned in half pages, so that it stands still while the
/// cursor walks.
#[must_use]
pub fn window(len: usize, visible: usize, cursor: usize) -> (usize, usize) {
    if visible == 0 || visible >= len {
        return (0, len);
    }
    let half = (visible / 2).max(1);
    let start = cursor.saturating_sub(visible / 4) / half * half;
    let start = start.min(len - visible);
    (start, start + visible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_holds_the_cursor_and_stands_still() {
        for len in [1, 7, 100, 1000] {
            for visible in [1, 2, 5, 64, 2000] {
                let mut turns = 0;
                let mut last = (0, 0);
                for cursor in 0..len {
                    let (from, to) = window(len, visible, cursor);
                    assert!(
                        from <= cursor && cursor < to && to <= len,
                        "{len} {visible} {cursor}"
                    );
                    turns += usize::from((from, to) != last);
                    last = (from, to);
                }
                assert!(
                    turns <= 2 + len / (visible / 2).max(1),
                    "{len} {visible}: {turns}"
                );
            }
        }
        assert_eq!(window(0, 5, 0), (0, 0));
    }

    #[test]
    fn panels_cover_the_screen_without_overlap() {
        for columns in [20, 40, 60, 80, 84, 120, 160, 200, 400] {
            for rows in [6, 8, 12, 24, 40, 50, 60, 120] {
                for focus in Panel::ALL {
                    for (expanded, sequence_only) in [(false, false), (true, false), (false, true)]
                    {
                        let view = View {
                            focus,
                            expanded,
                            sequence_only,
                            ..View::default()
                        };
                        let screen = Rect::new(0, 0, columns, rows);
                        let found = areas(screen, &view);
                        let mut all: Vec<Rect> = found.panels.iter().map(|(_, r)| *r).collect();
                        all.extend([found.header, found.detail, found.status, found.hints]);
                        for (i, a) in all.iter().enumerate() {
                            assert_eq!(a.intersection(screen), *a, "{columns} × {rows}: {a:?}");
                            for b in &all[i + 1..] {
                                let shared = a.intersection(*b);
                                assert!(
                                    shared.is_empty(),
                                    "{columns} × {rows} {focus:?}: {a:?} {b:?}"
                                );
                            }
                        }
                        if rows >= 12 {
                            assert!(found.panels.iter().any(|(p, _)| *p == focus));
                        }
                    }
                }
            }
        }
    }
}

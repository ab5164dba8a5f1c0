//! What-if: the predicted change of the dynamics, mutants one below the other, their pair maps beside them.
//!
//! ```text
//! ━ what-if ━━━━━━━━━━━━━━━━━━━━ Δ rmsf_nor · mutant − wild type · ESMDance ━
//! A42G  +0.021 at A:42 · changes most: sasa_mean 0.21   Δ corr
//!  ▁▂▅▂▁▁                                                ▀▀▄▄
//!  ▔▔🮃▔                                                  ▄▄▀▀
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::text;
use crate::app::map_view::method_name;
use crate::app::state::State;
use crate::app::what_if::{Delta, Deltas};
use crate::protein::Variant;
use crate::study::Slot;
use crate::ui::layout::inner;
use crate::ui::theme::{Role, Theme};
use crate::ui::widgets::{Columns, MatrixMap, Ruler};

/// Columns of the labels at the left of the bars.
const LEFT: u16 = 8;

/// Draws the view over the panels.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let body = inner(area);
    let what_if = &state.desk.what_if;
    let Some(deltas) = &what_if.prediction else {
        text::rule(theme, area, "what-if", "esc back", true, buf);
        let lines = lines_without_data(state);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        text::empty(theme, body, &lines, buf);
        return;
    };
    let report = deltas.report();
    let channel = what_if.channel.min(report.channels.len().saturating_sub(1));
    let note = format!(
        "Δ {} · mutant − wild type, in the network's own units · {}",
        report.channels.get(channel).map_or("", String::as_str),
        crate::analysis::ScanMethod::from_id(&report.provenance.source).map_or("", method_name),
    );
    text::rule(theme, area, "what-if", &note, true, buf);
    let count = deltas.mutants.len().max(1) as u16;
    let rows = (body.height / count).max(1);
    for (k, delta) in deltas.mutants.iter().enumerate() {
        let place = Rect {
            y: body.y + (k as u16 * rows).min(body.height),
            height: rows.min(body.height.saturating_sub(k as u16 * rows)),
            ..body
        };
        one(state, theme, deltas, (k, delta, channel), place, buf);
    }
}

fn lines_without_data(state: &State) -> Vec<String> {
    let names: Vec<String> = state
        .desk
        .what_if
        .variants
        .iter()
        .map(|v| name(state, v))
        .collect();
    let what = names.join(", ");
    if state.desk.jobs.contains_key(&Slot::WhatIf) {
        return vec![format!("{what}: the dynamics are being predicted")];
    }
    let reason = state.desk.what_if.refused.clone().unwrap_or_default();
    vec![
        format!("{what}: what it does to the dynamics is predicted by ESMDance or SeqDance"),
        reason,
        "with weights on this machine: `:weights PATH`, then Enter again".to_owned(),
    ]
}

fn name(state: &State, variant: &Variant) -> String {
    let subject = state.desk.subject.as_ref();
    let names = variant
        .iter()
        .filter_map(|s| Some(subject?.mutant_name(s.index, s.mutant)));
    names.collect::<Vec<_>>().join(":")
}

/// One mutant: its line of words, its bars, its map.
fn one(
    state: &State,
    theme: &Theme,
    deltas: &Deltas,
    (k, delta, channel): (usize, &Delta, usize),
    area: Rect,
    buf: &mut Buffer,
) {
    let report = deltas.report();
    let Some(mutant) = report.mutants.get(k) else {
        return;
    };
    let side = (area.height.saturating_sub(1) * 2).min(area.width / 3);
    let wide = if side >= 12 { side + 8 } else { 0 };
    let left = Rect {
        width: area.width - wide,
        ..area
    };
    let x = text::put(
        theme,
        left,
        1,
        0,
        &name(state, &mutant.variant),
        theme.style(Role::Accent),
        buf,
    );
    let at = state.desk.cursor.residue.checked_sub(deltas.segment.start);
    let here = at.filter(|i| *i < delta.profiles.rows()).map(|i| {
        let subject = state.desk.subject.as_ref();
        let label = subject.map_or("", |s| s.labels[state.desk.cursor.residue].as_str());
        format!(
            "{label} {:.3} → {:.3} ({:+.3})",
            report.wild_type.profiles[(i, channel)],
            mutant.dynamics.profiles[(i, channel)],
            delta.profiles[(i, channel)]
        )
    });
    let mut changes = mutant.relative_change.clone();
    changes.sort_by(|a, b| b.1.total_cmp(&a.1));
    let most: Vec<String> = changes
        .iter()
        .take(4)
        .map(|(name, value)| format!("{name} {value:.2}"))
        .collect();
    let words = format!(
        "{} · changes most: {}",
        here.unwrap_or_default(),
        most.join(" · ")
    );
    text::put(theme, left, x + 2, 0, &words, theme.style(Role::Text), buf);
    let places: Vec<usize> = mutant.variant.iter().map(|s| s.index).collect();
    bars(
        state,
        theme,
        deltas,
        (delta, channel, &places),
        inner(left),
        buf,
    );
    let pair = deltas.pair_channel();
    if let Some(map) = delta.pairs.get(pair).filter(|_| wide > 0) {
        let right = Rect {
            x: area.x + left.width + 1,
            width: wide - 1,
            ..area
        };
        let limit = deltas
            .mutants
            .iter()
            .filter_map(|m| m.pairs.get(pair))
            .flat_map(|m| m.values().iter().map(|v| v.abs()))
            .filter(|v| v.is_finite())
            .fold(0.0, f64::max);
        let label = format!("Δ {}", report.pair_channels[pair]);
        (&MatrixMap {
            limit: if limit > 0.0 { limit } else { 1.0 },
            cursor: at.map(|i| (i, i)),
            label: &label,
            ..MatrixMap::new(map, theme)
        })
            .render(right, buf);
    }
}

/// The bars, and the line of the residues' numbers below them.
fn with_ruler(area: Rect) -> (Rect, Rect) {
    let rows = u16::from(area.height >= 5);
    let bars = Rect {
        height: area.height - rows,
        ..area
    };
    let below = Rect {
        x: area.x + LEFT,
        y: bars.bottom(),
        width: area.width.saturating_sub(LEFT),
        height: rows,
    };
    (bars, below)
}

/// Bars up and down from a line of zero, on the scale that all mutants share.
fn bars(
    state: &State,
    theme: &Theme,
    deltas: &Deltas,
    (delta, channel, places): (&Delta, usize, &[usize]),
    area: Rect,
    buf: &mut Buffer,
) {
    if area.height < 3 || area.width < LEFT + 4 {
        return;
    }
    let top = deltas.top(channel);
    let top = if top > 0.0 { top } else { 1.0 };
    let (area, below) = with_ruler(area);
    let half = (area.height - 1) / 2;
    let dim = theme.style(Role::Dim);
    text::put(theme, area, 0, 0, &format!("{top:+.3}"), dim, buf);
    text::put(theme, area, 6, half, "0", dim, buf);
    text::put(theme, area, 0, 2 * half, &format!("{:+.3}", -top), dim, buf);
    let columns = Columns::new(0..delta.profiles.rows(), area.width - LEFT, 1);
    if let Some(subject) = &state.desk.subject {
        let numbers = subject.numbers.get(deltas.segment.clone());
        (&Ruler {
            columns,
            numbers: numbers.unwrap_or_default(),
            cursor: state.desk.cursor.residue.checked_sub(deltas.segment.start),
            theme,
        })
            .render(below, buf);
    }
    let (block, line) = (theme.glyphs.choose('█', '#'), theme.glyphs.horizontal());
    for column in 0..columns.width() {
        let residues = columns.residues(column);
        let values = residues.clone().map(|i| delta.profiles[(i, channel)]);
        let value = values.fold(0.0_f64, |a, b| if b.abs() > a.abs() { b } else { a });
        let cells = ((value.abs() / top) * f64::from(half)).round() as u16;
        let shade = theme.diverging.around_zero(value, top);
        let start = deltas.segment.start;
        let holds = |index: usize| index >= start && residues.contains(&(index - start));
        let x = area.x + LEFT + column;
        for step in 1..=cells.min(half) {
            let y = if value > 0.0 {
                half - step
            } else {
                half + step
            };
            if let Some(cell) = buf.cell_mut((x, area.y + y)) {
                cell.set_char(block);
                if theme.has_color() {
                    cell.set_fg(shade.color);
                }
            }
        }
        let is_mutated = places.iter().any(|p| holds(*p));
        let role = if holds(state.desk.cursor.residue) {
            Role::Cursor
        } else if is_mutated {
            Role::Accent
        } else {
            Role::Border
        };
        if let Some(cell) = buf.cell_mut((x, area.y + half)) {
            cell.set_char(if is_mutated {
                theme.glyphs.mark()
            } else {
                line
            })
            .set_style(theme.style(role));
        }
    }
}

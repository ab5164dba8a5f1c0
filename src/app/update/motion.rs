//! Moving the cursor, the zooms and the turn of the structure.

use crate::app::messages::Notice;
use crate::app::panel::Panel;
use crate::app::search::{self, Match};
use crate::app::state::State;
use crate::protein::AminoAcid;

/// Residues that up and down go along a track.
const ROW_STEP: isize = 10;
/// Residues that a page goes.
const PAGE_STEP: isize = 20;
/// Radians that a key turns the structure.
const TURN_STEP: f64 = 0.12;
const NEAREST: i8 = 2;
const FARTHEST: i8 = -5;
const MAP_NEAREST: u8 = 6;

/// Puts the cursor on a residue.
pub(super) fn go_to(state: &mut State, residue: usize) {
    state.desk.cursor.residue = residue.min(state.len().saturating_sub(1));
}

fn step(state: &mut State, by: isize) {
    let last = state.len().saturating_sub(1) as isize;
    let to = (state.desk.cursor.residue as isize + by).clamp(0, last.max(0));
    state.desk.cursor.residue = to as usize;
}

fn step_partner(state: &mut State, by: isize) {
    let last = state.len().saturating_sub(1) as isize;
    let from = state
        .desk
        .cursor
        .partner
        .unwrap_or(state.desk.cursor.residue) as isize;
    state.desk.cursor.partner = Some((from + by).clamp(0, last.max(0)) as usize);
}

fn step_mutant(state: &mut State, by: isize) {
    let rows = state.amino_acid_rows();
    let at = state
        .desk
        .cursor
        .mutant
        .and_then(|m| rows.iter().position(|r| *r == m));
    let to = at.map_or(0, |i| {
        (i as isize + by).clamp(0, rows.len() as isize - 1) as usize
    });
    state.desk.cursor.mutant = Some(rows[to]);
}

/// An arrow, as the focused panel takes it.
pub(super) fn arrow(state: &mut State, across: isize, down: isize) {
    match state.view.focus {
        Panel::Structure => {
            let full = std::f64::consts::TAU;
            state.view.yaw = (state.view.yaw + across as f64 * TURN_STEP).rem_euclid(full);
            state.view.pitch = (state.view.pitch + down as f64 * TURN_STEP).rem_euclid(full);
        }
        Panel::Coupling if down != 0 => step_partner(state, down),
        Panel::Mutations if down != 0 => step_mutant(state, down),
        panel if panel.is_table() && down != 0 => step_row(state, down),
        Panel::Triage if state.triage_rows() > 0 => {
            if let Some(row) = state.triage_row_along(across) {
                state.choose_triage_row(row);
            }
        }
        _ => step(state, across + down * ROW_STEP),
    }
}

/// A page back (−1) or on (1).
pub(super) fn page(state: &mut State, by: isize) {
    if state.view.focus.is_table() {
        step_row(state, by * PAGE_STEP);
    } else {
        step(state, by * PAGE_STEP);
    }
}

/// Moves the chosen row of a table; the cursor follows.
pub(super) fn step_row(state: &mut State, by: isize) {
    if state.view.focus == Panel::Variants {
        state.step_variant(by);
        return;
    }
    if state.view.focus == Panel::Residues {
        let shown = &state.desk.residues.shown;
        let last = shown.len().saturating_sub(1) as isize;
        let from = state.residue_row().unwrap_or(0) as isize;
        let to = from.saturating_add(by).clamp(0, last) as usize;
        if let Some(residue) = shown.get(to) {
            state.desk.cursor.residue = *residue;
        }
        return;
    }
    let count = state.triage_rows();
    if count == 0 {
        return;
    }
    let to = (state.nearest_triage_row() as isize).saturating_add(by);
    state.choose_triage_row(to.clamp(0, count as isize - 1) as usize);
}

/// First or last residue or row.
pub(super) fn end(state: &mut State, last: bool) {
    if state.view.focus.is_table() {
        step_row(state, if last { isize::MAX / 2 } else { isize::MIN / 2 });
    } else {
        go_to(state, if last { usize::MAX } else { 0 });
    }
}

/// Keeps the partner of the pair where it is; where there is one, the cursor and it change places.
pub(super) fn fix_partner(state: &mut State) {
    let cursor = &mut state.desk.cursor;
    let said = if let Some(partner) = cursor.partner {
        cursor.partner = Some(std::mem::replace(&mut cursor.residue, partner));
        "cursor and partner swapped · esc releases the pair"
    } else {
        cursor.partner = Some(cursor.residue);
        "the partner stays here while the cursor moves on · esc releases it"
    };
    state.say(Notice::info(said));
    state.refresh_triage();
}

/// One residue back or on, in every panel.
pub(super) fn step_residue(state: &mut State, by: isize) {
    step(state, by);
}

/// Goes to what a text names.
pub(super) fn search(state: &mut State, text: &str) {
    let Some(subject) = state.desk.subject.clone() else {
        return;
    };
    match search::find(&subject, text) {
        Ok(matches) => state.desk.matches = matches,
        Err(fault) => {
            state.desk.matches.clear();
            state.say(Notice::warning(fault.to_string()));
            return;
        }
    }
    let here = state.desk.cursor.residue;
    let first = state.desk.matches.iter().find(|m| m.index >= here);
    match first.or(state.desk.matches.first()).copied() {
        Some(place) => {
            go_to(state, place.index);
            if place.mutant.is_some() {
                state.desk.cursor.mutant = place.mutant;
            }
            let count = state.desk.matches.len();
            let matches = if count == 1 { "match" } else { "matches · n N" };
            state.say(Notice::info(format!("{count} {matches}")));
        }
        None if text.is_empty() => {}
        None => state.say(Notice::warning(format!(
            "there is no '{text}' here: a residue (42, A:42, K48, 20-30, GLY), a motif (GxGxxG) or a mutation (A42G)"
        ))),
    }
}

/// Gives a panel the keys.
pub(super) fn focus(state: &mut State, panel: Panel) {
    let was = std::mem::replace(&mut state.view.focus, panel);
    if panel == Panel::Residues && was != panel {
        state.take_site();
    }
    // Without a substitution under the cursor the table opens at its top.
    if panel == Panel::Triage && state.desk.cursor.mutant.is_none() {
        state.choose_triage_row(0);
    }
    if panel == Panel::Mutations && state.desk.cursor.mutant.is_none() {
        let rows: [AminoAcid; 20] = state.amino_acid_rows();
        state.desk.cursor.mutant = Some(rows[0]);
    }
}

/// Zooms the focused panel: 1 in, −1 out, 0 back to the whole.
pub(super) fn zoom(state: &mut State, by: i8) {
    let view = &mut state.view;
    match (view.focus, by) {
        (Panel::Structure, 0) => view.magnification = 1.0,
        (Panel::Structure, _) => {
            let factor = if by > 0 { 1.2 } else { 1.0 / 1.2 };
            view.magnification = (view.magnification * factor).clamp(0.2, 12.0);
        }
        (Panel::Coupling, 0) => view.map_zoom = 0,
        (Panel::Coupling, 1) => view.map_zoom = (view.map_zoom + 1).min(MAP_NEAREST),
        (Panel::Coupling, _) => view.map_zoom = view.map_zoom.saturating_sub(1),
        (Panel::Mutations | Panel::Triage, 0) => view.heat_zoom = 0,
        (Panel::Mutations | Panel::Triage, _) => {
            view.heat_zoom = (view.heat_zoom + by).clamp(FARTHEST, NEAREST);
        }
        (_, 0) => view.track_zoom = 0,
        (_, 1) => view.track_zoom = (view.track_zoom + 1).min(MAP_NEAREST),
        (..) => view.track_zoom = view.track_zoom.saturating_sub(1),
    }
}

/// The next or previous match of the search; without one, mark.
pub(super) fn match_step(state: &mut State, forward: bool) {
    let here = state.desk.cursor.residue;
    let places: Vec<Match> = if state.desk.matches.is_empty() {
        state
            .desk
            .marks
            .iter()
            .map(|((index, mutant), _)| Match {
                index,
                length: 1,
                mutant,
            })
            .collect()
    } else {
        state.desk.matches.clone()
    };
    let next = if forward {
        places.iter().find(|m| m.index > here).or(places.first())
    } else {
        places
            .iter()
            .rev()
            .find(|m| m.index < here)
            .or(places.last())
    };
    match next.copied() {
        Some(place) => {
            go_to(state, place.index);
            if place.mutant.is_some() {
                state.desk.cursor.mutant = place.mutant;
            }
            let at = places.iter().position(|m| *m == place).unwrap_or(0) + 1;
            let what = if state.desk.matches.is_empty() {
                "mark"
            } else {
                "match"
            };
            state.say(Notice::info(format!("{what} {at} of {}", places.len())));
        }
        None => state.say(Notice::info("nothing searched for and nothing marked yet")),
    }
}

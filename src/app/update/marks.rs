//! Marks, notes and the selection: what the user made of the protein.

use super::motion;
use crate::app::command::argument::{Remark, Spot};
use crate::app::effect::Effect;
use crate::app::kept::{Kept, NamedMark};
use crate::app::marks::MarkKey;
use crate::app::messages::Notice;
use crate::app::panel::Panel;
use crate::app::state::State;
use crate::protein::select::Selection;

/// Marks what is highlighted, or takes its mark away.
pub(super) fn toggle(state: &mut State) {
    let Some(key) = state.mark_key() else {
        state.say(Notice::warning(state.nothing_here()));
        return;
    };
    let name = state.mark_name(key);
    let said = if state.desk.marks.toggle(key) {
        let print = state
            .program
            .keymap
            .key_name(&crate::app::Command::PrintMarksAndQuit);
        let all = state.desk.marks.len();
        format!("marked {name} · {all} in all · {print} prints them")
    } else {
        format!("unmarked {name}")
    };
    state.say(Notice::info(said));
}

/// Marks every row that a table shows.
pub(super) fn mark_shown(state: &mut State) {
    let keys: Vec<MarkKey> = match (state.view.focus, &state.desk.triage.table) {
        (Panel::Residues, _) => state
            .desk
            .residues
            .shown
            .iter()
            .map(|i| (*i, None))
            .collect(),
        (_, Some(table)) => {
            let rows = state.desk.triage.shown.iter().map(|row| table.rows()[*row]);
            rows.map(|s| (s.index, Some(s.mutant))).collect()
        }
        (_, None) => Vec::new(),
    };
    if keys.is_empty() {
        state.say(Notice::warning(state.nothing_here()));
        return;
    }
    for key in &keys {
        state.desk.marks.add(*key);
    }
    let (count, all) = (keys.len(), state.desk.marks.len());
    let undo = state.program.keymap.key_name(&crate::app::Command::Undo);
    state.say(Notice::info(format!(
        "marked the {count} rows shown · {all} in all · {undo} undoes it"
    )));
}

pub(super) fn mark(state: &mut State, name: &str) {
    with_key(state, name, |state, key| state.desk.marks.add(key));
}

pub(super) fn unmark(state: &mut State, name: &str) {
    with_key(state, name, |state, key| {
        state.desk.marks.remove(key);
    });
}

pub(super) fn note(state: &mut State, remark: &Remark) {
    let text = remark.text.as_str().to_owned();
    with_key(state, remark.name.as_str(), |state, key| {
        state.desk.marks.write_note(key, text);
    });
}

/// Puts the cursor on what is named.
pub(super) fn at(state: &mut State, spot: &Spot) {
    let partner = spot.partner.as_ref();
    let partner = partner.and_then(|p| state.key_of_name(p.as_str()));
    with_key(state, spot.name.as_str(), |state, (index, mutant)| {
        motion::go_to(state, index);
        state.desk.cursor.mutant = mutant;
        state.desk.cursor.partner = partner.map(|(index, _)| index);
        state.refresh_triage();
    });
}

fn with_key(state: &mut State, name: &str, act: impl FnOnce(&mut State, MarkKey)) {
    match state.key_of_name(name) {
        Some(key) => act(state, key),
        None => state.say(Notice::error(format!(
            "there is no '{name}' here: a residue is A:42, a substitution A42G"
        ))),
    }
}

pub(super) fn copy(state: &mut State) -> Vec<Effect> {
    let names = state.marked_names();
    if names.is_empty() && state.mark_key().is_none() {
        state.say(Notice::warning(state.nothing_here()));
        return Vec::new();
    }
    let text = if names.is_empty() {
        state.describe_cursor()
    } else {
        names.join("\n")
    };
    vec![Effect::Copy(text)]
}

/// Shows residues apart; an empty text none.
pub(super) fn select(state: &mut State, text: &str) {
    let Some(subject) = state.desk.subject.clone() else {
        return;
    };
    if text.is_empty() {
        state.desk.selection = None;
        state.desk.selection_text.clear();
        return;
    }
    match Selection::parse(text) {
        Ok(selection) => {
            let chosen = selection.matches(&subject.protein, &subject.secondary);
            let count = chosen.iter().filter(|c| **c).count();
            if let Some(first) = chosen.iter().position(|c| *c) {
                motion::go_to(state, first);
            }
            state.desk.selection = Some(chosen);
            text.clone_into(&mut state.desk.selection_text);
            state.say(Notice::info(format!("{count} residues selected")));
        }
        Err(fault) => state.say(Notice::error(fault.to_string())),
    }
}

/// A session of the open file from before was found: its marks are offered.
pub(super) fn remembered(state: &mut State, name: String, kept: Kept) {
    if state.program.session.is_some() || !state.program.pending.is_empty() {
        return;
    }
    let Some(marks) = state.desk.subject.as_deref().and_then(|s| kept.marks_of(s)) else {
        return;
    };
    let notes = marks.iter().filter(|m| !m.note.is_empty()).count();
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let mut said = plural(marks.len(), "mark");
    if notes > 0 {
        said = format!("{said} and {}", plural(notes, "note"));
    }
    let key = state.program.keymap.key_name(&crate::app::Command::Resume);
    state.say(Notice::info(format!(
        "{said} saved earlier (session {name}) · {key} restores them"
    )));
    state.desk.offer = Some((name, kept));
}

/// Takes up the marks that are offered.
pub(super) fn resume(state: &mut State) {
    let offer = state.desk.offer.take();
    let (Some((name, mut kept)), Some(subject)) = (offer, state.desk.subject.clone()) else {
        state.say(Notice::info("no marks are saved from an earlier session"));
        return;
    };
    let marks = kept.take_marks_of(&subject).unwrap_or_default();
    let lost = state.lay_out(&marks);
    for (key, marks) in kept.marks {
        state.program.shelf.entry(key).or_insert(marks);
    }
    state.program.session = Some(name);
    let taken = marks.len() - lost.len();
    state.say(if lost.is_empty() {
        let all = state.desk.marks.len();
        Notice::info(format!("{taken} marks restored · {all} in all"))
    } else {
        let lost = lost.join(", ");
        Notice::warning(format!("{taken} marks restored; not in this file: {lost}"))
    });
}

impl State {
    /// Marks by name, beside those that are there; the names that have no place.
    pub(super) fn lay_out(&mut self, marks: &[NamedMark]) -> Vec<String> {
        let mut lost = Vec::new();
        for mark in marks {
            match self.key_of_name(&mark.name) {
                Some(key) if mark.note.is_empty() => self.desk.marks.add(key),
                Some(key) => self.desk.marks.write_note(key, mark.note.clone()),
                None => lost.push(mark.name.clone()),
            }
        }
        lost
    }
}

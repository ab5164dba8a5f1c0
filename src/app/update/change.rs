//! Commands that the journal writes, done.

use super::{dynamics, motion};
use crate::app::command::Change;
use crate::app::effect::Effect;
use crate::app::marks::MarkKey;
use crate::app::message::Notice;
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::app::work::{Noted, Work};

/// Does what a change says.
pub(super) fn make(state: &mut State, change: Change) -> Vec<Effect> {
    match change {
        Change::At(name, partner) => at(state, &name, partner.as_deref()),
        Change::Mark(name) => with_key(state, &name, |state, key| state.marks.add(key)),
        Change::Unmark(name) => with_key(state, &name, |state, key| {
            state.marks.remove(key);
        }),
        Change::Note(name, text) => {
            with_key(state, &name, |state, key| state.marks.write_note(key, text));
        }
        Change::Filter(text) => state.filter_triage(&text),
        Change::Sort(measure, order) => state.sort_triage_by(measure, order),
        Change::Panel(panel) => motion::focus(state, panel),
        Change::Expand(on) => state.view.expanded = on,
        Change::Curve(curve) => return dynamics::curve(state, curve),
        Change::Threshold(value) => dynamics::threshold(state, value),
        Change::Order(order) => state.view.order = order,
        Change::Turn([pitch, yaw, magnification]) => {
            let view = &mut state.view;
            (view.pitch, view.yaw, view.magnification) = (pitch, yaw, magnification);
        }
        Change::Zoom(bars, map, coupling) => {
            let view = &mut state.view;
            (view.track_zoom, view.heat_zoom, view.map_zoom) = (bars, map, coupling);
        }
        Change::Record(number) => return record(state, number),
        Change::Ensemble(seed) => return dynamics::ensemble(state, seed),
        Change::Undo => state.undo(true),
        Change::Redo => state.undo(false),
        Change::Resume => take_up(state),
    }
    Vec::new()
}

fn with_key(state: &mut State, name: &str, act: impl FnOnce(&mut State, MarkKey)) {
    match state.key_of_name(name) {
        Some(key) => act(state, key),
        None => state.say(Notice::error(format!(
            "nothing is called '{name}' here: a residue is A:42, a substitution A42G"
        ))),
    }
}

fn at(state: &mut State, name: &str, partner: Option<&str>) {
    let partner = partner.map(|p| state.key_of_name(p).map(|(index, _)| index));
    with_key(state, name, |state, (index, mutant)| {
        motion::go_to(state, index);
        state.cursor.mutant = mutant;
        state.cursor.partner = partner.flatten();
        state.refresh_triage();
    });
}

fn record(state: &mut State, number: usize) -> Vec<Effect> {
    let Some(subject) = state.subject.clone() else {
        return Vec::new();
    };
    let path = subject.path.clone();
    if let Some(other) = Subject::of_record(subject.records.clone(), number - 1, path) {
        return super::opened(state, Ok(other));
    }
    let count = subject.records.len();
    state.say(Notice::error(format!("the file has {count} sequences")));
    Vec::new()
}

/// A session of the open file from before was found.
pub(super) fn remembered(state: &mut State, name: String, work: Work) {
    if state.subject.is_none() || state.session.is_some() || !state.pending.is_empty() {
        return;
    }
    let here = state.subject.as_deref().map(super::super::work::shelf_key);
    let marks = offered(&work, here.as_deref());
    if marks.is_empty() {
        return;
    }
    let (count, notes) = (
        marks.len(),
        marks.iter().filter(|m| !m.note.is_empty()).count(),
    );
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let mut said = plural(count, "mark");
    if notes > 0 {
        said = format!("{said} and {}", plural(notes, "note"));
    }
    let key = state.keymap.key_name(crate::app::Action::Resume);
    state.say(Notice::info(format!(
        "{said} kept from before (session {name}) · {key} takes them up"
    )));
    state.offer = Some((name, work));
}

/// The marks of a kept session that belong to what is on the table.
fn offered<'a>(work: &'a Work, key: Option<&str>) -> &'a [Noted] {
    let own = key.and_then(|key| {
        let (file, rest) = key.split_once('|')?;
        let chains = rest.rsplit_once('|')?.1;
        (work.file == file && (work.chains == chains || work.record > 0)).then_some(&work.marks)
    });
    own.or_else(|| work.shelf.get(key?))
        .map_or(&[], Vec::as_slice)
}

/// Takes up the marks that are offered.
fn take_up(state: &mut State) {
    let Some((name, work)) = state.offer.take() else {
        state.say(Notice::info("no marks are kept from an earlier session"));
        return;
    };
    let here = state.subject.as_deref().map(super::super::work::shelf_key);
    let marks = offered(&work, here.as_deref()).to_vec();
    let lost = state.lay_out(&marks);
    for (key, marks) in work.shelf {
        if Some(&key) != here.as_ref() {
            state.shelf.entry(key).or_insert(marks);
        }
    }
    state.session = Some(name);
    let taken = marks.len() - lost.len();
    state.say(if lost.is_empty() {
        Notice::info(format!(
            "{taken} marks taken up · {} in all",
            state.marks.len()
        ))
    } else {
        let lost = lost.join(", ");
        Notice::warning(format!("{taken} marks taken up; not in this file: {lost}"))
    });
}

impl State {
    /// Marks by name, beside those that are there; the names that have no place.
    pub(super) fn lay_out(&mut self, marks: &[Noted]) -> Vec<String> {
        let mut lost = Vec::new();
        for mark in marks {
            match self.key_of_name(&mark.name) {
                Some(key) if mark.note.is_empty() => self.marks.add(key),
                Some(key) => self.marks.write_note(key, mark.note.clone()),
                None => lost.push(mark.name.clone()),
            }
        }
        lost
    }
}

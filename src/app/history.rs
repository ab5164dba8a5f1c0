//! Undo and redo: what the user made of the protein, step by step.

use super::marks::Marks;
use super::message::Notice;
use super::state::State;

/// Steps remembered.
const STEPS_KEPT: usize = 200;

/// What can be undone: marks with their notes, the filter, the selection.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edits {
    marks: Marks,
    filter: String,
    selection: Option<Vec<bool>>,
    selection_text: String,
}

/// How it came about.
#[derive(Debug, Clone, Default)]
pub struct History {
    current: Edits,
    past: Vec<Edits>,
    future: Vec<Edits>,
}

impl State {
    fn edits(&self) -> Edits {
        Edits {
            marks: self.marks.clone(),
            filter: self.triage.filter_text.clone(),
            selection: self.selection.clone(),
            selection_text: self.selection_text.clone(),
        }
    }

    /// Remembers a step, where something was changed since the last one.
    pub(super) fn remember_step(&mut self) {
        // A range that is being dragged is one step, whole.
        if self.anchor.is_some() {
            return;
        }
        let now = self.edits();
        if now == self.history.current {
            return;
        }
        let before = std::mem::replace(&mut self.history.current, now);
        self.history.future.clear();
        self.history.past.push(before);
        if self.history.past.len() > STEPS_KEPT {
            self.history.past.remove(0);
        }
    }

    /// Begins anew: the steps belong to what was on the table before.
    pub(super) fn forget_steps(&mut self) {
        self.history = History {
            current: self.edits(),
            ..History::default()
        };
    }

    /// Takes the last step back, or takes it again.
    pub(super) fn undo(&mut self, back: bool) {
        self.remember_step();
        let history = &mut self.history;
        let (from, to, verb) = if back {
            (&mut history.past, &mut history.future, "undone")
        } else {
            (&mut history.future, &mut history.past, "done again")
        };
        let Some(edits) = from.pop() else {
            self.say(Notice::info("no such step"));
            return;
        };
        to.push(std::mem::replace(&mut history.current, edits.clone()));
        if edits.filter != self.triage.filter_text {
            self.filter_triage(&edits.filter);
        }
        self.marks = edits.marks;
        self.selection = edits.selection;
        self.selection_text = edits.selection_text;
        let marked = self.marks.len();
        self.say(Notice::info(format!("{verb} · {marked} marked")));
    }
}

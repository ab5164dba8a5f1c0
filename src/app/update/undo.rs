//! Undo and redo of marks, filter and selection.

use crate::app::history::{Edits, History};
use crate::app::messages::Notice;
use crate::app::program::Overlay;
use crate::app::prompt::PromptKind;
use crate::app::state::State;

fn edits(state: &State) -> Edits {
    let desk = &state.desk;
    Edits {
        marks: desk.marks.clone(),
        filter: state.view.rows.filter_text.clone(),
        selection: desk.selection.clone(),
        selection_text: desk.selection_text.clone(),
    }
}

/// Remembers a step, where something was changed since the last one.
pub(super) fn remember(state: &mut State) {
    // A range that is being dragged is one step, whole, and so is a filter that is being typed.
    let is_typing =
        matches!(&state.program.overlay, Overlay::Prompt(p) if p.kind == PromptKind::Filter);
    if state.desk.anchor.is_none() && !is_typing {
        let now = edits(state);
        state.desk.history.remember(now);
    }
}

/// Begins anew: the steps belong to what was open before.
pub(super) fn forget(state: &mut State) {
    state.desk.history = History::new(edits(state));
}

/// Takes the last step back, or takes it again.
pub(super) fn step(state: &mut State, back: bool) {
    remember(state);
    let Some((edits, said)) = state.desk.history.step(back) else {
        let what = if back { "undo" } else { "do again" };
        state.say(Notice::info(format!("there is nothing to {what}")));
        return;
    };
    if edits.filter != state.view.rows.filter_text {
        state.filter_triage(&edits.filter);
    }
    let desk = &mut state.desk;
    desk.marks = edits.marks;
    desk.selection = edits.selection;
    desk.selection_text = edits.selection_text;
    let verb = if back { "undone" } else { "done again" };
    let marked = desk.marks.len();
    state.say(Notice::info(format!("{verb}: {said} · {marked} marked")));
}

//! What opens a line to type on, or the palette.

use crate::app::message::Notice;
use crate::app::palette::Palette;
use crate::app::prompt::{Prompt, PromptKind};
use crate::app::state::{Overlay, State};

fn open(state: &mut State, kind: PromptKind, text: &str) {
    state.overlay = Overlay::Prompt(Prompt::with_text(kind, text));
}

pub(super) fn command(state: &mut State, text: &str) {
    open(state, PromptKind::Command, text);
}

pub(super) fn search(state: &mut State) {
    open(state, PromptKind::Search, "");
}

pub(super) fn filter(state: &mut State) {
    let text = state.triage.filter_text.clone();
    open(state, PromptKind::Filter, &text);
}

pub(super) fn note(state: &mut State) {
    match state.mark_key() {
        Some(key) => {
            let note = state.marks.note(key).unwrap_or("").to_owned();
            open(state, PromptKind::Note(key), &note);
        }
        None => state.say(Notice::warning(state.nothing_here())),
    }
}

pub(super) fn palette(state: &mut State) {
    state.overlay = Overlay::Palette(Palette::new(&state.keymap));
}

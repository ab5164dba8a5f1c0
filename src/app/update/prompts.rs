//! What opens a line to type on, the palette or the messages.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::messages::Notice;
use crate::app::palette::Palette;
use crate::app::panel::Panel;
use crate::app::program::Overlay;
use crate::app::prompt::{Prompt, PromptKind};
use crate::app::state::State;

fn open(state: &mut State, kind: PromptKind, text: &str) {
    state.program.overlay = Overlay::Prompt(Prompt::with_text(kind, text));
}

pub(super) fn command(state: &mut State, text: &str) {
    open(state, PromptKind::Command, text);
}

pub(super) fn search(state: &mut State) {
    open(state, PromptKind::Search, "");
}

pub(super) fn filter(state: &mut State) {
    let (kind, rows) = match state.view.focus {
        Panel::Residues => (PromptKind::ResidueFilter, &state.view.residues.filter_text),
        _ => (PromptKind::Filter, &state.view.rows.filter_text),
    };
    let text = rows.clone();
    open(state, kind, &text);
}

pub(super) fn note(state: &mut State) {
    match state.mark_key() {
        Some(key) => {
            let note = state.desk.marks.note(key).unwrap_or("").to_owned();
            open(state, PromptKind::Note(key), &note);
        }
        None => state.say(Notice::warning(state.nothing_here())),
    }
}

pub(super) fn palette(state: &mut State) {
    state.program.overlay = Overlay::Palette(Palette::new(&state.program.keymap));
}

/// A key over the list of messages: scrolls it, or closes it.
pub(super) fn scrolled(rows: usize, key: KeyEvent) -> Overlay {
    match key.code {
        KeyCode::Down | KeyCode::Char('j') => Overlay::Messages(rows + 1),
        KeyCode::Up | KeyCode::Char('k') => Overlay::Messages(rows.saturating_sub(1)),
        KeyCode::PageDown => Overlay::Messages(rows + 10),
        KeyCode::PageUp => Overlay::Messages(rows.saturating_sub(10)),
        _ => Overlay::None,
    }
}

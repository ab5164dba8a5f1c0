//! Keys: to what is being typed, to the welcome screen, or through the keymap to a command.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::{export, line, parts, prompts, run, welcome};
use crate::app::effect::Effect;
use crate::app::palette::Chosen;
use crate::app::program::Overlay;
use crate::app::state::State;

pub(super) fn press(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    state.program.messages.seen();
    state.desk.anchor = None;
    match std::mem::take(&mut state.program.overlay) {
        Overlay::Palette(mut palette) => match palette.key(key, &state.program.keymap) {
            Chosen::Open => state.program.overlay = Overlay::Palette(palette),
            Chosen::Closed => {}
            Chosen::Line(line) => return run::chosen(state, &line),
        },
        Overlay::Prompt(prompt) => return line::typed(state, prompt, key),
        Overlay::Export(dialog) => export::typed(state, dialog, key),
        Overlay::Messages(rows) => state.program.overlay = prompts::scrolled(rows, key),
        Overlay::Fetch(missing) => return parts::answer(state, &missing, key),
        Overlay::Replace(product, path) => return export::replace(state, product, &path, key),
        Overlay::None if state.shows_welcome() => return welcome::press(state, key),
        Overlay::None => {
            if let Some(command) = state.program.keymap.command(key).cloned() {
                return run::run(state, command);
            }
        }
    }
    Vec::new()
}

pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let welcome = state.shows_welcome();
    match &mut state.program.overlay {
        Overlay::Palette(palette) => palette.paste(text, &state.program.keymap),
        Overlay::Prompt(prompt) => {
            prompt.insert(text.trim_end_matches(['\n', '\r']));
            line::preview(state);
        }
        // A pasted path opens.
        Overlay::None if welcome => {
            let path = text.trim().trim_matches(['\'', '"']).to_owned();
            return parts::open(state, path.into());
        }
        Overlay::None
        | Overlay::Export(_)
        | Overlay::Messages(_)
        | Overlay::Replace(..)
        | Overlay::Fetch(_) => {}
    }
    Vec::new()
}

//! Keys: to what is being typed, to the welcome screen, or through the keymap to a command.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::{export, line, parts, run, welcome};
use crate::app::effect::Effect;
use crate::app::palette::Chosen;
use crate::app::state::{Overlay, State};

/// A key was pressed.
pub(super) fn press(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    state.notice = None;
    state.anchor = None;
    match std::mem::take(&mut state.overlay) {
        Overlay::Palette(mut palette) => match palette.key(key, &state.keymap) {
            Chosen::Open => state.overlay = Overlay::Palette(palette),
            Chosen::Closed => {}
            Chosen::Line(line) => return run::chosen(state, &line),
        },
        Overlay::Prompt(prompt) => return line::typed(state, prompt, key),
        Overlay::Export(dialog) => export::typed(state, dialog, key),
        Overlay::Replace(product, path) => return export::replace(state, product, &path, key),
        Overlay::None => {
            if let Some(command) = state.keymap.command(key).cloned() {
                return if state.shows_welcome() {
                    welcome::press(state, command)
                } else {
                    run::run(state, command)
                };
            }
        }
    }
    Vec::new()
}

/// Text was pasted.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let welcome = state.shows_welcome();
    match &mut state.overlay {
        Overlay::Palette(palette) => palette.paste(text, &state.keymap),
        Overlay::Prompt(prompt) => {
            prompt.insert(text.trim_end_matches(['\n', '\r']));
            line::preview(state);
        }
        // A pasted path opens.
        Overlay::None if welcome => {
            let path = text.trim().trim_matches(['\'', '"']).to_owned();
            return parts::open(state, path.into());
        }
        Overlay::None | Overlay::Export(_) | Overlay::Replace(..) => {}
    }
    Vec::new()
}

//! How the screen looks: colours, graphics, theme, mouse, and the way back.

use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::panel::{AminoAcidOrder, Graphics, Reading};
use crate::app::state::State;

pub(super) fn recolor(state: &mut State) {
    state.view.color_by = state.view.color_by.next();
    let name = state.view.color_by.name();
    state.say(Notice::info(format!("structure coloured by {name}")));
}

pub(super) fn reread(state: &mut State) {
    state.view.reading = match state.view.reading.next() {
        Reading::PredictedError if state.desk.results.pae.is_none() => Reading::default(),
        next => next,
    };
    state.say(Notice::info(state.view.reading.name()));
}

pub(super) fn graphics(state: &mut State, graphics: Graphics) {
    if graphics == Graphics::Pixels && state.program.cell_pixels.is_none() {
        let text = "this terminal did not report that it shows pictures (kitty, sixel, iTerm2)";
        state.say(Notice::warning(text));
        return;
    }
    state.view.graphics = graphics;
    state.say(Notice::info(format!("structure in {}", graphics.id())));
}

pub(super) fn reorder(state: &mut State) {
    state.view.order = state.view.order.next();
    let by = match state.view.order {
        AminoAcidOrder::Alphabetical => "letter",
        other => other.name(),
    };
    state.say(Notice::info(format!("amino acids ordered by {by}")));
}

pub(super) fn next_theme(state: &mut State) {
    let at = state
        .program
        .themes
        .iter()
        .position(|t| *t == state.program.theme);
    let next = at.map_or(0, |i| (i + 1) % state.program.themes.len());
    if let Some(name) = state.program.themes.get(next) {
        state.program.theme.clone_from(name);
        state.say(Notice::info(format!("theme {}", state.program.theme)));
    }
}

pub(super) fn theme(state: &mut State, name: &str) {
    // A journal is carried out where there are none.
    let themes = &state.program.themes;
    if themes.is_empty() || themes.iter().any(|t| t == name) {
        name.clone_into(&mut state.program.theme);
    } else {
        let names = state.program.themes.join(", ");
        state.say(Notice::error(format!("no theme '{name}': {names}")));
    }
}

pub(super) fn mouse(state: &mut State, on: bool) -> Vec<Effect> {
    state.program.mouse = on;
    state.say(Notice::info(if on {
        "mouse on: click, drag, wheel"
    } else {
        "mouse off: the terminal selects text"
    }));
    vec![Effect::Mouse(on)]
}

pub(super) fn back(state: &mut State) {
    if state.view.expanded {
        state.view.expanded = false;
    } else if state.desk.response.is_some() {
        state.desk.response = None;
    } else if state.view.mode.is_some() {
        state.view.mode = None;
    } else if state.desk.cursor.partner.is_some() {
        state.desk.cursor.partner = None;
    } else {
        state.desk.matches.clear();
        state.desk.selection = None;
        state.desk.selection_text.clear();
    }
}

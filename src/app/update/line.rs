//! What is typed on the prompt: commands, searches, notes, filters.

use std::path::PathBuf;

use crossterm::event::KeyEvent;

use super::{export, motion, run};
use crate::app::completion::{complete, folder_of};
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::program::Overlay;
use crate::app::prompt::{Prompt, PromptKind, Typed};
use crate::app::search;
use crate::app::state::State;

/// A key went to the prompt.
pub(super) fn typed(state: &mut State, mut prompt: Prompt, key: KeyEvent) -> Vec<Effect> {
    let history = match prompt.kind {
        PromptKind::Search => &state.program.searches,
        _ => &state.program.commands,
    };
    match prompt.key(key, history) {
        Typed::Left => {
            left(state, &prompt);
            return Vec::new();
        }
        Typed::Entered => return entered(state, prompt),
        Typed::Complete if prompt.kind == PromptKind::Command => {
            let unknown = folder_of(prompt.text(), state).filter(|f| *f != state.program.names.0);
            state.program.overlay = Overlay::Prompt(prompt);
            if let Some(folder) = unknown {
                return vec![Effect::Names(folder)];
            }
            go_on(state);
            return Vec::new();
        }
        Typed::Edited | Typed::Complete => {}
    }
    state.program.overlay = Overlay::Prompt(prompt);
    preview(state);
    Vec::new()
}

/// The names in a folder came: goes on with the path that is being typed.
pub(super) fn named(state: &mut State, folder: PathBuf, names: Vec<String>) {
    state.program.names = (folder, names);
    go_on(state);
}

/// Completes the line as far as there is one way.
fn go_on(state: &mut State) {
    let Overlay::Prompt(prompt) = &state.program.overlay else {
        return;
    };
    let ways = complete(prompt.text(), state);
    let lines: Vec<&str> = ways.iter().map(|w| w.line.as_str()).collect();
    if let (Some(line), Overlay::Prompt(prompt)) =
        (common_start(&lines), &mut state.program.overlay)
    {
        prompt.set(&line);
    }
}

fn common_start(lines: &[&str]) -> Option<String> {
    let first = lines.first()?;
    let shared = first
        .char_indices()
        .find(|(at, c)| !lines.iter().all(|l| l[*at..].starts_with(*c)))
        .map_or(first.len(), |(at, _)| at);
    Some(first[..shared].to_owned())
}

/// The line is left: what it showed meanwhile goes.
fn left(state: &mut State, prompt: &Prompt) {
    match prompt.kind {
        PromptKind::Search => state.desk.matches.clear(),
        PromptKind::Filter => {
            // It was in force before.
            let _ = state.show_filtered(prompt.before());
        }
        PromptKind::ResidueFilter => {
            let _ = state.show_residues(prompt.before());
        }
        _ => {}
    }
}

/// Shows what a search finds and what a filter leaves while it is typed.
pub(super) fn preview(state: &mut State) {
    if let Overlay::Prompt(prompt) = &state.program.overlay {
        let text = prompt.text().trim().to_owned();
        // Half a word is no fault yet.
        match prompt.kind {
            PromptKind::Filter => drop(state.show_filtered(&text)),
            PromptKind::ResidueFilter => drop(state.show_residues(&text)),
            _ => {}
        }
    }
    if let (Overlay::Prompt(prompt), Some(subject)) = (&state.program.overlay, &state.desk.subject)
        && prompt.kind == PromptKind::Search
    {
        state.desk.matches = search::find(subject, prompt.text()).unwrap_or_default();
    }
}

fn entered(state: &mut State, prompt: Prompt) -> Vec<Effect> {
    let text = prompt.text().trim().to_owned();
    match prompt.kind {
        PromptKind::Search => {
            state.program.searches.push(&text);
            motion::search(state, &text);
        }
        PromptKind::Command | PromptKind::File(_) if text.is_empty() => {}
        PromptKind::Command => {
            state.program.commands.push(&text);
            return run::line(state, &text);
        }
        PromptKind::Note(key) => {
            state.desk.marks.write_note(key, text);
            let name = state.mark_name(key);
            state.say(Notice::info(format!("noted on {name}")));
        }
        PromptKind::Filter => {
            // What cannot be read is there to be mended.
            if !state.filter_triage(&text) {
                state.program.overlay = Overlay::Prompt(prompt);
            }
        }
        PromptKind::ResidueFilter => match state.show_residues(&text) {
            Ok(()) => {
                let count = state.desk.residues.shown.len();
                state.say(Notice::info(format!("{count} residues shown")));
            }
            Err(fault) => {
                state.say(Notice::error(fault.to_string()));
                state.program.overlay = Overlay::Prompt(prompt);
            }
        },
        PromptKind::File(family) => return export::ask(state, Some(family), &text, false),
    }
    Vec::new()
}

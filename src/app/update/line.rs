//! What is typed on the prompt: commands, searches, notes, filters.

use crossterm::event::KeyEvent;

use super::{export, motion, run};
use crate::app::completion::complete;
use crate::app::effect::Effect;
use crate::app::message::Notice;
use crate::app::prompt::{Prompt, PromptKind, Typed};
use crate::app::search;
use crate::app::state::{Overlay, State};

/// A key went to the prompt.
pub(super) fn typed(state: &mut State, mut prompt: Prompt, key: KeyEvent) -> Vec<Effect> {
    let history = match prompt.kind {
        PromptKind::Search => &state.searches,
        PromptKind::Command | PromptKind::Note(_) | PromptKind::Filter | PromptKind::File(_) => {
            &state.commands
        }
    };
    match prompt.key(key, history) {
        Typed::Left => {
            if prompt.kind == PromptKind::Search {
                state.matches.clear();
            }
            return Vec::new();
        }
        Typed::Entered => return entered(state, &prompt),
        Typed::Complete if prompt.kind == PromptKind::Command => {
            let ways = complete(prompt.text(), state);
            let lines: Vec<&str> = ways.iter().map(|w| w.line.as_str()).collect();
            if let Some(line) = common_start(&lines) {
                prompt.set(&line);
            }
        }
        Typed::Edited | Typed::Complete => {}
    }
    state.overlay = Overlay::Prompt(prompt);
    preview(state);
    Vec::new()
}

fn common_start(lines: &[&str]) -> Option<String> {
    let first = lines.first()?;
    let shared = first
        .char_indices()
        .find(|(at, c)| !lines.iter().all(|l| l[*at..].starts_with(*c)))
        .map_or(first.len(), |(at, _)| at);
    Some(first[..shared].to_owned())
}

/// Shows what a search that is being typed finds.
pub(super) fn preview(state: &mut State) {
    if let (Overlay::Prompt(prompt), Some(subject)) = (&state.overlay, &state.subject)
        && prompt.kind == PromptKind::Search
    {
        state.matches = search::find(subject, prompt.text()).unwrap_or_default();
    }
}

fn entered(state: &mut State, prompt: &Prompt) -> Vec<Effect> {
    let text = prompt.text().trim().to_owned();
    match prompt.kind {
        PromptKind::Search => {
            state.searches.push(&text);
            motion::search(state, &text);
        }
        PromptKind::Command | PromptKind::File(_) if text.is_empty() => {}
        PromptKind::Command => {
            state.commands.push(&text);
            return run::line(state, &text);
        }
        PromptKind::Note(key) => {
            state.marks.write_note(key, text);
            let name = state.mark_name(key);
            state.say(Notice::info(format!("noted on {name}")));
        }
        PromptKind::Filter => state.filter_triage(&text),
        PromptKind::File(family) => return export::ask(state, Some(family), &text, false),
    }
    Vec::new()
}

//! What is typed on the prompt: commands, searches, notes, filters.

use crossterm::event::KeyEvent;

use super::{collective, export, jobs, keys, measured, motion};
use crate::app::actions::Action;
use crate::app::command::{self, Command};
use crate::app::effect::Effect;
use crate::app::message::Notice;
use crate::app::prompt::{Prompt, PromptKind, Typed};
use crate::app::search;
use crate::app::state::{Overlay, State};
use crate::protein::select::Selection;

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
            let ways = command::complete(prompt.text(), state);
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
        state.matches = search::find(subject, prompt.text());
    }
}

fn entered(state: &mut State, prompt: &Prompt) -> Vec<Effect> {
    let text = prompt.text().trim().to_owned();
    match prompt.kind {
        PromptKind::Search => {
            state.searches.push(&text);
            search_for(state, &text);
        }
        PromptKind::Command | PromptKind::File(_) if text.is_empty() => {}
        PromptKind::Command => {
            state.commands.push(&text);
            return say(state, &text);
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

/// Does what a line says.
pub(super) fn say(state: &mut State, text: &str) -> Vec<Effect> {
    match command::parse(text) {
        Ok(command) => run(state, command),
        Err(reason) => {
            state.say(Notice::error(reason));
            Vec::new()
        }
    }
}

fn search_for(state: &mut State, text: &str) {
    let Some(subject) = state.subject.clone() else {
        return;
    };
    state.matches = search::find(&subject, text);
    let here = state.cursor.residue;
    let first = state.matches.iter().find(|m| m.index >= here);
    match first.or(state.matches.first()).copied() {
        Some(place) => {
            motion::go_to(state, place.index);
            if place.mutant.is_some() {
                state.cursor.mutant = place.mutant;
            }
            let count = state.matches.len();
            let matches = if count == 1 { "match" } else { "matches · n N" };
            state.say(Notice::info(format!("{count} {matches}")));
        }
        None if text.is_empty() => {}
        None => state.say(Notice::warning(format!(
            "nothing is called '{text}' here: a residue number (42, A:42), a motif (GxGxxG) or a mutation (A42G)"
        ))),
    }
}

fn run(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::Quit => return vec![Effect::Quit(Vec::new())],
        Command::Goto(text) => search_for(state, &text),
        Command::Source(source) => return jobs::ask_dynamics(state, Some(source)),
        Command::Scan(method) => return jobs::ask_map(state, method),
        Command::Chain(names) => return chain(state, names),
        Command::Model(number) => return model(state, number),
        Command::Color(color) => state.view.color_by = color,
        Command::Theme(name) => theme(state, name),
        Command::Select(text) => select(state, &text),
        Command::Export(family, path, overwrite) => {
            return export::ask(state, family, &path, overwrite);
        }
        Command::Sequence(path) => return sequence(state, path),
        Command::Open(path) => return keys::open(state, path.into()),
        Command::Weights(path) => return vec![Effect::ReadWeights(path.into())],
        Command::Data(path) if path.is_empty() => measured::forget(state),
        Command::Data(path) => return vec![Effect::ReadData(path.into())],
        Command::Cancel => return jobs::cancel(state),
        Command::Mouse(on) => return keys::mouse(state, on),
        Command::Change(change) => return super::change::make(state, change),
        Command::Compare(other) => return collective::compare(state, other),
        Command::Mode(mode) => return collective::choose_mode(state, mode),
        Command::Amplitude(deviations) => collective::swing(state, deviations),
        Command::Graphics(graphics) => keys::graphics(state, graphics),
        Command::Act(action) => return keys::perform(state, action),
        Command::Help => return keys::perform(state, Action::Help),
    }
    Vec::new()
}

fn chain(state: &mut State, names: Vec<String>) -> Vec<Effect> {
    let Some(subject) = state.subject.clone() else {
        return Vec::new();
    };
    let chains = (!names.is_empty()).then_some(names);
    keys::choose(state, &subject, subject.model, chains)
}

/// Completes the structure by the sequences of a file, or no more.
fn sequence(state: &mut State, path: String) -> Vec<Effect> {
    let file = (!path.is_empty()).then(|| path.clone().into());
    state.sequence_file = path;
    let mut effects = vec![Effect::Sequence(file)];
    if let Some(subject) = state.subject.clone().filter(|s| s.has_coordinates()) {
        let chains = Some(subject.chains.clone());
        effects.extend(keys::choose(state, &subject, subject.model, chains));
    }
    effects
}

fn model(state: &mut State, number: usize) -> Vec<Effect> {
    let Some(subject) = state.subject.clone() else {
        return Vec::new();
    };
    if number > subject.model_count() {
        let count = subject.model_count();
        state.say(Notice::error(format!("the file has {count} models")));
        return Vec::new();
    }
    keys::choose(state, &subject, number - 1, Some(subject.chains.clone()))
}

fn theme(state: &mut State, name: String) {
    if state.themes.contains(&name) {
        state.theme = name;
    } else {
        let names = state.themes.join(", ");
        state.say(Notice::error(format!("no theme '{name}': {names}")));
    }
}

fn select(state: &mut State, text: &str) {
    let Some(subject) = state.subject.clone() else {
        return;
    };
    if text.is_empty() {
        state.selection = None;
        state.selection_text.clear();
        return;
    }
    match Selection::parse(text) {
        Ok(selection) => {
            let chosen = selection.matches(&subject.protein, &subject.secondary);
            let count = chosen.iter().filter(|c| **c).count();
            if let Some(first) = chosen.iter().position(|c| *c) {
                motion::go_to(state, first);
            }
            state.selection = Some(chosen);
            text.clone_into(&mut state.selection_text);
            state.say(Notice::info(format!("{count} residues selected")));
        }
        Err(fault) => state.say(Notice::error(fault.to_string())),
    }
}

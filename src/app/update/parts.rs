//! Opening a file, and another part of the open one: chains, model, sequence.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::program::{Missing, Overlay};
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::protein::{Around, ChainChoice};

pub(super) fn open(state: &mut State, path: PathBuf) -> Vec<Effect> {
    state.program.opening = Some(path.display().to_string());
    vec![Effect::Open(path)]
}

/// What is to be opened is not on this machine: asks whether it is to be downloaded.
pub(super) fn not_here(state: &mut State, missing: Missing) -> Vec<Effect> {
    state.program.opening = None;
    match state.program.fetch {
        Some(true) => return fetch(state, &missing),
        Some(false) => {
            let text = format!("{} is not on this machine (--offline)", missing.entry);
            state.say(Notice::error(text));
        }
        None => state.program.overlay = Overlay::Fetch(missing),
    }
    Vec::new()
}

/// The answer to that.
pub(super) fn answer(state: &mut State, missing: &Missing, key: KeyEvent) -> Vec<Effect> {
    if matches!(key.code, KeyCode::Char('y' | 'Y')) {
        return fetch(state, missing);
    }
    state.say(Notice::info(format!(
        "{} was not downloaded",
        missing.entry
    )));
    Vec::new()
}

fn fetch(state: &mut State, missing: &Missing) -> Vec<Effect> {
    state.program.opening = Some(format!("{} from {}", missing.entry, missing.server));
    vec![Effect::Fetch(missing.path.clone())]
}

/// Shows the files to choose from.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    state.program.picking = true;
    state.program.welcome.typed.clear();
    vec![Effect::List(state.program.welcome.folder.clone())]
}

pub(super) fn chains(state: &mut State, names: Option<Vec<String>>) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.clone() else {
        return Vec::new();
    };
    choose(state, &subject, subject.model, names)
}

pub(super) fn next_chain(state: &mut State, step: isize) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.clone() else {
        return Vec::new();
    };
    if !subject.has_coordinates() {
        return next_record(state, &subject, step);
    }
    let all = subject.all_chains();
    if all.len() < 2 {
        state.say(Notice::info("there is no other chain"));
        return Vec::new();
    }
    let first = subject.chains.first();
    let at = first
        .and_then(|c| all.iter().position(|a| a == c))
        .unwrap_or(0);
    let next = (at as isize + step).rem_euclid(all.len() as isize) as usize;
    let chain = vec![all[next].clone()];
    choose(state, &subject, subject.model, Some(chain))
}

fn next_record(state: &mut State, subject: &Subject, step: isize) -> Vec<Effect> {
    let count = subject.records.len() as isize;
    if count < 2 {
        state.say(Notice::info("the file has one sequence"));
        return Vec::new();
    }
    let next = (subject.record as isize + step).rem_euclid(count) as usize;
    record(state, next)
}

/// Another sequence of the file, by its 0-based place.
pub(super) fn record(state: &mut State, index: usize) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.clone() else {
        return Vec::new();
    };
    let path = subject.path.clone();
    let records = Arc::clone(&subject.records);
    match Subject::of_record(records, index, &ChainChoice::First, path) {
        Ok(other) => super::opened(state, Ok(other)),
        Err(refused) => {
            state.say(Notice::error(refused));
            Vec::new()
        }
    }
}

/// Another model of the file, by its 0-based place.
pub(super) fn model(state: &mut State, index: usize) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.clone() else {
        return Vec::new();
    };
    if index >= subject.model_count() {
        let count = subject.model_count();
        state.say(Notice::error(format!("the file has {count} models")));
        return Vec::new();
    }
    choose(state, &subject, index, Some(subject.chains.clone()))
}

pub(super) fn next_model(state: &mut State, step: isize) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.clone() else {
        return Vec::new();
    };
    let count = subject.model_count() as isize;
    if count < 2 {
        state.say(Notice::info("the file has one model"));
        return Vec::new();
    }
    model(
        state,
        (subject.model as isize + step).rem_euclid(count) as usize,
    )
}

/// Completes the structure by the sequences of a file, or no more.
pub(super) fn sequence(state: &mut State, path: Option<&str>) -> Vec<Effect> {
    path.unwrap_or_default()
        .clone_into(&mut state.program.sequence_file);
    let mut effects = vec![Effect::Sequence(path.map(PathBuf::from))];
    if let Some(subject) = state.desk.subject.clone().filter(|s| s.has_coordinates()) {
        let chains = Some(subject.chains.clone());
        effects.extend(choose(state, &subject, subject.model, chains));
    }
    effects
}

/// Another biological assembly around what is open, or the file as it is.
pub(super) fn assembly(state: &mut State, id: Option<&str>) -> Vec<Effect> {
    let around = Around {
        assembly: id.map(str::to_owned),
        counts: state.program.around.counts,
    };
    if let Some(subject) = state.desk.subject.clone() {
        let chains = ChainChoice::Named(subject.chains.clone());
        let placed = subject.structure.with_around(around.clone());
        let placed = placed.map_err(|e| e.to_string()).and_then(|structure| {
            let protein = structure.protein(subject.model, &chains);
            protein.map_err(|e| e.to_string())
        });
        if let Err(fault) = placed {
            state.say(Notice::error(fault));
            return Vec::new();
        }
    }
    surround(state, around)
}

/// Neighbours count from now on, or no more.
pub(super) fn context(state: &mut State, counts: bool) -> Vec<Effect> {
    let around = Around {
        counts,
        ..state.program.around.clone()
    };
    surround(state, around)
}

fn surround(state: &mut State, around: Around) -> Vec<Effect> {
    state.program.around = around.clone();
    let mut effects = vec![Effect::Around(around)];
    if let Some(subject) = state.desk.subject.clone().filter(|s| s.has_coordinates()) {
        let chains = Some(subject.chains.clone());
        effects.extend(choose(state, &subject, subject.model, chains));
    }
    effects
}

fn choose(
    state: &mut State,
    subject: &Subject,
    model: usize,
    chains: Option<Vec<String>>,
) -> Vec<Effect> {
    if !subject.has_coordinates() {
        state.say(Notice::info("a sequence has no chains and models"));
        return Vec::new();
    }
    state.program.opening = Some(subject.name.clone());
    vec![Effect::Choose {
        structure: Arc::clone(&subject.structure),
        path: subject.path.clone(),
        model,
        chains,
    }]
}

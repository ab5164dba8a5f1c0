//! How messages change the state.

mod alignment;
mod beside;
mod collective;
mod dynamics;
mod export;
mod fetch;
mod jobs;
mod keys;
mod line;
mod marks;
mod measured;
mod motion;
mod pae;
mod parts;
mod pointer;
mod prompts;
mod run;
mod scans;
mod screen;
mod simulation;
mod sources;
mod submit;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests;
mod undo;
mod variants;
mod welcome;
mod what_if;

use std::sync::Arc;
use std::time::Duration;

use super::desk::Desk;
use super::effect::Effect;
use super::kept::{Kept, shelf_key};
use super::message::Message;
use super::messages::Notice;
use super::program::Overlay;
use super::state::State;
use super::subject::Subject;

/// Radians a second that a spinning structure turns.
const SPIN_SPEED: f64 = 0.7;
/// A longer pause than this between two ticks is not caught up.
const LONGEST_STEP: Duration = Duration::from_millis(200);

/// Changes the state as the message says; answers what is to be done outside.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let is_news = matches!(
        message,
        Message::Tick(_)
            | Message::Job { .. }
            | Message::Resized { .. }
            | Message::Listed { .. }
            | Message::Names { .. }
            | Message::Note(_)
            | Message::BytesSent(_)
    );
    let mut effects = change(state, message);
    state.settle_cursor();
    if is_news {
        return effects;
    }
    while state.program.opening.is_none() {
        let Some(line) = state.program.pending.pop_front() else {
            break;
        };
        effects.extend(run::line(state, &line));
        state.settle_cursor();
    }
    undo::remember(state);
    state.write_journal();
    effects
}

fn change(state: &mut State, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(key) => keys::press(state, key),
        Message::Pointer(pointer) => pointer::point(state, pointer),
        Message::Paste(text) => keys::paste(state, &text),
        Message::Resized { columns, rows } => {
            state.program.size = (columns, rows);
            Vec::new()
        }
        Message::Tick(clock) => {
            tick(state, clock);
            Vec::new()
        }
        Message::Opened(outcome) => opened(state, *outcome),
        Message::NotHere(missing) => parts::not_here(state, missing),
        Message::SecondOpened { name, outcome } => beside::opened(state, &name, outcome),
        Message::Listed { folder, entries } => {
            state.program.welcome.folder = folder;
            state.program.welcome.entries = entries;
            let last = state.program.welcome.lines().count().saturating_sub(1);
            state.program.welcome.selected = state.program.welcome.selected.min(last);
            Vec::new()
        }
        Message::Names { folder, names } => {
            line::named(state, folder, names);
            Vec::new()
        }
        Message::Job { slot, event } => jobs::heard(state, slot, event),
        Message::WeightsRead { path, outcome } => scans::weights_read(state, &path, outcome),
        Message::DataRead { path, outcome } => {
            measured::read(state, &path, outcome);
            Vec::new()
        }
        Message::VariantsRead { asked, outcome } => variants::read(state, asked, outcome),
        Message::Exported {
            product,
            path,
            overwrite,
            written,
        } => {
            export::done(state, product, path, overwrite, written);
            Vec::new()
        }
        Message::Command(text) => run::line(state, &text),
        Message::Resume { name, kept } => {
            resume(state, name, *kept);
            Vec::new()
        }
        Message::Remembered { name, kept } => {
            marks::remembered(state, name, *kept);
            Vec::new()
        }
        Message::Note(notice) => {
            state.say(notice);
            Vec::new()
        }
        Message::BytesSent(bytes) => {
            state.program.bytes_sent = bytes;
            Vec::new()
        }
    }
}

/// Goes on with a kept session.
fn resume(state: &mut State, name: String, kept: Kept) {
    // An ensemble is drawn from dynamics that are not there yet.
    let is_there = |line: &String| !line.starts_with("ensemble ");
    state.program.pending = kept.commands.into_iter().filter(is_there).collect();
    state.program.shelf = kept.marks;
    state.program.session = Some(name);
}

fn tick(state: &mut State, clock: Duration) {
    let step = clock.saturating_sub(state.program.clock).min(LONGEST_STEP);
    state.program.clock = state.program.clock.max(clock);
    if state.view.spinning {
        let turned = state.view.yaw + step.as_secs_f64() * SPIN_SPEED;
        state.view.yaw = turned.rem_euclid(std::f64::consts::TAU);
    }
}

fn opened(state: &mut State, outcome: Result<Subject, String>) -> Vec<Effect> {
    state.program.opening = None;
    let subject = match outcome {
        Ok(subject) => Arc::new(subject),
        Err(reason) => {
            if !state.program.pending.is_empty() {
                // The session stays as it was kept.
                state.program.pending.clear();
                state.program.shelf.clear();
                state.program.session = None;
            }
            state.say(Notice::error(reason));
            return Vec::new();
        }
    };
    state.write_journal();
    if let Some(old) = &state.desk.subject {
        let marks = state.named_marks();
        state.program.shelf.insert(shelf_key(old), marks);
    }
    let stopped = jobs::cancel_all(state);
    state.desk = Desk::new(Arc::clone(&subject), &state.desk);
    let shelved = state.program.shelf.remove(&shelf_key(&subject));
    state.lay_out(&shelved.unwrap_or_default());
    state.view.mode = None;
    state.program.picking = false;
    state.program.overlay = Overlay::None;
    state.program.variants.clear();
    measured::place(state);
    state.refresh_triage();
    undo::forget(state);
    for warning in &subject.warnings {
        state.say(Notice::warning(warning.clone()));
    }
    stopped.into_iter().chain(jobs::begin(state)).collect()
}

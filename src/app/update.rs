//! How messages change the state.

mod collective;
mod dynamics;
mod export;
mod jobs;
mod keys;
mod line;
mod marks;
mod measured;
mod motion;
mod parts;
mod pointer;
mod prompts;
mod run;
mod screen;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests;
mod welcome;
mod what_if;

use std::sync::Arc;
use std::time::Duration;

use super::effect::Effect;
use super::keeping::{Kept, shelf_key};
use super::message::{Message, Notice};
use super::state::{Overlay, State};
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
            | Message::Note(_)
            | Message::BytesSent(_)
    );
    let mut effects = change(state, message);
    state.settle_cursor();
    if is_news {
        return effects;
    }
    while state.opening.is_none() {
        let Some(line) = state.pending.pop_front() else {
            break;
        };
        effects.extend(run::line(state, &line));
        state.settle_cursor();
    }
    state.remember_step();
    state.write_journal();
    effects
}

fn change(state: &mut State, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(key) => keys::press(state, key),
        Message::Pointer(pointer) => pointer::point(state, pointer),
        Message::Paste(text) => keys::paste(state, &text),
        Message::Resized { columns, rows } => {
            state.size = (columns, rows);
            Vec::new()
        }
        Message::Tick(clock) => {
            tick(state, clock);
            Vec::new()
        }
        Message::Opened(outcome) => opened(state, *outcome),
        Message::Listed { folder, entries } => {
            state.welcome.folder = folder;
            state.welcome.entries = entries;
            let last = state.welcome.lines().count().saturating_sub(1);
            state.welcome.selected = state.welcome.selected.min(last);
            Vec::new()
        }
        Message::Job { kind, event } => jobs::heard(state, kind, event),
        Message::WeightsRead { path, outcome } => jobs::weights_read(state, &path, outcome),
        Message::DataRead { path, outcome } => {
            measured::read(state, &path, outcome);
            Vec::new()
        }
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
            state.bytes_sent = bytes;
            Vec::new()
        }
    }
}

/// Goes on with a kept session.
fn resume(state: &mut State, name: String, kept: Kept) {
    // An ensemble is drawn from dynamics that are not there yet.
    let is_there = |line: &String| !line.starts_with("ensemble ");
    state.pending = kept.commands.into_iter().filter(is_there).collect();
    state.shelf = kept.marks;
    state.session = Some(name);
}

fn tick(state: &mut State, clock: Duration) {
    let step = clock.saturating_sub(state.clock).min(LONGEST_STEP);
    state.clock = state.clock.max(clock);
    if state.view.spinning {
        let turned = state.view.yaw + step.as_secs_f64() * SPIN_SPEED;
        state.view.yaw = turned.rem_euclid(std::f64::consts::TAU);
    }
}

fn opened(state: &mut State, outcome: Result<Subject, String>) -> Vec<Effect> {
    state.opening = None;
    let subject = match outcome {
        Ok(subject) => Arc::new(subject),
        Err(reason) => {
            if !state.pending.is_empty() {
                // The session stays as it was kept.
                state.pending.clear();
                state.shelf.clear();
                state.session = None;
            }
            state.say(Notice::error(reason));
            return Vec::new();
        }
    };
    state.write_journal();
    if let Some(old) = &state.subject {
        let marks = state.named_marks();
        state.shelf.insert(shelf_key(old), marks);
    }
    let old = state.subject.replace(Arc::clone(&subject));
    let kept = old.as_ref().and_then(|old| {
        let label = old.labels.get(state.cursor.residue)?;
        (old.name == subject.name).then(|| subject.labels.iter().position(|l| l == label))?
    });
    state.marks = super::marks::Marks::default();
    let shelved = state.shelf.remove(&shelf_key(&subject)).unwrap_or_default();
    state.lay_out(&shelved);
    state.cursor = super::state::Cursor {
        residue: kept.unwrap_or(0),
        ..Default::default()
    };
    state.results = super::results::Results::default();
    state.what_if = super::what_if::WhatIf::default();
    measured::place(state);
    state.refresh_triage();
    state.response = None;
    state.matches.clear();
    state.selection = None;
    state.selection_text.clear();
    state.offer = None;
    state.forget_steps();
    state.anchor = None;
    state.grasped = None;
    state.view.mode = None;
    state.picking = false;
    state.overlay = Overlay::None;
    state.notice = None;
    let more = subject.warnings.len().saturating_sub(1);
    let warning = subject.warnings.first().map(|warning| match more {
        0 => warning.clone(),
        more => format!("{warning} (and {more} more)"),
    });
    let texts: Vec<String> = state.fault.take().into_iter().chain(warning).collect();
    if !texts.is_empty() {
        state.say(Notice::warning(texts.join(" · ")));
    }
    jobs::begin(state)
}

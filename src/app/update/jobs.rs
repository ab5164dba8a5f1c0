//! Asking for results, and what happens as they come in.

use std::sync::Arc;

use super::{collective, measured, what_if};
use crate::analysis::{MutationMap, ScanMethod, Source};
use crate::app::effect::Effect;
use crate::app::job::{Job, JobEvent, JobKind};
use crate::app::measured::MeasuredShown;
use crate::app::message::Notice;
use crate::app::panel::Panel;
use crate::app::results::{Conformations, Dynamics, MapView, method_name, source_name};
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::study::{Combining, DynamicsRequest, Report, Request, ScanRequest, Weights};

/// Positions before and after the cursor that a scan is asked to score first.
const NEAR: usize = 60;

/// Asks for what a fresh subject needs; stops what the old one asked for.
pub(super) fn begin(state: &mut State) -> Vec<Effect> {
    let mut effects: Vec<Effect> = state.jobs.keys().map(|k| Effect::Cancel(*k)).collect();
    state.jobs.clear();
    let Some(subject) = state.subject.clone() else {
        return effects;
    };
    let has_structure = subject.has_coordinates();
    if has_structure {
        let asked = state.source;
        effects.extend(ask_dynamics(state, asked));
    }
    let (first, best) = if has_structure {
        (
            vec![
                ScanMethod::Stability,
                ScanMethod::Structure,
                ScanMethod::WildTypeMarginals,
            ],
            ScanMethod::Stability,
        )
    } else {
        let mut given = state.weights.keys().copied();
        let best = given.find(|m| !m.needs_structure());
        let best = best.unwrap_or(ScanMethod::WildTypeMarginals);
        (vec![best], best)
    };
    state.view.sequence_only = !has_structure;
    if !has_structure && state.view.focus.needs_structure() {
        state.view.focus = Panel::Mutations;
    }
    let shown = state
        .method
        .filter(|m| has_structure || !m.needs_structure());
    state.method = shown.or(Some(best));
    for method in first.into_iter().chain(shown) {
        effects.extend(request_map(state, method));
    }
    effects
}

/// Asks for the dynamics of a source, or of the best one.
pub(super) fn ask_dynamics(state: &mut State, source: Option<Source>) -> Vec<Effect> {
    let Some(subject) = state.subject.clone() else {
        return Vec::new();
    };
    if let Err(refused) = subject.protein.require_coordinates("motion") {
        state.say(Notice::warning(refused.to_string()));
        return Vec::new();
    }
    state.asked_source = source;
    if let Some(known) = source.filter(|s| state.results.dynamics.contains_key(s)) {
        state.source = Some(known);
        state.response = None;
        return follow(state);
    }
    let request = Request::Dynamics(DynamicsRequest {
        protein: Arc::clone(&subject.protein),
        structure: Arc::clone(&subject.structure),
        source,
        weights: Weights::Installed,
    });
    let label = source.map_or("dynamics", source_name).to_owned();
    vec![submit(state, JobKind::Dynamics, label, source, request)]
}

/// Asks for a map of substitutions and shows it.
pub(super) fn ask_map(state: &mut State, method: ScanMethod) -> Vec<Effect> {
    let Some(subject) = state.subject.clone() else {
        return Vec::new();
    };
    let needed = method.needs_structure().then(|| method_name(method));
    let refused = needed.and_then(|what| subject.protein.require_coordinates(what).err());
    if let Some(refused) = refused {
        state.say(Notice::warning(refused.to_string()));
        return Vec::new();
    }
    state.method = Some(method);
    state.measured_shown = MeasuredShown::No;
    let mut effects = Vec::new();
    if method == ScanMethod::MaskedMarginals {
        // The first guess, which its rows refine.
        effects.extend(request_map(state, ScanMethod::WildTypeMarginals));
    }
    effects.extend(request_map(state, method));
    show_guess(state);
    measured::compare(state);
    effects
}

/// Asks for a map of substitutions, unless it is there or under way.
fn request_map(state: &mut State, method: ScanMethod) -> Option<Effect> {
    let subject = state.subject.clone()?;
    if state
        .results
        .maps
        .get(&method)
        .is_some_and(|m| m.provenance.is_some())
        || state.jobs.contains_key(&JobKind::Scan(method))
    {
        return None;
    }
    let at = state.cursor.residue;
    let request = Request::Scan(ScanRequest {
        protein: Arc::clone(&subject.protein),
        method,
        weights: weights_of(state, method),
        properties: Vec::new(),
        combining: Combining::default(),
        first: at.saturating_sub(NEAR)..(at + NEAR).min(subject.len()),
    });
    let label = method_name(method).to_owned();
    state.results.refused_methods.remove(&method);
    Some(submit(state, JobKind::Scan(method), label, None, request))
}

/// The weights that the user gave for a method, else the installed ones.
pub(super) fn weights_of(state: &State, method: ScanMethod) -> Weights {
    let given = state.weights.get(&method).cloned();
    given.map_or(Weights::Installed, Weights::Path)
}

/// Weights were looked at: what they serve is scored with them from now on.
pub(super) fn weights_read(
    state: &mut State,
    path: &std::path::Path,
    outcome: Result<Vec<ScanMethod>, String>,
) -> Vec<Effect> {
    let methods = match outcome {
        Ok(methods) => methods,
        Err(reason) => {
            state.say(Notice::error(reason));
            return Vec::new();
        }
    };
    let given = path.display().to_string();
    state.given_weights.retain(|w| *w != given);
    state.given_weights.push(given);
    for method in &methods {
        state.weights.insert(*method, path.to_owned());
        state.results.maps.remove(method);
        state.jobs.remove(&JobKind::Scan(*method));
    }
    let names: Vec<&str> = methods.iter().map(|m| method_name(*m)).collect();
    state.say(Notice::info(format!(
        "{}: weights for {}",
        path.display(),
        names.join(", ")
    )));
    let has_structure = state.has_coordinates();
    let first = methods
        .iter()
        .find(|m| has_structure || !m.needs_structure());
    match first {
        // What needs no asking is scored at once, the dynamics scan when it is looked at.
        Some(method) if !matches!(method, ScanMethod::EsmDance | ScanMethod::SeqDance) => {
            let effect = request_map(state, *method);
            let refused = &state.results.refused_methods;
            if state
                .method
                .is_none_or(|m| refused.contains_key(&m) || *method < m)
            {
                state.method = Some(*method);
            }
            effect.into_iter().collect()
        }
        // A sequence has no other map to look at first.
        Some(method) if !has_structure => ask_map(state, *method),
        _ => Vec::new(),
    }
}

pub(super) fn submit(
    state: &mut State,
    kind: JobKind,
    label: String,
    source: Option<Source>,
    request: Request,
) -> Effect {
    let job = Job {
        kind,
        label,
        source,
        started: None,
        progress: None,
        phase: "",
    };
    state.jobs.insert(kind, job);
    Effect::Submit(kind, Box::new(request))
}

/// News of the job of a kind. The edge passes on those of the newest submission only.
pub(super) fn heard(state: &mut State, kind: JobKind, event: JobEvent) -> Vec<Effect> {
    let clock = state.clock;
    match event {
        JobEvent::Started => {
            if let Some(job) = state.jobs.get_mut(&kind) {
                job.started = Some(clock);
            }
        }
        JobEvent::Progress { phase, done, total } => {
            if let Some(job) = state.jobs.get_mut(&kind) {
                job.phase = phase;
                job.progress = Some((done, total));
            }
        }
        JobEvent::Rows(rows) => {
            if let JobKind::Scan(method) = kind {
                fill_rows(state, method, &rows);
            }
        }
        JobEvent::Finished(report) => {
            state.jobs.remove(&kind);
            finished(state, kind, &report);
            if kind == JobKind::Dynamics {
                return follow(state);
            }
        }
        JobEvent::Cancelled => {
            state.jobs.remove(&kind);
        }
        JobEvent::Failed(reason) => {
            let job = state.jobs.remove(&kind);
            failed(state, kind, job, reason);
        }
    }
    Vec::new()
}

/// Asks for what the screen shows of dynamics that have just come.
fn follow(state: &mut State) -> Vec<Effect> {
    let mut effects = collective::ask_needed(state);
    if let Some(other) = state.view.compare {
        effects.extend(collective::compare(state, Some(other)));
    }
    if state.view.animating {
        effects.extend(super::dynamics::animate_on(state));
    }
    effects
}

fn finished(state: &mut State, kind: JobKind, report: &Report) {
    let Some(subject) = state.subject.clone() else {
        return;
    };
    match report {
        Report::Dynamics(report) => {
            let source = report.dynamics.source;
            let Some(dynamics) = Dynamics::new(report, &subject) else {
                return;
            };
            if let Some(warning) = report.warnings.first() {
                state.say(Notice::warning(warning.clone()));
            }
            state.results.dynamics.insert(source, Arc::new(dynamics));
            if kind == JobKind::Overlay {
                collective::compared(state);
                return;
            }
            state.source = Some(source);
            state.response = None;
            state.refresh_triage();
        }
        Report::WhatIf(report) => what_if::finished(state, report),
        Report::Collective(report) => collective::finished(state, report),
        Report::Scan(report) if report.map.wild_type.len() == subject.len() => {
            let method = report.map.method;
            if let Some(warning) = report.warnings.first() {
                state.say(Notice::warning(warning.clone()));
            }
            let view = MapView::finished(report);
            state.results.maps.insert(method, Arc::new(view));
            show_guess(state);
            measured::compare(state);
            state.refresh_triage();
        }
        Report::Sample(report) => {
            let ensemble = Conformations {
                report: Some(Arc::clone(report)),
                ..Conformations::new(&report.ensemble)
            };
            if report.dynamics.dynamics.len() == subject.len() {
                let source = report.dynamics.dynamics.source;
                state.say(Notice::info(ensemble.count_text()));
                state.results.ensembles.insert(source, Arc::new(ensemble));
            }
        }
        // A scan of another length, or scores that nobody here asked for.
        Report::Scan(_) | Report::Score(_) => {}
    }
}

fn failed(state: &mut State, kind: JobKind, job: Option<Job>, reason: String) {
    if let JobKind::Scan(method) = kind {
        // The panel itself says why it is empty.
        let text = format!("{}: {reason}", method_name(method));
        state.results.refused_methods.insert(method, reason);
        let scored = |m: &ScanMethod| state.results.maps.contains_key(m);
        let queued = |m: &ScanMethod| state.jobs.contains_key(&JobKind::Scan(*m));
        let other = ScanMethod::ALL.into_iter().find(scored);
        let other = other.or_else(|| ScanMethod::ALL.into_iter().find(queued));
        if state.method == Some(method) && other.is_some() {
            state.method = other;
            state.say(Notice::warning(text));
        }
        return;
    }
    if kind == JobKind::WhatIf {
        what_if::failed(state, reason);
        return;
    }
    if kind == JobKind::Overlay {
        state.view.compare = None;
        state.view.difference = false;
    }
    if let Some(source) = job.as_ref().and_then(|j| j.source) {
        state.results.refused_sources.insert(source, reason.clone());
    }
    let text = match job {
        Some(job) => format!("{}: {reason}", job.label),
        None => reason,
    };
    state.say(Notice::error(text));
}

fn fill_rows(state: &mut State, method: ScanMethod, rows: &[(usize, Vec<f64>)]) {
    let Some(subject) = state.subject.clone() else {
        return;
    };
    let (mut map, mut refined) = match state.results.maps.get(&method) {
        Some(view) => ((*view.map).clone(), view.refined.clone()),
        None => first_guess(state, method, &subject),
    };
    for (position, scores) in rows {
        if *position < map.score.rows() && scores.len() == map.score.columns() {
            map.score.row_mut(*position).copy_from_slice(scores);
            if let Some(done) = refined.get_mut(*position) {
                *done = true;
            }
        }
    }
    let view = MapView {
        refined,
        ..MapView::of(Arc::new(map))
    };
    state.results.maps.insert(method, Arc::new(view));
    measured::compare(state);
}

/// Shows the wild-type marginals where the masked ones are still to come.
fn show_guess(state: &mut State) {
    let method = ScanMethod::MaskedMarginals;
    let awaited = state.jobs.contains_key(&JobKind::Scan(method));
    let ready = state
        .results
        .maps
        .contains_key(&ScanMethod::WildTypeMarginals);
    if awaited && ready && !state.results.maps.contains_key(&method) {
        fill_rows(state, method, &[]);
    }
}

/// What a map shows before its rows come: the wild-type marginals for the masked ones, else nothing.
fn first_guess(state: &State, method: ScanMethod, subject: &Subject) -> (MutationMap, Vec<bool>) {
    let guess = state.results.maps.get(&ScanMethod::WildTypeMarginals);
    match guess.filter(|_| method == ScanMethod::MaskedMarginals) {
        Some(view) => {
            let map = MutationMap {
                method,
                ..(*view.map).clone()
            };
            let none = vec![false; map.score.rows()];
            (map, none)
        }
        None => (
            MutationMap::unscored(method, subject.amino_acids.clone()),
            Vec::new(),
        ),
    }
}

/// The next source that is not known to be refused.
pub(super) fn next_source(state: &mut State) -> Vec<Effect> {
    let now = state.asked_source.or(state.source);
    let at = now.and_then(|s| Source::ALL.iter().position(|o| *o == s));
    let start = at.map_or(0, |i| i + 1);
    let next = (0..Source::ALL.len())
        .map(|k| Source::ALL[(start + k) % Source::ALL.len()])
        .find(|s| !state.results.refused_sources.contains_key(s));
    next.map_or_else(Vec::new, |source| ask_dynamics(state, Some(source)))
}

/// The next method that the subject allows and that is not known to be refused.
pub(super) fn next_method(state: &mut State) -> Vec<Effect> {
    let structure = state.has_coordinates();
    let at = state
        .method
        .and_then(|m| ScanMethod::ALL.iter().position(|o| *o == m));
    let start = at.map_or(0, |i| i + 1);
    let next = (0..ScanMethod::ALL.len())
        .map(|k| ScanMethod::ALL[(start + k) % ScanMethod::ALL.len()])
        .find(|m| {
            (structure || !m.needs_structure()) && !state.results.refused_methods.contains_key(m)
        });
    let Some(method) = next else {
        return Vec::new();
    };
    let effects = ask_map(state, method);
    let refused = state.results.refused_methods.iter();
    let refused: Vec<String> = refused
        .map(|(m, reason)| format!("{}: {reason}", method_name(*m)))
        .collect();
    if let Some(first) = refused.first() {
        state.say(Notice::info(first.clone()));
    }
    effects
}

/// Whether the method is the last that `next_method` comes to.
pub(super) fn is_last_method(state: &State) -> bool {
    let usable = |m: &&ScanMethod| {
        let structure = state.has_coordinates();
        (structure || !m.needs_structure()) && !state.results.refused_methods.contains_key(*m)
    };
    ScanMethod::ALL.iter().rfind(usable).copied() == state.method
}

/// Stops everything that runs or waits.
pub(super) fn cancel(state: &mut State) -> Vec<Effect> {
    if state.jobs.is_empty() {
        state.say(Notice::info("nothing runs"));
    }
    state.jobs.keys().map(|k| Effect::Cancel(*k)).collect()
}

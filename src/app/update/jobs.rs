//! The jobs of a fresh subject, and what happens as answers come in.

use std::sync::Arc;

use super::{alignment, beside, collective, fetch, pae, scans, sources, variants, what_if};
use crate::analysis::ScanMethod;
use crate::app::dynamics::{Conformations, Dynamics};
use crate::app::effect::Effect;
use crate::app::job::{Job, JobEvent};
use crate::app::messages::Notice;
use crate::app::panel::Panel;
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::study::{DynamicsReport, Report, Slot};

/// Asks for what a fresh subject needs.
pub(super) fn begin(state: &mut State) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.clone() else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    let has_structure = subject.has_coordinates();
    if has_structure {
        let asked = state.view.source;
        effects.extend(sources::ask_dynamics(state, asked));
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
        let mut given = state.program.weights.keys().copied();
        let best = given.find(|m| !m.needs_structure());
        let best = best.unwrap_or(ScanMethod::WildTypeMarginals);
        (vec![best], best)
    };
    effects.extend(alignment::ask(state));
    effects.extend(pae::ask(state));
    state.view.sequence_only = !has_structure;
    if !has_structure && state.view.focus.needs_structure() {
        state.view.focus = Panel::Mutations;
    }
    let shown = state
        .view
        .method
        .filter(|m| has_structure || !m.needs_structure());
    state.view.method = shown.or(Some(best));
    for method in first.into_iter().chain(shown) {
        effects.extend(scans::request_map(state, method));
    }
    effects
}

/// News of the job of a slot. The edge passes on those of the newest submission only.
pub(super) fn heard(state: &mut State, slot: Slot, event: JobEvent) -> Vec<Effect> {
    let clock = state.program.clock;
    match event {
        JobEvent::Started => {
            if let Some(job) = state.desk.jobs.get_mut(&slot) {
                job.started = Some(clock);
            }
        }
        JobEvent::Progress { phase, done, total } => {
            if let Some(job) = state.desk.jobs.get_mut(&slot) {
                job.phase = phase;
                job.advance((done, total), clock);
            }
        }
        JobEvent::Rows(rows) => {
            if let Slot::Scan(method) = slot {
                scans::fill_rows(state, method, &rows);
            }
        }
        JobEvent::Finished(report) => {
            state.desk.jobs.remove(&slot);
            if let Report::Fetch(report) = &report {
                return fetch::finished(state, report);
            }
            finished(state, &report);
            if slot == Slot::Dynamics {
                return sources::follow(state);
            }
        }
        JobEvent::Cancelled => {
            state.desk.jobs.remove(&slot);
        }
        JobEvent::Failed(reason) => {
            let job = state.desk.jobs.remove(&slot);
            failed(state, slot, job, reason);
        }
    }
    Vec::new()
}

fn finished(state: &mut State, report: &Report) {
    let Some(subject) = state.desk.subject.clone() else {
        return;
    };
    match report {
        Report::Dynamics(report) if took_in(state, report, &subject) => {
            state.view.source = Some(report.dynamics.source);
            state.desk.response = None;
            state.refresh_triage();
            pae::doubt(state);
        }
        Report::Overlay(report) if took_in(state, report, &subject) => {
            collective::compared(state);
        }
        Report::WhatIf(report) => what_if::finished(state, report),
        Report::TwoStructures(report) => beside::finished(state, report),
        Report::Collective(report) => collective::finished(state, report),
        Report::Scan(report) if report.map.wild_type.len() == subject.len() => {
            state.warn(&report.warnings);
            scans::finished(state, report);
        }
        Report::Conservation(report) if report.protein.len() == subject.len() => {
            alignment::finished(state, report);
        }
        Report::Pae(Some(report)) if report.protein.len() == subject.len() => {
            pae::finished(state, report);
        }
        Report::Sample(report) => {
            let ensemble = Conformations {
                report: Some(Arc::clone(report)),
                ..Conformations::new(&report.ensemble)
            };
            if report.dynamics.dynamics.len() == subject.len() {
                let source = report.dynamics.dynamics.source;
                state.say(Notice::info(ensemble.count_text()));
                let all = &mut state.desk.results.ensembles;
                all.insert(source, Arc::new(ensemble));
            }
        }
        Report::Score(report) => variants::scored(state, report),
        // Answers about another length.
        Report::Dynamics(_)
        | Report::Overlay(_)
        | Report::Scan(_)
        | Report::Conservation(_)
        | Report::Pae(_)
        | Report::Fetch(_) => {}
    }
}

/// Keeps the dynamics where they are those of the open protein.
fn took_in(state: &mut State, report: &Arc<DynamicsReport>, subject: &Subject) -> bool {
    let Some(dynamics) = Dynamics::new(report, subject) else {
        return false;
    };
    state.warn(&report.warnings);
    if let Some(run) = &report.run {
        let rmsd = &run.rmsd_angstrom;
        let mean = rmsd.iter().sum::<f64>() / rmsd.len().max(1) as f64;
        let text = format!("{} frames, RMSD from the structure {mean:.2} Å", rmsd.len());
        state.say(Notice::info(text));
    }
    let all = &mut state.desk.results.dynamics;
    all.insert(report.dynamics.source, Arc::new(dynamics));
    true
}

fn failed(state: &mut State, slot: Slot, job: Option<Job>, reason: String) {
    if let Slot::Scan(method) = slot {
        scans::failed(state, method, reason);
        return;
    }
    if let Slot::Score(method) = slot {
        variants::failed(state, method, reason);
        return;
    }
    if slot == Slot::WhatIf {
        what_if::failed(state, reason);
        return;
    }
    if slot == Slot::Overlay {
        state.view.compare = None;
        state.view.difference = false;
        state.desk.second = None;
    }
    if let Some(source) = job.as_ref().and_then(|j| j.source) {
        state
            .desk
            .results
            .refused_sources
            .insert(source, reason.clone());
    }
    let text = match job {
        Some(job) => format!("{}: {reason}", job.label),
        None => reason,
    };
    state.say(Notice::error(text));
}

/// Stops everything that runs or waits, and says what that is.
pub(super) fn cancel(state: &mut State) -> Vec<Effect> {
    let labels: Vec<&str> = state.desk.jobs.values().map(|j| j.label.as_str()).collect();
    let said = match labels.join(", ") {
        none if none.is_empty() => "nothing is running".to_owned(),
        labels => format!("stopped: {labels}"),
    };
    state.say(Notice::info(said));
    cancel_all(state)
}

pub(super) fn cancel_all(state: &State) -> Vec<Effect> {
    state.desk.jobs.keys().map(|k| Effect::Cancel(*k)).collect()
}

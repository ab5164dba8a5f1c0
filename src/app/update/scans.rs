//! Maps of substitutions: asking for them, and filling them as their rows come.

use std::path::Path;
use std::sync::Arc;

use super::submit::{alignment_of, submit, weights_of};
use crate::analysis::{MutationMap, ScanMethod};
use crate::app::effect::Effect;
use crate::app::map_view::{MapView, method_name};
use crate::app::measured::MeasuredShown;
use crate::app::messages::Notice;
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::study::Slot;
use crate::study::{Combining, Request, ScanReport, ScanRequest};

/// Positions before and after the cursor that a scan is asked to score first.
const NEAR: usize = 60;

/// Asks for a map of substitutions and shows it.
pub(super) fn ask_map(state: &mut State, method: ScanMethod) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.clone() else {
        return Vec::new();
    };
    let needed = method.needs_structure().then(|| method_name(method));
    let refused = needed.and_then(|what| subject.protein.require_coordinates(what).err());
    if let Some(refused) = refused {
        state.say(Notice::warning(refused.to_string()));
        return Vec::new();
    }
    state.view.method = Some(method);
    state.view.measured_shown = MeasuredShown::No;
    let mut effects = Vec::new();
    if method == ScanMethod::MaskedMarginals {
        // The first guess, which its rows refine.
        effects.extend(request_map(state, ScanMethod::WildTypeMarginals));
    }
    effects.extend(request_map(state, method));
    show_guess(state);
    compare_data(state);
    effects
}

/// Asks for a map of substitutions, unless it is there or under way.
pub(super) fn request_map(state: &mut State, method: ScanMethod) -> Option<Effect> {
    let subject = state.desk.subject.clone()?;
    if state
        .desk
        .results
        .maps
        .get(&method)
        .is_some_and(|m| m.provenance.is_some())
        || state.desk.jobs.contains_key(&Slot::Scan(method))
    {
        return None;
    }
    let at = state.desk.cursor.residue;
    let request = Request::Scan(ScanRequest {
        protein: Arc::clone(&subject.protein),
        method,
        weights: weights_of(state, method),
        alignment: alignment_of(state).filter(|_| method.reads_alignment()),
        properties: Vec::new(),
        combining: Combining::default(),
        first: at.saturating_sub(NEAR)..(at + NEAR).min(subject.len()),
    });
    let label = method_name(method).to_owned();
    state.desk.results.refused_methods.remove(&method);
    Some(submit(state, label, None, request))
}

/// Weights were looked at: what they serve is scored with them from now on.
pub(super) fn weights_read(
    state: &mut State,
    path: &Path,
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
    state.program.given_weights.retain(|w| *w != given);
    state.program.given_weights.push(given);
    for method in &methods {
        state.program.weights.insert(*method, path.to_owned());
        state.desk.results.maps.remove(method);
        state.desk.jobs.remove(&Slot::Scan(*method));
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
            let refused = &state.desk.results.refused_methods;
            if state
                .view
                .method
                .is_none_or(|m| refused.contains_key(&m) || *method < m)
            {
                state.view.method = Some(*method);
            }
            effect.into_iter().collect()
        }
        // A sequence has no other map to look at first.
        Some(method) if !has_structure => ask_map(state, *method),
        _ => Vec::new(),
    }
}

/// A map has come, whole.
pub(super) fn finished(state: &mut State, report: &Arc<ScanReport>) {
    let view = MapView::finished(report);
    let maps = &mut state.desk.results.maps;
    maps.insert(view.map.method, Arc::new(view));
    show_guess(state);
    compare_data(state);
    state.refresh_triage();
}

/// A map cannot be had; another is shown where there is one.
pub(super) fn failed(state: &mut State, method: ScanMethod, reason: String) {
    // The panel itself says why it is empty.
    let text = format!("{}: {reason}", method_name(method));
    let desk = &mut state.desk;
    desk.results.refused_methods.insert(method, reason);
    let scored = |m: &ScanMethod| desk.results.maps.contains_key(m);
    let queued = |m: &ScanMethod| desk.jobs.contains_key(&Slot::Scan(*m));
    let other = ScanMethod::ALL.into_iter().find(scored);
    let other = other.or_else(|| ScanMethod::ALL.into_iter().find(queued));
    if state.view.method == Some(method) && other.is_some() {
        state.view.method = other;
        state.say(Notice::warning(text));
    }
}

pub(super) fn fill_rows(state: &mut State, method: ScanMethod, rows: &[(usize, Vec<f64>)]) {
    let Some(subject) = state.desk.subject.clone() else {
        return;
    };
    let (mut map, mut refined) = match state.desk.results.maps.get(&method) {
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
    state.desk.results.maps.insert(method, Arc::new(view));
    compare_data(state);
}

/// Shows the wild-type marginals where the masked ones are still to come.
fn show_guess(state: &mut State) {
    let method = ScanMethod::MaskedMarginals;
    let awaited = state.desk.jobs.contains_key(&Slot::Scan(method));
    let ready = state
        .desk
        .results
        .maps
        .contains_key(&ScanMethod::WildTypeMarginals);
    if awaited && ready && !state.desk.results.maps.contains_key(&method) {
        fill_rows(state, method, &[]);
    }
}

/// What a map shows before its rows come: the wild-type marginals for the masked ones, else nothing.
fn first_guess(state: &State, method: ScanMethod, subject: &Subject) -> (MutationMap, Vec<bool>) {
    let guess = state.desk.results.maps.get(&ScanMethod::WildTypeMarginals);
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

/// Compares the user's data with the chosen method anew.
pub(super) fn compare_data(state: &mut State) {
    let with = state.scored_map().cloned();
    if let Some(measured) = &mut state.desk.measured {
        measured.compare(with.as_deref());
    }
}

/// Whether a method can be stepped to: the protein allows it, its weights are there, and it was not refused.
pub(super) fn is_usable(state: &State, method: ScanMethod) -> bool {
    let program = &state.program;
    let is_there = program
        .installed
        .as_ref()
        .is_none_or(|all| all.contains(&method))
        || program.weights.contains_key(&method);
    let is_allowed = state.has_coordinates() || !method.needs_structure();
    let refused = &state.desk.results.refused_methods;
    if method.needs_alignment() {
        alignment_of(state).is_some() && is_allowed
    } else {
        is_there && is_allowed && !refused.contains_key(&method)
    }
}

/// The next method that is usable.
pub(super) fn next_method(state: &mut State) -> Vec<Effect> {
    let all = ScanMethod::ALL;
    let at = state
        .view
        .method
        .and_then(|m| all.iter().position(|o| *o == m));
    let start = at.map_or(0, |i| i + 1);
    let mut others = (0..all.len()).map(|k| all[(start + k) % all.len()]);
    let next = others.find(|m| is_usable(state, *m));
    let Some(method) = next.filter(|m| Some(*m) != state.view.method) else {
        let text =
            "no other method has weights on this machine: `dynascope weights list` lists them";
        state.say(Notice::info(text));
        return Vec::new();
    };
    ask_map(state, method)
}

/// Whether the method is the last that `next_method` comes to.
pub(super) fn is_last_method(state: &State) -> bool {
    let last = ScanMethod::ALL.into_iter().rfind(|m| is_usable(state, *m));
    last == state.view.method
}

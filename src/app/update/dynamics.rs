//! What is done with the dynamics on screen: another curve, a push at a residue, an ensemble that moves.

use std::sync::Arc;

use super::collective;
use super::submit::submit;
use crate::analysis::perturbation;
use crate::app::command::argument::Cutoff;
use crate::app::dynamics::{Response, source_name};
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::panel::Curve;
use crate::app::state::State;
use crate::study::{DynamicsRequest, Request, SampleRequest, Weights};

/// Conformations that the animation draws from, before the broken ones are dropped.
const SAMPLES: usize = 40;
/// Seed of the first ensemble; a key takes the next.
const SEED: u64 = 1;
/// Thresholds of the coupling map, one after the other.
const THRESHOLDS: [f64; 4] = [0.0, 0.2, 0.4, 0.6];

/// Draws another curve; asks for what it needs.
pub(super) fn curve(state: &mut State, curve: Curve) -> Vec<Effect> {
    state.desk.response = None;
    state.view.curve = curve;
    let name = state.view.curve.name();
    state.say(Notice::info(name));
    collective::ask_needed(state)
}

/// The next curve that there is something for.
pub(super) fn next_curve(state: &mut State) -> Vec<Effect> {
    let next = state.view.curve.next();
    let is_empty = next == Curve::Distance && state.beside().is_none();
    curve(state, if is_empty { next.next() } else { next })
}

/// The next threshold of the coupling map.
pub(super) fn next_threshold(state: &mut State) {
    let at = THRESHOLDS
        .iter()
        .position(|t| (t - state.view.threshold).abs() < 1e-9);
    let next = at.map_or(0, |i| (i + 1) % THRESHOLDS.len());
    threshold(state, Cutoff(THRESHOLDS[next]));
}

/// Leaves couplings out of the map that are nearer to zero.
pub(super) fn threshold(state: &mut State, cutoff: Cutoff) {
    state.view.threshold = cutoff.0;
    let text = if state.view.threshold > 0.0 {
        format!(
            "couplings closer to zero than {} hidden",
            state.view.threshold
        )
    } else {
        "every coupling".to_owned()
    };
    state.say(Notice::info(text));
}

/// Pushes the residue under the cursor and shows who answers; pushing it again ends that.
pub(super) fn push(state: &mut State) {
    let site = state.desk.cursor.residue;
    if state.desk.response.as_ref().is_some_and(|r| r.site == site) {
        state.desk.response = None;
        return;
    }
    let (Some(dynamics), Some(subject)) = (state.dynamics().cloned(), state.desk.subject.clone())
    else {
        state.say(Notice::warning("a push needs the dynamics of a structure"));
        return;
    };
    let profile = perturbation::response_to(&dynamics.report().dynamics, site);
    if !profile.get(site).is_some_and(|r| r.is_finite()) {
        let label = &subject.labels[site];
        state.say(Notice::warning(format!(
            "the motion of {label} is not known"
        )));
        return;
    }
    state.desk.response = Some(Arc::new(Response::new(site, dynamics.source(), &profile)));
    let label = &subject.labels[site];
    let text = format!(
        "{label} is pushed: bars and colours show which residues respond · again or esc ends it"
    );
    state.say(Notice::info(text));
}

/// Lets the structure move through its ensemble, or stops it.
pub(super) fn animate(state: &mut State) -> Vec<Effect> {
    state.view.animating = !state.view.animating;
    state.view.mode = None;
    if !state.view.animating {
        return Vec::new();
    }
    let effects = ask_ensemble(state, SEED);
    if effects.is_empty() && state.ensemble().is_none() {
        state.view.animating = false;
    }
    effects
}

/// Goes on moving after the source changed.
pub(super) fn animate_on(state: &mut State) -> Vec<Effect> {
    ask_ensemble(state, SEED)
}

/// Asks for the ensemble of a seed.
pub(super) fn ensemble(state: &mut State, seed: u64) -> Vec<Effect> {
    if let Some(source) = state.view.source
        && state.ensemble().is_some_and(|e| e.seed != seed)
    {
        state.desk.results.ensembles.remove(&source);
    }
    ask_ensemble(state, seed)
}

/// Draws another ensemble with the next seed.
pub(super) fn reseed(state: &mut State) -> Vec<Effect> {
    let seed = state.ensemble().map_or(SEED, |e| e.seed + 1);
    if let Some(source) = state.view.source {
        state.desk.results.ensembles.remove(&source);
    }
    state.view.animating = true;
    ask_ensemble(state, seed)
}

/// Asks for the ensemble of the source on screen, unless it is there.
fn ask_ensemble(state: &mut State, seed: u64) -> Vec<Effect> {
    if state.ensemble().is_some() {
        return Vec::new();
    }
    let (Some(subject), Some(source)) = (state.desk.subject.clone(), state.view.source) else {
        state.say(Notice::warning(
            "an ensemble needs the dynamics of a structure",
        ));
        return Vec::new();
    };
    let request = Request::Sample(SampleRequest {
        dynamics: DynamicsRequest {
            protein: Arc::clone(&subject.protein),
            structure: Arc::clone(&subject.structure),
            source: Some(source),
            weights: Weights::Installed,
            run: state.desk.run.clone(),
        },
        count: SAMPLES,
        seed,
    });
    let label = format!("ensemble · {}", source_name(source));
    let source = Some(source);
    vec![submit(state, label, source, request)]
}

//! Source of the predicted motion.

use std::sync::Arc;

use super::submit::submit;
use super::{beside, collective, dynamics};
use crate::analysis::Source;
use crate::app::dynamics::source_name;
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::state::State;
use crate::study::{DynamicsRequest, Request, Weights};

/// Asks for the dynamics of a source, or of the best one.
pub(super) fn ask_dynamics(state: &mut State, source: Option<Source>) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.clone() else {
        return Vec::new();
    };
    if let Err(refused) = subject.protein.require_coordinates("motion") {
        state.say(Notice::warning(refused.to_string()));
        return Vec::new();
    }
    state.view.asked_source = source;
    if let Some(known) = source.filter(|s| state.desk.results.dynamics.contains_key(s)) {
        state.view.source = Some(known);
        state.desk.response = None;
        return follow(state);
    }
    let request = Request::Dynamics(DynamicsRequest {
        protein: Arc::clone(&subject.protein),
        structure: Arc::clone(&subject.structure),
        source,
        weights: Weights::Installed,
        run: state.desk.run.clone(),
    });
    let label = source.map_or("dynamics", source_name).to_owned();
    vec![submit(state, label, source, request)]
}

/// The next source that is not known to be refused.
pub(super) fn next_source(state: &mut State) -> Vec<Effect> {
    let now = state.view.asked_source.or(state.view.source);
    let at = now.and_then(|s| Source::ALL.iter().position(|o| *o == s));
    let start = at.map_or(0, |i| i + 1);
    let next = (0..Source::ALL.len())
        .map(|k| Source::ALL[(start + k) % Source::ALL.len()])
        .find(|s| state.offers(*s));
    next.map_or_else(Vec::new, |source| ask_dynamics(state, Some(source)))
}

/// Asks for what the screen shows of dynamics that have just come.
pub(super) fn follow(state: &mut State) -> Vec<Effect> {
    let mut effects = collective::ask_needed(state);
    effects.extend(beside::ask(state));
    if let Some(other) = state.view.compare {
        effects.extend(collective::compare(state, Some(other)));
    }
    if state.view.animating {
        effects.extend(dynamics::animate_on(state));
    }
    effects
}

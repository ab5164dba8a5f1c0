//! A simulation of the open structure: one more source of motion, beside the one that was on screen.

use std::path::PathBuf;
use std::sync::Arc;

use super::sources;
use crate::analysis::Source;
use crate::app::command::argument::Runs;
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::state::State;
use crate::engine::open::file_of;
use crate::study::SimulationRun;

/// Takes up trajectories, or forgets them.
pub(super) fn take(state: &mut State, runs: Option<Runs>) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.clone() else {
        state.say(Notice::warning(
            "open the structure of the simulation first",
        ));
        return Vec::new();
    };
    forget(state);
    let Some(runs) = runs else {
        state.desk.run = None;
        let source = state.view.source.filter(|s| *s != Source::SimulationRun);
        state.say(Notice::info("no simulation"));
        return sources::ask_dynamics(state, source);
    };
    state.desk.run = Some(Arc::new(SimulationRun {
        files: runs
            .files
            .iter()
            .map(|f| PathBuf::from(f.as_str()))
            .collect(),
        frames: runs.frames,
        topology: subject.path.as_deref().and_then(file_of),
    }));
    let beside = state.view.source.filter(|s| *s != Source::SimulationRun);
    if state.desk.second.is_none() {
        state.view.compare = beside;
    }
    sources::ask_dynamics(state, Some(Source::SimulationRun))
}

/// What was counted of another simulation, and what was compared with it.
fn forget(state: &mut State) {
    let (results, run) = (&mut state.desk.results, Source::SimulationRun);
    results.dynamics.remove(&run);
    results.collectives.remove(&run);
    results.ensembles.remove(&run);
    results.refused_sources.remove(&run);
    results.difference = None;
    if state.view.compare == Some(run) {
        state.view.compare = None;
    }
}

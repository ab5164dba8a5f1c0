//! A job goes to the worker.

use std::path::PathBuf;

use crate::analysis::{ScanMethod, Source};
use crate::app::effect::Effect;
use crate::app::job::Job;
use crate::app::state::State;
use crate::study::{Request, Weights};

pub(super) fn submit(
    state: &mut State,
    label: String,
    source: Option<Source>,
    request: Request,
) -> Effect {
    let job = Job {
        label,
        source,
        started: None,
        recounted: None,
        progress: None,
        phase: "",
    };
    state.desk.jobs.insert(request.slot(), job);
    Effect::Submit(Box::new(request))
}

/// The weights that the user gave for a method, else the installed ones.
pub(super) fn weights_of(state: &State, method: ScanMethod) -> Weights {
    let method = match method {
        // Its other parts have no weights of the user's.
        ScanMethod::Combined => ScanMethod::WildTypeMarginals,
        other => other,
    };
    let given = state.program.weights.get(&method).cloned();
    given.map_or(Weights::Installed, Weights::Path)
}

/// The alignment that the user gave.
pub(super) fn alignment_of(state: &State) -> Option<PathBuf> {
    let given = &state.program.msa_file;
    (!given.is_empty()).then(|| given.into())
}

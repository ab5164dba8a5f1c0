//! The predicted aligned error of the open model: looked for beside it, or given.

use std::sync::Arc;

use super::submit::submit;
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::pae::Pae;
use crate::app::panel::Reading;
use crate::app::state::State;
use crate::protein::Method;
use crate::study::{PaeReport, PaeRequest, Request, Slot};

/// Takes another file, or none where the name is empty.
pub(super) fn give(state: &mut State, file: &str) -> Vec<Effect> {
    if !state.has_coordinates() {
        state.say(Notice::warning("open the model of the PAE first"));
        return Vec::new();
    }
    file.clone_into(&mut state.desk.pae_file);
    state.desk.results.pae = None;
    if !file.is_empty() {
        return ask(state);
    }
    if state.view.reading == Reading::PredictedError {
        state.view.reading = Reading::default();
    }
    state.say(Notice::info("no PAE any more"));
    let running = state.desk.jobs.remove(&Slot::Pae);
    Vec::from_iter(running.map(|_| Effect::Cancel(Slot::Pae)))
}

/// Asks for the file that was given; of a predicted model else for one that lies beside it.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.clone().filter(|s| s.has_coordinates()) else {
        return Vec::new();
    };
    let given = &state.desk.pae_file;
    let file = (!given.is_empty()).then(|| given.into());
    let model = subject.path.clone().filter(|_| {
        subject.structure.method == Method::Predicted || subject.structure.b_column.is_plddt()
    });
    if file.is_none() && model.is_none() {
        return Vec::new();
    }
    let request = Request::Pae(PaeRequest {
        protein: Arc::clone(&subject.protein),
        structure: Arc::clone(&subject.structure),
        file,
        model,
    });
    vec![submit(state, "PAE".to_owned(), None, request)]
}

pub(super) fn finished(state: &mut State, report: &Arc<PaeReport>) {
    let count = report.domain_count();
    let domains = if count == 1 { "domain" } else { "domains" };
    state.say(Notice::info(format!(
        "{}: PAE, {count} {domains} · `:coupling pae`, `:color pae-domain`",
        report.provenance.model
    )));
    state.desk.results.pae = Some(Arc::new(Pae::new(report)));
    doubt(state);
}

/// Says once of the dynamics on screen which couplings the PAE makes doubtful.
pub(super) fn doubt(state: &mut State) {
    let (Some(pae), Some(dynamics)) = (&state.desk.results.pae, state.dynamics()) else {
        return;
    };
    let doubt = pae.report().doubt(dynamics.report());
    state.warn(&Vec::from_iter(doubt));
}

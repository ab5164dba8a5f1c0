//! The user's alignment: conservation at once, its scores in place of those without it.

use std::sync::Arc;

use super::scans;
use super::submit::{alignment_of, submit};
use crate::analysis::ScanMethod;
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::state::State;
use crate::study::{ConservationReport, ConservationRequest, Request, Slot};

/// Takes another alignment, or none where the name is empty: what was made with the last one goes.
pub(super) fn give(state: &mut State, file: &str) -> Vec<Effect> {
    file.clone_into(&mut state.program.msa_file);
    let desk = &mut state.desk;
    desk.results.conservation = None;
    let mut effects = Vec::new();
    let had_combined = desk.results.maps.contains_key(&ScanMethod::Combined);
    for method in ScanMethod::ALL.into_iter().filter(|m| m.reads_alignment()) {
        desk.results.maps.remove(&method);
        desk.results.refused_methods.remove(&method);
        let slot = Slot::Scan(method);
        effects.extend(desk.jobs.remove(&slot).map(|_| Effect::Cancel(slot)));
    }
    if file.is_empty() {
        if state.view.method.is_some_and(ScanMethod::needs_alignment) {
            effects.extend(scans::next_method(state));
        }
        state.say(Notice::info("no alignment any more"));
    }
    if had_combined {
        effects.extend(scans::request_map(state, ScanMethod::Combined));
    }
    effects.extend(ask(state));
    state.refresh_triage();
    effects
}

/// Asks for the conservation and the score that the alignment gives.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let (Some(alignment), Some(subject)) = (alignment_of(state), state.desk.subject.clone()) else {
        return Vec::new();
    };
    let protein = Arc::clone(&subject.protein);
    let label = format!("alignment {}", alignment.display());
    let request = Request::Conservation(ConservationRequest { protein, alignment });
    let mut effects = vec![submit(state, label, None, request)];
    let method = if state.has_coordinates() {
        ScanMethod::RsaLor
    } else {
        ScanMethod::Lor
    };
    effects.extend(scans::request_map(state, method));
    effects
}

pub(super) fn finished(state: &mut State, report: &Arc<ConservationReport>) {
    state.warn(&report.warnings);
    let setting = |name| report.provenance.setting(name).unwrap_or_default();
    state.say(Notice::info(format!(
        "{}: {} of {} sequences kept, which weigh as much as {} · `:color conservation`, `:scan lor`",
        report.provenance.model,
        setting("sequences_kept"),
        setting("sequences"),
        setting("effective_sequences"),
    )));
    state.desk.results.conservation = Some(Arc::clone(report));
    state.refresh_triage();
}

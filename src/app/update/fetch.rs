//! Published weights, from the screen.

use super::scans::request_map;
use super::submit::submit;
use crate::analysis::ScanMethod;
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::state::State;
use crate::study::{FetchReport, FetchRequest, Request, Slot};

/// Asks what a model is, or to bring it. A download that runs is not replaced.
pub(super) fn ask(state: &mut State, id: &str, bring: bool) -> Vec<Effect> {
    if let Some(job) = state.desk.jobs.get(&Slot::Fetch) {
        let text = format!(
            "{} is still under way; :cancel stops it, what has arrived is kept",
            job.label
        );
        state.say(Notice::warning(text));
        return Vec::new();
    }
    let request = Request::Fetch(FetchRequest {
        id: id.to_owned(),
        bring,
    });
    let label = format!("fetch {id}");
    vec![submit(state, label, None, request)]
}

/// Says what became of it; what could not be scored for want of the weights is asked for again.
pub(super) fn finished(state: &mut State, report: &FetchReport) -> Vec<Effect> {
    state.say(Notice::info(report.text.clone()));
    for method in &report.methods {
        state.desk.results.refused_methods.remove(method);
    }
    let first = ScanMethod::WildTypeMarginals;
    let serves = report.methods.contains(&first);
    serves
        .then(|| request_map(state, first))
        .flatten()
        .into_iter()
        .collect()
}

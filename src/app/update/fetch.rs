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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::job::JobEvent;
    use crate::app::message::Message;
    use crate::app::samples;
    use crate::app::update;
    use crate::study::Report;
    use std::sync::Arc;

    fn said(state: &State) -> &str {
        state.notice().map_or("", |notice| notice.text.as_str())
    }

    fn asks(effects: &[Effect], bring: bool) -> bool {
        matches!(effects, [Effect::Submit(request)]
            if matches!(&**request, Request::Fetch(q) if q.bring == bring && q.id == "esm2-8m"))
    }

    fn heard(state: &mut State, text: &str, methods: &[ScanMethod]) -> Vec<Effect> {
        let report = Report::Fetch(Arc::new(FetchReport {
            text: text.to_owned(),
            methods: methods.to_vec(),
        }));
        let event = JobEvent::Finished(report);
        let slot = Slot::Fetch;
        update(state, Message::Job { slot, event })
    }

    #[test]
    fn weights_are_described_then_brought_once_and_scored_with() {
        let mut state = samples::ready(40);
        let method = ScanMethod::WildTypeMarginals;
        state.desk.results.maps.remove(&method);
        let refused = &mut state.desk.results.refused_methods;
        refused.insert(method, "not installed".to_owned());
        let line = |state: &mut State, text: &str| update(state, Message::Command(text.to_owned()));
        let effects = line(&mut state, "fetch esm2-8m");
        assert!(asks(&effects, false), "{effects:?}");
        assert!(heard(&mut state, "31 MB", &[]).is_empty());
        assert_eq!(said(&state), "31 MB");
        assert!(asks(&line(&mut state, "fetch! esm2-8m"), true));
        assert!(line(&mut state, "fetch! esm2-35m").is_empty());
        assert!(
            said(&state).contains("fetch esm2-8m is still under way"),
            "{}",
            said(&state)
        );
        let effects = heard(&mut state, "here", &[method, ScanMethod::MaskedMarginals]);
        let scanned = matches!(&effects[..], [Effect::Submit(r)] if r.slot() == Slot::Scan(method));
        assert!(scanned, "{effects:?}");
        assert!(!state.desk.results.refused_methods.contains_key(&method));
    }
}

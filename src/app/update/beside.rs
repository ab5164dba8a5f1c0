//! A second structure beside the open one.

use std::sync::Arc;

use super::submit::submit;
use crate::analysis::Source;
use crate::app::beside::{Beside, Second};
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::state::State;
use crate::engine::named_part::Taken;
use crate::study::{DynamicsRequest, Request, TwoStructuresReport, TwoStructuresRequest, Weights};

/// Opens what is to be compared: a file, or a part of it, or a chain or model of what is open.
pub(super) fn open(state: &mut State, name: &str) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.clone() else {
        state.say(Notice::warning(
            "open a structure first: there is nothing to compare with",
        ));
        return Vec::new();
    };
    if let Err(refused) = subject.protein.require_coordinates("a second structure") {
        state.say(Notice::warning(refused.to_string()));
        return Vec::new();
    }
    state.view.compare = None;
    state.desk.second = Some(Second {
        name: name.to_owned(),
        taken: None,
        beside: None,
    });
    let is_chain = subject.all_chains().iter().any(|chain| chain == name);
    let part = if is_chain {
        format!(":{name}")
    } else {
        name.to_owned()
    };
    vec![Effect::OpenSecond {
        name: name.to_owned(),
        part,
        structure: Arc::clone(&subject.structure),
    }]
}

/// It is open, or not.
pub(super) fn opened(
    state: &mut State,
    name: &str,
    outcome: Result<Box<Taken>, String>,
) -> Vec<Effect> {
    let Some(second) = state.desk.second.as_mut().filter(|s| s.name == name) else {
        return Vec::new();
    };
    match outcome {
        Ok(taken) => {
            let warnings = taken.warnings.clone();
            second.taken = Some(*taken);
            for warning in warnings {
                state.say(Notice::warning(format!("{name}: {warning}")));
            }
            ask(state)
        }
        Err(reason) => {
            state.desk.second = None;
            state.say(Notice::error(reason));
            Vec::new()
        }
    }
}

/// Asks for the comparison, by the source on screen, as soon as both are there.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let (Some(subject), Some(source)) = (state.desk.subject.clone(), state.view.source) else {
        return Vec::new();
    };
    let second = state.desk.second.as_ref();
    let Some(taken) = second.and_then(|second| second.taken.clone()) else {
        return Vec::new();
    };
    let of = |protein, structure| DynamicsRequest {
        protein,
        structure,
        // A simulation is of one of the two.
        source: Some(source).filter(|s| *s != Source::SimulationRun),
        weights: Weights::Installed,
        run: None,
    };
    let request = Request::TwoStructures(TwoStructuresRequest {
        first: of(Arc::clone(&subject.protein), Arc::clone(&subject.structure)),
        second: of(taken.protein, taken.structure),
    });
    let label = "comparison of two structures".to_owned();
    vec![submit(state, label, None, request)]
}

/// It is compared: shown in every panel.
pub(super) fn finished(state: &mut State, report: &Arc<TwoStructuresReport>) {
    let Some(subject) = state.desk.subject.clone() else {
        return;
    };
    let Some(second) = state.desk.second.as_mut() else {
        return;
    };
    if report.first.dynamics.len() != subject.len() {
        return;
    }
    let beside = Beside::new(report, &subject.alpha_carbons);
    second.beside = Some(Arc::new(beside));
    state.view.difference = true;
    for warning in &report.warnings {
        state.say(Notice::warning(warning.clone()));
    }
    state.say(Notice::info(report.summary()));
}

//! Asking what a mutant does to the predicted dynamics, and moving in the answer.

use std::sync::Arc;

use super::submit::{submit, weights_of};
use crate::analysis::ScanMethod;
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::state::State;
use crate::app::what_if::{Deltas, MOST_MUTANTS, WhatIf};
use crate::protein::Substitution;
use crate::study::{Request, WhatIfReport, WhatIfRequest};

/// Puts the substitution under the cursor beside the others and asks for their dynamics.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let Some(key) = state.mark_key() else {
        state.say(Notice::warning(state.nothing_here()));
        return Vec::new();
    };
    let (Some(subject), (index, Some(mutant))) = (state.desk.subject.clone(), key) else {
        state.say(Notice::info("choose a substitution on the mutation map"));
        return Vec::new();
    };
    let Some(wild_type) = subject.amino_acids[index].filter(|w| *w != mutant) else {
        state.say(Notice::info("that is the wild type: choose another row"));
        return Vec::new();
    };
    let variant = vec![Substitution {
        index,
        wild_type,
        mutant,
    }];
    let what_if = &mut state.desk.what_if;
    what_if.open = true;
    if what_if.variants.contains(&variant) && what_if.prediction.is_some() {
        return Vec::new();
    }
    what_if.variants.retain(|v| *v != variant);
    if what_if.variants.len() == MOST_MUTANTS {
        what_if.variants.remove(0);
    }
    what_if.variants.push(variant);
    predict(state)
}

fn predict(state: &mut State) -> Vec<Effect> {
    let Some(subject) = state.desk.subject.as_ref() else {
        return Vec::new();
    };
    let method = match state.view.method {
        Some(ScanMethod::SeqDance) => ScanMethod::SeqDance,
        _ if state.program.weights.contains_key(&ScanMethod::EsmDance) => ScanMethod::EsmDance,
        _ if state.program.weights.contains_key(&ScanMethod::SeqDance) => ScanMethod::SeqDance,
        _ => ScanMethod::EsmDance,
    };
    state.desk.what_if.refused = None;
    let request = Request::WhatIf(WhatIfRequest {
        protein: Arc::clone(&subject.protein),
        method,
        weights: weights_of(state, method),
        variants: state.desk.what_if.variants.clone(),
    });
    let label = "dynamics of the mutant".to_owned();
    vec![submit(state, label, None, request)]
}

pub(super) fn finished(state: &mut State, report: &Arc<WhatIfReport>) {
    let what_if = &mut state.desk.what_if;
    if what_if.prediction.is_none() {
        // Fluctuation is what most look for first.
        let first = report.channels.iter().position(|c| c.starts_with("rmsf"));
        what_if.channel = first.unwrap_or(0);
    }
    what_if.prediction = Some(Arc::new(Deltas::new(report)));
}

/// There is none, and why.
pub(super) fn failed(state: &mut State, reason: String) {
    state.desk.what_if.prediction = None;
    state.desk.what_if.refused = Some(reason);
}

/// A key while the view is on screen; `None` where it means what it always means.
pub(super) fn act(state: &mut State, command: &Command) -> Option<Vec<Effect>> {
    match command {
        Command::Up => channel(state, -1),
        Command::Down => channel(state, 1),
        Command::Accept => {}
        Command::Undo => {
            state.desk.what_if.variants.pop();
            if state.desk.what_if.variants.is_empty() {
                state.desk.what_if = WhatIf::default();
            } else {
                return Some(predict(state));
            }
        }
        Command::Back
        | Command::FocusMutations
        | Command::FocusTriage
        | Command::FocusResidues
        | Command::FocusVariants
        | Command::FocusSequence
        | Command::FocusFlexibility
        | Command::FocusCoupling
        | Command::FocusStructure
        | Command::NextPanel
        | Command::PreviousPanel => {
            state.desk.what_if.open = false;
            if *command != Command::Back {
                return None;
            }
        }
        _ => return None,
    }
    Some(Vec::new())
}

fn channel(state: &mut State, by: isize) {
    let Some(deltas) = &state.desk.what_if.prediction else {
        return;
    };
    let count = deltas.report().channels.len() as isize;
    let to = (state.desk.what_if.channel as isize + by).rem_euclid(count.max(1));
    state.desk.what_if.channel = to as usize;
}

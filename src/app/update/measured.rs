//! The user's own scores: laid over the map, compared with the chosen method.

use std::path::Path;

use super::jobs;
use crate::app::effect::Effect;
use crate::app::measured::{Measured, MeasuredShown, OwnScores};
use crate::app::message::Notice;
use crate::app::results::method_name;
use crate::app::state::State;

/// A table was read: lays it over the map.
pub(super) fn read(state: &mut State, path: &Path, outcome: Result<Box<OwnScores>, String>) {
    match outcome {
        Ok(overlay) => {
            state.data_file = path.display().to_string();
            state.waiting_data = Some(*overlay);
            place(state);
        }
        Err(reason) => state.say(Notice::error(reason)),
    }
}

/// Lays the table over what is open now.
pub(super) fn place(state: &mut State) {
    let Some(overlay) = state.waiting_data.clone() else {
        return;
    };
    let Some(subject) = state.subject.clone() else {
        return;
    };
    match Measured::new(&overlay, &subject) {
        Ok(measured) => {
            let name = &overlay.name;
            let mut said = format!("{name}: {} substitutions placed", measured.placed);
            if measured.left_out > 0 {
                said = format!("{said}, {} rows left out", measured.left_out);
            }
            for remark in &measured.remarks {
                said = format!("{said} · {remark}");
            }
            state.measured = Some(measured);
            state.measured_shown = MeasuredShown::Scores;
            compare(state);
            state.refresh_triage();
            state.say(Notice::info(said));
        }
        Err(reason) => {
            state.measured = None;
            state.measured_shown = MeasuredShown::No;
            state.say(Notice::warning(reason));
        }
    }
}

/// Takes the table away.
pub(super) fn forget(state: &mut State) {
    state.waiting_data = None;
    state.data_file.clear();
    state.measured = None;
    state.measured_shown = MeasuredShown::No;
    state.refresh_triage();
}

/// Compares with the chosen method anew.
pub(super) fn compare(state: &mut State) {
    let with = state.scored_map().cloned();
    if let Some(measured) = &mut state.measured {
        measured.compare(with.as_deref());
    }
}

/// The next score: the methods, then the user's data and where it disagrees.
pub(super) fn next_score(state: &mut State) -> Vec<Effect> {
    let Some(measured) = &state.measured else {
        return jobs::next_method(state);
    };
    let compared = measured.disagreement.is_some();
    match state.measured_shown {
        MeasuredShown::Scores if compared => {
            state.measured_shown = MeasuredShown::Disagreement;
            let method = state.method.map_or("the score", method_name);
            state.say(Notice::info(format!(
                "where your data call a substitution more damaging (+) or less (−) than {method} does"
            )));
            Vec::new()
        }
        MeasuredShown::No if jobs::is_last_method(state) => {
            state.measured_shown = MeasuredShown::Scores;
            Vec::new()
        }
        _ => {
            state.measured_shown = MeasuredShown::No;
            jobs::next_method(state)
        }
    }
}

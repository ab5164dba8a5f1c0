//! The user's own scores: laid over the map, compared with the chosen method.

use std::path::Path;

use super::scans::{compare_data, is_last_method, next_method};
use crate::app::effect::Effect;
use crate::app::map_view::method_name;
use crate::app::measured::{Measured, MeasuredShown, OwnScores};
use crate::app::messages::Notice;
use crate::app::state::State;

/// A table was read: lays it over the map.
pub(super) fn read(state: &mut State, path: &Path, outcome: Result<Box<OwnScores>, String>) {
    match outcome {
        Ok(overlay) => {
            state.program.data_file = path.display().to_string();
            state.program.data = Some(*overlay);
            place(state);
        }
        Err(reason) => state.say(Notice::error(reason)),
    }
}

/// Lays the table over what is open now.
pub(super) fn place(state: &mut State) {
    let Some(overlay) = state.program.data.clone() else {
        return;
    };
    let Some(subject) = state.desk.subject.clone() else {
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
            state.desk.measured = Some(measured);
            state.view.measured_shown = MeasuredShown::Scores;
            compare_data(state);
            state.refresh_triage();
            state.say(Notice::info(said));
        }
        Err(reason) => {
            state.desk.measured = None;
            state.view.measured_shown = MeasuredShown::No;
            state.say(Notice::warning(reason));
        }
    }
}

pub(super) fn forget(state: &mut State) {
    state.program.data = None;
    state.program.data_file.clear();
    state.desk.measured = None;
    state.view.measured_shown = MeasuredShown::No;
    state.refresh_triage();
}

/// The next score: the methods, then the user's data and where it disagrees.
pub(super) fn next_score(state: &mut State) -> Vec<Effect> {
    let Some(measured) = &state.desk.measured else {
        return next_method(state);
    };
    let compared = measured.disagreement.is_some();
    match state.view.measured_shown {
        MeasuredShown::Scores if compared => {
            state.view.measured_shown = MeasuredShown::Disagreement;
            let method = state.view.method.map_or("the score", method_name);
            state.say(Notice::info(format!(
                "where your data call a substitution more damaging (+) or less (−) than {method} does"
            )));
            Vec::new()
        }
        MeasuredShown::No if is_last_method(state) => {
            state.view.measured_shown = MeasuredShown::Scores;
            Vec::new()
        }
        _ => {
            state.view.measured_shown = MeasuredShown::No;
            next_method(state)
        }
    }
}

//! A list of variants: put on what is open, scored by every method that is here, ranked.

use std::sync::Arc;

use super::submit::{alignment_of, submit, weights_of};
use super::{motion, scans};
use crate::analysis::ScanMethod;
use crate::app::effect::Effect;
use crate::app::map_view::method_name;
use crate::app::messages::Notice;
use crate::app::panel::Panel;
use crate::app::state::State;
use crate::app::variants::VariantList;
use crate::protein::names::VariantTable;
use crate::study::{Combining, Fill, Request, ScoreReport, ScoreRequest};

pub(super) fn forget(state: &mut State) {
    state.desk.variants = None;
    state.program.variants.clear();
    if state.view.focus == Panel::Variants {
        motion::focus(state, Panel::Mutations);
    }
}

/// A list was read: puts it on what is open, and asks every method.
pub(super) fn read(
    state: &mut State,
    asked: String,
    outcome: Result<VariantTable, String>,
) -> Vec<Effect> {
    let table = match outcome {
        Ok(table) => table,
        Err(reason) => {
            state.say(Notice::error(reason));
            return Vec::new();
        }
    };
    let Some(subject) = state.desk.subject.clone() else {
        state.say(Notice::warning("nothing is open that variants could be of"));
        return Vec::new();
    };
    let list = VariantList::new(&asked, &table, &subject);
    let (fit, all) = (list.variants.len(), list.list.lines.len());
    for remark in table.remarks.iter().chain(&list.remarks) {
        state.say(Notice::warning(remark.clone()));
    }
    let refused = list
        .list
        .lines
        .iter()
        .filter_map(|l| l.outcome.as_ref().err());
    if let Some(first) = refused.clone().next() {
        let text = format!(
            "{} of {all} variants do not fit: {}",
            refused.count(),
            first.reason
        );
        state.say(Notice::warning(text));
    }
    state.program.variants = asked;
    let variants = list.variants.clone();
    state.desk.variants = Some(list);
    motion::focus(state, Panel::Variants);
    if fit == 0 {
        return Vec::new();
    }
    let methods: Vec<ScanMethod> = ScanMethod::ALL
        .into_iter()
        .filter(|m| scans::is_usable(state, *m))
        .collect();
    let names: Vec<&str> = methods.iter().map(|m| method_name(*m)).collect();
    state.say(Notice::info(format!(
        "{fit} variants · {}",
        names.join(", ")
    )));
    let alignment = alignment_of(state);
    let ask = |method: ScanMethod| {
        let request = Request::Score(ScoreRequest {
            protein: Arc::clone(&subject.protein),
            method,
            weights: weights_of(state, method),
            properties: Vec::new(),
            combining: Combining::default(),
            variants: variants.clone(),
            fill: Fill::default(),
            alignment: alignment.clone().filter(|_| method.reads_alignment()),
        });
        (method, request)
    };
    let requests: Vec<(ScanMethod, Request)> = methods.into_iter().map(ask).collect();
    requests
        .into_iter()
        .map(|(method, request)| {
            let label = format!("variants · {}", method_name(method));
            submit(state, label, None, request)
        })
        .collect()
}

/// A method has scored the list.
pub(super) fn scored(state: &mut State, report: &Arc<ScoreReport>) {
    let Some(list) = &mut state.desk.variants else {
        return;
    };
    // One that was asked for by a list before is of another length or of other variants.
    let is_its_own = report.scores.len() == list.variants.len()
        && report
            .scores
            .iter()
            .zip(&list.variants)
            .all(|(s, v)| s.variant == *v);
    if is_its_own {
        list.scores.insert(report.method, Arc::clone(report));
        list.arrange();
    }
}

pub(super) fn failed(state: &mut State, method: ScanMethod, reason: String) {
    if let Some(list) = &mut state.desk.variants {
        list.refused.insert(method, reason);
    }
}

//! Modes that swing, a second source beside the first, and the coupling map's order.

use std::sync::Arc;

use super::submit::submit;
use crate::analysis::Source;
use crate::app::collective::{Collective, Difference};
use crate::app::dynamics::source_name;
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::state::State;
use crate::study::{CollectiveReport, CollectiveRequest, DynamicsRequest, Request, Weights};

const MODES: usize = 10;
/// Standard deviations between which a mode may be told to swing.
const AMPLITUDES: (f64, f64) = (0.25, 12.0);

/// Asks for the modes and responses where the screen needs them.
pub(super) fn ask_needed(state: &mut State) -> Vec<Effect> {
    let wanted = state.view.mode.is_some() || state.view.curve.needs_responses();
    if !wanted || state.collective().is_some() {
        return Vec::new();
    }
    let Some(dynamics) = state.dynamics().cloned() else {
        state.say(Notice::warning("that needs the dynamics of a structure"));
        return Vec::new();
    };
    let report = dynamics.report();
    let request = Request::Collective(CollectiveRequest {
        dynamics: Arc::clone(&report.dynamics),
        provenance: report.provenance.clone(),
        modes: MODES,
    });
    let label = format!("modes and responses · {}", source_name(dynamics.source()));
    vec![submit(state, label, None, request)]
}

/// The next or the previous mode; before the first the structure is at rest.
pub(super) fn step_mode(state: &mut State, by: isize) -> Vec<Effect> {
    let count = state.collective().map_or(MODES, |c| c.report().modes.len());
    let next = match state.view.mode {
        None if by > 0 => Some(0),
        None => None,
        Some(at) => at
            .checked_add_signed(by)
            .map(|n| n.min(count.saturating_sub(1))),
    };
    choose_mode(state, next)
}

/// Swings along a mode (0-based), or stands still.
pub(super) fn choose_mode(state: &mut State, mode: Option<usize>) -> Vec<Effect> {
    state.view.mode = mode;
    if mode.is_none() {
        state.say(Notice::info("the structure is at rest"));
        return Vec::new();
    }
    state.view.animating = false;
    let effects = ask_needed(state);
    if effects.is_empty() && state.collective().is_none() {
        state.view.mode = None;
    }
    tell_mode(state);
    effects
}

/// Says which mode swings, or why none does.
fn tell_mode(state: &mut State) {
    let (Some(number), Some(collective)) = (state.view.mode, state.collective().cloned()) else {
        return;
    };
    let Some(mode) = collective.mode(number) else {
        state.view.mode = None;
        let warnings = &collective.report().warnings;
        let why = warnings
            .first()
            .map_or("its modes have no directions", String::as_str);
        let source = source_name(collective.report().source);
        state.say(Notice::warning(format!("{source}: {why}")));
        return;
    };
    let text = format!(
        "mode {}: {:.0} % of all motion, {:.0} % of the residues take part · i I mode · , . amplitude",
        number + 1,
        100.0 * collective.share(mode),
        100.0 * mode.collectivity,
    );
    state.say(Notice::info(text));
}

/// Amplitude of modes, in standard deviations.
pub(super) fn swing(state: &mut State, deviations: f64) {
    state.view.amplitude = deviations.clamp(AMPLITUDES.0, AMPLITUDES.1);
    let amplitude = state.view.amplitude;
    state.say(Notice::info(format!(
        "modes: amplitude of {amplitude:.1} standard deviations"
    )));
}

/// Modes and responses have come.
pub(super) fn finished(state: &mut State, report: &Arc<CollectiveReport>) {
    let source = report.source;
    let dynamics = state.desk.results.dynamics.get(&source);
    if let Some(collective) = dynamics.and_then(|d| Collective::new(report, d)) {
        state
            .desk
            .results
            .collectives
            .insert(source, Arc::new(collective));
        tell_mode(state);
    }
}

/// The next second source: those that are not known to be refused, then none.
pub(super) fn next_compared(state: &mut State) -> Vec<Effect> {
    let at = state
        .view
        .compare
        .and_then(|s| Source::ALL.iter().position(|o| *o == s));
    let next = Source::ALL
        .into_iter()
        .skip(at.map_or(0, |i| i + 1))
        .find(|s| Some(*s) != state.view.source && state.offers(*s));
    compare(state, next)
}

/// Lays another source over the flexibility, or none.
pub(super) fn compare(state: &mut State, other: Option<Source>) -> Vec<Effect> {
    state.view.compare = other;
    let is_gone = state.desk.second.take().is_some();
    let Some(other) = other else {
        state.view.difference = false;
        state.say(Notice::info(if is_gone {
            "no second structure"
        } else {
            "no second source"
        }));
        return Vec::new();
    };
    if state.desk.results.dynamics.contains_key(&other) {
        compared(state);
        return Vec::new();
    }
    let Some(subject) = state.desk.subject.clone() else {
        return Vec::new();
    };
    if let Err(refused) = subject.protein.require_coordinates("a second source") {
        state.view.compare = None;
        state.say(Notice::warning(refused.to_string()));
        return Vec::new();
    }
    let request = Request::Overlay(DynamicsRequest {
        protein: Arc::clone(&subject.protein),
        structure: Arc::clone(&subject.structure),
        source: Some(other),
        weights: Weights::Installed,
        run: state.desk.run.clone(),
    });
    let label = source_name(other).to_owned();
    vec![submit(state, label, Some(other), request)]
}

/// Both sources may be there now: makes their difference and says what lies over what.
pub(super) fn compared(state: &mut State) {
    let (Some(first), Some(second)) = (state.dynamics().cloned(), state.compared().cloned()) else {
        return;
    };
    let of = (first.source(), second.source());
    if state
        .desk
        .results
        .difference
        .as_ref()
        .is_none_or(|d| d.of != of)
    {
        state.desk.results.difference = Difference::new(&first, &second).map(Arc::new);
    }
    let (a, b) = (source_name(of.0), source_name(of.1));
    state.say(Notice::info(format!(
        "{b} overlaid on {a} · d shows the difference in coupling"
    )));
}

/// Switches the coupling map to the difference of two sources, and back.
pub(super) fn toggle_difference(state: &mut State) -> Vec<Effect> {
    state.view.difference = !state.view.difference;
    if !state.view.difference {
        state.say(Notice::info("couplings of one source"));
        return Vec::new();
    }
    if let Some(beside) = state.beside() {
        let text = format!("couplings of {} less those here", beside.name());
        state.say(Notice::info(text));
        return Vec::new();
    }
    if state.view.compare.is_none() {
        return next_compared(state);
    }
    compared(state);
    Vec::new()
}

/// Puts the residues of the coupling map by dynamic domain, or back along the chain.
pub(super) fn by_domain(state: &mut State) {
    let order = state.dynamics().and_then(|d| d.domain_order.as_ref());
    if order.is_none() && !state.view.by_domain {
        state.say(Notice::warning("no dynamic domains are known here"));
        return;
    }
    state.view.by_domain = !state.view.by_domain;
    state.say(Notice::info(if state.view.by_domain {
        "couplings by dynamic domain"
    } else {
        "couplings along the chain"
    }));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use std::time::Duration;

    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use crate::analysis::Source;
    use crate::app::effect::Effect;
    use crate::app::job::JobEvent;
    use crate::app::message::Message;
    use crate::app::panel::Curve;
    use crate::app::samples;
    use crate::app::state::State;
    use crate::app::update;
    use crate::study::Report;
    use crate::study::Slot;
    use std::sync::Arc;

    fn press(state: &mut State, keys: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for c in keys.chars() {
            let code = match c {
                '\n' => KeyCode::Enter,
                '\x1b' => KeyCode::Esc,
                c => KeyCode::Char(c),
            };
            effects = update(state, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        }
        effects
    }

    fn finish(state: &mut State, slot: Slot, report: Report) {
        let event = JobEvent::Finished(report);
        update(state, Message::Job { slot, event });
    }

    fn submitted(effects: &[Effect]) -> Slot {
        match effects {
            [Effect::Submit(request)] => request.slot(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_mode_swings_until_it_is_stopped() {
        let mut state = samples::ready(40);
        assert_eq!(submitted(&press(&mut state, "i")), Slot::Collective);
        assert!(!state.is_animated(), "it is not there yet");
        let report = samples::collective_report(state.dynamics().unwrap().report());
        finish(&mut state, Slot::Collective, report);
        assert!(state.is_animated());
        assert!(state.notice().unwrap().text.starts_with("mode 1: "));
        update(&mut state, Message::Tick(Duration::from_millis(150)));
        press(&mut state, ".");
        assert!(state.view.amplitude > 2.0);
        press(&mut state, ":amplitude 3\n");
        assert_eq!(state.view.amplitude, 3.0);
        press(&mut state, "\x1b");
        assert!(!state.is_animated() && state.view.mode.is_none());
        assert!(press(&mut state, ":mode 1\n").is_empty(), "it is known");
        assert!(state.is_animated());
        press(&mut state, "I");
        assert!(!state.is_animated());
    }

    #[test]
    fn curves_of_responses_are_asked_for_once() {
        let mut state = samples::ready(40);
        let effects = press(&mut state, ":curve dfi\n");
        assert_eq!(submitted(&effects), Slot::Collective);
        let report = samples::collective_report(state.dynamics().unwrap().report());
        finish(&mut state, Slot::Collective, report);
        assert!(press(&mut state, "v").is_empty());
        assert_eq!(state.view.curve, Curve::Effectors);
    }

    #[test]
    fn a_second_source_is_laid_over_the_first_and_taken_from_it() {
        let mut state = samples::ready(40);
        let first = state.dynamics().unwrap().source();
        assert_eq!(
            submitted(&press(&mut state, ":compare gnm\n")),
            Slot::Overlay
        );
        let subject = Arc::clone(state.desk.subject.as_ref().unwrap());
        let Report::Dynamics(report) = samples::dynamics_report(&subject, Source::Gnm) else {
            panic!("dynamics were asked for")
        };
        finish(&mut state, Slot::Overlay, Report::Overlay(report));
        assert_eq!(state.dynamics().unwrap().source(), first, "the first stays");
        assert_eq!(state.compared().unwrap().source(), Source::Gnm);
        assert!(state.difference().is_none());
        press(&mut state, "d");
        let difference = state.difference().unwrap();
        assert_eq!(difference.of, (first, Source::Gnm));
        assert_eq!(difference.map.matrix[(3, 9)], 0.0, "they are equal here");
        press(&mut state, ":compare none\n");
        assert!(state.compared().is_none() && state.difference().is_none());
    }

    #[test]
    fn a_second_source_that_fails_is_forgotten() {
        let mut state = samples::ready(40);
        press(&mut state, ":compare dynaprot\n");
        let event = JobEvent::Failed("no weights".into());
        let slot = Slot::Overlay;
        update(&mut state, Message::Job { slot, event });
        assert_eq!(state.view.compare, None);
        assert!(state.notice().unwrap().text.contains("no weights"));
    }

    #[test]
    fn order_by_domain_needs_domains() {
        let mut state = samples::ready(40);
        press(&mut state, "3o");
        assert!(!state.view.by_domain);
        assert!(state.notice().unwrap().text.contains("domains"));
    }
}

//! A simulation as a source.

use super::*;
use crate::app::command::Command;
use crate::study::Request;

/// The run that the one submitted job asks with.
fn asked(effects: &[Effect]) -> Option<String> {
    let [Effect::Submit(request)] = effects else {
        panic!("{effects:?}");
    };
    let Request::Dynamics(request) = &**request else {
        panic!("{request:?}");
    };
    assert_eq!(request.source, Some(Source::SimulationRun));
    let run = request.run.as_ref()?;
    let files: Vec<String> = run.files.iter().map(|f| f.display().to_string()).collect();
    Some(format!("{} {}", files.join("+"), run.frames))
}

#[test]
fn a_trajectory_is_one_more_source_beside_the_one_before() {
    let mut state = ready();
    let before = state.view.source;
    let effects = press(&mut state, ":trajectory a.xtc, b.dcd frames 5:50:5\n");
    assert_eq!(asked(&effects), Some("a.xtc+b.dcd 5:50:5".to_owned()));
    assert_eq!(state.view.compare, before);
    let report = dynamics_report(&samples::subject(40), Source::SimulationRun);
    let (slot, event) = (Slot::Dynamics, JobEvent::Finished(report));
    update(&mut state, Message::Job { slot, event });
    assert_eq!(state.view.source, Some(Source::SimulationRun));
    assert_eq!(state.compared().map(|d| d.source()), before);
    let line = "trajectory a.xtc, b.dcd frames 5:50:5";
    assert_eq!(Command::parse(line).unwrap().to_line(), line);
    assert!(
        state
            .snapshot()
            .settings
            .iter()
            .any(|c| c.to_line() == line)
    );
    press(&mut state, ":trajectory none\n");
    assert!(state.desk.run.is_none());
    assert!(
        !state
            .desk
            .results
            .dynamics
            .contains_key(&Source::SimulationRun)
    );
    let line = Command::parse("trajectory a.xtc frames 0:3");
    assert!(line.unwrap_err().contains("counted from 1"));
}

#[test]
fn without_a_trajectory_the_source_is_not_offered() {
    let mut state = ready();
    for _ in 0..Source::ALL.len() {
        press(&mut state, "s");
        assert_ne!(state.view.asked_source, Some(Source::SimulationRun));
    }
}

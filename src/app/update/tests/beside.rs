//! A second structure beside the open one.

use super::*;
use crate::app::command::Command;
use crate::app::subject::Subject;
use crate::engine::named_part::Taken;
use crate::engine::worker::Run as _;
use crate::engine::{Engine, EngineOptions};

/// The helix, its second half bent away.
fn bent() -> Subject {
    let mut subject = samples::subject(40);
    let mut protein = (*subject.protein).clone();
    protein.name = "bent".to_owned();
    for residue in &mut protein.residues[20..] {
        for atom in &mut residue.atoms {
            atom.position += Vec3::new(0.4 * (atom.position.z - 30.0), 0.0, 0.0);
        }
    }
    subject.protein = Arc::new(protein);
    subject
}

fn opened(state: &mut State, name: &str) -> Vec<Effect> {
    let subject = bent();
    let taken = Taken {
        structure: subject.structure,
        protein: subject.protein,
        warnings: Vec::new(),
    };
    let outcome = Ok(Box::new(taken));
    let name = name.to_owned();
    update(state, Message::SecondOpened { name, outcome })
}

/// Answers the one job that was submitted.
fn answer(state: &mut State, effects: &[Effect]) {
    let [Effect::Submit(request)] = effects else {
        panic!("{effects:?}");
    };
    let mut engine = Engine::new(EngineOptions::default());
    let event = JobEvent::Finished(engine.run(request, &()).unwrap());
    let slot = request.slot();
    update(state, Message::Job { slot, event });
}

#[test]
fn a_second_structure_is_opened_compared_shown_and_taken_away() {
    let mut state = ready();
    let effects = press(&mut state, ":compare bent.pdb:B\n");
    assert!(
        matches!(&effects[..], [Effect::OpenSecond { part, .. }] if part == "bent.pdb:B"),
        "{effects:?}"
    );
    let effects = opened(&mut state, "bent.pdb:B");
    assert!(state.beside().is_none(), "it is being computed");
    answer(&mut state, &effects);
    let beside = Arc::clone(state.beside().unwrap());
    assert!(beside.distance_angstrom()[39] > 5.0 && beside.distance_angstrom()[3] < 1.0);
    assert!(state.view.difference, "the coupling map shows the change");
    let said = state.notice().unwrap().text.clone();
    assert!(
        said.starts_with("40 residues paired by residue numbers"),
        "{said}"
    );
    assert!(state.content().comparison.is_some());
    press(&mut state, "vv");
    assert_eq!(state.view.curve, crate::app::panel::Curve::Distance);
    // Another source on screen is that of both.
    let report = dynamics_report(&samples::subject(40), Source::Gnm);
    let effects = press(&mut state, ":source gnm\n");
    assert_eq!(effects.len(), 1);
    let (slot, event) = (Slot::Dynamics, JobEvent::Finished(report));
    let effects = update(&mut state, Message::Job { slot, event });
    assert_eq!(submitted(&effects), [Slot::Overlay]);
    press(&mut state, ":compare none\n");
    assert!(state.beside().is_none() && !state.view.difference);
}

#[test]
fn chains_and_models_of_the_open_file_are_named_alone() {
    let mut state = ready();
    for (typed, expected) in [("A", ":A"), ("#2", "#2"), ("x.pdb", "x.pdb")] {
        let effects = press(&mut state, &format!(":compare {typed}\n"));
        let [Effect::OpenSecond { part, .. }] = &effects[..] else {
            panic!("{effects:?}");
        };
        assert_eq!(part, expected);
        let line = Command::parse(&format!("compare {typed}"))
            .unwrap()
            .to_line();
        assert_eq!(line, format!("compare {typed}"));
    }
    assert!(
        state
            .snapshot()
            .settings
            .iter()
            .any(|c| c.to_line() == "compare x.pdb")
    );
}

#[test]
fn one_that_cannot_be_opened_leaves_what_is_there() {
    let mut state = ready();
    press(&mut state, ":compare gone.pdb\n");
    let name = "gone.pdb".to_owned();
    let outcome = Err("gone.pdb: no such file".to_owned());
    let effects = update(&mut state, Message::SecondOpened { name, outcome });
    assert!(effects.is_empty() && state.desk.second.is_none());
    assert_eq!(state.notice().unwrap().level, Level::Error);
}

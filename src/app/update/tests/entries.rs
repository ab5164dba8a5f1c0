//! An entry that is not on this machine.

use super::*;
use crate::app::program::{Missing, Overlay};

fn not_here() -> Message {
    Message::NotHere(Missing {
        path: "1ake".into(),
        entry: "PDB entry 1AKE".into(),
        server: "files.rcsb.org".into(),
    })
}

#[test]
fn a_download_is_asked_for_and_answered() {
    let mut state = ready();
    assert!(update(&mut state, not_here()).is_empty());
    assert!(matches!(state.program.overlay, Overlay::Fetch(_)));
    assert!(press(&mut state, "n").is_empty(), "any other key leaves it");
    assert_eq!(state.program.overlay, Overlay::None);
    update(&mut state, not_here());
    let effects = press(&mut state, "y");
    assert!(matches!(&effects[..], [Effect::Fetch(path)] if path.ends_with("1ake")));
    assert!(
        state
            .program
            .opening
            .as_ref()
            .is_some_and(|o| o.contains("files.rcsb.org"))
    );
}

#[test]
fn the_command_line_may_have_answered_before() {
    let mut state = ready();
    state.program.fetch = Some(false);
    assert!(update(&mut state, not_here()).is_empty());
    assert_eq!(state.notice().unwrap().level, Level::Error);
    state.program.fetch = Some(true);
    assert!(matches!(
        update(&mut state, not_here())[..],
        [Effect::Fetch(_)]
    ));
}

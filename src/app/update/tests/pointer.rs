//! The mouse, and what time does.

use super::*;
use crate::app::message::{Gesture, Place, Pointer};

#[test]
fn the_mouse_points_turns_and_zooms() {
    let mut state = ready();
    let point = |gesture, place| Message::Pointer(Pointer { gesture, place });
    update(&mut state, point(Gesture::Press, Place::Pair(7, 30)));
    assert_eq!(
        (state.desk.cursor.residue, state.desk.cursor.partner),
        (7, Some(30))
    );
    assert_eq!(state.view.focus, Panel::Coupling);
    update(&mut state, point(Gesture::WheelUp, Place::Pair(1, 1)));
    assert_eq!(state.view.map_zoom, 1);
    update(
        &mut state,
        point(Gesture::Press, Place::Substitution(3, AminoAcid::Trp)),
    );
    assert_eq!(state.desk.cursor.mutant, Some(AminoAcid::Trp));
    update(
        &mut state,
        point(Gesture::Press, Place::Panel(Panel::Structure)),
    );
    let yaw = state.view.yaw;
    let drag = Gesture::Drag {
        columns: 4,
        rows: 0,
    };
    update(&mut state, point(drag, Place::Nowhere));
    assert!(state.view.yaw != yaw);
    // A click on the structure chooses when it ends; what became a turn does not.
    let residue = Place::Residue(Panel::Structure, 12);
    for (between, wanted) in [(Some(drag), 3), (None, 12)] {
        update(&mut state, point(Gesture::Press, residue));
        if let Some(drag) = between {
            update(&mut state, point(drag, residue));
        }
        update(&mut state, point(Gesture::Release, residue));
        assert_eq!(state.desk.cursor.residue, wanted);
    }
}

#[test]
fn time_turns_the_structure_only_when_asked() {
    let mut state = ready();
    let yaw = state.view.yaw;
    update(&mut state, Message::Tick(Duration::from_secs(1)));
    assert!(state.view.yaw == yaw && !state.is_moving());
    press(&mut state, " ");
    update(&mut state, Message::Tick(Duration::from_millis(1100)));
    assert!(state.view.yaw > yaw && state.is_moving());
}

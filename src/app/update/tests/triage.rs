//! The triage table: what is highlighted is what the keys act on.

use super::*;

#[test]
fn the_table_sorts_filters_and_moves_the_one_cursor() {
    let mut state = ready();
    press(&mut state, "6");
    let all = state.triage_rows();
    assert_eq!(all, 40 * 19);
    press(&mut state, "jj");
    assert_eq!(state.triage_row(), Some(2));
    press(&mut state, "fresi 5-9\n");
    assert_eq!(state.triage_rows(), 5 * 19);
    press(&mut state, ">");
    assert!((4..9).contains(&state.desk.cursor.residue));
    press(&mut state, "f");
    for _ in 0..20 {
        key(&mut state, KeyCode::Backspace);
    }
    press(&mut state, "f");
    control(&mut state, 'u');
    press(&mut state, "resi resi\n");
    assert_eq!(state.notice().unwrap().level, Level::Error);
}

/// The substitutions of the rows that are shown.
fn shown(state: &State) -> Vec<(usize, Option<AminoAcid>)> {
    let table = state.desk.triage.table.as_ref().unwrap();
    let rows = state.desk.triage.shown.iter().map(|row| table.rows()[*row]);
    rows.map(|s| (s.index, Some(s.mutant))).collect()
}

#[test]
fn marks_after_a_filter_are_the_rows_that_are_shown() {
    let mut state = ready();
    press(&mut state, "6jjj<fresi 5-9 and mut W\n");
    let mut wanted = shown(&state);
    assert_eq!(wanted.len(), 5);
    assert_eq!(state.triage_row(), Some(0), "from the top");
    press(&mut state, "mjmjmjmjm");
    wanted.sort_unstable();
    let marked: Vec<_> = state.desk.marks.iter().map(|(key, _)| key).collect();
    assert_eq!(marked, wanted);
}

#[test]
fn whatever_moves_the_rows_the_cursor_is_on_one_of_them() {
    let mut state = ready();
    press(&mut state, "6fresi 5-9 and mut W\n");
    let rescored = |state: &mut State| {
        let subject = Arc::clone(state.desk.subject.as_ref().unwrap());
        let report = dynamics_report(&subject, Source::Gnm);
        let event = JobEvent::Finished(report);
        let slot = Slot::Dynamics;
        update(state, Message::Job { slot, event });
    };
    for keys in [
        ">",
        "<",
        "/30\n",
        "/L8W\n",
        "l",
        "h",
        "1",
        "6",
        "5jj6",
        ":at A:30\n",
        ":sort rmsf\n",
        "u",
        ":select resi 20\n",
        "4ll6",
        "fresi 3 and mut A,G\n",
        "u",
        "$",
        "0",
        "n",
        "",
    ] {
        press(&mut state, keys);
        if keys.is_empty() {
            rescored(&mut state);
        }
        if state.view.focus == Panel::Triage {
            let row = state
                .triage_row()
                .unwrap_or_else(|| panic!("after {keys:?}"));
            assert_eq!(state.mark_key(), Some(shown(&state)[row]), "after {keys:?}");
        }
    }
}

#[test]
fn where_no_row_is_shown_the_keys_say_so_and_do_nothing() {
    let mut state = ready();
    press(&mut state, "6fresi 900\n");
    assert_eq!(state.triage_rows(), 0);
    for keys in ["m", "M", "y", "\n"] {
        assert!(press(&mut state, keys).is_empty(), "{keys:?}");
        let notice = state.notice().unwrap();
        assert!(
            notice.text.contains("no row is shown"),
            "{keys:?} {notice:?}"
        );
        assert!(state.desk.marks.is_empty() && state.program.overlay == Overlay::None);
        assert!(!state.desk.what_if.open);
    }
}

#[test]
fn a_note_belongs_to_the_row_that_it_was_begun_on() {
    let mut state = ready();
    press(&mut state, "6frmsf < 9\nMlid");
    let begun = state.mark_key().unwrap();
    let subject = Arc::clone(state.desk.subject.as_ref().unwrap());
    let mut report = dynamics_report(&subject, Source::Gnm);
    if let crate::study::Report::Dynamics(inner) = &mut report {
        Arc::make_mut(inner).rmsf_angstrom[begun.0] = 20.0;
    }
    let event = JobEvent::Finished(report);
    let slot = Slot::Dynamics;
    update(&mut state, Message::Job { slot, event });
    assert_ne!(state.mark_key(), Some(begun), "its row is gone");
    press(&mut state, "\n");
    assert_eq!(state.desk.marks.note(begun), Some("lid"));
    assert_eq!(state.desk.marks.len(), 1);
}

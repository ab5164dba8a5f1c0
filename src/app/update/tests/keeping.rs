//! Journal, sessions and undo.

use super::*;

#[test]
fn what_was_done_is_written_down_and_leads_there_again() {
    let mut state = ready();
    press(
        &mut state,
        "5lljm:threshold 0.4\n:filter rmsf < 1\nM near the lid\n3:curve line\n",
    );
    press(&mut state, ":select resi 3-9\nc2w:sort rmsf\n");
    assert_eq!(state.program.session, None);
    let mut again = samples::ready(40);
    let lines: Vec<String> = state.program.journal.lines().collect();
    for line in lines.clone() {
        if !line.starts_with("open") && !line.starts_with("theme") {
            update(&mut again, Message::Command(line.clone()));
            assert!(
                again.notice().is_none_or(|n| n.level != Level::Error),
                "{line}: {:?}",
                again.notice()
            );
        }
    }
    assert_eq!(again.desk.marks, state.desk.marks);
    let (there, here) = (again.snapshot(), state.snapshot());
    assert_eq!(there.since(&here), [], "from {lines:?}");
    let noted = lines.iter().filter(|l| l.starts_with("note A:"));
    assert_eq!(noted.count(), 1, "{lines:?}");
}

#[test]
fn a_session_that_goes_on_has_its_marks_and_one_that_fails_stays_as_it_was() {
    let named = || {
        let mut subject = samples::subject(40);
        subject.path = Some("/data/sample40.pdb".into());
        Message::Opened(Box::new(Ok(subject)))
    };
    let mut before = State::default();
    update(&mut before, named());
    press(&mut before, "5lljm:filter rmsf < 1\n");
    let kept = before.kept().unwrap();
    let resume = || Message::Resume {
        name: "mine".into(),
        kept: Box::new(kept.clone()),
    };
    let mut state = State::default();
    let effects = update(&mut state, resume());
    assert!(matches!(&effects[..], [Effect::Open(path)] if path.ends_with("sample40.pdb")));
    update(&mut state, named());
    assert_eq!(state.desk.marks, before.desk.marks);
    assert_eq!(state.desk.cursor, before.desk.cursor);
    assert_eq!(state.view.rows.filter_text, "rmsf < 1");
    assert_eq!(state.program.session.as_deref(), Some("mine"));

    let mut fails = State::default();
    update(&mut fails, resume());
    update(&mut fails, Message::Opened(Box::new(Err("gone".into()))));
    assert!(
        fails.program.session.is_none()
            && fails.program.pending.is_empty()
            && fails.program.shelf.is_empty()
    );
}

#[test]
fn filter_selection_and_marks_are_undone_in_their_order() {
    let mut state = ready();
    press(&mut state, "m:filter rmsf < 1\n:select resi 3-9\n");
    press(&mut state, "u");
    let said = &state.notice().unwrap().text;
    assert_eq!(said, "undone: no selection · 1 marked");
    assert!(state.desk.selection.is_none() && state.view.rows.filter_text == "rmsf < 1");
    press(&mut state, "u");
    assert!(state.view.rows.filter_text.is_empty() && state.desk.marks.len() == 1);
    press(&mut state, "u");
    assert!(state.desk.marks.is_empty());
    for _ in 0..3 {
        control(&mut state, 'r');
    }
    assert!(state.desk.selection.is_some() && state.desk.marks.len() == 1);
    assert_eq!(state.view.rows.filter_text, "rmsf < 1");
}

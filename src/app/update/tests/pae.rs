//! `:pae FILE`: asked for, shown in place of the couplings, said of a pair, kept, and gone again.

use super::*;
use crate::app::panel::Reading;
use crate::study::Request;

/// The file that the one submitted job asks for.
fn asked(effects: &[Effect]) -> Option<String> {
    let [Effect::Submit(request)] = effects else {
        panic!("{effects:?}");
    };
    let Request::Pae(request) = &**request else {
        panic!("{request:?}");
    };
    let file = request.file.as_ref()?;
    Some(file.display().to_string())
}

#[test]
fn a_pae_is_asked_for_shown_and_forgotten() {
    let mut state = ready();
    press(&mut state, "CC");
    assert_eq!(state.view.reading, Reading::Correlation, "there is no PAE");
    let effects = press(&mut state, ":pae m.json\n");
    assert_eq!(asked(&effects), Some("m.json".to_owned()));
    let subject = state.desk.subject.clone().unwrap();
    let (slot, event) = (Slot::Pae, JobEvent::Finished(samples::pae_report(&subject)));
    update(&mut state, Message::Job { slot, event });
    assert!(state.desk.jobs.is_empty());
    press(&mut state, "CC");
    assert_eq!(state.view.reading, Reading::PredictedError);
    let pae = state.desk.results.pae.clone().unwrap();
    let said = |pair| pae.of_pair(pair, &subject.labels);
    let first = format!("PAE 21.0 Å (25.0 laid on {})", subject.labels[30]);
    assert_eq!(said((3, 30)), first);
    assert_eq!(said((3, 4)), "PAE 1.0 Å");
    assert!(state.content().pae.is_some());
    let line = "pae m.json";
    let settings = state.snapshot().settings;
    assert!(settings.iter().any(|c| c.to_line() == line));
    press(&mut state, ":pae none\n");
    assert!(state.desk.results.pae.is_none() && state.desk.pae_file.is_empty());
    assert_eq!(state.view.reading, Reading::Correlation);
}

#[test]
fn another_length_and_an_absent_file_change_nothing() {
    let mut state = ready();
    let other = samples::pae_report(&samples::subject(20));
    for report in [other, crate::study::Report::Pae(None)] {
        let (slot, event) = (Slot::Pae, JobEvent::Finished(report));
        update(&mut state, Message::Job { slot, event });
        assert!(state.desk.results.pae.is_none());
    }
}

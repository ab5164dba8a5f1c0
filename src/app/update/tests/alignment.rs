//! `:msa FILE`: conservation and its scores are asked for, shown, and gone with the alignment.

use super::*;
use crate::analysis::triage::Measure;
use crate::study::Request;

/// What was submitted, with the alignment that scans read.
fn asked(effects: &[Effect]) -> Vec<(Slot, Option<String>)> {
    let one = |effect: &Effect| match effect {
        Effect::Submit(request) => {
            let path = match &**request {
                Request::Scan(scan) => scan.alignment.clone(),
                Request::Conservation(conservation) => Some(conservation.alignment.clone()),
                _ => None,
            };
            Some((request.slot(), path.map(|p| p.display().to_string())))
        }
        _ => None,
    };
    effects.iter().filter_map(one).collect()
}

fn finish(state: &mut State, slot: Slot) {
    let subject = state.desk.subject.clone().unwrap();
    let report = match slot {
        Slot::Scan(method) => scan_report(&subject, method),
        _ => samples::conservation_report(&subject),
    };
    let event = JobEvent::Finished(report);
    update(state, Message::Job { slot, event });
}

#[test]
fn an_alignment_gives_conservation_and_a_score() {
    let mut state = ready();
    let rsalor = Slot::Scan(ScanMethod::RsaLor);
    let file = Some("a.a3m".to_owned());
    let effects = press(&mut state, ":msa a.a3m\n");
    assert_eq!(
        asked(&effects),
        [(Slot::Conservation, file.clone()), (rsalor, file)]
    );
    finish(&mut state, Slot::Conservation);
    finish(&mut state, rsalor);
    let measures = state.desk.triage.measures();
    assert!(measures.contains(&Measure::Conservation) && measures.contains(&Measure::RsaLor));
    assert_eq!(state.program.msa_file, "a.a3m");
    // Another one takes the place of what the first gave.
    let effects = press(&mut state, ":msa b.a3m\n");
    assert!(state.desk.results.conservation.is_none());
    assert!(!state.desk.results.maps.contains_key(&ScanMethod::RsaLor));
    assert_eq!(asked(&effects).len(), 2);
    press(&mut state, ":msa none\n");
    assert!(state.program.msa_file.is_empty());
    let measures = state.desk.triage.measures();
    assert!(!measures.contains(&Measure::Conservation) && !measures.contains(&Measure::RsaLor));
}

#[test]
fn methods_that_need_an_alignment_are_stepped_to_with_one_only() {
    let mut state = ready();
    state.program.installed = Some(vec![ScanMethod::Stability, ScanMethod::Structure]);
    let step = |state: &mut State| {
        press(state, "S");
        state.view.method.unwrap()
    };
    let round: Vec<ScanMethod> = (0..2).map(|_| step(&mut state)).collect();
    assert_eq!(round, [ScanMethod::Structure, ScanMethod::Stability]);
    press(&mut state, ":msa a.a3m\n");
    let round: Vec<ScanMethod> = (0..4).map(|_| step(&mut state)).collect();
    let wanted = [
        ScanMethod::Structure,
        ScanMethod::Lor,
        ScanMethod::RsaLor,
        ScanMethod::Stability,
    ];
    assert_eq!(round, wanted);
}

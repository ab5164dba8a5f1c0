//! Scripts: messages in, state and effects out.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::update;
use crate::analysis::mutation_map::MutationMap;
use crate::analysis::{ScanMethod, Source};
use crate::app::effect::Effect;
use crate::app::job::{JobEvent, JobKind};
use crate::app::keeping::Snapshot;
use crate::app::message::{Gesture, Level, Message, Place, Pointer};
use crate::app::panel::Panel;
use crate::app::results::Conformations;
use crate::app::samples::{self, dynamics_report, scan_report};
use crate::app::state::{Overlay, State};
use crate::numeric::Vec3;
use crate::protein::AminoAcid;

mod triage;

fn key(state: &mut State, code: KeyCode) -> Vec<Effect> {
    update(state, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn control(state: &mut State, c: char) -> Vec<Effect> {
    let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
    update(state, Message::Key(key))
}

/// Types text; `\n` is Enter.
fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars()
        .flat_map(|c| match c {
            '\n' => key(state, KeyCode::Enter),
            '\t' => key(state, KeyCode::Tab),
            '\x1b' => key(state, KeyCode::Esc),
            c => key(state, KeyCode::Char(c)),
        })
        .collect()
}

fn ready() -> State {
    samples::ready(40)
}

#[test]
fn a_push_shows_who_answers_until_it_ends() {
    let mut state = ready();
    press(&mut state, "p");
    let response = state.response.clone().unwrap();
    assert_eq!(response.site, state.cursor.residue);
    assert!((response.profile[response.site] - 1.0).abs() < 1e-9);
    press(&mut state, "p");
    assert!(state.response.is_none());
}

#[test]
fn the_ensemble_is_asked_for_once_and_moves() {
    let mut state = ready();
    let effects = press(&mut state, "a");
    assert!(matches!(effects[..], [Effect::Submit(JobKind::Sample, _)]));
    let shifted = |by: f64| -> Vec<Option<Vec3>> { vec![Some(Vec3::new(by, 0.0, 0.0)); 40] };
    let ensemble = Conformations {
        kept: vec![shifted(0.0), shifted(2.0)],
        drawn: 3,
        seed: 1,
        report: None,
    };
    assert_eq!(ensemble.at(0.5)[7], Some(Vec3::new(1.0, 0.0, 0.0)));
    assert_eq!(ensemble.at(1.0), shifted(2.0));
    let source = state.source.unwrap();
    state.results.ensembles.insert(source, Arc::new(ensemble));
    assert!(state.is_animated());
    assert!(press(&mut state, "a").is_empty() && !state.is_animated());
    assert!(press(&mut state, "a").is_empty() && state.is_animated());
}

#[test]
fn opening_asks_for_motion_and_maps() {
    let mut state = State::default();
    let effects = update(
        &mut state,
        Message::Opened(Box::new(Ok(samples::subject(20)))),
    );
    let asked: Vec<JobKind> = effects
        .iter()
        .filter_map(|e| match e {
            Effect::Submit(kind, _) => Some(*kind),
            _ => None,
        })
        .collect();
    assert_eq!(
        asked,
        [
            JobKind::Dynamics,
            JobKind::Scan(ScanMethod::Stability),
            JobKind::Scan(ScanMethod::Structure),
            JobKind::Scan(ScanMethod::WildTypeMarginals)
        ]
    );
    assert!(state.is_moving());
    assert!(!state.shows_welcome());
}

#[test]
fn a_sequence_opens_on_its_mutations_scored_by_the_weights_given() {
    let weights = || Message::WeightsRead {
        path: "dance".into(),
        outcome: Ok(vec![ScanMethod::EsmDance]),
    };
    let open = || {
        let subject = samples::of_sequence("MKVLA");
        Message::Opened(Box::new(Ok(subject)))
    };
    for messages in [[open(), weights()], [weights(), open()]] {
        let mut state = State::default();
        for message in messages {
            update(&mut state, message);
        }
        assert_eq!(state.view.focus, Panel::Mutations);
        assert_eq!(state.method, Some(ScanMethod::EsmDance));
        let scan = JobKind::Scan(ScanMethod::EsmDance);
        assert!(state.jobs.contains_key(&scan));
        update(
            &mut state,
            Message::Opened(Box::new(Ok(samples::subject(20)))),
        );
        assert!(!state.view.sequence_only);
    }
}

#[test]
fn weights_and_data_are_taken_in() {
    let mut state = ready();
    let outcome = Ok(vec![
        ScanMethod::WildTypeMarginals,
        ScanMethod::MaskedMarginals,
    ]);
    let path = "esm".into();
    let effects = update(&mut state, Message::WeightsRead { path, outcome });
    let [Effect::Submit(_, request)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let crate::engine::Request::Scan(request) = &**request else {
        panic!("{request:?}");
    };
    assert_eq!(
        request.weights,
        crate::engine::request::Weights::Path("esm".into())
    );

    let table = "mutant,score\nM1A,0.5\nQ2G,-1\nI3L,0.2\nF4W,0.9\nA1G,3\nF4K:I3V,1\n";
    let table = crate::protein::names::VariantTable::parse(table).unwrap();
    let outcome = Ok(Box::new(crate::app::measured::OwnScores::new(
        "scores.csv",
        table,
    )));
    let path = "dms/scores.csv".into();
    update(&mut state, Message::DataRead { path, outcome });
    let measured = state.measured.as_ref().unwrap();
    assert_eq!((measured.placed, measured.left_out), (4, 2));
    let agreement = measured.agreement.unwrap();
    assert_eq!((agreement.method, agreement.n), (ScanMethod::Stability, 4));
    assert_eq!(state.map().unwrap().title, "your data scores.csv: score");
    assert_eq!(state.map().unwrap().center, 0.35);
    press(&mut state, "S");
    assert!(state.map().unwrap().title.contains("against"));
    press(&mut state, "S");
    assert_eq!(state.map().unwrap().map.method, ScanMethod::Structure);
    press(&mut state, ":data none\n");
    assert!(state.measured.is_none());
}

#[test]
fn masked_rows_refine_the_wild_type_marginals() {
    let mut state = ready();
    let subject = Arc::clone(state.subject.as_ref().unwrap());
    press(&mut state, ":scan masked-marginals\n");
    let report = scan_report(&subject, ScanMethod::WildTypeMarginals);
    let kind = JobKind::Scan(ScanMethod::WildTypeMarginals);
    let event = JobEvent::Finished(report);
    update(&mut state, Message::Job { kind, event });
    let view = state.map().unwrap();
    assert_eq!(view.map.method, ScanMethod::MaskedMarginals);
    assert!(view.map.score[(3, 5)].is_finite() && !view.refined[3]);
    let kind = JobKind::Scan(ScanMethod::MaskedMarginals);
    let event = JobEvent::Rows(vec![(3, vec![-1.0; 20])]);
    update(&mut state, Message::Job { kind, event });
    let view = state.map().unwrap();
    assert!(view.refined[3] && !view.refined[4]);
    assert_eq!(view.map.score[(3, 5)], -1.0);
}

#[test]
fn a_broken_file_says_so_and_leaves_the_rest() {
    let mut state = ready();
    update(
        &mut state,
        Message::Opened(Box::new(Err("line 3: no atom".into()))),
    );
    assert_eq!(state.len(), 40);
    let notice = state.notice.as_ref().unwrap();
    assert_eq!(
        (notice.level, notice.text.as_str()),
        (Level::Error, "line 3: no atom")
    );
}

#[test]
fn the_cursor_stays_inside() {
    let mut state = ready();
    press(&mut state, "hhh");
    assert_eq!(state.cursor.residue, 0);
    press(&mut state, "lljj");
    assert_eq!(state.cursor.residue, 22);
    press(&mut state, "$l");
    assert_eq!(state.cursor.residue, 39);
    press(&mut state, "0bk");
    assert_eq!(state.cursor.residue, 0);
}

#[test]
fn keys_do_what_the_focused_panel_means() {
    let mut state = ready();
    let yaw = state.view.yaw;
    press(&mut state, "4ll");
    assert!(state.view.yaw != yaw && state.cursor.residue == 0);
    press(&mut state, "3jj");
    assert_eq!((state.cursor.residue, state.cursor.partner), (0, Some(2)));
    press(&mut state, "++");
    assert_eq!(state.view.map_zoom, 2);
    press(&mut state, "\x1b5");
    assert_eq!(state.cursor.partner, None);
    let first = state.cursor.mutant.unwrap();
    press(&mut state, "j");
    assert_ne!(state.cursor.mutant.unwrap(), first);
    press(&mut state, "\t");
    assert_eq!(state.view.focus, Panel::Triage);
    key(&mut state, KeyCode::BackTab);
    assert_eq!(state.view.focus, Panel::Mutations);
}

#[test]
fn marks_are_undone_printed_and_kept_for_their_chain() {
    let mut state = ready();
    press(&mut state, "5llm");
    let name = state.marked_names();
    assert_eq!(name.len(), 1);
    press(&mut state, "u");
    assert!(state.marks.is_empty());
    control(&mut state, 'r');
    assert_eq!(state.marked_names(), name);
    press(&mut state, "Mcore\n");
    assert_eq!(state.marks.note(state.mark_key().unwrap()), Some("core"));
    let effects = control(&mut state, 'e');
    assert!(matches!(&effects[..], [Effect::Quit(lines)] if *lines == name));
    update(
        &mut state,
        Message::Opened(Box::new(Ok(samples::subject(9)))),
    );
    assert!(state.marks.is_empty());
    update(
        &mut state,
        Message::Opened(Box::new(Ok(samples::subject(40)))),
    );
    assert_eq!(state.marked_names(), name);
}

#[test]
fn a_search_finds_numbers_motifs_and_mutations() {
    let mut state = ready();
    let subject = Arc::clone(state.subject.as_ref().unwrap());
    press(&mut state, "/12\n");
    assert_eq!(subject.numbers[state.cursor.residue], 12);
    let motif: String = subject.letters[5..8].iter().collect();
    press(&mut state, &format!("/{motif}\n"));
    assert!(!state.matches.is_empty());
    let here = state.cursor.residue;
    press(&mut state, "n");
    assert!(state.matches.len() == 1 || state.cursor.residue != here);
    let wild_type = subject.letters[20];
    press(&mut state, &format!("/{wild_type}21W\n"));
    assert_eq!(state.cursor.residue, 20);
    assert_eq!(state.cursor.mutant, Some(AminoAcid::Trp));
    press(&mut state, "/zz9\n");
    assert_eq!(state.notice.as_ref().unwrap().level, Level::Warning);
}

#[test]
fn commands_are_typed_completed_and_recalled() {
    let mut state = ready();
    let effects = press(&mut state, ":sou\tanm\n");
    assert!(matches!(
        &effects[..],
        [Effect::Submit(JobKind::Dynamics, _)]
    ));
    assert_eq!(state.asked_source, Some(Source::Anm));
    press(&mut state, ":17\n");
    assert_eq!(state.cursor.residue, 16);
    press(&mut state, ":nonsense\n");
    assert_eq!(state.notice.as_ref().unwrap().level, Level::Error);
    press(&mut state, ":");
    key(&mut state, KeyCode::Up);
    let Overlay::Prompt(prompt) = &state.overlay else {
        unreachable!("the prompt is open")
    };
    assert_eq!(prompt.text(), "nonsense");
    assert!(
        matches!(&press(&mut state, "\x1b:q\n")[..], [Effect::Quit(lines)] if lines.is_empty())
    );
}

#[test]
fn the_palette_runs_what_is_chosen() {
    let mut state = ready();
    press(&mut state, "?");
    assert!(matches!(state.overlay, Overlay::Palette(_)));
    press(&mut state, "last residue\n");
    assert_eq!(state.overlay, Overlay::None);
    assert_eq!(state.cursor.residue, 39);
    press(&mut state, "?\x1b");
    assert_eq!(state.overlay, Overlay::None);
}

#[test]
fn results_of_another_length_are_dropped() {
    let mut state = ready();
    let before = state.results.dynamics.len();
    let stray = JobEvent::Finished(dynamics_report(&samples::subject(7), Source::Gnm));
    update(
        &mut state,
        Message::Job {
            kind: JobKind::Dynamics,
            event: stray,
        },
    );
    assert_eq!(state.results.dynamics.len(), before);
}

#[test]
fn rows_fill_the_map_before_it_is_finished() {
    let mut state = ready();
    let subject = Arc::clone(state.subject.as_ref().unwrap());
    let kind = JobKind::Scan(ScanMethod::MaskedMarginals);
    press(&mut state, ":scan masked-marginals\n");
    let rows = JobEvent::Rows(vec![
        (3, vec![-1.0; 20]),
        (999, vec![0.0; 20]),
        (4, vec![0.0; 3]),
    ]);
    update(&mut state, Message::Job { kind, event: rows });
    let view = state.map().unwrap();
    assert_eq!(view.map.method, ScanMethod::MaskedMarginals);
    assert!(view.provenance.is_none() && view.map.score[(4, 0)].is_nan());
    assert_eq!(view.map.score[(3, 5)], -1.0);
    let whole = scan_report(&subject, ScanMethod::MaskedMarginals);
    update(
        &mut state,
        Message::Job {
            kind,
            event: JobEvent::Finished(whole),
        },
    );
    assert!(state.map().unwrap().provenance.is_some());
    assert!(!state.jobs.contains_key(&kind));
}

#[test]
fn a_refused_source_is_said_and_skipped() {
    let mut state = ready();
    press(&mut state, ":source dynaprot\n");
    let event = JobEvent::Failed("weights are not installed".into());
    update(
        &mut state,
        Message::Job {
            kind: JobKind::Dynamics,
            event,
        },
    );
    assert!(
        state
            .notice
            .as_ref()
            .unwrap()
            .text
            .contains("not installed")
    );
    assert!(state.dynamics().is_some());
    let effects = press(&mut state, "ssssssss");
    let asks_again = effects.iter().any(|e| {
        matches!(e, Effect::Submit(_, r)
            if matches!(&**r, crate::engine::Request::Dynamics(d) if d.source == Some(Source::DynaProt)))
    });
    assert!(!asks_again);
}

#[test]
fn the_mouse_points_turns_and_zooms() {
    let mut state = ready();
    let point = |gesture, place| Message::Pointer(Pointer { gesture, place });
    update(&mut state, point(Gesture::Press, Place::Pair(7, 30)));
    assert_eq!((state.cursor.residue, state.cursor.partner), (7, Some(30)));
    assert_eq!(state.view.focus, Panel::Coupling);
    update(&mut state, point(Gesture::WheelUp, Place::Pair(1, 1)));
    assert_eq!(state.view.map_zoom, 1);
    update(
        &mut state,
        point(Gesture::Press, Place::Substitution(3, AminoAcid::Trp)),
    );
    assert_eq!(state.cursor.mutant, Some(AminoAcid::Trp));
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
        assert_eq!(state.cursor.residue, wanted);
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

#[test]
fn maps_know_their_limit_and_percentiles() {
    let subject = samples::subject(30);
    let map = MutationMap::unscored(ScanMethod::Stability, subject.amino_acids.clone());
    let empty = crate::app::results::MapView::of(Arc::new(map));
    assert_eq!(empty.limit, 1.0);
    assert!(empty.position_mean.iter().all(|m| m.is_nan()));
    let state = ready();
    let view = state.results.maps.values().next().unwrap();
    let (low, high) = (view.sorted[0], view.sorted[view.sorted.len() - 1]);
    let ends = [view.damage_percentile(low), view.damage_percentile(high)];
    assert!((ends[0] - ends[1]).abs() > 0.9);
}

#[test]
fn what_was_done_is_written_down_and_leads_there_again() {
    let mut state = ready();
    press(
        &mut state,
        "5lljm:threshold 0.4\n:filter rmsf < 1\nM near the lid\n3:curve line\n",
    );
    press(&mut state, ":select resi 3-9\nc2w:sort rmsf\n");
    assert_eq!(state.session, None);
    let mut again = samples::ready(40);
    let lines: Vec<String> = state.journal.lines().collect();
    for line in lines.clone() {
        if !line.starts_with("open") && !line.starts_with("theme") {
            update(&mut again, Message::Command(line.clone()));
            assert!(
                again
                    .notice
                    .as_ref()
                    .is_none_or(|n| n.level != Level::Error),
                "{line}: {:?}",
                again.notice
            );
        }
    }
    assert_eq!(again.marks, state.marks);
    let (there, here) = (Snapshot::of(&again), Snapshot::of(&state));
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
    assert_eq!(state.marks, before.marks);
    assert_eq!(state.cursor, before.cursor);
    assert_eq!(state.triage.filter_text, "rmsf < 1");
    assert_eq!(state.session.as_deref(), Some("mine"));

    let mut fails = State::default();
    update(&mut fails, resume());
    update(&mut fails, Message::Opened(Box::new(Err("gone".into()))));
    assert!(fails.session.is_none() && fails.pending.is_empty() && fails.shelf.is_empty());
}

#[test]
fn filter_selection_and_marks_are_undone_in_their_order() {
    let mut state = ready();
    press(&mut state, "m:filter rmsf < 1\n:select resi 3-9\n");
    press(&mut state, "u");
    assert!(state.selection.is_none() && state.triage.filter_text == "rmsf < 1");
    press(&mut state, "u");
    assert!(state.triage.filter_text.is_empty() && state.marks.len() == 1);
    press(&mut state, "u");
    assert!(state.marks.is_empty());
    for _ in 0..3 {
        control(&mut state, 'r');
    }
    assert!(state.selection.is_some() && state.marks.len() == 1);
    assert_eq!(state.triage.filter_text, "rmsf < 1");
}

//! Scripts: messages in, state and effects out.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::update;
use crate::analysis::mutation_map::MutationMap;
use crate::analysis::{ScanMethod, Source};
use crate::app::dynamics::Conformations;
use crate::app::effect::Effect;
use crate::app::job::JobEvent;
use crate::app::message::Message;
use crate::app::messages::Level;
use crate::app::panel::Panel;
use crate::app::program::Overlay;
use crate::app::samples::{self, dynamics_report, scan_report};
use crate::app::state::State;
use crate::numeric::Vec3;
use crate::protein::AminoAcid;
use crate::study::Slot;

mod alignment;
mod beside;
mod entries;
mod keeping;
mod pae;
mod pointer;
mod simulation;
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

/// What jobs are for that effects submit.
fn submitted(effects: &[Effect]) -> Vec<Slot> {
    let slots = effects.iter().filter_map(|effect| match effect {
        Effect::Submit(request) => Some(request.slot()),
        _ => None,
    });
    slots.collect()
}

#[test]
fn a_push_shows_who_answers_until_it_ends() {
    let mut state = ready();
    press(&mut state, "p");
    let response = state.desk.response.clone().unwrap();
    assert_eq!(response.site, state.desk.cursor.residue);
    assert!((response.profile[response.site] - 1.0).abs() < 1e-9);
    press(&mut state, "p");
    assert!(state.desk.response.is_none());
}

#[test]
fn the_ensemble_is_asked_for_once_and_moves() {
    let mut state = ready();
    let effects = press(&mut state, "a");
    assert_eq!(submitted(&effects), [Slot::Ensemble]);
    let shifted = |by: f64| -> Vec<Option<Vec3>> { vec![Some(Vec3::new(by, 0.0, 0.0)); 40] };
    let ensemble = Conformations {
        kept: vec![shifted(0.0), shifted(2.0)],
        drawn: 3,
        seed: 1,
        report: None,
    };
    assert_eq!(ensemble.at(0.5)[7], Some(Vec3::new(1.0, 0.0, 0.0)));
    assert_eq!(ensemble.at(1.0), shifted(2.0));
    let source = state.view.source.unwrap();
    state
        .desk
        .results
        .ensembles
        .insert(source, Arc::new(ensemble));
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
    assert_eq!(
        submitted(&effects),
        [
            Slot::Dynamics,
            Slot::Scan(ScanMethod::Stability),
            Slot::Scan(ScanMethod::Structure),
            Slot::Scan(ScanMethod::WildTypeMarginals)
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
        assert_eq!(state.view.method, Some(ScanMethod::EsmDance));
        let scan = Slot::Scan(ScanMethod::EsmDance);
        assert!(state.desk.jobs.contains_key(&scan));
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
    let [Effect::Submit(request)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let crate::study::Request::Scan(request) = &**request else {
        panic!("{request:?}");
    };
    assert_eq!(request.weights, crate::study::Weights::Path("esm".into()));

    let table = "mutant,score\nM1A,0.5\nQ2G,-1\nI3L,0.2\nF4W,0.9\nA1G,3\nF4K:I3V,1\n";
    let table = crate::protein::names::VariantTable::parse(table).unwrap();
    let outcome = Ok(Box::new(crate::app::measured::OwnScores::new(
        "scores.csv",
        table,
    )));
    let path = "dms/scores.csv".into();
    update(&mut state, Message::DataRead { path, outcome });
    let measured = state.desk.measured.as_ref().unwrap();
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
    assert!(state.desk.measured.is_none());
}

#[test]
fn masked_rows_refine_the_wild_type_marginals() {
    let mut state = ready();
    let subject = Arc::clone(state.desk.subject.as_ref().unwrap());
    press(&mut state, ":scan masked-marginals\n");
    let report = scan_report(&subject, ScanMethod::WildTypeMarginals);
    let slot = Slot::Scan(ScanMethod::WildTypeMarginals);
    let event = JobEvent::Finished(report);
    update(&mut state, Message::Job { slot, event });
    let view = state.map().unwrap();
    assert_eq!(view.map.method, ScanMethod::MaskedMarginals);
    assert!(view.map.score[(3, 5)].is_finite() && !view.refined[3]);
    let slot = Slot::Scan(ScanMethod::MaskedMarginals);
    let event = JobEvent::Rows(vec![(3, vec![-1.0; 20])]);
    update(&mut state, Message::Job { slot, event });
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
    let notice = state.notice().unwrap();
    assert_eq!(
        (notice.level, notice.text.as_str()),
        (Level::Error, "line 3: no atom")
    );
}

#[test]
fn the_cursor_stays_inside() {
    let mut state = ready();
    press(&mut state, "hhh");
    assert_eq!(state.desk.cursor.residue, 0);
    press(&mut state, "lljj");
    assert_eq!(state.desk.cursor.residue, 22);
    press(&mut state, "$l");
    assert_eq!(state.desk.cursor.residue, 39);
    press(&mut state, "0bk");
    assert_eq!(state.desk.cursor.residue, 0);
}

#[test]
fn keys_do_what_the_focused_panel_means() {
    let mut state = ready();
    let yaw = state.view.yaw;
    press(&mut state, "4ll");
    assert!(state.view.yaw != yaw && state.desk.cursor.residue == 0);
    press(&mut state, "3jj");
    assert_eq!(
        (state.desk.cursor.residue, state.desk.cursor.partner),
        (0, Some(2))
    );
    press(&mut state, "++");
    assert_eq!(state.view.map_zoom, 2);
    press(&mut state, "\x1b5");
    assert_eq!(state.desk.cursor.partner, None);
    let first = state.desk.cursor.mutant.unwrap();
    press(&mut state, "j");
    assert_ne!(state.desk.cursor.mutant.unwrap(), first);
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
    assert!(state.desk.marks.is_empty());
    control(&mut state, 'r');
    assert_eq!(state.marked_names(), name);
    press(&mut state, "Mcore\n");
    assert_eq!(
        state.desk.marks.note(state.mark_key().unwrap()),
        Some("core")
    );
    let effects = control(&mut state, 'e');
    assert!(matches!(&effects[..], [Effect::Quit(lines)] if *lines == name));
    update(
        &mut state,
        Message::Opened(Box::new(Ok(samples::subject(9)))),
    );
    assert!(state.desk.marks.is_empty());
    update(
        &mut state,
        Message::Opened(Box::new(Ok(samples::subject(40)))),
    );
    assert_eq!(state.marked_names(), name);
}

#[test]
fn a_search_finds_numbers_motifs_and_mutations() {
    let mut state = ready();
    let subject = Arc::clone(state.desk.subject.as_ref().unwrap());
    press(&mut state, "/12\n");
    assert_eq!(subject.numbers[state.desk.cursor.residue], 12);
    let motif: String = subject.letters[5..8].iter().collect();
    press(&mut state, &format!("/{motif}\n"));
    assert!(!state.desk.matches.is_empty());
    let here = state.desk.cursor.residue;
    press(&mut state, "n");
    assert!(state.desk.matches.len() == 1 || state.desk.cursor.residue != here);
    let wild_type = subject.letters[20];
    press(&mut state, &format!("/{wild_type}21W\n"));
    assert_eq!(state.desk.cursor.residue, 20);
    assert_eq!(state.desk.cursor.mutant, Some(AminoAcid::Trp));
    press(&mut state, "/zz9\n");
    assert_eq!(state.notice().unwrap().level, Level::Warning);
}

#[test]
fn commands_are_typed_completed_and_recalled() {
    let mut state = ready();
    let effects = press(&mut state, ":sou\tanm\n");
    assert_eq!(submitted(&effects), [Slot::Dynamics]);
    assert_eq!(state.view.asked_source, Some(Source::Anm));
    press(&mut state, ":17\n");
    assert_eq!(state.desk.cursor.residue, 16);
    press(&mut state, ":nonsense\n");
    assert_eq!(state.notice().unwrap().level, Level::Error);
    press(&mut state, ":");
    key(&mut state, KeyCode::Up);
    let Overlay::Prompt(prompt) = &state.program.overlay else {
        unreachable!("the prompt is open")
    };
    assert_eq!(prompt.text(), "nonsense");
    assert!(
        matches!(&press(&mut state, "\x1b:q\n")[..], [Effect::Quit(lines)] if lines.is_empty())
    );
}

#[test]
fn tab_completes_a_path_as_far_as_there_is_one_way() {
    let mut state = ready();
    state.program.folder = "/data".into();
    let asked = press(&mut state, ":open run/1a\t");
    assert!(matches!(&asked[..], [Effect::Names(folder)] if folder.ends_with("data/run/")));
    let names = ["1ake.pdb", "1ake.pdb.gz", "1ubi.pdb", ".1a"].map(str::to_owned);
    let (folder, names) = ("/data/run/".into(), names.to_vec());
    update(&mut state, Message::Names { folder, names });
    let Overlay::Prompt(prompt) = &state.program.overlay else {
        panic!("the prompt is open")
    };
    assert_eq!(prompt.text(), "open run/1ake.pdb");
    let opened = press(&mut state, ".\t\n");
    assert!(matches!(&opened[..], [Effect::Open(path)] if path.ends_with("run/1ake.pdb.gz")));
}

#[test]
fn the_palette_runs_what_is_chosen() {
    let mut state = ready();
    press(&mut state, "?");
    assert!(matches!(state.program.overlay, Overlay::Palette(_)));
    press(&mut state, "last residue\n");
    assert_eq!(state.program.overlay, Overlay::None);
    assert_eq!(state.desk.cursor.residue, 39);
    press(&mut state, "?\x1b");
    assert_eq!(state.program.overlay, Overlay::None);
}

#[test]
fn results_of_another_length_are_dropped() {
    let mut state = ready();
    let before = state.desk.results.dynamics.len();
    let stray = JobEvent::Finished(dynamics_report(&samples::subject(7), Source::Gnm));
    update(
        &mut state,
        Message::Job {
            slot: Slot::Dynamics,
            event: stray,
        },
    );
    assert_eq!(state.desk.results.dynamics.len(), before);
}

#[test]
fn rows_fill_the_map_before_it_is_finished() {
    let mut state = ready();
    let subject = Arc::clone(state.desk.subject.as_ref().unwrap());
    let slot = Slot::Scan(ScanMethod::MaskedMarginals);
    press(&mut state, ":scan masked-marginals\n");
    let rows = JobEvent::Rows(vec![
        (3, vec![-1.0; 20]),
        (999, vec![0.0; 20]),
        (4, vec![0.0; 3]),
    ]);
    update(&mut state, Message::Job { slot, event: rows });
    let view = state.map().unwrap();
    assert_eq!(view.map.method, ScanMethod::MaskedMarginals);
    assert!(view.provenance.is_none() && view.map.score[(4, 0)].is_nan());
    assert_eq!(view.map.score[(3, 5)], -1.0);
    let whole = scan_report(&subject, ScanMethod::MaskedMarginals);
    update(
        &mut state,
        Message::Job {
            slot,
            event: JobEvent::Finished(whole),
        },
    );
    assert!(state.map().unwrap().provenance.is_some());
    assert!(!state.desk.jobs.contains_key(&slot));
}

#[test]
fn a_refused_source_is_said_and_skipped() {
    let mut state = ready();
    press(&mut state, ":source dynaprot\n");
    let event = JobEvent::Failed("weights are not installed".into());
    update(
        &mut state,
        Message::Job {
            slot: Slot::Dynamics,
            event,
        },
    );
    assert!(state.notice().unwrap().text.contains("not installed"));
    assert!(state.dynamics().is_some());
    let effects = press(&mut state, "ssssssss");
    let asks_again = effects.iter().any(|e| {
        matches!(e, Effect::Submit(r)
            if matches!(&**r, crate::study::Request::Dynamics(d) if d.source == Some(Source::DynaProt)))
    });
    assert!(!asks_again);
}

#[test]
fn maps_know_their_limit_and_percentiles() {
    let subject = samples::subject(30);
    let map = MutationMap::unscored(ScanMethod::Stability, subject.amino_acids.clone());
    let empty = crate::app::map_view::MapView::of(Arc::new(map));
    assert_eq!(empty.limit, 1.0);
    assert!(empty.position_mean.iter().all(|m| m.is_nan()));
    let state = ready();
    let view = state.desk.results.maps.values().next().unwrap();
    let (low, high) = (view.sorted[0], view.sorted[view.sorted.len() - 1]);
    let ends = [view.damage_percentile(low), view.damage_percentile(high)];
    assert!((ends[0] - ends[1]).abs() > 0.9);
}

#[test]
fn the_next_method_is_one_whose_weights_are_there() {
    let mut state = ready();
    state.program.installed = Some(vec![ScanMethod::Stability, ScanMethod::Structure]);
    assert_eq!(state.view.method, Some(ScanMethod::Stability));
    for wanted in [ScanMethod::Structure, ScanMethod::Stability] {
        assert!(press(&mut state, "S").is_empty(), "it is scored already");
        assert_eq!(state.view.method, Some(wanted));
    }
    state.program.installed = Some(vec![ScanMethod::Stability]);
    press(&mut state, "S");
    assert_eq!(state.view.method, Some(ScanMethod::Stability));
    assert!(state.notice().unwrap().text.contains("no other method"));
}

#[test]
fn what_is_stopped_is_named() {
    let mut state = ready();
    press(&mut state, ":source anm\n");
    let effects = control(&mut state, 'x');
    assert!(matches!(effects[..], [Effect::Cancel(Slot::Dynamics)]));
    assert!(state.notice().unwrap().text.starts_with("stopped: ANM"));
}

//! Whatever is typed, clicked, pasted and answered, at whatever size: a picture, and no panic.

use std::sync::Arc;
use std::time::Duration;

use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::analysis::{ScanMethod, Source, ensemble};
use crate::app::dialog::Written;
use crate::app::effect::Effect;
use crate::app::job::JobEvent;
use crate::app::measured::OwnScores;
use crate::app::welcome::Entry;
use crate::protein::{AminoAcid, names::VariantTable};
use crate::study::Slot;
use crate::study::{Report, SampleReport};

use crate::app::subject::Subject;

/// Events, each with its picture: all of them where the compiler has optimised or
/// `DYNASCOPE_RANDOM_EVENTS` says so.
fn events() -> usize {
    let asked = std::env::var("DYNASCOPE_RANDOM_EVENTS").ok();
    let usual = if cfg!(debug_assertions) {
        4_000
    } else {
        100_000
    };
    asked.and_then(|n| n.parse().ok()).unwrap_or(usual)
}
const KEYS: &str =
    "hjklbw0$\t12345678*()ege][}{sSzczva ApvToo><fmMnN/:?uRxyqYtO+-=HL \nqr,.42AGMxw";
const CODES: [KeyCode; 18] = [
    KeyCode::Enter,
    KeyCode::Enter,
    KeyCode::Esc,
    KeyCode::Tab,
    KeyCode::BackTab,
    KeyCode::Backspace,
    KeyCode::Delete,
    KeyCode::Left,
    KeyCode::Right,
    KeyCode::Up,
    KeyCode::Down,
    KeyCode::Home,
    KeyCode::End,
    KeyCode::PageUp,
    KeyCode::PageDown,
    KeyCode::F(1),
    KeyCode::Insert,
    KeyCode::Null,
];
const PASTED: [&str; 12] = [
    "A:12 G\nx",
    "",
    "\u{1b}[31mÅß∂\u{0}",
    "/tmp/1ubi.pdb",
    "filter rmsf < 1 and llr > -2",
    "select resi 3-9 and not ss H",
    "at A:5 with A:9",
    "note A:M1W near the lid",
    "export report page.html",
    "turn 1 2 3",
    "sort rmsf",
    "zoom 6 2 6",
];

fn message(random: &mut ChaCha8Rng, state: &State, theme: &Theme, event: usize) -> Message {
    let plain = |code| Message::Key(KeyEvent::new(code, KeyModifiers::NONE));
    match random.random_range(0..100) {
        0..55 => {
            let keys: Vec<char> = KEYS.chars().collect();
            let c = *keys.choose(random).unwrap();
            let modifiers = match random.random_range(0..24) {
                0 => KeyModifiers::CONTROL,
                1 => KeyModifiers::ALT,
                _ => KeyModifiers::NONE,
            };
            Message::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
        }
        55..78 => plain(*CODES.choose(random).unwrap()),
        78..83 => Message::Paste((*PASTED.choose(random).unwrap()).to_owned()),
        83..85 => Message::Command((*PASTED.choose(random).unwrap()).to_owned()),
        85..88 if random.random_range(0..4) == 0 => Message::Resized {
            columns: random.random_range(1..4),
            rows: random.random_range(1..4),
        },
        85..88 => Message::Resized {
            columns: random.random_range(1..140),
            rows: random.random_range(1..50),
        },
        88..91 => Message::Tick(Duration::from_millis(event as u64 * 9)),
        _ => {
            let (x, y) = (random.random_range(0..140), random.random_range(0..50));
            let place = if random.random_range(0..5) == 0 {
                let far = usize::from(x);
                *[
                    Place::Line(far),
                    Place::Row(far),
                    Place::Variant(far),
                    Place::Column(Panel::Residues, far),
                    Place::Column(Panel::Triage, far),
                    Place::Pair(far, usize::from(y)),
                    Place::Residue(Panel::Sequence, far),
                    Place::Substitution(far, AminoAcid::ALL[far % 20]),
                ]
                .choose(random)
                .unwrap()
            } else {
                place_at(state, theme, x, y)
            };
            let gesture = match random.random_range(0..5) {
                0 => Gesture::Press,
                1 => Gesture::WheelUp,
                2 => Gesture::WheelDown,
                3 => Gesture::Release,
                _ => Gesture::Drag {
                    columns: random.random_range(-200..200),
                    rows: random.random_range(-90..90),
                },
            };
            Message::Pointer(Pointer { gesture, place })
        }
    }
}

fn subject(random: &mut ChaCha8Rng) -> Subject {
    match random.random_range(0..4) {
        0 => samples::of_sequences(&["MKTAYIAKQR", "G", "WXWXWXW"]),
        1 => samples::subject(1),
        _ => samples::subject(random.random_range(2..50)),
    }
}

fn report(random: &mut ChaCha8Rng, state: &State, slot: Slot) -> Option<Report> {
    let subject = state.desk.subject.clone()?;
    match slot {
        Slot::Scan(method) => Some(samples::scan_report(&subject, method)),
        Slot::Dynamics | Slot::Ensemble => {
            let protein = Arc::clone(&subject.protein);
            let source = *Source::ALL.choose(random).unwrap();
            let dynamics = samples::dynamics_report(&subject, source);
            let Report::Dynamics(inner) = dynamics else {
                return None;
            };
            if slot == Slot::Dynamics {
                return Some(Report::Dynamics(inner));
            }
            let ensemble = ensemble::sample(&protein, &inner.dynamics, 4, 1, &()).ok()?;
            Some(Report::Sample(Arc::new(SampleReport {
                provenance: inner.provenance.clone(),
                dynamics: inner,
                ensemble,
                warnings: Vec::new(),
            })))
        }
        Slot::Conservation => Some(samples::conservation_report(&subject)),
        Slot::Pae => Some(samples::pae_report(&subject)),
        Slot::WhatIf | Slot::Overlay | Slot::Collective | Slot::Score(_) | Slot::Fetch => None,
    }
}

/// What the edge could answer to an effect; now and then a failure.
fn answer(random: &mut ChaCha8Rng, state: &State, effect: Effect) -> Vec<Message> {
    let fails = random.random_range(0..6) == 0;
    let no = || "it cannot be done".to_owned();
    match effect {
        Effect::Open(_) | Effect::Choose { .. } if fails => {
            vec![Message::Opened(Box::new(Err(no())))]
        }
        Effect::Open(_) | Effect::Choose { .. } => {
            vec![Message::Opened(Box::new(Ok(subject(random))))]
        }
        Effect::List(folder) => {
            let entry = |name: &str| Entry {
                is_folder: name.len() == 1,
                name: name.into(),
                path: name.into(),
            };
            let entries = ["a", "b.pdb", "c.cif"].map(entry);
            let count = random.random_range(0..4);
            let entries = entries[..count].to_vec();
            vec![Message::Listed { folder, entries }]
        }
        Effect::Submit(request) => {
            let slot = request.slot();
            let end = match report(random, state, slot).filter(|_| !fails) {
                Some(report) => JobEvent::Finished(report),
                None if random.random_range(0..3) == 0 => JobEvent::Cancelled,
                None => JobEvent::Failed(no()),
            };
            let rows = vec![(random.random_range(0..60), vec![0.5; 20])];
            let progress = JobEvent::Progress {
                phase: "layers",
                done: 3,
                total: random.random_range(0..9),
            };
            let events = [JobEvent::Started, progress, JobEvent::Rows(rows), end];
            events.map(|event| Message::Job { slot, event }).into()
        }
        Effect::Export {
            path,
            overwrite,
            product,
            ..
        } => vec![Message::Exported {
            product,
            overwrite,
            written: match random.random_range(0..3) {
                0 => Written::Exists("x".into()),
                1 => Written::Failed(no()),
                _ => Written::Done(vec!["x".into(), "y".into()]),
            },
            path,
        }],
        Effect::ReadWeights(path) => {
            let outcome = if fails {
                Err(no())
            } else {
                Ok(vec![ScanMethod::EsmDance])
            };
            vec![Message::WeightsRead { path, outcome }]
        }
        Effect::ReadVariants(asked) => {
            let table = VariantTable::parse_words("M1A,M1A:Q2G,W99A").unwrap();
            let outcome = if fails { Err(no()) } else { Ok(table) };
            vec![Message::VariantsRead { asked, outcome }]
        }
        Effect::ReadData(path) => {
            let table = VariantTable::parse("mutant,score\nM1A,0.5\nQ2G,-1\nI3L,2\n").unwrap();
            let outcome = if fails {
                Err(no())
            } else {
                Ok(Box::new(OwnScores::new("own.csv", table)))
            };
            vec![Message::DataRead { path, outcome }]
        }
        _ => Vec::new(),
    }
}

#[test]
fn no_key_click_paste_or_answer_at_any_size_breaks_it() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let themes = [theme(), plain()];
    let mut state = samples::ready(33);
    state.program.cell_pixels = Some((2, 5));
    let mut waiting: Vec<Message> = Vec::new();
    for event in 0..events() {
        let theme = &themes[event % 2];
        let next = if !waiting.is_empty() && random.random_range(0..3) == 0 {
            waiting.remove(0)
        } else {
            message(&mut random, &state, theme, event)
        };
        for effect in update(&mut state, next) {
            let answers = answer(&mut random, &state, effect);
            waiting.extend(answers);
        }
        let has_rows = state.view.focus == Panel::Triage && state.triage_rows() > 0;
        assert!(!has_rows || state.triage_row().is_some(), "event {event}");
        let (columns, rows) = state.program.size;
        screen(&mut state, theme, columns, rows);
        let _ = crate::ui::picture(&state, &themes[0]);
    }
}

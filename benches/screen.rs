//! The screen without a terminal: a key, then the whole picture, for a long protein.
//!
//! Prints the median and the 99th percentile of update + draw of each way of using it.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program that prints its measurements"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent};
use dynascope::analysis::Source;
use dynascope::app::job::JobEvent;
use dynascope::app::message::Message;
use dynascope::app::state::State;
use dynascope::app::subject::Subject;
use dynascope::app::update;
use dynascope::engine::{Engine, EngineOptions};
use dynascope::numeric::Vec3;
use dynascope::protein::{
    AminoAcid, Atom, BColumn, Chain, ChainChoice, Model, Residue, ResidueId, Structure,
};
use dynascope::study::Slot;
use dynascope::study::{DynamicsRequest, Report, Weights};
use dynascope::ui;
use dynascope::ui::theme::{Background, ColorDepth, Glyphs, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const RESIDUES: usize = 2000;
const FRAMES: usize = 400;

/// A compact globule: layers of zigzag strands.
fn residue(index: usize) -> Residue {
    let (row, column) = (index / 14, index % 14);
    let x = if row % 2 == 0 { column } else { 13 - column };
    let position = Vec3::new(
        3.4 * x as f64,
        4.8 * (row % 12) as f64 + if column % 2 == 0 { 0.8 } else { -0.8 },
        9.0 * (row / 12) as f64,
    );
    Residue {
        id: ResidueId {
            chain: "A".into(),
            number: index as i32 + 1,
            insertion_code: None,
        },
        name: "ALA".into(),
        amino_acid: Some(AminoAcid::Ala),
        atoms: vec![Atom {
            name: "CA".into(),
            element: "C".into(),
            position,
            b_factor: 20.0,
            occupancy: 1.0,
            anisou: None,
        }],
    }
}

fn state() -> State {
    let model = Model::new(
        1,
        vec![Chain::new("A", (0..RESIDUES).map(residue).collect())],
    );
    let structure = Arc::new(Structure {
        b_column: BColumn::BFactor,
        ..Structure::new("globule", vec![model])
    });
    let protein = structure.protein(0, &ChainChoice::First).unwrap();
    let subject = Subject::new(Arc::clone(&structure), 0, protein);
    let request = DynamicsRequest {
        protein: Arc::clone(&subject.protein),
        structure,
        source: Some(Source::Gnm),
        weights: Weights::Installed,
        run: None,
    };
    let mut state = State::default();
    state.program.size = (200, 60);
    update(&mut state, Message::Opened(Box::new(Ok(subject))));
    let began = Instant::now();
    let report = Engine::new(EngineOptions::default())
        .ask(&request, &())
        .unwrap();
    println!(
        "dynamics of {RESIDUES} residues: {:.1} s",
        began.elapsed().as_secs_f64()
    );
    let event = JobEvent::Finished(Report::Dynamics(Arc::new(report)));
    let began = Instant::now();
    update(
        &mut state,
        Message::Job {
            slot: Slot::Dynamics,
            event,
        },
    );
    println!(
        "taking the report in: {:.1} ms",
        milliseconds(began.elapsed())
    );
    state
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Presses the keys in turn, a frame after each.
fn measure(name: &str, state: &mut State, theme: &Theme, keys: &[char]) {
    let area = Rect::new(0, 0, state.program.size.0, state.program.size.1);
    let mut times: Vec<f64> = (0..FRAMES)
        .map(|i| {
            let mut buffer = Buffer::empty(area);
            let began = Instant::now();
            let key = KeyEvent::from(KeyCode::Char(keys[i % keys.len()]));
            update(state, Message::Key(key));
            ui::paint(state, theme, area, &mut buffer);
            milliseconds(began.elapsed())
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (median, late) = (times[FRAMES / 2], times[FRAMES * 99 / 100]);
    println!("{name:<34} median {median:6.2} ms   99 % {late:6.2} ms");
}

fn press(state: &mut State, keys: &str) {
    for key in keys.chars() {
        update(state, Message::Key(KeyEvent::from(KeyCode::Char(key))));
    }
}

fn main() {
    let mut state = state();
    let theme = Theme::for_background(Background::Dark, ColorDepth::True, Glyphs::Unicode);
    press(&mut state, "2");
    measure("move along the sequence", &mut state, &theme, &['l']);
    press(&mut state, "3");
    measure("move in the coupling map", &mut state, &theme, &['l', 'j']);
    press(&mut state, "e");
    measure(
        "coupling map alone, zoomed",
        &mut state,
        &theme,
        &['+', 'l', 'j', '-'],
    );
    press(&mut state, "e4");
    measure("turn the structure", &mut state, &theme, &['l', 'j']);
    press(&mut state, "e++++++++++++");
    measure(
        "turn it alone, near (zoom 8.9)",
        &mut state,
        &theme,
        &['l', 'j'],
    );
    press(&mut state, "ze2");
    measure("push the next residue", &mut state, &theme, &['l', 'p']);
}

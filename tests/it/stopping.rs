//! The real engine's contract: whatever is cancelled or superseded, at whatever moment, the next request
//! is answered.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dynascope::analysis::{ScanMethod, Source};
use dynascope::engine::worker::{EventKind, JobId, Run as _, Worker, WorkerEvent};
use dynascope::engine::{Engine, EngineOptions, Observer, Request};
use dynascope::progress::{Cancelled, Checkpoint};
use dynascope::protein::{AminoAcid, ChainChoice, Protein, Structure, Substitution, Variant, read};
use dynascope::study::{
    CollectiveRequest, Combining, ConservationRequest, DynamicsRequest, Fill, SampleRequest,
    ScanRequest, ScoreRequest, TwoStructuresRequest, Weights, WhatIfRequest,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::golden::folder;

/// An engine that answers nothing for so long hangs.
const PATIENCE: Duration = Duration::from_mins(2);

/// Residues of the protein that the screen opens first.
const MIDDLING: usize = 428;

fn structure(name: &str) -> Structure {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/structures");
    read::read(&folder.join(name)).unwrap().0
}

/// Copies of adenylate kinase side by side, cut to so many residues.
fn copies(residues: usize) -> Structure {
    let one = structure("1ake.cif.gz");
    let one = one.protein(0, &ChainChoice::All).unwrap();
    let mut text = String::new();
    for (at, residue) in one.residues.iter().cycle().take(residues).enumerate() {
        let copy = at / one.len();
        let chain = char::from(b'A' + (2 * copy) as u8 + u8::from(residue.id.chain != "A"));
        for atom in &residue.atoms {
            let p = atom.position;
            writeln!(
                text,
                "ATOM  {:>5}  {:<3} {:>3} {chain}{:>4}    {:>8.3}{:>8.3}{:>8.3}  1.00{:>6.2}          {:>2}",
                at % 99_999,
                atom.name,
                residue.name,
                residue.id.number,
                p.x + 60.0 * copy as f64,
                p.y,
                p.z,
                atom.b_factor,
                atom.element
            )
            .unwrap();
        }
    }
    read::read_bytes("copies.pdb", text.as_bytes()).unwrap().0
}

/// What a protein can be asked about.
struct Subject {
    structure: Arc<Structure>,
    protein: Arc<Protein>,
    /// Relatives of its first chain.
    alignment: tempfile::NamedTempFile,
}

/// Random relatives of a sequence, aligned with it.
fn relatives(letters: &str) -> tempfile::NamedTempFile {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, ">query\n{letters}").unwrap();
    for i in 0..1500 {
        let mut row = letters.as_bytes().to_vec();
        for _ in 0..rng.random_range(0..row.len() / 2) {
            let at = rng.random_range(0..row.len());
            row[at] = b"ACDEFGHIKLMNPQRSTVWY-"[rng.random_range(0..21)];
        }
        writeln!(file, ">r{i}\n{}", String::from_utf8(row).unwrap()).unwrap();
    }
    file
}

impl Subject {
    fn new(structure: Structure) -> Self {
        let protein = structure.protein(0, &ChainChoice::All).unwrap();
        let first = protein.chains()[0].1.clone();
        Self {
            alignment: relatives(&protein.letters()[first]),
            structure: Arc::new(structure),
            protein: Arc::new(protein),
        }
    }

    fn dynamics(&self, source: Source) -> DynamicsRequest {
        DynamicsRequest {
            protein: Arc::clone(&self.protein),
            structure: Arc::clone(&self.structure),
            source: Some(source),
            weights: Weights::Installed,
            run: None,
        }
    }

    fn variants(&self) -> Vec<Variant> {
        let all = self.protein.amino_acids();
        let single = |index: usize| {
            let wild_type = all[index]?;
            let others = AminoAcid::ALL.into_iter().find(|&a| a != wild_type);
            others.map(|mutant| {
                vec![Substitution {
                    index,
                    wild_type,
                    mutant,
                }]
            })
        };
        (0..20).filter_map(single).collect()
    }

    /// Every kind of request, the two that read dynamics on those of `source`.
    fn requests(&self, source: Source) -> Vec<Request> {
        let mut requests: Vec<Request> = Source::ALL
            .iter()
            .map(|&source| Request::Dynamics(self.dynamics(source)))
            .collect();
        let tiny = |method: ScanMethod| match method {
            ScanMethod::Stability
            | ScanMethod::Structure
            | ScanMethod::Lor
            | ScanMethod::RsaLor => Weights::Installed,
            ScanMethod::EsmDance | ScanMethod::SeqDance => Weights::Path(folder("dance")),
            _ => Weights::Path(folder("esm2")),
        };
        for method in ScanMethod::ALL {
            let (protein, weights) = (Arc::clone(&self.protein), tiny(method));
            let path = self.alignment.path().to_owned();
            let alignment = || method.reads_alignment().then(|| path.clone());
            let scan = Request::Scan(ScanRequest {
                protein: Arc::clone(&protein),
                method,
                weights: weights.clone(),
                alignment: alignment(),
                properties: Vec::new(),
                combining: Combining::default(),
                first: 0..0,
            });
            let score = Request::Score(ScoreRequest {
                protein,
                method,
                weights,
                alignment: alignment(),
                properties: Vec::new(),
                combining: Combining::default(),
                variants: self.variants(),
                fill: Fill::default(),
            });
            requests.extend([scan, score]);
        }
        let conservation = Request::Conservation(ConservationRequest {
            protein: Arc::clone(&self.protein),
            alignment: self.alignment.path().to_owned(),
        });
        requests.push(conservation);
        let what_if = Request::WhatIf(WhatIfRequest {
            protein: Arc::clone(&self.protein),
            method: ScanMethod::EsmDance,
            weights: tiny(ScanMethod::EsmDance),
            variants: self.variants()[..1].to_vec(),
        });
        requests.push(what_if);
        requests.push(Request::TwoStructures(TwoStructuresRequest {
            first: self.dynamics(source),
            second: self.dynamics(source),
        }));
        let sample = Request::Sample(SampleRequest {
            dynamics: self.dynamics(source),
            count: 50,
            seed: 1,
        });
        requests.push(sample);
        let mut engine = Engine::new(EngineOptions::default());
        let report = engine.ask(&self.dynamics(source), &()).unwrap();
        let collective = Request::Collective(CollectiveRequest {
            dynamics: report.dynamics,
            provenance: report.provenance,
            modes: 10,
        });
        requests.push(collective);
        requests
    }
}

struct Rig {
    worker: Worker,
    events: Receiver<WorkerEvent>,
}

impl Rig {
    fn new() -> Self {
        let (sender, events) = channel();
        let engine = Engine::new(EngineOptions::default());
        let worker = Worker::spawn(engine, move |e| drop(sender.send(e))).unwrap();
        Self { worker, events }
    }

    /// Lets so much time go by, unless nothing happens any more.
    fn pass(&self, time: Duration) {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            drop(self.events.recv_timeout(left));
        }
    }

    /// Waits for the job to be answered; how long that took.
    fn answered(&self, job: JobId, after: &str) -> Duration {
        let asked = Instant::now();
        loop {
            let Ok(event) = self.events.recv_timeout(PATIENCE) else {
                panic!("no answer after {after}")
            };
            match event.kind {
                EventKind::Finished(_) if event.job == job => return asked.elapsed(),
                EventKind::Crashed { message } => panic!("after {after}: {message}"),
                kind => assert!(event.job != job || !kind.is_final(), "{after}: {kind:?}"),
            }
        }
    }
}

/// Stops so many requests at moments up to `longest` after their beginning, one way or another; the
/// slowest answers that came afterwards.
fn stop_at_random(
    subject: &Subject,
    source: Source,
    count: usize,
    longest: f64,
) -> Vec<(Duration, String)> {
    let requests = subject.requests(source);
    let small = Subject::new(structure("1ubi.pdb"));
    let next = Request::Overlay(small.dynamics(Source::Gnm));
    let mut rng = ChaCha8Rng::seed_from_u64(16);
    let rig = Rig::new();
    let mut slowest: Vec<(Duration, String)> = Vec::new();
    for round in 0..count {
        let request = &requests[round % requests.len()];
        let slot = request.slot();
        rig.worker.submit(request.clone());
        // Short and long moments alike: from a millisecond on, evenly in their logarithm.
        let moment = Duration::from_secs_f64(1e-3 * (longest * 1e3).powf(rng.random::<f64>()));
        rig.pass(moment);
        match rng.random_range(0..3) {
            0 => rig.worker.cancel(slot),
            1 => rig.worker.cancel_all(),
            _ => {
                rig.worker.submit(request.clone());
                rig.worker.cancel(slot);
            }
        }
        let job = rig.worker.submit(next.clone());
        let name = format!("{} {slot:?} at {moment:?}", request.name());
        slowest.push((rig.answered(job, &name), name));
    }
    drop(rig);
    slowest.sort_by(|a, b| b.cmp(a));
    slowest.truncate(8);
    slowest
}

#[test]
fn what_is_stopped_does_not_hold_up_what_comes_next() {
    let subject = Subject::new(copies(MIDDLING));
    stop_at_random(&subject, Source::Gnm, 24, 0.5);
}

/// Who asks for an answer should have it within so long, whatever was stopped.
const BAR: Duration = Duration::from_secs(2);

#[test]
#[ignore = "takes minutes, in release"]
fn two_hundred_stops_of_a_middling_and_of_a_large_protein() {
    for residues in [MIDDLING, 2000] {
        let subject = Subject::new(copies(residues));
        assert_eq!(subject.protein.len(), residues);
        let before = memory_kib();
        let slowest = stop_at_random(&subject, Source::ParameterFree, 200, 4.0);
        let grown = memory_kib().saturating_sub(before) / 1024;
        let lines: Vec<String> = slowest
            .iter()
            .map(|(time, name)| format!("{time:>10.1?} after {name}"))
            .collect();
        note(&format!(
            "{residues} residues, {grown} MiB more\n{}",
            lines.join("\n")
        ));
        assert!(slowest[0].0 < BAR, "{}", lines[0]);
    }
}

fn memory_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    let number = line.and_then(|l| l.split_whitespace().next());
    number.and_then(|n| n.parse().ok()).unwrap_or(0)
}

fn note(text: &str) {
    let mut shown = std::io::stderr();
    writeln!(shown, "{text}").unwrap();
}

/// Measures the longest time in which a request does not ask whether to go on.
struct Pauses {
    until: Instant,
    state: Mutex<Pause>,
}

struct Pause {
    last: Instant,
    phase: &'static str,
    step: (usize, usize),
    longest: (Duration, String),
}

impl Pauses {
    fn new(longest_run: Duration) -> Self {
        Self {
            until: Instant::now() + longest_run,
            state: Mutex::new(Pause {
                last: Instant::now(),
                phase: "",
                step: (0, 0),
                longest: (Duration::ZERO, String::new()),
            }),
        }
    }

    fn asked(&self, phase: Option<&'static str>, step: (usize, usize)) {
        let mut state = self.state.lock().unwrap();
        let pause = state.last.elapsed();
        if pause > state.longest.0 {
            let Pause {
                phase: before,
                step: from,
                ..
            } = *state;
            state.longest = (pause, format!("{before} {from:?} to {step:?}"));
        }
        state.phase = phase.unwrap_or(state.phase);
        (state.last, state.step) = (Instant::now(), step);
    }
}

impl Checkpoint for Pauses {
    fn reached(&self, done: usize, total: usize) -> Result<(), Cancelled> {
        self.asked(None, (done, total));
        if Instant::now() < self.until {
            Ok(())
        } else {
            Err(Cancelled)
        }
    }
}

impl Observer for Pauses {
    fn phase(&self, name: &'static str) {
        self.asked(Some(name), (0, 0));
    }
}

#[test]
#[ignore = "takes minutes, in release"]
fn no_request_goes_on_for_long_without_asking() {
    let mut slowest = (Duration::ZERO, String::new());
    for residues in [MIDDLING, 2000, 6000] {
        let subject = Subject::new(copies(residues));
        let mut engine = Engine::new(EngineOptions::default());
        for request in subject.requests(Source::ParameterFree) {
            let begun = Instant::now();
            let pauses = Pauses::new(Duration::from_secs(20));
            drop(engine.run(&request, &pauses));
            pauses.asked(None, (1, 1));
            let longest = &pauses.state.lock().unwrap().longest;
            note(&format!(
                "{residues} {:<20} {:>9.1?} in all, {:>9.1?} in {}",
                request.name(),
                begun.elapsed(),
                longest.0,
                longest.1
            ));
            slowest = slowest.max((longest.0, format!("{} in {}", request.name(), longest.1)));
        }
    }
    assert!(slowest.0 < BAR, "{slowest:?}");
}

//! The real engine's contract: whatever is cancelled or superseded, at whatever moment, the next request
//! is answered.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use dynascope::analysis::{ScanMethod, Source};
use dynascope::engine::request::{
    CollectiveRequest, Combining, DynamicsRequest, Fill, SampleRequest, ScanRequest, ScoreRequest,
    Weights, WhatIfRequest,
};
use dynascope::engine::worker::{EventKind, JobId, Slot, Worker, WorkerEvent};
use dynascope::engine::{Engine, EngineOptions, Request};
use dynascope::protein::{AminoAcid, ChainChoice, Protein, Structure, Substitution, Variant, read};
use dynascope::study::ConservationRequest;
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
    fn requests(&self, source: Source) -> Vec<(Slot, Request)> {
        let mut requests: Vec<(Slot, Request)> = Source::ALL
            .iter()
            .map(|&source| (Slot::Dynamics, Request::Dynamics(self.dynamics(source))))
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
            requests.extend([(Slot::Scan(method), scan), (Slot::Score, score)]);
        }
        let conservation = Request::Conservation(ConservationRequest {
            protein: Arc::clone(&self.protein),
            alignment: self.alignment.path().to_owned(),
        });
        requests.push((Slot::Conservation, conservation));
        let what_if = Request::WhatIf(WhatIfRequest {
            protein: Arc::clone(&self.protein),
            method: ScanMethod::EsmDance,
            weights: tiny(ScanMethod::EsmDance),
            variants: self.variants()[..1].to_vec(),
        });
        requests.push((Slot::WhatIf, what_if));
        let sample = Request::Sample(SampleRequest {
            dynamics: self.dynamics(source),
            count: 50,
            seed: 1,
        });
        requests.push((Slot::Ensemble, sample));
        let mut engine = Engine::new(EngineOptions::default());
        let report = engine.ask(&self.dynamics(source), &()).unwrap();
        let collective = Request::Collective(CollectiveRequest {
            dynamics: report.dynamics,
            provenance: report.provenance,
            modes: 10,
        });
        requests.push((Slot::Collective, collective));
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

/// Stops so many requests at moments up to `longest` after their beginning, one way or another; a line
/// for the slowest answers that came afterwards.
fn stop_at_random(subject: &Subject, source: Source, count: usize, longest: f64) -> String {
    let requests = subject.requests(source);
    let small = Subject::new(structure("1ubi.pdb"));
    let next = Request::Dynamics(small.dynamics(Source::Gnm));
    let mut rng = ChaCha8Rng::seed_from_u64(16);
    let rig = Rig::new();
    let mut slowest: Vec<(Duration, String)> = Vec::new();
    for round in 0..count {
        let (slot, request) = &requests[round % requests.len()];
        rig.worker.submit(*slot, request.clone());
        // Short and long moments alike: from a millisecond on, evenly in their logarithm.
        let moment = Duration::from_secs_f64(1e-3 * (longest * 1e3).powf(rng.random::<f64>()));
        rig.pass(moment);
        match rng.random_range(0..3) {
            0 => rig.worker.cancel(*slot),
            1 => rig.worker.cancel_all(),
            _ => {
                rig.worker.submit(*slot, request.clone());
                rig.worker.cancel(*slot);
            }
        }
        let job = rig.worker.submit(Slot::Overlay, next.clone());
        let name = format!("{} {slot:?} at {moment:?}", request.name());
        slowest.push((rig.answered(job, &name), name));
    }
    drop(rig);
    slowest.sort();
    let slowest = slowest.iter().rev().take(8);
    let lines = slowest.map(|(time, name)| format!("{time:>10.1?} after {name}"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_stopped_does_not_hold_up_what_comes_next() {
    let subject = Subject::new(copies(MIDDLING));
    stop_at_random(&subject, Source::Gnm, 24, 0.5);
}

#[test]
#[ignore = "takes minutes, in release"]
fn two_hundred_stops_of_a_middling_and_of_a_large_protein() {
    for residues in [MIDDLING, 2000] {
        let subject = Subject::new(copies(residues));
        assert_eq!(subject.protein.len(), residues);
        let slowest = stop_at_random(&subject, Source::ParameterFree, 200, 4.0);
        let memory = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let memory = memory
            .lines()
            .find(|l| l.starts_with("VmRSS"))
            .unwrap_or_default()
            .to_owned();
        writeln!(
            std::io::stderr(),
            "{residues} residues, {memory}\n{slowest}"
        )
        .unwrap();
    }
}

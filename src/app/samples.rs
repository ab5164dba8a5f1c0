//! A protein made up for tests: a helix with results that look like real ones.

use std::sync::Arc;
use std::time::Duration;

use super::job::JobEvent;
use super::message::Message;
use super::program::Program;
use super::state::State;
use super::subject::Subject;
use super::update;
use crate::analysis::coupling::Joint;
use crate::analysis::flexibility::ModeShape;
use crate::analysis::gaussian::Scale;
use crate::analysis::perturbation;
use crate::analysis::{GaussianDynamics, MutationMap, ScanMethod, Source};
use crate::numeric::{Covariance3, Matrix, Vec3};
use crate::protein::{
    AminoAcid, Atom, BColumn, Chain, ChainChoice, Method, Model, Opened, Residue, ResidueId,
    SecondaryStructure, Sequence, Structure,
};
use crate::study::Slot;
use crate::study::{
    CollectiveReport, Comparison, ConservationReport, DynamicsReport, Experiment, PaeReport,
    Provenance, Report, ScanReport,
};

const LETTERS: &[u8] =
    b"MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";

fn residue(index: usize) -> Residue {
    let turn = index as f64 * 100f64.to_radians();
    let amino_acid = AminoAcid::from_letter(LETTERS[index % LETTERS.len()] as char);
    let atom = Atom {
        name: "CA".into(),
        element: "C".into(),
        position: Vec3::new(2.3 * turn.cos(), 2.3 * turn.sin(), 1.5 * index as f64),
        b_factor: 20.0 + 10.0 * turn.sin(),
        occupancy: 1.0,
        anisou: None,
    };
    Residue {
        id: ResidueId {
            chain: "A".into(),
            number: index as i32 + 1,
            insertion_code: None,
        },
        name: amino_acid.map_or("UNK", AminoAcid::three_letters).into(),
        amino_acid,
        atoms: vec![atom],
    }
}

/// A helix of `n` residues.
pub(crate) fn subject(n: usize) -> Subject {
    let chain = Chain::new("A", (0..n).map(residue).collect());
    let model = Model::new(1, vec![chain]);
    let structure = Arc::new(Structure {
        b_column: BColumn::BFactor,
        method: Method::Diffraction {
            resolution: Some(1.8),
        },
        ..Structure::new(format!("sample{n}"), vec![model])
    });
    let protein = structure
        .protein(0, &ChainChoice::First)
        .expect("there is one chain");
    let secondary = (0..n)
        .map(|i| match i % 20 {
            3..=11 => SecondaryStructure::AlphaHelix,
            14..=18 => SecondaryStructure::Strand,
            _ => SecondaryStructure::Coil,
        })
        .collect();
    Subject {
        bonded: (1..n).map(|i| i % 23 != 0).collect(),
        secondary,
        ..Subject::new(structure, 0, protein)
    }
}

pub(crate) fn of_sequence(letters: &str) -> Subject {
    of_sequences(&[letters])
}

/// The first of several bare sequences.
pub(crate) fn of_sequences(letters: &[&str]) -> Subject {
    let record = |letters: &&str| Sequence::new("one", *letters).expect("they are residues");
    let records = Opened::of_sequences("some.fasta", letters.iter().map(record).collect());
    let path = Some("some.fasta".into());
    Subject::of_record(Arc::new(records), 0, &ChainChoice::First, path).expect("there is one")
}

fn provenance(source: &str) -> Provenance {
    Provenance {
        version: "0.0.0",
        source: source.into(),
        model: "-".into(),
        weights_hash: "-".into(),
        device: "cpu".into(),
        dtype: "f64".into(),
        settings: Vec::new(),
        elapsed: Duration::from_millis(12),
    }
}

/// Dynamics of the helix: its ends move most.
pub(crate) fn dynamics_report(subject: &Subject, source: Source) -> Report {
    let n = subject.len();
    let rmsf: Vec<f64> = (0..n)
        .map(|i| 0.4 + 1.6 * (2.0 * i as f64 / n.max(2) as f64 - 1.0).powi(4))
        .collect();
    let marginals = rmsf
        .iter()
        .map(|r| {
            let v = r * r / 6.0;
            Some(Covariance3::from_diagonal(&Vec3::new(v, 2.0 * v, 3.0 * v)))
        })
        .collect();
    let correlation = Matrix::from_fn(n, n, |i, j| {
        let d = i.abs_diff(j) as f64;
        (-d / 6.0).exp() - if d > 12.0 { 0.3 } else { 0.0 }
    });
    let protein = Arc::clone(&subject.protein);
    let observed_angstrom: Vec<f64> = rmsf.iter().map(|r| 0.8 * r + 0.2).collect();
    Report::Dynamics(Arc::new(DynamicsReport {
        protein,
        dynamics: Arc::new(GaussianDynamics {
            source,
            scale: Scale::Model,
            marginals,
            frames: vec![None; n],
            coupling: correlation.clone(),
            mutual_information: Matrix::from_fn(n, n, |i, j| correlation[(i, j)].abs()),
            correlation,
            joint: Arc::new(Joint::Independent),
        }),
        secondary_structure: subject.secondary.clone(),
        rmsf_angstrom: rmsf,
        anisotropy: vec![0.5; n],
        principal_axes: vec![Some(Vec3::z()); n],
        b_factor: subject.b_column.clone(),
        comparisons: vec![Comparison {
            with: Experiment::BFactors,
            observed_angstrom,
            pearson: 0.72,
            spearman: 0.7,
            rmsd_angstrom: 0.1,
            n,
            excluded: Vec::new(),
        }],
        hinges: Vec::new(),
        domains: Vec::new(),
        run: None,
        provenance: provenance(source.id()),
        warnings: Vec::new(),
    }))
}

/// One mode of the helix, along its axis, and its responses.
pub(crate) fn collective_report(inner: &DynamicsReport) -> Report {
    let n = inner.dynamics.len();
    let step = (n as f64).sqrt().recip();
    Report::Collective(Arc::new(CollectiveReport {
        source: inner.dynamics.source,
        modes: vec![ModeShape {
            variance_angstrom2: 4.0,
            eigenvalue: None,
            displacement: vec![Some(Vec3::z() * step); n],
            amplitude: vec![step; n],
            collectivity: 1.0,
        }],
        responses: perturbation::scan(&inner.dynamics, &()).expect("nothing stops it"),
        provenance: provenance("modes"),
        warnings: Vec::new(),
    }))
}

/// Scores of every substitution of the helix.
pub(crate) fn scan_report(subject: &Subject, method: ScanMethod) -> Report {
    let mut map = MutationMap::unscored(method, subject.amino_acids.clone());
    for (i, wild_type) in subject.amino_acids.iter().enumerate() {
        for amino_acid in AminoAcid::ALL {
            let wave = ((i * 7 + amino_acid.index() * 3) as f64).sin();
            let score = if *wild_type == Some(amino_acid) {
                0.0
            } else {
                2.0 * wave - 1.0
            };
            map.score[(i, amino_acid.index())] = score;
        }
    }
    Report::Scan(Arc::new(ScanReport {
        protein: Arc::clone(&subject.protein),
        map,
        log_probabilities: None,
        pseudo_perplexity: None,
        provenance: provenance(method.id()),
        warnings: Vec::new(),
    }))
}

/// Conservation that rises along the helix; the first residue has no column.
pub(crate) fn conservation_report(subject: &Subject) -> Report {
    let n = subject.len();
    let rising = |i: usize| {
        if i == 0 {
            f64::NAN
        } else {
            i as f64 / n as f64
        }
    };
    Report::Conservation(Arc::new(ConservationReport {
        protein: Arc::clone(&subject.protein),
        conservation: (0..n).map(rising).collect(),
        depth: vec![120.0; n],
        provenance: provenance("conservation"),
        warnings: Vec::new(),
    }))
}

/// A PAE of two halves that lie well within and badly to each other, worse one way than the other.
pub(crate) fn pae_report(subject: &Subject) -> Report {
    let n = subject.len();
    let half = |i: usize| usize::from(i >= n / 2);
    let error = |i: usize, j: usize| match half(i).cmp(&half(j)) {
        std::cmp::Ordering::Equal => 1.0,
        std::cmp::Ordering::Less => 21.0,
        std::cmp::Ordering::Greater => 25.0,
    };
    Report::Pae(Some(Arc::new(PaeReport {
        protein: Arc::clone(&subject.protein),
        error_angstrom: Matrix::from_fn(n, n, error),
        domains: (0..n).map(|i| Some(half(i))).collect(),
        provenance: provenance("pae"),
    })))
}

/// A state with the helix and every result there.
pub(crate) fn ready(n: usize) -> State {
    let mut state = State {
        program: Program {
            size: (120, 40),
            ..Program::default()
        },
        ..State::default()
    };
    update(&mut state, Message::Opened(Box::new(Ok(subject(n)))));
    let subject = Arc::clone(state.desk.subject.as_ref().expect("it was opened"));
    let reports = [
        (
            Slot::Scan(ScanMethod::Stability),
            scan_report(&subject, ScanMethod::Stability),
        ),
        (
            Slot::Scan(ScanMethod::Structure),
            scan_report(&subject, ScanMethod::Structure),
        ),
        (
            Slot::Dynamics,
            dynamics_report(&subject, Source::ParameterFree),
        ),
    ];
    for (slot, report) in reports {
        let event = JobEvent::Finished(report);
        update(&mut state, Message::Job { slot, event });
    }
    let slot = Slot::Scan(ScanMethod::WildTypeMarginals);
    let event = JobEvent::Failed("a language model is not installed".into());
    update(&mut state, Message::Job { slot, event });
    state
}

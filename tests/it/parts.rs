//! What touches nothing moves as it does alone, and the order of chains changes nothing.

use std::path::Path;
use std::sync::Arc;

use dynascope::analysis::Source;
use dynascope::analysis::gaussian::Environment;
use dynascope::engine::{Engine, EngineError, EngineOptions};
use dynascope::numeric::Vec3;
use dynascope::protein::{BColumn, ChainChoice, Protein, Structure, read};
use dynascope::study::DynamicsReport;
use dynascope::study::{DynamicsRequest, Weights};

fn structure(name: &str) -> Structure {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures");
    read::read(&Path::new(folder).join(name)).unwrap().0
}

fn run(protein: &Protein, source: Option<Source>) -> Result<DynamicsReport, EngineError> {
    let request = DynamicsRequest {
        protein: Arc::new(protein.clone()),
        structure: Arc::new(structure("1ubi.pdb")),
        source,
        weights: Weights::Installed,
        run: None,
    };
    Engine::new(EngineOptions::default()).ask(&request, &())
}

/// Every source that needs no run of the user's.
fn predicted() -> impl Iterator<Item = Source> {
    let all = Source::ALL.into_iter();
    all.filter(|source| *source != Source::SimulationRun)
}

/// A stretch of ubiquitin without B-factors, so that every source sets a scale of its own.
fn stretch(residues: std::ops::Range<usize>) -> Protein {
    let mut protein = structure("1ubi.pdb")
        .protein(0, &ChainChoice::First)
        .unwrap();
    protein.residues = protein.residues[residues].to_vec();
    protein.b_column = BColumn::Absent;
    protein
}

/// Both in one, the second as chain Z and so many Å away.
fn beside(a: &Protein, b: &Protein, by: f64) -> Protein {
    let mut both = a.clone();
    for residue in &b.residues {
        let mut residue = residue.clone();
        residue.id.chain = "Z".into();
        for atom in &mut residue.atoms {
            atom.position += Vec3::x() * by;
        }
        both.residues.push(residue);
    }
    both
}

fn near(a: &[f64], b: &[f64], limit: f64, what: &str) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() < limit, "{what}, {i}: {a} {b}");
    }
}

#[test]
fn parts_that_do_not_touch_move_as_they_do_alone() {
    let (a, b) = (stretch(0..45), stretch(20..50));
    for source in predicted() {
        let [alone, other] = [&a, &b].map(|p| run(p, Some(source)).unwrap().rmsf_angstrom);
        let report = run(&beside(&a, &b, 60.0), Some(source)).unwrap();
        let expected = [&alone[..], &other[..]].concat();
        near(&report.rmsf_angstrom, &expected, 1e-3, source.id());
        let apart = report.dynamics.correlation[(3, 60)];
        assert!(apart.abs() < 1e-9, "{}: {apart}", source.id());
    }
}

#[test]
fn the_order_of_chains_changes_nothing() {
    let chains = ChainChoice::Named(vec!["A".into(), "B".into()]);
    let mut protein = structure("4hhb.pdb").protein(0, &chains).unwrap();
    let second = protein.chains()[1].1.start;
    protein.residues.drain(second + 40..);
    protein.residues.drain(40..second);
    let first = protein.chains()[0].1.len();
    let mut turned = protein.clone();
    turned.residues.rotate_left(first);
    for source in predicted() {
        let straight = run(&protein, Some(source)).unwrap();
        let mut turned = run(&turned, Some(source)).unwrap().rmsf_angstrom;
        turned.rotate_right(first);
        near(&straight.rmsf_angstrom, &turned, 1e-4, source.id());
    }
}

#[test]
fn one_residue_does_not_move_and_few_are_warned_about() {
    let one = run(&stretch(4..5), None).unwrap();
    assert_eq!(one.rmsf_angstrom, [0.0]);
    assert!(
        one.warnings
            .iter()
            .any(|w| w.contains("no internal motion"))
    );
    let learned = Source::Learned(Environment::Solution);
    let refused = run(&stretch(4..5), Some(learned)).unwrap_err();
    assert!(refused.to_string().contains("no internal motion"));
    let few = run(&stretch(4..9), Some(learned)).unwrap();
    assert!(few.warnings[0].contains("a peptide of 5 residues"));
    let beside = run(
        &beside(&stretch(0..40), &stretch(4..5), 90.0),
        Some(learned),
    )
    .unwrap();
    assert!(beside.rmsf_angstrom[40].is_nan());
    assert!(beside.warnings[0].contains("no internal motion"));
    assert_eq!(beside.warnings.len(), 1);
}

//! Networks as sources of dynamics: weights from a folder, through the engine, as the program runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dynascope::analysis::Source;
use dynascope::analysis::gaussian::Environment;
use dynascope::engine::report::DynamicsReport;
use dynascope::engine::request::{DynamicsRequest, Weights};
use dynascope::engine::{Engine, EngineError, EngineOptions, Report, Request};
use dynascope::structure::{ChainChoice, read};
use safetensors::SafeTensors;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/dynaprot");

fn run(source: Source, weights: PathBuf) -> Result<DynamicsReport, EngineError> {
    let (structure, _) = read::read(&Path::new(GOLDEN).join("input.pdb")).unwrap();
    let protein = structure.protein(0, &ChainChoice::First).unwrap();
    let request = Request::Dynamics(DynamicsRequest {
        protein: Arc::new(protein),
        structure: Arc::new(structure),
        source: Some(source),
        weights: Weights::Path(weights),
    });
    match Engine::new(EngineOptions::default()).run(&request, &())? {
        Report::Dynamics(report) => Ok(report),
        other => panic!("{other:?}"),
    }
}

fn expected(key: &str) -> Vec<f64> {
    let bytes = std::fs::read(Path::new(GOLDEN).join("expected.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = file.tensor(key).unwrap();
    let number = |b: &[u8]| f64::from(f32::from_le_bytes(b.try_into().unwrap()));
    tensor.data().chunks_exact(4).map(number).collect()
}

fn furthest(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let pairs = found.iter().zip(expected);
    let relative = |(a, b): (&f64, &f64)| (a - b).abs() / b.abs().max(1.0);
    pairs.map(relative).fold(0.0, f64::max)
}

#[test]
fn dynaprot_reads_the_authors_layout_and_gives_the_golden_values() {
    let report = run(Source::DynaProt, GOLDEN.into()).unwrap();
    let local: Vec<f64> = report
        .dynamics
        .local_marginals()
        .into_iter()
        .flat_map(|m| m.unwrap().transpose().iter().copied().collect::<Vec<_>>())
        .collect();
    assert!(furthest(&local, &expected("marginal.marginal_covars")) < 1e-4);
    assert!(
        furthest(
            report.dynamics.coupling.values(),
            &expected("joint.joint_covar")
        ) < 1e-4
    );
    let provenance = &report.provenance;
    assert_eq!(provenance.source, "dynaprot");
    assert_eq!(provenance.weights_hash.len(), 16 + 1 + 16);
    assert!(provenance.model.ends_with("golden/dynaprot"));
}

#[test]
fn weights_that_are_not_there_are_named() {
    for source in [Source::DynaProt, Source::Learned(Environment::Solution)] {
        let error = run(source, "no/such/folder".into()).unwrap_err();
        assert!(error.to_string().contains("no/such/folder"), "{error}");
    }
}

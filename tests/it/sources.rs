//! Networks as sources of dynamics: weights from a folder, through the engine, as the program runs.

use std::path::PathBuf;
use std::sync::Arc;

use dynascope::analysis::Source;
use dynascope::analysis::gaussian::Environment;
use dynascope::engine::{Engine, EngineError, EngineOptions};
use dynascope::protein::{ChainChoice, read};
use dynascope::study::DynamicsReport;
use dynascope::study::{DynamicsRequest, Weights};

use super::golden::{expected, folder, furthest};

fn run(source: Source, weights: PathBuf) -> Result<DynamicsReport, EngineError> {
    let (structure, _) = read::read(&folder("dynaprot").join("input.pdb")).unwrap();
    let protein = structure.protein(0, &ChainChoice::First).unwrap();
    let request = DynamicsRequest {
        protein: Arc::new(protein),
        structure: Arc::new(structure),
        source: Some(source),
        weights: Weights::Path(weights),
        run: None,
    };
    Engine::new(EngineOptions::default()).ask(&request, &())
}

#[test]
fn dynaprot_reads_the_authors_layout_and_gives_the_golden_values() {
    let report = run(Source::DynaProt, folder("dynaprot")).unwrap();
    let local: Vec<f64> = report
        .dynamics
        .local_marginals()
        .into_iter()
        .flat_map(|m| m.unwrap().transpose().iter().copied().collect::<Vec<_>>())
        .collect();
    assert!(furthest(&local, &expected("dynaprot", "marginal.marginal_covars")) < 1e-4);
    assert!(
        furthest(
            report.dynamics.coupling.values(),
            &expected("dynaprot", "joint.joint_covar")
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

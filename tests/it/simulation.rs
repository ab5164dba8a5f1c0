//! Simulations as sources of dynamics: counted as MDAnalysis, mdtraj and NumPy count, matched or refused.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use dynascope::analysis::Source;
use dynascope::engine::{Engine, EngineError, EngineOptions};
use dynascope::protein::{ChainChoice, read};
use dynascope::study::{
    DynamicsReport, DynamicsRequest, Experiment, FrameRange, SimulationRun, Weights,
};

use super::golden::folder;

const UBIQUITIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");

fn run(file: &str, source: Option<Source>) -> DynamicsRequest {
    let (structure, _) = read::read(Path::new(UBIQUITIN)).unwrap();
    let protein = structure.protein(0, &ChainChoice::First).unwrap();
    DynamicsRequest {
        protein: Arc::new(protein),
        structure: Arc::new(structure),
        source,
        weights: Weights::Installed,
        run: Some(Arc::new(SimulationRun {
            files: vec![folder("simulation").join(file)],
            frames: FrameRange::default(),
            topology: Some(PathBuf::from(UBIQUITIN)),
        })),
    }
}

fn ask(request: &DynamicsRequest) -> Result<DynamicsReport, EngineError> {
    Engine::new(EngineOptions::default()).ask(request, &())
}

#[test]
fn frames_are_counted_as_others_count_them() {
    let text = std::fs::read_to_string(folder("simulation").join("expected.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    for name in ["run.xtc", "run.trr", "run.dcd"] {
        let report = ask(&run(name, None)).unwrap();
        assert_eq!(report.provenance.source, "simulation-run");
        let close = |found: &[f64], key: &str| {
            let expected = golden[name][key].as_array().unwrap();
            assert_eq!(found.len(), expected.len(), "{name} {key}");
            for (found, expected) in found.iter().zip(expected) {
                let expected = expected.as_f64().unwrap();
                assert!(
                    (found - expected).abs() < 1e-4,
                    "{name} {key}: {found} {expected}"
                );
            }
        };
        close(&report.rmsf_angstrom, "rmsf");
        let marginal = report.dynamics.marginals[69].unwrap();
        close(marginal.as_slice(), "marginal_of_residue_70");
        close(report.dynamics.correlation.row(39), "dccm_row_40");
        close(&report.run.as_ref().unwrap().rmsd_angstrom, "rmsd");
    }
}

#[test]
fn a_prediction_is_compared_with_the_simulation() {
    let report = ask(&run("run.xtc", Some(Source::ParameterFree))).unwrap();
    let first = &report.comparisons[0];
    assert_eq!((first.with, first.n), (Experiment::SimulationRun, 76));
    let counted = ask(&run("run.xtc", None)).unwrap();
    assert_eq!(first.observed_angstrom, counted.rmsf_angstrom);
    assert!(first.pearson > 0.3 && report.run.is_none());
}

#[test]
fn several_runs_frames_and_models_are_taken() {
    let mut two = run("run.xtc", None);
    let files = vec![
        folder("simulation").join("run.xtc"),
        folder("simulation").join("run.dcd"),
    ];
    let frames: FrameRange = "3:20:4".parse().unwrap();
    let asked = SimulationRun {
        files,
        frames,
        topology: None,
    };
    two.run = Some(Arc::new(asked));
    let report = ask(&two).unwrap();
    let expected: Vec<(usize, usize)> = [0, 1]
        .into_iter()
        .flat_map(|run| (2..20).step_by(4).map(move |frame| (run, frame)))
        .collect();
    assert_eq!(report.run.unwrap().frames, expected);
    assert_eq!(report.provenance.setting("frames_used"), Some("10"));
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/2k39.pdb");
    let output = dynascope(&["dynamics", models, "--trajectory", models, "--json", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["provenance"]["frames_used"], "3");
}

#[test]
fn what_does_not_fit_is_refused_and_what_is_cut_is_said() {
    let mut other = run("run.xtc", None);
    let (structure, _) = read::read(&Path::new(UBIQUITIN).with_file_name("1ejg.pdb")).unwrap();
    let protein = structure.protein(0, &ChainChoice::First).unwrap();
    (other.protein, other.structure) = (Arc::new(protein), Arc::new(structure));
    let refused = ask(&other).unwrap_err().to_string();
    assert!(
        refused.contains("run.xtc has 76 atoms") && refused.contains("46 Cα"),
        "{refused}"
    );
    let place = tempfile::tempdir().unwrap();
    let cut = place.path().join("cut.dcd");
    let bytes = std::fs::read(folder("simulation").join("run.dcd")).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    let output = dynascope(&[
        "dynamics",
        UBIQUITIN,
        "--trajectory",
        cut.to_str().unwrap(),
        "--rmsd-csv",
        "-",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("its 23 whole frames are used"));
    let table = text(&output.stdout);
    assert!(
        table.starts_with("run,frame,rmsd_angstrom\n1,1,"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 24);
    let none = dynascope(&["dynamics", UBIQUITIN, "--source", "simulation-run"]);
    assert!(
        text(&none.stderr).contains("--trajectory FILE"),
        "{}",
        text(&none.stderr)
    );
}

fn dynascope(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
    command.args(arguments).env_remove("RUST_LOG");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

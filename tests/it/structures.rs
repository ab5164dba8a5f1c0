//! Structures as people bring them: each odd file beside its tidy twin, through the engine and as processes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use dynascope::analysis::Source;
use dynascope::analysis::gaussian::Environment;
use dynascope::engine::{Engine, EngineOptions};
use dynascope::protein::{ChainChoice, Structure, read};
use dynascope::study::DynamicsReport;
use dynascope::study::{DynamicsRequest, Weights};

const LEARNED: Source = Source::Learned(Environment::Solution);

fn case(name: &str) -> PathBuf {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/cases/structures"
    ))
    .join(name)
}

fn open(name: &str) -> (Structure, String) {
    let (structure, warnings) = read::read(&case(name)).unwrap();
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    (structure, warnings.join("\n"))
}

fn dynamics(structure: Structure, source: Source) -> DynamicsReport {
    let protein = structure.protein(0, &ChainChoice::All).unwrap();
    let request = DynamicsRequest {
        protein: Arc::new(protein),
        structure: Arc::new(structure),
        source: Some(source),
        weights: Weights::Installed,
        run: None,
    };
    Engine::new(EngineOptions::default())
        .ask(&request, &())
        .unwrap()
}

fn names(report: &DynamicsReport) -> String {
    report.protein.letters()
}

#[test]
fn the_odd_file_and_its_tidy_twin_give_the_same_numbers() {
    for (odd, twin, source) in [
        ("mixed-segid.pdb.gz", "no-segid.pdb.gz", LEARNED),
        ("charmm-end.pdb.gz", "pdb-end.pdb.gz", LEARNED),
        ("mse-at-end.pdb.gz", "mse-in-place.pdb.gz", LEARNED),
        ("hetatm.pdb.gz", "hetatm-as-atom.pdb.gz", LEARNED),
        ("spaces.pqr.gz", "columns.pqr.gz", Source::Gnm),
        ("plddt-0-1.pdb.gz", "plddt-0-100.pdb.gz", Source::Anm),
    ] {
        let (a, b) = (
            dynamics(open(odd).0, source),
            dynamics(open(twin).0, source),
        );
        assert_eq!(names(&a), names(&b), "{odd}");
        let pairs = a.rmsf_angstrom.iter().zip(&b.rmsf_angstrom);
        let worst = pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-3, "{odd}: {worst}");
    }
}

#[test]
fn residues_chains_and_models_are_those_of_the_molecule() {
    for (name, chains, residues, said) in [
        ("mixed-segid.pdb.gz", "A", 76, ""),
        ("joined.pdb.gz", "A B", 287, "END on line 1071"),
        (
            "two-blocks.cif.gz",
            "A B",
            287,
            "data blocks receptor, ligand",
        ),
        (
            "tleap.pdb.gz",
            "A B C D",
            574,
            "4 chains have no name in the file",
        ),
        ("assembly.pdb.gz", "A", 76, "rigid copies"),
        ("hetatm.pdb.gz", "A", 72, ""),
        ("mse-at-end.pdb.gz", "A", 76, "out of order at 3 places"),
    ] {
        let (structure, warnings) = open(name);
        assert_eq!(structure.chain_names(0).join(" "), chains, "{name}");
        let protein = structure.protein(0, &ChainChoice::All).unwrap();
        assert_eq!(protein.len(), residues, "{name}");
        assert!(warnings.contains(said), "{name}: {warnings}");
        assert!(protein.frames().iter().all(Option::is_some), "{name}");
    }
}

#[test]
fn a_column_of_anything_else_is_neither_compared_nor_fitted() {
    for (name, holds) in [
        ("plddt-0-1.pdb.gz", "pLDDT (0–1), not compared"),
        ("plddt-0-100.pdb.gz", "pLDDT (0–100), not compared"),
        ("flags-999.pdb.gz", "flags, not compared"),
        ("flags-0-1.pdb.gz", "flags, not compared"),
        ("own-rmsf.pdb.gz", "RMSF in Å, not compared"),
        ("own-rmsf.cif.gz", "RMSF in Å, not compared"),
        ("own-ensemble.pdb.gz", "RMSF in Å, not compared"),
        ("own-tensors.pdb.gz", "predicted fluctuations, not compared"),
        ("spaces.pqr.gz", "radii, not compared"),
        ("columns.pqr.gz", "radii, not compared"),
    ] {
        let (structure, warnings) = open(name);
        assert!(
            warnings.contains(&format!("B column: {holds}")),
            "{name}: {warnings}"
        );
        let report = dynamics(structure, Source::Anm);
        assert!(report.comparisons.is_empty(), "{name}");
        let settings = &report.provenance.settings;
        let typical =
            |(name, value): &(String, String)| name == "amplitude" && value.starts_with("typical");
        assert!(settings.iter().any(typical), "{name}: {settings:?}");
        let told =
            |(name, value): &(String, String)| name == "input_b_column" && value.starts_with(holds);
        assert!(settings.iter().any(told), "{name}: {settings:?}");
    }
}

#[test]
fn copies_are_no_ensemble_and_short_peptides_are_told() {
    let report = dynamics(open("assembly.pdb.gz").0, LEARNED);
    let with: Vec<&str> = report.comparisons.iter().map(|c| c.with.name()).collect();
    assert_eq!(with, ["B-factors"]);
    let report = dynamics(open("peptide-1.pdb.gz").0, Source::ParameterFree);
    assert_eq!(report.rmsf_angstrom, [0.0]);
    assert_eq!(
        report.warnings,
        ["a single residue has no internal motion: A:1"]
    );
    for (name, residues) in [("peptide-2.pdb.gz", 2), ("peptide-3.pdb.gz", 3)] {
        let report = dynamics(open(name).0, LEARNED);
        assert!(report.rmsf_angstrom.iter().all(|v| v.is_finite()));
        let said = format!("a peptide of {residues} residues");
        assert!(report.warnings[0].contains(&said), "{name}");
    }
}

#[test]
fn a_residue_that_no_spring_holds_has_no_value() {
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/structures/1ubi.pdb"
    ))
    .unwrap();
    let far = "ATOM    603  CA  GLY A  77     140.863  39.575  36.251  1.00 40.00           C\n";
    let text = text.replacen("TER ", &format!("{far}TER "), 1);
    for (source, cutoff) in [(Source::Anm, 15), (Source::Gnm, 10)] {
        let (structure, _) = read::read_bytes("x.pdb", text.as_bytes()).unwrap();
        let report = dynamics(structure, source);
        assert!(report.rmsf_angstrom[76].is_nan());
        assert!(report.rmsf_angstrom[..76].iter().all(|v| *v > 0.0));
        let said = format!(
            "the network is disconnected at A:77: no other CA within {cutoff} Å, no value there"
        );
        assert_eq!(report.warnings, [said]);
    }
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
    command
        .args(arguments)
        .env("DYNASCOPE_WEIGHTS", "/nonexistent");
    command.output().unwrap()
}

#[test]
fn what_is_loaded_is_said_once_and_the_column_on_the_page() {
    let path = case("joined.pdb.gz");
    let output = run(&["dynamics", "--source", "gnm", path.to_str().unwrap()]);
    let (page, said) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(page.contains("B column: B-factors\n"), "{page}");
    let line = "joined: chain A of A, B (--chain A,B or all); neighbours: chain B, not counted (--context)\n";
    assert_eq!(said.matches(line).count(), 1, "{said}");
}

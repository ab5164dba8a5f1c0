//! What the shipped networks say of two bundled proteins, through the program as users run it.
//!
//! `DYNASCOPE_PIN=1 cargo test --features train pinned` writes the numbers anew, after the weights have
//! changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use npyz::npz::NpzArchive;

/// How far a CPU may be from the one that the numbers were written on; a larger number, so large a share
/// of it.
const TOLERANCE: f64 = 1e-4;

type Numbers = BTreeMap<String, Vec<f64>>;

#[test]
fn pinned_numbers_of_bundled_proteins_hold() {
    let mut found = Numbers::new();
    for (protein, every) in [("1ubi", 1), ("1ake", 11)] {
        let file = format!(
            "{}/assets/examples/{protein}.pdb",
            env!("CARGO_MANIFEST_DIR")
        );
        let rmsf = column(&["dynamics", &file, "--csv", "-"], "rmsf_angstrom");
        found.insert(format!("{protein} rmsf"), rmsf);
        found.insert(
            format!("{protein} coupling"),
            coupling(&file, "learned", 17 * every),
        );
        for (name, method) in [("ddg", "stability"), ("which fits", "structure")] {
            let scores = column(&["scan", &file, "--method", method, "--csv", "-"], "score");
            let some = scores.into_iter().step_by(every).collect();
            found.insert(format!("{protein} {name}"), some);
        }
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/examples/1ubi.pdb");
    found.insert("1ubi dynaprot".to_owned(), coupling(file, "dynaprot", 17));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/shipped.json");
    if std::env::var_os("DYNASCOPE_PIN").is_some() {
        write(Path::new(path), &found);
    }
    let pinned: Numbers = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(
        pinned.keys().collect::<Vec<_>>(),
        found.keys().collect::<Vec<_>>()
    );
    for (what, pinned) in &pinned {
        let found = &found[what];
        assert_eq!(found.len(), pinned.len(), "{what}");
        for (i, (found, pinned)) in found.iter().zip(pinned).enumerate() {
            let apart = (found - pinned).abs() / pinned.abs().max(1.0);
            assert!(
                apart <= TOLERANCE,
                "{what}, number {i}: {found}, pinned {pinned}"
            );
        }
    }
}

fn write(path: &Path, numbers: &Numbers) {
    let rounded = |x: &f64| (x * 1e6).round() / 1e6;
    let rounded: Numbers = numbers
        .iter()
        .map(|(what, values)| (what.clone(), values.iter().map(rounded).collect()))
        .collect();
    let text = serde_json::to_string(&rounded).unwrap();
    std::fs::write(path, text.replace("],", "],\n") + "\n").unwrap();
}

fn run(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_dynascope"))
        .args(arguments)
        .args(["--device", "cpu", "--no-cache"])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {error}");
    output.stdout
}

/// The numbers of one column, where there is one.
fn column(arguments: &[&str], name: &str) -> Vec<f64> {
    let output = run(arguments);
    let mut table = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(&output[..]);
    let at = table.headers().unwrap().iter().position(|h| h == name);
    let at = at.unwrap();
    let rows = table.records().map(Result::unwrap);
    rows.filter_map(|row| row[at].parse().ok()).collect()
}

/// Every `step`-th number of the coupling.
fn coupling(file: &str, source: &str, step: usize) -> Vec<f64> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("out.npz");
    let out = path.to_str().unwrap();
    run(&["dynamics", file, "--source", source, "--npz", out]);
    let mut archive = NpzArchive::open(&path).unwrap();
    let array = archive.by_name("coupling").unwrap().unwrap();
    let all: Vec<f64> = array.into_vec().unwrap();
    all.into_iter().step_by(step).collect()
}

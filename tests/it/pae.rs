//! The predicted aligned error through the program itself: beside the model, given, and refused.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

fn run(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
    command.current_dir(folder).args(arguments);
    command.arg("--no-cache").output().unwrap()
}

/// A helix of that many Cα with its backbone, said to be a prediction.
fn model(residues: usize) -> String {
    let mut text = "TITLE     ALPHAFOLD MONOMER V2.0 PREDICTION FOR A HELIX\n".to_owned();
    for i in 0..residues {
        for (k, (name, turn, radius, rise)) in [
            ("N ", -0.48_f64, 1.55, -0.9),
            ("CA", 0.0, 2.3, 0.0),
            ("C ", 0.44, 1.65, 1.1),
            ("O ", 0.35, 2.0, 2.3),
        ]
        .into_iter()
        .enumerate()
        {
            let angle = 1.745 * i as f64 + turn;
            let (x, y) = (radius * angle.cos(), radius * angle.sin());
            let z = 1.5 * i as f64 + rise;
            let _ = writeln!(
                text,
                "ATOM  {:>5}  {name:<3} ALA A{:>4}    {x:8.3}{y:8.3}{z:8.3}  1.00{:6.2}           {}",
                4 * i + k + 1,
                i + 1,
                95.0 - 40.0 * (i % 7) as f64 / 6.0,
                &name[..1]
            );
        }
    }
    text.push_str("END\n");
    text
}

/// Two halves that lie well within and badly to each other.
fn pae(residues: usize) -> String {
    let half = |i: usize| i < residues / 2;
    let value = |i: usize, j: usize| if half(i) == half(j) { 2 } else { 20 + i % 2 };
    let row = |i| (0..residues).map(|j| value(i, j)).collect::<Vec<_>>();
    format!(
        "[{{\"predicted_aligned_error\":{:?}}}]",
        (0..residues).map(row).collect::<Vec<_>>()
    )
}

#[test]
fn a_pae_beside_the_model_is_written_and_doubts_couplings() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    std::fs::write(place.join("AF-X-F1-model_v4.pdb"), model(40)).unwrap();
    let beside = place.join("AF-X-F1-predicted_aligned_error_v4.json");
    std::fs::write(&beside, pae(40)).unwrap();
    let arguments = [
        "dynamics",
        "AF-X-F1-model_v4.pdb",
        "--pae-csv",
        "pae.csv",
        "--pae-npz",
        "pae.npz",
    ];
    let output = run(&arguments, place);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    assert!(errors.contains("have a PAE above 10 Å"), "{errors}");
    let table = std::fs::read_to_string(place.join("pae.csv")).unwrap();
    let pair = table
        .lines()
        .find(|l| l.starts_with("A,1,,ALA,1,A,22,"))
        .unwrap();
    assert!(pair.ends_with("ALA,22,20,21,1,2"), "{pair}");
    let origin = std::fs::read_to_string(place.join("pae.csv.provenance.json")).unwrap();
    assert!(origin.contains("by position") && origin.contains("10.1038/s41586-021-03819-2"));
    let said = run(&["dynamics", "AF-X-F1-model_v4.pdb"], place);
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("PAE domain 2  A:21-40"), "{said}");
}

#[test]
fn a_pae_of_another_model_is_refused_and_none_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    std::fs::write(place.join("m.pdb"), model(40)).unwrap();
    std::fs::write(place.join("other.json"), pae(30)).unwrap();
    let output = run(&["dynamics", "m.pdb", "--pae", "other.json"], place);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_ne!(output.status.code(), Some(0), "{errors}");
    assert!(
        errors.contains("the PAE is of 30 residues; 40 are loaded"),
        "{errors}"
    );
    let output = run(&["dynamics", "m.pdb", "--pae-svg", "x.svg"], place);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_ne!(output.status.code(), Some(0), "{errors}");
    assert!(errors.contains("there is no PAE of this model"), "{errors}");
    assert!(!place.join("x.svg").exists());
}

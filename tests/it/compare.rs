//! Two structures beside each other, as the program runs.

use std::path::Path;
use std::process::{Command, Output};

use dynascope::protein::read;

fn compare(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
    command
        .arg("compare")
        .args(arguments)
        .env_remove("RUST_LOG");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn open_and_closed_adenylate_kinase_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (csv, json, npz, pdb) = (
        place("c.csv"),
        place("c.json"),
        place("c.npz"),
        place("c.pdb"),
    );
    let output = compare(&[
        "example:4ake.pdb",
        "example:1ake.pdb",
        "--source",
        "anm",
        "--csv",
        &csv,
        "--json",
        &json,
        "--npz",
        &npz,
        "--pdb",
        &pdb,
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let found: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    let overlap = found["overlap_first"]["single"][0].as_f64().unwrap();
    assert!((overlap - 0.798_576).abs() < 1e-4, "{overlap}");
    assert_eq!(
        (&found["pairs"], &found["identical"]),
        (&214.into(), &214.into())
    );
    for of in ["first", "second"] {
        assert_eq!(found["provenance"][of]["source"], "anm", "{of}");
    }
    let table = std::fs::read_to_string(&csv).unwrap();
    assert!(table.starts_with(dynascope::export::two_structures::HEADER));
    assert_eq!(table.lines().count(), 215);
    assert!(Path::new(&format!("{csv}.provenance.json")).exists() && Path::new(&npz).exists());
    let (both, _) = read::read(Path::new(&pdb)).unwrap();
    assert_eq!(both.models.len(), 2);
    let carbon = |model: usize| {
        both.models[model].chains[0].residues[99]
            .position("CA")
            .unwrap()
    };
    assert!(
        (carbon(0) - carbon(1)).norm() < 2.0,
        "the core is superposed"
    );
}

#[test]
fn parts_of_one_file_are_compared_and_what_cannot_be_is_said() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/2k39.pdb");
    let models = compare(&[file, "#2", "--source", "pfanm"]);
    let page = text(&models.stdout);
    assert_eq!(models.status.code(), Some(0), "{}", text(&models.stderr));
    assert!(
        page.starts_with("2k39 model 1 and 2k39 model 2\n"),
        "{page}"
    );
    assert!(
        page.contains("10 residues paired by residue numbers, 10 of them equal"),
        "{page}"
    );
    for (arguments, said) in [
        ([file, "#9"], "there is no model 9"),
        ([file, "example:ubiquitin.fasta"], "coordinates"),
        (
            ["example:1ake.pdb:Q", "example:1ake.pdb"],
            "no protein chain 'Q'",
        ),
    ] {
        let refused = compare(&arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&refused.stderr).contains(said),
            "{}",
            text(&refused.stderr)
        );
    }
}

//! Alignments and combinations through the program itself: the numbers of files, and what is refused.

use std::collections::HashMap;
use std::io::Read as _;
use std::process::{Command, Output};

use super::golden::folder;

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
    for name in ["HF_HOME", "HF_HUB_CACHE", "DYNASCOPE_WEIGHTS"] {
        command.env(name, "/nonexistent");
    }
    command.args(arguments).arg("--no-cache").output().unwrap()
}

fn golden(file: &str) -> String {
    folder("rsalor").join(file).display().to_string()
}

/// Standard output of a run that ends with that code.
fn said(arguments: &[&str], code: i32) -> String {
    let output = run(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A column of a table, by the column `mutant`.
fn column(table: &str, name: &str) -> HashMap<String, f64> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|h| h == name).unwrap();
    let (mutant, value) = (at("mutant"), at(name));
    let records = reader.records().map(|r| r.unwrap());
    records
        .filter_map(|r| Some((r[mutant].to_owned(), r[value].parse().ok()?)))
        .collect()
}

#[test]
fn a_scan_has_the_numbers_of_rsalor() {
    let (structure, msa) = (golden("structure.pdb.gz"), golden("msa.fasta.gz"));
    let mut expected = String::new();
    let packed = std::fs::File::open(golden("expected.csv.gz")).unwrap();
    flate2::read::GzDecoder::new(packed)
        .read_to_string(&mut expected)
        .unwrap();
    for method in ["lor", "rsalor"] {
        let wanted = column(&expected, method);
        let table = said(&["scan", &structure, "--method", method, "--msa", &msa], 0);
        let found = column(&table, "score");
        assert_eq!(found.len(), 66 * 19);
        for (mutant, score) in found {
            assert!(
                (score - wanted[&mutant]).abs() < 1e-5,
                "{method} {mutant}: {score}"
            );
        }
    }
}

#[test]
fn conservation_is_in_the_files_of_the_dynamics() {
    let (structure, msa) = (golden("structure.pdb.gz"), golden("msa.fasta.gz"));
    let table = said(&["dynamics", &structure, "--msa", &msa, "--csv", "-"], 0);
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let headers = reader.headers().unwrap().clone();
    assert_eq!(
        headers.iter().skip(9).collect::<Vec<_>>(),
        ["conservation", "depth"]
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.unwrap()).collect();
    assert_eq!(rows.len(), 66);
    let number = |row: &csv::StringRecord, k: usize| row[k].parse::<f64>().unwrap();
    assert!(
        rows.iter()
            .all(|r| (0.0..=1.0).contains(&number(r, 9)) && number(r, 10) > 0.0)
    );
    let json = said(&["dynamics", &structure, "--msa", &msa, "--json", "-"], 0);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["conservation_provenance"]["sequences"], "563");
    assert_eq!(
        value["residues"][3]["depth"].as_f64(),
        Some(number(&rows[3], 10))
    );
    let without = said(&["dynamics", &structure, "--json", "-"], 0);
    assert!(!without.contains("conservation") && !without.contains("depth"));
}

#[test]
fn several_methods_have_the_scores_of_each_alone() {
    let (structure, msa) = (golden("structure.pdb.gz"), golden("msa.fasta.gz"));
    let score = |methods: &str, more: &[&str]| {
        let input = [
            "score",
            &structure,
            "--method",
            methods,
            "-m",
            "V1A,S2P,E4K,V3A",
        ];
        said(&[&input, more].concat(), 0)
    };
    let together = score(
        "combined,stability,lor",
        &["--msa", &msa, "--sort", "stability"],
    );
    for method in ["combined", "stability", "lor"] {
        let more: &[&str] = if method == "stability" {
            &[]
        } else {
            &["--msa", &msa]
        };
        let alone = column(&score(method, more), "score");
        assert_eq!(column(&together, method), alone, "{method}");
    }
    // A combined score is of the whole chain, whatever is asked for beside it.
    let map = said(
        &["scan", &structure, "--method", "combined", "--msa", &msa],
        0,
    );
    let map = column(&map, "score");
    for (mutant, score) in column(&together, "combined") {
        assert_eq!(score, map[&mutant], "{mutant}");
    }
    let stability = column(&together, "stability");
    let order: Vec<f64> = together
        .lines()
        .skip(1)
        .map(|line| stability[line.split(',').nth(1).unwrap()])
        .collect();
    assert!(order.is_sorted(), "{together}");
}

#[test]
fn all_means_what_can_run_here() {
    let (structure, msa) = (golden("structure.pdb.gz"), golden("msa.fasta.gz"));
    let header = |more: &[&str]| {
        let input = ["score", &structure, "--method", "all", "-m", "V1A"];
        let table = said(&[&input, more].concat(), 0);
        table.lines().next().unwrap().to_owned()
    };
    assert_eq!(
        header(&[]),
        "row,mutant,stability,structure,combined,note,written"
    );
    assert_eq!(
        header(&["--msa", &msa]),
        "row,mutant,stability,structure,combined,lor,rsalor,note,written"
    );
}

#[test]
fn a_combination_says_what_it_is_made_of() {
    let (structure, msa) = (golden("structure.pdb.gz"), golden("msa.fasta.gz"));
    let json = |more: &[&str]| -> serde_json::Value {
        let input = ["scan", &structure, "--method", "combined", "--json", "-"];
        serde_json::from_str(&said(&[&input, more].concat(), 0)).unwrap()
    };
    let language = folder("esm2").display().to_string();
    let (alone, with) = (json(&[]), json(&["--msa", &msa, "--weights", &language]));
    let parts =
        |value: &serde_json::Value| value["provenance"]["parts"].as_str().unwrap().to_owned();
    assert!(
        parts(&alone).ends_with("rank(-BLOSUM62)"),
        "{}",
        parts(&alone)
    );
    let named = parts(&with);
    assert!(
        named.ends_with("alignment = rsalor; language model = -wt-marginals"),
        "{named}"
    );
    assert_eq!(with["provenance"]["query"], "6acv_A_29-94");
    let models = with["provenance"]["model"].as_str().unwrap();
    assert!(
        models.starts_with("stability+") && models.contains("msa.fasta.gz+"),
        "{models}"
    );
}

#[test]
fn what_does_not_go_together_is_refused() {
    let (structure, msa) = (golden("structure.pdb.gz"), golden("msa.fasta.gz"));
    let ubiquitin = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");
    for (arguments, why) in [
        (vec!["scan", &structure, "--method", "lor"], "--msa FILE"),
        (
            vec!["scan", &structure, "--method", "stability", "--msa", &msa],
            "reads no alignment",
        ),
        (
            vec!["scan", ubiquitin, "--method", "lor", "--msa", &msa],
            "no row is the sequence of 1ubi",
        ),
        (
            vec!["scan", ubiquitin, "--method", "lor", "--msa", ubiquitin],
            "holds no aligned sequences",
        ),
        (
            vec![
                "scan",
                ubiquitin,
                "--method",
                "lor",
                "--msa",
                "/no/such.a3m",
            ],
            "/no/such.a3m",
        ),
        (
            vec![
                "score",
                ubiquitin,
                "--method",
                "stability",
                "-m",
                "K6A",
                "--sort",
                "lor",
            ],
            "add lor",
        ),
        (
            vec!["score", ubiquitin, "--method", "nothing", "-m", "K6A"],
            "no method 'nothing'",
        ),
        (
            vec!["dynamics", ubiquitin, "--msa", &msa],
            "no row is the sequence of 1ubi",
        ),
    ] {
        let output = run(&arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {errors}");
        assert!(errors.contains(why), "{arguments:?} {errors}");
    }
}

#[test]
fn added_scores_of_multiple_mutants_say_so() {
    let ubiquitin = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");
    let json = |list: &str| {
        let input = [
            "score",
            ubiquitin,
            "--method",
            "stability",
            "-m",
            list,
            "--json",
            "-",
        ];
        let value: serde_json::Value = serde_json::from_str(&said(&input, 0)).unwrap();
        value["provenance"]["multiple_mutants"].clone()
    };
    assert_eq!(json("K6A:L8G"), "sum of the single substitutions");
    assert_eq!(json("K6A"), serde_json::Value::Null);
}

//! Weights as people bring them: the right number, or refused by name.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const UBIQUITIN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/assets/examples/ubiquitin.fasta"
);

fn case(name: &str) -> PathBuf {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/mutations");
    Path::new(cases).join(name)
}

fn run(arguments: &[&str], cache: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
    command.args(arguments).env("DYNASCOPE_CACHE", cache);
    command.output().unwrap()
}

fn scan(weights: &Path, cache: &Path) -> Output {
    let weights = weights.to_str().unwrap();
    let method = ["--method", "wt-marginals", "--weights", weights];
    let out = ["--csv", "-", "--device", "cpu"];
    run(&[&["scan", UBIQUITIN], &method[..], &out].concat(), cache)
}

/// The score of a mutant in a table.
fn score(output: &Output, mutant: &str) -> f64 {
    let table = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    let row = table.lines().find(|l| l.starts_with(&format!("{mutant},")));
    let row = row.unwrap_or_else(|| panic!("{mutant}: {table} {error}"));
    row.rsplit(',').next().unwrap().parse().unwrap()
}

fn assert_scores(output: &Output, expected: &[(&str, f64)]) {
    for (mutant, expected) in expected {
        let found = score(output, mutant);
        assert!(
            (found - expected).abs() < 1e-3,
            "{mutant} {found} {expected}"
        );
    }
}

/// The values are those of `transformers` in float64.
#[test]
fn a_corrected_configuration_gives_other_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, model) = (folder.path().join("cache"), folder.path().join("model"));
    std::fs::create_dir(&model).unwrap();
    let from = case("10-cache-ignores-config/model");
    std::fs::copy(
        from.join("model.safetensors"),
        model.join("model.safetensors"),
    )
    .unwrap();
    let right = std::fs::read_to_string(from.join("config.json")).unwrap();
    let heads = "\"num_attention_heads\": 2";
    assert!(right.contains(heads));
    let wrong = right.replace(heads, "\"num_attention_heads\": 4");
    for (config, expected) in [(&wrong, 0.397), (&right, -0.681), (&wrong, 0.397)] {
        std::fs::write(model.join("config.json"), config).unwrap();
        assert_scores(&scan(&model, &cache), &[("M1C", expected)]);
    }
}

#[test]
fn a_head_with_a_matrix_of_its_own_is_read() {
    let cache = tempfile::tempdir().unwrap();
    let output = scan(&case("17-untied-head/model"), cache.path());
    assert_scores(&output, &[("Q2A", -1.167), ("K6R", 1.732), ("L8G", -1.062)]);
    // A configuration that says otherwise is refused, not believed.
    let folder = tempfile::tempdir().unwrap();
    let from = case("17-untied-head/model");
    let config = std::fs::read_to_string(from.join("config.json")).unwrap();
    let tied = config.replace(
        "\"tie_word_embeddings\": false",
        "\"tie_word_embeddings\": true",
    );
    assert_ne!(tied, config);
    std::fs::write(folder.path().join("config.json"), tied).unwrap();
    let file = folder.path().join("model.safetensors");
    std::fs::copy(from.join("model.safetensors"), file).unwrap();
    let output = scan(folder.path(), cache.path());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("lm_head.decoder.weight"), "{error}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn weights_that_give_no_numbers_are_an_error() {
    let cache = tempfile::tempdir().unwrap();
    let output = scan(&case("18-nan/model"), cache.path());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("NaN from the weights"), "{error}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_names_of_fair_esm_are_read() {
    let cache = tempfile::tempdir().unwrap();
    let output = scan(&case("15-fair-esm/model.safetensors"), cache.path());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(score(&output, "M1C").is_finite());
}

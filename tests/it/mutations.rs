//! Scans, scores and predicted dynamics through the engine, as the program asks for them.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use dynascope::analysis::{MutationMap, ScanMethod};
use dynascope::engine::{Engine, EngineError, EngineOptions, Observer, Partial};
use dynascope::progress::{Cancelled, Checkpoint};
use dynascope::protein::names::{Numbering, Sites, parse_variant, resolve_all};
use dynascope::protein::{ChainChoice, Protein, Sequence, Variant, read};
use dynascope::study::{Combining, Fill, ScanRequest, ScoreRequest, Weights, WhatIfRequest};

use super::golden::{expected, folder, furthest};

const UBIQUITIN: &str =
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";

fn engine(cache: Option<&Path>) -> Engine {
    Engine::new(EngineOptions {
        cache_dir: cache.map(Path::to_owned),
        ..EngineOptions::default()
    })
}

fn sequence(letters: &str) -> Arc<Protein> {
    let sequence = Sequence::new("x", letters.to_owned()).unwrap();
    Arc::new(Protein::of_sequence(&sequence))
}

fn scan(method: ScanMethod, model: &str, letters: &str) -> ScanRequest {
    ScanRequest {
        protein: sequence(letters),
        method,
        weights: Weights::Path(folder(model)),
        alignment: None,
        properties: Vec::new(),
        combining: Combining::default(),
        first: 0..0,
    }
}

fn map(
    engine: &mut Engine,
    request: &ScanRequest,
    observer: &dyn Observer,
) -> Result<MutationMap, EngineError> {
    Ok(engine.ask(request, observer)?.map)
}

fn variants(sites: &Sites, written: &[&str]) -> Vec<Variant> {
    let written: Vec<_> = written.iter().map(|w| parse_variant(w)).collect();
    let resolved = resolve_all(&written, sites, Numbering::Author);
    resolved.outcomes.into_iter().map(Result::unwrap).collect()
}

/// Counts the rows of each part, and gives up when there are `most`.
struct Watcher {
    most: usize,
    rows: AtomicUsize,
    parts: Mutex<Vec<usize>>,
}

impl Watcher {
    fn new(most: usize) -> Self {
        Self {
            most,
            rows: AtomicUsize::new(0),
            parts: Mutex::default(),
        }
    }

    fn parts(self) -> Vec<usize> {
        self.parts.into_inner().unwrap()
    }
}

impl Checkpoint for Watcher {
    fn reached(&self, _: usize, _: usize) -> Result<(), Cancelled> {
        if self.rows.load(Ordering::SeqCst) < self.most {
            Ok(())
        } else {
            Err(Cancelled)
        }
    }
}

impl Observer for Watcher {
    fn partial(&self, Partial::ScanRows(rows): Partial) {
        self.rows.fetch_add(rows.len(), Ordering::SeqCst);
        self.parts.lock().unwrap().push(rows.len());
    }
}

#[test]
fn both_marginals_give_the_golden_values() {
    let mut engine = engine(None);
    for (method, key) in [
        (ScanMethod::WildTypeMarginals, "ubi.wt_marginals"),
        (ScanMethod::MaskedMarginals, "ubi.masked_marginals"),
    ] {
        let request = scan(method, "esm2", UBIQUITIN);
        let map = map(&mut engine, &request, &()).unwrap();
        assert!(furthest(map.score.values(), &expected("esm2", key)) < 1e-4);
    }
}

#[test]
fn an_interrupted_scan_goes_on_where_it_stopped() {
    for (method, model, length) in [
        (ScanMethod::MaskedMarginals, "esm2", 76),
        (ScanMethod::EsmDance, "dance", 20),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let request = scan(method, model, &UBIQUITIN[..length]);
        let whole = map(&mut engine(None), &request, &()).unwrap();

        let first = Watcher::new(1);
        let stopped = map(&mut engine(Some(folder.path())), &request, &first);
        assert!(matches!(stopped, Err(EngineError::Cancelled)), "{method:?}");
        let kept: usize = first.parts().iter().sum();
        assert!((1..length).contains(&kept), "{kept}");

        // What was kept is shown at once, and only the rest is scored.
        let second = Watcher::new(usize::MAX);
        let resumed = map(&mut engine(Some(folder.path())), &request, &second).unwrap();
        let parts = second.parts();
        assert_eq!(parts[0], kept);
        assert_eq!(parts[1..].iter().sum::<usize>(), length - kept);
        assert!(furthest(resumed.score.values(), whole.score.values()) < 1e-5);

        let third = Watcher::new(usize::MAX);
        let again = map(&mut engine(Some(folder.path())), &request, &third).unwrap();
        assert_eq!(third.parts(), [length]);
        let bits = |m: &MutationMap| -> Vec<u64> {
            m.score.values().iter().map(|v| v.to_bits()).collect()
        };
        assert_eq!(bits(&again), bits(&resumed));
    }
}

#[test]
fn what_if_and_score_give_the_golden_changes() {
    let text = std::fs::read_to_string(folder("dance").join("cases.json")).unwrap();
    let cases: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names = |key: &str| -> Vec<&str> {
        let list = cases[key].as_array().unwrap().iter();
        list.map(|v| v.as_str().unwrap()).collect()
    };
    let protein = sequence(cases["sequence"].as_str().unwrap());
    let variants = variants(&Sites::of_protein(&protein), &names("mutants"));
    let features = names("features");
    let wanted = expected("dance", "mutants.relative_change");
    let (method, weights) = (ScanMethod::EsmDance, Weights::Path(folder("dance")));
    let mut engine = engine(None);

    let request = WhatIfRequest {
        protein: Arc::clone(&protein),
        method,
        weights: weights.clone(),
        variants: variants.clone(),
    };
    let shown = engine.ask(&request, &()).unwrap();
    for (mutant, wanted) in shown.mutants.iter().zip(wanted.chunks(features.len())) {
        let change = |name: &&str| {
            let found = mutant.relative_change.iter().find(|(n, _)| n == name);
            found.unwrap().1
        };
        let changes: Vec<f64> = features.iter().map(change).collect();
        assert!(furthest(&changes, wanted) < 1e-4);
    }
    let column = shown.channels.iter().position(|c| c == "rmsf_nor").unwrap();
    let profile = &shown.wild_type.profiles;
    let rmsf: Vec<f64> = (0..profile.rows()).map(|i| profile[(i, column)]).collect();
    // The reference covers both end tokens too.
    let reference = expected("dance", "wt.rmsf_nor");
    assert!(furthest(&rmsf, &reference[1..reference.len() - 1]) < 1e-4);

    let request = ScoreRequest {
        protein,
        method,
        weights,
        alignment: None,
        properties: vec!["all".to_owned()],
        combining: Combining::default(),
        variants,
        fill: Fill::default(),
    };
    let scored = engine.ask(&request, &()).unwrap();
    let changes: Vec<f64> = scored
        .scores
        .iter()
        .flat_map(|s| s.properties.clone())
        .collect();
    assert!(furthest(&changes, &wanted) < 1e-4);
    let additive = |s: &dynascope::study::VariantScore| (s.score - s.additive).abs();
    assert!(scored.scores.iter().all(|s| additive(s) < 1e-12));
}

#[test]
fn names_say_the_chain_where_there_are_several() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/4hhb.pdb");
    let (structure, _) = read::read(Path::new(path)).unwrap();
    for (chains, written, wanted) in [
        ("A", "V1A", "V1A"),
        ("A,B", "B:V1A", "B:V1A"),
        ("A,B", "A:V1A:L2G", "A:V1A+A:L2G"),
    ] {
        let chains: ChainChoice = chains.parse().unwrap();
        let protein = structure.protein(0, &chains).unwrap();
        let found = variants(&Sites::of_protein(&protein), &[written]);
        assert_eq!(protein.variant_name(&found[0]), wanted);
    }
}

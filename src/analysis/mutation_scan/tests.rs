//! Scans against reference vectors, and what must not change them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::analysis::ScanMethod;
use crate::models::dance::{Dance, DynamicsModel, Property, Trace};
use crate::models::device::{Compute, DeviceChoice, DtypeChoice};
use crate::models::error::ModelError;
use crate::models::esm2::{Config, Esm2, LanguageModel, Query};
use crate::models::tokenizer::Token;
use crate::models::weights::WeightsFile;
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::{Substitution, Variant};

const UBIQUITIN: &str =
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";

fn esm2() -> Esm2 {
    let bytes = include_bytes!("../../../tests/golden/esm2/model.safetensors");
    let text = include_str!("../../../tests/golden/esm2/config.json");
    let weights = WeightsFile::embedded("esm2", bytes).unwrap();
    let config = Config::parse("config.json", text).unwrap();
    Esm2::load_as(&config, &weights, &Compute::cpu()).unwrap()
}

fn dance() -> Dance {
    dance_on(&Compute::cpu())
}

fn dance_on(compute: &Compute) -> Dance {
    let bytes = include_bytes!("../../../tests/golden/dance/model.safetensors");
    let text = include_str!("../../../tests/golden/dance/config.json");
    let weights = WeightsFile::embedded("dance", bytes).unwrap();
    let config = Config::parse("config.json", text).unwrap();
    Dance::load_as(&config, &weights, compute).unwrap()
}

fn expected(bytes: &[u8]) -> HashMap<String, Vec<f32>> {
    let file = safetensors::SafeTensors::deserialize(bytes).unwrap();
    file.tensors()
        .into_iter()
        .filter(|(_, view)| view.dtype() == safetensors::Dtype::F32)
        .map(|(name, view)| {
            let values = view.data().chunks_exact(4);
            let values = values.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            (name, values.collect())
        })
        .collect()
}

fn expected_esm2() -> HashMap<String, Vec<f32>> {
    expected(include_bytes!(
        "../../../tests/golden/esm2/expected.safetensors"
    ))
}

fn assert_close(ours: &[f64], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(theirs) {
        let b = f64::from(*b);
        assert!((a - b).abs() < 1e-4 * b.abs().max(1.0), "{what}: {a} {b}");
    }
}

fn all_rows(_: &MutationMap, _: &[usize]) {}

fn wild_type_marginals(
    model: &dyn LanguageModel,
    letters: &str,
    options: &ScanOptions<'_>,
) -> MutationMap {
    let marginals = Marginals::WildType;
    marginals_scan(model, marginals, letters, options, &(), &mut all_rows).unwrap()
}

fn masked_marginals(
    model: &dyn LanguageModel,
    letters: &str,
    options: &ScanOptions<'_>,
    finished: RowSink<'_>,
) -> MutationMap {
    let marginals = Marginals::Masked(Fill::default());
    marginals_scan(model, marginals, letters, options, &(), finished).unwrap()
}

fn variant(text: &[(usize, char)]) -> Variant {
    let letters: Vec<char> = UBIQUITIN.chars().collect();
    text.iter()
        .map(|&(index, mutant)| Substitution {
            index,
            wild_type: AminoAcid::from_letter(letters[index]).unwrap(),
            mutant: AminoAcid::from_letter(mutant).unwrap(),
        })
        .collect()
}

#[test]
fn wild_type_marginals_agree_with_the_reference() {
    let map = wild_type_marginals(&esm2(), UBIQUITIN, &ScanOptions::default());
    let expected = &expected_esm2()["ubi.wt_marginals"];
    assert_close(map.score.values(), expected, "wt marginals");
    assert_eq!(map.method, ScanMethod::WildTypeMarginals);
    assert!(map.seams.is_empty());
}

#[test]
fn masked_marginals_and_pseudo_perplexity_agree_with_the_reference() {
    let expected = expected_esm2();
    let options = ScanOptions {
        first: 70..90,
        ..ScanOptions::default()
    };
    let mut heard = Vec::new();
    let map = masked_marginals(&esm2(), UBIQUITIN, &options, &mut |map, rows| {
        heard.extend(rows.iter().map(|&i| (i, map.score.row(i).to_vec())));
    });
    assert_close(
        map.score.values(),
        &expected["ubi.masked_marginals"],
        "masked",
    );
    let perplexity = &expected["ubi.pseudo_perplexity"];
    assert_close(&[perplexity_of(&map).unwrap()], perplexity, "perplexity");
    let order: Vec<usize> = heard.iter().map(|(position, _)| *position).collect();
    let wanted: Vec<usize> = (70..76).chain(0..70).collect();
    assert_eq!(order, wanted);
    assert!(heard.iter().all(|(i, row)| map.score.row(*i) == row));
}

#[test]
fn a_resumed_scan_scores_only_what_is_missing() {
    let model = esm2();
    let letters = &UBIQUITIN[..12];
    let whole = masked_marginals(&model, letters, &ScanOptions::default(), &mut all_rows);
    let mut half = whole.clone();
    for position in 5..12 {
        half.score.row_mut(position).fill(f64::NAN);
    }
    let resume = |half: &MutationMap| {
        let options = ScanOptions {
            resume: Some(half),
            ..ScanOptions::default()
        };
        let mut heard = Vec::new();
        let map = masked_marginals(&model, letters, &options, &mut |_, rows| {
            heard.push(rows.to_vec());
        });
        (map, heard)
    };
    let (resumed, heard) = resume(&half);
    assert_eq!(heard[0], [0, 1, 2, 3, 4]);
    assert_eq!(heard[1..].concat(), (5..12).collect::<Vec<_>>());
    assert_eq!(resumed.score.row(2), whole.score.row(2));
    assert!(resumed.score.values().iter().all(|s| s.is_finite()));
    let perplexity = |map: &MutationMap| perplexity_of(map).unwrap();
    assert!((perplexity(&resumed) - perplexity(&whole)).abs() < 1e-4);
    // Rows without their log-probabilities are scored again.
    half.properties.clear();
    assert_eq!(resume(&half).1.concat().len(), 12);
}

#[test]
fn letters_beyond_the_twenty_have_no_scores() {
    let letters = "MKXVUA";
    let options = ScanOptions::default();
    let wt = wild_type_marginals(&esm2(), letters, &options);
    let masked = masked_marginals(&esm2(), letters, &options, &mut all_rows);
    let dynamics = dynamics_scan(
        &dance(),
        ScanMethod::EsmDance,
        letters,
        &DynamicsScoring::default(),
        &options,
        &(),
        &mut all_rows,
    )
    .unwrap();
    for map in [wt, masked, dynamics] {
        for position in 0..letters.len() {
            let missing = matches!(position, 2 | 4);
            let row = map.score.row(position);
            assert!(
                row.iter().all(|s| s.is_nan() == missing),
                "{:?}",
                map.method
            );
            if let Some(wild_type) = map.wild_type[position] {
                assert_eq!(map.score_of(position, wild_type).to_bits(), 0);
            }
        }
    }
}

#[test]
fn a_long_sequence_is_scored_in_windows_with_seams() {
    let model = esm2();
    let options = ScanOptions {
        longest: Some(30),
        ..ScanOptions::default()
    };
    let map = wild_type_marginals(&model, UBIQUITIN, &options);
    let masked = masked_marginals(&model, UBIQUITIN, &options, &mut all_rows);
    assert!(!map.seams.is_empty() && map.seams == masked.seams);
    assert!(map.score.values().iter().all(|s| s.is_finite()));
    let alone = &UBIQUITIN[..30];
    let first = wild_type_marginals(&model, alone, &ScanOptions::default());
    for position in 0..map.seams[0] {
        let (a, b) = (map.score.row(position), first.score.row(position));
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}

#[test]
fn single_variants_score_as_their_cells() {
    let model = esm2();
    let letters = &UBIQUITIN[..20];
    let options = ScanOptions::default();
    let variants = [variant(&[(3, 'G')]), variant(&[(18, 'W')]), Variant::new()];
    let map = wild_type_marginals(&model, letters, &options);
    let masked = masked_marginals(&model, letters, &options, &mut all_rows);
    let score =
        |marginals| score_variants(&model, letters, &variants, marginals, &options, &()).unwrap();
    let wt = score(Marginals::WildType);
    assert!((wt[0] - map.score_of(3, AminoAcid::Gly)).abs() < 1e-5);
    assert_eq!(wt[2].to_bits(), 0.0_f64.to_bits());
    for fill in Fill::ALL {
        let scores = score(Marginals::Masked(fill));
        assert!((scores[0] - masked.score_of(3, AminoAcid::Gly)).abs() < 1e-5);
        assert!((scores[1] - masked.score_of(18, AminoAcid::Trp)).abs() < 1e-5);
    }
}

#[test]
fn the_fill_decides_what_a_double_mutant_sees() {
    let model = esm2();
    let letters = &UBIQUITIN[..20];
    let options = ScanOptions::default();
    let double = variant(&[(10, 'E'), (12, 'W')]);
    let singles = [variant(&[(10, 'E')]), variant(&[(12, 'W')])];
    let score = |variants: &[Variant], fill| {
        let marginals = Marginals::Masked(fill);
        score_variants(&model, letters, variants, marginals, &options, &()).unwrap()
    };
    let of_fill = Fill::ALL.map(|fill| score(std::slice::from_ref(&double), fill)[0]);
    let sum: f64 = score(&singles, Fill::WildType).iter().sum();
    assert!((of_fill[0] - sum).abs() < 1e-5);
    assert!((of_fill[0] - of_fill[1]).abs() > 1e-6 && (of_fill[1] - of_fill[2]).abs() > 1e-6);
    // The mutant fill is the masked marginal on the background of the other mutation.
    let mut background = letters.to_owned();
    background.replace_range(12..13, "W");
    let marginals = Marginals::Masked(Fill::WildType);
    let first =
        score_variants(&model, &background, &singles[..1], marginals, &options, &()).unwrap()[0];
    background.replace_range(12..13, "I");
    background.replace_range(10..11, "E");
    let second =
        score_variants(&model, &background, &singles[1..], marginals, &options, &()).unwrap()[0];
    assert!((of_fill[2] - first - second).abs() < 1e-5);
}

fn cases() -> (String, Vec<Variant>) {
    let text = include_str!("../../../tests/golden/dance/cases.json");
    let cases: serde_json::Value = serde_json::from_str(text).unwrap();
    let variants = cases["mutants"].as_array().unwrap().iter().map(|m| {
        let text = m.as_str().unwrap();
        let index: usize = text[1..text.len() - 1].parse().unwrap();
        variant(&[(index - 1, text.chars().last().unwrap())])
    });
    (
        cases["sequence"].as_str().unwrap().to_owned(),
        variants.collect(),
    )
}

fn changes_by(
    model: &dyn DynamicsModel,
    letters: &str,
    variants: &[Variant],
    properties: &[Property],
) -> Vec<Vec<f64>> {
    let options = ScanOptions::default();
    Changes::new(model, letters, properties, &options, variants.len())
        .of(variants, &())
        .unwrap()
}

#[test]
fn every_relative_change_agrees_with_the_reference() {
    let bytes = include_bytes!("../../../tests/golden/dance/expected.safetensors");
    let expected = &expected(bytes)["mutants.relative_change"];
    let (letters, variants) = cases();
    let model = dance();
    let changes = changes_by(&model, &letters, &variants, &Property::ALL);
    for (mutant, theirs) in expected.chunks(Property::ALL.len()).enumerate() {
        let ours: Vec<f64> = changes.iter().map(|property| property[mutant]).collect();
        assert_close(&ours, theirs, "all properties");
    }
    let fast = changes_by(&model, &letters, &variants, &Property::ROBUST);
    for (ours, theirs) in fast.iter().zip([&changes[0], &changes[6]]) {
        assert!(ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}

/// A model whose predictions beside a trace are off by a factor, and how often it was asked for them.
struct Beside {
    inner: Dance,
    factor: f32,
    asked: AtomicUsize,
}

impl Beside {
    fn new(factor: f32) -> Self {
        let compute = Compute::choose(DeviceChoice::Cpu, DtypeChoice::Auto).unwrap();
        Self {
            inner: dance_on(&compute),
            factor,
            asked: AtomicUsize::new(0),
        }
    }
}

impl DynamicsModel for Beside {
    fn residues(
        &self,
        sequences: &[Vec<Token>],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        self.inner.residues(sequences, checkpoint)
    }

    fn trace(
        &self,
        sequence: &[Token],
        many: bool,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Option<Trace>, ModelError> {
        self.inner.trace(sequence, many, checkpoint)
    }

    fn residues_beside(
        &self,
        trace: &Trace,
        sequences: &[Vec<Token>],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut all = self.inner.residues_beside(trace, sequences, checkpoint)?;
        all.iter_mut().flatten().for_each(|x| *x *= self.factor);
        Ok(all)
    }

    fn residues_and_pairs(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        self.inner.residues_and_pairs(sequence, checkpoint, sink)
    }

    fn batch_size(&self, tokens: usize) -> usize {
        self.inner.batch_size(tokens)
    }

    fn longest(&self) -> usize {
        self.inner.longest()
    }
}

#[test]
fn many_variants_beside_a_trace_change_as_without_and_a_bad_trace_is_not_used() {
    let letters = &UBIQUITIN[..20];
    let variants: Vec<Variant> = (0..letters.len())
        .flat_map(|i| "ACDEFGHIKL".chars().map(move |a| variant(&[(i, a)])))
        .collect();
    let plain = changes_by(&dance(), letters, &variants, &Property::ROBUST).concat();
    for (factor, most) in [(1.0, usize::MAX), (1.01, 1)] {
        let model = Beside::new(factor);
        let beside = changes_by(&model, letters, &variants, &Property::ROBUST).concat();
        for (beside, plain) in beside.iter().zip(&plain) {
            assert!((beside - plain).abs() < 1e-4, "{beside} {plain}");
        }
        let asked = model.asked.load(Ordering::Relaxed);
        assert!(asked <= most, "{asked} times");
        if model.inner.dtype_name() != "f32" {
            assert!(asked >= most.min(2), "{asked} times");
        }
    }
}

#[test]
fn a_dynamics_scan_equals_one_mutant_at_a_time() {
    let model = dance();
    let letters = &UBIQUITIN[..7];
    let options = ScanOptions {
        first: 4..6,
        ..ScanOptions::default()
    };
    let scoring = DynamicsScoring::default();
    let mut order: Vec<usize> = Vec::new();
    let map = dynamics_scan(
        &model,
        ScanMethod::EsmDance,
        letters,
        &scoring,
        &options,
        &(),
        &mut |_, rows| order.extend(rows),
    )
    .unwrap();
    assert_eq!(order, [4, 5, 6, 0, 1, 2, 3]);
    for position in 0..letters.len() {
        for mutant in AminoAcid::ALL {
            let wild_type = map.wild_type[position].unwrap();
            if mutant == wild_type {
                continue;
            }
            let one = variant(&[(position, mutant.letter())]);
            let changes = changes_by(&model, letters, &[one], &Property::ROBUST);
            let score = scoring.scores(&changes)[0];
            assert!((map.score_of(position, mutant) - score).abs() < 1e-5);
            let (name, first) = &map.properties[0];
            assert_eq!(name, "d_sasa_mean");
            assert!((first[(position, mutant.index())] - changes[0][0]).abs() < 1e-5);
        }
    }
}

#[test]
fn a_resumed_dynamics_scan_is_the_whole_one() {
    let model = dance();
    let letters = &UBIQUITIN[..4];
    let scan = |options: &ScanOptions<'_>| {
        let mut rows = Vec::new();
        let scoring =
            DynamicsScoring::new(&[], Combination::Geometric, Normalisation::Quantile).unwrap();
        let map = dynamics_scan(
            &model,
            ScanMethod::SeqDance,
            letters,
            &scoring,
            options,
            &(),
            &mut |_, new| rows.push(new.len()),
        );
        (map.unwrap(), rows)
    };
    let (whole, rows) = scan(&ScanOptions::default());
    assert_eq!(rows.iter().sum::<usize>(), 4);
    let mut half = whole.clone();
    half.score.row_mut(3).fill(f64::NAN);
    let (resumed, rows) = scan(&ScanOptions {
        resume: Some(&half),
        ..ScanOptions::default()
    });
    assert_eq!((rows[0], rows[1..].iter().sum::<usize>()), (3, 1));
    let both = resumed.score.values().iter().zip(whole.score.values());
    assert!(both.into_iter().all(|(a, b)| (a - b).abs() < 1e-6));
}

/// A model whose memory holds so many queries, and that counts them.
struct Small {
    model: Esm2,
    most: usize,
    asked: AtomicUsize,
}

impl LanguageModel for Small {
    fn log_probabilities(
        &self,
        queries: &[Query],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        if queries.len() > self.most {
            return Err(ModelError::OutOfMemory {
                what: "test".to_owned(),
            });
        }
        self.asked.fetch_add(queries.len(), Ordering::Relaxed);
        self.model.log_probabilities(queries, checkpoint)
    }

    fn batch_size(&self, _: usize) -> usize {
        16
    }

    fn longest(&self) -> usize {
        1000
    }
}

#[test]
fn a_scan_survives_a_small_memory_and_shares_passes() {
    let model = Small {
        model: esm2(),
        most: 3,
        asked: AtomicUsize::new(0),
    };
    let letters = &UBIQUITIN[..20];
    let options = ScanOptions::default();
    let scan = masked_marginals(&model, letters, &options, &mut all_rows);
    assert!(scan.score.values().iter().all(|s| s.is_finite()));
    assert_eq!(model.asked.swap(0, Ordering::Relaxed), 20);
    let all: Vec<Variant> = (0..20).map(|i| variant(&[(i, 'A')])).collect();
    score_variants(&model, letters, &all, Marginals::WildType, &options, &()).unwrap();
    assert_eq!(model.asked.load(Ordering::Relaxed), 1);
}

#[test]
fn a_scan_hears_that_it_is_cancelled() {
    struct Stop(AtomicUsize);
    impl Checkpoint for Stop {
        fn reached(&self, done: usize, total: usize) -> Result<(), Cancelled> {
            assert!(done <= total);
            match self.0.fetch_add(1, Ordering::Relaxed) {
                0..5 => Ok(()),
                _ => Err(Cancelled),
            }
        }
    }
    let stopped = dynamics_scan(
        &dance(),
        ScanMethod::EsmDance,
        UBIQUITIN,
        &DynamicsScoring::default(),
        &ScanOptions::default(),
        &Stop(AtomicUsize::new(0)),
        &mut all_rows,
    );
    assert!(matches!(stopped, Err(ModelError::Cancelled(_))));
    assert!(dance().batch_size(78) >= 1);
}

//! The heads against reference vectors, on both paths.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;

use candle_core::{Device, Tensor};

use super::*;
use crate::models::tokenizer::tokenize;

pub(crate) fn golden(compute: &Compute) -> Dance {
    let bytes = include_bytes!("../../../tests/golden/dance/model.safetensors");
    let text = include_str!("../../../tests/golden/dance/config.json");
    let weights = WeightsFile::embedded("dance", bytes).unwrap();
    Dance::load_as(
        &Config::parse("config.json", text).unwrap(),
        &weights,
        compute,
    )
    .unwrap()
}

fn expected() -> HashMap<String, Tensor> {
    let bytes = include_bytes!("../../../tests/golden/dance/expected.safetensors");
    candle_core::safetensors::load_buffer(bytes, &Device::Cpu).unwrap()
}

fn cases() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../tests/golden/dance/cases.json")).unwrap()
}

fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs() / b.abs().max(1.0))
        .fold(0.0, f32::max)
}

#[test]
fn every_property_agrees_with_the_reference() {
    let expected = expected();
    let tokens = tokenize(cases()["sequence"].as_str().unwrap());
    for compute in [Compute::cpu(), Compute::cpu_unfused()] {
        let prediction = golden(&compute).predict(&tokens, &()).unwrap();
        for property in Property::ALL {
            let (values, channels) = if property.is_pair() {
                (&prediction.pairs, PAIR_CHANNELS)
            } else {
                (&prediction.residues, RESIDUE_CHANNELS)
            };
            let ours: Vec<f32> = values
                .chunks_exact(channels)
                .flat_map(|row| row[property.channels()].to_vec())
                .collect();
            let theirs = &expected[&format!("wt.{property}")];
            let theirs: Vec<f32> = theirs.flatten_all().unwrap().to_vec1().unwrap();
            let worst = difference(&ours, &theirs);
            assert!(worst < 1e-4, "{property}: {worst}");
        }
    }
}

#[test]
fn the_residue_head_alone_gives_the_same_in_a_batch() {
    let sequences: Vec<Vec<Token>> = [cases()["sequence"].as_str().unwrap(), "MKV", "GW"]
        .map(tokenize)
        .to_vec();
    for compute in [Compute::cpu(), Compute::cpu_unfused()] {
        let model = golden(&compute);
        let batch = model.residues(&sequences, &()).unwrap();
        for (sequence, rows) in sequences.iter().zip(&batch) {
            let alone = model.predict(sequence, &()).unwrap();
            assert!(difference(rows, &alone.residues) < 1e-5);
        }
    }
}

#[test]
fn blocks_of_the_pair_map_arrive_in_order_and_cover_it() {
    let tokens = tokenize("MQIFVKTLTGKTITLEV");
    for compute in [Compute::cpu(), Compute::cpu_unfused()] {
        let mut next = 0;
        golden(&compute)
            .residues_and_pairs(&tokens, &(), &mut |first, rows| {
                assert_eq!(first, next);
                next += rows.len() / (tokens.len() * PAIR_CHANNELS);
            })
            .unwrap();
        assert_eq!(next, tokens.len());
    }
}

#[test]
fn maps_leave_the_ends_out() {
    let tokens = tokenize("MKVLA");
    let prediction = golden(&Compute::cpu()).predict(&tokens, &()).unwrap();
    let map = prediction.pair_map(9);
    assert_eq!((map.rows(), map.columns()), (5, 5));
    let last = prediction.pairs[(5 * 7 + 1) * PAIR_CHANNELS + 9];
    assert!((map[(4, 0)] - f64::from(last)).abs() < 1e-12);
}

/// The same sequence in other company is rounded otherwise; beside itself it does not change at all.
#[test]
fn in_half_precision_the_wild_type_rides_with_its_mutants() {
    let wild_type = tokenize(cases()["sequence"].as_str().unwrap());
    let mut mutant = wild_type.clone();
    mutant[9] = if mutant[9] == 5 { 6 } else { 5 };
    let exact = golden(&Compute::cpu());
    let exact = exact
        .residues(&[wild_type.clone(), mutant.clone()], &())
        .unwrap();
    for dtype in [candle_core::DType::F16, candle_core::DType::BF16] {
        let model = golden(&Compute::cpu_unfused_in(dtype));
        let trace = model.trace(&wild_type, false, &()).unwrap().unwrap();
        assert!(!trace.is_rounded());
        let beside = model
            .residues_beside(&trace, &[wild_type.clone(), mutant.clone()], &())
            .unwrap();
        assert_eq!(beside[0], trace.residues());
        let changes = |of: &[f32], from: &[f32]| -> Vec<f32> {
            of.iter().zip(from).map(|(a, b)| a - b).collect()
        };
        let found = changes(&beside[1], trace.residues());
        let wanted = changes(&exact[1], &exact[0]);
        let norm = |x: &[f32]| x.iter().map(|v| v * v).sum::<f32>().sqrt();
        let apart = norm(&changes(&found, &wanted)) / norm(&wanted);
        assert!(apart < 0.3, "{dtype:?}: {apart}");
    }
    let model = golden(&Compute::cpu_unfused());
    assert!(model.trace(&wild_type, true, &()).unwrap().is_none());
}

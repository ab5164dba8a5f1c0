//! ESM-2 against reference vectors, and its invariances, on both paths.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};

use super::*;
use crate::models::tokenizer::{EOS, MASK, PAD, tokenize};

const UBIQUITIN: &str =
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";

fn golden(compute: &Compute) -> Esm2 {
    let (config, weights) = golden_files();
    Esm2::load_as(&config, &weights, compute).unwrap()
}

fn golden_files() -> (Config, WeightsFile) {
    let bytes = include_bytes!("../../../tests/golden/esm2/model.safetensors");
    let text = include_str!("../../../tests/golden/esm2/config.json");
    let config = Config::parse("config.json", text).unwrap();
    (config, WeightsFile::embedded("esm2", bytes).unwrap())
}

fn expected() -> HashMap<String, Tensor> {
    let bytes = include_bytes!("../../../tests/golden/esm2/expected.safetensors");
    candle_core::safetensors::load_buffer(bytes, &Device::Cpu).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    let tensor = tensor.to_dtype(DType::F32).unwrap();
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

fn both_paths() -> [Compute; 2] {
    [Compute::cpu(), Compute::cpu_unfused()]
}

#[test]
fn one_sequence_agrees_with_the_reference() {
    let expected = expected();
    let tokens = tokenize(UBIQUITIN);
    for compute in both_paths() {
        let model = golden(&compute);
        let logits = model.logits(&[&tokens], &()).unwrap().concat();
        assert!(difference(&logits, &numbers(&expected["single.logits"])) < 1e-4);
        let states = model.hidden_states(&[&tokens], &()).unwrap().concat();
        assert!(difference(&states, &numbers(&expected["single.last_hidden_state"])) < 1e-4);
        let maps = model.attention_maps(&tokens, &()).unwrap();
        assert!(difference(&maps, &numbers(&expected["single.attentions"])) < 1e-4);
    }
}

#[test]
fn substituted_sequences_beside_a_trace_change_as_without() {
    let model = golden(&Compute::cpu());
    let (config, weights) = golden_files();
    let unused = [UNUSED, &["lm_head"]].concat();
    let encoder = weights.load(&Compute::cpu(), &unused, |vb| {
        host::Encoder::load(&vb.pp("esm"), &config)
    });
    let encoder = encoder.unwrap();
    let tokens = tokenize(UBIQUITIN);
    let (states, trace) = encoder.encode_with_trace(&tokens, &()).unwrap();
    let mut mutants = vec![tokens.clone(); 3];
    mutants[1][20] = MASK;
    for at in [1, 30, 31, 76] {
        mutants[2][at] = if tokens[at] == 5 { 6 } else { 5 };
    }
    let mutants: Vec<&[Token]> = mutants.iter().map(Vec::as_slice).collect();
    let beside = encoder.encode_beside(&trace, &mutants, &(), |_, rows, _| rows);
    let beside = beside.unwrap().concat();
    let plain = model.hidden_states(&mutants, &()).unwrap();
    let length = |a: &[f32], b: &[f32]| {
        let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
        squares.sum::<f32>().sqrt()
    };
    for (plain, beside) in plain.iter().zip(beside.chunks(states.len())) {
        let (change, off) = (length(plain, &states), length(beside, plain));
        assert!(off <= 1e-3 * change + 1e-4, "{off} of {change}");
    }
    assert!(length(&plain[2], &states) > 1.0, "a change worth following");
}

#[test]
fn a_batch_with_masks_agrees_with_the_reference() {
    let expected = expected();
    let ids = expected["batch.input_ids"].to_vec2::<i64>().unwrap();
    let sequences: Vec<Vec<Token>> = ids
        .iter()
        .map(|row| {
            row.iter()
                .map(|&id| id as Token)
                .take_while(|&t| t != PAD)
                .collect()
        })
        .collect();
    assert!(sequences.iter().all(|s| s.last() == Some(&EOS)));
    assert!(sequences.iter().flatten().any(|&t| t == MASK));
    let slices: Vec<&[Token]> = sequences.iter().map(Vec::as_slice).collect();
    for compute in both_paths() {
        let logits = golden(&compute).logits(&slices, &()).unwrap();
        for (i, logits) in logits.iter().enumerate() {
            let row = expected["batch.logits"].get(i).unwrap();
            let row = row.narrow(0, 0, slices[i].len()).unwrap();
            assert!(difference(logits, &numbers(&row)) < 1e-4);
        }
    }
}

#[test]
fn a_sequence_does_not_feel_its_company() {
    let sequences: Vec<Vec<Token>> = ["MKV", UBIQUITIN, "GGGGGGGGSSW", "A", UBIQUITIN]
        .map(tokenize)
        .into_iter()
        .collect();
    let slices: Vec<&[Token]> = sequences.iter().map(Vec::as_slice).collect();
    for compute in both_paths() {
        let model = golden(&compute);
        let together = model.logits(&slices, &()).unwrap();
        for (slice, together) in slices.iter().zip(&together) {
            let alone = model.logits(&[slice], &()).unwrap().concat();
            assert!(difference(&alone, together) < 1e-5);
        }
    }
}

#[test]
fn asking_for_some_positions_changes_none_of_them() {
    let tokens = tokenize(UBIQUITIN);
    for compute in both_paths() {
        let model = golden(&compute);
        let all = model.logits(&[&tokens], &()).unwrap().concat();
        let queries: Vec<Query> = [vec![5], vec![0, 40, 77], vec![]]
            .into_iter()
            .map(|positions| Query {
                tokens: tokens.clone(),
                positions,
            })
            .collect();
        let some = model.log_probabilities(&queries, &()).unwrap();
        for (query, some) in queries.iter().zip(&some) {
            for (&position, row) in query.positions.iter().zip(some.chunks(VOCABULARY)) {
                let mut full = all[position * VOCABULARY..][..VOCABULARY].to_vec();
                log_softmax(&mut full);
                assert!(difference(row, &full) < 1e-5);
                assert!((row.iter().map(|v| v.exp()).sum::<f32>() - 1.0).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn batches_in_a_row_come_back_whole_and_in_order() {
    let sequences = ["MKV", UBIQUITIN, "GGGGGGGGSSW", "A", "MKVL"].map(tokenize);
    let slices: Vec<&[Token]> = sequences.iter().map(Vec::as_slice).collect();
    let compute = Compute::cpu_unfused();
    let (config, weights) = golden_files();
    let budget = Arc::new(Budget::new(&config, &compute));
    let loaded = weights.load(&compute, UNUSED, |vb| {
        let encoder = tensor::Encoder::load(&vb.pp("esm"), &budget)?;
        let words = vb.pp("esm.embeddings.word_embeddings");
        let output = words.get((VOCABULARY, config.width), "weight")?;
        let head = tensor::Head::load(&vb.pp("lm_head"), output, &config)?;
        Ok((encoder, head))
    });
    let (encoder, head) = loaded.unwrap();
    // A batch of more than `most` runs out of memory.
    let logits_of_first_rows = |most: usize| {
        let (mut ranges, mut all) = (Vec::new(), Vec::new());
        let head = |states: &Tensor, range: std::ops::Range<usize>| {
            if range.len() > most {
                candle_core::bail!("CUDA_ERROR_OUT_OF_MEMORY");
            }
            let length = states.dim(1)? as u32;
            let rows: Vec<u32> = (0..range.len() as u32).map(|i| i * length).collect();
            head.logits(states, &rows)
        };
        let then = |range, logits: Vec<f32>| {
            ranges.push(range);
            all.extend(logits);
        };
        let outcome = encoder.encode_each(&slices, None, &(), head, then);
        outcome.map(|()| (ranges, all))
    };
    let (together, reference) = logits_of_first_rows(9).unwrap();
    assert_eq!(together, std::slice::from_ref(&(0..5)));
    let (ranges, logits) = logits_of_first_rows(2).unwrap();
    assert_eq!(ranges, [0..2, 2..4, 4..5]);
    assert!(difference(&logits, &reference) < 1e-5);
    let error = logits_of_first_rows(0).unwrap_err().to_string();
    assert!(error.contains("one sequence of 78 tokens"), "{error}");
}

#[test]
fn many_short_sequences_run_in_groups() {
    let model = golden(&Compute::cpu());
    let tokens = tokenize(UBIQUITIN);
    let alone = model.logits(&[&tokens], &()).unwrap().concat();
    let many: Vec<&[Token]> = vec![&tokens; 40];
    for logits in model.logits(&many, &()).unwrap() {
        assert!(difference(&alone, &logits) < 1e-5);
    }
}

#[test]
fn a_pass_hears_that_it_is_cancelled() {
    struct Stop;
    impl Checkpoint for Stop {
        fn reached(&self, done: usize, _: usize) -> Result<(), crate::progress::Cancelled> {
            if done == 1 {
                return Err(crate::progress::Cancelled);
            }
            Ok(())
        }
    }
    for compute in both_paths() {
        let stopped = golden(&compute).logits(&[&tokenize("MKV")], &Stop);
        assert!(matches!(stopped, Err(ModelError::Cancelled(_))));
    }
}

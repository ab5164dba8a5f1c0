//! Every combination of the family's switches against `transformers`, on both paths.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};

use super::*;
use crate::models::ensemble::Ensemble;
use crate::models::tokenizer::PAD;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/esm_family");

fn golden(file: &str) -> HashMap<String, Tensor> {
    candle_core::safetensors::load(Path::new(FOLDER).join(file), &Device::Cpu).unwrap()
}

fn sequences(expected: &HashMap<String, Tensor>) -> Vec<Vec<Token>> {
    let rows: Vec<Vec<Token>> = expected["tokens"].to_vec2().unwrap();
    let of = |row: Vec<Token>| row.into_iter().take_while(|&t| t != PAD).collect();
    rows.into_iter().map(of).collect()
}

/// The network with some switches: a configuration and the tensors that go with it.
fn write(folder: &Path, key: &str) -> PathBuf {
    let has = |part: &str| key.split('.').any(|own| own == part);
    let mut tensors = golden("weights.safetensors");
    if !has("norm") {
        tensors.retain(|name, _| !name.starts_with("esm.embeddings.layer_norm."));
    }
    if has("tied") {
        tensors.remove(config::OUTPUT);
    }
    let path = folder.join("model.safetensors");
    candle_core::safetensors::save(&tensors, &path).unwrap();
    let configuration = serde_json::json!({
        "num_hidden_layers": 2, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32,
        "max_position_embeddings": 18, "vocab_size": 33, "token_dropout": has("dropout"),
        "position_embedding_type": key.split('.').next(), "emb_layer_norm_before": has("norm"),
        "tie_word_embeddings": has("tied"),
    });
    std::fs::write(folder.join("config.json"), configuration.to_string()).unwrap();
    path
}

fn furthest(logits: &[Vec<f32>], expected: &Tensor) -> f32 {
    let mut furthest = 0.0_f32;
    for (i, own) in logits.iter().enumerate() {
        let rows = expected
            .get(i)
            .unwrap()
            .narrow(0, 0, own.len() / VOCABULARY)
            .unwrap();
        let rows: Vec<f32> = rows.flatten_all().unwrap().to_vec1().unwrap();
        let far = own.iter().zip(&rows).map(|(a, b)| (a - b).abs());
        furthest = far.fold(furthest, f32::max);
    }
    furthest
}

#[test]
fn every_combination_of_switches_equals_transformers() {
    let expected = golden("expected.safetensors");
    let sequences = sequences(&expected);
    let slices: Vec<&[Token]> = sequences.iter().map(Vec::as_slice).collect();
    let mut combinations = 0;
    for (key, logits) in expected.iter().filter(|(key, _)| *key != "tokens") {
        let folder = tempfile::tempdir().unwrap();
        let weights = WeightsFile::open(&write(folder.path(), key)).unwrap();
        for compute in [Compute::cpu(), Compute::cpu_unfused()] {
            let model = Esm2::load(&weights, &compute).unwrap();
            let far = furthest(&model.logits(&slices, &()).unwrap(), logits);
            assert!(far < 1e-4, "{key}: {far}");
        }
        combinations += 1;
    }
    assert_eq!(combinations, 16);
}

#[test]
fn a_checkpoint_of_fair_esm_equals_transformers() {
    let expected = golden("expected.safetensors");
    let sequences = sequences(&expected);
    let slices: Vec<&[Token]> = sequences.iter().map(Vec::as_slice).collect();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "rotary.dropout.tied");
    std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    let file = folder.path().join("esm2_t2_tiny.pt");
    std::fs::copy(Path::new(FOLDER).join("fair_esm.pt"), &file).unwrap();
    for path in [&file, folder.path()] {
        let weights = WeightsFile::open(path).unwrap();
        let model = Esm2::load(&weights, &Compute::cpu()).unwrap();
        let far = furthest(
            &model.logits(&slices, &()).unwrap(),
            &expected["rotary.dropout.tied"],
        );
        assert!(far < 1e-4, "{far}");
    }
}

#[test]
fn there_are_no_more_positions_than_were_learned() {
    let folder = tempfile::tempdir().unwrap();
    let weights = WeightsFile::open(&write(folder.path(), "absolute.dropout.tied")).unwrap();
    for compute in [Compute::cpu(), Compute::cpu_unfused()] {
        let model = Esm2::load(&weights, &compute).unwrap();
        assert_eq!(model.longest(), 16);
        assert!(model.logits(&[&[5; 16]], &()).is_ok());
        let error = model.logits(&[&[5; 17]], &()).unwrap_err().to_string();
        assert!(error.contains("14 residues"), "{error}");
        assert!(model.hidden_states(&[&[5; 17]], &()).is_err());
    }
}

#[test]
fn a_first_norm_that_nobody_asked_for_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "rotary.norm.tied");
    let config = folder.path().join("config.json");
    let text = std::fs::read_to_string(&config).unwrap();
    let other = text.replace(
        "\"emb_layer_norm_before\":true",
        "\"emb_layer_norm_before\":false",
    );
    assert_ne!(text, other);
    std::fs::write(&config, other).unwrap();
    let weights = WeightsFile::open(&path).unwrap();
    let error = Esm2::load(&weights, &Compute::cpu()).err().unwrap();
    assert!(matches!(error, ModelError::Unread { .. }), "{error}");
}

#[test]
fn numbers_laid_over_others_are_those_that_count() {
    let folder = tempfile::tempdir().unwrap();
    let base = WeightsFile::open(&write(folder.path(), "rotary.dropout.tied")).unwrap();
    let name = "lm_head.bias";
    let bias = Tensor::arange(0_f32, 33.0, &Device::Cpu).unwrap();
    let save = |tensor: &Tensor| {
        let path = folder.path().join("over.safetensors");
        candle_core::safetensors::save(&HashMap::from([(name, tensor.clone())]), &path).unwrap();
        WeightsFile::open(&path).unwrap()
    };
    let both = save(&bias).over(&base).unwrap();
    assert_ne!(both.sha256(&()).unwrap(), base.sha256(&()).unwrap());
    let tokens: &[Token] = &[0, 5, 6, 7, 2];
    let logits = |weights: &WeightsFile| {
        let model = Esm2::load(weights, &Compute::cpu()).unwrap();
        model.logits(&[tokens], &()).unwrap().concat()
    };
    let own: Vec<f32> = golden("weights.safetensors")[name]
        .to_dtype(DType::F32)
        .unwrap()
        .to_vec1()
        .unwrap();
    let (with, without) = (logits(&both), logits(&base));
    for (i, (with, without)) in with.iter().zip(&without).enumerate() {
        let change = (i % 33) as f32 - own[i % 33];
        assert!((with - without - change).abs() < 1e-4);
    }
    let short = Tensor::zeros(5, DType::F32, &Device::Cpu).unwrap();
    let error = save(&short).over(&base).unwrap_err();
    assert!(matches!(error, ModelError::Misshaped { .. }), "{error}");
}

#[test]
fn several_models_give_the_mean_of_their_scores() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [one, other] = [0, 1].map(|i| {
        let path = write(folders[i].path(), "absolute.dropout.tied");
        WeightsFile::open(&path).unwrap()
    });
    let bias = Tensor::arange(0_f32, 33.0, &Device::Cpu).unwrap();
    let path = folders[1].path().join("over.safetensors");
    candle_core::safetensors::save(&HashMap::from([("lm_head.bias", bias)]), &path).unwrap();
    let other = WeightsFile::open(&path).unwrap().over(&other).unwrap();
    let query = [Query {
        tokens: vec![0, 5, 6, 7, 2],
        positions: vec![1, 3],
    }];
    let of = |files: &[&WeightsFile]| {
        let mut means: Vec<f32> = vec![0.0; 2 * VOCABULARY];
        for file in files {
            let model = Esm2::load(file, &Compute::cpu()).unwrap();
            let own = model.log_probabilities(&query, &()).unwrap().concat();
            means
                .iter_mut()
                .zip(own)
                .for_each(|(m, x)| *m += x / files.len() as f32);
        }
        means
    };
    let mean = of(&[&one, &other]);
    let ensemble = Ensemble::load(&[one, other], &Compute::cpu()).unwrap();
    assert_eq!((ensemble.size(), ensemble.longest()), (2, 16));
    let found = ensemble.log_probabilities(&query, &()).unwrap().concat();
    for (found, mean) in found.chunks(VOCABULARY).zip(mean.chunks(VOCABULARY)) {
        for (a, b) in found.iter().zip(mean) {
            assert!(
                (a - found[5] - (b - mean[5])).abs() < 1e-5,
                "scores are differences"
            );
        }
        assert!((found.iter().map(|x| x.exp()).sum::<f32>() - 1.0).abs() < 1e-5);
    }
}

#[test]
fn what_says_nothing_of_residues_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let tensor = Tensor::zeros(2, DType::F32, &Device::Cpu).unwrap();
    for (name, words) in [
        (
            "base_model.model.esm.encoder.layer.0.attention.self.query.lora_A.weight",
            "LoRA",
        ),
        ("classifier.dense.weight", "classifier"),
    ] {
        let path = folder.path().join("adapter_model.safetensors");
        candle_core::safetensors::save(&HashMap::from([(name, tensor.clone())]), &path).unwrap();
        let error = WeightsFile::open(&path).unwrap_err().to_string();
        assert!(
            error.contains(words) && error.contains("give the"),
            "{error}"
        );
    }
    let error = WeightsFile::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("merge it into"), "{error}");
}

//! Strictness of weights loading, on files written for the purpose.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;
use std::path::PathBuf;

use super::*;

fn write(directory: &Path, name: &str, tensors: &[(&str, Tensor)]) -> PathBuf {
    let path = directory.join(name);
    let map: HashMap<&str, Tensor> = tensors.iter().cloned().collect();
    candle_core::safetensors::save(&map, &path).unwrap();
    path
}

fn ones(shape: &[usize]) -> Tensor {
    Tensor::ones(shape, DType::F32, &Device::Cpu).unwrap()
}

fn sample(directory: &Path) -> WeightsFile {
    let tensors = [
        ("head.weight", ones(&[2, 3])),
        ("esm.contact_head.bias", ones(&[1])),
    ];
    WeightsFile::open(&write(directory, "model.safetensors", &tensors)).unwrap()
}

#[test]
fn a_model_gets_its_tensors_and_the_allow_list_covers_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let file = sample(directory.path());
    let weight = file
        .load(&Compute::cpu(), &["contact_head"], |vb| {
            vb.pp("head").get((2, 3), "weight")
        })
        .unwrap();
    assert_eq!(weight.dims(), [2, 3]);
    assert_eq!(file.shape("head.weight"), Some(vec![2, 3]));
    assert!(!file.contains("weight"));
}

#[test]
fn trouble_names_file_and_tensor() {
    let directory = tempfile::tempdir().unwrap();
    let file = sample(directory.path());
    let cpu = Compute::cpu();
    let missing = file
        .load(&cpu, &[], |vb| vb.get(3, "tail.bias"))
        .unwrap_err();
    assert!(
        matches!(&missing, ModelError::MissingTensor { tensor, file } if tensor == "tail.bias" && file.ends_with("model.safetensors"))
    );
    let misshaped = file
        .load(&cpu, &[], |vb| vb.get((3, 2), "head.weight"))
        .unwrap_err();
    assert!(
        matches!(misshaped, ModelError::Misshaped { expected, found, .. } if expected == [3, 2] && found == [2, 3])
    );
    let unread = file
        .load(&cpu, &[], |vb| vb.get((2, 3), "head.weight"))
        .unwrap_err();
    assert!(
        matches!(unread, ModelError::Unread { tensors, .. } if tensors == ["esm.contact_head.bias"])
    );
}

#[test]
fn half_precision_is_cast_to_the_number_type_of_the_computation() {
    let directory = tempfile::tempdir().unwrap();
    for (name, dtype) in [("f16", DType::F16), ("bf16", DType::BF16)] {
        let tensor = ones(&[4]).to_dtype(dtype).unwrap();
        let path = write(
            directory.path(),
            &format!("{name}.safetensors"),
            &[("w", tensor)],
        );
        let file = WeightsFile::open(&path).unwrap();
        let read = file
            .load(&Compute::cpu(), &[], |vb| vb.get(4, "w"))
            .unwrap();
        assert_eq!(read.dtype(), DType::F32);
        assert_eq!(read.to_vec1::<f32>().unwrap(), [1.0; 4]);
    }
}

#[test]
fn damaged_and_foreign_files_give_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let whole = write(
        directory.path(),
        "whole.safetensors",
        &[("w", ones(&[100]))],
    );
    let bytes = std::fs::read(whole).unwrap();
    let cases: [(&str, &[u8]); 5] = [
        (
            "cut short: tensor 'w' is not whole",
            &bytes[..bytes.len() - 7],
        ),
        ("cut short", &bytes[..40]),
        ("empty", b""),
        (
            "Git LFS pointer",
            b"version https://git-lfs.github.com/spec/v1",
        ),
        ("neither as safetensors", b"some text of another kind"),
    ];
    for (words, bytes) in cases {
        let path = directory.path().join("case.safetensors");
        std::fs::write(&path, bytes).unwrap();
        let text = WeightsFile::open(&path).unwrap_err().to_string();
        assert!(
            text.contains(words) && !text.contains('\n'),
            "{words}: {text}"
        );
    }
}

#[test]
fn a_directory_is_opened_with_all_its_shards() {
    let directory = tempfile::tempdir().unwrap();
    assert!(WeightsFile::open(directory.path()).is_err());
    write(
        directory.path(),
        "model-00002-of-00002.safetensors",
        &[("b", ones(&[2]))],
    );
    write(
        directory.path(),
        "model-00001-of-00002.safetensors",
        &[("a", ones(&[1]))],
    );
    let file = WeightsFile::open(directory.path()).unwrap();
    assert_eq!(file.tensor_names(), ["a", "b"]);
}

#[test]
fn the_hash_is_that_of_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = write(directory.path(), "w.safetensors", &[("w", ones(&[3]))]);
    let bytes: &'static [u8] = Box::leak(std::fs::read(&path).unwrap().into_boxed_slice());
    let mapped = WeightsFile::open(&path).unwrap();
    let embedded = WeightsFile::embedded("w", bytes).unwrap();
    let expected = hex(&Sha256::digest(bytes));
    assert_eq!(expected.len(), 64);
    assert_eq!(mapped.sha256(&()).unwrap(), expected);
    assert_eq!(embedded.sha256(&()).unwrap(), expected);
}

fn index(directory: &Path, entries: &[(&str, &str)]) {
    let map: std::collections::BTreeMap<_, _> = entries.iter().copied().collect();
    let text = serde_json::json!({ "weight_map": map }).to_string();
    std::fs::write(directory.join(files::INDEX), text).unwrap();
}

#[test]
fn the_index_says_which_shards_count() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    let [new_a, new_b] = [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ];
    write(folder, new_a, &[("a", ones(&[2]))]);
    write(folder, new_b, &[("b", ones(&[3]))]);
    // An older checkpoint in three shards lies beside.
    for (i, tensor) in ["a", "b", "c"].iter().enumerate() {
        let name = format!("model-{:05}-of-00003.safetensors", i + 1);
        write(folder, &name, &[(tensor, ones(&[7]))]);
    }
    let error = WeightsFile::open(folder).unwrap_err().to_string();
    assert!(error.contains("two sets"), "{error}");
    index(folder, &[("a", new_a), ("b", new_b)]);
    let file = WeightsFile::open(folder).unwrap();
    assert_eq!(file.tensor_names(), ["a", "b"]);
    assert_eq!(file.shape("a"), Some(vec![2]));
    for (entries, words) in [
        (
            &[("a", new_b), ("b", new_a)],
            "does not say that tensor 'a'",
        ),
        (&[("a", new_a), ("b", "model-9.safetensors")], "not there"),
        (&[("a", new_a), ("b", "../b.safetensors")], "no file name"),
    ] {
        index(folder, entries);
        let error = WeightsFile::open(folder).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_missing_shard_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let name = "model-00002-of-00002.safetensors";
    write(directory.path(), name, &[("b", ones(&[3]))]);
    let error = WeightsFile::open(directory.path()).unwrap_err().to_string();
    assert!(error.contains("shard 1 of 2"), "{error}");
}

#[test]
fn esm_1_without_a_configuration_is_not_taken_for_esm_2() {
    let directory = tempfile::tempdir().unwrap();
    let words = ("esm.embeddings.word_embeddings.weight", ones(&[33, 1280]));
    let learned = (
        "esm.embeddings.position_embeddings.weight",
        ones(&[4, 1280]),
    );
    let path = write(
        directory.path(),
        "esm1.safetensors",
        &[words.clone(), learned.clone()],
    );
    let shape_of =
        |path: &Path| crate::models::esm2::Config::beside(&WeightsFile::open(path).unwrap(), "esm");
    let esm1 = shape_of(&path).unwrap();
    assert!(esm1.has_learned_positions() && esm1.most_tokens() == Some(2));
    let turns = "esm.encoder.layer.0.attention.self.rotary_embeddings.inv_freq";
    let tensors = [words, learned, (turns, ones(&[32]))];
    let path = write(directory.path(), "esm2.safetensors", &tensors);
    let esm2 = shape_of(&path).unwrap();
    assert!(esm2.layers == 1 && !esm2.has_learned_positions());
}

#[test]
fn a_page_instead_of_weights_is_called_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model.safetensors");
    std::fs::write(&path, "<!DOCTYPE html><html>Log in</html>").unwrap();
    let error = WeightsFile::open(&path).unwrap_err().to_string();
    assert!(error.contains("web page"), "{error}");
}

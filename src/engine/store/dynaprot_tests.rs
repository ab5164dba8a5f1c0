//! The authors' `DynaProt` from a hub on loopback to numbers, in both forms of file.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, HashMap};

use candle_core::{Device, Tensor};

use super::testing::{Mood, Server};
use super::*;
use crate::engine::fetch::bring;
use crate::models::device::Compute;
use crate::models::dynaprot::{Convention, DynaProt, DynaProtOutput};
use crate::models::weights::testing::checkpoint;
use crate::protein::{ChainChoice, Protein, read};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/dynaprot");

fn golden(file: &str) -> PathBuf {
    Path::new(GOLDEN).join(file)
}

fn tensors(file: &str) -> HashMap<String, Tensor> {
    candle_core::safetensors::load(golden(file), &Device::Cpu).unwrap()
}

/// The joint network with the first of its pair blocks as often as that.
fn joint(blocks: usize) -> HashMap<String, Tensor> {
    let mut all = tensors("joint.safetensors");
    for (name, tensor) in tensors("joint.safetensors") {
        for i in 1..blocks {
            let other = name.replace("pair_blocks.0.", &format!("pair_blocks.{i}."));
            all.insert(other, tensor.clone());
        }
    }
    all
}

fn protein() -> Protein {
    let (structure, _) = read::read(&golden("input.pdb")).unwrap();
    structure.protein(0, &ChainChoice::First).unwrap()
}

/// A server of a repository with those files, after its card and what else it may hold.
fn serving(files: &[(&str, Vec<u8>)]) -> Server {
    let others = [
        ("README.md", b"---".to_vec()),
        ("dynaprot-M/log/a.pt", b"x".to_vec()),
    ];
    let mut all = BTreeMap::new();
    let mut listed = Vec::new();
    for (path, content) in files.iter().chain(&others) {
        listed.push(serde_json::json!({ "type": "file", "path": path, "size": content.len() }));
        let address = format!("/mihirbafna/dynaprot/resolve/main/{path}");
        all.insert(address, content.clone());
    }
    let list = serde_json::Value::Array(listed).to_string().into_bytes();
    all.insert(
        "/api/models/mihirbafna/dynaprot/tree/main?recursive=true".to_owned(),
        list,
    );
    Server::with(Mood::Empty, all)
}

fn fetched(files: &[(&str, Vec<u8>)]) -> (tempfile::TempDir, Result<PathBuf, StoreError>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().to_owned());
    let model = find("dynaprot").unwrap();
    assert!(store.locate(model).is_none());
    let path = store.fetch(model, &serving(files).hub(), &());
    if let Ok(path) = &path {
        assert_eq!(store.locate(model).unwrap().path, *path);
        let verified = store.verify(model, &()).unwrap();
        assert!(
            verified.len() == 2
                && verified
                    .iter()
                    .all(|v| v.is_right() && v.expected.is_some())
        );
    }
    (folder, path)
}

fn predicted(folder: &Path) -> DynaProtOutput {
    let model = DynaProt::load(folder, &Compute::cpu()).unwrap();
    model.predict(&protein(), &()).unwrap()
}

fn furthest(found: &[f64], wanted: &[f64]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    let pairs = found.iter().zip(wanted);
    pairs
        .map(|(x, y)| (x - y).abs() / y.abs().max(1.0))
        .fold(0.0, f64::max)
}

fn marginals(output: &DynaProtOutput) -> Vec<f64> {
    let all = output.local_marginals.iter().flatten();
    all.flat_map(|m| m.transpose().as_slice().to_vec())
        .collect()
}

fn expected(key: &str) -> Vec<f64> {
    let tensor = tensors("expected.safetensors")[key]
        .to_dtype(candle_core::DType::F64)
        .unwrap();
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Configurations that ask for the convention in which the golden values were computed.
fn consistent() -> Vec<u8> {
    br#"{"d_model": 32, "convention": "consistent"}"#.to_vec()
}

#[test]
fn safetensors_from_the_hub_give_the_golden_values() {
    let file = |name: &str| std::fs::read(golden(name)).unwrap();
    let (_keep, folder) = fetched(&[
        ("dynaprot-M/model.safetensors", file("marginal.safetensors")),
        ("dynaprot-M/old.ckpt", b"not read".to_vec()),
        ("dynaprot-M/config.json", consistent()),
        ("dynaprot-J/model.safetensors", file("joint.safetensors")),
        ("dynaprot-J/config.json", consistent()),
    ]);
    let output = predicted(&folder.unwrap());
    assert!(furthest(&marginals(&output), &expected("marginal.marginal_covars")) < 1e-4);
    let coupling = output.coupling.unwrap();
    assert!(furthest(coupling.values(), &expected("joint.joint_covar")) < 1e-4);
}

#[test]
fn checkpoints_of_lightning_give_the_same_with_three_pair_blocks() {
    let marginal = tensors("marginal.safetensors");
    let (_keep, folder) = fetched(&[
        (
            "dynaprot-M/best.ckpt",
            checkpoint(&marginal, Some("state_dict"), "model."),
        ),
        (
            "dynaprot-J/dynaprot_joint.ckpt",
            checkpoint(&joint(3), Some("state_dict"), "model."),
        ),
    ]);
    let folder = folder.unwrap();
    let output = predicted(&folder);
    let model = DynaProt::load(&folder, &Compute::cpu()).unwrap();
    assert_eq!(model.convention(), Convention::Published);
    // The same as safetensors, by the configuration that says three.
    let plain = tempfile::tempdir().unwrap();
    let config = |name: &str, more: &str| {
        let text = std::fs::read_to_string(golden(name)).unwrap();
        let mut config: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).unwrap();
        config.extend(serde_json::from_str::<serde_json::Map<_, _>>(more).unwrap());
        let text = serde_json::Value::Object(config).to_string();
        std::fs::write(plain.path().join(name), text).unwrap();
    };
    config("marginal.config.json", r#"{"convention": "published"}"#);
    config(
        "joint.config.json",
        r#"{"convention": "published", "pair_blocks": 3}"#,
    );
    std::fs::copy(
        golden("marginal.safetensors"),
        plain.path().join("marginal.safetensors"),
    )
    .unwrap();
    candle_core::safetensors::save(&joint(3), plain.path().join("joint.safetensors")).unwrap();
    let own = predicted(plain.path());
    assert_eq!(output, own);
    let golden = expected("marginal.marginal_covars");
    assert!(
        furthest(&marginals(&output), &golden) > 1e-3,
        "of another convention"
    );
}

#[test]
fn what_the_hub_does_not_hold_and_what_contradicts_is_said() {
    let marginal = std::fs::read(golden("marginal.safetensors")).unwrap();
    let joint = std::fs::read(golden("joint.safetensors")).unwrap();
    for (files, words) in [
        (
            vec![("dynaprot-M/a.safetensors", marginal.clone())],
            "folder dynaprot-J, which holds none",
        ),
        (
            vec![
                ("dynaprot-M/a.pt", marginal.clone()),
                ("dynaprot-M/b.pt", marginal.clone()),
            ],
            "which holds a.pt, b.pt",
        ),
        (
            vec![
                ("dynaprot-M/a.safetensors", marginal.clone()),
                ("dynaprot-J/a.safetensors", joint.clone()),
                ("dynaprot-J/config.json", br#"{"pair_blocks": 3}"#.to_vec()),
            ],
            "pair_blocks is 3, but the tensors say 1",
        ),
        (
            vec![
                ("dynaprot-M/a.safetensors", joint.clone()),
                ("dynaprot-J/a.safetensors", marginal.clone()),
            ],
            "pair_blocks.0",
        ),
    ] {
        let (_keep, outcome) = fetched(&files);
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
}

/// The authors' convention is not invariant, and that is why it is said.
#[test]
fn the_published_convention_depends_on_how_the_molecule_lies() {
    let folder = tempfile::tempdir().unwrap();
    let save = |name: &str, convention: &str| {
        let folder = folder.path().join(convention).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let config = format!(r#"{{"convention": "{convention}"}}"#);
        std::fs::write(folder.join("config.json"), config).unwrap();
        std::fs::copy(
            golden("marginal.safetensors"),
            folder.join("model.safetensors"),
        )
        .unwrap();
    };
    save("dynaprot-M", "published");
    save("dynaprot-M", "consistent");
    let mut turned = protein();
    let turn = nalgebra::Rotation3::from_euler_angles(0.3, 1.1, -0.7);
    for atom in turned.residues.iter_mut().flat_map(|r| &mut r.atoms) {
        atom.position = turn * atom.position;
    }
    for (convention, changes) in [("published", true), ("consistent", false)] {
        let model = DynaProt::load(&folder.path().join(convention), &Compute::cpu()).unwrap();
        let [a, b] =
            [protein(), turned.clone()].map(|p| marginals(&model.predict(&p, &()).unwrap()));
        let far = furthest(&a, &b);
        assert_eq!(far > 1e-3, changes, "{convention}: {far:.1e}");
    }
}

#[test]
fn what_is_brought_from_the_screen_is_said_and_not_brought_again() {
    let file = |name: &str| std::fs::read(golden(name)).unwrap();
    let server = serving(&[
        ("dynaprot-M/model.safetensors", file("marginal.safetensors")),
        ("dynaprot-J/model.safetensors", file("joint.safetensors")),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().to_owned());
    let model = find("dynaprot").unwrap();
    for _ in 0..2 {
        let said = bring(model, &store, &server.hub(), &Compute::cpu(), &());
        assert_eq!(said.unwrap(), "dynaprot is here");
    }
    // The list and two files, once.
    assert_eq!(server.requests().len(), 3);
}

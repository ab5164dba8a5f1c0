//! Parity with the reference where it is at hand, invariance, and that no site sees its own type.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::{DType, Device};
use candle_nn::{VarBuilder, VarMap};

use super::graph::Backbone;
use super::*;
use crate::numeric::Vec3;

/// The folder of the reference's weights and outputs, where the tester has it.
pub(crate) fn reference() -> Option<PathBuf> {
    let folder = std::env::var_os("DYNASCOPE_REFERENCE").map(PathBuf::from);
    if folder.is_none() {
        writeln!(std::io::stderr(), "skipped: DYNASCOPE_REFERENCE is not set").unwrap();
    }
    folder
}

use std::io::Write as _;

type Tensors = HashMap<String, Tensor>;

impl ResidueModel {
    /// The log-probabilities of plain backbones and residue types (0 to 20) of one chain.
    fn log_probabilities_of(
        &self,
        backbone: &[Option<Backbone>],
        residue: &[u8],
    ) -> Result<Matrix, ModelError> {
        let graph = ResidueGraph::new(backbone, residue, self.config.neighbours);
        self.named(backbone.len(), &graph, &())
    }
}

pub(crate) fn numbers(tensors: &Tensors, name: &str) -> Vec<f32> {
    let tensor = &tensors[name];
    tensor
        .flatten_all()
        .unwrap()
        .to_dtype(DType::F32)
        .unwrap()
        .to_vec1()
        .unwrap()
}

pub(crate) fn largest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

/// The backbones of an expected chain and the types of all its residues.
pub(crate) fn chain(tensors: &Tensors, name: &str) -> (Vec<Option<Backbone>>, Vec<u8>) {
    let atoms = numbers(tensors, &format!("{name}/backbone"));
    let at = |v: &[f32]| Vec3::new(f64::from(v[0]), f64::from(v[1]), f64::from(v[2]));
    let backbone: Vec<Option<Backbone>> = atoms
        .chunks(12)
        .map(|r| {
            let complete = r.iter().all(|x| x.is_finite());
            complete.then(|| [at(r), at(&r[3..]), at(&r[6..]), at(&r[9..])])
        })
        .collect();
    let mut residue = vec![graph::UNKNOWN; backbone.len()];
    let kept = numbers(tensors, &format!("{name}/kept"));
    let types = numbers(tensors, &format!("{name}/residue"));
    for (i, t) in kept.iter().zip(types) {
        residue[*i as usize] = t as u8;
    }
    (backbone, residue)
}

fn flat(matrix: &Matrix, kept: &[usize]) -> Vec<f32> {
    kept.iter()
        .flat_map(|&i| matrix.row(i).iter().map(|&x| x as f32).collect::<Vec<_>>())
        .collect()
}

#[test]
fn features_and_probabilities_are_the_references() {
    let Some(folder) = reference() else { return };
    let file = WeightsFile::open(&folder.join("residue_trunk.f16.safetensors")).unwrap();
    let model = ResidueModel::load(&file, &Compute::cpu()).unwrap();
    let expected = folder.join("stability_expected.safetensors");
    let expected = candle_core::safetensors::load(expected, &Device::Cpu).unwrap();
    for name in [
        "2ysc_A_8-39",
        "2hbb_A_1-48",
        "1v1c_A_2-66",
        "broken",
        "padded",
    ] {
        let (backbone, residue) = chain(&expected, name);
        let graph = ResidueGraph::new(&backbone, &residue, 24);
        let of = |what: &str| numbers(&expected, &format!("{name}/{what}"));
        let arrays = Arrays::new(&[(&graph, &graph.backbone)], Packing::Joined);
        let batch = arrays.tensors(false, &Device::Cpu).unwrap();
        let node: Vec<f32> = batch.node.flatten_all().unwrap().to_vec1().unwrap();
        let edge = radial::expand(&batch.edge).unwrap();
        let edge: Vec<f32> = edge.flatten_all().unwrap().to_vec1().unwrap();
        let mask: Vec<f32> = batch.mask.flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(mask, of("mask"), "{name}");
        let relative: Vec<f32> = graph
            .relative_positions()
            .iter()
            .map(|&x| x as f32)
            .collect();
        assert_eq!(relative, of("relative_position"), "{name}");
        let differences = [
            largest(&node, &of("node")),
            largest(&edge, &of("edge")),
            largest(
                &flat(
                    &model.log_probabilities_of(&backbone, &residue).unwrap(),
                    &graph.kept,
                ),
                &of("trunk_log_probability"),
            ),
            largest(
                &flat(
                    &model
                        .log_probabilities_of(&backbone, &vec![graph::UNKNOWN; residue.len()])
                        .unwrap(),
                    &graph.kept,
                ),
                &of("trunk_log_probability_hidden"),
            ),
        ];
        writeln!(
            std::io::stderr(),
            "{name}: node, edge, log p, hidden {differences:?}"
        )
        .unwrap();
        assert!(differences[0] < 1e-4 && differences[1] < 1e-4, "{name}");
        assert!(differences[2] < 1e-3 && differences[3] < 1e-3, "{name}");
    }
}

/// A small network with random weights.
fn untrained() -> ResidueModel {
    let config = Config {
        width: 16,
        edge_width: 8,
        edge_hidden: 16,
        encoder: 2,
        decoder: 2,
        neighbours: 10,
        dropout: 0.0,
        ..Config::default()
    };
    let map = VarMap::new();
    let vb = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    ResidueModel {
        weights: "test".to_owned(),
        trunk: Trunk::new(&config, &vb).unwrap(),
        config,
        compute: Compute::cpu(),
    }
}

/// A helix of alternating types with a few irregularities.
fn helix(n: usize) -> (Vec<Option<Backbone>>, Vec<u8>) {
    let at = |radius: f64, angle: f64, z: f64| {
        let a = angle.to_radians();
        Vec3::new(radius * a.cos(), radius * a.sin(), z)
    };
    let residue = |i: usize| {
        let (turn, z) = (100.0 * i as f64, 1.5 * i as f64);
        let wobble = 0.2 * (i as f64 * 1.7).sin();
        Some([
            at(1.5, turn - 28.0, z - 0.9 + wobble),
            at(2.3, turn, z),
            at(1.7, turn + 26.0, z + 1.1),
            at(2.0 + wobble, turn + 22.0, z + 2.3),
        ])
    };
    let types = (0..n).map(|i| (i * 7 % 20) as u8).collect();
    ((0..n).map(residue).collect(), types)
}

#[test]
fn no_site_sees_its_own_type() {
    let model = untrained();
    let (backbone, mut residue) = helix(30);
    for n in [1, 2, 30] {
        let before = model
            .log_probabilities_of(&backbone[..n], &residue[..n])
            .unwrap();
        for i in [0, n / 2, n - 1] {
            let own = residue[i];
            residue[i] = (own + 5) % 20;
            let after = model
                .log_probabilities_of(&backbone[..n], &residue[..n])
                .unwrap();
            assert_eq!(before.row(i), after.row(i), "residue {i} of {n}");
            if n > 2 {
                let other = if i == 0 { 1 } else { i - 1 };
                assert_ne!(before.row(other), after.row(other));
            }
            residue[i] = own;
        }
    }
}

#[test]
fn turning_and_shifting_changes_nothing() {
    let model = untrained();
    let (backbone, residue) = helix(40);
    let turn = nalgebra::Rotation3::from_euler_angles(0.4, -1.1, 2.0);
    let moved: Vec<_> = backbone
        .iter()
        .map(|r| r.map(|atoms| atoms.map(|a| turn * a + Vec3::new(30.0, -8.0, 55.0))))
        .collect();
    let [a, b] = [&backbone, &moved].map(|x| model.log_probabilities_of(x, &residue).unwrap());
    let far = a
        .values()
        .iter()
        .zip(b.values())
        .map(|(a, b)| (a - b).abs());
    assert!(far.fold(0.0, f64::max) < 1e-4);
}

#[test]
fn chains_in_one_batch_do_not_see_each_other_however_packed() {
    let model = untrained();
    let (backbone, residue) = helix(36);
    let graphs = [30, 36, 7].map(|n| ResidueGraph::new(&backbone[..n], &residue[..n], 10));
    let alone = graphs
        .iter()
        .map(|g| {
            infer(&model.trunk, g, &model.compute, &Pass::inference())
                .unwrap()
                .logits
        })
        .collect::<Vec<_>>();
    let pairs = graphs.each_ref().map(|g| (g, g.backbone.as_slice()));
    for packing in [Packing::Joined, Packing::Padded(48)] {
        let arrays = Arrays::new(&pairs, packing);
        let batch = arrays.tensors(true, &Device::Cpu).unwrap();
        let seen = types(&arrays.residue, &Device::Cpu).unwrap();
        let output = model
            .trunk
            .forward(&batch, &seen, &Pass::inference())
            .unwrap();
        for ((start, graph), alone) in arrays.starts.iter().zip(&graphs).zip(&alone) {
            let own = output.logits.narrow(0, *start, graph.len()).unwrap();
            let far = (own - alone).unwrap().abs().unwrap().max_all().unwrap();
            assert!(far.to_scalar::<f32>().unwrap() < 1e-4, "{packing:?}");
        }
    }
}

#[test]
fn missing_atoms_give_empty_rows_and_a_lone_residue_an_answer() {
    let model = untrained();
    let (mut backbone, residue) = helix(12);
    backbone[4] = None;
    let rows = model.log_probabilities_of(&backbone, &residue).unwrap();
    assert!(rows.row(4).iter().all(|x| x.is_nan()));
    let total: f64 = rows.row(5).iter().map(|x| x.exp()).sum();
    assert!((total - 1.0).abs() < 1e-5);
    let lone = model
        .log_probabilities_of(&backbone[..1], &residue[..1])
        .unwrap();
    assert!(lone.values().iter().all(|x| x.is_finite()));
    assert!(
        model
            .log_probabilities_of(&[None], &[3])
            .unwrap()
            .values()
            .iter()
            .all(|x| x.is_nan())
    );
}

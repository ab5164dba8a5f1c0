//! Parity with reference features and outputs where they are installed; invariance and edge cases always.

#[cfg(test)]
use safetensors::{Dtype, SafeTensors};

use super::local::{Backbone, neighbours};
use super::*;
use crate::models::device::Compute;
use crate::models::motion::MotionModel;
use crate::models::weights::WeightsFile;
use crate::numeric::Vec3;

fn numbers(tensors: &SafeTensors<'_>, key: &str) -> Vec<f32> {
    let view = tensors.tensor(key).unwrap();
    let words = view
        .data()
        .chunks_exact(4)
        .map(|b| [b[0], b[1], b[2], b[3]]);
    match view.dtype() {
        Dtype::I32 => words.map(|b| i32::from_le_bytes(b) as f32).collect(),
        _ => words.map(f32::from_le_bytes).collect(),
    }
}

fn backbone_of(tensors: &SafeTensors<'_>, chain: &str) -> Backbone {
    let xyz = numbers(tensors, &format!("{chain}/backbone"));
    let atom = |a: usize| -> Vec<Vec3> {
        xyz.chunks_exact(12)
            .map(|r| Vec3::new(r[3 * a].into(), r[3 * a + 1].into(), r[3 * a + 2].into()))
            .collect()
    };
    let residue = numbers(tensors, &format!("{chain}/sequence"));
    Backbone {
        n: atom(0),
        ca: atom(1),
        c: atom(2),
        chain: vec![0; residue.len()],
        residue: residue.iter().map(|&x| x as u32).collect(),
    }
}

fn largest_difference(a: impl IntoIterator<Item = f32>, b: impl IntoIterator<Item = f32>) -> f32 {
    a.into_iter()
        .zip(b)
        .map(|(x, y)| (x - y).abs())
        .fold(0.0, f32::max)
}

fn features_of(backbone: &Backbone) -> MotionInput {
    let (nearest, _) = neighbours(&backbone.ca, &()).unwrap();
    let elastic = Elastic::solve(&backbone.ca, &nearest, &()).unwrap();
    backbone.features(&elastic, &nearest, &()).unwrap()
}

/// A helix with a kink: enough geometry to exercise everything.
fn helix(residues: usize) -> Backbone {
    let point = |i: usize, radius: f64, turn: f64, rise: f64| {
        let t = i as f64 * 1.745 + turn;
        let bend = if i > 12 { 0.4 * (i - 12) as f64 } else { 0.0 };
        Vec3::new(
            radius * t.cos() + bend,
            radius * t.sin(),
            1.5 * i as f64 + rise,
        )
    };
    Backbone {
        n: (0..residues).map(|i| point(i, 1.55, -0.47, -0.9)).collect(),
        ca: (0..residues).map(|i| point(i, 2.3, 0.0, 0.0)).collect(),
        c: (0..residues).map(|i| point(i, 1.65, 0.46, 1.1)).collect(),
        residue: (0..residues as u32).map(|i| i % 21).collect(),
        chain: vec![0; residues],
    }
}

#[test]
fn equals_the_reference_where_it_is_installed() {
    let Ok(folder) = std::env::var("DYNASCOPE_REFERENCE") else {
        println!("skipped: DYNASCOPE_REFERENCE does not name a folder");
        return;
    };
    let folder = std::path::Path::new(&folder);
    let bytes = std::fs::read(folder.join("motion_expected.safetensors")).unwrap();
    let expected = SafeTensors::deserialize(&bytes).unwrap();
    let file = WeightsFile::open(&folder.join("motion.safetensors")).unwrap();
    let model = MotionModel::load(&file, &Compute::cpu()).unwrap();
    for chain in ["1a91_A", "1aq5_A", "1brf_A", "1cm2_A"] {
        let backbone = backbone_of(&expected, chain);
        let mut input = features_of(&backbone);
        let want = |key: &str| numbers(&expected, &format!("{chain}/{key}"));
        let node = want("node");
        let width = node.len() / input.residues;
        let plain = node.chunks_exact(width).flat_map(|r| r[..76].to_vec());
        let d_node = largest_difference(input.node.iter().copied(), plain);
        let d_edge = largest_difference(input.edge.iter().copied(), want("edge"));
        let d_prior = largest_difference(
            input.shape_prior.as_flattened().iter().copied(),
            want("shape_prior"),
        );
        assert_eq!(
            input
                .neighbours
                .iter()
                .map(|&x| x as f32)
                .collect::<Vec<_>>(),
            want("neighbours")
        );
        input.trunk = node
            .chunks_exact(width)
            .flat_map(|r| r[76..].to_vec())
            .collect();
        let output = model.predict(&input, &()).unwrap();
        let amplitude = (0..input.residues)
            .flat_map(|i| [output.amplitude[0][i] as f32, output.amplitude[1][i] as f32]);
        let shape = (0..input.residues)
            .flat_map(|i| [output.shape[0][i], output.shape[1][i]])
            .flatten()
            .map(|x| x as f32);
        let d_amplitude = largest_difference(amplitude, want("amplitude"));
        let d_shape = largest_difference(shape, want("shape"));
        println!(
            "{chain}: node {d_node:.1e} edge {d_edge:.1e} prior {d_prior:.1e} amplitude {d_amplitude:.1e} shape {d_shape:.1e}"
        );
        assert!(d_node < 1e-4 && d_edge < 1e-4 && d_prior < 1e-4, "{chain}");
        assert!(d_amplitude < 1e-3 && d_shape < 1e-3, "{chain}");
    }
}

#[test]
fn features_do_not_change_when_the_molecule_turns() {
    let backbone = helix(40);
    let turn = nalgebra::Rotation3::from_euler_angles(0.7, -1.1, 2.3);
    let moved = |x: &Vec<Vec3>| {
        x.iter()
            .map(|x| turn * x + Vec3::new(30.0, -20.0, 55.0))
            .collect()
    };
    let turned = Backbone {
        n: moved(&backbone.n),
        ca: moved(&backbone.ca),
        c: moved(&backbone.c),
        residue: backbone.residue.clone(),
        chain: backbone.chain.clone(),
    };
    let (a, b) = (features_of(&backbone), features_of(&turned));
    assert_eq!(a.neighbours.len(), b.neighbours.len());
    assert!(largest_difference(a.node, b.node) < 1e-4);
    assert!(
        largest_difference(
            a.shape_prior.into_flattened(),
            b.shape_prior.into_flattened()
        ) < 1e-4
    );
}

#[test]
fn every_length_has_finite_features() {
    for residues in [1, 2, 3, 29, 31] {
        let input = features_of(&helix(residues));
        assert_eq!(input.node.len(), residues * 76);
        assert_eq!(input.edge.len(), residues * residues.min(30) * 49);
        assert!(
            input.node.iter().chain(&input.edge).all(|x| x.is_finite()),
            "{residues}"
        );
    }
}

#[test]
fn an_answer_becomes_a_covariance_of_that_size_and_shape() {
    let covariance = covariance(0.5, &[0.3, -0.1, -0.2, 0.1, 0.0, 0.2]);
    assert!((covariance.trace() / 3.0 - 0.5_f64.exp()).abs() < 1e-12);
    let (amplitude, shape) = elastic::amplitude_and_shape(&covariance);
    assert!((amplitude - 0.5).abs() < 1e-9);
    assert!((shape[(0, 0)] - 0.3).abs() < 1e-9 && (shape[(1, 2)] - 0.2).abs() < 1e-9);
}

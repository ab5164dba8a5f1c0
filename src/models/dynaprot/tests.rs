//! Parity with the authors' code, invariance, gaps, one residue, limits, pads, gradients.

use candle_core::{DType, Device};
use candle_nn::{VarBuilder, VarMap};

use super::*;
use crate::numeric::Vec3;
use crate::protein::{AminoAcid, Atom, BColumn, Residue, ResidueId};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/dynaprot");

fn expected(key: &str) -> Vec<f64> {
    let path = Path::new(FOLDER).join("expected.safetensors");
    let tensors = candle_core::safetensors::load(path, &Device::Cpu).unwrap();
    let tensor = tensors[key].to_dtype(DType::F64).unwrap();
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn protein() -> Protein {
    let (xyz, types) = (expected("backbone"), expected("aatype"));
    let residue = |((xyz, kind), number): ((&[f64], f64), i32)| Residue {
        id: ResidueId {
            chain: "I".into(),
            number,
            insertion_code: None,
        },
        name: String::new(),
        amino_acid: LETTERS
            .chars()
            .nth(kind as usize)
            .and_then(AminoAcid::from_letter),
        atoms: ["N", "CA", "C"]
            .iter()
            .zip(xyz.chunks_exact(3))
            .map(|(name, x)| Atom {
                name: (*name).into(),
                element: name[..1].into(),
                position: Vec3::new(x[0], x[1], x[2]),
                b_factor: 0.0,
                occupancy: 1.0,
                anisou: None,
            })
            .collect(),
    };
    Protein {
        name: "3tvj".into(),
        model: 1,
        residues: xyz
            .chunks_exact(9)
            .zip(types)
            .zip(1..)
            .map(residue)
            .collect(),
        b_column: BColumn::Absent,
        seqres: [].into(),
        context: std::sync::Arc::default(),
    }
}

fn loaded() -> DynaProt {
    DynaProt::load(Path::new(FOLDER), &Compute::cpu()).unwrap()
}

/// Marginals row after row, and the coupling.
fn numbers(output: &DynaProtOutput) -> (Vec<f64>, Vec<f64>) {
    let marginals = output.local_marginals.iter().flatten();
    (
        marginals
            .flat_map(|m| m.transpose().as_slice().to_vec())
            .collect(),
        output.coupling.as_ref().unwrap().values().to_vec(),
    )
}

#[test]
fn equals_the_authors_code() {
    let (marginals, coupling) = numbers(&loaded().predict(&protein(), &()).unwrap());
    for (found, key) in [
        (marginals, "marginal.marginal_covars"),
        (coupling, "joint.joint_covar"),
    ] {
        let wanted = expected(key);
        assert_eq!(found.len(), wanted.len());
        let far = found
            .iter()
            .zip(&wanted)
            .map(|(x, y)| (x - y).abs() / y.abs().max(1.0))
            .fold(0.0, f64::max);
        assert!(far < 1e-4, "{key} {far:.1e}");
    }
}

#[test]
fn does_not_change_when_the_molecule_moves() {
    let model = loaded();
    let (a, b) = numbers(&model.predict(&protein(), &()).unwrap());
    for (angle, shift) in [(0.3, 5.0), (2.1, -400.0), (-1.2, 3000.0)] {
        let turn = nalgebra::Rotation3::from_euler_angles(angle, 1.3 * angle, -0.7);
        let mut moved = protein();
        for atom in moved.residues.iter_mut().flat_map(|r| &mut r.atoms) {
            atom.position = turn * atom.position + Vec3::new(shift, -shift, 0.5 * shift);
        }
        let (c, d) = numbers(&model.predict(&moved, &()).unwrap());
        for (before, after) in [(&a, &c), (&b, &d)] {
            let scale = before.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            let pairs = before.iter().zip(after);
            let far = pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max) / scale;
            assert!(far < 1e-4, "{far:.1e}");
        }
    }
}

#[test]
fn residues_without_a_frame_are_left_out_and_one_residue_is_enough() {
    let model = loaded();
    let mut gapped = protein();
    gapped.residues[5].atoms.remove(2);
    let output = model.predict(&gapped, &()).unwrap();
    assert!(output.local_marginals[5].is_none() && output.local_marginals[4].is_some());
    let coupling = output.coupling.unwrap();
    assert!(coupling[(5, 0)].is_nan() && coupling[(4, 6)].is_finite());
    gapped.residues.drain(1..);
    let single = model.predict(&gapped, &()).unwrap();
    assert!(single.local_marginals[0].unwrap().trace() > 0.0);
    gapped.residues[0].atoms.clear();
    assert!(matches!(
        model.predict(&gapped, &()),
        Err(ModelError::UnsupportedInput { .. })
    ));
}

#[test]
fn too_many_residues_for_the_coupling_are_refused() {
    let mut large = protein();
    large.residues = vec![large.residues[0].clone(); LARGEST_JOINT + 1];
    let error = loaded().predict(&large, &()).unwrap_err().to_string();
    assert!(error.contains("1501 residues"), "{error}");
}

#[test]
fn marginals_are_positive_and_the_coupling_is_symmetric() {
    let output = loaded().predict(&protein(), &()).unwrap();
    for m in output.local_marginals.iter().flatten() {
        assert!(m.symmetric_eigen().eigenvalues.min() > -1e-6);
    }
    let c = output.coupling.unwrap();
    for i in 0..c.rows() {
        assert!((c[(i, 0)] - c[(0, i)]).abs() < 1e-5 && c[(i, i)] > 0.0);
    }
}

/// Small networks with the switches that the published ones have not.
fn small() -> Config {
    Config {
        num_ipa_blocks: 2,
        d_model: 16,
        readout_hidden_dim: 8,
        readout_layers: 2,
        pair_blocks: 1,
        pair_divisor: 2,
        pair_heads: 2,
        pair_dim_head: 4,
        residual: true,
        norm: true,
        pair_distances: true,
        ..Config::default()
    }
}

/// The first residues of the protein, padded.
fn frames(residues: usize, pads: usize) -> Frames {
    let some: Vec<Frame> = protein().frames().into_iter().flatten().collect();
    let (mut rotation, mut translation) = flat_frames(&some[..residues]);
    let n = residues + pads;
    rotation.resize(9 * n, 0.1);
    translation.resize(3 * n, 0.1);
    let mask: Vec<f32> = (0..n)
        .map(|i| if i < residues { 0.0 } else { -1e9 })
        .collect();
    Frames {
        rotation: Tensor::from_vec(rotation, (1, n, 3, 3), &Device::Cpu).unwrap(),
        translation: Tensor::from_vec(translation, (1, n, 3), &Device::Cpu).unwrap(),
        mask: Some(Tensor::from_vec(mask, (1, 1, 1, n), &Device::Cpu).unwrap()),
    }
}

#[test]
fn pads_change_nothing() {
    let map = VarMap::new();
    let vb = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let network = Marginal::new(&small(), &vb).unwrap();
    let answer = |pads: usize| -> Vec<f32> {
        let residue = Tensor::ones((1, 20 + pads), DType::U32, &Device::Cpu).unwrap();
        let out = network
            .forward(&residue, &frames(20, pads), &Pass::inference(), &())
            .unwrap();
        out.narrow(1, 0, 20)
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap()
    };
    let pairs = answer(0).into_iter().zip(answer(7));
    let far = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(far < 1e-5, "{far}");
}

#[test]
fn every_weight_of_both_networks_has_a_gradient() {
    let residue = Tensor::arange(0u32, 12, &Device::Cpu)
        .unwrap()
        .unsqueeze(0)
        .unwrap();
    let map = VarMap::new();
    let vb = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let marginal = Marginal::new(&small(), &vb.pp("marginal")).unwrap();
    let joint = Joint::new(&small(), &vb.pp("joint")).unwrap();
    let (frames, pass) = (frames(12, 0), Pass::inference());
    let a = marginal.forward(&residue, &frames, &pass, &()).unwrap();
    let b = joint.forward(&residue, &frames, &pass, &()).unwrap();
    let square = |x: Tensor| x.sqr().unwrap().sum_all().unwrap();
    let gradients = (square(a) + square(b)).unwrap().backward().unwrap();
    for (name, var) in map.data().lock().unwrap().iter() {
        assert!(gradients.get(var.as_tensor()).is_some(), "{name}");
    }
}

#[test]
fn the_size_of_the_blocks_changes_nothing() {
    let map = VarMap::new();
    let vb = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let trained = Joint::new(&small(), &vb).unwrap();
    drop(trained);
    let weights: std::collections::HashMap<String, Tensor> = map
        .data()
        .lock()
        .unwrap()
        .iter()
        .map(|(name, var)| (name.clone(), var.as_detached_tensor()))
        .collect();
    let vb = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
    let network = Joint::new(&small(), &vb).unwrap();
    let residue = Tensor::ones((1, 20), DType::U32, &Device::Cpu).unwrap();
    let answer = |bytes| -> Vec<f32> {
        let pass = Pass::inference().in_blocks(bytes);
        let out = network.forward(&residue, &frames(20, 0), &pass, &());
        out.unwrap().flatten_all().unwrap().to_vec1().unwrap()
    };
    let whole = answer(1 << 30);
    for bytes in [1, 10_000, 100_000] {
        let pairs = answer(bytes).into_iter().zip(&whole);
        let far = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(far < 1e-5, "{bytes}: {far}");
    }
}

/// Both networks in the published sizes, with random weights; the marginal one in f32 beside f64.
#[test]
fn published_sizes_have_the_published_numbers_of_parameters_and_keep_their_digits() {
    let config = Config {
        pair_blocks: 3,
        ..Config::default()
    };
    let of_marginal = Config {
        use_sinusoidal_pos_emb: true,
        ..config.clone()
    };
    let map = VarMap::new();
    let vb = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    Marginal::new(&of_marginal, &vb.pp("m")).unwrap();
    Joint::new(&config, &vb.pp("j")).unwrap();
    let all = map.data().lock().unwrap();
    let count = |start: &str| -> usize {
        let own = all.iter().filter(|(name, _)| name.starts_with(start));
        own.map(|(_, var)| var.elem_count()).sum()
    };
    assert_eq!((count("m."), count("j.")), (954_822, 1_902_145));
    let weights: std::collections::HashMap<String, Tensor> = all
        .iter()
        .map(|(name, var)| (name.clone(), var.as_detached_tensor()))
        .collect();
    let residue = Tensor::arange(0u32, 20, &Device::Cpu)
        .unwrap()
        .unsqueeze(0)
        .unwrap();
    let [single, double] = [DType::F32, DType::F64].map(|dtype| -> Vec<f64> {
        let vb = VarBuilder::from_tensors(weights.clone(), dtype, &Device::Cpu);
        let mut frames = frames(20, 0);
        frames.rotation = frames.rotation.to_dtype(dtype).unwrap();
        frames.translation = frames.translation.to_dtype(dtype).unwrap();
        frames.mask = None;
        let marginal = Marginal::new(&of_marginal, &vb.pp("m")).unwrap();
        let found = marginal.forward(&residue, &frames, &Pass::inference(), &());
        let found = found.unwrap().to_dtype(DType::F64).unwrap();
        found.flatten_all().unwrap().to_vec1().unwrap()
    });
    let largest = double.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let pairs = single.iter().zip(&double);
    let far = pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max) / largest;
    assert!(far < 1e-5, "{far:.1e} of the largest value");
}

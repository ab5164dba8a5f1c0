//! Parity with the reference where it is at hand, and what the map holds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::io::Write as _;

use candle_core::Device;
use candle_nn::{VarBuilder, VarMap};

use super::*;
use crate::models::residue::tests::{largest, numbers, reference};
use crate::protein::{chains::ChainChoice, read::read};

fn flat(matrix: &Matrix) -> Vec<f32> {
    matrix.values().iter().map(|&x| x as f32).collect()
}

#[test]
fn features_and_maps_are_the_references() {
    let Some(folder) = reference() else { return };
    let file = WeightsFile::open(&folder.join("stability.safetensors")).unwrap();
    let model = StabilityModel::load(&file, &Compute::cpu()).unwrap();
    let partners: Vec<_> = (0..3)
        .map(|i| {
            let path = folder.join(format!("stability_mlp_{i}.safetensors"));
            let file = WeightsFile::open(&path).unwrap();
            file.load(&Compute::cpu(), &[], |vb| {
                Ok((Perceptron::new(&vb)?, Standard::load(&vb)?))
            })
            .unwrap()
        })
        .collect();
    let expected = folder.join("stability_expected.safetensors");
    let expected = candle_core::safetensors::load(expected, &Device::Cpu).unwrap();
    let mut both = StabilityModel::load(&file, &Compute::cpu()).unwrap();
    both.perceptrons = partners;
    for name in ["2ysc_A_8-39", "2hbb_A_1-48", "1v1c_A_2-66"] {
        let path = folder.join(format!("../data/stability/pdb/{name}.pdb"));
        let (structure, _) = read(&path).unwrap();
        let protein = structure.protein(0, &ChainChoice::First).unwrap();
        let of = |what: &str| numbers(&expected, &format!("{name}/{what}"));
        let mut site = Site::new(&protein, 24, &()).unwrap();
        let upright = vec![nalgebra::Matrix3::identity(); protein.len()];
        site.side_chains = Some(side_chains::features_on(&protein, &upright, &()).unwrap());
        let inputs: Vec<f32> = site
            .substitutions()
            .chunks(20)
            .flat_map(|of_site| of_site[0])
            .collect();
        let differences = [
            largest(
                site.side_chains.as_ref().unwrap().as_flattened(),
                &of("side_chain"),
            ),
            largest(&inputs, &of("mlp_features")),
            largest(
                &flat(
                    &model
                        .ddg_of(&site, protein.len(), NETWORK_SHARE, &())
                        .unwrap(),
                ),
                &of("ddg"),
            ),
            largest(
                &flat(
                    &both
                        .ddg_of(&site, protein.len(), NETWORK_SHARE, &())
                        .unwrap(),
                ),
                &of("both_ddg"),
            ),
        ];
        writeln!(
            std::io::stderr(),
            "{name}: side chain, inputs, ddg, both {differences:?}"
        )
        .unwrap();
        assert!(differences[0] < 1e-4 && differences[1] < 1e-3, "{name}");
        assert!(differences[2] < 1e-3 && differences[3] < 1e-3, "{name}");
    }
}

/// A helix with atoms of backbone and, with `side_chains`, one far atom a residue.
fn protein(n: usize, side_chains: bool) -> Protein {
    use crate::protein::AminoAcid;
    use crate::protein::{BColumn, Residue, ResidueId};
    let at = |name, radius: f64, angle: f64, z: f64| {
        let a = angle.to_radians();
        let position = crate::numeric::Vec3::new(radius * a.cos(), radius * a.sin(), z);
        (name, position)
    };
    let residue = |i: usize| {
        let (turn, z) = (100.0 * i as f64, 1.5 * i as f64);
        let mut atoms = vec![
            at("N", 1.5, turn - 28.0, z - 0.9),
            at("CA", 2.3, turn, z),
            at("C", 1.7, turn + 26.0, z + 1.1),
            at("O", 2.0, turn + 22.0, z + 2.3),
            at("CB", 3.3, turn - 10.0, z - 0.7),
        ];
        if side_chains {
            atoms.push(at("CG", 4.7, turn - 10.0, z - 0.9));
        }
        let id = ResidueId {
            chain: "A".to_owned(),
            number: i as i32 + 1,
            insertion_code: None,
        };
        Residue::of_positions(id, Some(AminoAcid::ALL[i * 3 % 20]), atoms)
    };
    Protein {
        name: "helix".to_owned(),
        model: 1,
        residues: (0..n).map(residue).collect(),
        b_column: BColumn::Absent,
        seqres: [].into(),
        context: std::sync::Arc::default(),
    }
}

fn untrained() -> StabilityModel {
    let config = Config {
        width: 16,
        edge_width: 8,
        edge_hidden: 16,
        encoder: 1,
        decoder: 2,
        neighbours: 8,
        dropout: 0.0,
        ..Config::default()
    };
    let map = VarMap::new();
    let vb = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let net = Perceptron::new(&vb.pp("p")).unwrap();
    let standard = Standard {
        mean: Tensor::zeros(SUBSTITUTION, DType::F32, &Device::Cpu).unwrap(),
        scale: Tensor::ones(SUBSTITUTION, DType::F32, &Device::Cpu).unwrap(),
    };
    StabilityModel {
        weights: "test".to_owned(),
        trunk: Trunk::new(&config, &vb).unwrap(),
        head: Head::new(16, 3, &vb.pp("head")).unwrap(),
        perceptrons: vec![(net, standard)],
        config,
        compute: Compute::cpu(),
    }
}

#[test]
fn the_wild_type_costs_nothing_and_gaps_are_empty() {
    let (model, mut protein) = (untrained(), protein(20, true));
    protein.residues[3].atoms.retain(|a| a.name != "O");
    protein.residues[7].amino_acid = None;
    let map = model.ddg(&protein, &()).unwrap();
    for (i, residue) in protein.residues.iter().enumerate() {
        if i == 3 || i == 7 {
            assert!(map.row(i).iter().all(|x| x.is_nan()));
        } else {
            assert_eq!(map[(i, residue.amino_acid.unwrap().index())], 0.0);
            assert!(map.row(i).iter().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn side_chains_are_read_where_the_file_has_them() {
    assert!(side_chains::are_present(&protein(20, true)));
    assert!(!side_chains::are_present(&protein(20, false)));
    let model = untrained();
    let [with, without] = [true, false].map(|s| model.ddg(&protein(20, s), &()).unwrap());
    assert!(without.values().iter().all(|x| x.is_finite()));
    assert_ne!(with.values(), without.values());
}

#[test]
fn turning_changes_nothing() {
    let (model, still) = (untrained(), protein(25, true));
    let turn = nalgebra::Rotation3::from_euler_angles(1.0, 0.3, -2.0);
    let mut moved = still.clone();
    for atom in moved.residues.iter_mut().flat_map(|r| &mut r.atoms) {
        atom.position = turn * atom.position + crate::numeric::Vec3::new(9.0, -70.0, 3.0);
    }
    let (a, b) = (
        model.ddg(&still, &()).unwrap(),
        model.ddg(&moved, &()).unwrap(),
    );
    let far = a
        .values()
        .iter()
        .zip(b.values())
        .map(|(a, b)| (a - b).abs());
    assert!(far.fold(0.0, f64::max) < 1e-4);
}

#[test]
fn a_lone_atom_shows_its_whole_sphere_and_a_buried_one_nothing() {
    let mut lone = protein(1, false);
    lone.residues[0].atoms.retain(|a| a.name == "CB");
    let area = 4.0 * std::f64::consts::PI * (1.7f64 + 1.4).powi(2);
    let first = side_chains::features(&lone, &()).unwrap()[0];
    let full = 129.0; // alanine
    assert!((f64::from(first[0]) - area / full).abs() < 1e-4);
    assert_eq!(first[0], first[1]);
}

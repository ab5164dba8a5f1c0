//! That every weight learns, that batches are what single chains are, and that the loss falls.

use candle_core::Device;

use super::along::Along;
use super::batch::{HostBatch, Noise};
use super::cache::Prepared;
use super::data::{Record, Set, Tensors};
use super::targets::{Targets, Weights};
use super::*;
use crate::analysis::motion_features::elastic::Elastic;
use crate::analysis::motion_features::local::{Backbone, neighbours};
use crate::models::layers::Pass;
use crate::models::motion::network::Graph;
use crate::numeric::{Covariance3, Vec3};
use crate::protein::{AminoAcid, BColumn, Protein, Residue, ResidueId};
use crate::train::parameters::Parameters;

/// A helix that bends, with made-up labels that follow its ends.
pub(crate) fn chain(set: Set, residues: usize) -> Prepared {
    let point = |i: usize, radius: f64, turn: f64, rise: f64| {
        let t = i as f64 * 1.745 + turn;
        let bend = 0.02 * (i * i) as f64;
        Vec3::new(
            radius * t.cos() + bend,
            radius * t.sin(),
            1.5 * i as f64 + rise,
        )
    };
    let backbone = Backbone {
        n: (0..residues).map(|i| point(i, 1.55, -0.47, -0.9)).collect(),
        ca: (0..residues).map(|i| point(i, 2.3, 0.0, 0.0)).collect(),
        c: (0..residues).map(|i| point(i, 1.65, 0.46, 1.1)).collect(),
        residue: (0..residues as u32).map(|i| i % 20).collect(),
        chain: vec![0; residues],
    };
    let profile: Vec<f32> = (0..residues)
        .map(|i| (i as f32 / residues as f32 - 0.4).powi(2) * 8.0 - 1.0)
        .collect();
    let measured = matches!(set, Set::XrayAniso | Set::Nmr);
    let tensors = measured.then(|| Tensors {
        amplitude: profile.clone(),
        shape: vec![[0.2, -0.1, -0.1, 0.05, 0.0, 0.1]; residues],
        good: (0..residues).map(|i| i != 3).collect(),
        local: vec![Covariance3::identity(); residues],
    });
    let (neighbours, _) = neighbours(&backbone.ca, &()).unwrap();
    let elastic = Elastic::solve(&backbone.ca, &neighbours, &()).unwrap();
    let frames = backbone.frames();
    Prepared {
        along: None,
        record: Record {
            id: "made_up".into(),
            set,
            resolution: None,
            tls: false,
            protein: Protein {
                name: "made_up".into(),
                model: 1,
                residues: Vec::new(),
                b_column: BColumn::Absent,
                seqres: [].into(),
                context: std::sync::Arc::default(),
            },
            kept: (0..residues).collect(),
            backbone,
            frames,
            log_b: matches!(set, Set::XrayB | Set::XrayAniso).then(|| profile.clone()),
            simulated: (set == Set::Simulation).then_some(profile),
            tensors,
            coupling: None,
        },
        neighbours,
        elastic,
        trunk: Vec::new(),
    }
}

const CONFIG: Config = Config {
    node: PLAIN_NODE_FEATURES,
    edge: EDGE_FEATURES,
    width: 16,
    edge_width: 8,
    layers: 2,
    heads: 2,
    amplitudes: 3,
};
const WEIGHTS: Weights = Weights {
    shape: 0.3,
    level: 0.1,
    simulated_level: 0.15,
    simulated_rmsf: 0.5,
    resolution: 0.0,
};

fn chains() -> Vec<Prepared> {
    vec![
        chain(Set::XrayB, 30),
        chain(Set::XrayAniso, 40),
        chain(Set::Nmr, 27),
        chain(Set::Simulation, 33),
    ]
}

fn loss_of(network: &Network, chains: &[Prepared], seed: u64) -> Tensor {
    let noise = Noise {
        features: 0.05,
        neighbours: 0.1,
        trunk: 0.0,
        coordinates: 0.05,
    };
    let batch = HostBatch::new(chains, &[0, 1, 2, 3], noise, seed).unwrap();
    let targets =
        Targets::new(&batch.records(chains), batch.length, WEIGHTS, &Device::Cpu).unwrap();
    let graph = batch.graph(true, &Device::Cpu).unwrap();
    let pass = Pass::training(seed);
    let (amplitude, shape) = network.forward(&graph, &pass, 0.1).unwrap();
    loss::loss(&amplitude, &shape, &targets).unwrap()
}

#[test]
fn every_weight_has_a_gradient_and_the_loss_falls() {
    let chains = chains();
    let parameters = Parameters::new(3, &Device::Cpu);
    let network = Network::new(&CONFIG, &parameters.builder()).unwrap();
    let group = |_: &str, _: &[usize]| Group {
        rate: 1.0,
        decay: 0.0,
    };
    let settings = Settings::default();
    let mut optimizer =
        super::super::optimizer::Optimizer::new(&parameters, settings, group).unwrap();
    let mut losses = Vec::new();
    for step in 0..25 {
        let loss = loss_of(&network, &chains, step);
        let gradients = loss.backward().unwrap();
        for (name, var) in parameters.variables() {
            assert!(gradients.get(var.as_tensor()).is_some(), "{name}");
        }
        optimizer.step(&gradients, 5e-3).unwrap();
        losses.push(loss.to_scalar::<f32>().unwrap());
    }
    assert!(losses[24] < 0.7 * losses[0], "{losses:?}");
}

#[test]
fn a_batch_gives_what_single_chains_give() {
    let chains = chains();
    let parameters = Parameters::new(4, &Device::Cpu);
    let network = Network::new(&CONFIG, &parameters.builder()).unwrap();
    let answer = |members: &[usize]| {
        let batch = HostBatch::new(&chains, members, Noise::NONE, 0).unwrap();
        let graph = batch.graph(false, &Device::Cpu).unwrap();
        let (amplitude, _) = network.forward(&graph, &Pass::inference(), 0.0).unwrap();
        let rows = amplitude.to_vec2::<f32>().unwrap();
        rows.chunks(batch.length)
            .map(<[_]>::to_vec)
            .collect::<Vec<_>>()
    };
    let together = answer(&[0, 1, 2, 3]);
    for (i, rows) in together.iter().enumerate() {
        let alone = &answer(&[i])[0];
        for (a, b) in alone.iter().zip(rows) {
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5), "{i}");
        }
    }
}

#[test]
fn a_perfect_answer_costs_nothing_but_the_pads() {
    let chains = vec![chain(Set::Nmr, 30)];
    let batch = HostBatch::new(&chains, &[0], Noise::NONE, 0).unwrap();
    let targets =
        Targets::new(&batch.records(&chains), batch.length, WEIGHTS, &Device::Cpu).unwrap();
    let tensors = chains[0].record.tensors.as_ref().unwrap();
    let amplitude: Vec<f32> = tensors
        .amplitude
        .iter()
        .flat_map(|&a| [9.0, a, 7.0])
        .collect();
    let shape: Vec<f32> = tensors
        .shape
        .iter()
        .flat_map(|t| [[0f32; 6], *t])
        .flatten()
        .collect();
    let amplitude = Tensor::from_vec(amplitude, (30, 3), &Device::Cpu).unwrap();
    let shape = Tensor::from_vec(shape, (30, 2, 6), &Device::Cpu).unwrap();
    let value = loss::loss(&amplitude, &shape, &targets).unwrap();
    assert!(value.to_scalar::<f32>().unwrap().abs() < 1e-4);
}

/// The chain with a protein of its backbone, O included, for a residue network that learns along.
fn with_residues(mut chain: Prepared) -> Prepared {
    let at = &chain.record.backbone;
    let residue = |i: usize| {
        let oxygen = at.c[i] + Vec3::new(0.3, 0.9, 0.8);
        let id = ResidueId {
            chain: "A".into(),
            number: i as i32 + 1,
            insertion_code: None,
        };
        let atoms = [
            ("N", at.n[i]),
            ("CA", at.ca[i]),
            ("C", at.c[i]),
            ("O", oxygen),
        ];
        Residue::of_positions(id, AminoAcid::ALL.get(i % 20).copied(), atoms)
    };
    chain.record.protein.residues = (0..at.ca.len()).map(residue).collect();
    chain.along = Some(along::Chain::new(&chain.record, 6, true));
    chain
}

#[test]
fn a_residue_network_that_learns_along_gets_gradients_and_gives_a_batch_what_single_chains_get() {
    let chains: Vec<Prepared> = chains().into_iter().map(with_residues).collect();
    let device = Device::Cpu;
    let parameters = Parameters::new(5, &device);
    let sizes = crate::models::residue::network::Config {
        width: 8,
        edge_width: 8,
        edge_hidden: 8,
        heads: 2,
        encoder: 1,
        decoder: 1,
        neighbours: 6,
        dropout: 0.1,
    };
    let along = Along::of(sizes, 0.2, &parameters.builder()).unwrap();
    let config = Config {
        node: PLAIN_NODE_FEATURES + 16,
        ..CONFIG
    };
    let network = Network::new(&config, &parameters.builder()).unwrap();
    let read = |members: &[usize], training: bool, pass: &Pass| {
        let batch = HostBatch::new(&chains, members, Noise::NONE, 1).unwrap();
        let mut graph = batch.graph(training, &device).unwrap();
        let joined = batch.along.as_ref().unwrap();
        let naming = along
            .read(&mut graph, joined, training, pass, &device)
            .unwrap();
        (batch, graph, naming)
    };
    let pass = Pass::training(1);
    let (batch, graph, naming) = read(&[0, 1, 2], true, &pass);
    let targets = Targets::new(&batch.records(&chains), batch.length, WEIGHTS, &device).unwrap();
    let (amplitude, shape) = network.forward(&graph, &pass, 0.0).unwrap();
    let loss = (loss::loss(&amplitude, &shape, &targets).unwrap() + naming).unwrap();
    let gradients = loss.backward().unwrap();
    for (name, var) in parameters.variables() {
        assert!(gradients.get(var.as_tensor()).is_some(), "{name}");
    }
    let rows = |graph: &Graph| graph.node.detach().to_vec2::<f32>().unwrap();
    let (batch, graph, _) = read(&[0, 1, 2], false, &Pass::inference());
    let together = rows(&graph);
    for (slot, member) in [0, 1, 2].into_iter().enumerate() {
        let alone = rows(&read(&[member], false, &Pass::inference()).1);
        let first = slot * batch.length;
        for (a, b) in alone.iter().zip(&together[first..]) {
            let near = a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(near, "chain {member}");
        }
        let pads = &together[first + alone.len()..first + batch.length];
        assert!(pads.iter().flatten().all(|&x| x == 0.0), "pads of {member}");
    }
}

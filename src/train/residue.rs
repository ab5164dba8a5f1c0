//! `dynascope train residue`: the network learns to recover hidden residues of known chains.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::Path;

use candle_core::{Device, Tensor};

use super::chains::{Batching, generator, noisy_batch, plan, read_graphs};
use super::optimizer::{Group, Settings};
use super::options::Options;
use super::parameters::{Parameters, Stored, save};
use super::session::{Schedule, Session};
use crate::models::layers::Pass;
use crate::models::residue::batch::{Arrays, Packing, types};
use crate::models::residue::graph::{ResidueGraph, UNKNOWN};
use crate::models::residue::network::{Config, NEIGHBOURS_TENSOR, Trunk};
use crate::models::weights::WeightsFile;

/// Chains left out of pretraining because a stability domain is their relative.
const EXCLUDED: &str = include_str!("../../weights/data/excluded_chains.txt");

/// Options of `train residue`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// What every training is told.
    #[command(flatten)]
    pub common: Options,
    /// Steps in all.
    #[arg(long, default_value_t = 12_000)]
    pub steps: usize,
    /// Residues in a batch.
    #[arg(long, default_value_t = 4096)]
    pub batch: usize,
    /// Full learning rate.
    #[arg(long, default_value_t = 1.5e-3)]
    pub rate: f64,
    /// Noise on every coordinate, in Å.
    #[arg(long, default_value_t = 0.1)]
    pub noise: f64,
    /// Decoupled weight decay of matrices.
    #[arg(long, default_value_t = 0.02)]
    pub weight_decay: f64,
    /// Sizes of the network.
    #[command(flatten)]
    pub network: Sizes,
}

/// Sizes of the network.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Sizes {
    /// Numbers a residue.
    #[arg(long, default_value_t = 160)]
    pub width: usize,
    /// Numbers an edge.
    #[arg(long, default_value_t = 64)]
    pub edge_width: usize,
    /// Encoder layers.
    #[arg(long, default_value_t = 3)]
    pub encoder: usize,
    /// Decoder layers.
    #[arg(long, default_value_t = 3)]
    pub decoder: usize,
    /// Neighbours of a residue.
    #[arg(long, default_value_t = 30)]
    pub neighbours: usize,
    /// Share of a layer's output dropped in training.
    #[arg(long, default_value_t = 0.1)]
    pub dropout: f64,
}

impl Sizes {
    fn config(self) -> Config {
        Config {
            width: self.width,
            edge_width: self.edge_width,
            encoder: self.encoder,
            decoder: self.decoder,
            neighbours: self.neighbours,
            dropout: self.dropout,
            ..Config::default()
        }
    }
}

/// Share of the probability spread over all twenty.
const SMOOTHING: f64 = 0.05;

/// Chains left out because a domain of the stability data is their relative.
#[must_use]
pub fn excluded() -> HashSet<String> {
    EXCLUDED.split_whitespace().map(str::to_owned).collect()
}

/// Trains, or goes on with a training, and writes the averaged weights.
///
/// # Errors
/// Those of the data, the device and the files.
pub fn run(args: &Args, progress: &mut dyn Write) -> anyhow::Result<()> {
    let device = args.common.open_device()?;
    let excluded = excluded();
    let (config, data) = (args.network.config(), &args.common.data);
    let sets = ["nmr", "xray_aniso", "xray_b"];
    let chains = read_graphs(data, &sets, "train", &excluded, config.neighbours)?;
    let held_out = read_graphs(data, &["xray_b"], "val", &HashSet::new(), config.neighbours)?;
    let lengths: Vec<usize> = chains.iter().map(ResidueGraph::len).collect();
    writeln!(
        progress,
        "{} chains, {} residues; held out {}",
        chains.len(),
        lengths.iter().sum::<usize>(),
        held_out.len()
    )?;
    let parameters = Parameters::new(args.common.seed, &device);
    let trunk = Trunk::new(&config, &parameters.builder())?;
    let batching = Batching {
        residues: args.batch,
        padded: device.is_cuda(),
    };
    let seed = args.common.seed;
    let batches = plan(&lengths, batching, seed, args.steps);
    let mut session = start(args, &parameters, progress)?;
    let make = |step: usize| {
        let chosen = batches.get(step)?;
        let mut generator = generator(seed, 2, step);
        let noisy = noisy_batch(&chains, chosen, batching, args.noise, &mut generator);
        Some(noisy)
    };
    let learn = |step: usize, (arrays, seen): (Arrays, Vec<u8>)| {
        let pass = Pass::training(seed.wrapping_add(step as u64));
        Ok(loss(&trunk, &arrays, &seen, &pass, &device)?)
    };
    let judge = || evaluate(&trunk, &held_out, &device);
    if !session.follow(make, learn, judge)? {
        return Ok(());
    }
    let mut tensors = session.optimizer.average()?;
    tensors.push(neighbours_tensor(config.neighbours)?);
    save(&args.common.out, &tensors, HashMap::new(), Stored::Half)
}

fn start<'a>(
    args: &Args,
    parameters: &Parameters,
    progress: &'a mut dyn Write,
) -> anyhow::Result<Session<'a>> {
    let schedule = Schedule {
        rate: args.rate,
        warm_up: 300,
        steps: args.steps,
        floor: 0.01,
    };
    let group = |_: &str, dims: &[usize]| Group {
        rate: 1.0,
        decay: if dims.len() > 1 {
            args.weight_decay
        } else {
            0.0
        },
    };
    let settings = Settings::default();
    Session::start(
        &args.common,
        schedule,
        settings,
        parameters,
        group,
        progress,
    )
}

/// The variables of a residue network that learns as a part of another are named so.
pub const PREFIX: &str = "trunk.";

/// Sizes of a residue network's file.
///
/// # Errors
/// When the file is missing or no such network.
pub fn config_of(path: &Path) -> anyhow::Result<Config> {
    Ok(Config::of(&WeightsFile::open(path)?, "")?)
}

/// Tensors of a residue network's file, named as variables with [`PREFIX`].
///
/// # Errors
/// When the file cannot be read.
pub fn start_of(path: &Path) -> anyhow::Result<HashMap<String, Tensor>> {
    let tensors = candle_core::safetensors::load(path, &Device::Cpu)?.into_iter();
    let known = tensors.filter(|(name, _)| name != NEIGHBOURS_TENSOR);
    Ok(known
        .map(|(name, tensor)| (format!("{PREFIX}{name}"), tensor))
        .collect())
}

/// The tensor that says how many neighbours a network reads: its length is their number.
///
/// # Errors
/// None on the CPU.
pub fn neighbours_tensor(count: usize) -> anyhow::Result<(String, Tensor)> {
    let zeros = Tensor::zeros(count, candle_core::DType::F32, &Device::Cpu)?;
    Ok((NEIGHBOURS_TENSOR.to_owned(), zeros))
}

/// Mean cross-entropy with smoothed targets over the residues of known type.
fn loss(
    trunk: &Trunk,
    arrays: &Arrays,
    seen: &[u8],
    pass: &Pass,
    device: &Device,
) -> candle_core::Result<Tensor> {
    let batch = arrays.tensors(true, device)?;
    let output = trunk.forward(&batch, &types(seen, device)?, pass)?;
    let counts: Vec<bool> = arrays.residue.iter().map(|&r| r != UNKNOWN).collect();
    cross_entropy(&output.logits, &arrays.residue, &counts, SMOOTHING)
}

/// Mean over the rows that count of the cross-entropy with targets of which a share of `smoothing` is spread
/// over all twenty.
pub(super) fn cross_entropy(
    logits: &Tensor,
    residue: &[u8],
    counts: &[bool],
    smoothing: f64,
) -> candle_core::Result<Tensor> {
    let known = counts.iter().filter(|c| **c).count();
    let share = 1.0 / known.max(1) as f64;
    let mut target = vec![0f32; residue.len() * 20];
    let rows = target.chunks_exact_mut(20).zip(residue).zip(counts);
    for ((row, &residue), _) in rows.filter(|(_, counts)| **counts) {
        row.fill((share * smoothing / 20.0) as f32);
        row[usize::from(residue)] += (share * (1.0 - smoothing)) as f32;
    }
    let target = Tensor::from_vec(target, (residue.len(), 20), logits.device())?;
    let log_probability = candle_nn::ops::log_softmax(logits, 1)?;
    (log_probability * target)?.sum(1)?.sum_all()?.neg()
}

fn evaluate(
    trunk: &Trunk,
    held_out: &[ResidueGraph],
    device: &Device,
) -> anyhow::Result<Vec<(&'static str, f64)>> {
    let visible = recovery(trunk, held_out, true, device)?;
    let hidden = recovery(trunk, held_out, false, device)?;
    Ok(vec![
        ("perplexity", visible.0),
        ("recovery", visible.1),
        ("hidden_perplexity", hidden.0),
        ("hidden_recovery", hidden.1),
    ])
}

/// Perplexity and recovery of the residue types, with the neighbours' types visible or not.
fn recovery(
    trunk: &Trunk,
    graphs: &[ResidueGraph],
    visible: bool,
    device: &Device,
) -> candle_core::Result<(f64, f64)> {
    let (mut loss, mut hits, mut n) = (0f64, 0usize, 0usize);
    for graph in graphs {
        let arrays = Arrays::new(&[(graph, &graph.backbone)], Packing::Joined);
        let seen = if visible {
            arrays.residue.clone()
        } else {
            vec![UNKNOWN; arrays.rows()]
        };
        let batch = arrays.tensors(false, device)?;
        let output = trunk.forward(&batch, &types(&seen, device)?, &Pass::inference())?;
        let rows = candle_nn::ops::log_softmax(&output.logits.detach(), 1)?.to_vec2::<f32>()?;
        for (row, &residue) in rows.iter().zip(&arrays.residue) {
            if residue == UNKNOWN {
                continue;
            }
            let own = row[residue as usize];
            loss -= f64::from(own);
            hits += usize::from(row.iter().all(|&x| x <= own));
            n += 1;
        }
    }
    let n = n.max(1) as f64;
    Ok(((loss / n).exp(), hits as f64 / n))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::numeric::Vec3;

    #[test]
    fn every_variable_has_a_gradient_and_the_loss_falls() {
        let config = Config {
            width: 16,
            edge_width: 8,
            edge_hidden: 16,
            encoder: 1,
            decoder: 2,
            neighbours: 6,
            ..Config::default()
        };
        let at = |i: usize, s: f64| {
            let a = i as f64 * 1.745 + s;
            Vec3::new(2.3 * a.cos(), 2.3 * a.sin(), 1.5 * i as f64 + s)
        };
        let backbone: Vec<_> = (0..20)
            .map(|i| Some([0.0, 0.6, 1.1, 1.5].map(|s| at(i, s))))
            .collect();
        let residue: Vec<u8> = (0..20).map(|i| i % 3).collect();
        let graph = ResidueGraph::new(&backbone, &residue, config.neighbours);
        let arrays = Arrays::new(&[(&graph, &graph.backbone)], Packing::Padded(32));
        let parameters = Parameters::new(1, &Device::Cpu);
        let trunk = Trunk::new(&config, &parameters.builder()).unwrap();
        let group = |_: &str, _: &[usize]| Group {
            rate: 1.0,
            decay: 0.0,
        };
        let mut optimizer =
            super::super::optimizer::Optimizer::new(&parameters, Settings::default(), group)
                .unwrap();
        let mut losses = Vec::new();
        for step in 0..40 {
            let pass = Pass::training(step);
            let loss = loss(&trunk, &arrays, &arrays.residue, &pass, &Device::Cpu).unwrap();
            let gradients = loss.backward().unwrap();
            for (name, var) in parameters.variables() {
                assert!(gradients.get(var.as_tensor()).is_some(), "{name}");
            }
            losses.push(loss.to_scalar::<f32>().unwrap());
            optimizer.step(&gradients, 1e-2).unwrap();
        }
        assert!(losses[39] < 0.5 * losses[0], "{} {}", losses[0], losses[39]);
    }
}

//! Trains the motion network on B-factors, displacement tensors, NMR bundles and simulations.

pub mod along;
pub mod batch;
pub mod cache;
mod combine;
pub mod data;
pub mod loss;
mod start;
pub mod targets;
pub mod validation;

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;

use super::optimizer::{Group, Settings};
use super::options::Options;
use super::parameters::{Stored, save};
use super::residue::{PREFIX, config_of, excluded};
use super::session::{Schedule, Session};
use crate::models::motion::network::{Config, Network};
use crate::models::motion::{EDGE_FEATURES, PLAIN_NODE_FEATURES};
use batch::{HostBatch, Noise, plan};
use cache::{Prepared, Sources, prepare};
use data::Set;
use start::Start;
use targets::{Targets, Weights};
use validation::Validation;

/// Options of `dynascope train motion`.
#[derive(Debug, Clone, clap::Args)]
pub struct MotionOptions {
    /// Those of every training command.
    #[command(flatten)]
    pub common: Options,
    /// Weights of the residue network whose states are read beside the plain features.
    #[arg(long, value_name = "FILE")]
    pub trunk: Option<PathBuf>,
    /// Folder for what is computed once: elastic networks, states.
    #[arg(long, value_name = "DIR", default_value = "target/training")]
    pub cache: PathBuf,
    /// Only put these trained networks together into --out, one after the other; FILE:N is network N of a
    /// file of several.
    #[arg(long, value_name = "FILE[:N]", num_args = 1..)]
    pub merge: Vec<PathBuf>,
    /// Only take the mean of the weights of these runs, which began alike, into --out.
    #[arg(long, value_name = "FILE[:N]", num_args = 1.., conflicts_with = "merge")]
    pub blend: Vec<PathBuf>,
    /// Networks trained one after the other, with seeds from --seed on, and averaged.
    #[arg(long, default_value_t = 1)]
    pub networks: u64,
    /// Passes over the training chains.
    #[arg(long, default_value_t = 5)]
    pub epochs: usize,
    /// Padded residues a batch.
    #[arg(long, default_value_t = 1600)]
    pub batch: usize,
    /// How often the NMR chains come in a pass.
    #[arg(long, default_value_t = 3)]
    pub repeat_nmr: usize,
    /// How often the chains with displacement tensors come in a pass.
    #[arg(long, default_value_t = 1)]
    pub repeat_aniso: usize,
    /// How often the simulated domains come in a pass; with none the networks know no simulation.
    #[arg(long, default_value_t = 0)]
    pub repeat_md: usize,
    /// Width of the residues' states.
    #[arg(long, default_value_t = 96)]
    pub width: usize,
    /// Width of the edges' states.
    #[arg(long, default_value_t = 48)]
    pub edge_width: usize,
    /// Layers.
    #[arg(long, default_value_t = 3)]
    pub layers: usize,
    /// Attention heads.
    #[arg(long, default_value_t = 8)]
    pub heads: usize,
    /// Learning rate.
    #[arg(long, default_value_t = 1e-3)]
    pub rate: f64,
    /// Weight decay.
    #[arg(long, default_value_t = 0.1)]
    pub decay: f64,
    /// Dropout.
    #[arg(long, default_value_t = 0.2)]
    pub dropout: f64,
    /// The residue network learns along, at that share of the learning rate; it goes beside --out,
    /// as residue.safetensors.
    #[arg(long, requires = "trunk", conflicts_with_all = ["networks", "merge"], value_name = "SHARE")]
    pub fine_tune: Option<f64>,
    /// What naming residues weighs in the loss of a residue network that learns along.
    #[arg(long, default_value_t = 0.2)]
    pub naming_weight: f64,
    /// Trained motion networks to start from, one or several in a file: they learn together.
    #[arg(long, value_name = "FILE[:N]")]
    pub start: Option<PathBuf>,
    /// Share of neighbours left out.
    #[arg(long, default_value_t = 0.2)]
    pub drop_neighbours: f64,
    /// Share of the residue network's states set to zero.
    #[arg(long, default_value_t = 0.3)]
    pub drop_trunk: f64,
    /// Noise on node features; half as much on edges.
    #[arg(long, default_value_t = 0.1)]
    pub noise: f32,
    /// Noise on coordinates in Å; geometry is computed anew from them.
    #[arg(long, default_value_t = 0.0)]
    pub coordinate_noise: f64,
    /// Weight of the shapes' squared error.
    #[arg(long, default_value_t = 0.3)]
    pub shape_weight: f32,
    /// Weight of the NMR level's squared error.
    #[arg(long, default_value_t = 0.1)]
    pub level_weight: f32,
    /// The same of simulations.
    #[arg(long, default_value_t = 0.15)]
    pub md_level_weight: f32,
    /// Weight of 1 − Pearson of the RMSF itself, not its logarithm, of simulations.
    #[arg(long, default_value_t = 0.0)]
    pub md_rmsf_weight: f32,
    /// Crystals at worse than 2 Å weigh (2 Å / resolution) to this power.
    #[arg(long, default_value_t = 0.0)]
    pub resolution_weight: f64,
    /// At most that many chains of each set: a quick trial.
    #[arg(long)]
    pub limit: Option<usize>,
}

impl MotionOptions {
    fn config(&self, node: usize) -> Config {
        Config {
            node,
            edge: EDGE_FEATURES,
            width: self.width,
            edge_width: self.edge_width,
            layers: self.layers,
            heads: self.heads,
            amplitudes: if self.repeat_md > 0 { 3 } else { 2 },
        }
    }

    fn noise(&self) -> Noise {
        Noise {
            features: self.noise,
            neighbours: self.drop_neighbours,
            trunk: self.drop_trunk,
            coordinates: self.coordinate_noise,
        }
    }

    fn weights(&self) -> Weights {
        Weights {
            shape: self.shape_weight,
            level: self.level_weight,
            simulated_level: self.md_level_weight,
            simulated_rmsf: self.md_rmsf_weight,
            resolution: self.resolution_weight,
        }
    }

    fn sets(&self) -> &'static [Set] {
        if self.repeat_md > 0 {
            &Set::ALL
        } else {
            &Set::MEASURED
        }
    }

    /// The residue network's file, where that learns along.
    fn learns_along(&self) -> Option<&Path> {
        self.trunk.as_deref().filter(|_| self.fine_tune.is_some())
    }

    fn sources(&self) -> Sources {
        Sources {
            data: self.common.data.clone(),
            cache: self.cache.clone(),
            trunk: match self.learns_along() {
                Some(_) => None, // its states change
                None => self.trunk.clone(),
            },
        }
    }
}

/// Trains, or merges what was trained, and judges the result on the validation chains.
///
/// # Errors
/// When data are missing, files cannot be written or the device fails.
pub fn train(options: &MotionOptions, progress: &mut dyn Write) -> anyhow::Result<()> {
    let device = options.common.open_device()?;
    let validation = chains_of(options, "val", progress)?;
    let node = match &options.trunk {
        Some(trunk) => PLAIN_NODE_FEATURES + config_of(trunk)?.state_width(),
        None => PLAIN_NODE_FEATURES,
    };
    anyhow::ensure!(!validation.is_empty(), "no validation chains");
    let validation = Validation::new(validation)?;
    if !options.blend.is_empty() {
        return combine::blend(options, &validation, &device, progress);
    }
    let files = if options.merge.is_empty() {
        let chains = chains_of(options, "train", progress)?;
        let mut files = Vec::new();
        for part in 0..options.networks {
            let mut one = options.clone();
            one.common.seed += part;
            if options.networks > 1 {
                one.common.out = options.common.beside(&format!("{part}.safetensors"));
            }
            let finished = train_one(&one, node, &chains, &validation, &device, progress)?;
            if !finished {
                return Ok(());
            }
            files.push(one.common.out);
        }
        files
    } else {
        options.merge.clone()
    };
    if files.len() > 1 || !options.merge.is_empty() {
        combine::merge(options, &files, &validation, &device, progress)?;
    }
    Ok(())
}

/// One network, or several from one start; whether they were trained to the end.
fn train_one(
    options: &MotionOptions,
    node: usize,
    chains: &[Prepared],
    validation: &Validation,
    device: &Device,
    progress: &mut dyn Write,
) -> anyhow::Result<bool> {
    let batches = all_batches(options, chains);
    let Start {
        parameters,
        networks,
        along,
    } = Start::of(options, node, device)?;
    let networks: Vec<&Network> = networks.iter().collect();
    let schedule = Schedule {
        rate: options.rate,
        warm_up: 100,
        steps: batches.len(),
        floor: 0.0,
    };
    let settings = Settings {
        beta2: 0.999,
        ..Settings::default()
    };
    let group = |name: &str, _: &[usize]| match options.fine_tune {
        Some(rate) if name.starts_with(PREFIX) => Group { rate, decay: 0.02 },
        _ => Group {
            rate: 1.0,
            decay: options.decay,
        },
    };
    let mut session = Session::start(
        &options.common,
        schedule,
        settings,
        &parameters,
        group,
        progress,
    )?;
    let make = |step: usize| {
        let members = batches.get(step)?;
        let seed = options.common.seed_of(step);
        HostBatch::new(chains, members, options.noise(), seed).ok()
    };
    let learn = |step: usize, batch: HostBatch| {
        let records = batch.records(chains);
        let targets = Targets::new(&records, batch.length, options.weights(), device)?;
        let pass = options.common.pass_of(step);
        let mut graph = batch.graph(true, device)?;
        let mut total = match along.as_ref().zip(batch.along.as_ref()) {
            Some((along, joined)) => {
                let naming = along.read(&mut graph, joined, true, &pass, device)?;
                (naming * options.naming_weight)?
            }
            None => Tensor::zeros((), DType::F32, device)?,
        };
        for network in &networks {
            let (amplitude, shape) = network.forward(&graph, &pass, options.dropout)?;
            total = (total + loss::loss(&amplitude, &shape, &targets)?)?;
        }
        Ok(total)
    };
    let judge = || validation.judge(&networks, along.as_ref(), device);
    if !session.follow(make, learn, judge)? {
        return Ok(false);
    }
    let notes = HashMap::from([("training".to_owned(), description(options))]);
    let mut own = session.optimizer.average()?;
    if let Some(along) = &along {
        let tensors = along.take_out(&mut own)?;
        let out = options.common.beside("residue.safetensors");
        save(&out, &tensors, notes.clone(), Stored::Half)?;
    }
    save(&options.common.out, &own, notes, Stored::Half)?;
    Ok(true)
}

/// The chains of a split with what is read of them.
fn chains_of(
    options: &MotionOptions,
    split: &str,
    progress: &mut dyn Write,
) -> anyhow::Result<Vec<Prepared>> {
    let mut chains = prepare(
        &options.sources(),
        options.sets(),
        split,
        options.limit,
        progress,
    )?;
    if let Some(path) = options.learns_along() {
        let neighbours = config_of(path)?.neighbours;
        let excluded = excluded();
        chains.par_iter_mut().for_each(|chain| {
            let named = !excluded.contains(&chain.record.id);
            chain.along = Some(along::Chain::new(&chain.record, neighbours, named));
        });
    }
    Ok(chains)
}

/// The batches of all passes, one list of chains each.
fn all_batches(options: &MotionOptions, chains: &[Prepared]) -> Vec<Vec<usize>> {
    let lengths: Vec<usize> = chains.iter().map(|c| c.record.residues()).collect();
    let mut order = Vec::new();
    for (i, chain) in chains.iter().enumerate() {
        let times = match chain.record.set {
            Set::Nmr => options.repeat_nmr,
            Set::XrayAniso => options.repeat_aniso,
            Set::Simulation => options.repeat_md,
            Set::XrayB => 1,
        };
        order.extend(std::iter::repeat_n(i, times));
    }
    (0..options.epochs)
        .flat_map(|epoch| {
            let seed = options
                .common
                .seed
                .wrapping_mul(7919)
                .wrapping_add(epoch as u64);
            plan(&lengths, &order, options.batch, seed)
        })
        .collect()
}

fn description(options: &impl std::fmt::Debug) -> String {
    format!("{options:?}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
pub(crate) mod tests;

//! Trains DynaProt: the marginal network on B-factors, displacement tensors and NMR bundles, the joint
//! network on the parameter-free network's coupling and then on that of NMR bundles.

pub mod joint;
pub mod marginal;
pub mod spectral;

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use candle_core::Device;

use super::motion::batch::plan;
use super::motion::data::{Record, Set, read};
use super::motion::loss::loss;
use super::motion::targets::{Targets, Weights};
use super::optimizer::{Group, Settings};
use super::options::Options;
use super::parameters::{Parameters, Stored, save};
use super::session::{Schedule, Session};
use crate::models::dynaprot::{Config, Joint, Marginal};
use joint::{Example, Teacher};
use marginal::HostFrames;

/// exp(−1.107): the median domain of the 77 that were simulated has the RMSF of its simulation.
const RMSF_SCALE: f64 = 0.331;

/// Which of the two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// 3 × 3 covariances.
    Marginal,
    /// The coupling of all pairs.
    Joint,
}

/// Options of `dynascope train dynaprot`.
#[derive(Debug, Clone, clap::Args)]
pub struct DynaProtOptions {
    /// Which of the two networks.
    #[arg(value_enum)]
    pub part: Part,
    /// Those of every training command; beside the weights lies their configuration.
    #[command(flatten)]
    pub common: Options,
    /// As published: no residual connections, no norms; joint: no distances, wider pairs.
    #[arg(long)]
    pub published: bool,
    /// Weights that those of the same name start from: the marginal network's, for the joint one's trunk.
    #[arg(long, value_name = "FILE")]
    pub start: Option<PathBuf>,
    /// Passes over the training chains (joint: over the parameter-free network's couplings).
    #[arg(long, default_value_t = 6)]
    pub epochs: usize,
    /// Passes over the NMR chains after that (joint).
    #[arg(long, default_value_t = 15)]
    pub nmr_epochs: usize,
    /// Padded residues a batch (marginal).
    #[arg(long, default_value_t = 2048)]
    pub batch: usize,
    /// Longest chain (joint).
    #[arg(long, default_value_t = 200)]
    pub longest: usize,
    /// How often the NMR chains come in a pass (marginal).
    #[arg(long, default_value_t = 3)]
    pub repeat_nmr: usize,
    /// Learning rate.
    #[arg(long, default_value_t = 5e-4)]
    pub rate: f64,
    /// Weight decay.
    #[arg(long, default_value_t = 0.05)]
    pub decay: f64,
    /// Noise on coordinates in Å.
    #[arg(long, default_value_t = 0.1)]
    pub coordinate_noise: f64,
    /// At most that many chains of each set: a quick trial.
    #[arg(long)]
    pub limit: Option<usize>,
}

/// Trains one of the networks.
///
/// # Errors
/// When data are missing, files cannot be written or the device fails.
pub fn train(options: &DynaProtOptions, progress: &mut dyn Write) -> anyhow::Result<()> {
    let device = options.common.open_device()?;
    let limited = |split: &str| -> anyhow::Result<Vec<Record>> {
        let mut records = read(&options.common.data, &Set::MEASURED, split)?;
        let mut seen: HashMap<Set, usize> = HashMap::new();
        records.retain(|r| {
            let count = seen.entry(r.set).or_insert(0);
            *count += 1;
            options.limit.is_none_or(|limit| *count <= limit)
        });
        Ok(records)
    };
    let (chains, validation) = (limited("train")?, limited("val")?);
    match options.part {
        Part::Marginal => train_marginal(options, &chains, &validation, &device, progress),
        Part::Joint => train_joint(options, &chains, &validation, &device, progress),
    }
}

impl DynaProtOptions {
    fn config(&self) -> Config {
        let published = Config {
            use_sinusoidal_pos_emb: self.part == Part::Marginal,
            ..Config::default()
        };
        if self.published {
            return published;
        }
        let ours = Config {
            rmsf_scale: RMSF_SCALE,
            residual: true,
            norm: true,
            use_sinusoidal_pos_emb: true,
            ..published
        };
        match self.part {
            Part::Marginal => ours,
            Part::Joint => Config {
                pair_divisor: 2,
                pair_distances: true,
                ..ours
            },
        }
    }

    /// Variables that start where the given weights are, or else by the seed.
    fn parameters(&self, device: &Device) -> anyhow::Result<Parameters> {
        let seed = self.common.seed;
        let Some(path) = &self.start else {
            return Ok(Parameters::new(seed, device));
        };
        let start = candle_core::safetensors::load(path, &Device::Cpu)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Parameters::starting_from(seed, device, start))
    }

    fn session<'a>(
        &self,
        steps: usize,
        parameters: &Parameters,
        progress: &'a mut dyn Write,
    ) -> anyhow::Result<Session<'a>> {
        let schedule = Schedule {
            rate: self.rate,
            warm_up: 200.min(steps / 10),
            steps,
            floor: 0.0,
        };
        let settings = Settings {
            beta2: 0.999,
            ..Settings::default()
        };
        let group = |_: &str, dims: &[usize]| Group {
            rate: 1.0,
            decay: if dims.len() > 1 { self.decay } else { 0.0 },
        };
        Session::start(
            &self.common,
            schedule,
            settings,
            parameters,
            group,
            progress,
        )
    }

    /// Writes the averaged weights and their configuration.
    fn finish(&self, session: &Session<'_>) -> anyhow::Result<()> {
        let notes = HashMap::from([("training".to_owned(), format!("{self:?}"))]);
        let average = session.optimizer.average()?;
        save(&self.common.out, &average, notes, Stored::Half)?;
        let path = self.common.beside("config.json");
        std::fs::write(&path, serde_json::to_string_pretty(&self.config())?)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

fn train_marginal(
    options: &DynaProtOptions,
    chains: &[Record],
    validation: &[Record],
    device: &Device,
    progress: &mut dyn Write,
) -> anyhow::Result<()> {
    let lengths: Vec<usize> = chains.iter().map(Record::residues).collect();
    let mut order = Vec::new();
    for (i, chain) in chains.iter().enumerate() {
        let times = if chain.set == Set::Nmr {
            options.repeat_nmr
        } else {
            1
        };
        order.extend(std::iter::repeat_n(i, times));
    }
    let batches: Vec<Vec<usize>> = (0..options.epochs as u64)
        .flat_map(|epoch| {
            let seed = options.common.seed.wrapping_mul(7919).wrapping_add(epoch);
            plan(&lengths, &order, options.batch, seed)
        })
        .collect();
    let parameters = options.parameters(device)?;
    let network = Marginal::new(&options.config(), &parameters.builder())?;
    let mut session = options.session(batches.len(), &parameters, progress)?;
    let weights = Weights {
        shape: 0.3,
        level: 0.1,
        simulated_level: 0.0,
        simulated_rmsf: 0.0,
        resolution: 0.0,
    };
    let make = |step: usize| {
        let (noise, seed) = (options.coordinate_noise, options.common.seed_of(step));
        Some(HostFrames::new(chains, batches.get(step)?, noise, seed))
    };
    let learn = |step: usize, batch: HostFrames| {
        let pass = options.common.pass_of(step);
        let records: Vec<&Record> = batch.members.iter().map(|&i| &chains[i]).collect();
        let targets = Targets::new(&records, batch.length, weights, device)?;
        let (residue, frames) = batch.upload(device)?;
        let covariance = network.forward(&residue, &frames, &pass, &())?;
        let (amplitude, shape) = marginal::split(&covariance)?;
        Ok(loss(&amplitude, &shape, &targets)?)
    };
    let judge = || marginal::judge(&network, validation, device);
    if session.follow(make, learn, judge)? {
        options.finish(&session)?;
    }
    Ok(())
}

fn train_joint(
    options: &DynaProtOptions,
    chains: &[Record],
    validation: &[Record],
    device: &Device,
    progress: &mut dyn Write,
) -> anyhow::Result<()> {
    let short = |i: &usize| chains[*i].residues() <= options.longest;
    let all: Vec<usize> = (0..chains.len()).filter(short).collect();
    let measured = |i: &usize| chains[*i].coupling.is_some();
    let bundles: Vec<usize> = all.iter().copied().filter(measured).collect();
    let lengths = vec![1; chains.len()]; // one chain a step
    let passes = |epochs: usize, order: &[usize], offset: u64| -> Vec<usize> {
        (0..epochs as u64)
            .flat_map(|epoch| plan(&lengths, order, 1, options.common.seed ^ (offset + epoch)))
            .flatten()
            .collect()
    };
    let mut steps: Vec<(usize, Teacher)> = Vec::new();
    let physical = passes(options.epochs, &all, 0x1000);
    steps.extend(physical.into_iter().map(|i| (i, Teacher::ParameterFree)));
    let nmr = passes(options.nmr_epochs, &bundles, 0x2000);
    steps.extend(nmr.into_iter().map(|i| (i, Teacher::Nmr)));
    let parameters = options.parameters(device)?;
    let network = Joint::new(&options.config(), &parameters.builder())?;
    joint::quieten(&parameters)?;
    let mut session = options.session(steps.len(), &parameters, progress)?;
    let make = |step: usize| {
        let &(i, teacher) = steps.get(step)?;
        let (noise, seed) = (options.coordinate_noise, options.common.seed_of(step));
        Some(Example::new(&chains[i], teacher, noise, seed))
    };
    let learn = |step: usize, example: Example| {
        let pass = options.common.pass_of(step);
        let (residue, frames) = example.upload(device)?;
        let coupling = network.forward(&residue, &frames, &pass, &())?;
        Ok(example.loss(&coupling)?)
    };
    let judge = || joint::judge(&network, validation, device);
    if session.follow(make, learn, judge)? {
        options.finish(&session)?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::layers::Pass;
    use crate::protein::AminoAcid;
    use crate::protein::{Residue, ResidueId};
    use crate::train::motion::tests::chain;
    use crate::train::optimizer::Optimizer;
    use candle_core::Tensor;

    fn records() -> Vec<Record> {
        [(Set::XrayAniso, 34), (Set::Nmr, 27)]
            .map(|(set, n)| {
                let mut record = chain(set, n).record;
                let residue = Residue {
                    id: ResidueId {
                        chain: "A".into(),
                        number: 1,
                        insertion_code: None,
                    },
                    name: "ALA".into(),
                    amino_acid: Some(AminoAcid::Ala),
                    atoms: Vec::new(),
                };
                record.protein.residues = vec![residue; n];
                let map = (0..n * n).map(|at| if at / n == at % n { 1.5 } else { 0.3 });
                record.coupling = (set == Set::Nmr).then(|| map.collect());
                record
            })
            .to_vec()
    }

    fn small() -> Config {
        Config {
            num_ipa_blocks: 1,
            d_model: 16,
            readout_hidden_dim: 8,
            readout_layers: 1,
            pair_blocks: 1,
            pair_heads: 2,
            pair_dim_head: 4,
            residual: true,
            norm: true,
            pair_distances: true,
            ..Config::default()
        }
    }

    fn falls(parameters: &Parameters, (steps, rate): (u64, f64), loss: impl Fn(u64) -> Tensor) {
        let group = |_: &str, _: &[usize]| Group {
            rate: 1.0,
            decay: 0.0,
        };
        let mut optimizer = Optimizer::new(parameters, Settings::default(), group).unwrap();
        let mut values = Vec::new();
        for step in 0..steps {
            let value = loss(step);
            optimizer.step(&value.backward().unwrap(), rate).unwrap();
            values.push(value.to_scalar::<f32>().unwrap());
        }
        assert!(values[values.len() - 1] < 0.9 * values[0], "{values:?}");
    }

    #[test]
    fn every_weight_of_the_marginal_network_learns() {
        let (records, device) = (records(), Device::Cpu);
        let parameters = Parameters::new(1, &device);
        let network = Marginal::new(&small(), &parameters.builder()).unwrap();
        let weights = Weights {
            shape: 0.3,
            level: 0.1,
            simulated_level: 0.0,
            simulated_rmsf: 0.0,
            resolution: 0.0,
        };
        falls(&parameters, (20, 1e-2), |step| {
            let batch = HostFrames::new(&records, &[0, 1], 0.05, step);
            let chosen = [&records[0], &records[1]];
            let targets = Targets::new(&chosen, batch.length, weights, &device).unwrap();
            let (residue, frames) = batch.upload(&device).unwrap();
            let covariance = network
                .forward(&residue, &frames, &Pass::training(step), &())
                .unwrap();
            let (amplitude, shape) = marginal::split(&covariance).unwrap();
            loss(&amplitude, &shape, &targets).unwrap()
        });
    }

    #[test]
    fn every_weight_of_the_joint_network_learns() {
        let (records, device) = (records(), Device::Cpu);
        let parameters = Parameters::new(2, &device);
        let network = Joint::new(&small(), &parameters.builder()).unwrap();
        falls(&parameters, (30, 2e-3), |step| {
            let example = Example::new(&records[1], Teacher::ParameterFree, 0.02, step);
            let (residue, frames) = example.upload(&device).unwrap();
            let map = network
                .forward(&residue, &frames, &Pass::inference(), &())
                .unwrap();
            example.loss(&map).unwrap()
        });
    }
}

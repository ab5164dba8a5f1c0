//! `dynascope train stability`: the residue network learns, with a head, what substitutions cost.

mod judged;

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use candle_core::{Device, Tensor};
use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use self::judged::{Judged, Pairs, tell, tell_pairs};
use super::chains::{generator, shake};
use super::domains::{Domain, read_domains, read_literature};
use super::optimizer::{Group, Settings};
use super::options::Options;
use super::parameters::{Parameters, Stored, save};
use super::perceptron::{Fitted, fit, huber};
use super::residue::{PREFIX, config_of, neighbours_tensor, start_of};
use super::session::{Schedule, Session};
use crate::dataset::stability::{Measured, fold_file, folds};
use crate::models::kernels::product::tensor_product;
use crate::models::layers::Pass;
use crate::models::residue::batch::{Arrays, Packing, types};
use crate::models::residue::graph::UNKNOWN;
use crate::models::residue::network::{Config, Trunk};
use crate::models::stability::StabilityModel;
use crate::models::stability::head::Head;
use crate::models::stability::side_chains::SIDE_CHAIN;

/// Options of `train stability`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// What every training is told.
    #[command(flatten)]
    pub common: Options,
    /// The pretrained residue network.
    #[arg(long, value_name = "FILE")]
    pub trunk: PathBuf,
    /// Passes over the domains.
    #[arg(long, default_value_t = 15)]
    pub epochs: usize,
    /// Learning rate of the head.
    #[arg(long, default_value_t = 1e-3)]
    pub rate: f64,
    /// Learning rate of the trunk as a share of the head's.
    #[arg(long, default_value_t = 0.2)]
    pub trunk_rate: f64,
    /// Noise on every coordinate, in Å.
    #[arg(long, default_value_t = 0.1)]
    pub noise: f64,
    /// Domains in a batch.
    #[arg(long, default_value_t = 6)]
    pub batch: usize,
    /// Share of the domains whose side chains are hidden in a step.
    #[arg(long, default_value_t = 0.25)]
    pub hide_side_chains: f64,
    /// Networks that differ by their seed, whose mean ships (perceptrons: three).
    #[arg(long, default_value_t = 3)]
    pub perceptrons: usize,
    /// Weight of substitutions measured one by one (stability/literature.*); 0 = they are judged only.
    #[arg(long, default_value_t = 0.0)]
    pub literature: f64,
    /// Chains of those in a batch.
    #[arg(long, default_value_t = 3)]
    pub literature_batch: usize,
    /// Judge the recipe by four-fold cross-validation; the networks go beside --out, one a fold, for
    /// `eval stability --folds`.
    #[arg(long)]
    pub cross_validate: bool,
}

/// Largest share of the residue types hidden from the neighbours in a step.
const HIDDEN_TYPES: f64 = 0.3;
/// Weight of the correlation within domains.
const CORRELATION: f64 = 0.5;
const DROPOUT: f64 = 0.1;

/// Trains and writes the weights, or cross-validates.
///
/// # Errors
/// Those of the data, the device and the files.
pub fn run(args: &Args, progress: &mut dyn Write) -> anyhow::Result<()> {
    let device = args.common.open_device()?;
    let config = Config {
        dropout: DROPOUT,
        ..config_of(&args.trunk)?
    };
    let start = start_of(&args.trunk)?;
    let task = Task {
        args,
        config,
        start,
        device,
    };
    let train = read_domains(&args.common.data, "train", config.neighbours)?;
    let literature = read_literature(&args.common.data, config.neighbours)?;
    if args.cross_validate {
        return task.cross_validate(&train, &literature, progress);
    }
    let held_out = read_domains(&args.common.data, "val", config.neighbours)?;
    let of = [train.iter().collect(), literature.iter().collect()];
    let trained = task.train(&of, progress)?;
    let judged = trained.judge(&held_out.iter().collect::<Vec<_>>())?;
    tell(&judged, "held out", progress)?;
    trained.save(&args.common.out)
}

/// What all folds share.
struct Task<'a> {
    args: &'a Args,
    config: Config,
    start: HashMap<String, Tensor>,
    device: Device,
}

struct Trained {
    model: StabilityModel,
    tensors: Vec<(String, Tensor)>,
}

impl Task<'_> {
    fn cross_validate(
        &self,
        train: &[Domain],
        literature: &[Domain],
        progress: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let folds = folds();
        let fold_of = |d: &Domain| {
            let name = &d.measured.name;
            folds
                .get(name)
                .copied()
                .with_context(|| format!("{name} is not in any fold"))
        };
        let of: Vec<usize> = train.iter().map(fold_of).collect::<anyhow::Result<_>>()?;
        let count = of.iter().max().map_or(0, |m| m + 1);
        let others: Vec<usize> = (0..literature.len()).map(|i| i % count.max(1)).collect();
        let results: Vec<(Vec<Judged>, Vec<Pairs>)> = (0..count)
            .into_par_iter()
            .map(|fold| {
                let named = |inside: bool| {
                    [(train, &of), (literature, &others)].map(|(all, folds)| {
                        let chosen = all.iter().zip(folds);
                        let chosen = chosen.filter(|(_, f)| (**f == fold) == inside);
                        chosen.map(|(d, _)| d).collect::<Vec<&Domain>>()
                    })
                };
                let trained = self.train(&named(false), &mut Vec::new())?;
                trained.save(&fold_file(&self.args.common.out, fold))?;
                let [own, others] = named(true);
                Ok((trained.judge(&own)?, trained.pairs(&others)?))
            })
            .collect::<anyhow::Result<_>>()?;
        let (judged, pairs): (Vec<Vec<Judged>>, Vec<Vec<Pairs>>) = results.into_iter().unzip();
        tell_pairs(&pairs.concat(), progress)?;
        tell(&judged.concat(), "cross-validation", progress)
    }

    /// Trains on the domains of the mega-scale experiments and, where they have a weight, on chains of the
    /// literature.
    fn train(
        &self,
        [domains, literature]: &[Vec<&Domain>; 2],
        progress: &mut dyn Write,
    ) -> anyhow::Result<Trained> {
        let seed = self.args.common.seed;
        let parameters = Parameters::starting_from(seed, &self.device, self.start.clone());
        let vb = parameters.builder();
        let trunk = Trunk::new(&self.config, &vb.pp("trunk"))?;
        let head = Head::new(self.config.width, 1 + self.config.decoder, &vb.pp("head"))?;
        let per_epoch = domains.len().div_ceil(self.args.batch);
        let mut session = self.session(&parameters, self.args.epochs * per_epoch, progress)?;
        while let Some(step) = session.next_step() {
            let mut order: Vec<usize> = (0..domains.len()).collect();
            order.shuffle(&mut generator(seed, 3, step / per_epoch));
            let first = step % per_epoch * self.args.batch;
            let chosen = order.iter().skip(first).take(self.args.batch);
            let mut chosen: Vec<&Domain> = chosen.map(|&i| domains[i]).collect();
            let own = chosen.len();
            if self.args.literature > 0.0 {
                let generator = &mut generator(seed, 7, step);
                chosen.extend(literature.sample(generator, self.args.literature_batch));
            }
            let loss = self.loss(&trunk, &head, (&chosen, own), step)?;
            session.learn(&loss)?;
        }
        let mut tensors = session.optimizer.average()?;
        for (name, average) in &tensors {
            let own = parameters.variables();
            if let Some((_, var)) = own.iter().find(|(n, _)| n == name) {
                var.set(average)?;
            }
        }
        let (name, count) = neighbours_tensor(self.config.neighbours)?;
        tensors.push((format!("{PREFIX}{name}"), count));
        let fitted: Vec<Fitted> = (0..self.args.perceptrons as u64)
            .into_par_iter()
            .map(|i| fit(domains, seed.wrapping_mul(101).wrapping_add(i)))
            .collect::<anyhow::Result<_>>()?;
        let mut perceptrons = Vec::new();
        for (i, fitted) in fitted.into_iter().enumerate() {
            let named = |name: &str| format!("perceptron.{i}.{name}");
            for (name, var) in fitted.parameters.variables() {
                tensors.push((named(&name), var.as_tensor().clone()));
            }
            tensors.push((named("mean"), fitted.standard.mean.clone()));
            tensors.push((named("scale"), fitted.standard.scale.clone()));
            perceptrons.push((fitted.net, fitted.standard));
        }
        let model = StabilityModel::assembled(trunk, head, perceptrons, self.config, &self.device);
        Ok(Trained { model, tensors })
    }

    fn session<'p>(
        &self,
        parameters: &Parameters,
        steps: usize,
        progress: &'p mut dyn Write,
    ) -> anyhow::Result<Session<'p>> {
        let schedule = Schedule {
            rate: self.args.rate,
            warm_up: 30,
            steps,
            floor: 0.02,
        };
        let settings = Settings {
            average: 0.99,
            ..Settings::default()
        };
        let trunk_rate = self.args.trunk_rate;
        let group = move |name: &str, _: &[usize]| Group {
            rate: if name.starts_with(PREFIX) {
                trunk_rate
            } else {
                1.0
            },
            decay: 0.02,
        };
        Session::start(
            &self.args.common,
            schedule,
            settings,
            parameters,
            group,
            progress,
        )
    }

    /// Huber loss of the values and, within each domain, their correlation; of chains of the literature, which
    /// follow the first `own`, the Huber loss alone.
    fn loss(
        &self,
        trunk: &Trunk,
        head: &Head,
        (chosen, own): (&[&Domain], usize),
        step: usize,
    ) -> anyhow::Result<Tensor> {
        let seed = self.args.common.seed;
        let mut generator = generator(seed, 6, step);
        let batch = self.batch(chosen, own, &mut generator)?;
        let pass = Pass::training(seed.wrapping_add(step as u64));
        let graph = batch.arrays.tensors(true, &self.device)?;
        let output = trunk.forward(&graph, &types(&batch.seen, &self.device)?, &pass)?;
        let side_chains = Some((&batch.side_chains, &batch.shown));
        let wild_type = types(&batch.wild_type, &self.device)?;
        let predicted = head.forward(&output, side_chains, &wild_type, &pass)?;
        let predicted = predicted.reshape((batch.rows * 20, 1))?;
        let error = huber(&(&predicted - &batch.value)?)?;
        let huber = ((&error * &batch.known)?.sum_all()? / batch.measured)?;
        let miss = (1.0 - correlation(&predicted, &batch.value, &batch.members)?)?;
        let loss = (huber + (miss * CORRELATION)?)?;
        if own == chosen.len() {
            return Ok(loss);
        }
        let total = batch.literature.sum_all()?;
        let of_literature = ((error * &batch.literature)?.sum_all()? / total)?;
        Ok((loss + (of_literature * self.args.literature)?)?)
    }

    fn batch(
        &self,
        chosen: &[&Domain],
        own: usize,
        generator: &mut ChaCha8Rng,
    ) -> anyhow::Result<DomainBatch> {
        let shaken: Vec<_> = chosen
            .iter()
            .map(|d| shake(&d.site.graph.backbone, self.args.noise, generator))
            .collect();
        let pairs: Vec<_> = chosen
            .iter()
            .zip(&shaken)
            .map(|(d, x)| (&d.site.graph, x.as_slice()))
            .collect();
        let longest = chosen.iter().map(|d| d.site.graph.len()).max().unwrap_or(0);
        let packing = if self.device.is_cuda() {
            Packing::Padded(longest)
        } else {
            Packing::Joined
        };
        let arrays = Arrays::new(&pairs, packing);
        let rows = arrays.rows();
        let mut seen = arrays.residue.clone();
        let wild_type = arrays
            .residue
            .iter()
            .map(|&r| if r == UNKNOWN { 0 } else { r });
        let wild_type = wild_type.collect();
        let mut side_chains = vec![0f32; rows * SIDE_CHAIN];
        let mut shown = vec![0f32; rows];
        let (mut value, mut known) = (vec![0f32; rows * 20], vec![0f32; rows * 20]);
        let mut literature = vec![0f32; rows * 20];
        let mut members = vec![0f32; own * rows * 20];
        for (i, (domain, &start)) in chosen.iter().zip(&arrays.starts).enumerate() {
            let n = domain.site.graph.len();
            let share = generator.random::<f64>() * HIDDEN_TYPES;
            for residue in &mut seen[start..start + n] {
                if generator.random::<f64>() < share {
                    *residue = UNKNOWN;
                }
            }
            let features = domain.site.side_chain_rows();
            side_chains[start * SIDE_CHAIN..][..n * SIDE_CHAIN]
                .copy_from_slice(features.as_flattened());
            let hidden = generator.random::<f64>() < self.args.hide_side_chains;
            if domain.site.side_chains.is_some() && !hidden {
                shown[start..start + n].fill(1.0);
            }
            value[start * 20..][..n * 20].copy_from_slice(&domain.value);
            if i < own {
                known[start * 20..][..n * 20].copy_from_slice(&domain.known);
                members[(i * rows + start) * 20..][..n * 20].copy_from_slice(&domain.known);
            } else {
                // One protein has half of all rows: its root counts.
                let weight = domain.known.iter().sum::<f32>().max(1.0).sqrt().recip();
                for (to, known) in literature[start * 20..].iter_mut().zip(&domain.known) {
                    *to = known * weight;
                }
            }
        }
        let measured = f64::from(known.iter().sum::<f32>().max(1.0));
        let device = &self.device;
        Ok(DomainBatch {
            arrays,
            rows,
            seen,
            wild_type,
            side_chains: Tensor::from_vec(side_chains, (rows, SIDE_CHAIN), device)?,
            shown: Tensor::from_vec(shown, (rows, 1), device)?,
            value: Tensor::from_vec(value, (rows * 20, 1), device)?,
            known: Tensor::from_vec(known, (rows * 20, 1), device)?,
            literature: Tensor::from_vec(literature, (rows * 20, 1), device)?,
            members: Tensor::from_vec(members, (own, rows * 20), device)?,
            measured,
        })
    }
}

struct DomainBatch {
    arrays: Arrays,
    rows: usize,
    seen: Vec<u8>,
    wild_type: Vec<u8>,
    side_chains: Tensor,
    shown: Tensor,
    value: Tensor,
    known: Tensor,
    /// (N · 20, 1): the weights of what the literature measured.
    literature: Tensor,
    /// (domains, N · 20): 1 at the measured substitutions of each.
    members: Tensor,
    measured: f64,
}

/// Mean over the domains of the Pearson correlation.
fn correlation(
    predicted: &Tensor,
    measured: &Tensor,
    members: &Tensor,
) -> candle_core::Result<Tensor> {
    let count = members.sum_keepdim(1)?;
    let mean = |x: &Tensor| tensor_product(members, x)? / &count;
    let (p, m) = (mean(predicted)?, mean(measured)?);
    let product = |a: &Tensor, b: &Tensor, ma: &Tensor, mb: &Tensor| mean(&(a * b)?)? - (ma * mb)?;
    let covariance = product(predicted, measured, &p, &m)?;
    let variances =
        (product(predicted, predicted, &p, &p)? * product(measured, measured, &m, &m)?)?;
    (covariance / (variances + 1e-6)?.sqrt()?)?.mean_all()
}

impl Trained {
    fn judge(&self, domains: &[&Domain]) -> anyhow::Result<Vec<Judged>> {
        domains
            .iter()
            .map(|domain| {
                let length = domain.measured.protein.len();
                let mut bare = domain.site.clone();
                bare.side_chains = None;
                let of = |site, share| -> anyhow::Result<f64> {
                    let map = self.model.ddg_of(site, length, share, &())?;
                    Ok(domain.spearman(&map))
                };
                let share = crate::models::stability::NETWORK_SHARE;
                Ok(Judged {
                    name: domain.measured.name.clone(),
                    spearman: [
                        of(&domain.site, 1.0)?,
                        of(&domain.site, 0.0)?,
                        of(&domain.site, share)?,
                        of(&bare, share)?,
                    ],
                })
            })
            .collect()
    }

    /// What is predicted for each chain, and what was measured.
    fn pairs(&self, chains: &[&Domain]) -> anyhow::Result<Vec<Pairs>> {
        let of = |domain: &&Domain| -> anyhow::Result<Pairs> {
            let length = domain.measured.protein.len();
            let share = crate::models::stability::NETWORK_SHARE;
            let map = self.model.ddg_of(&domain.site, length, share, &())?;
            let pair = |s: &Measured| (map[(s.site, s.mutant.index())], s.value);
            let pairs = domain.measured.substitutions.iter().map(pair);
            Ok(pairs
                .filter(|(predicted, _)| predicted.is_finite())
                .collect())
        };
        chains.iter().map(of).collect()
    }

    fn save(&self, path: &Path) -> anyhow::Result<()> {
        save(path, &self.tensors, HashMap::new(), Stored::Half)
    }
}

//! The joint network: first the parameter-free network's coupling, then that of NMR bundles.

use anyhow::Result;
use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::marginal::{disturbed, types};
use crate::analysis::motion_features::elastic::parameter_free_map;
use crate::models::dynaprot::{Frames, Joint, flat_frames};
use crate::models::layers::Pass;
use crate::numeric::stats::pearson;
use crate::train::motion::data::Record;
use crate::train::motion::validation::median;
use crate::train::parameters::Parameters;

/// Pairs at least this far along the chain are far.
const FAR: usize = 6;
/// log(tr Σ / 3) of a typical residue in solution, Å²: what the parameter-free amplitude is shifted to.
const TYPICAL: f64 = -0.7;

/// Brings the last map near 0, so that at first all residues move alone.
pub(crate) fn quieten(parameters: &Parameters) -> candle_core::Result<()> {
    let of_head = |name: &str| -> Option<usize> {
        name.strip_prefix("global_corr_predictor.")?
            .split('.')
            .next()?
            .parse()
            .ok()
    };
    let variables = parameters.variables();
    let last = variables.iter().filter_map(|(name, _)| of_head(name)).max();
    for (_, var) in variables
        .iter()
        .filter(|(name, _)| last.is_some() && of_head(name) == last)
    {
        var.set(&(var.as_tensor() * 0.1)?.detach())?;
    }
    Ok(())
}

/// One chain and its target, on the host.
pub(crate) struct Example {
    residue: Vec<u32>,
    rotation: Vec<f32>,
    translation: Vec<f32>,
    correlation: Vec<f32>,
    log_diagonal: Vec<f32>,
}

/// Where the target comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Teacher {
    ParameterFree,
    Nmr,
}

impl Example {
    pub(crate) fn new(record: &Record, teacher: Teacher, noise: f64, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (rotation, translation) = flat_frames(&disturbed(record, noise, &mut rng));
        let (amplitude, correlation) =
            if let (Teacher::Nmr, Some(found)) = (teacher, measured(record)) {
                found
            } else {
                let (amplitude, correlation) = parameter_free_map(&record.backbone.ca);
                let mean = amplitude.iter().sum::<f64>() / amplitude.len() as f64;
                let shifted = amplitude.iter().map(|a| a - mean + TYPICAL);
                (shifted.collect(), correlation)
            };
        Self {
            residue: types(record).collect(),
            rotation,
            translation,
            correlation: correlation.iter().map(|&x| x as f32).collect(),
            log_diagonal: amplitude.iter().map(|&x| x as f32).collect(),
        }
    }

    fn residues(&self) -> usize {
        self.residue.len()
    }

    pub(crate) fn upload(&self, device: &Device) -> candle_core::Result<(Tensor, Frames)> {
        let n = self.residues();
        Ok((
            Tensor::from_slice(&self.residue, (1, n), device)?,
            Frames {
                rotation: Tensor::from_slice(&self.rotation, (1, n, 3, 3), device)?,
                translation: Tensor::from_slice(&self.translation, (1, n, 3), device)?,
                mask: None,
            },
        ))
    }

    /// Of the coupling (N, N): 1 − Pearson of all correlations and of the far ones, their mean squared
    /// error, and the squared error of the log diagonal.
    pub(crate) fn loss(&self, coupling: &Tensor) -> candle_core::Result<Tensor> {
        let (n, device) = (self.residues(), coupling.device());
        let pick = |f: &dyn Fn(usize, usize) -> bool| -> candle_core::Result<(Tensor, f64)> {
            let chosen: Vec<f32> = (0..n * n)
                .map(|at| f32::from(u8::from(f(at / n, at % n))))
                .collect();
            let count = chosen.iter().map(|&x| f64::from(x)).sum::<f64>().max(1.0);
            Ok((Tensor::from_vec(chosen, (n, n), device)?, count))
        };
        let (own, _) = pick(&|i, j| i == j)?;
        let diagonal = (coupling * own)?.sum(1)?; // (N,)
        let root = (&diagonal + 1e-6)?.sqrt()?.recip()?;
        let correlation = coupling
            .broadcast_mul(&root.unsqueeze(0)?)?
            .broadcast_mul(&root.unsqueeze(1)?)?;
        let target = Tensor::from_slice(&self.correlation, (n, n), device)?;
        let level = Tensor::from_slice(&self.log_diagonal, n, device)?;
        let all = pick(&|i, j| i != j)?;
        let far = pick(&|i, j| i.abs_diff(j) >= FAR)?;
        let square = (((&correlation - &target)?.sqr()? * &all.0)?.sum_all()? / all.1)?;
        let profile = ((diagonal + 1e-6)?.log()? - level)?.sqr()?.mean_all()?;
        let parts = (one_less_pearson(&correlation, &target, &all)?
            + one_less_pearson(&correlation, &target, &far)?)?;
        (parts + (square * 4.0)?)? + (profile * 0.2)?
    }
}

fn one_less_pearson(
    a: &Tensor,
    b: &Tensor,
    (mask, count): &(Tensor, f64),
) -> candle_core::Result<Tensor> {
    let centred = |x: &Tensor| -> candle_core::Result<Tensor> {
        let mean = ((x * mask)?.sum_all()? / *count)?;
        x.broadcast_sub(&mean)? * mask
    };
    let (a, b) = (centred(a)?, centred(b)?);
    let norm = ((a.sqr()?.sum_all()? + 1e-6)?.sqrt()? * (b.sqr()?.sum_all()? + 1e-6)?.sqrt()?)?;
    1.0 - ((a * b)?.sum_all()? / norm)?
}

/// Log diagonal of tr Σ_ij / 3 and correlation of an NMR bundle.
fn measured(record: &Record) -> Option<(Vec<f64>, Vec<f64>)> {
    let coupling = record.coupling.as_ref()?;
    let n = record.residues();
    let diagonal: Vec<f64> = (0..n)
        .map(|i| f64::from(coupling[i * n + i]).max(1e-6))
        .collect();
    let correlation = (0..n * n)
        .map(|at| f64::from(coupling[at]) / (diagonal[at / n] * diagonal[at % n]).sqrt())
        .map(|c| if c.is_finite() { c } else { 0.0 });
    Some((
        diagonal.iter().map(|d| (d / 3.0).ln()).collect(),
        correlation.collect(),
    ))
}

/// Median correlation of the N × N matrices over all and over far pairs of NMR chains, by the network
/// and by the parameter-free network.
pub(crate) fn judge(
    network: &Joint,
    records: &[Record],
    device: &Device,
) -> Result<Vec<(&'static str, f64)>> {
    let mut lists = [const { Vec::new() }; 4];
    for record in records {
        let Some((_, truth)) = measured(record) else {
            continue;
        };
        let n = record.residues();
        let example = Example::new(record, Teacher::Nmr, 0.0, 0);
        let (residue, frames) = example.upload(device)?;
        let found = network.forward(&residue, &frames, &Pass::inference(), &())?;
        let found: Vec<f32> = found.detach().flatten_all()?.to_vec1()?;
        let scaled = |at: usize| {
            let (i, j) = (at / n, at % n);
            f64::from(found[at]) / f64::from(found[i * n + i] * found[j * n + j]).sqrt()
        };
        let (_, physical) = parameter_free_map(&record.backbone.ca);
        for (at, closest) in [(0, 1), (1, FAR)] {
            let pairs: Vec<usize> = (0..n * n).filter(|p| p % n >= p / n + closest).collect();
            let of = |f: &dyn Fn(usize) -> f64| pairs.iter().map(|&p| f(p)).collect::<Vec<_>>();
            let wanted = of(&|p| truth[p]);
            lists[at].push(pearson(&of(&scaled), &wanted));
            lists[2 + at].push(pearson(&of(&|p| physical[p]), &wanted));
        }
    }
    let names = ["coupling_all", "coupling_far", "pfanm_all", "pfanm_far"];
    Ok(names
        .into_iter()
        .zip(&mut lists)
        .map(|(name, list)| (name, median(list)))
        .collect())
}

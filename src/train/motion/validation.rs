//! How good the networks are on chains that they did not see.

use anyhow::Result;
use candle_core::Device;

use super::along::Along;
use super::batch::{HostBatch, Noise, plan};
use super::cache::Prepared;
use super::data::{Record, Set, Tensors};
use crate::analysis::motion_features::{columns, covariance};
use crate::models::layers::Pass;
use crate::models::motion::network::Network;
use crate::models::motion::{MotionOutput, combined};
use crate::numeric::Covariance3;
use crate::numeric::spd::{axis_angle_degrees, log_frobenius, symmetric_kl};
use crate::numeric::stats::{mean, pearson, spearman};
use crate::progress::Cancelled;

/// Chains to be judged on, padded once.
pub struct Validation {
    chains: Vec<Prepared>,
    batches: Vec<HostBatch>,
}

/// Residues a batch is padded to at most.
const SIZE: usize = 4096;

impl Validation {
    /// Over these chains.
    ///
    /// # Errors
    /// [`Cancelled`], which work that nobody watches never is.
    pub fn new(chains: Vec<Prepared>) -> std::result::Result<Self, Cancelled> {
        let lengths: Vec<usize> = chains.iter().map(|c| c.record.residues()).collect();
        let order: Vec<usize> = (0..chains.len()).collect();
        let batches = plan(&lengths, &order, SIZE, 0)
            .iter()
            .map(|members| HostBatch::new(&chains, members, Noise::NONE, 0))
            .collect::<std::result::Result<_, Cancelled>>()?;
        Ok(Self { chains, batches })
    }

    /// The mean answer of the networks for every chain.
    ///
    /// # Errors
    /// Those of the device.
    pub(crate) fn predict(
        &self,
        networks: &[&Network],
        along: Option<&Along>,
        device: &Device,
    ) -> Result<Vec<MotionOutput>> {
        let mut all = vec![MotionOutput::default(); self.chains.len()];
        for batch in &self.batches {
            let mut graph = batch.graph(false, device)?;
            if let Some((along, joined)) = along.zip(batch.along.as_ref()) {
                along.read(&mut graph, joined, false, &Pass::inference(), device)?;
                graph.node = graph.node.detach();
            }
            let mut answers = Vec::new();
            for network in networks {
                let (a, t) = network.forward(&graph, &Pass::inference(), 0.0)?;
                answers.push((a.detach(), t.detach()));
            }
            let (amplitude, shape) = combined(&answers)?;
            let n = amplitude.dim(1)?;
            let amplitude: Vec<f32> = amplitude.flatten_all()?.to_vec1()?;
            let shape: Vec<f32> = shape.flatten_all()?.to_vec1()?;
            for (slot, &i) in batch.members.iter().enumerate() {
                let first = slot * batch.length;
                let last = first + self.chains[i].record.residues();
                all[i] = MotionOutput::from_rows(
                    &amplitude[n * first..n * last],
                    &shape[12 * first..12 * last],
                );
            }
        }
        Ok(all)
    }

    /// How good the networks are together.
    ///
    /// # Errors
    /// Those of the device.
    pub(crate) fn judge(
        &self,
        networks: &[&Network],
        along: Option<&Along>,
        device: &Device,
    ) -> Result<Vec<(&'static str, f64)>> {
        let outputs = self.predict(networks, along, device)?;
        let records = self.chains.iter().map(|c| &c.record);
        Ok(scores(&records.zip(&outputs)))
    }
}

/// What is said of each set of chains, in this order.
fn names(set: Set) -> [&'static str; 5] {
    match set {
        Set::XrayB => ["b_median", "b_mean", "", "", ""],
        Set::XrayAniso => [
            "aniso_median",
            "aniso_mean",
            "aniso_log_frobenius",
            "aniso_kl",
            "aniso_axis",
        ],
        Set::Nmr => [
            "nmr_median",
            "nmr_mean",
            "nmr_log_frobenius",
            "nmr_kl",
            "nmr_axis",
        ],
        Set::Simulation => [
            "md_median",
            "md_mean",
            "md_pearson",
            "md_level",
            "md_log_off",
        ],
    }
}

/// Medians and means over chains: Spearman of amplitudes with B, of ANISOU, of NMR; log-Frobenius,
/// symmetric KL and angle of the main axes of the tensors after one scale a chain.
pub(crate) fn scores<'a>(
    answers: &(impl Iterator<Item = (&'a Record, &'a MotionOutput)> + Clone),
) -> Vec<(&'static str, f64)> {
    let mut scores = Vec::new();
    let present = |set: &Set| answers.clone().any(|(record, _)| record.set == *set);
    for set in Set::ALL.into_iter().filter(present) {
        let (mut profiles, mut shapes) = (Vec::new(), [Vec::new(), Vec::new(), Vec::new()]);
        for (record, output) in answers.clone().filter(|(record, _)| record.set == set) {
            let (column, shape) = columns(set.environment());
            let Some(amplitude) = output.amplitude.get(column) else {
                continue;
            };
            if let Some(simulated) = &record.simulated {
                let (rho, found) = of_simulation(amplitude, simulated);
                profiles.push(rho);
                add(&mut shapes, found);
            }
            match (&record.log_b, &record.tensors, set) {
                (Some(b), _, Set::XrayB) => {
                    let b: Vec<f64> = b.iter().copied().map(f64::from).collect();
                    profiles.push(spearman(amplitude, &b));
                }
                (_, Some(tensors), Set::XrayAniso | Set::Nmr) => {
                    let (x, y) = good_pairs(tensors, amplitude);
                    profiles.push(spearman(&x, &y));
                    if !record.tls {
                        add(
                            &mut shapes,
                            compare(tensors, amplitude, &output.shape[shape]),
                        );
                    }
                }
                _ => {}
            }
        }
        let [first, second, rest @ ..] = names(set);
        scores.push((second, mean(&profiles)));
        scores.push((first, median(&mut profiles)));
        for (name, list) in rest.into_iter().zip(&mut shapes) {
            if name.ends_with("_pearson") {
                scores.push((name, mean(list)));
            } else if !name.is_empty() {
                scores.push((name, median(list)));
            }
        }
    }
    scores
}

fn add(lists: &mut [Vec<f64>; 3], values: [f64; 3]) {
    for (list, value) in lists.iter_mut().zip(values) {
        list.push(value);
    }
}

/// Spearman; Pearson of the RMSF, the logarithm of its mean less that of the simulation, and its size.
fn of_simulation(amplitude: &[f64], simulated: &[f32]) -> (f64, [f64; 3]) {
    let predicted: Vec<f64> = amplitude.iter().map(|a| (a / 2.0).exp()).collect();
    let measured: Vec<f64> = simulated
        .iter()
        .map(|&a| (f64::from(a) / 2.0).exp())
        .collect();
    let level = (mean(&predicted) / mean(&measured)).ln();
    let found = [pearson(&predicted, &measured), level, level.abs()];
    (spearman(&predicted, &measured), found)
}

fn good_pairs(tensors: &Tensors, amplitude: &[f64]) -> (Vec<f64>, Vec<f64>) {
    amplitude
        .iter()
        .zip(&tensors.amplitude)
        .zip(&tensors.good)
        .filter(|(_, good)| **good)
        .map(|((x, y), _)| (*x, f64::from(*y)))
        .unzip()
}

/// Medians over residues after one scale a chain.
fn compare(tensors: &Tensors, amplitude: &[f64], shape: &[[f64; 6]]) -> [f64; 3] {
    let pairs: Vec<(Covariance3, Covariance3)> = (0..amplitude.len())
        .filter(|&i| tensors.good[i])
        .map(|i| (covariance(amplitude[i], &shape[i]), tensors.local[i]))
        .collect();
    let level = |m: &Covariance3| m.determinant().max(1e-18).ln() / 3.0;
    let mut shifts: Vec<f64> = pairs.iter().map(|(s, u)| level(u) - level(s)).collect();
    let scale = median(&mut shifts).exp();
    let over = |f: fn(&Covariance3, &Covariance3) -> f64| {
        let mut all: Vec<f64> = pairs.iter().map(|(s, u)| f(&(s * scale), u)).collect();
        median(&mut all)
    };
    [
        over(log_frobenius),
        over(symmetric_kl),
        over(axis_angle_degrees),
    ]
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => values[n / 2],
        _ => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

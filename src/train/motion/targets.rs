//! What is to be learned from a padded batch.

use candle_core::{Device, Result, Tensor};

use super::data::{Record, Set};
use crate::analysis::motion_features::columns;

/// Amplitudes a residue: one an environment.
const AMPLITUDES: usize = 3;
/// Shapes a residue: simulations have none of their own.
const SHAPES: usize = 2;

/// What is to be learned from a padded batch.
pub struct Targets {
    /// (B, 1, 3): 1 at the amplitude of the chain's environment.
    pub of_amplitude: Tensor,
    /// (B, 1, 2, 1): 1 at the shape of the chain's environment.
    pub of_shape: Tensor,
    /// log B.
    pub b_factors: Profiles,
    /// log amplitude of measured tensors and of simulations.
    pub amplitudes: Profiles,
    /// RMSF of simulations.
    pub rmsf: Profiles,
    /// (B, L, 6) log shapes.
    pub shape: Tensor,
    /// (B, L): what a residue's shape weighs in the total.
    pub shape_weight: Tensor,
    /// (B, L) log amplitudes as measured, not centred.
    pub level: Tensor,
    /// (B, L): what a residue's absolute level weighs in the total.
    pub level_weight: Tensor,
}

/// One profile a chain, centred.
pub struct Profiles {
    /// (B, L): 1 where there is a value.
    pub mask: Tensor,
    /// (B, L): 1/n where there is a value.
    pub mean: Tensor,
    /// (B, L): the profile less its mean, 0 where there is none.
    pub centred: Tensor,
    /// (B,): its norm.
    pub norm: Tensor,
    /// (B,): factor of the mean squared difference.
    pub scale: Tensor,
    /// (B,): what the chain weighs in the total.
    pub weight: Tensor,
}

/// How much the parts weigh.
#[derive(Debug, Clone, Copy)]
pub struct Weights {
    /// Of the squared error of shapes.
    pub shape: f32,
    /// Of the squared error of the absolute level (NMR).
    pub level: f32,
    /// The same of simulations.
    pub simulated_level: f32,
    /// Of 1 − Pearson of the RMSF of simulations.
    pub simulated_rmsf: f32,
    /// Chains at worse than 2 Å resolution weigh (2 Å / resolution) to this power.
    pub resolution: f64,
}

#[derive(Default)]
struct HostProfiles {
    mask: Vec<f32>,
    mean: Vec<f32>,
    centred: Vec<f32>,
    norm: Vec<f32>,
    scale: Vec<f32>,
    weight: Vec<f32>,
}

impl HostProfiles {
    fn push(&mut self, length: usize, profile: Option<(&[f32], &[bool])>, c: f32, weight: f32) {
        let start = self.mask.len();
        for list in [&mut self.mask, &mut self.mean, &mut self.centred] {
            list.resize(start + length, 0.0);
        }
        let (mut norm, mut scale, mut own) = (0.0, 0.0, 0.0);
        if let Some((values, good)) = profile {
            let chosen = || {
                values
                    .iter()
                    .zip(good)
                    .filter(|(_, g)| **g)
                    .map(|(v, _)| *v)
            };
            let n = chosen().count() as f32;
            let mean = chosen().sum::<f32>() / n;
            let square = chosen().map(|v| (v - mean).powi(2)).sum::<f32>();
            (norm, scale, own) = (square.sqrt(), c / (square / (n - 1.0) + 0.02), weight);
            for (i, (v, _)) in values
                .iter()
                .zip(good)
                .enumerate()
                .filter(|(_, (_, g))| **g)
            {
                self.mask[start + i] = 1.0;
                self.mean[start + i] = 1.0 / n;
                self.centred[start + i] = v - mean;
            }
        }
        self.norm.push(norm);
        self.scale.push(scale);
        self.weight.push(own);
    }

    fn upload(self, total: f32, length: usize, device: &Device) -> Result<Profiles> {
        let b = self.norm.len();
        let rows = |x: Vec<f32>| Tensor::from_vec(x, (b, length), device);
        let weight = self.weight.iter().map(|w| w / total).collect::<Vec<_>>();
        Ok(Profiles {
            mask: rows(self.mask)?,
            mean: rows(self.mean)?,
            centred: rows(self.centred)?,
            norm: Tensor::from_vec(self.norm, b, device)?,
            scale: Tensor::from_vec(self.scale, b, device)?,
            weight: Tensor::from_vec(weight, b, device)?,
        })
    }
}

impl Targets {
    /// Of chains padded to `length` residues.
    ///
    /// # Errors
    /// Those of the device.
    pub fn new(
        records: &[&Record],
        length: usize,
        weights: Weights,
        device: &Device,
    ) -> Result<Self> {
        let (b, l) = (records.len(), length);
        let [mut b_factors, mut amplitudes, mut rmsf] = [(); 3].map(|()| HostProfiles::default());
        let [mut of_amplitude, mut of_shape] = [AMPLITUDES, SHAPES].map(|n| vec![0f32; n * b]);
        let mut shape = vec![0f32; b * l * 6];
        let [mut shape_weight, mut level, mut level_weight] = [(); 3].map(|()| vec![0f32; b * l]);
        let mut total = 0.0;
        for (slot, record) in records.iter().enumerate() {
            let n = record.residues();
            let w = chain_weight(record.set, n, record.resolution, weights.resolution);
            let (amplitude, its_shape) = columns(record.set.environment());
            of_amplitude[AMPLITUDES * slot + amplitude] = 1.0;
            of_shape[SHAPES * slot + its_shape] = 1.0;
            let every = vec![true; n];
            let log_b = record.log_b.as_ref().map(|x| (&x[..], &every[..]));
            b_factors.push(l, log_b, 0.15, w);
            total += if log_b.is_some() { w } else { 0.0 };
            let tensors = record.tensors.as_ref().filter(|t| count(&t.good) >= 20);
            let simulated = record.simulated.as_ref().map(|x| (&x[..], &every[..]));
            let profile = tensors.map(|t| (&t.amplitude[..], &t.good[..]));
            let profile = profile.or(simulated);
            amplitudes.push(l, profile, 0.3, 2.0 * w);
            let of_rmsf = record.simulated.as_deref().map(rmsf_of);
            let of_rmsf = of_rmsf.as_ref().map(|x| (&x[..], &every[..]));
            rmsf.push(l, of_rmsf, 0.0, 2.0 * w * weights.simulated_rmsf);
            let Some((values, good)) = profile else {
                continue;
            };
            total += 2.0 * w;
            let each = 2.0 * w / count(good) as f32;
            let of_level = match record.set {
                Set::Nmr => weights.level,
                Set::Simulation => weights.simulated_level,
                Set::XrayB | Set::XrayAniso => 0.0,
            };
            for (r, _) in good.iter().enumerate().filter(|(_, g)| **g) {
                let at = slot * l + r;
                level[at] = values[r];
                level_weight[at] = of_level * each;
                if let Some(tensors) = tensors {
                    shape[6 * at..6 * at + 6].copy_from_slice(&tensors.shape[r]);
                    shape_weight[at] = weights.shape * each;
                }
            }
        }
        let total = total.max(1e-6);
        let rows = |mut x: Vec<f32>, scale: f32| {
            for v in &mut x {
                *v /= scale;
            }
            Tensor::from_vec(x, (b, l), device)
        };
        Ok(Self {
            of_amplitude: Tensor::from_vec(of_amplitude, (b, 1, AMPLITUDES), device)?,
            of_shape: Tensor::from_vec(of_shape, (b, 1, SHAPES, 1), device)?,
            b_factors: b_factors.upload(total, l, device)?,
            amplitudes: amplitudes.upload(total, l, device)?,
            rmsf: rmsf.upload(total, l, device)?,
            shape: Tensor::from_vec(shape, (b, l, 6), device)?,
            shape_weight: rows(shape_weight, total)?,
            level: rows(level, 1.0)?,
            level_weight: rows(level_weight, total)?,
        })
    }
}

fn chain_weight(set: Set, residues: usize, resolution: Option<f64>, power: f64) -> f32 {
    let size = (residues.min(400) as f64 / 150.0).sqrt();
    let sharpness = match (set, resolution) {
        (Set::XrayB, Some(resolution)) => (2.0 / resolution).min(1.0).powf(power),
        _ => 1.0,
    };
    (size * sharpness) as f32
}

/// Up to a factor.
fn rmsf_of(amplitude: &[f32]) -> Vec<f32> {
    amplitude.iter().map(|a| (a / 2.0).exp()).collect()
}

fn count(good: &[bool]) -> usize {
    good.iter().filter(|g| **g).count()
}

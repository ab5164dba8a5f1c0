//! The marginal network: the losses of the motion network on one 3 × 3 covariance a residue.

use anyhow::Result;
use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::spectral::log3;
use crate::models::dynaprot::{Frames, Marginal, flat_frames, residue_index};
use crate::models::layers::Pass;
use crate::models::motion::MotionOutput;
use crate::numeric::{Frame, Vec3};
use crate::train::motion::batch::plan;
use crate::train::motion::data::Record;
use crate::train::motion::validation::scores;

/// Padded chains on the host.
pub(crate) struct HostFrames {
    /// Indices of the chains.
    pub members: Vec<usize>,
    /// Residues a chain is padded to.
    pub length: usize,
    residue: Vec<u32>,
    rotation: Vec<f32>,
    translation: Vec<f32>,
    mask: Vec<f32>,
}

/// Frames of a chain, with Gaussian noise of that many Å on every atom.
pub(crate) fn disturbed(record: &Record, deviation: f64, rng: &mut ChaCha8Rng) -> Vec<Frame> {
    if deviation == 0.0 {
        return record.frames.clone();
    }
    let mut moved = record.backbone.clone();
    for x in moved.n.iter_mut().chain(&mut moved.ca).chain(&mut moved.c) {
        *x += Vec3::from_fn(|_, _| {
            let z: f64 = StandardNormal.sample(rng);
            deviation * z
        });
    }
    moved.frames()
}

/// Residue types of the complete residues.
pub(crate) fn types(record: &Record) -> impl Iterator<Item = u32> + '_ {
    let residues = &record.protein.residues;
    record
        .kept
        .iter()
        .map(|&i| residue_index(residues[i].letter()))
}

impl HostFrames {
    pub(crate) fn new(records: &[Record], members: &[usize], noise: f64, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let lengths = members.iter().map(|&i| records[i].residues());
        let length = lengths.max().unwrap_or(1);
        let mut batch = Self {
            members: members.to_vec(),
            length,
            residue: Vec::new(),
            rotation: Vec::new(),
            translation: Vec::new(),
            mask: Vec::new(),
        };
        for (slot, &i) in members.iter().enumerate() {
            let (rotation, translation) = flat_frames(&disturbed(&records[i], noise, &mut rng));
            let end = (slot + 1) * length;
            batch
                .mask
                .resize(batch.mask.len() + records[i].residues(), 0.0);
            batch.residue.extend(types(&records[i]));
            batch.rotation.extend(rotation);
            batch.translation.extend(translation);
            batch.mask.resize(end, -1e9);
            batch.residue.resize(end, 0);
            batch.rotation.resize(9 * end, 0.0);
            batch.translation.resize(3 * end, 0.0);
        }
        batch
    }

    /// Residue types and frames on the device.
    pub(crate) fn upload(&self, device: &Device) -> candle_core::Result<(Tensor, Frames)> {
        let (b, l) = (self.members.len(), self.length);
        Ok((
            Tensor::from_slice(&self.residue, (b, l), device)?,
            Frames {
                rotation: Tensor::from_slice(&self.rotation, (b, l, 3, 3), device)?,
                translation: Tensor::from_slice(&self.translation, (b, l, 3), device)?,
                mask: Some(Tensor::from_slice(&self.mask, (b, 1, 1, l), device)?),
            },
        ))
    }
}

/// Covariances (B, L, 3, 3) as log amplitudes (N, 2) and log shapes (N, 2, 6), the same for both
/// environments: the network knows one.
pub(crate) fn split(covariance: &Tensor) -> candle_core::Result<(Tensor, Tensor)> {
    let s = covariance.flatten_to(1)?; // (N, 3, 3)
    let n = s.dim(0)?;
    let flat = s.reshape((n, 9))?;
    let pick = |at: &[usize]| -> candle_core::Result<Tensor> {
        let columns = at.iter().map(|&i| flat.narrow(1, i, 1));
        Tensor::cat(&columns.collect::<candle_core::Result<Vec<_>>>()?, 1)
    };
    let amplitude = (pick(&[0, 4, 8])?.mean_keepdim(1)? + 1e-6)?.log()?; // (N, 1)
    let log = log3(&s)?.reshape((n, 9))?;
    let column = |i: usize| log.narrow(1, i, 1);
    let diagonal = Tensor::cat(&[column(0)?, column(4)?, column(8)?], 1)?;
    let diagonal = diagonal.broadcast_sub(&diagonal.mean_keepdim(1)?)?;
    let shape = Tensor::cat(&[diagonal, column(1)?, column(2)?, column(5)?], 1)?.unsqueeze(1)?;
    Ok((
        Tensor::cat(&[&amplitude, &amplitude], 1)?,
        Tensor::cat(&[&shape, &shape], 1)?,
    ))
}

/// How good the network is on these chains.
pub(crate) fn judge(
    network: &Marginal,
    records: &[Record],
    device: &Device,
) -> Result<Vec<(&'static str, f64)>> {
    let lengths: Vec<usize> = records.iter().map(Record::residues).collect();
    let order: Vec<usize> = (0..records.len()).collect();
    let mut all = vec![MotionOutput::default(); records.len()];
    for members in plan(&lengths, &order, 2048, 0) {
        let batch = HostFrames::new(records, &members, 0.0, 0);
        let (residue, frames) = batch.upload(device)?;
        let covariance = network.forward(&residue, &frames, &Pass::inference(), &())?;
        let (amplitude, shape) = split(&covariance.detach())?;
        let amplitude: Vec<f32> = amplitude.flatten_all()?.to_vec1()?;
        let shape: Vec<f32> = shape.flatten_all()?.to_vec1()?;
        for (slot, &i) in batch.members.iter().enumerate() {
            let first = slot * batch.length;
            let last = first + records[i].residues();
            all[i] = MotionOutput::from_rows(
                &amplitude[2 * first..2 * last],
                &shape[12 * first..12 * last],
            );
        }
    }
    Ok(scores(&records.iter().zip(&all)))
}

//! The two networks: marginals of single residues, and the coupling of all pairs.

use candle_core::{Device, Result, Tensor};
use candle_nn::VarBuilder;
use tracing::trace_span;

use super::attention::{Attention, softplus};
use super::config::Config;
use super::frames::Frames;
use super::pairs::{Blocks, PairBlock, advance, in_rows};
use crate::models::error::ModelError;
use crate::models::kernels::product::tensor_product;
use crate::models::layers::stage::Stage;
use crate::models::layers::{Embedding, Linear, Pass};
use crate::progress::{Checkpoint, Part};

/// Residue types, the unknown one last.
const TYPES: usize = 21;
/// Where trunk, pairs, pair blocks and readout begin and end, in parts of the joint network's work.
const STAGES: [(f64, f64); 4] = [(0.0, 0.03), (0.03, 0.06), (0.06, 0.9), (0.9, 1.0)];
/// Bell curves that a distance is told by.
const SHELLS: usize = 24;
/// From one to the next, and their width, Å.
const SHELL_ANGSTROM: f32 = 1.6;

/// Embedding and attention blocks.
#[derive(Debug, Clone)]
struct Trunk {
    types: Embedding,
    positions: bool,
    blocks: Vec<Attention>,
}

impl Trunk {
    fn new(config: &Config, vb: &VarBuilder<'_>) -> Result<Self> {
        let blocks = (0..config.num_ipa_blocks)
            .map(|i| Attention::new(config, &vb.pp(format!("ipa_blocks.{i}"))));
        Ok(Self {
            types: Embedding::new(TYPES, config.d_model, 1.0, &vb.pp("sequence_embedding"))?,
            positions: config.use_sinusoidal_pos_emb,
            blocks: blocks.collect::<Result<_>>()?,
        })
    }

    /// Residue types (B, N) u32 → states (B, N, d).
    fn forward(
        &self,
        residue: &Tensor,
        frames: &Frames,
        pass: &Pass,
        checkpoint: &dyn Checkpoint,
    ) -> std::result::Result<Tensor, ModelError> {
        let (b, n) = residue.dims2()?;
        let types = self.types.forward(&residue.flatten_all()?)?;
        let mut x = types.reshape((b, n, ()))?;
        if self.positions {
            let positions = sinusoids(n, x.dim(2)?, x.device())?.to_dtype(x.dtype())?;
            x = x.broadcast_add(&positions.unsqueeze(0)?)?;
        }
        for (i, block) in self.blocks.iter().enumerate() {
            checkpoint.reached(i, self.blocks.len())?;
            let _stage = Stage::enter(
                trace_span!("dynaprot attention", index = i),
                residue.device(),
            );
            x = block.forward(&x, frames, pass)?;
        }
        Ok(x)
    }
}

/// (N, d): sine at even places, cosine at odd ones, wavelengths up to 2π · 10 000.
fn sinusoids(n: usize, d: usize, device: &Device) -> Result<Tensor> {
    let values: Vec<f32> = (0..n * d)
        .map(|at| {
            let (position, place) = (at / d, at % d);
            let angle = position as f64 / 10_000f64.powf((place - place % 2) as f64 / d as f64);
            let wave = if place % 2 == 0 {
                angle.sin()
            } else {
                angle.cos()
            };
            wave as f32
        })
        .collect();
    Tensor::from_vec(values, (n, d), device)
}

/// 3 × 3 covariances in the local frames.
#[derive(Debug, Clone)]
pub(crate) struct Marginal {
    trunk: Trunk,
    head: Linear,
}

impl Marginal {
    pub(crate) fn new(config: &Config, vb: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            trunk: Trunk::new(config, vb)?,
            head: Linear::new(config.d_model, 6, &vb.pp("covars_predictor"))?,
        })
    }

    /// (B, N, 3, 3), Å²: L Lᵀ with L from six numbers, column after column.
    pub(crate) fn forward(
        &self,
        residue: &Tensor,
        frames: &Frames,
        pass: &Pass,
        checkpoint: &dyn Checkpoint,
    ) -> std::result::Result<Tensor, ModelError> {
        let x = self.trunk.forward(residue, frames, pass, checkpoint)?;
        let six = self.head.forward(&x)?; // (B, N, 6): 00 10 20 11 21 22
        let (b, n, _) = six.dims3()?;
        let entry = |i: usize| six.narrow(2, i, 1);
        let (d0, d1, d2) = (
            softplus(&entry(0)?)?,
            softplus(&entry(3)?)?,
            softplus(&entry(5)?)?,
        );
        let zero = d0.zeros_like()?;
        let rows = [
            &d0,
            &zero,
            &zero,
            &entry(1)?,
            &d1,
            &zero,
            &entry(2)?,
            &entry(4)?,
            &d2,
        ];
        let lower = Tensor::cat(&rows, 2)?.reshape((b * n, 3, 3))?;
        let product = tensor_product(&lower, &lower.transpose(1, 2)?)?;
        Ok(product.reshape((b, n, 3, 3))?)
    }
}

/// The coupling of all pairs.
#[derive(Debug, Clone)]
pub(crate) struct Joint {
    trunk: Trunk,
    pairs: Linear,
    distances: Option<Linear>,
    blocks: Vec<PairBlock>,
    hidden: Vec<Linear>,
    out: Linear,
}

impl Joint {
    pub(crate) fn new(config: &Config, vb: &VarBuilder<'_>) -> Result<Self> {
        let (d, z) = (config.d_model, config.pair_width());
        let (head, wide) = (vb.pp("global_corr_predictor"), config.readout_hidden_dim);
        let hidden = (0..config.readout_layers).map(|i| {
            let input = if i == 0 { z } else { wide };
            Linear::new(input, wide, &head.pp((3 * i).to_string())) // then ReLU, dropout
        });
        let blocks = (0..config.pair_blocks)
            .map(|i| PairBlock::new(config, &vb.pp(format!("pair_blocks.{i}"))));
        let last = (3 * config.readout_layers).to_string();
        Ok(Self {
            trunk: Trunk::new(config, vb)?,
            pairs: Linear::new(2 * d, z, &vb.pp("pairwise_projector"))?,
            distances: if config.pair_distances {
                Some(Linear::without_bias(SHELLS, z, &vb.pp("pair_distances"))?)
            } else {
                None
            },
            blocks: blocks.collect::<Result<_>>()?,
            hidden: hidden.collect::<Result<_>>()?,
            out: Linear::new(wide, 1, &head.pp(last))?,
        })
    }

    /// (N, N), Å², of one chain: residue types (1, N).
    pub(crate) fn forward(
        &self,
        residue: &Tensor,
        frames: &Frames,
        pass: &Pass,
        checkpoint: &dyn Checkpoint,
    ) -> std::result::Result<Tensor, ModelError> {
        let [begun, paired, blocked, read] = STAGES.map(|(from, to)| Part {
            whole: checkpoint,
            from,
            to,
        });
        let blocks = |checkpoint| Blocks {
            bytes: pass.block_bytes(),
            checkpoint,
        };
        let x = self.trunk.forward(residue, frames, pass, &begun)?;
        let x = x.squeeze(0)?; // (N, d)
        let (n, d) = x.dims2()?;
        // The projection of [h_i, h_j] is a sum of two: no (N, N, 2d) is ever made.
        let weight = self.pairs.weight();
        let own = tensor_product(&x, &weight.narrow(1, 0, d)?.contiguous()?.t()?)?;
        let own = match self.pairs.bias() {
            Some(bias) => own.broadcast_add(bias)?,
            None => own,
        };
        let other = tensor_product(&x, &weight.narrow(1, d, d)?.contiguous()?.t()?)?;
        let mut z = own.unsqueeze(1)?.broadcast_add(&other.unsqueeze(0)?)?; // (N, N, z)
        if let Some(projection) = &self.distances {
            let apart = distances(&frames.translation.squeeze(0)?)?; // (N, N)
            let known = in_rows(&apart, 8 * n * SHELLS, blocks(&paired), |apart| {
                projection.forward(&shells(apart)?)
            })?;
            z = (z + known)?;
        }
        let z = advance(&self.blocks, z, blocks(&blocked))?;
        let wide = self.out.weight().dim(1)?;
        let entries = in_rows(&z, 3 * n * wide * 4, blocks(&read), |z| {
            let mut y = z.clone();
            for layer in &self.hidden {
                y = layer.forward(&y)?.relu()?;
            }
            self.out.forward(&y)?.squeeze(2)
        })?; // (N, N)
        Ok(from_lower(&entries)?)
    }
}

/// Distances in Å between all places (N, 3).
fn distances(places: &Tensor) -> Result<Tensor> {
    let difference = places.unsqueeze(1)?.broadcast_sub(&places.unsqueeze(0)?)?;
    difference.sqr()?.sum(2)?.sqrt()
}

/// Bell curves of distances (rows, N) around centres from 2 Å on → (rows, N, shells).
fn shells(distances: &Tensor) -> Result<Tensor> {
    let centres: Vec<f32> = (0..SHELLS)
        .map(|k| 2.0 + SHELL_ANGSTROM * k as f32)
        .collect();
    let centres =
        Tensor::from_vec(centres, SHELLS, distances.device())?.to_dtype(distances.dtype())?;
    let off = distances.unsqueeze(2)?.broadcast_sub(&centres)?;
    (off.sqr()? * f64::from(-0.5 / (SHELL_ANGSTROM * SHELL_ANGSTROM)))?.exp()
}

/// L Lᵀ with L the lower triangle of `entries`, softplus + 10⁻⁶ on its diagonal.
fn from_lower(entries: &Tensor) -> Result<Tensor> {
    let n = entries.dim(0)?;
    let keep = |keep: fn(usize, usize) -> bool| {
        let values: Vec<f32> = (0..n * n)
            .map(|at| f32::from(u8::from(keep(at / n, at % n))))
            .collect();
        Tensor::from_vec(values, (n, n), entries.device())?.to_dtype(entries.dtype())
    };
    let below = (entries * keep(|i, j| i > j)?)?;
    let diagonal = ((softplus(entries)? + 1e-6)? * keep(|i, j| i == j)?)?;
    let lower = (below + diagonal)?;
    tensor_product(&lower, &lower.t()?)
}

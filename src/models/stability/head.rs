//! From the states of the residue network to the cost of every substitution at every site.

use candle_core::{Result, Tensor};
use candle_nn::{Init, VarBuilder};

use super::side_chains::SIDE_CHAIN;
use crate::models::layers::activation::silu;
use crate::models::layers::{Embedding, LayerNorm, Linear, Pass, one_hot};
use crate::models::residue::network::Output;

/// Share dropped in training.
const DROPOUT: f64 = 0.2;
/// How log-probabilities are scaled before they are read.
const LIKELIHOOD: f64 = 0.3;

/// Reads the encoder's output and each decoder layer's, the log-probabilities and, where the
/// structure has them, the side-chain features.
pub(crate) struct Head {
    side_chain: Linear,
    level_norms: Vec<LayerNorm>,
    levels: Linear,
    wild_type: Embedding,
    mutant: Embedding,
    likelihood: Linear,
    hidden: Linear,
    out: Linear,
    likelihood_scale: Tensor,
    offset: Tensor,
}

impl Head {
    /// A head on `levels` levels of `width` numbers.
    pub fn new(width: usize, levels: usize, vb: &VarBuilder) -> Result<Self> {
        let d = width;
        Ok(Self {
            side_chain: Linear::new(SIDE_CHAIN, d, &vb.pp("side_chain"))?,
            level_norms: (0..levels)
                .map(|i| LayerNorm::new(d, &vb.pp("level_norms").pp(i)))
                .collect::<Result<_>>()?,
            levels: Linear::new(levels * d, d, &vb.pp("levels"))?,
            wild_type: Embedding::new(20, d, 0.3, &vb.pp("wild_type"))?,
            mutant: Embedding::new(20, d, 0.3, &vb.pp("mutant"))?,
            likelihood: Linear::new(3, d, &vb.pp("likelihood"))?,
            hidden: Linear::new(d, d, &vb.pp("hidden"))?,
            out: Linear::new(d, 1, &vb.pp("out"))?,
            likelihood_scale: vb.get_with_hints(1, "likelihood_scale", Init::Const(0.3))?,
            offset: vb.get_with_hints(1, "offset", Init::Const(0.0))?,
        })
    }

    /// ΔΔG (N, 20) in kcal/mol of every substitution. `side_chain` (N, 6) with `shown` (N, 1), which
    /// is 0 where it is not to be read; `wild_type` (N,) u32 below 20.
    pub fn forward(
        &self,
        output: &Output,
        side_chain: Option<(&Tensor, &Tensor)>,
        wild_type: &Tensor,
        pass: &Pass,
    ) -> Result<Tensor> {
        let n = wild_type.dim(0)?;
        let levels = self
            .level_norms
            .iter()
            .zip(&output.levels)
            .map(|(norm, level)| norm.forward(level))
            .collect::<Result<Vec<_>>>()?;
        let x = pass.dropout(&Tensor::cat(&levels, 1)?, DROPOUT)?;
        let mut x = (self.levels.forward(&x)? + self.wild_type.forward(wild_type)?)?;
        if let Some((features, shown)) = side_chain {
            let read = self.side_chain.forward(features)?.broadcast_mul(shown)?;
            x = (x + read)?;
        }
        let log_probability = candle_nn::ops::log_softmax(&output.logits, 1)?; // (N, 20)
        let own = (&log_probability * one_hot(wild_type, 20)?)?.sum_keepdim(1)?;
        let own = own.broadcast_as((n, 20))?;
        let ratio = (&own - &log_probability)?;
        let read = Tensor::stack(&[&own.contiguous()?, &log_probability, &ratio], 2)?;
        let read = self.likelihood.forward(&(read * LIKELIHOOD)?)?; // (N, 20, d)
        let z = read
            .broadcast_add(&x.unsqueeze(1)?)?
            .broadcast_add(&self.mutant.weight().unsqueeze(0)?)?;
        let z = pass.dropout(&silu(&z)?, DROPOUT)?;
        let z = silu(&self.hidden.forward(&z)?)?;
        let ddg = self.out.forward(&z)?.squeeze(2)?; // (N, 20)
        ddg.broadcast_add(&self.offset)?
            .add(&ratio.broadcast_mul(&self.likelihood_scale)?)
    }
}

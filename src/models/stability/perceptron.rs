//! The small partner of the stability network: a perceptron on hand-made features.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

use super::descriptors::SUBSTITUTION;
use crate::models::layers::activation::silu;
use crate::models::layers::{Linear, Pass};

/// Width of both hidden layers.
const HIDDEN: usize = 128;
/// Share of the hidden numbers dropped in training.
const DROPOUT: f64 = 0.3;
/// Standardised inputs stay within ± this.
const LIMIT: f64 = 4.0;

/// Two hidden layers; reads standardised features.
pub(crate) struct Perceptron {
    hidden_1: Linear,
    hidden_2: Linear,
    out: Linear,
}

impl Perceptron {
    pub fn new(vb: &VarBuilder) -> Result<Self> {
        Ok(Self {
            hidden_1: Linear::new(SUBSTITUTION, HIDDEN, &vb.pp("hidden_1"))?,
            hidden_2: Linear::new(HIDDEN, HIDDEN, &vb.pp("hidden_2"))?,
            out: Linear::new(HIDDEN, 1, &vb.pp("out"))?,
        })
    }

    /// x (M, 117), standardised → (M,) kcal/mol.
    pub fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        let x = pass.dropout(&silu(&self.hidden_1.forward(x)?)?, DROPOUT)?;
        let x = pass.dropout(&silu(&self.hidden_2.forward(&x)?)?, DROPOUT)?;
        self.out.forward(&x)?.squeeze(1)
    }
}

/// Mean and scale of each input.
#[derive(Debug, Clone)]
pub(crate) struct Standard {
    pub mean: Tensor,
    pub scale: Tensor,
}

impl Standard {
    pub fn load(vb: &VarBuilder) -> Result<Self> {
        Ok(Self {
            mean: vb.get(SUBSTITUTION, "mean")?,
            scale: vb.get(SUBSTITUTION, "scale")?,
        })
    }

    /// (M, 117) → the same, centred, scaled and clipped.
    pub fn apply(&self, x: &Tensor) -> Result<Tensor> {
        x.broadcast_sub(&self.mean)?
            .broadcast_div(&self.scale)?
            .clamp(-LIMIT, LIMIT)
    }
}

//! The heads in plain tensor operations, for GPUs.

use candle_core::{DType, Result, Tensor};
use candle_nn::{Module, VarBuilder};
use candle_transformers::models::with_tracing::{LayerNorm, Linear, linear};
use tracing::trace_span;

use super::property::{PAIR_CHANNELS, RESIDUE_CHANNELS, activate_pairs};
use crate::models::error::ModelError;
use crate::models::esm2::Config;
use crate::models::esm2::tensor::{Attention, norm};
use crate::models::kernels::product::tensor_product;
use crate::models::kernels::read::numbers;
use crate::models::layers::stage::Stage;
use crate::progress::Checkpoint;

/// Most numbers of the widest tensor of a block of the pair map: 256 MB in f32.
const BLOCK_NUMBERS: usize = 1 << 26;

/// Linear → GELU → layer norm → linear.
struct Perceptron {
    first: Linear,
    norm: LayerNorm,
    second: Linear,
}

impl Perceptron {
    fn load(vb: &VarBuilder<'_>, config: &Config, outputs: usize) -> Result<Self> {
        let width = config.width;
        Ok(Self {
            first: linear(width, width, vb.pp(0))?,
            norm: norm(&vb.pp(2), width, config.layer_norm_eps)?,
            second: linear(width, outputs, vb.pp(4))?,
        })
    }

    fn forward(&self, states: &Tensor) -> Result<Tensor> {
        let inner = self.first.forward(states)?.gelu_erf()?;
        self.second.forward(&self.norm.forward(&inner)?)
    }
}

/// Both heads.
pub(super) struct Heads {
    residue: Perceptron,
    transform: Perceptron,
    /// The middle layer's weights on q ∘ k and on q − k, (width, middle).
    of_product: Tensor,
    of_difference: Tensor,
    middle_bias: Tensor,
    /// The last layer's weights on the middle layer and on the attention maps.
    of_middle: Tensor,
    of_maps: Tensor,
    last_bias: Tensor,
}

impl Heads {
    /// Reads the heads; `middle_width` is the width of the pair head's middle layer.
    pub fn load(vb: &VarBuilder<'_>, config: &Config, middle_width: usize) -> Result<Self> {
        let width = config.width;
        let maps = config.layers * config.heads;
        let middle = vb.pp("pair_middle_linear");
        let middle_weight = middle.get((middle_width, 2 * width), "weight")?.t()?;
        let last = vb.pp("pair_pred_linear");
        let last_weight = last
            .get((PAIR_CHANNELS, middle_width + maps), "weight")?
            .t()?;
        Ok(Self {
            residue: Perceptron::load(&vb.pp("res_pred_nn"), config, RESIDUE_CHANNELS)?,
            transform: Perceptron::load(&vb.pp("res_transform_nn"), config, 2 * width)?,
            of_product: middle_weight.narrow(0, 0, width)?.contiguous()?,
            of_difference: middle_weight.narrow(0, width, width)?.contiguous()?,
            middle_bias: middle.get(middle_width, "bias")?,
            of_middle: last_weight.narrow(0, 0, middle_width)?.contiguous()?,
            of_maps: last_weight.narrow(0, middle_width, maps)?.contiguous()?,
            last_bias: last.get(PAIR_CHANNELS, "bias")?,
        })
    }

    /// Raw residue properties of (…, width) in f32, (…, 50).
    pub fn residues(&self, states: &Tensor) -> Result<Tensor> {
        let _stage = Stage::enter(trace_span!("residue head"), states.device());
        self.residue.forward(states)?.to_dtype(DType::F32)
    }

    /// Pair properties of one sequence, (length, width), handed over in blocks of rows:
    /// (row, column, 13).
    pub fn pairs(
        &self,
        states: &Tensor,
        attention: &Attention,
        checkpoint: &dyn Checkpoint,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> std::result::Result<(), ModelError> {
        let (length, width) = states.dims2()?;
        let both = self.transform.forward(states)?; // (length, 2 · width)
        let queries = both.narrow(1, 0, width)?.contiguous()?;
        let keys = both.narrow(1, width, width)?.contiguous()?;
        let widest = width.max(self.of_maps.dim(0)?);
        let block = (BLOCK_NUMBERS / (length * widest)).clamp(1, length);
        for start in (0..length).step_by(block) {
            checkpoint.reached(start, length)?;
            let _stage = Stage::enter(trace_span!("pair head", row = start), states.device());
            let count = block.min(length - start);
            let keys = keys.narrow(0, start, count)?;
            let maps = attention.rows(start, count)?; // (channels, count, length)
            let mut values = self.block(&queries, &keys, &maps)?;
            activate_pairs(&mut values);
            sink(start, &values);
        }
        Ok(())
    }

    fn block(&self, queries: &Tensor, keys: &Tensor, maps: &Tensor) -> Result<Vec<f32>> {
        let (count, width) = keys.dims2()?;
        let length = queries.dim(0)?;
        let both = queries.unsqueeze(0)?.broadcast_mul(&keys.unsqueeze(1)?)?; // (count, length, width)
        let of_both = both.reshape((count * length, width))?;
        let of_both = tensor_product(&of_both, &self.of_product)?;
        let of_queries = tensor_product(queries, &self.of_difference)?;
        let of_keys = tensor_product(keys, &self.of_difference)?;
        let difference = of_queries
            .unsqueeze(0)?
            .broadcast_sub(&of_keys.unsqueeze(1)?)?; // (count, length, middle)
        let middle = (of_both.reshape(difference.shape())? + difference)?
            .broadcast_add(&self.middle_bias)?
            .gelu_erf()?
            .flatten_to(1)?; // (count · length, middle)
        let maps = maps
            .to_dtype(middle.dtype())?
            .flatten_from(1)?
            .t()?
            .contiguous()?; // (count · length, channels)
        let out = (tensor_product(&middle, &self.of_middle)?
            + tensor_product(&maps, &self.of_maps)?)?
        .broadcast_add(&self.last_bias)?; // (count · length, 13)
        numbers(&out)
    }
}

//! Small layers that run and train alike, on every device.
//!
//! candle's fused layer norm and softmax have no gradient, and its reductions over rows and its
//! `index_add` are slow on CUDA. So each layer here has two faces: with weights that are variables
//! it is made of operations with (fast) gradients, otherwise it is candle's own, which `--trace` shows.

pub mod activation;
pub mod attention;
pub(crate) mod fused;
pub mod message;
pub mod neighbours;
pub(crate) mod products;
pub(crate) mod stage;
pub(crate) mod standard;
pub(crate) mod stretches;

use std::cell::RefCell;

use candle_core::{DType, Device, Error, Result, Tensor};
use candle_nn::{Init, Module as _, VarBuilder};
use candle_transformers::models::with_tracing;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::error::ModelError;
use super::kernels::product::tensor_product;
use crate::progress::Checkpoint;

/// What kind of forward pass it is: dropout acts in training only, by a seeded generator; whoever
/// watches is asked between layers.
pub struct Pass<'a> {
    generator: Option<RefCell<ChaCha8Rng>>,
    watch: Option<&'a dyn Checkpoint>,
    block_bytes: usize,
}

/// Bytes of a block of a large map on the CPU: it stays in the cache, and its memory is used again.
pub const BLOCK_BYTES: usize = 8 << 20;

impl Default for Pass<'_> {
    fn default() -> Self {
        Self {
            generator: None,
            watch: None,
            block_bytes: BLOCK_BYTES,
        }
    }
}

impl<'a> Pass<'a> {
    /// Nothing random.
    pub fn inference() -> Self {
        Self::default()
    }

    /// Nothing random, and stopped where the checkpoint says so.
    pub fn watched(checkpoint: &'a dyn Checkpoint) -> Self {
        Self {
            watch: Some(checkpoint),
            ..Self::default()
        }
    }

    /// Asks whether to go on, before a layer.
    ///
    /// # Errors
    /// One that [`Self::outcome`] knows.
    pub fn layer(&self, done: usize, total: usize) -> Result<()> {
        self.watch.map_or(Ok(()), |checkpoint| {
            checkpoint.reached(done, total).map_err(Error::msg)
        })
    }

    /// The result of the pass, with its end by whoever watches as what it is.
    ///
    /// # Errors
    /// Cancelled, or those of the device.
    pub fn outcome<T>(&self, result: Result<T>) -> std::result::Result<T, ModelError> {
        match (result, self.watch) {
            (Ok(value), _) => Ok(value),
            // The tensor library's errors hide their cause, but who wants no more still says so.
            (Err(error), Some(checkpoint)) => {
                checkpoint.reached(1, 1)?;
                Err(error.into())
            }
            (Err(error), None) => Err(error.into()),
        }
    }

    /// The same with larger blocks.
    #[must_use]
    pub fn in_blocks(self, block_bytes: usize) -> Self {
        Self {
            block_bytes,
            ..self
        }
    }

    /// Bytes that one block of a large map may take.
    pub fn block_bytes(&self) -> usize {
        self.block_bytes
    }

    /// Dropout drawn from `seed` (on CUDA from the device's own generator: seed that as well).
    #[cfg(any(test, feature = "train"))]
    pub fn training(seed: u64) -> Self {
        let generator = <ChaCha8Rng as rand::SeedableRng>::seed_from_u64(seed);
        Self {
            generator: Some(RefCell::new(generator)),
            ..Self::default()
        }
    }

    /// Zeroes a share `rate` of the entries and scales up the others.
    pub fn dropout(&self, x: &Tensor, rate: f64) -> Result<Tensor> {
        match self.kept(x.dims(), rate, x.device())? {
            Some(mask) => x * mask.affine(1.0 / (1.0 - rate), 0.0)?,
            None => Ok(x.clone()),
        }
    }

    /// 1 for what stays and 0 for what is dropped; `None` when nothing is dropped.
    pub fn kept(&self, dims: &[usize], rate: f64, device: &Device) -> Result<Option<Tensor>> {
        let Some(generator) = self.generator.as_ref().filter(|_| rate > 0.0) else {
            return Ok(None);
        };
        if device.is_cuda() {
            let draw = Tensor::rand(0f32, 1f32, dims, device)?;
            return Ok(Some(draw.ge(rate)?.to_dtype(DType::F32)?));
        }
        let mut generator = generator.borrow_mut();
        let kept = (0..dims.iter().product::<usize>())
            .map(|_| f32::from(u8::from(f64::from(generator.random::<f32>()) >= rate)))
            .collect::<Vec<_>>();
        Tensor::from_vec(kept, dims, device).map(Some)
    }
}

/// y = x Wᵀ + b.
#[derive(Debug, Clone)]
pub struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
    traced: with_tracing::Linear,
}

impl Linear {
    /// `weight` (outputs, inputs) and `bias` (outputs) of `vb`.
    pub fn new(inputs: usize, outputs: usize, vb: &VarBuilder) -> Result<Self> {
        let Self { weight, .. } = Self::without_bias(inputs, outputs, vb)?;
        let bias = vb.get_with_hints(outputs, "bias", uniform(inputs))?;
        Ok(Self::of(weight, Some(bias)))
    }

    /// `weight` (outputs, inputs) of `vb`.
    pub fn without_bias(inputs: usize, outputs: usize, vb: &VarBuilder) -> Result<Self> {
        let weight = vb.get_with_hints((outputs, inputs), "weight", uniform(inputs))?;
        Ok(Self::of(weight, None))
    }

    fn of(weight: Tensor, bias: Option<Tensor>) -> Self {
        Self {
            traced: with_tracing::Linear::from_weights(weight.clone(), bias.clone()),
            weight,
            bias,
        }
    }

    /// (outputs, inputs).
    pub fn weight(&self) -> &Tensor {
        &self.weight
    }

    /// (outputs,).
    pub fn bias(&self) -> Option<&Tensor> {
        self.bias.as_ref()
    }

    /// x (…, inputs) → (…, outputs), of two to four axes.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.contiguous()?;
        match &self.bias {
            Some(bias) if is_slow_to_sum(bias) => {
                let mut dims = x.dims().to_vec();
                let inputs = dims.pop().unwrap_or_default();
                dims.push(self.weight.dim(0)?);
                let rows = x.reshape(((), inputs))?;
                let y = tensor_product(&rows, &self.weight.t()?)?; // (rows, outputs)
                add_row(&y.reshape(dims)?, bias)
            }
            _ => self.traced.forward(&x),
        }
    }
}

/// The range in which weights of that many inputs start.
fn uniform(inputs: usize) -> Init {
    let bound = 1.0 / (inputs as f64).sqrt();
    Init::Uniform {
        lo: -bound,
        up: bound,
    }
}

/// Whether the gradient of a row that is added to many would be a slow reduction.
fn is_slow_to_sum(row: &Tensor) -> bool {
    row.device().is_cuda() && row.track_op()
}

/// x (…, d) + row (d,). On CUDA the gradient of the row is a matrix product, not a slow reduction.
pub fn add_row(x: &Tensor, row: &Tensor) -> Result<Tensor> {
    if !is_slow_to_sum(row) {
        return x.broadcast_add(row);
    }
    let d = row.dim(0)?;
    let ones = Tensor::ones((x.elem_count() / d, 1), x.dtype(), x.device())?;
    x + tensor_product(&ones, &row.reshape((1, d))?)?.reshape(x.shape())?
}

/// A table of vectors.
#[derive(Debug, Clone)]
pub struct Embedding {
    traced: with_tracing::Embedding,
}

impl Embedding {
    /// `weight` (entries, width) of `vb`, drawn with that standard deviation.
    pub fn new(entries: usize, width: usize, stdev: f64, vb: &VarBuilder) -> Result<Self> {
        let start = Init::Randn { mean: 0.0, stdev };
        let weight = vb.get_with_hints((entries, width), "weight", start)?;
        Ok(Self {
            traced: with_tracing::Embedding::from_weights(weight)?,
        })
    }

    /// (entries, width).
    pub fn weight(&self) -> &Tensor {
        self.traced.embeddings()
    }

    /// The vectors of `index` (n,) u32 → (n, width).
    pub fn forward(&self, index: &Tensor) -> Result<Tensor> {
        let weight = self.weight();
        if is_slow_to_sum(weight) {
            tensor_product(&one_hot(index, weight.dim(0)?)?, weight)
        } else {
            self.traced.forward(index)
        }
    }
}

/// Layer norm over the last axis.
#[derive(Debug, Clone)]
pub struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    traced: with_tracing::LayerNorm,
}

/// Added to the variance.
pub(crate) const EPSILON: f64 = 1e-5;

impl LayerNorm {
    /// `weight` and `bias` (width,) of `vb`.
    pub fn new(width: usize, vb: &VarBuilder) -> Result<Self> {
        Ok(Self::of(
            vb.get_with_hints(width, "weight", Init::Const(1.0))?,
            vb.get_with_hints(width, "bias", Init::Const(0.0))?,
        ))
    }

    fn of(weight: Tensor, bias: Tensor) -> Self {
        Self {
            traced: with_tracing::LayerNorm::new(weight.clone(), bias.clone(), EPSILON),
            weight,
            bias,
        }
    }

    /// (width,).
    pub fn weight(&self) -> &Tensor {
        &self.weight
    }

    /// (width,).
    pub fn bias(&self) -> &Tensor {
        &self.bias
    }

    /// (…, width), centred and scaled, without weight and bias.
    pub fn standardise(x: &Tensor) -> Result<Tensor> {
        let centred = x.broadcast_sub(&x.mean_keepdim(candle_core::D::Minus1)?)?;
        let variance = centred.sqr()?.mean_keepdim(candle_core::D::Minus1)?;
        centred.broadcast_div(&(variance + EPSILON)?.sqrt()?)
    }

    /// The same with candle's fused operation, which has no gradient.
    pub fn plain(x: &Tensor) -> Result<Tensor> {
        let width = x.dim(candle_core::D::Minus1)?;
        let ones = Tensor::ones(width, x.dtype(), x.device())?;
        candle_nn::ops::layer_norm(&x.contiguous()?, &ones, &ones.zeros_like()?, EPSILON as f32)
    }

    /// (…, width) → the same shape.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        if x.track_op() || self.weight.track_op() {
            let y = Self::standardise(x)?.broadcast_mul(&self.weight)?;
            return add_row(&y, &self.bias);
        }
        self.traced.forward(&x.contiguous()?)
    }

    /// What `linear` (without bias) makes of the normed x, for large x: weight and bias of the norm
    /// go into the linear map, whose constant part (outputs,) is returned apart.
    pub fn folded_into(&self, linear: &Linear) -> Result<(Tensor, Tensor)> {
        let weight = linear.weight().broadcast_mul(&self.weight)?; // (outputs, width)
        let constant = tensor_product(linear.weight(), &self.bias.unsqueeze(1)?)?.squeeze(1)?;
        Ok((weight, constant))
    }
}

/// (n, depth): 1 at the entry that `index` (n,) u32 names.
pub fn one_hot(index: &Tensor, depth: usize) -> Result<Tensor> {
    let every = Tensor::arange(0, depth as u32, index.device())?.unsqueeze(0)?;
    index
        .unsqueeze(1)?
        .broadcast_eq(&every)?
        .to_dtype(DType::F32)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use candle_core::Var;

    #[test]
    fn layer_norm_with_and_without_gradient_agree() {
        let x = Tensor::randn(0f32, 3f32, (7, 16), &Device::Cpu).unwrap();
        let w = Tensor::randn(1f32, 0.2f32, 16, &Device::Cpu).unwrap();
        let b = Tensor::randn(0f32, 0.2f32, 16, &Device::Cpu).unwrap();
        let learns = |t: &Tensor| Var::from_tensor(t).unwrap().as_tensor().clone();
        let trained = LayerNorm::of(learns(&w), learns(&b));
        let plain = LayerNorm::of(w, b);
        let difference = (plain.forward(&x).unwrap() - trained.forward(&x).unwrap()).unwrap();
        let largest = difference.abs().unwrap().max_all().unwrap();
        assert!(largest.to_scalar::<f32>().unwrap() < 1e-5);
    }

    #[test]
    fn dropout_is_seeded_keeps_the_mean_and_rests_in_inference() {
        let x = Tensor::ones((100, 100), DType::F32, &Device::Cpu).unwrap();
        let draw = |seed| Pass::training(seed).dropout(&x, 0.25).unwrap();
        let values = |t: Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(values(draw(1)), values(draw(1)));
        assert_ne!(values(draw(1)), values(draw(2)));
        let mean = values(draw(3)).iter().sum::<f32>() / 1e4;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        let still = Pass::inference().dropout(&x, 0.25).unwrap();
        assert_eq!(values(still), vec![1.0; 10_000]);
    }

    #[test]
    fn one_hot_names_the_entry() {
        let index = Tensor::new(&[2u32, 0], &Device::Cpu).unwrap();
        let rows = one_hot(&index, 3).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(rows, [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
    }
}

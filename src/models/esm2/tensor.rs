//! The encoder in plain tensor operations, for GPUs: padded batches; rotary angles, attention scores
//! and their softmax in f32 whatever the number type of the rest. Nothing is copied between host and
//! device inside a layer.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{DType, Device, IndexOp, Result, Tensor};
use candle_nn::{LayerNormConfig, Module, VarBuilder, ops::softmax_last_dim};
use candle_transformers::models::with_tracing::{self, Embedding, LayerNorm, Linear, linear};
use tracing::trace_span;

use super::budget::Budget;
use super::config::{Config, FIRST_POSITION};
use crate::models::error::ModelError;
use crate::models::kernels::product::tensor_product;
use crate::models::kernels::read;
use crate::models::layers::stage::Stage;
use crate::models::tokenizer::{MASK, PAD, Token, VOCABULARY, masked_fraction};
use crate::progress::Checkpoint;

/// Added to the scores of padded keys: exp of it is 0 in f32.
const HIDDEN_SCORE: f32 = -1e30;

/// Maps with the same inputs as one, their outputs side by side.
fn side_by_side(parts: [&VarBuilder<'_>; 3], width: usize) -> Result<Linear> {
    let [mut weights, mut biases] = [Vec::new(), Vec::new()];
    for part in parts {
        weights.push(part.get((width, width), "weight")?);
        biases.push(part.get(width, "bias")?);
    }
    let (weight, bias) = (Tensor::cat(&weights, 0)?, Tensor::cat(&biases, 0)?);
    Ok(Linear::from_weights(weight, Some(bias)))
}

/// Reads a layer norm.
pub(crate) fn norm(vb: &VarBuilder<'_>, width: usize, epsilon: f64) -> Result<LayerNorm> {
    let config = LayerNormConfig {
        eps: epsilon,
        ..LayerNormConfig::default()
    };
    with_tracing::layer_norm(width, config, vb.clone())
}

struct Layer {
    attention_norm: LayerNorm,
    /// Query, key and value side by side.
    query_key_value: Linear,
    output: Linear,
    norm: LayerNorm,
    up: Linear,
    down: Linear,
}

impl Layer {
    fn load(vb: &VarBuilder<'_>, config: &Config) -> Result<Self> {
        let (width, inner) = (config.width, config.feed_forward);
        let own = vb.pp("attention").pp("self");
        let attention_norm = vb.pp("attention").pp("LayerNorm");
        Ok(Self {
            attention_norm: norm(&attention_norm, width, config.layer_norm_eps)?,
            query_key_value: side_by_side(
                [&own.pp("query"), &own.pp("key"), &own.pp("value")],
                width,
            )?,
            output: linear(width, width, vb.pp("attention").pp("output").pp("dense"))?,
            norm: norm(&vb.pp("LayerNorm"), width, config.layer_norm_eps)?,
            up: linear(width, inner, vb.pp("intermediate").pp("dense"))?,
            down: linear(inner, width, vb.pp("output").pp("dense"))?,
        })
    }
}

/// The encoder's weights.
pub(crate) struct Encoder {
    budget: Arc<Budget>,
    config: Config,
    embedding: Embedding,
    /// Learned, (position, width), from that of the first token on; `None` where positions are angles.
    positions: Option<Tensor>,
    embedding_norm: Option<LayerNorm>,
    layers: Vec<Layer>,
    last_norm: LayerNorm,
    device: Device,
    dtype: DType,
}

/// Scaled queries and keys of every layer of one sequence in f32, (head, position, head width).
pub(crate) struct Attention {
    layers: Vec<(Tensor, Tensor)>,
}

impl Attention {
    /// Probabilities of some query rows in f32: (channel, row, key), layer-major.
    pub fn rows(&self, start: usize, count: usize) -> Result<Tensor> {
        let maps = self.layers.iter().map(|(queries, keys)| {
            let queries = queries.narrow(1, start, count)?.contiguous()?;
            probabilities(&queries, keys, None) // (heads, count, keys)
        });
        Tensor::cat(&maps.collect::<Result<Vec<_>>>()?, 0) // (channels, count, keys)
    }
}

fn probabilities(queries: &Tensor, keys: &Tensor, hidden: Option<&Tensor>) -> Result<Tensor> {
    let scores = tensor_product(queries, &keys.t()?)?; // (…, queries, keys)
    match hidden {
        Some(hidden) => softmax_last_dim(&scores.broadcast_add(hidden)?),
        None => softmax_last_dim(&scores),
    }
}

/// Rotary embedding of (batch, heads, length, head width).
fn turn(x: &Tensor, (cos, sin): &(Tensor, Tensor)) -> Result<Tensor> {
    candle_nn::rotary_emb::rope(x, cos, sin)
}

/// A padded batch on the device.
struct Batch {
    size: usize,
    length: usize,
    hidden: Tensor,
    /// (batch, 1, 1, length), 0 or [`HIDDEN_SCORE`]; absent when no sequence is padded.
    hidden_scores: Option<Tensor>,
    /// Cosines and sines of the rotary angles; those of the queries hold the scale of the scores.
    query_angles: (Tensor, Tensor),
    key_angles: (Tensor, Tensor),
}

impl Encoder {
    /// Reads the tensors below a prefix (`esm`, `esm2`).
    pub fn load(vb: &VarBuilder<'_>, budget: &Arc<Budget>) -> Result<Self> {
        let config = budget.config();
        let encoder = vb.pp("encoder");
        let after = encoder.pp("emb_layer_norm_after");
        let embeddings = vb.pp("embeddings");
        let positions = if config.has_learned_positions() {
            let table = embeddings.pp("position_embeddings");
            let table = table.get((config.learned_positions(), config.width), "weight")?;
            Some(table.narrow(0, FIRST_POSITION, table.dim(0)? - FIRST_POSITION)?)
        } else {
            None
        };
        let before = embeddings.pp("layer_norm");
        let embedding_norm = if config.norms_embedding() {
            Some(norm(&before, config.width, config.layer_norm_eps)?)
        } else {
            None
        };
        Ok(Self {
            embedding: Embedding::new(VOCABULARY, config.width, embeddings.pp("word_embeddings"))?,
            positions,
            embedding_norm,
            layers: (0..config.layers)
                .map(|i| Layer::load(&encoder.pp("layer").pp(i), config))
                .collect::<Result<_>>()?,
            last_norm: norm(&after, config.width, config.layer_norm_eps)?,
            device: vb.device().clone(),
            dtype: vb.dtype(),
            budget: Arc::clone(budget),
            config: config.clone(),
        })
    }

    /// Width of the hidden states.
    pub fn width(&self) -> usize {
        self.config.width
    }

    /// Encodes the sequences in batches as large as the budget says. Of each `head` makes numbers from
    /// the last hidden states, (batch, longest, width), whose rows behind the end of a sequence mean
    /// nothing, and the range of sequences; `then` gets them in f32, in order. A `companion` is the
    /// first of every batch, before those of the range. A batch that runs out of memory is halved.
    /// While the device computes one batch, the host goes through the numbers of the one before.
    pub fn encode_each(
        &self,
        sequences: &[&[Token]],
        companion: Option<&[Token]>,
        checkpoint: &dyn Checkpoint,
        head: impl Fn(&Tensor, Range<usize>) -> Result<Tensor>,
        mut then: impl FnMut(Range<usize>, Vec<f32>),
    ) -> std::result::Result<(), ModelError> {
        let of_all = companion.iter().chain(sequences).map(|s| s.len());
        let tokens = of_all.max().unwrap_or(0);
        self.budget.check(tokens)?;
        let company = usize::from(companion.is_some());
        let mut most = self
            .budget
            .device_batch(tokens)
            .saturating_sub(company)
            .max(1);
        let mut start = 0;
        let mut computed: Option<(Range<usize>, Tensor)> = None;
        while start < sequences.len() {
            let range = start..(start + most).min(sequences.len());
            let batch = companion.iter().chain(&sequences[range.clone()]).copied();
            let batch: Vec<&[Token]> = batch.collect();
            let states = self.encode(&batch, checkpoint);
            match states.and_then(|states| Ok(head(&states, range.clone())?)) {
                Ok(numbers) => {
                    start = range.end;
                    if let Some((range, numbers)) = computed.replace((range, numbers)) {
                        then(range, read::numbers(&numbers)?);
                    }
                }
                Err(ModelError::OutOfMemory { what }) if range.len() == 1 => {
                    return Err(self.budget.too_long(tokens, &what));
                }
                Err(ModelError::OutOfMemory { .. }) => {
                    most = self.budget.shrink(range.len(), tokens);
                }
                Err(error) => return Err(error),
            }
        }
        if let Some((range, numbers)) = computed {
            then(range, read::numbers(&numbers)?);
        }
        Ok(())
    }

    fn encode(
        &self,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> std::result::Result<Tensor, ModelError> {
        self.run(&self.embed(sequences)?, checkpoint, None)
    }

    /// The last hidden states of one sequence, (length, width), and what its maps are made of.
    pub fn encode_with_attention(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
    ) -> std::result::Result<(Tensor, Attention), ModelError> {
        self.budget.check(sequence.len())?;
        let mut attention = Attention { layers: Vec::new() };
        let states = self.run(&self.embed(&[sequence])?, checkpoint, Some(&mut attention))?;
        Ok((states.i(0)?, attention))
    }

    fn run(
        &self,
        batch: &Batch,
        checkpoint: &dyn Checkpoint,
        mut kept: Option<&mut Attention>,
    ) -> std::result::Result<Tensor, ModelError> {
        let mut hidden = batch.hidden.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            checkpoint.reached(i, self.layers.len())?;
            let _stage = Stage::enter(trace_span!("esm2 layer", index = i), &self.device);
            hidden = self.layer(layer, batch, &hidden, kept.as_deref_mut())?;
        }
        Ok(self.last_norm.forward(&hidden)?)
    }

    fn layer(
        &self,
        layer: &Layer,
        batch: &Batch,
        hidden: &Tensor,
        kept: Option<&mut Attention>,
    ) -> Result<Tensor> {
        let (heads, head_width) = (self.config.heads, self.config.head_width());
        let normed = layer.attention_norm.forward(hidden)?;
        let all = layer.query_key_value.forward(&normed)?.reshape((
            batch.size,
            batch.length,
            3,
            heads,
            head_width,
        ))?;
        let part = |i: usize, dtype: DType| {
            all.i((.., .., i))?
                .transpose(1, 2)?
                .to_dtype(dtype)?
                .contiguous() // (batch, heads, length, head width)
        };
        let queries = turn(&part(0, DType::F32)?, &batch.query_angles)?;
        let keys = turn(&part(1, DType::F32)?, &batch.key_angles)?;
        let weights = probabilities(&queries, &keys, batch.hidden_scores.as_ref())?;
        if let Some(kept) = kept {
            kept.layers.push((queries.i(0)?, keys.i(0)?));
        }
        drop((queries, keys));
        let values = part(2, self.dtype)?;
        let context = tensor_product(&weights.to_dtype(self.dtype)?, &values)?; // (batch, heads, length, head width)
        let context =
            context
                .transpose(1, 2)?
                .reshape((batch.size, batch.length, self.config.width))?;
        let hidden = (hidden + layer.output.forward(&context)?)?;
        let inner = layer.up.forward(&layer.norm.forward(&hidden)?)?;
        &hidden + layer.down.forward(&inner.gelu_erf()?)?
    }

    fn embed(&self, sequences: &[&[Token]]) -> Result<Batch> {
        let size = sequences.len();
        let length = sequences.iter().map(|s| s.len()).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(size * length);
        let mut scales = Vec::with_capacity(size * length);
        let mut hidden_scores = Vec::with_capacity(size * length);
        for sequence in sequences {
            let kept = 1.0 - masked_fraction(sequence);
            let padding = length - sequence.len();
            ids.extend(sequence.iter().map(|&t| u32::from(t)));
            ids.extend(std::iter::repeat_n(u32::from(PAD), padding));
            scales.extend(
                sequence
                    .iter()
                    .map(|&t| match (self.config.token_dropout, t) {
                        (true, MASK) => 0.0,
                        (true, _) => (1.0 - 0.15 * 0.8) / kept,
                        (false, _) => 1.0,
                    }),
            );
            scales.extend(std::iter::repeat_n(0.0, padding));
            hidden_scores.extend(std::iter::repeat_n(0.0, sequence.len()));
            hidden_scores.extend(std::iter::repeat_n(HIDDEN_SCORE, padding));
        }
        let padded = sequences.iter().any(|s| s.len() < length);
        let device = &self.device;
        let ids = Tensor::from_vec(ids, size * length, device)?;
        let scales = Tensor::from_vec(scales, (size * length, 1), device)?.to_dtype(self.dtype)?;
        let embedded = self.embedding.forward(&ids)?; // (batch · length, width)
        let hidden_scores = Tensor::from_vec(hidden_scores, (size, 1, 1, length), device)?;
        let (cos, sin) = self.angles(length)?;
        let scale = (self.config.head_width() as f64).powf(-0.5);
        let hidden = embedded.broadcast_mul(&scales)?;
        let mut hidden = hidden.reshape((size, length, self.config.width))?;
        if let Some(positions) = &self.positions {
            hidden = hidden.broadcast_add(&positions.narrow(0, 0, length)?)?;
        }
        if let Some(norm) = &self.embedding_norm {
            hidden = norm.forward(&hidden)?;
        }
        Ok(Batch {
            size,
            length,
            hidden,
            hidden_scores: padded.then_some(hidden_scores),
            query_angles: ((&cos * scale)?, (&sin * scale)?),
            key_angles: (cos, sin),
        })
    }

    fn angles(&self, length: usize) -> Result<(Tensor, Tensor)> {
        let head_width = self.config.head_width();
        let half = head_width / 2;
        let frequencies: Vec<f32> = (0..half)
            .map(|i| 1.0 / 10_000_f32.powf((2 * i) as f32 / head_width as f32))
            .collect();
        let frequencies = Tensor::from_vec(frequencies, (1, half), &self.device)?;
        let positions = Tensor::arange(0, length as u32, &self.device)?
            .to_dtype(DType::F32)?
            .reshape((length, 1))?;
        let mut angles = positions.broadcast_mul(&frequencies)?; // (length, half)
        if self.positions.is_some() {
            angles = angles.zeros_like()?;
        }
        Ok((angles.cos()?, angles.sin()?))
    }
}

/// The language-model head: logits of the 33 tokens from last hidden states.
pub(crate) struct Head {
    dense: Linear,
    norm: LayerNorm,
    /// (token, width).
    output: Tensor,
    bias: Tensor,
}

impl Head {
    /// Reads the tensors below `lm_head`; `output` is the last matrix.
    pub fn load(vb: &VarBuilder<'_>, output: Tensor, config: &Config) -> Result<Self> {
        Ok(Self {
            output,
            dense: linear(config.width, config.width, vb.pp("dense"))?,
            norm: norm(&vb.pp("layer_norm"), config.width, config.layer_norm_eps)?,
            bias: vb.get(VOCABULARY, "bias")?,
        })
    }

    /// Logits of some rows of (batch, length, width) in f32, (row, token); `rows` count through the
    /// batch.
    pub fn logits(&self, states: &Tensor, rows: &[u32]) -> Result<Tensor> {
        let _stage = Stage::enter(trace_span!("esm2 head"), states.device());
        let states = states.flatten_to(1)?; // (batch · length, width)
        let rows = Tensor::from_slice(rows, rows.len(), states.device())?;
        let states = states.index_select(&rows, 0)?;
        let inner = self
            .norm
            .forward(&self.dense.forward(&states)?.gelu_erf()?)?;
        let logits = tensor_product(&inner, &self.output.t()?)?; // (rows, 33)
        logits.broadcast_add(&self.bias)?.to_dtype(DType::F32)
    }
}

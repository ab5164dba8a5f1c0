//! The network: message passing with attention over the K nearest residues.
//!
//! Encoder layers see the structure alone. Decoder layers also see the residue types of the
//! neighbours, and read these from the encoder's output, never from a decoder layer: so nothing about
//! a residue's own type reaches its own output, and one pass gives the probabilities of every residue
//! given the structure and all the others.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use tracing::trace_span;

use super::batch::Batch;
use super::edges;
use super::graph::{NODE, REACH, UNKNOWN};
use super::radial::{EXPANDED, expand};
use crate::models::error::ModelError;
use crate::models::kernels::product::tensor_product;
use crate::models::layers::activation::silu;
use crate::models::layers::fused::is_fused;
use crate::models::layers::message::{self, Maps};
use crate::models::layers::neighbours::attend;
use crate::models::layers::stage::Stage;
use crate::models::layers::{Embedding, LayerNorm, Linear, Pass, add_row, one_hot};
use crate::models::weights::WeightsFile;

/// Distances along the chain.
const POSITIONS: usize = 2 * REACH as usize + 1;
/// Added to the logits of what is no neighbour.
const FAR_BELOW: f64 = -1e4;

/// Sizes of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// Numbers a residue.
    pub width: usize,
    /// Numbers an edge.
    pub edge_width: usize,
    /// Numbers inside the layer that makes them.
    pub edge_hidden: usize,
    /// Attention heads.
    pub heads: usize,
    /// Encoder layers.
    pub encoder: usize,
    /// Decoder layers.
    pub decoder: usize,
    /// Neighbours of a residue.
    pub neighbours: usize,
    /// Share of a layer's output dropped in training.
    pub dropout: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            width: 128,
            edge_width: 64,
            edge_hidden: 128,
            heads: 4,
            encoder: 3,
            decoder: 3,
            neighbours: 24,
            dropout: 0.1,
        }
    }
}

/// The tensor that holds the number of neighbours; without it there are 24.
pub const NEIGHBOURS_TENSOR: &str = "neighbours";

impl Config {
    /// Numbers a residue that other networks read.
    #[must_use]
    pub fn state_width(&self) -> usize {
        2 * self.width
    }

    /// The sizes of a file whose tensors' names begin with `prefix`.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`] when it is no such network.
    pub fn of(file: &WeightsFile, prefix: &str) -> std::result::Result<Self, ModelError> {
        let outputs = |name: &str| {
            let tensor = format!("{prefix}{name}");
            file.shape(&tensor)
                .and_then(|shape| shape.first().copied())
                .ok_or_else(|| ModelError::MissingTensor {
                    file: file.name().to_owned(),
                    tensor,
                })
        };
        let layers = |kind: &str| {
            (0..)
                .take_while(|i| file.contains(&format!("{prefix}{kind}.{i}.norm.weight")))
                .count()
        };
        Ok(Self {
            width: outputs("node_in.weight")?,
            edge_width: outputs("edge_out.weight")?,
            edge_hidden: outputs("edge_in.weight")?,
            heads: outputs("decoder.0.attention.weight")?,
            encoder: layers("encoder"),
            decoder: layers("decoder"),
            neighbours: outputs(NEIGHBOURS_TENSOR).unwrap_or(24),
            dropout: 0.0,
        })
    }
}

/// Message passing over the neighbours, then a transition; both residual, both normed first.
struct Layer {
    norm: LayerNorm,
    transition_norm: LayerNorm,
    from_centre: Linear,
    from_neighbour: Linear,
    from_edge: Linear,
    value: Linear,
    out: Linear,
    attention: Linear,
    transition_in: Linear,
    transition_out: Linear,
    residue_type: Option<Embedding>,
    dropout: f64,
}

impl Layer {
    fn new(c: &Config, decoder: bool, vb: &VarBuilder) -> Result<Self> {
        let d = c.width;
        let residue_type = if decoder {
            let types = UNKNOWN as usize + 1;
            Some(Embedding::new(types, d, 0.5, &vb.pp("residue_type"))?)
        } else {
            None
        };
        Ok(Self {
            norm: LayerNorm::new(d, &vb.pp("norm"))?,
            transition_norm: LayerNorm::new(d, &vb.pp("transition_norm"))?,
            from_centre: Linear::new(d, d, &vb.pp("from_centre"))?,
            from_neighbour: Linear::without_bias(d, d, &vb.pp("from_neighbour"))?,
            from_edge: Linear::without_bias(c.edge_width, d, &vb.pp("from_edge"))?,
            value: Linear::new(d, d, &vb.pp("value"))?,
            out: Linear::new(d, d, &vb.pp("out"))?,
            attention: Linear::new(d, c.heads, &vb.pp("attention"))?,
            transition_in: Linear::new(d, 2 * d, &vb.pp("transition_in"))?,
            transition_out: Linear::new(2 * d, d, &vb.pp("transition_out"))?,
            residue_type,
            dropout: c.dropout,
        })
    }

    /// h (N, d); `context`: what the neighbours send, (N, d), the normed h itself where there is none.
    fn forward(
        &self,
        h: &Tensor,
        context: Option<&Tensor>,
        edges: &Edges<'_>,
        batch: &Batch,
        residue: &Tensor,
        pass: &Pass,
    ) -> Result<Tensor> {
        let x = self.norm.forward(h)?;
        let mut sent = self.from_neighbour.forward(context.unwrap_or(&x))?;
        if let Some(residue_type) = &self.residue_type {
            sent = (sent + residue_type.forward(residue)?)?;
        }
        let (edge_map, constant) = edges.norm.folded_into(&self.from_edge)?;
        let centre = add_row(&self.from_centre.forward(&x)?, &constant)?;
        let heard = self.listen(&centre, &sent, &edges.standard, &edge_map, batch)?;
        let y = self.out.forward(&heard)?;
        let h = (h + pass.dropout(&y, self.dropout)?)?;
        let y = self
            .transition_in
            .forward(&self.transition_norm.forward(&h)?)?;
        let y = self.transition_out.forward(&silu(&y)?)?;
        h + pass.dropout(&y, self.dropout)?
    }

    /// What the neighbours say, weighed: (N, d). Fused on the CPU.
    fn listen(
        &self,
        centre: &Tensor,
        sent: &Tensor,
        edge: &Tensor,
        edge_map: &Tensor,
        batch: &Batch,
    ) -> Result<Tensor> {
        let biases = self.value.bias().zip(self.attention.bias());
        if let Some((value_bias, attention_bias)) = biases.filter(|_| is_fused(centre)) {
            let maps = Maps {
                edge: edge_map,
                value: self.value.weight(),
                value_bias,
                attention: self.attention.weight(),
                attention_bias,
            };
            let index = batch.neighbours.index();
            return message::listen(centre, sent, edge, &maps, index, &batch.mask);
        }
        let (n, k) = (batch.neighbours.residues(), batch.neighbours.count());
        let edge = tensor_product(edge, &edge_map.t()?)?.reshape((n, k, ()))?;
        let message = batch.neighbours.message(centre, sent, &edge)?; // (N, K, d)
        let value = silu(&self.value.forward(&message)?)?;
        let logits = self.attention.forward(&message)?; // (N, K, heads)
        let absent = batch.mask.affine(-FAR_BELOW, FAR_BELOW)?;
        let weight = candle_nn::ops::softmax(&logits.broadcast_add(&absent)?, 1)?;
        attend(&weight.broadcast_mul(&batch.mask)?, &value)
    }
}

/// Standardised edges; each layer folds the weight and bias of their norm into its own map.
struct Edges<'a> {
    standard: Tensor,
    norm: &'a LayerNorm,
}

/// The whole network.
pub(crate) struct Trunk {
    node_in: Linear,
    edge_in: Linear,
    relative_position: Embedding,
    edge_out: Linear,
    edge_norm: LayerNorm,
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
    context_norm: LayerNorm,
    logits: Linear,
    logits_norm: LayerNorm,
}

/// What the network says of N residues.
pub(crate) struct Output {
    /// (N, 20)
    pub logits: Tensor,
    /// The encoder's output and each decoder layer's, (N, d) each.
    pub levels: Vec<Tensor>,
}

impl Output {
    /// What it says of some residues.
    pub fn rows(&self, start: usize, count: usize) -> Result<Self> {
        let rows = |all: &Tensor| all.narrow(0, start, count);
        Ok(Self {
            logits: rows(&self.logits)?,
            levels: self.levels.iter().map(rows).collect::<Result<_>>()?,
        })
    }

    /// What other networks read: the encoder's output and the last decoder layer's, each normed, side by
    /// side, (N, 2 d).
    pub fn states(&self, norm: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
        let first = norm(&self.levels[0])?;
        let last = norm(&self.levels[self.levels.len() - 1])?;
        Tensor::cat(&[&first, &last], 1)
    }
}

impl Trunk {
    pub fn new(c: &Config, vb: &VarBuilder) -> Result<Self> {
        let layers = |kind: &str, count: usize, decoder: bool| {
            (0..count)
                .map(|i| Layer::new(c, decoder, &vb.pp(kind).pp(i)))
                .collect::<Result<Vec<_>>>()
        };
        let positions = &vb.pp("relative_position");
        Ok(Self {
            node_in: Linear::new(NODE, c.width, &vb.pp("node_in"))?,
            edge_in: Linear::new(EXPANDED, c.edge_hidden, &vb.pp("edge_in"))?,
            relative_position: Embedding::new(POSITIONS, c.edge_hidden, 1.0, positions)?,
            edge_out: Linear::new(c.edge_hidden, c.edge_width, &vb.pp("edge_out"))?,
            edge_norm: LayerNorm::new(c.edge_width, &vb.pp("edge_norm"))?,
            encoder: layers("encoder", c.encoder, false)?,
            decoder: layers("decoder", c.decoder, true)?,
            context_norm: LayerNorm::new(c.width, &vb.pp("context_norm"))?,
            logits: Linear::new(c.width, 20, &vb.pp("logits"))?,
            logits_norm: LayerNorm::new(c.width, &vb.pp("logits_norm"))?,
        })
    }

    /// `residue` (N,) u32: the types that the neighbours see.
    pub fn forward(&self, batch: &Batch, residue: &Tensor, pass: &Pass) -> Result<Output> {
        let total = 1 + self.encoder.len() + self.decoder.len();
        pass.layer(0, total)?;
        let edges = self.edges(batch)?;
        let mut h = self.node_in.forward(&batch.node)?;
        for (i, layer) in self.encoder.iter().enumerate() {
            pass.layer(1 + i, total)?;
            let _stage = Stage::enter(trace_span!("encoder layer", index = i), residue.device());
            h = layer.forward(&h, None, &edges, batch, residue, pass)?;
        }
        let context = self.context_norm.forward(&h)?;
        let mut levels = vec![h.clone()];
        for (i, layer) in self.decoder.iter().enumerate() {
            pass.layer(1 + self.encoder.len() + i, total)?;
            let _stage = Stage::enter(trace_span!("decoder layer", index = i), residue.device());
            h = layer.forward(&h, Some(&context), &edges, batch, residue, pass)?;
            levels.push(h.clone());
        }
        let logits = self.logits.forward(&self.logits_norm.forward(&h)?)?;
        Ok(Output { logits, levels })
    }

    fn edges(&self, batch: &Batch) -> Result<Edges<'_>> {
        let norm = &self.edge_norm;
        let biases = self.edge_in.bias().zip(self.edge_out.bias());
        if let Some((edge_in_bias, edge_out_bias)) = biases.filter(|_| is_fused(&batch.edge)) {
            let maps = edges::Maps {
                edge_in: self.edge_in.weight(),
                edge_in_bias,
                relative_position: self.relative_position.weight(),
                edge_out: self.edge_out.weight(),
                edge_out_bias,
            };
            let standard = edges::embed(&batch.edge, &batch.relative_position, &maps)?;
            return Ok(Edges { standard, norm });
        }
        let x = expand(&batch.edge)?; // (N K, 123)
        // One entry of the table is added to every edge: it carries the bias as well.
        let table = match self.edge_in.bias() {
            Some(bias) => self.relative_position.weight().broadcast_add(bias)?,
            None => self.relative_position.weight().clone(),
        };
        let position = one_hot(&batch.relative_position, POSITIONS)?;
        let weight = Tensor::cat(&[&self.edge_in.weight().t()?, &table], 0)?;
        let hidden = tensor_product(&Tensor::cat(&[&x, &position], 1)?, &weight)?;
        let edge = self.edge_out.forward(&silu(&hidden)?)?; // (N K, e)
        let standard = if edge.track_op() {
            LayerNorm::standardise(&edge)?
        } else {
            LayerNorm::plain(&edge)?
        };
        Ok(Edges { standard, norm })
    }
}

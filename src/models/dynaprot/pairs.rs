//! Triangle multiplication and triangle attention on a map of all pairs, (N, N, d): on plain rows of the
//! CPU where no gradient is asked for, by tensor operations elsewhere.

mod host;

use candle_core::{Device, Result, Tensor};
use candle_nn::{VarBuilder, ops};
use tracing::trace_span;

use super::config::Config;
use crate::models::error::ModelError;
use crate::models::kernels::product::tensor_product;
use crate::models::layers::attention::attend;
use crate::models::layers::fused::is_fused;
use crate::models::layers::stage::Stage;
use crate::models::layers::{LayerNorm, Linear};
use crate::progress::{Checkpoint, Part};

/// How a large map is gone through where no gradient is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Blocks<'a> {
    /// Bytes that one block of rows may take.
    pub bytes: usize,
    /// Heard before each.
    pub checkpoint: &'a dyn Checkpoint,
}

/// Applies `part` to blocks of rows of z (N, …), or to all of it when a gradient is asked for.
pub(crate) fn in_rows(
    z: &Tensor,
    bytes_per_row: usize,
    blocks: Blocks<'_>,
    part: impl Fn(&Tensor) -> Result<Tensor>,
) -> std::result::Result<Tensor, ModelError> {
    let n = z.dim(0)?;
    if z.track_op() {
        return Ok(part(z)?);
    }
    let rows = (blocks.bytes / bytes_per_row.max(1)).clamp(1, n);
    let mut parts = Vec::new();
    for start in (0..n).step_by(rows) {
        blocks.checkpoint.reached(start, n)?;
        parts.push(part(&z.narrow(0, start, rows.min(n - start))?)?);
    }
    Ok(Tensor::cat(&parts, 0)?)
}

/// Along which edges of the triangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Outgoing,
    Ingoing,
}

#[derive(Debug, Clone)]
struct TriangleMultiplication {
    way: Way,
    norm: LayerNorm,
    left: Linear,
    left_gate: Linear,
    right: Linear,
    right_gate: Linear,
    out_gate: Linear,
    out_norm: LayerNorm,
    out: Linear,
}

impl TriangleMultiplication {
    fn new(way: Way, d: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        let linear = |name: &str| Linear::new(d, d, &vb.pp(name));
        Ok(Self {
            way,
            norm: LayerNorm::new(d, &vb.pp("norm"))?,
            left: linear("left_proj")?,
            left_gate: linear("left_gate")?,
            right: linear("right_proj")?,
            right_gate: linear("right_gate")?,
            out_gate: linear("out_gate")?,
            out_norm: LayerNorm::new(d, &vb.pp("to_out_norm"))?,
            out: linear("to_out")?,
        })
    }

    fn forward(&self, z: &Tensor, blocks: Blocks<'_>) -> std::result::Result<Tensor, ModelError> {
        let d = z.dim(2)?;
        let bytes = 5 * z.dim(1)? * d * 4;
        let side = |linear: &Linear, gate: &Linear| {
            let gated = in_rows(z, bytes, blocks, |z| {
                let x = self.norm.forward(z)?;
                linear.forward(&x)? * ops::sigmoid(&gate.forward(&x)?)?
            })?;
            Ok::<_, ModelError>(gated.permute((2, 0, 1))?.contiguous()?) // (d, N, N)
        };
        let a = side(&self.left, &self.left_gate)?;
        let b = side(&self.right, &self.right_gate)?;
        let o = match self.way {
            Way::Outgoing => tensor_product(&a, &b.t()?)?, // Σ_k a_ik b_jk
            Way::Ingoing => tensor_product(&b.t()?, &a)?,  // Σ_k b_ki a_kj
        };
        drop((a, b));
        let o = o.permute((1, 2, 0))?.contiguous()?; // (N, N, d)
        let both = Tensor::cat(&[&o, z], 2)?;
        in_rows(&both, bytes, blocks, |both| {
            let x = self.norm.forward(&both.narrow(2, d, d)?.contiguous()?)?;
            let o = self
                .out_norm
                .forward(&both.narrow(2, 0, d)?.contiguous()?)?;
            let gate = ops::sigmoid(&self.out_gate.forward(&x)?)?;
            self.out.forward(&(o * gate)?)
        })
    }
}

#[derive(Debug, Clone)]
struct TriangleAttention {
    way: Way,
    heads: usize,
    width: usize,
    norm: LayerNorm,
    bias: Linear,
    query: Linear,
    key_value: Linear,
    gate: Linear,
    out: Linear,
}

impl TriangleAttention {
    fn new(way: Way, config: &Config, vb: &VarBuilder<'_>) -> Result<Self> {
        let (d, heads, width) = (config.pair_width(), config.pair_heads, config.pair_dim_head);
        let (inner, attn) = (heads * width, vb.pp("attn"));
        Ok(Self {
            way,
            heads,
            width,
            norm: LayerNorm::new(d, &vb.pp("norm"))?,
            bias: Linear::without_bias(d, heads, &vb.pp("edges_to_attn_bias.0"))?,
            query: Linear::without_bias(d, inner, &attn.pp("to_q"))?,
            key_value: Linear::without_bias(d, 2 * inner, &attn.pp("to_kv"))?,
            gate: Linear::new(d, inner, &attn.pp("gating"))?,
            out: Linear::new(inner, d, &attn.pp("to_out"))?,
        })
    }

    fn forward(&self, z: &Tensor, blocks: Blocks<'_>) -> std::result::Result<Tensor, ModelError> {
        let n = z.dim(0)?;
        let bias = self.bias.forward(z)?; // (N, N, h), of the map as it is, not as it is normed
        let bias = bias.permute((2, 0, 1))?.contiguous()?.unsqueeze(0)?; // (1, h, N, N)
        let lines = match self.way {
            Way::Outgoing => z.clone(),
            Way::Ingoing => z.transpose(0, 1)?.contiguous()?,
        };
        let bytes = 4 * 4 * self.heads * n * n;
        let y = in_rows(&lines, bytes, blocks, |lines| self.attend(lines, &bias))?;
        Ok(match self.way {
            Way::Outgoing => y,
            Way::Ingoing => y.transpose(0, 1)?.contiguous()?,
        })
    }

    /// Inside every line (rows, N, d), biased by the pair of positions.
    fn attend(&self, lines: &Tensor, bias: &Tensor) -> Result<Tensor> {
        let x = self.norm.forward(lines)?;
        let inner = self.heads * self.width;
        let key_value = self.key_value.forward(&x)?;
        let scale = 1.0 / (self.width as f64).sqrt();
        let query = self.split(&(self.query.forward(&x)? * scale)?)?; // (rows, h, N, w)
        let key = self.split(&key_value.narrow(2, 0, inner)?)?;
        let value = self.split(&key_value.narrow(2, inner, inner)?)?;
        let key_value = Tensor::cat(&[&key, &value], 3)?;
        let found = attend(&query, &key_value, Some(bias), 0)?.transpose(1, 2)?; // (rows, N, h, w)
        let gate = ops::sigmoid(&self.gate.forward(&x)?)?;
        self.out.forward(&(found.flatten_from(2)? * gate)?)
    }

    fn split(&self, x: &Tensor) -> Result<Tensor> {
        let (rows, n, _) = x.dims3()?;
        x.reshape((rows, n, self.heads, self.width))?
            .transpose(1, 2)?
            .contiguous()
    }
}

/// Both multiplications, then both attentions, each added to its input.
#[derive(Debug, Clone)]
pub(crate) struct PairBlock {
    multiply: [TriangleMultiplication; 2],
    attend: [TriangleAttention; 2],
}

impl PairBlock {
    pub(crate) fn new(config: &Config, vb: &VarBuilder<'_>) -> Result<Self> {
        let d = config.pair_width();
        let multiply = |way, name: &str| TriangleMultiplication::new(way, d, &vb.pp(name));
        let attend = |way, name: &str| TriangleAttention::new(way, config, &vb.pp(name));
        Ok(Self {
            multiply: [
                multiply(Way::Outgoing, "triangle_multiply_outgoing")?,
                multiply(Way::Ingoing, "triangle_multiply_ingoing")?,
            ],
            attend: [
                attend(Way::Outgoing, "triangle_attention_outgoing")?,
                attend(Way::Ingoing, "triangle_attention_ingoing")?,
            ],
        })
    }

    /// z (N, N, d) → the same.
    fn forward(&self, z: &Tensor, blocks: Blocks<'_>) -> std::result::Result<Tensor, ModelError> {
        let mut z = z.clone();
        for part in &self.multiply {
            z = (&z + part.forward(&z, blocks)?)?;
        }
        for part in &self.attend {
            z = (&z + part.forward(&z, blocks)?)?;
        }
        Ok(z)
    }

    /// The same in place.
    fn advance(
        &self,
        pairs: &mut host::Pairs,
        progress: &Part<'_>,
    ) -> std::result::Result<(), ModelError> {
        for (at, part) in self.multiply.iter().enumerate() {
            host::multiply_triangles(part, pairs, &quarter(progress, at))?;
        }
        for (at, part) in self.attend.iter().enumerate() {
            host::attend_lines(part, pairs, &quarter(progress, 2 + at))?;
        }
        Ok(())
    }
}

/// One of four parts of the same length.
fn quarter<'a>(progress: &Part<'a>, at: usize) -> Part<'a> {
    let share = (progress.to - progress.from) / 4.0;
    let from = progress.from + share * at as f64;
    Part {
        whole: progress.whole,
        from,
        to: from + share,
    }
}

/// z (N, N, d) through all blocks.
pub(crate) fn advance(
    through: &[PairBlock],
    mut z: Tensor,
    blocks: Blocks<'_>,
) -> std::result::Result<Tensor, ModelError> {
    if !is_fused(&z) || z.track_op() {
        let device = z.device().clone();
        for (at, block) in through.iter().enumerate() {
            let _stage = Stage::enter(trace_span!("dynaprot pairs", index = at), &device);
            z = block.forward(&z, blocks)?;
        }
        return Ok(z);
    }
    let (n, _, width) = z.dims3()?;
    let values = z.flatten_all()?.to_vec1()?;
    drop(z);
    let mut pairs = host::Pairs { n, width, values };
    for (at, block) in through.iter().enumerate() {
        let progress = Part {
            whole: blocks.checkpoint,
            from: at as f64 / through.len() as f64,
            to: (at + 1) as f64 / through.len() as f64,
        };
        block.advance(&mut pairs, &progress)?;
    }
    Ok(Tensor::from_vec(pairs.values, (n, n, width), &Device::Cpu)?)
}

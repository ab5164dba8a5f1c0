//! Invariant point attention over the residues' frames, without pair input.
//!
//! Frames hold their axes as columns: with rows and columns mixed up the output is no longer
//! invariant under rotation.

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{Init, VarBuilder, ops};

use super::config::Config;
use crate::models::layers::{LayerNorm, Linear, Pass};

const HEADS: usize = 8;
/// Width of a head's scalars.
const SCALAR: usize = 16;
/// Points of a head.
const POINTS: usize = 4;
/// Queries that are answered at once where no gradient is asked for.
const ROWS: usize = 512;
/// Dropout after each block in training.
const DROPOUT: f64 = 0.2;
/// softplus of this is 1.
const UNIT_STRENGTH: f64 = 0.541_324_85;

/// B chains of N residues, in Å, near the origin.
#[derive(Debug, Clone)]
pub(crate) struct Frames {
    /// (B, N, 3, 3), axes as columns.
    pub rotation: Tensor,
    /// (B, N, 3).
    pub translation: Tensor,
    /// (B, 1, 1, N): 0 at residues, −10⁹ at pads; `None` without pads.
    pub mask: Option<Tensor>,
}

impl Frames {
    /// Local points (B, N, P, 3) in the world: R p + t.
    fn to_world(&self, points: &Tensor) -> Result<Tensor> {
        turned(points, &self.rotation.transpose(2, 3)?)?
            .broadcast_add(&self.translation.unsqueeze(2)?)
    }

    /// World points (B, N, P, 3) in the local frames: Rᵀ (x − t).
    fn to_local(&self, points: &Tensor) -> Result<Tensor> {
        let from_origin = points.broadcast_sub(&self.translation.unsqueeze(2)?)?;
        turned(&from_origin, &self.rotation)
    }
}

/// Row vectors (B, N, P, 3) times matrices (B, N, 3, 3), entry by entry: exact in f32 where matrix
/// products are rounded further.
fn turned(points: &Tensor, matrices: &Tensor) -> Result<Tensor> {
    let (b, n, p, _) = points.dims4()?;
    let points = points.reshape((b * n, p, 3))?;
    let matrices = matrices.contiguous()?.reshape((b * n, 3, 3))?;
    let columns = (0..3)
        .map(|a| {
            let column = matrices.narrow(2, a, 1)?.transpose(1, 2)?; // (B N, 1, 3)
            points.broadcast_mul(&column)?.sum_keepdim(2)
        })
        .collect::<Result<Vec<_>>>()?;
    Tensor::cat(&columns, 2)?.reshape((b, n, p, 3))
}

/// One block.
#[derive(Debug, Clone)]
pub(crate) struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    point_query: Linear,
    point_key: Linear,
    point_value: Linear,
    point_weights: Tensor,
    out: Linear,
    norm: Option<LayerNorm>,
    residual: bool,
}

impl Attention {
    pub(crate) fn new(config: &Config, vb: &VarBuilder<'_>) -> Result<Self> {
        let d = config.d_model;
        let scalars = |name: &str| Linear::without_bias(d, HEADS * SCALAR, &vb.pp(name));
        let points = |name: &str| Linear::without_bias(d, HEADS * POINTS * 3, &vb.pp(name));
        Ok(Self {
            query: scalars("to_scalar_q")?,
            key: scalars("to_scalar_k")?,
            value: scalars("to_scalar_v")?,
            point_query: points("to_point_q")?,
            point_key: points("to_point_k")?,
            point_value: points("to_point_v")?,
            point_weights: vb.get_with_hints(HEADS, "point_weights", Init::Const(UNIT_STRENGTH))?,
            out: Linear::new(HEADS * (SCALAR + 4 * POINTS), d, &vb.pp("to_out"))?,
            norm: if config.norm {
                Some(LayerNorm::new(d, &vb.pp("norm"))?)
            } else {
                None
            },
            residual: config.residual,
        })
    }

    /// x (B, N, d) → the same.
    pub(crate) fn forward(&self, x: &Tensor, frames: &Frames, pass: &Pass) -> Result<Tensor> {
        let y = match &self.norm {
            Some(norm) => norm.forward(x)?,
            None => x.clone(),
        };
        let n = y.dim(1)?;
        let query = heads(&self.query.forward(&y)?, SCALAR)?; // (B, h, N, 16)
        let key = heads(&self.key.forward(&y)?, SCALAR)?;
        let point_query = points(&self.point_query, &y, frames)?; // (B, h, N, 12)
        let point_key = points(&self.point_key, &y, frames)?;
        let value = heads(&self.value.forward(&y)?, SCALAR)?;
        let value = Tensor::cat(&[&value, &points(&self.point_value, &y, frames)?], 3)?;
        let rows = if y.track_op() { n } else { ROWS };
        let mut parts = Vec::new();
        for start in (0..n).step_by(rows) {
            let count = rows.min(n - start);
            let scalar = query.narrow(2, start, count)?;
            let place = point_query.narrow(2, start, count)?;
            let weight = self.weights((&scalar, &key), (&place, &point_key), frames)?;
            parts.push(weight.matmul(&value)?); // (B, h, rows, 28)
        }
        let found = Tensor::cat(&parts, 2)?;
        let y = pass.dropout(&self.out.forward(&collected(&found, frames)?)?, DROPOUT)?;
        if self.residual { x + y } else { Ok(y) }
    }

    /// Attention weights (B, h, rows, N).
    fn weights(
        &self,
        (query, key): (&Tensor, &Tensor),
        (point_query, point_key): (&Tensor, &Tensor),
        frames: &Frames,
    ) -> Result<Tensor> {
        let scalar = query.contiguous()?.matmul(&key.t()?)?; // (B, h, rows, N)
        let scale = 1.0 / ((2 * SCALAR) as f64).sqrt();
        let strength = softplus(&self.point_weights)?.reshape((1, HEADS, 1, 1))?;
        let point_scale = -0.5 / ((2 * POINTS) as f64 * 4.5).sqrt();
        let near =
            squared_distances(point_query, point_key)?.broadcast_mul(&(strength * point_scale)?)?;
        let logits = ((scalar * scale)? + near)?;
        let logits = match &frames.mask {
            Some(mask) => logits.broadcast_add(mask)?,
            None => logits,
        };
        softmax(&logits)
    }
}

/// Over the last axis, with a gradient where one is asked for.
pub(crate) fn softmax(logits: &Tensor) -> Result<Tensor> {
    if logits.track_op() {
        ops::softmax(logits, D::Minus1)
    } else {
        ops::softmax_last_dim(logits)
    }
}

/// Points of the heads in the world, (B, h, N, 12).
fn points(projection: &Linear, y: &Tensor, frames: &Frames) -> Result<Tensor> {
    let (b, n, _) = y.dims3()?;
    let local = projection.forward(y)?.reshape((b, n, HEADS * POINTS, 3))?;
    let world = frames.to_world(&local)?;
    heads(&world.reshape((b, n, ()))?, POINTS * 3)
}

/// (B, N, h · w) → (B, h, N, w).
fn heads(x: &Tensor, width: usize) -> Result<Tensor> {
    let (b, n, _) = x.dims3()?;
    x.reshape((b, n, HEADS, width))?
        .transpose(1, 2)?
        .contiguous()
}

/// Scalars, local points and their lengths, each over all heads: (B, N, h · 32).
fn collected(found: &Tensor, frames: &Frames) -> Result<Tensor> {
    let (b, _, n, _) = found.dims4()?;
    let found = found.transpose(1, 2)?.contiguous()?; // (B, N, h, 28)
    let scalars = found.narrow(3, 0, SCALAR)?.reshape((b, n, ()))?;
    let points = found
        .narrow(3, SCALAR, POINTS * 3)?
        .reshape((b, n, HEADS * POINTS, 3))?;
    let points = frames.to_local(&points)?;
    let lengths = (points.sqr()?.sum(D::Minus1)? + 1e-8)?.sqrt()?; // (B, N, h · 4)
    Tensor::cat(&[&scalars, &points.reshape((b, n, ()))?, &lengths], 2)
}

/// Sums of squared distances of the points of two residues, (B, h, rows, N), through f64: far from
/// the origin the parts are much larger than what remains.
fn squared_distances(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let wide = match a.device() {
        Device::Metal(_) => DType::F32,
        _ => DType::F64,
    };
    let (from, a, b) = (a.dtype(), a.to_dtype(wide)?, b.to_dtype(wide)?);
    let own = a.sqr()?.sum_keepdim(D::Minus1)?; // (B, h, rows, 1)
    let other = b.sqr()?.sum_keepdim(D::Minus1)?.t()?; // (B, h, 1, N)
    let product = a.contiguous()?.matmul(&b.t()?)?;
    (product * -2.0)?
        .broadcast_add(&own)?
        .broadcast_add(&other)?
        .to_dtype(from)
}

/// ln(1 + eˣ), without overflow.
pub(crate) fn softplus(x: &Tensor) -> Result<Tensor> {
    x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?
}

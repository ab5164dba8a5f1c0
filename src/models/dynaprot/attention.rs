//! Invariant point attention over the residues' frames, without pair input.

use candle_core::{D, Result, Tensor};
use candle_nn::{Init, VarBuilder};

use super::config::Config;
use super::frames::Frames;
use crate::models::layers::attention::attend;
use crate::models::layers::{LayerNorm, Linear, Pass};

const HEADS: usize = 8;
/// Width of a head's scalars.
const SCALAR: usize = 16;
/// Points of a head.
const POINTS: usize = 4;
/// Dropout after each block in training.
const DROPOUT: f64 = 0.2;
/// softplus of this is 1.
const UNIT_STRENGTH: f64 = 0.541_324_85;

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
        let scale = 1.0 / ((2 * SCALAR) as f64).sqrt();
        let point_scale = 0.5 / ((2 * POINTS) as f64 * 4.5).sqrt();
        let strength = (softplus(&self.point_weights)? * point_scale)?.sqrt()?;
        let strength = strength.reshape((1, HEADS, 1, 1))?;
        let placed = |projection: &Linear| {
            points(projection, &y, frames)?.broadcast_mul(&strength) // (B, h, N, 12)
        };
        let query = heads(&(self.query.forward(&y)? * scale)?, SCALAR)?; // (B, h, N, 16)
        let query = Tensor::cat(&[&query, &placed(&self.point_query)?], 3)?;
        let key_value = [
            &heads(&self.key.forward(&y)?, SCALAR)?,
            &placed(&self.point_key)?,
            &heads(&self.value.forward(&y)?, SCALAR)?,
            &points(&self.point_value, &y, frames)?,
        ];
        let key_value = Tensor::cat(&key_value, 3)?;
        let found = attend(&query, &key_value, frames.mask.as_ref(), POINTS * 3)?;
        let y = pass.dropout(&self.out.forward(&collected(&found, frames)?)?, DROPOUT)?;
        if self.residual { x + y } else { Ok(y) }
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

/// ln(1 + eˣ), without overflow.
pub(crate) fn softplus(x: &Tensor) -> Result<Tensor> {
    x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?
}

//! SiLU and GELU: on the CPU vectorised, in parallel and with their gradients; candle's own elsewhere.
#![expect(
    clippy::inline_always,
    reason = "a curve must be inlined into each copy to be compiled for its instruction set"
)]

use std::marker::PhantomData;

use candle_core::{CpuStorage, CustomOp1, CustomOp2, DType, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use crate::models::kernels::rows::erf;

/// Entries that one task takes on.
const BLOCK: usize = 16 * 1024;

/// A function of one number.
pub(crate) trait Curve: Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Its value at x.
    fn value(x: f32) -> f32;
    /// Its value and its derivative at x.
    fn with_slope(x: f32) -> (f32, f32);
}

/// x · sigmoid(x).
pub(crate) struct Silu;

impl Curve for Silu {
    const NAME: &'static str = "silu";

    #[inline(always)]
    fn value(x: f32) -> f32 {
        x / (1.0 + exponential(-x))
    }

    #[inline(always)]
    fn with_slope(x: f32) -> (f32, f32) {
        let s = 1.0 / (1.0 + exponential(-x));
        (x * s, s * (1.0 + x * (1.0 - s)))
    }
}

/// x · Φ(x).
pub(crate) struct Gelu;

impl Curve for Gelu {
    const NAME: &'static str = "gelu";

    #[inline(always)]
    fn value(x: f32) -> f32 {
        x * normal(x)
    }

    #[inline(always)]
    fn with_slope(x: f32) -> (f32, f32) {
        const TOP: f32 = 0.398_942_3; // 1 / √2π
        let below = normal(x);
        (x * below, below + x * TOP * exponential(-0.5 * x * x))
    }
}

/// Φ(x), the share of the normal distribution below x.
#[inline(always)]
fn normal(x: f32) -> f32 {
    0.5 + 0.5 * erf::<false>(x * std::f32::consts::FRAC_1_SQRT_2)
}

/// x · sigmoid(x).
pub fn silu(x: &Tensor) -> Result<Tensor> {
    if is_ours(x) {
        x.contiguous()?.apply_op1(Each::<Silu>(PhantomData))
    } else {
        x.silu()
    }
}

/// x · Φ(x).
pub fn gelu(x: &Tensor) -> Result<Tensor> {
    if is_ours(x) {
        x.contiguous()?.apply_op1(Each::<Gelu>(PhantomData))
    } else {
        x.gelu_erf()
    }
}

fn is_ours(x: &Tensor) -> bool {
    x.device().is_cpu() && x.dtype() == DType::F32
}

/// e^x to 2e-7 relative, written so that the compiler vectorises it.
#[inline(always)]
pub fn exponential(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding and taking it away rounds
    let x = x.clamp(-87.0, 88.0);
    let whole = x * LOG2_E + ROUND;
    let n = whole - ROUND;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4; // ln 2 in two parts
    let p = 1.987_569_1e-4_f32;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 0.166_666_66;
    let p = p * r + 0.5;
    let e = p * r * r + r + 1.0;
    let power = f32::from_bits(whole.to_bits().wrapping_add(127) << 23);
    e * power
}

/// The f32 entries of a contiguous CPU tensor.
pub fn entries<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok(&storage.as_slice::<f32>()?[from..to]),
        None => candle_core::bail!("not contiguous"),
    }
}

/// A curve on every entry.
struct Each<C>(PhantomData<C>);

impl<C: Curve> CustomOp1 for Each<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = entries(storage, layout)?;
        let mut y = vec![0f32; x.len()];
        y.par_chunks_mut(BLOCK)
            .zip(x.par_chunks(BLOCK))
            .for_each(|(y, x)| {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = C::value(x);
                }
            });
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        x.contiguous()?
            .apply_op2_no_bwd(&gradient, &Slope::<C>(PhantomData))
            .map(Some)
    }
}

/// The gradient times the curve's derivative at x.
struct Slope<C>(PhantomData<C>);

impl<C: Curve> CustomOp2 for Slope<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, g) = (entries(x, x_layout)?, entries(gradient, gradient_layout)?);
        let mut y = vec![0f32; x.len()];
        y.par_chunks_mut(BLOCK)
            .zip(x.par_chunks(BLOCK).zip(g.par_chunks(BLOCK)))
            .for_each(|(y, (x, g))| {
                for (y, (&x, &g)) in y.iter_mut().zip(x.iter().zip(g)) {
                    *y = g * C::with_slope(x).1;
                }
            });
        Ok((CpuStorage::F32(y), x_layout.shape().clone()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn exponential_is_accurate_over_its_range() {
        for i in -8600..8700 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x).exp();
            assert!(
                ((f64::from(exponential(x)) - exact) / exact).abs() < 4e-7,
                "{x}"
            );
        }
    }

    #[test]
    fn curves_and_their_gradients_are_candles() {
        let x =
            Var::from_tensor(&Tensor::randn(0f32, 4f32, (5, 40), &Device::Cpu).unwrap()).unwrap();
        let weight = Tensor::randn(0f32, 1f32, (5, 40), &Device::Cpu).unwrap();
        let with_gradient = |y: Tensor| {
            let loss = (&y * &weight).unwrap().sum_all().unwrap();
            let slope = loss.backward().unwrap().get(x.as_tensor()).unwrap().clone();
            Tensor::cat(&[&y, &slope], 0).unwrap()
        };
        for (ours, theirs) in [
            (silu(x.as_tensor()), x.silu()),
            (gelu(x.as_tensor()), x.gelu_erf()),
        ] {
            let far = with_gradient(ours.unwrap()) - with_gradient(theirs.unwrap());
            let far = far.unwrap().abs().unwrap().max_all().unwrap();
            assert!(far.to_scalar::<f32>().unwrap() < 1e-5);
        }
    }
}

//! SiLU: on the CPU vectorised, in parallel and with its gradient; candle's own elsewhere.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

/// Entries that one task takes on.
const BLOCK: usize = 16 * 1024;

/// x · sigmoid(x).
pub fn silu(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() && x.dtype() == candle_core::DType::F32 {
        x.contiguous()?.apply_op1(Silu)
    } else {
        x.silu()
    }
}

/// e^x to 2e-7 relative, written so that the compiler vectorises it.
#[inline]
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

/// x · sigmoid(x).
#[inline]
pub fn silu_of(x: f32) -> f32 {
    x / (1.0 + exponential(-x))
}

/// The derivative of SiLU at x.
#[inline]
pub fn silu_slope(x: f32) -> f32 {
    let s = 1.0 / (1.0 + exponential(-x));
    s * (1.0 + x * (1.0 - s))
}

/// The f32 entries of a contiguous CPU tensor.
pub fn entries<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok(&storage.as_slice::<f32>()?[from..to]),
        None => candle_core::bail!("not contiguous"),
    }
}

struct Silu;

impl CustomOp1 for Silu {
    fn name(&self) -> &'static str {
        "silu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = entries(storage, layout)?;
        let mut y = vec![0f32; x.len()];
        y.par_chunks_mut(BLOCK)
            .zip(x.par_chunks(BLOCK))
            .for_each(|(y, x)| {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = silu_of(x);
                }
            });
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        x.contiguous()?
            .apply_op2_no_bwd(&gradient, &SiluGradient)
            .map(Some)
    }
}

/// gradient · SiLU'(x).
struct SiluGradient;

impl CustomOp2 for SiluGradient {
    fn name(&self) -> &'static str {
        "silu-gradient"
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
                    *y = g * silu_slope(x);
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
    fn silu_and_its_gradient_are_candles() {
        let x =
            Var::from_tensor(&Tensor::randn(0f32, 4f32, (5, 40), &Device::Cpu).unwrap()).unwrap();
        let weight = Tensor::randn(0f32, 1f32, (5, 40), &Device::Cpu).unwrap();
        let results = [silu(x.as_tensor()).unwrap(), x.silu().unwrap()].map(|y| {
            let loss = (&y * &weight).unwrap().sum_all().unwrap();
            let slope = loss.backward().unwrap().get(x.as_tensor()).unwrap().clone();
            (y, slope)
        });
        let far = |a: &Tensor, b: &Tensor| {
            let d = (a - b).unwrap().abs().unwrap().max_all().unwrap();
            d.to_scalar::<f32>().unwrap()
        };
        assert!(far(&results[0].0, &results[1].0) < 1e-5);
        assert!(far(&results[0].1, &results[1].1) < 1e-5);
    }
}

//! Operations on the CPU that bring their own gradient.

use candle_core::{CpuStorage, CustomOp3, DType, Layout, Result, Shape, Storage, Tensor};

use super::activation::entries;

/// Whether fused operations serve tensors like `x`; elsewhere tensor operations do.
pub(crate) fn is_fused(x: &Tensor) -> bool {
    x.device().is_cpu() && x.dtype() == DType::F32 && !is_switched_off()
}

#[cfg(not(test))]
fn is_switched_off() -> bool {
    false
}

#[cfg(test)]
use tests::is_switched_off;

/// An operation on three tensors, as plain numbers.
pub(crate) trait Fused: Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Width of the result's rows.
    fn width(&self) -> usize;
    /// The result, (rows, width).
    fn forward(&self, arguments: [&[f32]; 3]) -> Vec<f32>;
    /// The gradients of the arguments, from that of the result.
    fn backward(&self, arguments: [&[f32]; 3], gradient: &[f32]) -> [Vec<f32>; 3];
}

/// The result of an operation, with its gradient.
pub(crate) fn apply(operation: impl Fused, arguments: [&Tensor; 3]) -> Result<Tensor> {
    let [a, b, c] = arguments.map(Tensor::contiguous);
    a?.apply_op3(&b?, &c?, Operation(operation))
}

struct Operation<F>(F);

impl<F: Fused> CustomOp3 for Operation<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
        c: &CpuStorage,
        c_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let arguments = [
            entries(a, a_layout)?,
            entries(b, b_layout)?,
            entries(c, c_layout)?,
        ];
        let out = self.0.forward(arguments);
        let shape = (out.len() / self.0.width(), self.0.width());
        Ok((CpuStorage::F32(out), shape.into()))
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        c: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let [of_a, of_b, of_c] = on_host([a, b, c, &gradient], |[a, b, c, gradient]| {
            self.0.backward([a, b, c], gradient)
        })?;
        let back = |values, like: &Tensor| Tensor::from_vec(values, like.shape(), like.device());
        Ok((
            Some(back(of_a, a)?),
            Some(back(of_b, b)?),
            Some(back(of_c, c)?),
        ))
    }
}

/// Calls `work` with the entries of contiguous f32 tensors on the CPU.
pub(crate) fn on_host<const N: usize, R>(
    tensors: [&Tensor; N],
    work: impl FnOnce([&[f32]; N]) -> R,
) -> Result<R> {
    let held = tensors.map(Tensor::storage_and_layout);
    let mut slices: [&[f32]; N] = [&[]; N];
    for (slice, (storage, layout)) in slices.iter_mut().zip(&held) {
        let Storage::Cpu(storage) = &**storage else {
            candle_core::bail!("not on the CPU")
        };
        *slice = entries(storage, layout)?;
    }
    Ok(work(slices))
}

/// What tests of fused operations share.
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
pub(crate) mod tests {
    use super::*;
    use candle_core::{Device, Var};

    use crate::models::layers::neighbours::Neighbours;

    thread_local! {
        static OFF: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    }

    pub(super) fn is_switched_off() -> bool {
        OFF.get()
    }

    /// Runs `work` with the tensor operations of a GPU, on the CPU.
    pub(crate) fn by_tensors<R>(work: impl FnOnce() -> R) -> R {
        OFF.set(true);
        let result = work();
        OFF.set(false);
        result
    }

    /// A variable with random entries.
    pub(crate) fn draw(dims: &[usize], scale: f32) -> Var {
        Var::from_tensor(&Tensor::randn(0f32, scale, dims, &Device::Cpu).unwrap()).unwrap()
    }

    /// A graph in which some neighbours are absent, but not the first of a residue.
    pub(crate) fn graph_of(n: usize, k: usize) -> (Neighbours, Tensor) {
        let index: Vec<u32> = (0..n * k).map(|i| ((i * 7 + i / k) % n) as u32).collect();
        let present = |i: usize| i.is_multiple_of(k) || !i.is_multiple_of(11) && i < (n - 1) * k;
        let mask: Vec<f32> = (0..n * k)
            .map(|i| f32::from(u8::from(present(i))))
            .collect();
        let neighbours = Neighbours::new(index, (1, n, k), true, &Device::Cpu).unwrap();
        let mask = Tensor::from_vec(mask, (n, k, 1), &Device::Cpu).unwrap();
        (neighbours, mask)
    }

    /// Both results agree, and so do their gradients by the variables.
    pub(crate) fn agree(results: &[Tensor; 2], variables: &[Var]) {
        let weight = Tensor::randn(0f32, 1f32, results[0].shape(), &Device::Cpu).unwrap();
        let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let [a, b] = results.each_ref().map(|y| {
            let loss = (y * &weight).unwrap().sum_all().unwrap();
            let gradients = loss.backward().unwrap();
            let of = |v: &Var| values(gradients.get(v.as_tensor()).unwrap());
            let mut all = vec![values(y)];
            all.extend(variables.iter().map(of));
            all
        });
        for (which, (a, b)) in a.iter().zip(&b).enumerate() {
            assert_eq!(a.len(), b.len());
            let size = b.iter().fold(0f32, |m, x| m.max(x.abs()));
            let far = a.iter().zip(b).fold(0f32, |m, (a, b)| m.max((a - b).abs()));
            assert!(far <= 2e-5 * size.max(1.0), "{which}: {far} of {size}");
        }
    }
}

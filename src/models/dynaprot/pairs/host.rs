//! The pair blocks on plain rows of the CPU, in place: beside the map of all pairs there is only that of
//! their products, and a few channels or lines at a time.

mod lines;
mod products;

use candle_core::{Result, Tensor};

pub(super) use lines::attend_lines;
pub(super) use products::multiply_triangles;

use crate::models::kernels::matmul::{Threads, View, ViewMut, multiply};
use crate::models::kernels::rows::vectorised;
use crate::models::layers::activation::exponential;
use crate::models::layers::{LayerNorm, Linear};

/// The states of all pairs, (N, N, d).
pub(super) struct Pairs {
    pub n: usize,
    pub width: usize,
    pub values: Vec<f32>,
}

/// Linear maps of the same states, one after the other: weights (outputs, inputs) and bias.
struct Maps {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Maps {
    /// The maps behind a layer norm, of standardised states.
    fn behind(norm: &LayerNorm, linears: &[&Linear]) -> Result<Self> {
        let mut maps = Self::empty();
        for linear in linears {
            let (weight, constant) = norm.folded_into(linear)?;
            let bias = match linear.bias() {
                Some(bias) => (constant + bias)?,
                None => constant,
            };
            maps.push(&weight, &bias)?;
        }
        Ok(maps)
    }

    fn of(linear: &Linear) -> Result<Self> {
        let mut maps = Self::empty();
        let weight = linear.weight();
        match linear.bias() {
            Some(bias) => maps.push(weight, bias)?,
            None => maps.push(weight, &weight.narrow(1, 0, 1)?.squeeze(1)?.zeros_like()?)?,
        }
        Ok(maps)
    }

    fn empty() -> Self {
        let (weight, bias) = (Vec::new(), Vec::new());
        Self { weight, bias }
    }

    fn push(&mut self, weight: &Tensor, bias: &Tensor) -> Result<()> {
        self.weight.extend(weight.flatten_all()?.to_vec1::<f32>()?);
        self.bias.extend(bias.to_vec1::<f32>()?);
        Ok(())
    }

    fn outputs(&self) -> usize {
        self.bias.len()
    }

    fn inputs(&self) -> usize {
        self.weight.len() / self.bias.len()
    }

    /// These outputs of it, in this order.
    fn some(&self, outputs: impl Iterator<Item = usize>) -> Self {
        let mut maps = Self::empty();
        for o in outputs {
            let inputs = self.inputs();
            maps.weight.extend(&self.weight[o * inputs..][..inputs]);
            maps.bias.push(self.bias[o]);
        }
        maps
    }

    fn view(&self) -> View<'_> {
        View::new(&self.weight, self.outputs(), self.inputs())
    }

    /// Rows of states → rows of outputs, or added to them.
    fn apply(&self, x: &[f32], add: bool, out: &mut [f32]) {
        let rows = x.len() / self.inputs();
        for out in out.chunks_exact_mut(self.outputs()).take(rows) {
            if add {
                add_to(out, &self.bias);
            } else {
                out.copy_from_slice(&self.bias);
            }
        }
        multiply(
            ViewMut::new(out, rows, self.outputs()),
            true,
            View::new(x, rows, self.inputs()),
            self.view().transposed(),
            Threads::One,
        );
    }

    /// Rows of states → a row an output.
    fn apply_turned(&self, x: &[f32], out: &mut [f32]) {
        let rows = x.len() / self.inputs();
        for (out, &bias) in out.chunks_exact_mut(rows).zip(&self.bias) {
            out.fill(bias);
        }
        multiply(
            ViewMut::new(out, self.outputs(), rows),
            true,
            self.view(),
            View::new(x, rows, self.inputs()).transposed(),
            Threads::One,
        );
    }
}

vectorised! {
    /// x += y
    fn add_to / add_to_body(x: &mut [f32], y: &[f32])
}

#[expect(clippy::inline_always, reason = "compiled for each instruction set")]
#[inline(always)]
fn add_to_body<const FUSED: bool>(x: &mut [f32], y: &[f32]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += y;
    }
}

vectorised! {
    /// x *= sigmoid(gate)
    fn open / open_body(x: &mut [f32], gate: &[f32])
}

#[expect(clippy::inline_always, reason = "compiled for each instruction set")]
#[inline(always)]
fn open_body<const FUSED: bool>(x: &mut [f32], gate: &[f32]) {
    for (x, &g) in x.iter_mut().zip(gate) {
        *x /= 1.0 + exponential(-g);
    }
}

//! Linear maps, layer norms and GELU over packed rows, shared among threads or not.

use std::ops::Range;
use std::sync::OnceLock;

use candle_nn::VarBuilder;
use rayon::prelude::*;

use super::int16;
use super::matmul::{Threads, View, ViewMut, multiply};
use super::rows::{add_bias_and_gelu, add_bias_and_normalise};

/// Rows of a task when one row operation is shared among threads.
const TASK_ROWS: usize = 16;

/// A linear map, weights as (inputs, outputs).
pub(crate) struct Linear {
    pub weight: Vec<f32>,
    /// Added by the row operation that follows the product.
    pub bias: Vec<f32>,
    pub inputs: usize,
    pub outputs: usize,
    integers: OnceLock<int16::Weights>,
}

impl Linear {
    /// A map by its weights (inputs, outputs) and its bias.
    pub fn new(weight: Vec<f32>, bias: Vec<f32>) -> Self {
        Self {
            inputs: weight.len() / bias.len(),
            outputs: bias.len(),
            weight,
            bias,
            integers: OnceLock::new(),
        }
    }

    /// Reads `weight` (outputs, inputs) and `bias`.
    pub fn load(vb: &VarBuilder<'_>, inputs: usize, outputs: usize) -> candle_core::Result<Self> {
        let weight = vb.get((outputs, inputs), "weight")?;
        Ok(Self::new(
            weight.t()?.contiguous()?.flatten_all()?.to_vec1()?,
            vb.get(outputs, "bias")?.to_vec1()?,
        ))
    }

    /// The weights as integers, made when they are first asked for.
    pub fn integers(&self) -> &int16::Weights {
        self.integers
            .get_or_init(|| int16::Weights::new(&self.weight, self.outputs))
    }

    /// `out = x · W` or `out += x · W`, without the bias; `x` holds rows of `inputs`.
    pub fn apply(&self, x: &[f32], accumulate: bool, threads: Threads, out: &mut [f32]) {
        self.apply_columns(x, 0..self.outputs, accumulate, threads, out);
    }

    /// The same for some of the outputs only.
    pub fn apply_columns(
        &self,
        x: &[f32],
        columns: Range<usize>,
        accumulate: bool,
        threads: Threads,
        out: &mut [f32],
    ) {
        let rows = x.len() / self.inputs;
        let count = columns.len();
        multiply(
            ViewMut::new(out, rows, count),
            accumulate,
            View::new(x, rows, self.inputs),
            View::strided(
                &self.weight[columns.start..],
                self.inputs,
                count,
                self.outputs,
            ),
            threads,
        );
    }
}

/// Weights of a layer norm.
pub(crate) struct Norm {
    weight: Vec<f32>,
    offset: Vec<f32>,
    epsilon: f32,
}

impl Norm {
    /// Reads `weight` and `bias`, or `gamma` and `beta` as old files call them.
    pub fn load(vb: &VarBuilder<'_>, width: usize, epsilon: f64) -> candle_core::Result<Self> {
        let [weight, offset] = if vb.contains_tensor("gamma") {
            ["gamma", "beta"]
        } else {
            ["weight", "bias"]
        };
        Ok(Self {
            weight: vb.get(width, weight)?.to_vec1()?,
            offset: vb.get(width, offset)?.to_vec1()?,
            epsilon: epsilon as f32,
        })
    }

    /// Adds `bias` to the rows of `x`, then writes them normalised.
    pub fn apply(&self, x: &mut [f32], bias: &[f32], threads: Threads, out: &mut [f32]) {
        let width = self.weight.len();
        let some_rows = |(x, out): (&mut [f32], &mut [f32])| {
            for (x, out) in x.chunks_exact_mut(width).zip(out.chunks_exact_mut(width)) {
                add_bias_and_normalise(x, bias, &self.weight, &self.offset, self.epsilon, out);
            }
        };
        match threads {
            Threads::One => some_rows((x, out)),
            Threads::All => x
                .par_chunks_mut(TASK_ROWS * width)
                .zip(out.par_chunks_mut(TASK_ROWS * width))
                .for_each(some_rows),
        }
    }
}

/// Calls `work` with every row of `width` and its index.
pub(crate) fn each_row(
    x: &mut [f32],
    width: usize,
    threads: Threads,
    work: impl Fn(usize, &mut [f32]) + Sync,
) {
    match threads {
        Threads::One => x
            .chunks_exact_mut(width)
            .enumerate()
            .for_each(|(i, row)| work(i, row)),
        Threads::All => x
            .par_chunks_exact_mut(width)
            .with_min_len(TASK_ROWS)
            .enumerate()
            .for_each(|(i, row)| work(i, row)),
    }
}

/// Adds the bias to every row and applies GELU.
pub(crate) fn gelu_rows(x: &mut [f32], bias: &[f32], threads: Threads) {
    each_row(x, bias.len(), threads, |_, row| {
        add_bias_and_gelu(row, bias);
    });
}

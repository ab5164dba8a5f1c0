//! Sequences that differ from a known one by substitutions.
//!
//! Their rows differ little from those of the known sequence, so a linear map adds to the known product
//! what it makes of the difference, in 16-bit integers: y = y₀ + (x − x₀) W. All else stays `f32`.
//! What rounding adds is a share of the *change*, not of the states.

use std::ops::Range;

use super::Layer;
use crate::models::esm2::config::Config;
use crate::models::kernels::int16::{self, Base};
use crate::models::kernels::linear::Linear;
use crate::models::kernels::matmul::Threads;
use crate::progress::{Cancelled, Checkpoint};

/// Rows that a thread takes through a linear map between two checkpoints.
const ROWS: usize = 512;

/// The linear maps of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Map {
    QueryKeyValue,
    Output,
    Up,
    Down,
}

impl Map {
    pub const ALL: [Self; 4] = [Self::QueryKeyValue, Self::Output, Self::Up, Self::Down];

    /// Inputs and outputs.
    fn shape(self, config: &Config) -> (usize, usize) {
        let (width, inner) = (config.width, config.feed_forward);
        match self {
            Self::QueryKeyValue => (width, 3 * width),
            Self::Output => (width, width),
            Self::Up => (width, inner),
            Self::Down => (inner, width),
        }
    }
}

/// What went into every linear map for one sequence, and what came out, without biases.
pub(crate) struct Trace {
    layers: Vec<[Known; 4]>,
    pub(super) tokens: usize,
}

/// The rows of one linear map.
struct Known {
    inputs: Vec<f32>,
    products: Vec<f32>,
}

impl Trace {
    pub(super) fn new(config: &Config, tokens: usize) -> Self {
        let known = |map: Map| {
            let (inputs, outputs) = map.shape(config);
            Known {
                inputs: vec![0.0; tokens * inputs],
                products: vec![0.0; tokens * outputs],
            }
        };
        let layers = (0..config.layers).map(|_| Map::ALL.map(known)).collect();
        Self { layers, tokens }
    }

    /// Bytes of a trace and of the integers of an encoder's weights.
    pub fn bytes(config: &Config, tokens: usize) -> u64 {
        let of_map = |map: Map| {
            let (inputs, outputs) = map.shape(config);
            4 * tokens * (inputs + outputs) + int16::Weights::bytes(inputs, outputs)
        };
        let of_layer: usize = Map::ALL.map(of_map).iter().sum();
        (config.layers * of_layer) as u64
    }
}

/// How the linear maps of a group of sequences are computed.
pub(super) enum Way<'a> {
    Plain,
    /// Plainly, and kept.
    Keep(&'a mut Trace),
    /// Beside a kept sequence, by differences.
    Beside(&'a Trace, int16::Rows),
}

/// Some outputs of a linear map for rows at given positions of their sequences.
pub(super) struct Job<'a> {
    pub layer: &'a Layer,
    pub map: Map,
    pub columns: Range<usize>,
    pub positions: &'a [usize],
    pub threads: Threads,
}

impl<'a> Way<'a> {
    pub fn beside(trace: &'a Trace) -> Self {
        Self::Beside(trace, int16::Rows::default())
    }

    /// [`Self::apply`], asking the checkpoint every few rows.
    pub fn apply_in_blocks(
        &mut self,
        job: &Job<'_>,
        x: &[f32],
        accumulate: bool,
        out: &mut [f32],
        checkpoint: &dyn Checkpoint,
    ) -> Result<(), Cancelled> {
        let block = ROWS * job.threads.count();
        let inputs = job.layer.map(job.map).inputs;
        let blocks = job
            .positions
            .chunks(block)
            .zip(x.chunks(block * inputs))
            .zip(out.chunks_mut(block * job.columns.len()));
        for ((positions, x), out) in blocks {
            checkpoint.reached(0, 1)?;
            let columns = job.columns.clone();
            let part = Job {
                columns,
                positions,
                ..*job
            };
            self.apply(&part, x, accumulate, out);
        }
        Ok(())
    }

    /// `out = x · W` or `out += x · W`.
    pub fn apply(&mut self, job: &Job<'_>, x: &[f32], accumulate: bool, out: &mut [f32]) {
        let (linear, columns) = (job.layer.map(job.map), &job.columns);
        match self {
            Self::Plain => {
                linear.apply_columns(x, columns.clone(), accumulate, job.threads, out);
            }
            Self::Keep(trace) => {
                let mut product = vec![0.0; out.len()];
                linear.apply_columns(x, columns.clone(), false, job.threads, &mut product);
                trace.layers[job.layer.index][job.map as usize].keep(job, x, &product);
                for (out, product) in out.iter_mut().zip(product) {
                    *out = if accumulate { *out + product } else { product };
                }
            }
            Self::Beside(trace, rows) => {
                let known = &trace.layers[job.layer.index][job.map as usize];
                let width = linear.inputs;
                let before = job.positions.iter();
                let before = before.map(|at| &known.inputs[at * width..][..width]);
                rows.take_differences(width, x.chunks_exact(width).zip(before));
                let base = Base {
                    values: &known.products,
                    rows: job.positions,
                    outputs: linear.outputs,
                };
                let weights = linear.integers();
                int16::multiply(rows, weights, columns.clone(), &base, accumulate, out);
            }
        }
    }
}

impl Known {
    fn keep(&mut self, job: &Job<'_>, x: &[f32], product: &[f32]) {
        let Linear {
            inputs, outputs, ..
        } = *job.layer.map(job.map);
        let rows = x
            .chunks_exact(inputs)
            .zip(product.chunks_exact(job.columns.len()));
        for (at, (x, product)) in job.positions.iter().zip(rows) {
            self.inputs[at * inputs..][..inputs].copy_from_slice(x);
            self.products[at * outputs..][job.columns.clone()].copy_from_slice(product);
        }
    }
}

//! The heads on the CPU, on plain rows.

use std::ops::Range;

use candle_nn::VarBuilder;
use rayon::prelude::*;

use super::property::{PAIR_CHANNELS, RESIDUE_CHANNELS, activate_pairs, activate_residues};
use crate::models::error::ModelError;
use crate::models::esm2::Config;
use crate::models::esm2::host::Attention;
use crate::models::kernels::linear::{Linear, Norm, gelu_rows};
use crate::models::kernels::matmul::{Threads, View, ViewMut, multiply};
use crate::progress::Checkpoint;

/// Rows of the pair map that one task computes at once.
const BLOCK_ROWS: usize = 4;

/// Linear → GELU → layer norm → linear.
struct Perceptron {
    first: Linear,
    norm: Norm,
    second: Linear,
}

impl Perceptron {
    fn load(vb: &VarBuilder<'_>, config: &Config, outputs: usize) -> candle_core::Result<Self> {
        let width = config.width;
        Ok(Self {
            first: Linear::load(&vb.pp(0), width, width)?,
            norm: Norm::load(&vb.pp(2), width, config.layer_norm_eps)?,
            second: Linear::load(&vb.pp(4), width, outputs)?,
        })
    }

    fn forward(&self, states: &[f32], threads: Threads) -> Vec<f32> {
        let rows = states.len() / self.first.inputs;
        let mut inner = vec![0.0; states.len()];
        self.first.apply(states, false, threads, &mut inner);
        gelu_rows(&mut inner, &self.first.bias, threads);
        let mut normed = vec![0.0; states.len()];
        let no_bias = vec![0.0; self.first.outputs];
        self.norm.apply(&mut inner, &no_bias, threads, &mut normed);
        let mut out = self.second.bias.repeat(rows);
        self.second.apply(&normed, true, threads, &mut out);
        out
    }
}

/// Both heads.
pub(super) struct Heads {
    residue: Perceptron,
    transform: Perceptron,
    middle: Linear,
    last: Linear,
}

impl Heads {
    /// Reads the heads; `middle` is the width of the pair head's middle layer.
    pub fn load(vb: &VarBuilder<'_>, config: &Config, middle: usize) -> candle_core::Result<Self> {
        let width = config.width;
        let maps = config.layers * config.heads;
        Ok(Self {
            residue: Perceptron::load(&vb.pp("res_pred_nn"), config, RESIDUE_CHANNELS)?,
            transform: Perceptron::load(&vb.pp("res_transform_nn"), config, 2 * width)?,
            middle: Linear::load(&vb.pp("pair_middle_linear"), 2 * width, middle)?,
            last: Linear::load(&vb.pp("pair_pred_linear"), middle + maps, PAIR_CHANNELS)?,
        })
    }

    /// Residue properties of packed rows, (row, 50).
    pub fn residues(&self, states: &[f32], threads: Threads) -> Vec<f32> {
        let mut out = self.residue.forward(states, threads);
        activate_residues(&mut out);
        out
    }

    /// Pair properties of one sequence, handed over in blocks of rows: (row, column, 13).
    pub fn pairs(
        &self,
        states: &[f32],
        attention: &Attention,
        checkpoint: &dyn Checkpoint,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), ModelError> {
        let pairs = Pairs::new(self, states, attention);
        let blocks: Vec<Range<usize>> = (0..pairs.length)
            .step_by(BLOCK_ROWS)
            .map(|start| start..(start + BLOCK_ROWS).min(pairs.length))
            .collect();
        for some in blocks.chunks(2 * rayon::current_num_threads()) {
            checkpoint.reached(some[0].start, pairs.length)?;
            let done: Vec<Vec<f32>> = some
                .par_iter()
                .map_init(Scratch::default, |scratch, rows| pairs.block(rows, scratch))
                .collect();
            for (rows, values) in some.iter().zip(&done) {
                sink(rows.start, values);
            }
        }
        Ok(())
    }
}

#[derive(Default)]
struct Scratch {
    weight: Vec<f32>,
    middle: Vec<f32>,
    maps: Vec<f32>,
}

/// One sequence at the pair head. Row i of the map takes k, column j takes q.
struct Pairs<'a> {
    heads: &'a Heads,
    attention: &'a Attention,
    length: usize,
    width: usize,
    middle_width: usize,
    /// q and k of every position side by side.
    queries_keys: Vec<f32>,
    /// q and k times the second half of the middle weights, which sees q − k.
    query_part: Vec<f32>,
    key_part: Vec<f32>,
}

impl<'a> Pairs<'a> {
    fn new(heads: &'a Heads, states: &[f32], attention: &'a Attention) -> Self {
        let width = heads.transform.first.inputs;
        let length = states.len() / width;
        let middle_width = heads.middle.outputs;
        let queries_keys = heads.transform.forward(states, Threads::All);
        let second_half = &heads.middle.weight[width * middle_width..];
        let part = |offset: usize| {
            let mut out = vec![0.0; length * middle_width];
            multiply(
                ViewMut::new(&mut out, length, middle_width),
                false,
                View::strided(&queries_keys[offset..], length, width, 2 * width),
                View::new(second_half, width, middle_width),
                Threads::All,
            );
            out
        };
        let (query_part, key_part) = (part(0), part(width));
        Self {
            heads,
            attention,
            length,
            width,
            middle_width,
            queries_keys,
            query_part,
            key_part,
        }
    }

    fn block(&self, rows: &Range<usize>, scratch: &mut Scratch) -> Vec<f32> {
        self.attention.rows(rows, &mut scratch.maps);
        let mut out = self.heads.last.bias.repeat(rows.len() * self.length);
        let row_values = self.length * PAIR_CHANNELS;
        for (i, out) in out.chunks_exact_mut(row_values).enumerate() {
            self.middle(rows.start + i, scratch);
            let middle = View::new(&scratch.middle, self.length, self.middle_width);
            let maps = View::strided(
                &scratch.maps[i * self.length..],
                self.heads.last.inputs - self.middle_width,
                self.length,
                rows.len() * self.length,
            );
            let (of_middle, of_maps) =
                (self.heads.last.weight).split_at(self.middle_width * PAIR_CHANNELS);
            for (x, weight) in [(middle, of_middle), (maps.transposed(), of_maps)] {
                let weight = View::new(weight, weight.len() / PAIR_CHANNELS, PAIR_CHANNELS);
                let out = ViewMut::new(out, self.length, PAIR_CHANNELS);
                multiply(out, true, x, weight, Threads::One);
            }
            activate_pairs(out);
        }
        out
    }

    /// GELU of the middle layer of one row: the product of q and k is never formed, the weights take
    /// the row's k instead.
    fn middle(&self, row: usize, scratch: &mut Scratch) {
        let (width, middle_width) = (self.width, self.middle_width);
        let key = &self.queries_keys[row * 2 * width + width..][..width];
        scratch.weight.clear();
        for (weights, k) in self.heads.middle.weight.chunks_exact(middle_width).zip(key) {
            scratch.weight.extend(weights.iter().map(|w| w * k));
        }
        scratch.middle.clear();
        scratch.middle.extend_from_slice(&self.query_part);
        multiply(
            ViewMut::new(&mut scratch.middle, self.length, middle_width),
            true,
            View::strided(&self.queries_keys, self.length, width, 2 * width),
            View::new(&scratch.weight, width, middle_width),
            Threads::One,
        );
        let bias: Vec<f32> = self.key_part[row * middle_width..][..middle_width]
            .iter()
            .zip(&self.heads.middle.bias)
            .map(|(k, b)| b - k)
            .collect();
        gelu_rows(&mut scratch.middle, &bias, Threads::One);
    }
}

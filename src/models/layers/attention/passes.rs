//! Forward and backward pass over the groups, a few queries at a time.

use rayon::prelude::*;

use super::Sizes;
use super::rows::{add, less_distances, slopes, to_point_gradient, weigh};
use crate::models::kernels::matmul::{Threads, View, ViewMut, multiply};

/// Weights that are worked on at a time: with their gradients they fit the second-level cache.
const WEIGHTS: usize = 32 * 1024;

/// The arguments as plain numbers.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub sizes: Sizes,
    pub query: &'a [f32],
    pub key_value: &'a [f32],
    pub bias: &'a [f32],
}

/// The gradients, in the order of the arguments.
pub(super) struct Gradients {
    pub query: Vec<f32>,
    pub key_value: Vec<f32>,
    /// Empty where nobody asked.
    pub bias: Vec<f32>,
}

/// One chain and head.
struct Group<'a> {
    s: Sizes,
    query: &'a [f32],
    key_value: &'a [f32],
    bias: &'a [f32],
    /// (points, keys)
    places: Vec<f32>,
}

impl<'a> Inputs<'a> {
    fn group(&self, at: usize) -> Group<'a> {
        let s = self.sizes;
        let (one, two) = (s.queries * s.width(), s.keys * s.both());
        let key_value = &self.key_value[at * two..][..two];
        let mut places = vec![0.0; s.points * s.keys];
        for (j, row) in key_value.chunks_exact(s.both()).enumerate() {
            for (d, &x) in row[s.scalars..s.width()].iter().enumerate() {
                places[d * s.keys + j] = x;
            }
        }
        Group {
            s,
            query: &self.query[at * one..][..one],
            key_value,
            bias: &self.bias[s.bias_start(at)..][..s.bias[2] * s.keys],
            places,
        }
    }
}

/// Queries of a piece.
fn piece(s: Sizes) -> usize {
    (WEIGHTS / s.keys.max(1)).clamp(8, 128)
}

impl Group<'_> {
    /// The weights (rows, keys) of the queries from `start` on.
    fn weights(&self, start: usize, weight: &mut [f32]) {
        let s = self.s;
        let rows = weight.len() / s.keys;
        let query = &self.query[start * s.width()..][..rows * s.width()];
        multiply(
            ViewMut::new(weight, rows, s.keys),
            false,
            View::strided(query, rows, s.scalars, s.width()),
            View::strided(self.key_value, s.keys, s.scalars, s.both()).transposed(),
            Threads::One,
        );
        for ((weight, query), row) in weight
            .chunks_exact_mut(s.keys)
            .zip(query.chunks_exact(s.width()))
            .zip(start..)
        {
            less_distances(weight, &query[s.scalars..], &self.places);
            let row = if s.bias[2] == 1 { 0 } else { row };
            weigh(weight, &self.bias[row * s.keys..][..s.keys]);
        }
    }

    fn values(&self) -> View<'_> {
        let s = self.s;
        View::strided(&self.key_value[s.width()..], s.keys, s.values, s.both())
    }

    fn forward(&self, out: &mut [f32]) {
        let s = self.s;
        let rows = piece(s);
        let mut room = vec![0f32; rows * s.keys];
        for (at, out) in out.chunks_mut(rows * s.values).enumerate() {
            let rows_here = out.len() / s.values;
            let weight = &mut room[..rows_here * s.keys];
            self.weights(at * rows, weight);
            multiply(
                ViewMut::new(out, rows_here, s.values),
                false,
                View::new(weight, rows_here, s.keys),
                self.values(),
                Threads::One,
            );
        }
    }

    /// From the gradient of the result; `of_bias` is empty where nobody asked.
    fn backward(
        &self,
        gradient: &[f32],
        of_query: &mut [f32],
        of_key_value: &mut [f32],
        of_bias: &mut [f32],
    ) {
        let s = self.s;
        let (width, keys, rows) = (s.width(), s.keys, piece(s));
        let [mut weights, mut logits] = [(); 2].map(|()| vec![0f32; rows * keys]);
        let mut sums = vec![0f32; keys];
        let pieces = of_query.chunks_mut(rows * width);
        for (at, (of_query, gradient)) in pieces.zip(gradient.chunks(rows * s.values)).enumerate() {
            let n = of_query.len() / width;
            let (weight, logit) = (&mut weights[..n * keys], &mut logits[..n * keys]);
            self.weights(at * rows, weight);
            let gradient = View::new(gradient, n, s.values);
            multiply(
                ViewMut::new(logit, n, keys),
                false,
                gradient,
                self.values().transposed(),
                Threads::One,
            );
            multiply(
                ViewMut::strided(&mut of_key_value[width..], keys, s.values, s.both()),
                true,
                View::new(weight, n, keys).transposed(),
                gradient,
                Threads::One,
            );
            for (weight, slope) in weight.chunks_exact(keys).zip(logit.chunks_exact_mut(keys)) {
                slopes(weight, slope);
                if s.points > 0 {
                    add(slope, &mut sums);
                }
            }
            if !of_bias.is_empty() {
                let from = if s.bias[2] == 1 { 0 } else { at * rows * keys };
                for row in logit.chunks(logit.len().min(of_bias.len() - from)) {
                    add(row, &mut of_bias[from..from + row.len()]);
                }
            }
            let slope = View::new(logit, n, keys);
            multiply(
                ViewMut::new(of_query, n, width),
                false,
                slope,
                View::strided(self.key_value, keys, width, s.both()),
                Threads::One,
            );
            multiply(
                ViewMut::strided(of_key_value, keys, width, s.both()),
                true,
                slope.transposed(),
                View::new(&self.query[at * rows * width..][..n * width], n, width),
                Threads::One,
            );
        }
        self.points_back(of_query, of_key_value, &sums);
    }

    /// So far the points' gradients are those of scalar products; those of −|p − r|² they become by
    /// what the lengths add: nothing for a query, whose slopes add up to 0.
    fn points_back(&self, of_query: &mut [f32], of_key_value: &mut [f32], sums: &[f32]) {
        let s = self.s;
        if s.points == 0 {
            return;
        }
        for row in of_query.chunks_exact_mut(s.width()) {
            for x in &mut row[s.scalars..] {
                *x *= 2.0;
            }
        }
        let keys = self.key_value.chunks_exact(s.both());
        for ((row, key), &sum) in of_key_value.chunks_exact_mut(s.both()).zip(keys).zip(sums) {
            let points = s.scalars..s.width();
            to_point_gradient(&mut row[points.clone()], &key[points], sum);
        }
    }
}

/// The result, (batch, heads, queries, values).
pub(super) fn forward(inputs: &Inputs<'_>) -> Vec<f32> {
    let s = inputs.sizes;
    let size = s.queries * s.values;
    let mut out = vec![0f32; s.groups() * size];
    if size > 0 {
        out.par_chunks_mut(size)
            .enumerate()
            .for_each(|(at, out)| inputs.group(at).forward(out));
    }
    out
}

/// From the gradient of the result.
pub(super) fn backward(inputs: &Inputs<'_>, gradient: &[f32], bias_learns: bool) -> Gradients {
    let s = inputs.sizes;
    let mut query = vec![0f32; inputs.query.len()];
    let mut key_value = vec![0f32; inputs.key_value.len()];
    let biases = if bias_learns { inputs.bias.len() } else { 0 };
    let (one, two) = (s.queries * s.width(), s.keys * s.both());
    let stretch = s.groups().div_ceil(rayon::current_num_threads()).max(1);
    let shares = query
        .par_chunks_mut(stretch * one)
        .zip(key_value.par_chunks_mut(stretch * two))
        .enumerate()
        .map(|(part, (query, key_value))| {
            let mut share = vec![0f32; biases];
            let groups = query.chunks_mut(one).zip(key_value.chunks_mut(two));
            for (group, (query, key_value)) in (part * stretch..).zip(groups) {
                let size = s.queries * s.values;
                let gradient = &gradient[group * size..][..size];
                let of_bias = if bias_learns {
                    &mut share[s.bias_start(group)..][..s.bias[2] * s.keys]
                } else {
                    &mut []
                };
                inputs
                    .group(group)
                    .backward(gradient, query, key_value, of_bias);
            }
            share
        })
        .collect::<Vec<_>>();
    let mut bias = vec![0f32; biases];
    for share in shares {
        add(&share, &mut bias);
    }
    Gradients {
        query,
        key_value,
        bias,
    }
}

//! Attention over the neighbours with what their edges add, fused on the CPU with its gradient: a few
//! residues at a time stay in the cache, and the backward pass makes the intermediates anew.
#![expect(
    clippy::inline_always,
    reason = "a body must be inlined into each copy to be compiled for its instruction set"
)]

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Result, Tensor};

use crate::models::kernels::matmul::{Threads, View, ViewMut, multiply};
use crate::models::kernels::rows::vectorised;
use crate::models::layers::fused::{Fused, apply};
use crate::models::layers::message::rows::{add_rows, dot, gather, spread, weigh};
use crate::models::layers::neighbours::Neighbours;
use crate::models::layers::products::transposed;
use crate::models::layers::standard::{standardise, standardise_back};
use crate::models::layers::stretches::{Rows, in_stretches, residues_of_piece};

/// With ê the standardised edges and (a, b) = `map` ê: the sum over the neighbours j of value_j + a_ij,
/// each head with its softmax of query_i · key_j + b_ij.
///
/// `query` (scaled), `key` and `value` are (N, d), `edge` (N K, e), `map` (d + heads, e) and `mask`
/// (N, K, 1), 0 where there is no neighbour; the result is (N, d).
pub(super) fn attend(
    [query, key, value]: [&Tensor; 3],
    edge: &Tensor,
    map: &Tensor,
    neighbours: &Neighbours,
    mask: &Tensor,
) -> Result<Tensor> {
    let (outputs, edge_width) = map.dims2()?;
    let width = query.dim(1)?;
    let attend = Attend {
        sizes: Sizes {
            width,
            edge_width,
            heads: outputs - width,
            count: neighbours.count(),
        },
        index: neighbours.index().clone(),
        mask: mask.flatten_all()?.to_vec1()?.into(),
    };
    let states = Tensor::cat(&[query, key, value], 0)?;
    apply(attend, [&states, edge, map])
}

#[derive(Debug, Clone, Copy)]
struct Sizes {
    width: usize,
    edge_width: usize,
    heads: usize,
    count: usize,
}

impl Sizes {
    /// What an edge is mapped to: value and logits, side by side.
    fn outputs(self) -> usize {
        self.width + self.heads
    }

    /// Numbers of a head.
    fn head(self) -> usize {
        self.width / self.heads
    }

    /// Numbers between two rows of value and logits: whole vectors.
    fn stride(self) -> usize {
        self.outputs().next_multiple_of(16)
    }
}

/// The operation; its arguments are query above key above value (3 N, d), edge (N K, e), map.
struct Attend {
    sizes: Sizes,
    index: Arc<Vec<u32>>,
    mask: Arc<[f32]>,
}

/// The arguments as plain numbers.
#[derive(Clone, Copy)]
struct Inputs<'a> {
    query: &'a [f32],
    key: &'a [f32],
    value: &'a [f32],
    edge: &'a [f32],
    map: &'a [f32],
}

impl<'a> Inputs<'a> {
    fn new([states, edge, map]: [&'a [f32]; 3]) -> Self {
        let (query, sent) = states.split_at(states.len() / 3);
        let (key, value) = sent.split_at(query.len());
        Self {
            query,
            key,
            value,
            edge,
            map,
        }
    }
}

/// Room for the intermediates of a piece, and a thread's shares of the gradients that are sums.
struct Room {
    standard: Vec<f32>,
    rows: Vec<f32>,
    weight: Vec<f32>,
    scratch: Vec<f32>,
    no_bias: Vec<f32>,
    of_key: Vec<f32>,
    of_value: Vec<f32>,
    of_map: Vec<f32>,
}

impl Room {
    /// For the backward pass the shares have the length of `key` and `map`, else none.
    fn new(s: Sizes, key: usize, map: usize) -> Self {
        let edges = residues_of_piece(s.count) * s.count;
        Self {
            standard: vec![0.0; edges * s.edge_width],
            rows: vec![0.0; edges * s.stride()],
            weight: vec![0.0; s.count * s.heads],
            scratch: vec![0.0; s.count * s.heads],
            no_bias: vec![0.0; s.edge_width.max(s.heads)],
            of_key: vec![0.0; key],
            of_value: vec![0.0; key],
            of_map: vec![0.0; map],
        }
    }
}

impl Fused for Attend {
    const NAME: &'static str = "attend";

    fn width(&self) -> usize {
        self.sizes.width
    }

    fn forward(&self, arguments: [&[f32]; 3]) -> Vec<f32> {
        let inputs = Inputs::new(arguments);
        let s = self.sizes;
        let map = transposed(inputs.map, s.edge_width, s.stride());
        let mut result = vec![0f32; inputs.query.len()];
        in_stretches(
            inputs.query.len() / s.width,
            residues_of_piece(s.count),
            [Rows(&mut result, s.width)],
            || Room::new(s, 0, 0),
            |room, residues, [result]| {
                self.fill(inputs, &map, &residues, room);
                let each = room.rows.chunks_exact(s.count * s.stride()).zip(residues);
                for ((rows, i), result) in each.zip(result.chunks_exact_mut(s.width)) {
                    let mask = &self.mask[i * s.count..][..s.count];
                    let no_bias = &room.no_bias[..s.heads];
                    weigh(rows, s.stride(), s.width, no_bias, mask, &mut room.weight);
                    gather(rows, s.stride(), &room.weight, mask, result);
                }
            },
        );
        result
    }

    fn backward(&self, arguments: [&[f32]; 3], gradient: &[f32]) -> [Vec<f32>; 3] {
        let inputs = Inputs::new(arguments);
        let s = self.sizes;
        let n = inputs.query.len();
        let map = transposed(inputs.map, s.edge_width, s.stride());
        let mut edge = vec![0f32; inputs.edge.len()];
        let mut states = vec![0f32; 3 * n];
        let (query, sent) = states.split_at_mut(n);
        let rooms = in_stretches(
            n / s.width,
            residues_of_piece(s.count),
            [
                Rows(&mut edge, s.count * s.edge_width),
                Rows(query, s.width),
            ],
            || Room::new(s, n, inputs.map.len()),
            |room, residues, of| {
                self.fill(inputs, &map, &residues, room);
                self.back(inputs, gradient, &residues, room, of);
            },
        );
        let (of_key, of_value) = sent.split_at_mut(n);
        let mut of_map = vec![0f32; inputs.map.len()];
        for room in rooms {
            add_rows(&room.of_key, n, of_key);
            add_rows(&room.of_value, n, of_value);
            add_rows(&room.of_map, of_map.len(), &mut of_map);
        }
        [states, edge, of_map]
    }
}

impl Attend {
    fn own<'a>(&'a self, inputs: Inputs<'a>, residue: usize) -> Own<'a> {
        let Sizes { width, count, .. } = self.sizes;
        Own {
            query: &inputs.query[residue * width..][..width],
            index: &self.index[residue * count..][..count],
        }
    }

    /// Values and logits of the edges of these residues.
    fn fill(&self, inputs: Inputs<'_>, map: &[f32], residues: &Range<usize>, room: &mut Room) {
        let s = self.sizes;
        let e = s.edge_width;
        let edges = residues.start * s.count..residues.end * s.count;
        let standard = &mut room.standard[..edges.len() * e];
        standard.copy_from_slice(&inputs.edge[edges.start * e..edges.end * e]);
        standardise(standard, &room.no_bias[..e]);
        multiply(
            ViewMut::strided(&mut room.rows, edges.len(), s.outputs(), s.stride()),
            false,
            View::new(standard, edges.len(), e),
            View::strided(map, e, s.outputs(), s.stride()),
            Threads::One,
        );
        let each = room.rows.chunks_exact_mut(s.count * s.stride());
        for (rows, i) in each.zip(residues.clone()) {
            let own = self.own(inputs, i);
            hear(rows, s.stride(), s.head(), own, inputs.key, inputs.value);
        }
    }

    fn back(
        &self,
        inputs: Inputs<'_>,
        gradient: &[f32],
        residues: &Range<usize>,
        room: &mut Room,
        [of_edge, of_query]: [&mut [f32]; 2],
    ) {
        let s = self.sizes;
        let (d, e, stride) = (s.width, s.edge_width, s.stride());
        let each = room.rows.chunks_exact_mut(s.count * stride);
        let each = each.zip(residues.clone()).zip(of_query.chunks_exact_mut(d));
        for ((rows, i), of_query) in each {
            let mask = &self.mask[i * s.count..][..s.count];
            let no_bias = &room.no_bias[..s.heads];
            weigh(rows, stride, d, no_bias, mask, &mut room.weight);
            let gradient = &gradient[i * d..][..d];
            spread(
                rows,
                stride,
                &room.weight,
                mask,
                gradient,
                &mut room.scratch,
            );
            let own = self.own(inputs, i);
            let (key, value) = (&mut room.of_key, &mut room.of_value);
            answer(
                rows,
                stride,
                s.head(),
                own,
                inputs.key,
                of_query,
                key,
                value,
            );
        }
        let edges = residues.len() * s.count;
        let rows = View::strided(&room.rows, edges, s.outputs(), stride);
        let standard = &mut room.standard[..edges * e];
        multiply(
            ViewMut::new(&mut room.of_map, s.outputs(), e),
            true,
            rows.transposed(),
            View::new(standard, edges, e),
            Threads::One,
        );
        multiply(
            ViewMut::new(standard, edges, e),
            false,
            rows,
            View::new(inputs.map, s.outputs(), e),
            Threads::One,
        );
        of_edge.copy_from_slice(&inputs.edge[residues.start * s.count * e..][..edges * e]);
        standardise_back(of_edge, &room.no_bias[..e], standard);
    }
}

vectorised! {
    /// Adds to the rows of one residue's edges the values of the neighbours and, behind these, what
    /// their keys say to its query, head by head.
    fn hear / hear_body(
        rows: &mut [f32], stride: usize, size: usize, own: Own<'_>, key: &[f32], value: &[f32],
    )
}

/// The query of a residue and who its neighbours are.
#[derive(Clone, Copy)]
struct Own<'a> {
    query: &'a [f32],
    index: &'a [u32],
}

#[inline(always)]
fn hear_body<const FUSED: bool>(
    rows: &mut [f32],
    stride: usize,
    size: usize,
    own: Own<'_>,
    key: &[f32],
    value: &[f32],
) {
    let d = own.query.len();
    for (row, &j) in rows.chunks_exact_mut(stride).zip(own.index) {
        let theirs = j as usize * d..(j as usize + 1) * d;
        let (sum, logits) = row.split_at_mut(d);
        for (x, &v) in sum.iter_mut().zip(&value[theirs.clone()]) {
            *x += v;
        }
        let heads = own.query.chunks_exact(size);
        for ((logit, q), k) in logits
            .iter_mut()
            .zip(heads)
            .zip(key[theirs].chunks_exact(size))
        {
            *logit += dot(q, k);
        }
    }
}

vectorised! {
    /// The way back of [`hear`]: adds the gradients of query, keys and values.
    fn answer / answer_body(
        rows: &[f32], stride: usize, size: usize, own: Own<'_>, key: &[f32],
        of_query: &mut [f32], of_key: &mut [f32], of_value: &mut [f32],
    )
}

#[inline(always)]
#[expect(
    clippy::too_many_arguments,
    reason = "three gradients and what they come from"
)]
fn answer_body<const FUSED: bool>(
    rows: &[f32],
    stride: usize,
    size: usize,
    own: Own<'_>,
    key: &[f32],
    of_query: &mut [f32],
    of_key: &mut [f32],
    of_value: &mut [f32],
) {
    let d = own.query.len();
    for (row, &j) in rows.chunks_exact(stride).zip(own.index) {
        let theirs = j as usize * d..(j as usize + 1) * d;
        let (of_sum, of_logits) = row.split_at(d);
        for (x, &g) in of_value[theirs.clone()].iter_mut().zip(of_sum) {
            *x += g;
        }
        for (head, &g) in of_logits.iter().enumerate().take(d / size) {
            let own_share = head * size..(head + 1) * size;
            let share = theirs.start + own_share.start..theirs.start + own_share.end;
            let of_key = &mut of_key[share.clone()];
            for (x, &q) in of_key.iter_mut().zip(&own.query[own_share.clone()]) {
                *x += g * q;
            }
            for (x, &k) in of_query[own_share].iter_mut().zip(&key[share]) {
                *x += g * k;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::kernels::product::tensor_product;
    use crate::models::layers::LayerNorm;
    use crate::models::layers::fused::tests::{agree, draw, graph_of};
    use crate::models::layers::neighbours::attend as sum_of_values;

    /// The same by tensor operations.
    fn plain(v: &[candle_core::Var], neighbours: &Neighbours, mask: &Tensor) -> Tensor {
        let (n, k, _) = mask.dims3().unwrap();
        let d = v[0].dim(1).unwrap();
        let standard = LayerNorm::standardise(&v[3]).unwrap();
        let mapped = tensor_product(&standard, &v[4].t().unwrap()).unwrap();
        let mapped = mapped.reshape((n, k, ())).unwrap();
        let heads = mapped.dim(2).unwrap() - d;
        let value = neighbours.gather(&v[2]).unwrap() + mapped.narrow(2, 0, d).unwrap();
        let key = neighbours.gather(&v[1]).unwrap();
        let said = (neighbours.repeat(&v[0]).unwrap() * key).unwrap();
        let said = said.reshape((n, k, heads, d / heads)).unwrap();
        let logits = said.sum(3).unwrap() + mapped.narrow(2, d, heads).unwrap();
        let absent = mask.affine(1e4, -1e4).unwrap();
        let logits = logits.unwrap().broadcast_add(&absent).unwrap();
        let weight = candle_nn::ops::softmax(&logits, 1).unwrap();
        sum_of_values(&weight, &value.unwrap()).unwrap()
    }

    #[test]
    fn result_and_gradients_are_those_of_tensor_operations() {
        let (n, k, d, e, heads) = (45, 5, 24, 12, 2);
        let (neighbours, mask) = graph_of(n, k);
        let dims: [&[usize]; 5] = [&[n, d], &[n, d], &[n, d], &[n * k, e], &[d + heads, e]];
        let v = dims.map(|dims| draw(dims, 0.5));
        let states = [v[0].as_tensor(), v[1].as_tensor(), v[2].as_tensor()];
        let fused = attend(states, &v[3], &v[4], &neighbours, &mask).unwrap();
        agree(&[fused, plain(&v, &neighbours, &mask)], &v);
    }
}

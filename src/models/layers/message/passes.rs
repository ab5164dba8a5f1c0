//! Forward and backward pass over stretches of residues, a few residues at a time.

use rayon::prelude::*;

use super::Sizes;
use super::rows::{
    Ends, activate, activate_with_slope, add_rows, deliver, gather, join, join_with_slope, spread,
    weigh,
};
use crate::models::esm2::host::matmul::{Threads, View, ViewMut, multiply};

/// Edges that are worked on at a time: what they need fits the second-level cache.
const EDGES: usize = 192;

/// The arguments as plain numbers.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub sizes: Sizes,
    pub centre: &'a [f32],
    pub sent: &'a [f32],
    pub edge: &'a [f32],
    pub maps: &'a [f32],
    pub index: &'a [u32],
    pub mask: &'a [f32],
}

/// The gradients, in the order of the arguments.
pub(super) struct Gradients {
    pub ends: Vec<f32>,
    pub edge: Vec<f32>,
    pub maps: Vec<f32>,
}

/// The maps as the products want them.
struct Turned<'a> {
    /// (e, d)
    edge: Vec<f32>,
    /// (d, outputs), rows of `stride`.
    out: Vec<f32>,
    /// Numbers between two rows of value and logits: whole vectors.
    stride: usize,
    /// Of value and attention.
    bias: (&'a [f32], &'a [f32]),
}

impl<'a> Turned<'a> {
    fn new(inputs: &Inputs<'a>) -> Self {
        let s = inputs.sizes;
        let (d, e) = (s.width, s.edge_width);
        let stride = s.outputs().next_multiple_of(16);
        let [value, bias, end] = s.starts();
        let mut edge = vec![0.0; e * d];
        for (to, from) in inputs.maps[..value].chunks_exact(e).enumerate() {
            for (i, &w) in from.iter().enumerate() {
                edge[i * d + to] = w;
            }
        }
        let mut out = vec![0.0; d * stride];
        for (to, from) in inputs.maps[value..bias].chunks_exact(d).enumerate() {
            for (i, &w) in from.iter().enumerate() {
                out[i * stride + to] = w;
            }
        }
        Self {
            edge,
            out,
            stride,
            bias: inputs.maps[bias..end].split_at(d),
        }
    }
}

/// Room for the intermediates of a piece.
struct Room {
    message: Vec<f32>,
    message_slope: Vec<f32>,
    out: Vec<f32>,
    out_slope: Vec<f32>,
    weight: Vec<f32>,
    scratch: Vec<f32>,
}

impl Room {
    fn new(s: Sizes, stride: usize, piece: usize, backward: bool) -> Self {
        let edges = piece * s.count;
        let slopes = if backward { edges } else { 0 };
        Self {
            message: vec![0.0; edges * s.width],
            message_slope: vec![0.0; slopes * s.width],
            out: vec![0.0; edges * stride],
            out_slope: vec![0.0; slopes * stride],
            weight: vec![0.0; s.count * s.heads],
            scratch: vec![0.0; s.count * s.heads],
        }
    }
}

/// Residues of a piece.
fn piece(s: Sizes) -> usize {
    (EDGES / s.count.max(1)).max(1)
}

/// The residues of every stretch.
fn stretch(residues: usize, piece: usize) -> usize {
    residues
        .div_ceil(rayon::current_num_threads())
        .next_multiple_of(piece)
        .max(piece)
}

impl Inputs<'_> {
    fn ends(&self, from: usize, residues: usize) -> Ends<'_> {
        let Sizes { width, count, .. } = self.sizes;
        Ends {
            centre: &self.centre[from * width..][..residues * width],
            sent: self.sent,
            index: &self.index[from * count..][..residues * count],
            count,
            width,
        }
    }

    fn edges(&self, from: usize, residues: usize) -> View<'_> {
        let Sizes {
            edge_width, count, ..
        } = self.sizes;
        let edges = residues * count;
        View::new(
            &self.edge[from * count * edge_width..][..edges * edge_width],
            edges,
            edge_width,
        )
    }
}

/// (N, d)
pub(super) fn forward(inputs: &Inputs<'_>) -> Vec<f32> {
    let s = inputs.sizes;
    let (d, count) = (s.width, s.count);
    let turned = Turned::new(inputs);
    let mut result = vec![0f32; inputs.centre.len()];
    let piece = piece(s);
    let stretch = stretch(inputs.centre.len() / d, piece);
    result
        .par_chunks_mut(stretch * d)
        .enumerate()
        .for_each(|(part, result)| {
            let mut room = Room::new(s, turned.stride, piece, false);
            for (at, result) in result.chunks_mut(piece * d).enumerate() {
                let (from, residues) = (part * stretch + at * piece, result.len() / d);
                let edges = residues * count;
                let message = &mut room.message[..edges * d];
                multiply(
                    ViewMut::new(message, edges, d),
                    false,
                    inputs.edges(from, residues),
                    View::new(&turned.edge, s.edge_width, d),
                    Threads::One,
                );
                join(message, inputs.ends(from, residues));
                let out = &mut room.out[..edges * turned.stride];
                to_outputs(message, out, s, &turned);
                activate(out, turned.stride, turned.bias.0);
                let mask = inputs.mask[from * count..].chunks_exact(count);
                let own = out.chunks_exact(count * turned.stride).zip(mask);
                for ((rows, mask), result) in own.zip(result.chunks_exact_mut(d)) {
                    weigh(
                        rows,
                        turned.stride,
                        d,
                        turned.bias.1,
                        mask,
                        &mut room.weight,
                    );
                    gather(rows, turned.stride, &room.weight, mask, result);
                }
            }
        });
    result
}

/// Messages → value and logits, without bias.
fn to_outputs(message: &[f32], out: &mut [f32], s: Sizes, turned: &Turned<'_>) {
    let edges = message.len() / s.width;
    multiply(
        ViewMut::strided(out, edges, s.outputs(), turned.stride),
        false,
        View::new(message, edges, s.width),
        View::strided(&turned.out, s.width, s.outputs(), turned.stride),
        Threads::One,
    );
}

/// The gradients of one stretch: those of `sent` and of the maps are its share of a sum.
struct Share {
    sent: Vec<f32>,
    maps: Vec<f32>,
}

/// From the gradient of the result, (N, d).
pub(super) fn backward(inputs: &Inputs<'_>, gradient: &[f32]) -> Gradients {
    let s = inputs.sizes;
    let (d, e, count) = (s.width, s.edge_width, s.count);
    let turned = Turned::new(inputs);
    let piece = piece(s);
    let stretch = stretch(gradient.len() / d, piece);
    let mut edge = vec![0f32; inputs.edge.len()];
    let mut ends = vec![0f32; 2 * gradient.len()];
    let (centre, sent) = ends.split_at_mut(gradient.len());
    let shares = edge
        .par_chunks_mut(stretch * count * e)
        .zip(centre.par_chunks_mut(stretch * d))
        .enumerate()
        .map(|(part, (edge, centre))| {
            let mut room = Room::new(s, turned.stride, piece, true);
            let mut share = Share {
                sent: vec![0.0; gradient.len()],
                maps: vec![0.0; inputs.maps.len()],
            };
            let pieces = edge
                .chunks_mut(piece * count * e)
                .zip(centre.chunks_mut(piece * d));
            for (at, (edge, centre)) in pieces.enumerate() {
                let from = part * stretch + at * piece;
                let gradient = &gradient[from * d..][..centre.len()];
                back(
                    inputs,
                    &turned,
                    from,
                    gradient,
                    &mut room,
                    (edge, centre, &mut share),
                );
            }
            share
        })
        .collect::<Vec<_>>();
    let mut maps = vec![0f32; inputs.maps.len()];
    for share in shares {
        add_rows(&share.sent, share.sent.len(), sent);
        add_rows(&share.maps, share.maps.len(), &mut maps);
    }
    Gradients { ends, edge, maps }
}

/// The residues from `from` on, as many as `gradient` has rows.
fn back(
    inputs: &Inputs<'_>,
    turned: &Turned<'_>,
    from: usize,
    gradient: &[f32],
    room: &mut Room,
    (of_edge, of_centre, share): (&mut [f32], &mut [f32], &mut Share),
) {
    let s = inputs.sizes;
    let (d, e, count, stride) = (s.width, s.edge_width, s.count, turned.stride);
    let (residues, [value_at, bias_at, _]) = (gradient.len() / d, s.starts());
    let edges = residues * count;
    let message = &mut room.message[..edges * d];
    let slope = &mut room.message_slope[..edges * d];
    let edge = inputs.edges(from, residues);
    let to_message = View::new(&turned.edge, e, d);
    multiply(
        ViewMut::new(message, edges, d),
        false,
        edge,
        to_message,
        Threads::One,
    );
    join_with_slope(message, slope, inputs.ends(from, residues));

    let out = &mut room.out[..edges * stride];
    let out_slope = &mut room.out_slope[..edges * stride];
    to_outputs(message, out, s, turned);
    activate_with_slope(out, out_slope, stride, turned.bias.0);
    let mask = inputs.mask[from * count..].chunks_exact(count);
    let own = out
        .chunks_exact_mut(count * stride)
        .zip(out_slope.chunks_exact(count * stride));
    for (((rows, slope), mask), gradient) in own.zip(mask).zip(gradient.chunks_exact(d)) {
        weigh(rows, stride, d, turned.bias.1, mask, &mut room.weight);
        spread(
            rows,
            slope,
            stride,
            &room.weight,
            mask,
            gradient,
            &mut room.scratch,
        );
    }

    let (of_edge_map, rest) = share.maps.split_at_mut(value_at);
    let (of_out_map, of_bias) = rest.split_at_mut(bias_at - value_at);
    add_rows(out, stride, of_bias);
    let of_out = View::strided(out, edges, s.outputs(), stride);
    multiply(
        ViewMut::new(of_out_map, s.outputs(), d),
        true,
        of_out.transposed(),
        View::new(message, edges, d),
        Threads::One,
    );
    let out_map = View::new(&inputs.maps[value_at..bias_at], s.outputs(), d);
    multiply(
        ViewMut::new(message, edges, d),
        false,
        of_out,
        out_map,
        Threads::One,
    );
    deliver(
        message,
        slope,
        inputs.ends(from, residues).index,
        count,
        of_centre,
        &mut share.sent,
    );

    let of_message = View::new(message, edges, d);
    multiply(
        ViewMut::new(of_edge_map, d, e),
        true,
        of_message.transposed(),
        edge,
        Threads::One,
    );
    let edge_map = View::new(&inputs.maps[..value_at], d, e);
    multiply(
        ViewMut::new(of_edge, edges, e),
        false,
        of_message,
        edge_map,
        Threads::One,
    );
}

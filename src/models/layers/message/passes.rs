//! Forward and backward pass over stretches of residues, a few residues at a time.

use super::Sizes;
use super::rows::{
    Ends, activate, activate_with_slope, add_rows, deliver, gather, join, join_with_slope, scale,
    spread, weigh,
};
use crate::models::kernels::matmul::{Threads, View, ViewMut, multiply};
use crate::models::layers::products::transposed;
use crate::models::layers::stretches::{Rows, in_stretches, residues_of_piece};

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
        Self {
            edge: transposed(&inputs.maps[..value], e, d),
            out: transposed(&inputs.maps[value..bias], d, stride),
            stride,
            bias: inputs.maps[bias..end].split_at(d),
        }
    }
}

/// Room for the intermediates of a piece, and a thread's shares of the gradients that are sums.
struct Room {
    message: Vec<f32>,
    message_slope: Vec<f32>,
    out: Vec<f32>,
    out_slope: Vec<f32>,
    weight: Vec<f32>,
    scratch: Vec<f32>,
    of_sent: Vec<f32>,
    of_maps: Vec<f32>,
}

impl Room {
    /// For the forward pass.
    fn new(s: Sizes, stride: usize) -> Self {
        let edges = residues_of_piece(s.count) * s.count;
        Self {
            message: vec![0.0; edges * s.width],
            message_slope: Vec::new(),
            out: vec![0.0; edges * stride],
            out_slope: Vec::new(),
            weight: vec![0.0; s.count * s.heads],
            scratch: Vec::new(),
            of_sent: Vec::new(),
            of_maps: Vec::new(),
        }
    }

    /// For the backward pass.
    fn backward(inputs: &Inputs<'_>, stride: usize) -> Self {
        let forward = Self::new(inputs.sizes, stride);
        Self {
            message_slope: forward.message.clone(),
            out_slope: forward.out.clone(),
            scratch: forward.weight.clone(),
            of_sent: vec![0.0; inputs.sent.len()],
            of_maps: vec![0.0; inputs.maps.len()],
            ..forward
        }
    }
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
    in_stretches(
        inputs.centre.len() / d,
        residues_of_piece(count),
        [Rows(&mut result, d)],
        || Room::new(s, turned.stride),
        |room, rows, [result]| {
            let (from, residues) = (rows.start, rows.len());
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
        },
    );
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

/// The gradients of ends, edge and maps, from that of the result, (N, d).
pub(super) fn backward(inputs: &Inputs<'_>, gradient: &[f32]) -> [Vec<f32>; 3] {
    let s = inputs.sizes;
    let (d, e, count) = (s.width, s.edge_width, s.count);
    let turned = Turned::new(inputs);
    let mut edge = vec![0f32; inputs.edge.len()];
    let mut ends = vec![0f32; 2 * gradient.len()];
    let (centre, sent) = ends.split_at_mut(gradient.len());
    let rooms = in_stretches(
        gradient.len() / d,
        residues_of_piece(count),
        [Rows(&mut edge, count * e), Rows(centre, d)],
        || Room::backward(inputs, turned.stride),
        |room, rows, of| {
            let gradient = &gradient[rows.start * d..rows.end * d];
            back(inputs, &turned, rows.start, gradient, room, of);
        },
    );
    let mut maps = vec![0f32; inputs.maps.len()];
    for room in rooms {
        add_rows(&room.of_sent, room.of_sent.len(), sent);
        add_rows(&room.of_maps, room.of_maps.len(), &mut maps);
    }
    [ends, edge, maps]
}

/// The residues from `from` on, as many as `gradient` has rows.
fn back(
    inputs: &Inputs<'_>,
    turned: &Turned<'_>,
    from: usize,
    gradient: &[f32],
    room: &mut Room,
    [of_edge, of_centre]: [&mut [f32]; 2],
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
    let own = out.chunks_exact_mut(count * stride);
    for ((rows, mask), gradient) in own.zip(mask).zip(gradient.chunks_exact(d)) {
        weigh(rows, stride, d, turned.bias.1, mask, &mut room.weight);
        spread(
            rows,
            stride,
            &room.weight,
            mask,
            gradient,
            &mut room.scratch,
        );
    }
    scale(out, out_slope, stride, d);

    let (of_edge_map, rest) = room.of_maps.split_at_mut(value_at);
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
        &mut room.of_sent,
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

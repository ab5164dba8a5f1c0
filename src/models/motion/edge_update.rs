//! What an edge hears from its two ends, fused on the CPU with its gradient: a few residues at a time
//! stay in the cache, and the backward pass makes the intermediates anew.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Result, Tensor};

use crate::models::layers::fused::{Fused, apply};
use crate::models::layers::message::rows::{
    Ends, add_rows, deliver, join_by_gelu, join_by_gelu_with_slope,
};
use crate::models::layers::neighbours::Neighbours;
use crate::models::layers::products::{add_product, product, product_onto, transposed};
use crate::models::layers::stretches::{Rows, in_stretches, residues_of_piece};

/// The maps of one layer.
pub(super) struct Maps<'a> {
    /// (e, e)
    pub inner: &'a Tensor,
    /// (e, e)
    pub outer: &'a Tensor,
    /// (e,)
    pub bias: &'a Tensor,
}

/// edge + outer gelu(inner edge + own_i + sent_j) + bias, with edge (N K, e), own and sent (N, e).
pub(super) fn update(
    edge: &Tensor,
    own: &Tensor,
    sent: &Tensor,
    maps: &Maps<'_>,
    neighbours: &Neighbours,
) -> Result<Tensor> {
    let update = Update {
        width: edge.dim(1)?,
        count: neighbours.count(),
        index: neighbours.index().clone(),
    };
    let flat = [maps.inner, maps.outer, maps.bias]
        .map(Tensor::flatten_all)
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let ends = Tensor::cat(&[own, sent], 0)?;
    apply(update, [&ends, edge, &Tensor::cat(&flat, 0)?])
}

/// The operation; its arguments are own above sent (2 N, e), edge (N K, e), and the maps as one vector.
struct Update {
    width: usize,
    count: usize,
    index: Arc<Vec<u32>>,
}

/// The arguments as plain numbers.
#[derive(Clone, Copy)]
struct Inputs<'a> {
    own: &'a [f32],
    sent: &'a [f32],
    edge: &'a [f32],
    maps: &'a [f32],
}

impl<'a> Inputs<'a> {
    fn new([ends, edge, maps]: [&'a [f32]; 3]) -> Self {
        let (own, sent) = ends.split_at(ends.len() / 2);
        Self {
            own,
            sent,
            edge,
            maps,
        }
    }
}

/// Room for the intermediates of a piece, and a thread's shares of the gradients that are sums.
struct Room {
    heard: Vec<f32>,
    slope: Vec<f32>,
    of_sent: Vec<f32>,
    of_maps: Vec<f32>,
}

impl Update {
    /// The entries of the edges of these residues.
    fn span(&self, residues: &Range<usize>) -> Range<usize> {
        let each = self.count * self.width;
        residues.start * each..residues.end * each
    }

    fn ends<'a>(&'a self, inputs: Inputs<'a>, residues: &Range<usize>) -> Ends<'a> {
        Ends {
            centre: &inputs.own[residues.start * self.width..residues.end * self.width],
            sent: inputs.sent,
            index: &self.index[residues.start * self.count..residues.end * self.count],
            count: self.count,
            width: self.width,
        }
    }

    /// Room for a piece, with shares of these lengths and a slope when there are any.
    fn room(&self, sent: usize, maps: usize) -> Room {
        let entries = residues_of_piece(self.count) * self.count * self.width;
        Room {
            heard: vec![0.0; entries],
            slope: vec![0.0; if maps == 0 { 0 } else { entries }],
            of_sent: vec![0.0; sent],
            of_maps: vec![0.0; maps],
        }
    }
}

impl Fused for Update {
    const NAME: &'static str = "update-edges";

    fn width(&self) -> usize {
        self.width
    }

    fn forward(&self, arguments: [&[f32]; 3]) -> Vec<f32> {
        let inputs = Inputs::new(arguments);
        let e = self.width;
        let (inner, rest) = inputs.maps.split_at(e * e);
        let (outer, bias) = rest.split_at(e * e);
        let (inner, outer) = (transposed(inner, e, e), transposed(outer, e, e));
        let mut result = inputs.edge.to_vec();
        in_stretches(
            inputs.own.len() / e,
            residues_of_piece(self.count),
            [Rows(&mut result, self.count * e)],
            || self.room(0, 0),
            |room, residues, [result]| {
                let heard = &mut room.heard[..result.len()];
                product(result, &inner, e, heard);
                join_by_gelu(heard, self.ends(inputs, &residues));
                for row in result.chunks_exact_mut(e) {
                    add_rows(bias, e, row);
                }
                product_onto(heard, &outer, e, result);
            },
        );
        result
    }

    fn backward(&self, arguments: [&[f32]; 3], gradient: &[f32]) -> [Vec<f32>; 3] {
        let inputs = Inputs::new(arguments);
        let e = self.width;
        let (inner, rest) = inputs.maps.split_at(e * e);
        let outer = &rest[..e * e];
        let turned = transposed(inner, e, e);
        let mut edge = gradient.to_vec();
        let mut ends = vec![0f32; 2 * inputs.own.len()];
        let (own, sent) = ends.split_at_mut(inputs.own.len());
        let rooms = in_stretches(
            inputs.own.len() / e,
            residues_of_piece(self.count),
            [Rows(&mut edge, self.count * e), Rows(own, e)],
            || self.room(inputs.sent.len(), inputs.maps.len()),
            |room, residues, [of_edge, of_own]| {
                let heard = &mut room.heard[..of_edge.len()];
                let slope = &mut room.slope[..of_edge.len()];
                let edge = &inputs.edge[self.span(&residues)];
                let gradient = &gradient[self.span(&residues)];
                let (of_inner, rest) = room.of_maps.split_at_mut(e * e);
                let (of_outer, of_bias) = rest.split_at_mut(e * e);
                let ends = self.ends(inputs, &residues);
                product(edge, &turned, e, heard);
                join_by_gelu_with_slope(heard, slope, ends);
                add_rows(gradient, e, of_bias);
                add_product(gradient, heard, of_outer, e);
                product(gradient, outer, e, heard);
                let count = self.count;
                deliver(heard, slope, ends.index, count, of_own, &mut room.of_sent);
                add_product(heard, edge, of_inner, e);
                product_onto(heard, inner, e, of_edge);
            },
        );
        let mut maps = vec![0f32; inputs.maps.len()];
        for room in rooms {
            add_rows(&room.of_sent, room.of_sent.len(), sent);
            add_rows(&room.of_maps, room.of_maps.len(), &mut maps);
        }
        [ends, edge, maps]
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::kernels::product::tensor_product;
    use crate::models::layers::fused::tests::{agree, draw, graph_of};

    #[test]
    fn result_and_gradients_are_those_of_tensor_operations() {
        let (n, k, e) = (45, 5, 12);
        let (neighbours, _) = graph_of(n, k);
        let dims: [&[usize]; 6] = [&[n * k, e], &[n, e], &[n, e], &[e, e], &[e, e], &[e]];
        let v = dims.map(|dims| draw(dims, 0.5));
        let maps = Maps {
            inner: &v[3],
            outer: &v[4],
            bias: &v[5],
        };
        let fused = update(&v[0], &v[1], &v[2], &maps, &neighbours).unwrap();
        let rows = |x: Tensor| x.reshape((n * k, e)).unwrap();
        let inner = tensor_product(&v[0], &v[3].t().unwrap()).unwrap();
        let inner = (inner + rows(neighbours.repeat(&v[1]).unwrap())).unwrap();
        let heard = (inner + rows(neighbours.gather(&v[2]).unwrap())).unwrap();
        let outer = tensor_product(&heard.gelu_erf().unwrap(), &v[4].t().unwrap()).unwrap();
        let plain = (v[0].as_tensor() + outer.broadcast_add(&v[5]).unwrap()).unwrap();
        agree(&[fused, plain], &v);
    }
}

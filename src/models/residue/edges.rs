//! From the features of the edges to their standardised embedding, fused on the CPU with the
//! gradient: a few edges at a time stay in the cache.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::graph::{DISTANCES, EDGE};
use super::radial::{EXPANDED, RADIAL, RADIAL_WIDTH, radial_centres};
use crate::models::kernels::rows::vectorised;
use crate::models::layers::activation::{entries, exponential};
use crate::models::layers::fused::on_host;
use crate::models::layers::message::rows::{Ends, add_rows, deliver, join, join_with_slope};
use crate::models::layers::products::{add_product, product, transposed};
use crate::models::layers::standard::{standardise, standardise_back};
use crate::models::layers::stretches::{EDGES as PIECE, Rows, in_stretches};

/// The maps, in the order in which they lie in one vector.
pub(super) struct Maps<'a> {
    /// (hidden, expanded)
    pub edge_in: &'a Tensor,
    /// (hidden,)
    pub edge_in_bias: &'a Tensor,
    /// (positions, hidden)
    pub relative_position: &'a Tensor,
    /// (e, hidden)
    pub edge_out: &'a Tensor,
    /// (e,)
    pub edge_out_bias: &'a Tensor,
}

/// The standardised embedding (N K, e) of features (N K, 33) with their distances along the chain.
pub(super) fn embed(edge: &Tensor, relative_position: &Tensor, maps: &Maps<'_>) -> Result<Tensor> {
    let sizes = Sizes {
        hidden: maps.edge_in.dim(0)?,
        positions: maps.relative_position.dim(0)?,
        width: maps.edge_out.dim(0)?,
    };
    let flat = [
        maps.edge_in,
        maps.edge_in_bias,
        maps.relative_position,
        maps.edge_out,
        maps.edge_out_bias,
    ]
    .map(Tensor::flatten_all)
    .into_iter()
    .collect::<Result<Vec<_>>>()?;
    let position = relative_position.to_vec1::<u32>()?.into();
    edge.contiguous()?
        .apply_op2(&Tensor::cat(&flat, 0)?, Embed { sizes, position })
}

#[derive(Debug, Clone, Copy)]
struct Sizes {
    hidden: usize,
    positions: usize,
    width: usize,
}

/// One number for each entry of the maps, in their order.
struct Parts<T> {
    edge_in: T,
    edge_in_bias: T,
    relative_position: T,
    edge_out: T,
    edge_out_bias: T,
}

impl Sizes {
    fn lengths(self) -> [usize; 4] {
        let h = self.hidden;
        [h * EXPANDED, h, self.positions * h, self.width * h]
    }

    fn split(self, maps: &[f32]) -> Parts<&[f32]> {
        let [a, b, c, d] = self.lengths();
        let (edge_in, rest) = maps.split_at(a);
        let (edge_in_bias, rest) = rest.split_at(b);
        let (relative_position, rest) = rest.split_at(c);
        let (edge_out, edge_out_bias) = rest.split_at(d);
        Parts {
            edge_in,
            edge_in_bias,
            relative_position,
            edge_out,
            edge_out_bias,
        }
    }

    fn split_mut(self, maps: &mut [f32]) -> Parts<&mut [f32]> {
        let [a, b, c, d] = self.lengths();
        let (edge_in, rest) = maps.split_at_mut(a);
        let (edge_in_bias, rest) = rest.split_at_mut(b);
        let (relative_position, rest) = rest.split_at_mut(c);
        let (edge_out, edge_out_bias) = rest.split_at_mut(d);
        Parts {
            edge_in,
            edge_in_bias,
            relative_position,
            edge_out,
            edge_out_bias,
        }
    }
}

struct Embed {
    sizes: Sizes,
    position: Arc<[u32]>,
}

impl CustomOp2 for Embed {
    fn name(&self) -> &'static str {
        "embed-edges"
    }

    fn cpu_fwd(
        &self,
        edge: &CpuStorage,
        edge_layout: &Layout,
        maps: &CpuStorage,
        maps_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (edge, maps) = (entries(edge, edge_layout)?, entries(maps, maps_layout)?);
        let shape = (self.position.len(), self.sizes.width);
        Ok((CpuStorage::F32(self.forward(edge, maps)), shape.into()))
    }

    fn bwd(
        &self,
        edge: &Tensor,
        maps: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let of_maps = on_host([edge, maps, &gradient], |[edge, maps, gradient]| {
            self.backward(edge, maps, gradient)
        })?;
        let of_maps = Tensor::from_vec(of_maps, maps.shape(), maps.device())?;
        Ok((None, Some(of_maps)))
    }
}

impl Embed {
    /// What the table adds to the edges from `from` on: its rows by position, the bias to all.
    fn ends<'a>(&'a self, parts: &Parts<&'a [f32]>, from: usize, edges: usize) -> Ends<'a> {
        Ends {
            centre: parts.edge_in_bias,
            sent: parts.relative_position,
            index: &self.position[from..from + edges],
            count: edges,
            width: self.sizes.hidden,
        }
    }

    fn forward(&self, edge: &[f32], maps: &[f32]) -> Vec<f32> {
        let Sizes { hidden, width, .. } = self.sizes;
        let parts = self.sizes.split(maps);
        let turned = Turned::new(&parts, self.sizes);
        let edges = self.position.len();
        let mut result = vec![0f32; edges * width];
        in_stretches(
            edges,
            PIECE,
            [Rows(&mut result, width)],
            || Room::new(self.sizes, 0),
            |room, rows, [result]| {
                let (x, z) = room.inputs(rows.len(), hidden);
                expand(
                    &edge[rows.start * EDGE..rows.end * EDGE],
                    &turned.centres,
                    x,
                );
                product(x, &turned.into, EXPANDED, z);
                join(z, self.ends(&parts, rows.start, rows.len()));
                product(z, &turned.out_of, hidden, result);
                standardise(result, parts.edge_out_bias);
            },
        );
        result
    }

    /// The gradient of the maps.
    fn backward(&self, edge: &[f32], maps: &[f32], gradient: &[f32]) -> Vec<f32> {
        let Sizes { hidden, width, .. } = self.sizes;
        let parts = self.sizes.split(maps);
        let turned = Turned::new(&parts, self.sizes);
        let shares = in_stretches(
            self.position.len(),
            PIECE,
            [],
            || Room::new(self.sizes, maps.len()),
            |room, rows, []| {
                let edges = rows.len();
                let of = self.sizes.split_mut(&mut room.share);
                let x = &mut room.x[..edges * EXPANDED];
                let z = &mut room.z[..edges * hidden];
                let slope = &mut room.slope[..edges * hidden];
                let y = &mut room.y[..edges * width];
                expand(
                    &edge[rows.start * EDGE..rows.end * EDGE],
                    &turned.centres,
                    x,
                );
                product(x, &turned.into, EXPANDED, z);
                let ends = self.ends(&parts, rows.start, edges);
                join_with_slope(z, slope, ends);
                product(z, &turned.out_of, hidden, y);
                let gradient = &gradient[rows.start * width..rows.end * width];
                standardise_back(y, parts.edge_out_bias, gradient);
                add_rows(y, width, of.edge_out_bias);
                add_product(y, z, of.edge_out, width);
                product(y, parts.edge_out, width, z);
                deliver(
                    z,
                    slope,
                    ends.index,
                    edges,
                    of.edge_in_bias,
                    of.relative_position,
                );
                add_product(z, x, of.edge_in, hidden);
            },
        );
        let mut sum = vec![0f32; maps.len()];
        for room in shares {
            add_rows(&room.share, maps.len(), &mut sum);
        }
        sum
    }
}

/// The maps as the products want them.
struct Turned {
    into: Vec<f32>,
    out_of: Vec<f32>,
    centres: [f32; RADIAL],
}

impl Turned {
    fn new(parts: &Parts<&[f32]>, sizes: Sizes) -> Self {
        Self {
            into: transposed(parts.edge_in, EXPANDED, sizes.hidden),
            out_of: transposed(parts.edge_out, sizes.hidden, sizes.width),
            centres: radial_centres(),
        }
    }
}

/// Room for the intermediates of a piece, and a thread's share of the gradient of the maps.
struct Room {
    x: Vec<f32>,
    z: Vec<f32>,
    slope: Vec<f32>,
    y: Vec<f32>,
    share: Vec<f32>,
}

impl Room {
    fn new(sizes: Sizes, share: usize) -> Self {
        let backward = if share == 0 { 0 } else { PIECE };
        Self {
            x: vec![0.0; PIECE * EXPANDED],
            z: vec![0.0; PIECE * sizes.hidden],
            slope: vec![0.0; backward * sizes.hidden],
            y: vec![0.0; backward * sizes.width],
            share: vec![0.0; share],
        }
    }

    fn inputs(&mut self, edges: usize, hidden: usize) -> (&mut [f32], &mut [f32]) {
        (
            &mut self.x[..edges * EXPANDED],
            &mut self.z[..edges * hidden],
        )
    }
}

vectorised! {
    /// Distances become radial functions: rows of 33 → rows of 123.
    fn expand / expand_body(edge: &[f32], centres: &[f32; RADIAL], out: &mut [f32])
}

#[inline(always)]
fn expand_body<const FUSED: bool>(edge: &[f32], centres: &[f32; RADIAL], out: &mut [f32]) {
    const NARROW: f32 = 1.0 / RADIAL_WIDTH as f32;
    for (edge, out) in edge.chunks_exact(EDGE).zip(out.chunks_exact_mut(EXPANDED)) {
        let (distances, rest) = edge.split_at(DISTANCES);
        let (radial, copied) = out.split_at_mut(DISTANCES * RADIAL);
        for (&distance, radial) in distances.iter().zip(radial.chunks_exact_mut(RADIAL)) {
            for (out, &centre) in radial.iter_mut().zip(centres) {
                let x = (distance - centre) * NARROW;
                *out = exponential(-x * x);
            }
        }
        copied.copy_from_slice(rest);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::kernels::product::tensor_product;
    use crate::models::layers::LayerNorm;
    use crate::models::layers::fused::tests::agree;
    use crate::models::residue::radial;
    use candle_core::{Device, Var};

    #[test]
    fn result_and_gradients_are_those_of_tensor_operations() {
        let (edges, hidden, positions, width) = (2 * PIECE + 7, 24, 9, 12);
        let random =
            |dims: &[usize], scale: f32| Tensor::randn(0f32, scale, dims, &Device::Cpu).unwrap();
        let edge = random(&[edges, EDGE], 3.0);
        let position: Vec<u32> = (0..edges).map(|i| (i * 5 % positions) as u32).collect();
        let position = Tensor::from_vec(position, edges, &Device::Cpu).unwrap();
        let dims: [&[usize]; 5] = [
            &[hidden, EXPANDED],
            &[hidden],
            &[positions, hidden],
            &[width, hidden],
            &[width],
        ];
        let v = dims.map(|dims| Var::from_tensor(&random(dims, 0.3)).unwrap());
        let maps = Maps {
            edge_in: &v[0],
            edge_in_bias: &v[1],
            relative_position: &v[2],
            edge_out: &v[3],
            edge_out_bias: &v[4],
        };
        let fused = embed(&edge, &position, &maps).unwrap();
        let x = radial::expand(&edge).unwrap();
        let x = tensor_product(&x, &v[0].t().unwrap()).unwrap();
        let x = x.broadcast_add(&v[1]).unwrap();
        let hidden = (x + v[2].index_select(&position, 0).unwrap())
            .unwrap()
            .silu()
            .unwrap();
        let x = tensor_product(&hidden, &v[3].t().unwrap())
            .unwrap()
            .broadcast_add(&v[4])
            .unwrap();
        let plain = LayerNorm::standardise(&x).unwrap();
        agree(&[fused, plain], &v);
    }
}

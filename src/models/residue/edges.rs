//! From the features of the edges to their standardised embedding, fused on the CPU with the
//! gradient: a few edges at a time stay in the cache.
#![expect(
    clippy::inline_always,
    reason = "a body must be inlined into each copy to be compiled for its instruction set"
)]

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::graph::{DISTANCES, EDGE};
use super::network::{EXPANDED, RADIAL, RADIAL_WIDTH, radial_centres};
use crate::models::esm2::host::matmul::{Threads, View, ViewMut, multiply};
use crate::models::esm2::host::rows::vectorised;
use crate::models::layers::activation::{entries, exponential};
use crate::models::layers::message::on_host;
use crate::models::layers::message::rows::{Ends, add_rows, deliver, join, join_with_slope};

/// Edges that are worked on at a time.
const PIECE: usize = 192;
/// Added to the variance.
const EPSILON: f32 = 1e-5;

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
        let into = transposed(parts.edge_in, EXPANDED);
        let out_of = transposed(parts.edge_out, hidden);
        let centres = radial_centres();
        let mut result = vec![0f32; self.position.len() * width];
        let pieces = result.par_chunks_mut(PIECE * width).enumerate();
        let room = || (vec![0f32; PIECE * EXPANDED], vec![0f32; PIECE * hidden]);
        pieces.for_each_init(room, |(x, z), (at, result)| {
            let (from, edges) = (at * PIECE, result.len() / width);
            let (x, z) = (&mut x[..edges * EXPANDED], &mut z[..edges * hidden]);
            expand(&edge[from * EDGE..][..edges * EDGE], &centres, x);
            product(x, &into, EXPANDED, z);
            join(z, self.ends(&parts, from, edges));
            product(z, &out_of, hidden, result);
            standardise(result, parts.edge_out_bias);
        });
        result
    }

    fn backward(&self, edge: &[f32], maps: &[f32], gradient: &[f32]) -> Vec<f32> {
        let edges = self.position.len();
        let stretch = edges.div_ceil(rayon::current_num_threads()).max(1);
        let shares = gradient
            .par_chunks(stretch * self.sizes.width)
            .enumerate()
            .map(|(part, gradient)| self.share(edge, maps, part * stretch, gradient))
            .collect::<Vec<_>>();
        let mut sum = vec![0f32; maps.len()];
        for share in shares {
            add_rows(&share, share.len(), &mut sum);
        }
        sum
    }

    /// The gradient of the maps from the edges from `first` on.
    fn share(&self, edge: &[f32], maps: &[f32], first: usize, gradient: &[f32]) -> Vec<f32> {
        let Sizes { hidden, width, .. } = self.sizes;
        let parts = self.sizes.split(maps);
        let into = transposed(parts.edge_in, EXPANDED);
        let out_of = transposed(parts.edge_out, hidden);
        let centres = radial_centres();
        let mut share = vec![0f32; maps.len()];
        let of = self.sizes.split_mut(&mut share);
        let mut x = vec![0f32; PIECE * EXPANDED];
        let mut z = vec![0f32; PIECE * hidden];
        let mut slope = vec![0f32; PIECE * hidden];
        let mut y = vec![0f32; PIECE * width];
        for (at, gradient) in gradient.chunks(PIECE * width).enumerate() {
            let (from, edges) = (first + at * PIECE, gradient.len() / width);
            let (x, y) = (&mut x[..edges * EXPANDED], &mut y[..edges * width]);
            let (z, slope) = (&mut z[..edges * hidden], &mut slope[..edges * hidden]);
            expand(&edge[from * EDGE..][..edges * EDGE], &centres, x);
            product(x, &into, EXPANDED, z);
            let ends = self.ends(&parts, from, edges);
            join_with_slope(z, slope, ends);
            product(z, &out_of, hidden, y);
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
        }
        share
    }
}

/// (rows, columns) → (columns, rows)
fn transposed(matrix: &[f32], columns: usize) -> Vec<f32> {
    let rows = matrix.len() / columns;
    let mut out = vec![0f32; matrix.len()];
    for (i, row) in matrix.chunks_exact(columns).enumerate() {
        for (j, &x) in row.iter().enumerate() {
            out[j * rows + i] = x;
        }
    }
    out
}

/// out = x (edges, inner) · map (inner, outputs)
fn product(x: &[f32], map: &[f32], inner: usize, out: &mut [f32]) {
    let (edges, outputs) = (x.len() / inner, map.len() / inner);
    multiply(
        ViewMut::new(out, edges, outputs),
        false,
        View::new(x, edges, inner),
        View::new(map, inner, outputs),
        Threads::One,
    );
}

/// out += aᵀ b with a (edges, rows)
fn add_product(a: &[f32], b: &[f32], out: &mut [f32], rows: usize) {
    let edges = a.len() / rows;
    let columns = b.len() / edges;
    multiply(
        ViewMut::new(out, rows, columns),
        true,
        View::new(a, edges, rows).transposed(),
        View::new(b, edges, columns),
        Threads::One,
    );
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

vectorised! {
    /// Adds the bias to every row, then centres and scales it.
    fn standardise / standardise_body(rows: &mut [f32], bias: &[f32])
}

#[inline(always)]
fn standardise_body<const FUSED: bool>(rows: &mut [f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(bias.len()) {
        standard(row, bias);
    }
}

/// Standardises one row and returns the scale.
#[inline(always)]
fn standard(row: &mut [f32], bias: &[f32]) -> f32 {
    let count = row.len() as f32;
    for (x, b) in row.iter_mut().zip(bias) {
        *x += b;
    }
    let mean = sum(row.iter().copied()) / count;
    let variance = sum(row.iter().map(|x| (x - mean) * (x - mean))) / count;
    let scale = 1.0 / (variance + EPSILON).sqrt();
    for x in row {
        *x = (*x - mean) * scale;
    }
    scale
}

vectorised! {
    /// Rows before the bias become the gradients of what was standardised.
    fn standardise_back / standardise_back_body(rows: &mut [f32], bias: &[f32], gradient: &[f32])
}

#[inline(always)]
fn standardise_back_body<const FUSED: bool>(rows: &mut [f32], bias: &[f32], gradient: &[f32]) {
    let count = bias.len() as f32;
    let each = rows.chunks_exact_mut(bias.len());
    for (row, gradient) in each.zip(gradient.chunks_exact(bias.len())) {
        let scale = standard(row, bias);
        let mean = sum(gradient.iter().copied()) / count;
        let along = sum(row.iter().zip(gradient).map(|(y, g)| y * g)) / count;
        for (y, g) in row.iter_mut().zip(gradient) {
            *y = scale * (g - mean - *y * along);
        }
    }
}

/// A sum in sixteen parts.
#[inline(always)]
fn sum(terms: impl Iterator<Item = f32>) -> f32 {
    let mut lanes = [0f32; 16];
    for (at, term) in terms.enumerate() {
        lanes[at % 16] += term;
    }
    lanes.iter().sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::layers::LayerNorm;
    use crate::models::residue::network;
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
        let x = network::expand(&edge)
            .unwrap()
            .matmul(&v[0].t().unwrap())
            .unwrap();
        let x = x.broadcast_add(&v[1]).unwrap();
        let hidden = (x + v[2].index_select(&position, 0).unwrap())
            .unwrap()
            .silu()
            .unwrap();
        let x = hidden
            .matmul(&v[3].t().unwrap())
            .unwrap()
            .broadcast_add(&v[4])
            .unwrap();
        let plain = LayerNorm::standardise(&x).unwrap();
        let weight = random(&[edges, width], 1.0);
        let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let [a, b] = [fused, plain].map(|y| {
            let loss = (&y * &weight).unwrap().sum_all().unwrap();
            let gradients = loss.backward().unwrap();
            let mut all = vec![values(&y)];
            all.extend(
                v.iter()
                    .map(|v| values(gradients.get(v.as_tensor()).unwrap())),
            );
            all
        });
        for (which, (a, b)) in a.iter().zip(&b).enumerate() {
            let size = b.iter().fold(0f32, |m, x| m.max(x.abs()));
            let far = a.iter().zip(b).fold(0f32, |m, (a, b)| m.max((a - b).abs()));
            assert!(far <= 2e-5 * size.max(1.0), "{which}: {far} of {size}");
        }
    }
}

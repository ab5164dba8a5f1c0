//! Triangle multiplication: some channels at a time, each a product of two N × N matrices.

use candle_core::Tensor;
use rayon::prelude::*;

use super::super::{TriangleMultiplication, Way};
use super::{Maps, Pairs, open};
use crate::models::error::ModelError;
use crate::models::kernels::matmul::{Threads, View, ViewMut, multiply};
use crate::models::kernels::rows::add_bias_and_normalise;
use crate::models::layers::EPSILON;
use crate::models::layers::standard::standardise;
use crate::progress::{Cancelled, Checkpoint};

/// Channels that are worked on at a time.
const CHANNELS: usize = 16;
/// Pairs whose states are mapped at a time: they stay in the cache.
const PIECE: usize = 256;
/// Multiplications of one task: a few hundredths of a second.
const TASK: usize = 1 << 30;

/// Adds what triangle multiplication makes of the pairs.
pub(in super::super) fn multiply_triangles(
    part: &TriangleMultiplication,
    pairs: &mut Pairs,
    checkpoint: &dyn Checkpoint,
) -> std::result::Result<(), ModelError> {
    let (n, d) = (pairs.n, pairs.width);
    let linears = [&part.left, &part.left_gate, &part.right, &part.right_gate];
    let all = Maps::behind(&part.norm, &linears)?;
    let mut products = vec![0f32; n * n * d];
    let [mut left, mut right] = [(); 2].map(|()| vec![0f32; n * n * CHANNELS.min(d)]);
    for first in (0..d).step_by(CHANNELS) {
        let count = CHANNELS.min(d - first);
        let own = |k: usize| (k * d + first)..(k * d + first + count);
        let maps = all.some((0..4).flat_map(own));
        let sides = Sides { n, count };
        let [left, right] = [&mut left, &mut right].map(|side| &mut side[..n * n * count]);
        sides.fill(pairs, &maps, (&mut *left, &mut *right), (first, checkpoint))?;
        sides.products(
            part.way,
            (&*left, &*right),
            &mut products,
            (first, d, checkpoint),
        )?;
    }
    drop((left, right));
    let gate = Maps::behind(&part.norm, &[&part.out_gate])?;
    let out = Maps::of(&part.out)?;
    let [weight, offset] =
        [part.out_norm.weight(), part.out_norm.bias()].map(Tensor::to_vec1::<f32>);
    let (weight, offset, nothing) = (weight?, offset?, vec![0f32; d]);
    let rows = pairs
        .values
        .par_chunks_mut(n * d)
        .zip(products.par_chunks_mut(n * d));
    let finish = |room: &mut [Vec<f32>; 3], (z, products): (&mut [f32], &mut [f32])| {
        checkpoint.reached(d, d + 1)?;
        let [x, gates, normed] = room;
        for (z, products) in z.chunks_mut(PIECE * d).zip(products.chunks_mut(PIECE * d)) {
            gates.resize(z.len(), 0.0);
            normed.resize(z.len(), 0.0);
            gate.apply(standard(z, d, x), false, gates);
            for (p, y) in products.chunks_exact_mut(d).zip(normed.chunks_exact_mut(d)) {
                add_bias_and_normalise(p, &nothing, &weight, &offset, EPSILON as f32, y);
            }
            open(normed, gates);
            out.apply(normed, true, z);
        }
        Ok(())
    };
    let done = rows.map_init(Default::default, finish);
    Ok(done.collect::<std::result::Result<(), Cancelled>>()?)
}

/// Both sides of some channels' products, each (N, channels, N).
struct Sides {
    n: usize,
    count: usize,
}

impl Sides {
    fn fill(
        &self,
        pairs: &Pairs,
        maps: &Maps,
        (left, right): (&mut [f32], &mut [f32]),
        (done, checkpoint): (usize, &dyn Checkpoint),
    ) -> std::result::Result<(), Cancelled> {
        let (n, d, count) = (self.n, pairs.width, self.count);
        let rows = pairs.values.par_chunks(n * d);
        let sides = left
            .par_chunks_mut(n * count)
            .zip(right.par_chunks_mut(n * count));
        let fill = |room: &mut [Vec<f32>; 2],
                    (z, (left, right)): (&[f32], (&mut [f32], &mut [f32]))| {
            checkpoint.reached(done, d + 1)?;
            let [x, mapped] = room;
            for (at, z) in (0..).step_by(PIECE).zip(z.chunks(PIECE * d)) {
                let length = z.len() / d;
                mapped.resize(4 * count * length, 0.0);
                maps.apply_turned(standard(z, d, x), mapped);
                let (a, b) = mapped.split_at_mut(2 * count * length);
                for (side, mapped) in [(&mut *left, a), (&mut *right, b)] {
                    let (values, gates) = mapped.split_at_mut(count * length);
                    open(values, gates);
                    for (side, values) in side.chunks_exact_mut(n).zip(values.chunks_exact(length))
                    {
                        side[at..at + length].copy_from_slice(values);
                    }
                }
            }
            Ok(())
        };
        rows.zip(sides).map_init(Default::default, fill).collect()
    }

    /// Writes Σ_k a_ik b_jk, or Σ_k b_ki a_kj, from channel `first` of `width` on.
    fn products(
        &self,
        way: Way,
        (left, right): (&[f32], &[f32]),
        products: &mut [f32],
        (first, width, checkpoint): (usize, usize, &dyn Checkpoint),
    ) -> std::result::Result<(), Cancelled> {
        let (n, count) = (self.n, self.count);
        let strip = (TASK / (n * n * count).max(1)).clamp(8, 64);
        let strips = products.par_chunks_mut(strip * n * width).enumerate();
        let product = |room: &mut Vec<f32>, (at, out): (usize, &mut [f32])| {
            checkpoint.reached(first + count / 2, width + 1)?;
            let rows = out.len() / (n * width);
            room.resize(count * rows * n, 0.0);
            for (channel, out) in room.chunks_exact_mut(rows * n).enumerate() {
                let whole = match way {
                    Way::Outgoing => right,
                    Way::Ingoing => left,
                };
                let whole = View::strided(&whole[channel * n..], n, n, count * n);
                let (a, b) = match way {
                    Way::Outgoing => {
                        let from = (at * strip * count + channel) * n;
                        let own = View::strided(&left[from..], rows, n, count * n);
                        (own, whole.transposed())
                    }
                    Way::Ingoing => {
                        let from = channel * n + at * strip;
                        let own = View::strided(&right[from..], n, rows, count * n);
                        (own.transposed(), whole)
                    }
                };
                multiply(ViewMut::new(out, rows, n), false, a, b, Threads::One);
            }
            for (pair, out) in out.chunks_exact_mut(width).enumerate() {
                for (channel, x) in out[first..first + count].iter_mut().enumerate() {
                    *x = room[channel * rows * n + pair];
                }
            }
            Ok(())
        };
        strips.map_init(Vec::new, product).collect()
    }
}

/// The states standardised, in `out`.
fn standard<'a>(states: &[f32], width: usize, out: &'a mut Vec<f32>) -> &'a [f32] {
    out.clear();
    out.extend_from_slice(states);
    standardise(out, &vec![0.0; width]);
    out
}

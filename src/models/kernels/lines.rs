//! Attention inside the lines of a map of pairs, where all lines share the bias of two positions: a tile
//! of queries side by side goes through the keys, and no score leaves the cache.

#[cfg(target_arch = "x86_64")]
mod avx512;

use super::matmul::{Threads, View, ViewMut, multiply};
use super::rows::softmax;

/// Queries of a tile.
pub(crate) const QUERIES: usize = 32;
/// Keys are worked on by so many, and so are the numbers of a value.
pub(crate) const GROUP: usize = 8;

/// One number a query of a tile.
pub(crate) type Tile = [f32; QUERIES];

/// Queries, keys and values of one head of a line, as rows that begin `stride` apart. Behind the `count`
/// rows others fill the last tile.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    /// From the first query on, scaled.
    pub queries: &'a [f32],
    /// From the first key on.
    pub keys: &'a [f32],
    /// From the first value on.
    pub values: &'a [f32],
    /// Numbers from one row to the next.
    pub stride: usize,
    /// Numbers of a query, a key and a value.
    pub width: usize,
    /// Rows.
    pub count: usize,
}

/// What is added to the products of one head: (keys, tiles of queries).
#[derive(Debug, Clone)]
pub(crate) struct Bias {
    tiles: Vec<Tile>,
    count: usize,
}

impl Bias {
    /// `value(query, key)` of so many positions.
    pub fn new(count: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let tile = |key: usize, tile: usize| -> Tile {
            std::array::from_fn(|l| match tile * QUERIES + l {
                query if query < count && key < count => value(query, key),
                _ if key < count => 0.0,
                _ => f32::NEG_INFINITY, // no such key
            })
        };
        let tiles = count.div_ceil(QUERIES);
        let keys = 0..count.next_multiple_of(GROUP);
        Self {
            tiles: keys
                .flat_map(|key| (0..tiles).map(move |t| (key, t)))
                .map(|(key, t)| tile(key, t))
                .collect(),
            count,
        }
    }

    /// Tiles from one key to the next.
    fn stride(&self) -> usize {
        self.count.div_ceil(QUERIES)
    }
}

/// Room for what one thread needs.
#[derive(Debug, Default)]
pub(crate) struct Room {
    query: Vec<Tile>,
    weight: Vec<Tile>,
    out: Vec<Tile>,
    scores: Vec<f32>,
}

/// Writes a row a query, Σ_j softmax_j(q · k_j + b_j) v_j, into rows of `stride`.
pub(crate) fn attend(line: Line<'_>, bias: &Bias, room: &mut Room, out: &mut [f32], stride: usize) {
    #[cfg(target_arch = "x86_64")]
    if is_fast() && line.width.is_multiple_of(GROUP) {
        for tile in 0..bias.stride() {
            by_tile(line, bias, tile, room, out, stride);
        }
        return;
    }
    by_products(line, bias, room, out, stride);
}

#[cfg(target_arch = "x86_64")]
fn is_fast() -> bool {
    is_x86_feature_detected!("avx512f")
}

/// The queries of one tile.
#[cfg(target_arch = "x86_64")]
fn by_tile(
    line: Line<'_>,
    bias: &Bias,
    tile: usize,
    room: &mut Room,
    out: &mut [f32],
    stride: usize,
) {
    let first = tile * QUERIES;
    let queries = &line.queries[first * line.stride..];
    for tiles in [&mut room.query, &mut room.out] {
        tiles.resize(line.width, [0.0; QUERIES]);
    }
    room.weight.resize(avx512::CHUNK, [0.0; QUERIES]);
    for (l, row) in queries.chunks(line.stride).take(QUERIES).enumerate() {
        for (query, &x) in room.query.iter_mut().zip(row) {
            query[l] = x;
        }
    }
    let known = (&bias.tiles[tile..], bias.stride());
    #[expect(
        unsafe_code,
        reason = "calls code for an instruction set found at run time"
    )]
    // SAFETY: the machine has these instructions.
    unsafe {
        avx512::attend(&room.query, line, known, &mut room.weight, &mut room.out);
    }
    let rows = out[first * stride..].chunks_mut(stride);
    for (l, row) in rows.take(QUERIES).enumerate() {
        for (x, sum) in row.iter_mut().zip(&room.out) {
            *x = sum[l];
        }
    }
}

/// The same on any machine.
fn by_products(line: Line<'_>, bias: &Bias, room: &mut Room, out: &mut [f32], stride: usize) {
    let (count, width) = (line.count, line.width);
    for first in (0..count).step_by(QUERIES) {
        let rows = QUERIES.min(count - first);
        room.scores.resize(QUERIES * count, 0.0);
        let scores = &mut room.scores[..rows * count];
        multiply(
            ViewMut::new(scores, rows, count),
            false,
            View::strided(
                &line.queries[first * line.stride..],
                rows,
                width,
                line.stride,
            ),
            View::strided(line.keys, count, width, line.stride).transposed(),
            Threads::One,
        );
        for (l, row) in scores.chunks_exact_mut(count).enumerate() {
            let tiles = bias.tiles[first / QUERIES..].iter().step_by(bias.stride());
            for (x, tile) in row.iter_mut().zip(tiles) {
                *x += tile[l];
            }
            softmax(row);
        }
        multiply(
            ViewMut::strided(&mut out[first * stride..], rows, width, stride),
            false,
            View::new(scores, rows, count),
            View::strided(line.values, count, width, line.stride),
            Threads::One,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ways against the formula, with a last tile and a last group that are not full.
    #[test]
    fn tiles_and_products_are_the_formula() {
        let (width, heads, count) = (16, 2, 77_usize);
        let stride = 3 * heads * width;
        let wave = |i: usize| ((i * i % 911) as f32 * 0.37).sin() * 2.0;
        let rows: Vec<f32> = (0..count.next_multiple_of(QUERIES) * stride)
            .map(wave)
            .collect();
        let own = |q: usize, k: usize| 3.0 * wave(7 * q + 13 * k + 5);
        let bias = Bias::new(count, own);
        let at = width;
        let line = Line {
            queries: &rows[at..],
            keys: &rows[heads * width + at..],
            values: &rows[2 * heads * width + at..],
            stride,
            width,
            count,
        };
        let mut ways: Vec<Vec<f32>> = Vec::new();
        for way in [attend, by_products] {
            let mut out = vec![0.0; count * width];
            way(line, &bias, &mut Room::default(), &mut out, width);
            ways.push(out);
        }
        for q in 0..count {
            let of = |x: &[f32], row: usize, d: usize| f64::from(x[row * stride + d]);
            let score = |k: usize| {
                let products = (0..width).map(|d| of(line.queries, q, d) * of(line.keys, k, d));
                products.sum::<f64>() + f64::from(own(q, k))
            };
            let scores: Vec<f64> = (0..count).map(score).collect();
            let top = scores.iter().copied().fold(f64::MIN, f64::max);
            let weights: Vec<f64> = scores.iter().map(|s| (s - top).exp()).collect();
            let total: f64 = weights.iter().sum();
            for d in 0..width {
                let terms = weights.iter().enumerate();
                let sum: f64 = terms.map(|(k, w)| w * of(line.values, k, d)).sum();
                for out in &ways {
                    let found = f64::from(out[q * width + d]);
                    assert!(
                        (found - sum / total).abs() < 3e-6,
                        "{q} {d}: {found} {}",
                        sum / total
                    );
                }
            }
        }
    }
}

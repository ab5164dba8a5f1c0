//! Products in 16-bit integers: with AVX-512 VNNI one instruction takes two products and adds them, so
//! they are twice as fast as in `f32`.
//!
//! A row of x and a column of W are stretched and rounded so that in no block of [`BLOCK`] inputs they
//! are longer than [`ROW_LENGTH`] and [`COLUMN_LENGTH`]. By the inequality of Cauchy and Schwarz no sum of
//! products of a block then leaves 32 bits; the sums of blocks are added up as `f32`. Where rounding
//! errors are independent and no block is longer than the others, an entry is off by 1.5 · 10⁻⁴ (root
//! mean square) of what it would be for random signs, |x| |w| / √inputs.

#![expect(
    clippy::inline_always,
    reason = "a body must be inlined into each copy to be compiled for its instruction set"
)]

#[cfg(target_arch = "x86_64")]
mod vnni;

use std::ops::Range;
use std::sync::LazyLock;

use super::rows::{fused, sum, vectorised};

/// Inputs whose products are added up as integers.
const BLOCK: usize = 240;
/// Length of a block of a row as integers: none of them leaves 16 bits.
const ROW_LENGTH: f32 = 32_700.0;
/// Length of a block of a column: times that of a row, with what rounding adds, it stays below 2³¹.
const COLUMN_LENGTH: f32 = 65_000.0;
/// The largest entry of a column.
const MOST: f32 = 32_766.0;
/// Rows and columns of a tile: its sums fill 24 of the 32 vector registers.
const ROWS: usize = 8;
const COLUMNS: usize = 48;

type Tile = [[f32; COLUMNS]; ROWS];

/// Whether this machine has the instruction that makes these products worthwhile.
pub(crate) fn is_fast() -> bool {
    *IS_FAST
}

static IS_FAST: LazyLock<bool> = LazyLock::new(|| {
    #[cfg(target_arch = "x86_64")]
    let found = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vnni");
    #[cfg(not(target_arch = "x86_64"))]
    let found = false;
    found
});

/// The weights of a linear map: panels of [`COLUMNS`] columns, in each the pairs of inputs one after
/// the other, in a pair column by column.
pub(crate) struct Weights {
    panels: Vec<i16>,
    /// What the integers of a column stand for.
    scales: Vec<f32>,
    /// Inputs, padded.
    width: usize,
}

impl Weights {
    /// From `weight` (inputs, outputs).
    pub fn new(weight: &[f32], outputs: usize) -> Self {
        let inputs = weight.len() / outputs;
        let width = padded(inputs);
        let columns = outputs.next_multiple_of(COLUMNS);
        let mut panels = vec![0; columns * width];
        let mut scales = vec![0.0; columns];
        let mut column = vec![0.0; inputs];
        for (j, scale) in scales[..outputs].iter_mut().enumerate() {
            for (to, row) in column.iter_mut().zip(weight.chunks_exact(outputs)) {
                *to = row[j];
            }
            let length = longest_block(&column);
            let largest = column.iter().fold(0f32, |most, w| most.max(w.abs()));
            if length == 0.0 {
                continue;
            }
            let factor = (COLUMN_LENGTH / length).min(MOST / largest);
            *scale = 1.0 / factor;
            let panel = &mut panels[j / COLUMNS * COLUMNS * width..][2 * (j % COLUMNS)..];
            for (to, pair) in panel.chunks_mut(2 * COLUMNS).zip(column.chunks(2)) {
                for (to, w) in to.iter_mut().zip(pair) {
                    *to = (w * factor).round() as i16;
                }
            }
        }
        Self {
            panels,
            scales,
            width,
        }
    }

    /// Bytes that the weights of such a map take.
    pub fn bytes(inputs: usize, outputs: usize) -> usize {
        outputs.next_multiple_of(COLUMNS) * (2 * padded(inputs) + 4)
    }
}

/// Inputs come in pairs.
fn padded(inputs: usize) -> usize {
    inputs.next_multiple_of(2)
}

/// Rows of x as integers, each with what its integers stand for.
#[derive(Default)]
pub(crate) struct Rows {
    values: Vec<i16>,
    scales: Vec<f32>,
    difference: Vec<f32>,
}

impl Rows {
    /// Takes the differences x − y of pairs of rows of `inputs` entries.
    pub fn take_differences<'a>(
        &mut self,
        inputs: usize,
        rows: impl ExactSizeIterator<Item = (&'a [f32], &'a [f32])>,
    ) {
        let width = padded(inputs);
        let count = rows.len().next_multiple_of(ROWS);
        self.values.clear();
        self.values.resize(count * width, 0);
        self.scales.clear();
        self.scales.resize(count, 0.0);
        self.difference.resize(inputs, 0.0);
        let own = self.values.chunks_exact_mut(width).zip(&mut self.scales);
        for ((values, scale), (x, y)) in own.zip(rows) {
            *scale = round_difference(x, y, &mut self.difference, &mut values[..inputs]);
        }
    }
}

/// What a product is added to: row i to row `rows[i]` of `values`, whose rows have all outputs.
pub(crate) struct Base<'a> {
    pub values: &'a [f32],
    pub rows: &'a [usize],
    pub outputs: usize,
}

/// `out = base + x · W`, or `out += base + x · W`, for some columns; `out` holds rows of just these.
pub(crate) fn multiply(
    x: &Rows,
    weights: &Weights,
    columns: Range<usize>,
    base: &Base<'_>,
    accumulate: bool,
    out: &mut [f32],
) {
    let width = weights.width;
    let mut tile = [[0.0; COLUMNS]; ROWS];
    for panel in columns.start / COLUMNS..columns.end.div_ceil(COLUMNS) {
        let weight = &weights.panels[panel * COLUMNS * width..][..COLUMNS * width];
        let start = panel * COLUMNS;
        let wanted = columns.start.max(start)..columns.end.min(start + COLUMNS);
        let blocks = x
            .values
            .chunks_exact(ROWS * width)
            .zip(x.scales.chunks_exact(ROWS));
        let rows = base
            .rows
            .chunks(ROWS)
            .zip(out.chunks_mut(ROWS * columns.len()));
        for ((values, scales), (rows, out)) in blocks.zip(rows) {
            if scales.iter().all(|&scale| scale == 0.0) {
                tile = [[0.0; COLUMNS]; ROWS];
            } else {
                fetch(
                    rows.iter()
                        .map(|row| &base.values[row * base.outputs + wanted.start..]),
                );
                fetch(
                    out.chunks(columns.len())
                        .map(|row| &row[wanted.start - columns.start..]),
                );
                add_up(values, weight, &mut tile);
            }
            let sums = Sums {
                tile: &tile,
                first: wanted.start - start,
                row_scales: scales,
                column_scales: &weights.scales[wanted.clone()],
            };
            let base = Base {
                rows,
                values: &base.values[wanted.start..],
                ..*base
            };
            let out = &mut out[wanted.start - columns.start..];
            finish(&sums, &base, accumulate, columns.len(), out);
        }
    }
}

/// The sums of a tile from column `first` on, and what they stand for.
struct Sums<'a> {
    tile: &'a Tile,
    first: usize,
    row_scales: &'a [f32],
    column_scales: &'a [f32],
}

vectorised! {
    /// Writes the sums of a tile into rows that begin `stride` apart.
    fn finish / finish_body(sums: &Sums<'_>, base: &Base<'_>, accumulate: bool, stride: usize, out: &mut [f32])
}

#[inline(always)]
fn finish_body<const FUSED: bool>(
    sums: &Sums<'_>,
    base: &Base<'_>,
    accumulate: bool,
    stride: usize,
    out: &mut [f32],
) {
    let count = sums.column_scales.len();
    let rows = base.rows.iter().zip(sums.row_scales).zip(sums.tile);
    for (((&row, &row_scale), sums_of_row), out) in rows.zip(out.chunks_mut(stride)) {
        let base = &base.values[row * base.outputs..][..count];
        let scaled = sums_of_row[sums.first..].iter().zip(sums.column_scales);
        for ((out, base), (&sum, scale)) in out.iter_mut().zip(base).zip(scaled) {
            let before = if accumulate { *out } else { 0.0 };
            *out = before + fused::<FUSED>(sum * row_scale, *scale, *base);
        }
    }
}

vectorised! {
    /// Writes x − y, and that stretched and rounded; returns what 1 then stands for.
    fn round_difference / round_difference_body(
        x: &[f32], y: &[f32], difference: &mut [f32], out: &mut [i16],
    ) -> f32
}

#[inline(always)]
fn round_difference_body<const FUSED: bool>(
    x: &[f32],
    y: &[f32],
    difference: &mut [f32],
    out: &mut [i16],
) -> f32 {
    /// 1.5 · 2²³: after adding it an integer stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    for ((difference, x), y) in difference.iter_mut().zip(x).zip(y) {
        *difference = x - y;
    }
    let length = longest_block(difference);
    if length < 1e-30 || !length.is_finite() {
        out.fill(0);
        return if length.is_finite() { 0.0 } else { f32::NAN };
    }
    let factor = ROW_LENGTH / length;
    for (out, difference) in out.iter_mut().zip(difference) {
        *out = fused::<FUSED>(*difference, factor, ROUND).to_bits() as i16;
    }
    1.0 / factor
}

/// The largest Euclidean length of a block; not a number where one is not.
#[inline(always)]
fn longest_block(x: &[f32]) -> f32 {
    let squares = x.chunks(BLOCK).map(|block| sum(block, |x| x * x));
    squares
        .fold(
            0.0,
            |most, square| if square <= most { most } else { square },
        )
        .sqrt()
}

/// Lets what a tile is added to travel to the cache while its sums are made.
fn fetch<'a>(rows: impl Iterator<Item = &'a [f32]>) {
    #[cfg(target_arch = "x86_64")]
    for row in rows {
        for line in row.chunks(16).take(COLUMNS.div_ceil(16)) {
            vnni::fetch(line);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    drop(rows);
}

/// Sums of products of a tile: eight rows of x, one after the other, and a panel of weights.
fn add_up(x: &[i16], weights: &[i16], out: &mut Tile) {
    #[cfg(target_arch = "x86_64")]
    if is_fast() {
        #[expect(
            unsafe_code,
            reason = "calls code for an instruction set found at run time"
        )]
        // SAFETY: the machine has these instructions.
        return unsafe { vnni::add_up(x, weights, out) };
    }
    add_up_plainly(x, weights, out);
}

/// The same on any machine, slowly: what the instructions are compared with.
fn add_up_plainly(x: &[i16], weights: &[i16], out: &mut Tile) {
    for (x, out) in x.chunks_exact(x.len() / ROWS).zip(out) {
        *out = [0.0; COLUMNS];
        for (x, weights) in x.chunks(BLOCK).zip(weights.chunks(BLOCK * COLUMNS)) {
            let mut sums = [0i32; COLUMNS];
            for (x, weights) in x.chunks_exact(2).zip(weights.chunks_exact(2 * COLUMNS)) {
                for (sum, w) in sums.iter_mut().zip(weights.chunks_exact(2)) {
                    let product = |i: usize| i32::from(x[i]) * i32::from(w[i]);
                    *sum = sum.wrapping_add(product(0).wrapping_add(product(1)));
                }
            }
            for (out, sum) in out.iter_mut().zip(sums) {
                *out += sum as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests;

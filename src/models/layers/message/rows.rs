//! Row operations on messages and edges, compiled for the best instruction set of the machine.
#![expect(
    clippy::inline_always,
    reason = "a body must be inlined into each copy to be compiled for its instruction set"
)]

use crate::models::kernels::rows::vectorised;
use crate::models::layers::activation::{Curve, Gelu, Silu, exponential};

/// What a residue of a piece reads: its own row of `centre`, and rows of `sent` by `index`.
#[derive(Clone, Copy)]
pub(crate) struct Ends<'a> {
    pub centre: &'a [f32],
    pub sent: &'a [f32],
    pub index: &'a [u32],
    pub count: usize,
    pub width: usize,
}

vectorised! {
    /// Adds both ends to the rows of `x` (edges, width) and applies SiLU.
    pub(crate) fn join / join_body(x: &mut [f32], ends: Ends<'_>)
}

#[inline(always)]
fn join_body<const FUSED: bool>(x: &mut [f32], ends: Ends<'_>) {
    joined::<Silu>(x, ends);
}

vectorised! {
    /// The same with GELU.
    pub(crate) fn join_by_gelu / join_by_gelu_body(x: &mut [f32], ends: Ends<'_>)
}

#[inline(always)]
fn join_by_gelu_body<const FUSED: bool>(x: &mut [f32], ends: Ends<'_>) {
    joined::<Gelu>(x, ends);
}

#[inline(always)]
fn joined<C: Curve>(x: &mut [f32], ends: Ends<'_>) {
    let d = ends.width;
    let residues = x
        .chunks_exact_mut(ends.count * d)
        .zip(ends.index.chunks_exact(ends.count));
    for ((rows, index), centre) in residues.zip(ends.centre.chunks_exact(d)) {
        for (row, &j) in rows.chunks_exact_mut(d).zip(index) {
            let sent = &ends.sent[j as usize * d..][..d];
            for ((x, &c), &s) in row.iter_mut().zip(centre).zip(sent) {
                *x = C::value(*x + c + s);
            }
        }
    }
}

vectorised! {
    /// As [`join`]; `slope` gets SiLU'.
    pub(crate) fn join_with_slope / join_with_slope_body(
        x: &mut [f32], slope: &mut [f32], ends: Ends<'_>,
    )
}

#[inline(always)]
fn join_with_slope_body<const FUSED: bool>(x: &mut [f32], slope: &mut [f32], ends: Ends<'_>) {
    joined_with_slope::<Silu>(x, slope, ends);
}

vectorised! {
    /// As [`join_by_gelu`]; `slope` gets GELU'.
    pub(crate) fn join_by_gelu_with_slope / join_by_gelu_with_slope_body(
        x: &mut [f32], slope: &mut [f32], ends: Ends<'_>,
    )
}

#[inline(always)]
fn join_by_gelu_with_slope_body<const FUSED: bool>(
    x: &mut [f32],
    slope: &mut [f32],
    ends: Ends<'_>,
) {
    joined_with_slope::<Gelu>(x, slope, ends);
}

#[inline(always)]
fn joined_with_slope<C: Curve>(x: &mut [f32], slope: &mut [f32], ends: Ends<'_>) {
    let d = ends.width;
    let rows = x.chunks_exact_mut(d).zip(slope.chunks_exact_mut(d));
    for (at, ((row, slope), &j)) in rows.zip(ends.index).enumerate() {
        let centre = &ends.centre[at / ends.count * d..][..d];
        let sent = &ends.sent[j as usize * d..][..d];
        for (((x, t), &c), &s) in row.iter_mut().zip(slope).zip(centre).zip(sent) {
            (*x, *t) = C::with_slope(*x + c + s);
        }
    }
}

vectorised! {
    /// Adds `bias` to the first numbers of every row of `stride` numbers and applies SiLU.
    pub(crate) fn activate / activate_body(x: &mut [f32], stride: usize, bias: &[f32])
}

#[inline(always)]
fn activate_body<const FUSED: bool>(x: &mut [f32], stride: usize, bias: &[f32]) {
    for row in x.chunks_exact_mut(stride) {
        for (x, &b) in row.iter_mut().zip(bias) {
            *x = Silu::value(*x + b);
        }
    }
}

vectorised! {
    /// The same; `slope`, with rows as long, gets SiLU'.
    pub(crate) fn activate_with_slope / activate_with_slope_body(
        x: &mut [f32], slope: &mut [f32], stride: usize, bias: &[f32],
    )
}

#[inline(always)]
fn activate_with_slope_body<const FUSED: bool>(
    x: &mut [f32],
    slope: &mut [f32],
    stride: usize,
    bias: &[f32],
) {
    for (row, slope) in x
        .chunks_exact_mut(stride)
        .zip(slope.chunks_exact_mut(stride))
    {
        for ((x, t), &b) in row.iter_mut().zip(slope).zip(bias) {
            (*x, *t) = Silu::with_slope(*x + b);
        }
    }
}

vectorised! {
    /// Softmax of every head over the neighbours of one residue: `rows` have `stride` numbers, the
    /// logits in the last place but the padding, from `first`. `weight` is (heads, neighbours).
    pub(crate) fn weigh / weigh_body(
        rows: &[f32], stride: usize, first: usize, bias: &[f32], mask: &[f32], weight: &mut [f32],
    )
}

/// Added to the logits of what is no neighbour.
const FAR_BELOW: f32 = -1e4;

#[inline(always)]
fn weigh_body<const FUSED: bool>(
    rows: &[f32],
    stride: usize,
    first: usize,
    bias: &[f32],
    mask: &[f32],
    weight: &mut [f32],
) {
    for ((head, weight), &bias) in weight.chunks_exact_mut(mask.len()).enumerate().zip(bias) {
        let logits = rows
            .chunks_exact(stride)
            .map(|row| row[first + head] + bias);
        let mut top = f32::NEG_INFINITY;
        for ((w, logit), &m) in weight.iter_mut().zip(logits).zip(mask) {
            *w = if m == 0.0 { logit + FAR_BELOW } else { logit };
            top = top.max(*w);
        }
        for w in weight.iter_mut() {
            *w = exponential(*w - top);
        }
        let scale = 1.0 / weight.iter().sum::<f32>();
        for w in weight {
            *w *= scale;
        }
    }
}

vectorised! {
    /// out += the rows' values, each head's share with its weights, where there is a neighbour.
    pub(crate) fn gather / gather_body(
        rows: &[f32], stride: usize, weight: &[f32], mask: &[f32], out: &mut [f32],
    )
}

#[inline(always)]
fn gather_body<const FUSED: bool>(
    rows: &[f32],
    stride: usize,
    weight: &[f32],
    mask: &[f32],
    out: &mut [f32],
) {
    let count = mask.len();
    let size = out.len() / (weight.len() / count);
    for (k, (row, &m)) in rows.chunks_exact(stride).zip(mask).enumerate() {
        for (head, (out, value)) in out
            .chunks_exact_mut(size)
            .zip(row.chunks_exact(size))
            .enumerate()
        {
            let w = weight[head * count + k] * m;
            for (out, &v) in out.iter_mut().zip(value) {
                *out += w * v;
            }
        }
    }
}

vectorised! {
    /// The way back of [`gather`] and [`weigh`]: the values in `rows` become their gradients, the
    /// logits right behind them theirs.
    pub(crate) fn spread / spread_body(
        rows: &mut [f32], stride: usize, weight: &[f32], mask: &[f32], gradient: &[f32],
        scratch: &mut [f32],
    )
}

#[inline(always)]
fn spread_body<const FUSED: bool>(
    rows: &mut [f32],
    stride: usize,
    weight: &[f32],
    mask: &[f32],
    gradient: &[f32],
    scratch: &mut [f32],
) {
    let count = mask.len();
    let size = gradient.len() / (weight.len() / count);
    for (k, (row, &m)) in rows.chunks_exact_mut(stride).zip(mask).enumerate() {
        let parts = row.chunks_exact_mut(size);
        for (head, (row, gradient)) in parts.zip(gradient.chunks_exact(size)).enumerate() {
            let w = weight[head * count + k] * m;
            scratch[head * count + k] = dot(row, gradient) * m;
            for (v, &g) in row.iter_mut().zip(gradient) {
                *v = w * g;
            }
        }
    }
    for (head, weight) in weight.chunks_exact(count).enumerate() {
        let of_weight = &scratch[head * count..][..count];
        let mean = dot(weight, of_weight);
        for ((row, &w), &g) in rows.chunks_exact_mut(stride).zip(weight).zip(of_weight) {
            row[gradient.len() + head] = w * (g - mean);
        }
    }
}

/// The scalar product, in parts of sixteen, then of four.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let whole = a.len() / 16 * 16;
    lanes::<16>(&a[..whole], &b[..whole]) + lanes::<4>(&a[whole..], &b[whole..])
}

#[inline(always)]
fn lanes<const LANES: usize>(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b);
    let rest = rest.sum::<f32>();
    for (a, b) in a.zip(b) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

vectorised! {
    /// The first `width` numbers of every row ∘= those of `slope`.
    pub(crate) fn scale / scale_body(rows: &mut [f32], slope: &[f32], stride: usize, width: usize)
}

#[inline(always)]
fn scale_body<const FUSED: bool>(rows: &mut [f32], slope: &[f32], stride: usize, width: usize) {
    let rows = rows.chunks_exact_mut(stride);
    for (row, slope) in rows.zip(slope.chunks_exact(stride)) {
        for (x, &t) in row.iter_mut().zip(slope).take(width) {
            *x *= t;
        }
    }
}

vectorised! {
    /// x ∘= slope; each row is added to its residue's own row of `centre` and its neighbour's of `sent`.
    pub(crate) fn deliver / deliver_body(
        x: &mut [f32], slope: &[f32], index: &[u32], count: usize, centre: &mut [f32], sent: &mut [f32],
    )
}

#[inline(always)]
fn deliver_body<const FUSED: bool>(
    x: &mut [f32],
    slope: &[f32],
    index: &[u32],
    count: usize,
    centre: &mut [f32],
    sent: &mut [f32],
) {
    let d = x.len() / index.len();
    let rows = x.chunks_exact_mut(d).zip(slope.chunks_exact(d));
    for (at, ((row, slope), &j)) in rows.zip(index).enumerate() {
        let centre = &mut centre[at / count * d..][..d];
        let sent = &mut sent[j as usize * d..][..d];
        for (((x, &t), c), s) in row.iter_mut().zip(slope).zip(centre).zip(sent) {
            *x *= t;
            *c += *x;
            *s += *x;
        }
    }
}

vectorised! {
    /// sum += the first numbers of every row.
    pub(crate) fn add_rows / add_rows_body(rows: &[f32], stride: usize, sum: &mut [f32])
}

#[inline(always)]
fn add_rows_body<const FUSED: bool>(rows: &[f32], stride: usize, sum: &mut [f32]) {
    for row in rows.chunks_exact(stride) {
        for (sum, &x) in sum.iter_mut().zip(row) {
            *sum += x;
        }
    }
}

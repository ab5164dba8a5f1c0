//! Operations on the weights of one query, compiled for the best instruction set of the machine.
#![expect(
    clippy::inline_always,
    reason = "a body must be inlined into each copy to be compiled for its instruction set"
)]

use crate::models::kernels::rows::{softmax, vectorised};

vectorised! {
    /// row[j] −= |point − places[.., j]|²; `places` is (dimensions, keys).
    pub(super) fn less_distances / less_distances_body(row: &mut [f32], point: &[f32], places: &[f32])
}

#[inline(always)]
fn less_distances_body<const FUSED: bool>(row: &mut [f32], point: &[f32], places: &[f32]) {
    let n = row.len();
    let fours = point.chunks_exact(4).zip(places.chunks_exact(4 * n));
    for (p, places) in fours {
        let (a, rest) = places.split_at(n);
        let (b, rest) = rest.split_at(n);
        let (c, d) = rest.split_at(n);
        for ((((x, a), b), c), d) in row.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            let [a, b, c, d] = [p[0] - a, p[1] - b, p[2] - c, p[3] - d];
            *x -= (a * a + b * b) + (c * c + d * d);
        }
    }
    let done = point.len() - point.len() % 4;
    for (p, places) in point[done..].iter().zip(places[done * n..].chunks_exact(n)) {
        for (x, r) in row.iter_mut().zip(places) {
            *x -= (p - r) * (p - r);
        }
    }
}

/// Logits less their bias → weights.
pub(super) fn weigh(row: &mut [f32], bias: &[f32]) {
    add(bias, row);
    softmax(row);
}

vectorised! {
    /// sum += row
    pub(super) fn add / add_body(row: &[f32], sum: &mut [f32])
}

#[inline(always)]
fn add_body<const FUSED: bool>(row: &[f32], sum: &mut [f32]) {
    for (sum, &x) in sum.iter_mut().zip(row) {
        *sum += x;
    }
}

vectorised! {
    /// The gradients of the weights become those of the logits.
    pub(super) fn slopes / slopes_body(weight: &[f32], gradient: &mut [f32])
}

#[inline(always)]
fn slopes_body<const FUSED: bool>(weight: &[f32], gradient: &mut [f32]) {
    const LANES: usize = 16;
    let mut lanes = [0f32; LANES];
    let (a, b) = (weight.chunks_exact(LANES), gradient.chunks_exact(LANES));
    let rest = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b);
    let rest = rest.sum::<f32>();
    for (a, b) in a.zip(b) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let mean = lanes.iter().sum::<f32>() + rest;
    for (g, &w) in gradient.iter_mut().zip(weight) {
        *g = w * (*g - mean);
    }
}

/// 2 (gradient − sum · point), in place.
pub(super) fn to_point_gradient(gradient: &mut [f32], point: &[f32], sum: f32) {
    for (g, &p) in gradient.iter_mut().zip(point) {
        *g = 2.0 * (*g - sum * p);
    }
}

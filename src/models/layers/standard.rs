//! Layer norm of rows without weight and bias, with its gradient.
#![expect(
    clippy::inline_always,
    reason = "a body must be inlined into each copy to be compiled for its instruction set"
)]

use crate::models::kernels::rows::vectorised;

/// Added to the variance.
const EPSILON: f32 = super::EPSILON as f32;

vectorised! {
    /// Adds the bias to every row, then centres and scales it.
    pub(crate) fn standardise / standardise_body(rows: &mut [f32], bias: &[f32])
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
    pub(crate) fn standardise_back / standardise_back_body(
        rows: &mut [f32], bias: &[f32], gradient: &[f32],
    )
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

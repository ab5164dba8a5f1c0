//! Small products inside one task.

use crate::models::kernels::matmul::{Threads, View, ViewMut, multiply};

/// (rows, columns) → (columns, rows), whose rows begin `stride` apart.
pub(crate) fn transposed(matrix: &[f32], columns: usize, stride: usize) -> Vec<f32> {
    let mut out = vec![0f32; columns * stride];
    for (i, row) in matrix.chunks_exact(columns).enumerate() {
        for (j, &x) in row.iter().enumerate() {
            out[j * stride + i] = x;
        }
    }
    out
}

/// out = x (rows, inner) · map (inner, outputs)
pub(crate) fn product(x: &[f32], map: &[f32], inner: usize, out: &mut [f32]) {
    times(x, map, inner, out, false);
}

/// out += x (rows, inner) · map (inner, outputs)
pub(crate) fn product_onto(x: &[f32], map: &[f32], inner: usize, out: &mut [f32]) {
    times(x, map, inner, out, true);
}

fn times(x: &[f32], map: &[f32], inner: usize, out: &mut [f32], accumulate: bool) {
    let (rows, outputs) = (x.len() / inner, map.len() / inner);
    multiply(
        ViewMut::new(out, rows, outputs),
        accumulate,
        View::new(x, rows, inner),
        View::new(map, inner, outputs),
        Threads::One,
    );
}

/// out += aᵀ b with a (rows, width)
pub(crate) fn add_product(a: &[f32], b: &[f32], out: &mut [f32], width: usize) {
    let rows = a.len() / width;
    let columns = b.len() / rows;
    multiply(
        ViewMut::new(out, width, columns),
        true,
        View::new(a, rows, width).transposed(),
        View::new(b, rows, columns),
        Threads::One,
    );
}

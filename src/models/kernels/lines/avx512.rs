//! A tile of queries against all keys, in registers of sixteen numbers.

use std::arch::x86_64::{
    __m512, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm512_add_ps, _mm512_div_ps,
    _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_loadu_ps, _mm512_max_ps, _mm512_mul_ps,
    _mm512_roundscale_ps, _mm512_scalef_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
    _mm512_sub_ps,
};

use super::{GROUP, Line, QUERIES, Tile};

/// Keys whose weights are kept: they stay in the first-level cache.
pub(super) const CHUNK: usize = 16 * GROUP;
/// Numbers of a register.
const LANES: usize = 16;
/// Registers of a tile.
const VECTORS: usize = QUERIES / LANES;

type Vectors = [__m512; VECTORS];

/// `out` has a row a number of a value: Σ_j softmax_j(q · k_j + b_j) v_j for every query. `bias` has a tile a
/// key, so many apart: a whole number of groups.
#[target_feature(enable = "avx512f")]
pub(super) fn attend(
    query: &[Tile],
    line: Line<'_>,
    (bias, apart): (&[Tile], usize),
    weight: &mut [Tile],
    out: &mut [Tile],
) {
    let count = bias.len().div_ceil(apart);
    let mut most = [_mm512_set1_ps(f32::NEG_INFINITY); VECTORS];
    let mut total = [_mm512_setzero_ps(); VECTORS];
    out.fill([0.0; QUERIES]);
    for first in (0..count).step_by(CHUNK) {
        let weight = &mut weight[..CHUNK.min(count - first)];
        let mut top = most;
        for (key, weight) in (first..).step_by(GROUP).zip(weight.chunks_exact_mut(GROUP)) {
            let sums = products(query, &line.keys[key * line.stride..], line.stride);
            for (k, (weight, sum)) in weight.iter_mut().zip(sums).enumerate() {
                let bias = load(&bias[(key + k) * apart]);
                let score = each(|v| _mm512_add_ps(sum[v], bias[v]));
                top = each(|v| _mm512_max_ps(score[v], top[v]));
                store(score, weight);
            }
        }
        // What was summed so far counts from the new top.
        let shrunk = each(|v| exponential(_mm512_sub_ps(most[v], top[v])));
        total = each(|v| _mm512_mul_ps(total[v], shrunk[v]));
        most = top;
        for weight in weight.iter_mut() {
            let score = load(weight);
            let own = each(|v| exponential(_mm512_sub_ps(score[v], top[v])));
            total = each(|v| _mm512_add_ps(total[v], own[v]));
            store(own, weight);
        }
        let values = &line.values[first * line.stride..];
        for (d, out) in out.chunks_exact_mut(GROUP).enumerate() {
            add_values(weight, &values[d * GROUP..], line.stride, shrunk, out);
        }
    }
    for out in out {
        let sum = load(out);
        store(each(|v| _mm512_div_ps(sum[v], total[v])), out);
    }
}

/// q · k of a group of keys.
#[target_feature(enable = "avx512f")]
#[inline]
fn products(query: &[Tile], keys: &[f32], stride: usize) -> [Vectors; GROUP] {
    let mut sums = [[_mm512_setzero_ps(); VECTORS]; GROUP];
    for (at, query) in (0..).step_by(GROUP).zip(query.chunks_exact(GROUP)) {
        let rows: [&[f32; GROUP]; GROUP] = std::array::from_fn(|k| {
            let row = keys[k * stride + at..].first_chunk();
            row.unwrap_or(&[0.0; GROUP])
        });
        for (d, query) in query.iter().enumerate() {
            let query = load(query);
            for (sum, row) in sums.iter_mut().zip(&rows) {
                let key = _mm512_set1_ps(row[d]);
                *sum = each(|v| _mm512_fmadd_ps(key, query[v], sum[v]));
            }
        }
    }
    sums
}

/// A group of sums, shrunk, and w v of all keys.
#[target_feature(enable = "avx512f")]
#[inline]
fn add_values(weight: &[Tile], values: &[f32], stride: usize, shrunk: Vectors, out: &mut [Tile]) {
    let mut sums = [[_mm512_setzero_ps(); VECTORS]; GROUP];
    for (sum, out) in sums.iter_mut().zip(&*out) {
        let before = load(out);
        *sum = each(|v| _mm512_mul_ps(before[v], shrunk[v]));
    }
    for (weight, row) in weight.iter().zip(values.chunks(stride)) {
        let weight = load(weight);
        for (sum, &value) in sums.iter_mut().zip(&row[..GROUP]) {
            let value = _mm512_set1_ps(value);
            *sum = each(|v| _mm512_fmadd_ps(value, weight[v], sum[v]));
        }
    }
    for (sum, out) in sums.into_iter().zip(out) {
        store(sum, out);
    }
}

/// e^x for x ≤ 0, within 3 units in the last place.
#[target_feature(enable = "avx512f")]
#[inline]
fn exponential(x: __m512) -> __m512 {
    const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    let number = |x: f32| _mm512_set1_ps(x);
    // Smaller than any number, and not infinite.
    let x = _mm512_max_ps(x, number(-120.0));
    let n = _mm512_roundscale_ps::<NEAREST>(_mm512_mul_ps(x, number(std::f32::consts::LOG2_E)));
    let r = _mm512_fnmadd_ps(n, number(std::f32::consts::LN_2), x);
    let mut p = number(1.987_569_1e-4);
    for c in [
        1.398_2e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        0.166_666_66,
        0.5,
        1.0,
        1.0,
    ] {
        p = _mm512_fmadd_ps(p, r, number(c));
    }
    _mm512_scalef_ps(p, n)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn each(vector: impl Fn(usize) -> __m512) -> Vectors {
    [vector(0), vector(1)]
}

#[target_feature(enable = "avx512f")]
#[inline]
#[expect(unsafe_code, reason = "loads without checks")]
fn load(tile: &Tile) -> Vectors {
    // SAFETY: a tile is as long as its registers.
    each(|v| unsafe { _mm512_loadu_ps(tile.as_ptr().add(v * LANES)) })
}

#[target_feature(enable = "avx512f")]
#[inline]
#[expect(unsafe_code, reason = "stores without checks")]
fn store(vectors: Vectors, tile: &mut Tile) {
    for (v, vector) in vectors.into_iter().enumerate() {
        // SAFETY: a tile is as long as its registers.
        unsafe { _mm512_storeu_ps(tile.as_mut_ptr().add(v * LANES), vector) };
    }
}

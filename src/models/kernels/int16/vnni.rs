//! The instructions of AVX-512 for sums of products of 16-bit integers.

use std::arch::asm;
use std::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_add_ps, _mm512_cvtepi32_ps, _mm512_loadu_epi16,
    _mm512_loadu_ps, _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_ps,
};
use std::mem::transmute;

use super::{BLOCK, COLUMNS, ROWS, Tile};

/// Columns of a vector register.
const LANES: usize = 16;

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[expect(
    unsafe_code,
    reason = "loads, stores and an instruction without checks"
)]
pub fn add_up(x: &[i16], weights: &[i16], out: &mut Tile) {
    let pairs = weights.len() / (2 * COLUMNS);
    assert_eq!(x.len(), ROWS * 2 * pairs, "rows of a tile");
    for from in (0..pairs).step_by(BLOCK / 2) {
        let mut sums = [[_mm512_setzero_si512(); COLUMNS / LANES]; ROWS];
        for pair in from..pairs.min(from + BLOCK / 2) {
            // SAFETY: `pair` is below the number of pairs of a row and of a panel.
            unsafe {
                let panel = weights.as_ptr().add(pair * 2 * COLUMNS);
                let weights: [__m512i; COLUMNS / LANES] =
                    std::array::from_fn(|j| _mm512_loadu_epi16(panel.add(j * 2 * LANES)));
                for (i, sums) in sums.iter_mut().enumerate() {
                    let x = x.as_ptr().add((i * pairs + pair) * 2).cast::<[i16; 2]>();
                    let x = _mm512_set1_epi32(transmute::<[i16; 2], i32>(*x));
                    for (sum, weights) in sums.iter_mut().zip(weights) {
                        add_products(sum, x, weights);
                    }
                }
            }
        }
        for (out, sums) in out.iter_mut().zip(sums) {
            for (out, sum) in out.chunks_exact_mut(LANES).zip(sums) {
                let mut sum = _mm512_cvtepi32_ps(sum);
                // SAFETY: a register holds as many numbers as a chunk.
                unsafe {
                    if from > 0 {
                        sum = _mm512_add_ps(_mm512_loadu_ps(out.as_ptr()), sum);
                    }
                    _mm512_storeu_ps(out.as_mut_ptr(), sum);
                }
            }
        }
    }
}

/// Starts to load a line of the cache.
#[expect(unsafe_code, reason = "an address that is not read")]
pub fn fetch(line: &[f32]) {
    // SAFETY: any address may be named; it is that of a slice.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
}

/// Not by its intrinsic, which the compiler may take apart into two slower instructions.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[expect(unsafe_code, reason = "one instruction")]
fn add_products(sum: &mut __m512i, x: __m512i, weights: __m512i) {
    // SAFETY: touches nothing but these registers.
    unsafe {
        asm!(
            "vpdpwssd {0}, {1}, {2}",
            inout(zmm_reg) *sum,
            in(zmm_reg) x,
            in(zmm_reg) weights,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
}

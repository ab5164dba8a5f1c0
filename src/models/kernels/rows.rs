//! Operations on rows of `f32` that the compiler vectorises, for the best instruction set that the
//! machine has: chosen at run time, so that one binary runs everywhere and uses AVX-512 where it is.

#![expect(
    clippy::inline_always,
    reason = "a body must be inlined into each copy to be compiled for its instruction set"
)]

use std::ops::Range;

/// Defines a function three times, for AVX-512, for AVX2 with FMA and for the target's baseline, and
/// one that picks. `FUSED` says whether a fused multiply-add is one instruction.
macro_rules! vectorised {
    ($(#[$doc:meta])* $visibility:vis fn $name:ident / $body:ident ($($argument:ident: $type:ty),* $(,)?) $(-> $out:ty)?) => {
        $(#[$doc])*
        #[expect(unsafe_code, reason = "calls a copy of a safe function compiled for an instruction set found at run time")]
        #[allow(unreachable_code, reason = "the last line is for other machines")]
        #[allow(clippy::too_many_arguments, reason = "the caller's own list")]
        $visibility fn $name($($argument: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,fma")]
                fn avx512($($argument: $type),*) $(-> $out)? {
                    $body::<true>($($argument),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($argument: $type),*) $(-> $out)? {
                    $body::<true>($($argument),*)
                }
                if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("fma")
                {
                    // SAFETY: the machine has these instructions.
                    return unsafe { avx512($($argument),*) };
                }
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    // SAFETY: the machine has these instructions.
                    return unsafe { avx2($($argument),*) };
                }
                return $body::<false>($($argument),*);
            }
            $body::<{ cfg!(target_arch = "aarch64") }>($($argument),*)
        }
    };
}

pub(crate) use vectorised;

/// Entries of half a head that are turned at once.
const FEW: usize = 4;
/// Number of partial sums: the widest vector has 16 lanes.
const LANES: usize = 16;

vectorised! {
    /// Adds `bias` to `x` and writes the layer-normalised row to `out`.
    pub(crate) fn add_bias_and_normalise / add_bias_and_normalise_body(
        x: &mut [f32], bias: &[f32], weight: &[f32], offset: &[f32], epsilon: f32, out: &mut [f32],
    )
}

#[inline(always)]
fn add_bias_and_normalise_body<const FUSED: bool>(
    x: &mut [f32],
    bias: &[f32],
    weight: &[f32],
    offset: &[f32],
    epsilon: f32,
    out: &mut [f32],
) {
    for (x, b) in x.iter_mut().zip(bias) {
        *x += b;
    }
    let count = x.len() as f32;
    let mean = sum(x, |v| v) / count;
    let variance = sum(x, |v| (v - mean) * (v - mean)) / count;
    let scale = 1.0 / (variance + epsilon).sqrt();
    for (((out, x), w), o) in out.iter_mut().zip(&*x).zip(weight).zip(offset) {
        *out = fused::<FUSED>((x - mean) * scale, *w, *o);
    }
}

vectorised! {
    /// Adds `bias` and applies the exact GELU, x · Φ(x).
    pub(crate) fn add_bias_and_gelu / add_bias_and_gelu_body(x: &mut [f32], bias: &[f32])
}

#[inline(always)]
fn add_bias_and_gelu_body<const FUSED: bool>(x: &mut [f32], bias: &[f32]) {
    for (x, b) in x.iter_mut().zip(bias) {
        let v = *x + b;
        let half = 0.5 * v;
        *x = fused::<FUSED>(
            half,
            erf::<FUSED>(v * std::f32::consts::FRAC_1_SQRT_2),
            half,
        );
    }
}

vectorised! {
    /// Softmax of a row, in place.
    pub(crate) fn softmax / softmax_body(x: &mut [f32])
}

#[inline(always)]
fn softmax_body<const FUSED: bool>(x: &mut [f32]) {
    let largest = maximum(x);
    for v in x.iter_mut() {
        *v = exp::<FUSED>(*v - largest);
    }
    let scale = 1.0 / sum(x, |v| v);
    for v in x {
        *v *= scale;
    }
}

vectorised! {
    /// Adds `bias` to a row of heads, scales it and turns each head by the rotary angles of its
    /// position: the first half of a head goes with the second ("rotate half").
    pub(crate) fn turn / turn_body(x: &mut [f32], bias: &[f32], scale: f32, cos: &[f32], sin: &[f32])
}

#[inline(always)]
fn turn_body<const FUSED: bool>(x: &mut [f32], bias: &[f32], scale: f32, cos: &[f32], sin: &[f32]) {
    let half = cos.len();
    for (head, bias) in x
        .chunks_exact_mut(2 * half)
        .zip(bias.chunks_exact(2 * half))
    {
        let (first, second) = head.split_at_mut(half);
        let (first_bias, second_bias) = bias.split_at(half);
        let whole = half - half % FEW;
        let (few, rest) = (0..whole, whole..half);
        let biases = |part: &Range<usize>| [&first_bias[part.clone()], &second_bias[part.clone()]];
        let angles = |part: &Range<usize>| [&cos[part.clone()], &sin[part.clone()]];
        let halves = [&mut first[few.clone()], &mut second[few.clone()]];
        turn_by::<FUSED, FEW>(halves, biases(&few), scale, angles(&few));
        let halves = [&mut first[rest.clone()], &mut second[rest.clone()]];
        turn_by::<FUSED, 1>(halves, biases(&rest), scale, angles(&rest));
    }
}

/// Turns both halves of a head, `N` entries at once: it may be narrower than the widest vectors.
#[inline(always)]
fn turn_by<const FUSED: bool, const N: usize>(
    [first, second]: [&mut [f32]; 2],
    biases: [&[f32]; 2],
    scale: f32,
    angles: [&[f32]; 2],
) {
    let halves = first
        .as_chunks_mut::<N>()
        .0
        .iter_mut()
        .zip(second.as_chunks_mut::<N>().0);
    let [first_bias, second_bias] = biases.map(|b| b.as_chunks::<N>().0);
    let [cos, sin] = angles.map(|a| a.as_chunks::<N>().0);
    let known = first_bias.iter().zip(second_bias).zip(cos.iter().zip(sin));
    for ((first, second), ((first_bias, second_bias), (cos, sin))) in halves.zip(known) {
        let a: [f32; N] = std::array::from_fn(|i| (first[i] + first_bias[i]) * scale);
        let b: [f32; N] = std::array::from_fn(|i| (second[i] + second_bias[i]) * scale);
        *first = std::array::from_fn(|i| a[i] * cos[i] - b[i] * sin[i]);
        *second = std::array::from_fn(|i| fused::<FUSED>(b[i], cos[i], a[i] * sin[i]));
    }
}

#[inline(always)]
pub(crate) fn fused<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

#[inline(always)]
pub(crate) fn sum(x: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().map(|&v| term(v)).sum();
    for chunk in chunks {
        for (lane, &v) in lanes.iter_mut().zip(chunk) {
            *lane += term(v);
        }
    }
    lanes.iter().sum::<f32>() + rest
}

#[inline(always)]
fn maximum(x: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest = chunks
        .remainder()
        .iter()
        .fold(f32::NEG_INFINITY, |a, &v| if v > a { v } else { a });
    for chunk in chunks {
        for (lane, &v) in lanes.iter_mut().zip(chunk) {
            *lane = if v > *lane { v } else { *lane };
        }
    }
    let larger = |a, b| if a > b { a } else { b };
    larger(folded(lanes, larger), rest)
}

/// All lanes as one number, by halves: fewer steps that wait for each other than one by one.
#[inline(always)]
fn folded(lanes: [f32; LANES], both: impl Fn(f32, f32) -> f32) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|i| both(lanes[i], lanes[i + 8]));
    let four: [f32; 4] = std::array::from_fn(|i| both(eight[i], eight[i + 4]));
    both(both(four[0], four[2]), both(four[1], four[3]))
}

/// e^x for x ≤ 0, within 2 units in the last place; 0 below −87.
#[inline(always)]
fn exp<const FUSED: bool>(x: f32) -> f32 {
    // 1.5 · 2²³: adding it rounds to an integer, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts, the first exact in a product with a small integer.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let tiny = x < -87.0;
    let x = if tiny { -87.0 } else { x };
    let shifted = fused::<FUSED>(x, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = fused::<FUSED>(n, -LN_2_HIGH, x);
    let r = fused::<FUSED>(n, -LN_2_LOW, r);
    let mut p = 1.987_569_1e-4;
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5] {
        p = fused::<FUSED>(p, r, c);
    }
    let p = fused::<FUSED>(p * r, r, r) + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    if tiny { 0.0 } else { p * power }
}

/// The error function, within 3e-7: a rational function, odd in x, constant beyond |x| = 4.
#[inline(always)]
pub(crate) fn erf<const FUSED: bool>(x: f32) -> f32 {
    const ABOVE: [f32; 6] = [
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const BELOW: [f32; 4] = [
        -2.133_740_6e-4,
        -1.682_827e-3,
        -7.373_329_2e-3,
        -1.426_473_9e-2,
    ];
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let mut above = -2.726_142_3e-10;
    for c in ABOVE {
        above = fused::<FUSED>(above, square, c);
    }
    let mut below = -1.456_607_2e-5;
    for c in BELOW {
        below = fused::<FUSED>(below, square, c);
    }
    x * above / below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_follows_the_library() {
        for i in 0..8700 {
            let x = -(i as f32) * 0.01;
            let (ours, exact) = (exp::<false>(x), f64::from(x).exp());
            assert!((f64::from(ours) / exact - 1.0).abs() < 3e-7, "{x}");
            let with_fma = exp::<true>(x);
            assert!((f64::from(with_fma) / exact - 1.0).abs() < 3e-7, "{x}");
        }
        assert_eq!(exp::<false>(f32::NEG_INFINITY).to_bits(), 0);
    }

    #[test]
    fn erf_follows_the_series() {
        for i in -500..=500 {
            let x = f64::from(i) * 0.01;
            let exact = erf_by_integration(x);
            assert!(
                (f64::from(erf::<false>(x as f32)) - exact).abs() < 5e-7,
                "{x}"
            );
        }
    }

    fn erf_by_integration(x: f64) -> f64 {
        let steps = 2000;
        let h = x / f64::from(steps);
        let f = |t: f64| (-t * t).exp();
        let inner: f64 = (0..steps)
            .map(|i| {
                let a = f64::from(i) * h;
                f(a) + 4.0 * f(a + 0.5 * h) + f(a + h)
            })
            .sum();
        inner * h / 6.0 * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn every_instruction_set_gives_the_same_row() {
        let row: Vec<f32> = (0..37).map(|i| ((i * 7) % 13) as f32 * 0.3 - 2.0).collect();
        let mut picked = row.clone();
        let mut plain = row.clone();
        softmax(&mut picked);
        softmax_body::<false>(&mut plain);
        for (a, b) in picked.iter().zip(&plain) {
            assert!((a - b).abs() < 1e-7);
        }
        assert!((plain.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let (mut picked, mut plain) = (row.clone(), row);
        let bias = vec![0.1; 37];
        add_bias_and_gelu(&mut picked, &bias);
        add_bias_and_gelu_body::<false>(&mut plain, &bias);
        for (a, b) in picked.iter().zip(&plain) {
            assert!((a - b).abs() < 1e-6);
        }
    }

    #[test]
    fn a_normalised_row_has_mean_0_and_variance_1() {
        let mut x: Vec<f32> = (0..21).map(|i| i as f32).collect();
        let (zeros, ones) = (vec![0.0; 21], vec![1.0; 21]);
        let mut out = vec![0.0; 21];
        add_bias_and_normalise(&mut x, &ones, &ones, &zeros, 1e-5, &mut out);
        assert!((x[0] - 1.0).abs() < 1e-6);
        assert!(out.iter().sum::<f32>().abs() < 1e-5);
        assert!((out.iter().map(|v| v * v).sum::<f32>() / 21.0 - 1.0).abs() < 1e-5);
    }

    #[test]
    fn turning_keeps_lengths_and_adds_angles() {
        let (cos, sin) = ([0.6_f32, 1.0], [0.8_f32, 0.0]);
        let mut x = [1.0, 2.0, 0.0, 3.0];
        turn(&mut x, &[0.0; 4], 2.0, &cos, &sin);
        for (a, b) in x.iter().zip([1.2, 4.0, 1.6, 6.0]) {
            assert!((a - b).abs() < 1e-6);
        }
        let angles: Vec<f32> = (0..6).map(|i| i as f32 * 0.7).collect();
        let (cos, sin): (Vec<f32>, Vec<f32>) = angles.iter().map(|a| (a.cos(), a.sin())).unzip();
        let mut x: Vec<f32> = (0..12).map(|i| i as f32).collect();
        turn(&mut x, &[1.0; 12], 0.5, &cos, &sin);
        for i in 0..6 {
            let (a, b) = ((i as f32 + 1.0) * 0.5, (i as f32 + 7.0) * 0.5);
            assert!((x[i] - (a * cos[i] - b * sin[i])).abs() < 1e-5, "{i}");
            assert!((x[i + 6] - (b * cos[i] + a * sin[i])).abs() < 1e-5, "{i}");
        }
    }
}

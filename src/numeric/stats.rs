//! Pearson and Spearman correlation, ranks, quantiles, bootstrap intervals.
//!
//! NaN marks a missing value: pairs and entries with one are left out.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The pairs of which both values are finite.
#[must_use]
pub fn finite_pairs(a: &[f64], b: &[f64]) -> (Vec<f64>, Vec<f64>) {
    a.iter()
        .zip(b)
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .map(|(x, y)| (*x, *y))
        .unzip()
}

/// Arithmetic mean of the finite values; NaN when there are none.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    let (sum, n) = values
        .iter()
        .filter(|x| x.is_finite())
        .fold((0.0, 0_usize), |(s, n), x| (s + x, n + 1));
    if n == 0 { f64::NAN } else { sum / n as f64 }
}

/// Pearson's r over finite pairs; NaN for fewer than two or without spread.
#[must_use]
pub fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = finite_pairs(a, b);
    let (ma, mb) = (mean(&a), mean(&b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(&b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    // Rounding leaves some spread even where all values are equal.
    let flat = |ss: f64, m: f64| ss <= 1e-24 * (m * m) * a.len() as f64;
    if a.len() < 2 || flat(aa, ma) || flat(bb, mb) {
        return f64::NAN;
    }
    (ab / (aa * bb).sqrt()).clamp(-1.0, 1.0)
}

/// Spearman's ρ over finite pairs, ties at their average rank.
#[must_use]
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = finite_pairs(a, b);
    pearson(&ranks(&a), &ranks(&b))
}

/// Ranks from 1, ties at their average; NaN stays NaN and takes no rank.
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&i| !values[i].is_nan()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![f64::NAN; values.len()];
    let mut first = 0;
    while first < order.len() {
        let value = values[order[first]];
        let tied = order[first..]
            .iter()
            .take_while(|&&i| values[i].total_cmp(&value).is_eq())
            .count();
        // Ranks first + 1 ..= first + tied.
        let average = f64::midpoint((first + 1) as f64, (first + tied) as f64);
        for &i in &order[first..first + tied] {
            ranks[i] = average;
        }
        first += tied;
    }
    ranks
}

/// The quantile `q` (0 to 1) of the finite values, interpolated linearly; NaN when there are none.
#[must_use]
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = q.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

/// The median of the finite values; NaN when there are none.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The factor f that makes Σ |yᵢ − f xᵢ| least, over finite pairs with xᵢ > 0: a straight line through
/// the origin that outliers do not turn. `None` when there is no such pair.
#[must_use]
pub fn robust_factor(x: &[f64], y: &[f64]) -> Option<f64> {
    let mut ratios: Vec<(f64, f64)> = x
        .iter()
        .zip(y)
        .filter(|(x, y)| x.is_finite() && y.is_finite() && **x > 0.0)
        .map(|(x, y)| (y / x, *x))
        .collect();
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = ratios.iter().map(|r| r.1).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    ratios
        .into_iter()
        .find(|r| {
            sum += r.1;
            sum >= half
        })
        .map(|r| r.0)
}

/// The interval that holds `level` (such as 0.95) of the means of `rounds` resamplings of the finite
/// values: a percentile bootstrap, the same for the same seed. NaN when there are no values.
#[must_use]
pub fn bootstrap_interval(values: &[f64], level: f64, rounds: usize, seed: u64) -> (f64, f64) {
    bootstrap_interval_of(values, mean, level, rounds, seed)
}

/// [`bootstrap_interval`] of another statistic, such as [`median`].
#[must_use]
pub fn bootstrap_interval_of(
    values: &[f64],
    statistic: impl Fn(&[f64]) -> f64,
    level: f64,
    rounds: usize,
    seed: u64,
) -> (f64, f64) {
    let values: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    if values.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = vec![0.0; values.len()];
    let statistics: Vec<f64> = (0..rounds)
        .map(|_| {
            for d in &mut drawn {
                *d = values[rng.random_range(0..values.len())];
            }
            statistic(&drawn)
        })
        .collect();
    let tail = (1.0 - level) / 2.0;
    (
        quantile(&statistics, tail),
        quantile(&statistics, 1.0 - tail),
    )
}

/// How often at least `k` of `n` independent events happen that are each as likely as `p`.
#[must_use]
pub fn binomial_tail(n: usize, k: usize, p: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if k > n || p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    let odds = (p / (1.0 - p)).ln();
    // In logarithms, as a term may be smaller than any float.
    let mut term = n as f64 * (1.0 - p).ln();
    let mut sum = 0.0;
    for i in 0..=n {
        if i >= k {
            sum += term.exp();
        }
        term += ((n - i) as f64 / (i + 1) as f64).ln() + odds;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_average_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        let with_gap = ranks(&[2.0, f64::NAN, 1.0]);
        assert_eq!((with_gap[0], with_gap[2]), (2.0, 1.0));
        assert!(with_gap[1].is_nan());
    }

    #[test]
    fn correlations_of_known_lists() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0], [1.0, 4.0, 9.0, 16.0]);
        assert!((pearson(&a, &b) - 0.984_374_038_697_608_2).abs() < 1e-12);
        assert!((spearman(&a, &b) - 1.0).abs() < 1e-12);
        assert!(
            (spearman(&[1.0, 2.0, 2.0, 3.0], &[4.0, 3.0, 1.0, 2.0]) + 0.632_455_532_033_675_9)
                .abs()
                < 1e-12
        );
        assert!((pearson(&[1.0, f64::NAN, 2.0, 3.0], &[3.0, 9.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
        assert!(pearson(&[1.0, 1.0], &[1.0, 2.0]).is_nan());
        assert!(pearson(&[1.0], &[2.0]).is_nan());
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(quantile(&[1.0, 2.0, 3.0, f64::NAN], 0.25), 1.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_bootstrap_interval_holds_the_mean_and_repeats() {
        let values: Vec<f64> = (0..50).map(|i| f64::from(i % 7)).collect();
        let (low, high) = bootstrap_interval(&values, 0.95, 500, 7);
        assert!(low < mean(&values) && mean(&values) < high);
        assert_eq!((low, high), bootstrap_interval(&values, 0.95, 500, 7));
    }

    #[test]
    fn one_outlier_does_not_turn_the_line() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0];
        let y = [2.0, 4.0, 6.0, 800.0, 10.0];
        assert_eq!(robust_factor(&x, &y), Some(2.0));
        assert_eq!(robust_factor(&[0.0], &[1.0]), None);
    }

    #[test]
    fn tails_of_the_binomial_distribution() {
        assert_eq!(binomial_tail(5, 0, 0.3), 1.0);
        assert!((binomial_tail(2, 1, 0.5) - 0.75).abs() < 1e-12);
        assert!((binomial_tail(5, 5, 0.06) - 0.06_f64.powi(5)).abs() < 1e-18);
        // By the exact sum in rational arithmetic.
        assert!((binomial_tail(76, 10, 0.06) - 0.015_292_999_384_464_755).abs() < 1e-12);
        assert!(binomial_tail(5000, 4900, 0.07) < 1e-300);
        assert_eq!(binomial_tail(3, 4, 0.5), 0.0);
    }
}

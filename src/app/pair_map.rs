//! Pair maps as the coupling panel shows them: averaged, coloured, in the order of the domains.

use std::collections::BTreeMap;

use crate::numeric::stats::quantile;
use crate::numeric::{Matrix, Pyramid};

/// A pair map with its averages, as the coupling panel shows it.
#[derive(Debug, Clone)]
pub struct PairMap {
    /// (N, N).
    pub matrix: Matrix,
    pub pyramid: Pyramid,
}

impl PairMap {
    pub(super) fn new(matrix: Matrix) -> Self {
        Self {
            pyramid: Pyramid::new(&matrix),
            matrix,
        }
    }

    /// Rows and columns in another order.
    #[must_use]
    pub fn reordered(matrix: &Matrix, order: &[usize]) -> Self {
        let n = order.len();
        Self::new(Matrix::from_fn(n, n, |i, j| matrix[(order[i], order[j])]))
    }
}

/// Entries that a limit of colours is estimated from.
const SAMPLED: usize = 60_000;

/// The value with the strongest colour on a map from −1 to 1: the 99th percentile of the absolute entries
/// further than two off the diagonal, in whole tenths, at least 0.2.
#[must_use]
pub fn color_limit(matrix: &Matrix) -> f64 {
    let n = matrix.rows().min(matrix.columns());
    let stride = (n * n / SAMPLED).max(1) | 1;
    let sampled: Vec<f64> = (0..n * n)
        .step_by(stride)
        .map(|k| (k / n, k % n))
        .filter(|(i, j)| i.abs_diff(*j) > 2)
        .map(|(i, j)| matrix[(i, j)].abs())
        .collect();
    let limit = (quantile(&sampled, 0.99) * 10.0).ceil() / 10.0;
    if limit.is_finite() {
        limit.clamp(0.2, 1.0)
    } else {
        1.0
    }
}

/// Residues by dynamic domain, along the chain within each; `None` without domains.
#[must_use]
pub fn domain_order(domains: &[Option<usize>]) -> Option<Vec<usize>> {
    domains.iter().flatten().max().filter(|d| **d > 0)?;
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (residue, domain) in domains.iter().enumerate() {
        // What belongs to none comes last.
        let group = domain.unwrap_or(usize::MAX);
        groups.entry(group).or_default().push(residue);
    }
    Some(groups.into_values().flatten().collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn domains_are_put_together() {
        let domains = [Some(1), Some(0), None, Some(1), Some(0)];
        assert_eq!(domain_order(&domains).unwrap(), [1, 4, 0, 3, 2]);
        assert_eq!(domain_order(&[Some(0), Some(0)]), None);
        assert_eq!(domain_order(&[]), None);
    }

    #[test]
    fn a_reordered_map_keeps_its_pairs() {
        let matrix = Matrix::from_fn(3, 3, |i, j| (10 * i + j) as f64);
        let map = PairMap::reordered(&matrix, &[2, 0, 1]);
        assert_eq!(map.matrix[(0, 1)], 20.0);
        assert_eq!(map.matrix[(1, 2)], 1.0);
    }

    #[test]
    fn colours_reach_as_far_as_the_values() {
        let weak = Matrix::from_fn(40, 40, |i, j| if i == j { 1.0 } else { 0.27 });
        assert_eq!(color_limit(&weak), 0.3);
        assert_eq!(color_limit(&Matrix::filled(9, 9, 0.0)), 0.2);
        assert_eq!(color_limit(&Matrix::filled(1, 1, 1.0)), 1.0);
    }
}

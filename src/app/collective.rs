//! What is derived from the whole Gaussian for the screen: modes to play, who answers pushes, a second
//! source to compare with, and the residues in the order of their domains.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::results::Dynamics;
use crate::analysis::Source;
use crate::analysis::flexibility::ModeShape;
use crate::numeric::stats::quantile;
use crate::numeric::{Matrix, Pyramid, Vec3};
use crate::study::CollectiveReport;

/// Modes and responses of the dynamics of one source.
#[derive(Debug, Clone)]
pub struct Collective {
    report: Arc<CollectiveReport>,
    /// Sum of the mean square displacements of all residues in Å².
    total_angstrom2: f64,
}

impl Collective {
    /// Of a finished report; `None` when it is of another length.
    #[must_use]
    pub fn new(report: &Arc<CollectiveReport>, dynamics: &Dynamics) -> Option<Self> {
        let rmsf = dynamics.rmsf_angstrom();
        if report.responses.effectiveness.len() != rmsf.len() {
            return None;
        }
        let squares = rmsf.iter().filter(|r| r.is_finite()).map(|r| r * r);
        Some(Self {
            report: Arc::clone(report),
            total_angstrom2: squares.sum(),
        })
    }

    /// The report itself.
    #[must_use]
    pub fn report(&self) -> &CollectiveReport {
        &self.report
    }

    /// The mode of that 0-based number, if it has directions.
    #[must_use]
    pub fn mode(&self, number: usize) -> Option<&ModeShape> {
        let mode = self.report().modes.get(number)?;
        mode.displacement
            .iter()
            .any(Option::is_some)
            .then_some(mode)
    }

    /// The part of all motion that a mode is, 0 to 1.
    #[must_use]
    pub fn share(&self, mode: &ModeShape) -> f64 {
        (mode.variance_angstrom2 / self.total_angstrom2).clamp(0.0, 1.0)
    }
}

/// Where the atoms are when a mode has swung by so many standard deviations.
#[must_use]
pub fn swung(points: &[Option<Vec3>], mode: &ModeShape, deviations: f64) -> Vec<Option<Vec3>> {
    let length = mode.variance_angstrom2.max(0.0).sqrt() * deviations;
    points
        .iter()
        .zip(&mode.displacement)
        .map(|(point, step)| Some((*point)? + step.unwrap_or_default() * length))
        .collect()
}

/// A pair map with its averages, as the coupling panel shows it.
#[derive(Debug, Clone)]
pub struct PairMap {
    /// (N, N).
    pub matrix: Matrix,
    /// Its averages.
    pub pyramid: Pyramid,
}

impl PairMap {
    fn new(matrix: Matrix) -> Self {
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

/// The correlation of one source less that of another.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Minuend and subtrahend.
    pub of: (Source, Source),
    /// The difference.
    pub map: PairMap,
    /// The value with the strongest colour.
    pub limit: f64,
}

impl Difference {
    /// `None` for dynamics of different length.
    #[must_use]
    pub fn new(first: &Dynamics, second: &Dynamics) -> Option<Self> {
        let (a, b) = (first.correlation(), second.correlation());
        if a.rows() != b.rows() {
            return None;
        }
        let matrix = Matrix::from_fn(a.rows(), a.columns(), |i, j| a[(i, j)] - b[(i, j)]);
        Some(Self {
            of: (first.source(), second.source()),
            limit: color_limit(&matrix),
            map: PairMap::new(matrix),
        })
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

    #[test]
    fn a_mode_swings_by_its_standard_deviation() {
        let mode = ModeShape {
            variance_angstrom2: 4.0,
            eigenvalue: None,
            displacement: vec![Some(Vec3::x()), None],
            amplitude: vec![1.0, f64::NAN],
            collectivity: 0.5,
        };
        let points = [Some(Vec3::zeros()), Some(Vec3::y())];
        let moved = swung(&points, &mode, -1.5);
        assert_eq!(moved, [Some(Vec3::new(-3.0, 0.0, 0.0)), Some(Vec3::y())]);
    }
}

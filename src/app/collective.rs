//! What is derived from the whole Gaussian for the screen: modes to play, who answers pushes, a second
//! source to compare with, and the residues in the order of their domains.

use std::sync::Arc;

use super::dynamics::Dynamics;
use super::pair_map::{PairMap, color_limit};
use crate::analysis::Source;
use crate::analysis::flexibility::ModeShape;
use crate::numeric::{Matrix, Vec3};
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

/// The correlation of one source less that of another.
#[derive(Debug, Clone)]
pub struct Difference {
    pub of: (Source, Source),
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

#[cfg(test)]
mod tests {
    use super::*;

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

//! Functions of symmetric positive definite 3 × 3 matrices: power, logarithm, distances.

use nalgebra::Matrix3;

use super::{Covariance3, Vec3};

/// Å²; smaller eigenvalues count as this in logarithms, so that a flat covariance has one.
pub const LOG_FLOOR_ANGSTROM2: f64 = 1e-6;

/// Smaller eigenvalues count as this part of the largest in powers.
const POWER_FLOOR: f64 = 1e-12;

/// Eigenvalues, largest first, and their eigenvectors as columns.
#[must_use]
pub fn eigen3(m: &Matrix3<f64>) -> (Vec3, Matrix3<f64>) {
    let symmetric = (m + m.transpose()) * 0.5;
    if !symmetric.iter().all(|x| x.is_finite()) {
        return (Vec3::repeat(f64::NAN), Matrix3::identity());
    }
    let eigen = symmetric.symmetric_eigen();
    let mut order = [0, 1, 2];
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let values = Vec3::from_fn(|k, _| eigen.eigenvalues[order[k]]);
    let vectors = Matrix3::from_fn(|r, k| eigen.eigenvectors[(r, order[k])]);
    (values, vectors)
}

fn map3(m: &Matrix3<f64>, f: impl Fn(f64) -> f64) -> Matrix3<f64> {
    let (values, vectors) = eigen3(m);
    vectors * Matrix3::from_diagonal(&values.map(f)) * vectors.transpose()
}

/// mᵖ; eigenvalues are floored at a 10⁻¹² of the largest. The zero matrix stays zero.
#[must_use]
pub fn power3(m: &Matrix3<f64>, p: f64) -> Matrix3<f64> {
    let largest = eigen3(m).0[0];
    if largest <= 0.0 {
        return Matrix3::zeros();
    }
    map3(m, |x| x.max(POWER_FLOOR * largest).powf(p))
}

/// The matrix logarithm; eigenvalues are floored at [`LOG_FLOOR_ANGSTROM2`].
#[must_use]
pub fn log3(m: &Matrix3<f64>) -> Matrix3<f64> {
    map3(m, |x| x.max(LOG_FLOOR_ANGSTROM2).ln())
}

/// ‖log a − log b‖ (Frobenius).
#[must_use]
pub fn log_frobenius(a: &Covariance3, b: &Covariance3) -> f64 {
    (log3(a) - log3(b)).norm()
}

/// Mean of the two Kullback–Leibler divergences between N(0, a) and N(0, b), in nat.
#[must_use]
pub fn symmetric_kl(a: &Covariance3, b: &Covariance3) -> f64 {
    let inverse = |m: &Covariance3| map3(m, |x| x.max(LOG_FLOOR_ANGSTROM2).recip());
    ((inverse(a) * b).trace() + (inverse(b) * a).trace() - 6.0) / 4.0
}

/// The Wasserstein distance between N(0, a) and N(0, b) in Å:
/// sqrt(tr(a + b − 2 (a^½ b a^½)^½)).
#[must_use]
pub fn rmwd(a: &Covariance3, b: &Covariance3) -> f64 {
    let root = power3(a, 0.5);
    let cross = power3(&(root * b * root), 0.5);
    (a.trace() + b.trace() - 2.0 * cross.trace())
        .max(0.0)
        .sqrt()
}

/// Two largest eigenvalues closer than this part of the larger are the same.
const SAME_EIGENVALUE: f64 = 1e-6;

/// Angle between the main axes of `a` and `b` in degrees, 0 to 90; NaN where one of them, a sphere or a
/// disc, has none.
#[must_use]
pub fn axis_angle_degrees(a: &Covariance3, b: &Covariance3) -> f64 {
    let axis = |m: &Covariance3| {
        let (values, vectors) = eigen3(m);
        let is_alone = values[0] - values[1] > SAME_EIGENVALUE * values[0];
        is_alone.then(|| vectors.column(0).into_owned())
    };
    let Some((a, b)) = axis(a).zip(axis(b)) else {
        return f64::NAN;
    };
    a.dot(&b).abs().min(1.0).acos().to_degrees()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Covariance3 {
        let root = Matrix3::new(1.0, 0.2, 0.0, -0.3, 0.5, 0.1, 0.4, 0.0, 0.3);
        root * root.transpose()
    }

    #[test]
    fn powers_and_logarithms_undo_each_other() {
        let m = example();
        let half = power3(&m, 0.5);
        assert!((half * half - m).norm() < 1e-12);
        assert!((power3(&m, -0.5) * half - Matrix3::identity()).norm() < 1e-10);
        assert!((map3(&log3(&m), f64::exp) - m).norm() < 1e-12);
    }

    #[test]
    fn distances_vanish_between_equals_and_know_spheres() {
        let m = example();
        assert!(log_frobenius(&m, &m) < 1e-12);
        assert!(symmetric_kl(&m, &m).abs() < 1e-12);
        assert!(rmwd(&m, &m) < 1e-6);
        let (a, b) = (Covariance3::identity(), Covariance3::identity() * 4.0);
        assert!((log_frobenius(&a, &b) - 4f64.ln() * 3f64.sqrt()).abs() < 1e-12);
        assert!((symmetric_kl(&a, &b) - (12.0 + 0.75 - 6.0) / 4.0).abs() < 1e-12);
        assert!((rmwd(&a, &b) - 3f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn eigenvalues_come_largest_first() {
        let (values, vectors) = eigen3(&Matrix3::from_diagonal(&Vec3::new(1.0, 3.0, 2.0)));
        assert_eq!(values, Vec3::new(3.0, 2.0, 1.0));
        assert!((vectors.column(0).y.abs() - 1.0).abs() < 1e-12);
        let y = Matrix3::from_diagonal(&Vec3::new(1.0, 3.0, 2.0));
        let x = Matrix3::from_diagonal(&Vec3::new(3.0, 1.0, 2.0));
        assert!((axis_angle_degrees(&x, &y) - 90.0).abs() < 1e-9);
    }
}

//! How far each residue moves and which way: anisotropy, principal axes, modes, hinges, domains.

mod domains;
mod modes;

pub use domains::domains;
pub use modes::{
    ModeShape, collectivity, hinges, leading_mode, principal_components, sign_changes,
};

use super::gaussian::GaussianDynamics;
use crate::numeric::spd::eigen3;
use crate::numeric::{Covariance3, Profile, Vec3};

/// Anisotropy as crystallographers give it: the smallest eigenvalue over the largest, 1 = the same in
/// every direction, 0 = flat or along a line. NaN for a residue that does not move.
#[must_use]
pub fn anisotropy(covariance: &Covariance3) -> f64 {
    let (values, _) = eigen3(covariance);
    if values[0] > 0.0 {
        (values[2] / values[0]).clamp(0.0, 1.0)
    } else {
        f64::NAN
    }
}

/// [`anisotropy`] of every residue, NaN where there is no marginal.
#[must_use]
pub fn anisotropies(dynamics: &GaussianDynamics) -> Profile {
    dynamics
        .marginals
        .iter()
        .map(|m| m.as_ref().map_or(f64::NAN, anisotropy))
        .collect()
}

/// The direction in which a residue moves most (length 1, either sign) and its standard deviation
/// there in Å.
#[must_use]
pub fn principal_axis(covariance: &Covariance3) -> (Vec3, f64) {
    let (values, vectors) = eigen3(covariance);
    (vectors.column(0).into_owned(), values[0].max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sphere_is_isotropic_and_a_needle_is_not() {
        assert!((anisotropy(&Covariance3::identity()) - 1.0).abs() < 1e-12);
        let needle = Covariance3::from_diagonal(&Vec3::new(0.1, 4.0, 0.2));
        assert!((anisotropy(&needle) - 0.025).abs() < 1e-12);
        let (axis, deviation) = principal_axis(&needle);
        assert!((axis.y.abs() - 1.0).abs() < 1e-12 && (deviation - 2.0).abs() < 1e-12);
        assert!(anisotropy(&Covariance3::zeros()).is_nan());
    }
}

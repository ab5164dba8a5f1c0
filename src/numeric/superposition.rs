//! Points laid over points: the rotation and shift of least squares (Kabsch).

use nalgebra::Matrix3;

use super::Vec3;

/// A rotation about a point and a shift: `p` goes to `rotation * (p − from) + to`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Superposition {
    pub rotation: Matrix3<f64>,
    /// The weighted centre of what is moved, in Å.
    pub from: Vec3,
    /// The weighted centre of the target, in Å.
    pub to: Vec3,
}

impl Superposition {
    /// The one that brings `moving` nearest to `target`, each pair by its weight; points that span less
    /// than a plane are shifted only as far as they say.
    #[must_use]
    pub fn new(moving: &[Vec3], target: &[Vec3], weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let centre = |points: &[Vec3]| {
            let weighted = points.iter().zip(weights).map(|(p, w)| p * *w);
            weighted.sum::<Vec3>() / total
        };
        let (from, to) = (centre(moving), centre(target));
        let mut cross = Matrix3::zeros();
        for ((p, q), w) in moving.iter().zip(target).zip(weights) {
            cross += (q - to) * (p - from).transpose() * *w;
        }
        Self {
            rotation: nearest_rotation(cross),
            from,
            to,
        }
    }

    #[must_use]
    pub fn moved(&self, p: Vec3) -> Vec3 {
        self.rotation * (p - self.from) + self.to
    }
}

/// The rotation R with the largest tr(Rᵀ cross), never a reflection.
fn nearest_rotation(cross: Matrix3<f64>) -> Matrix3<f64> {
    let svd = cross.svd(true, true);
    let (Some(u), Some(vt)) = (svd.u, svd.v_t) else {
        return Matrix3::identity();
    };
    let mut order = [0, 1, 2];
    order.sort_by(|&a, &b| svd.singular_values[b].total_cmp(&svd.singular_values[a]));
    let mut sign = Vec3::repeat(1.0);
    sign[order[2]] = (u * vt).determinant().signum();
    u * Matrix3::from_diagonal(&sign) * vt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_copy_comes_back_and_a_mirror_image_does_not() {
        let points: Vec<Vec3> = (0..7)
            .map(f64::from)
            .map(|t| Vec3::new(t.cos(), 2.0 * t.sin(), 0.3 * t * t))
            .collect();
        let turn = nalgebra::Rotation3::from_euler_angles(0.4, -1.1, 2.0);
        let away = |p: &Vec3| turn * p + Vec3::new(3.0, -5.0, 8.0);
        let moving: Vec<Vec3> = points.iter().map(away).collect();
        let weights: Vec<f64> = (1..=7).map(f64::from).collect();
        let back = Superposition::new(&moving, &points, &weights);
        for (m, p) in moving.iter().zip(&points) {
            assert!((back.moved(*m) - p).norm() < 1e-9);
        }
        let mirrored: Vec<Vec3> = points.iter().map(|p| Vec3::new(-p.x, p.y, p.z)).collect();
        let found = Superposition::new(&mirrored, &points, &weights);
        assert!((found.rotation.determinant() - 1.0).abs() < 1e-9);
    }
}

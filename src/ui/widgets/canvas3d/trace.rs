//! The smooth curve through the Cα atoms, and the outline of an ellipsoid.

use ratatui::style::Color;

use super::projection::View;
use super::raster::Raster;
use crate::numeric::{Covariance3, Vec3};

/// Å between Cα atoms above which neighbours are not joined.
const BOND_LIMIT: f64 = 4.5;

/// Dots: a rod has no larger radius.
const WIDEST: f64 = 9.0;

/// Draws the curve; `look` gives a residue's colour and radius in Å.
pub(super) fn draw(
    raster: &mut Raster,
    view: &View,
    points: &[Option<Vec3>],
    bonded: &[bool],
    look: &dyn Fn(usize) -> (Color, f64),
) {
    let joined = |i: usize| -> bool {
        let (Some(Some(a)), Some(Some(b))) = (points.get(i), points.get(i + 1)) else {
            return false;
        };
        bonded
            .get(i)
            .copied()
            .unwrap_or_else(|| (b - a).norm() <= BOND_LIMIT)
    };
    for (i, here) in points.iter().enumerate() {
        let Some(p1) = *here else { continue };
        let (color, radius) = look(i);
        let before = i > 0 && joined(i - 1);
        if !joined(i) {
            if !before {
                raster.ball(view, p1, radius, 0.9, color);
            }
            continue;
        }
        let Some(p2) = points[i + 1] else { continue };
        let p0 = if before { points[i - 1] } else { None }.unwrap_or(2.0 * p1 - p2);
        let after = if joined(i + 1) { points[i + 2] } else { None };
        let p3 = after.unwrap_or(2.0 * p2 - p1);
        let (next_color, next_radius) = look(i + 1);
        let (a, b) = (view.project(p1), view.project(p2));
        let length = (b.x - a.x).hypot(b.y - a.y);
        // The curve swings out by less than half a bond.
        let reach = BOND_LIMIT / 2.0 * view.pixels_an_angstrom(a.z.max(b.z));
        if !length.is_finite() || raster.misses(a, b, reach + 10.0 * raster.dot) {
            continue;
        }
        // Balls a quarter of their radius apart make an even rod.
        let widest = WIDEST * raster.dot;
        let thick = |radius: f64, z: f64| (radius * view.pixels_an_angstrom(z)).min(widest);
        let apart = (thick(radius.min(next_radius), a.z.min(b.z)) / 4.0).max(0.6);
        let steps = ((length / apart).ceil() as usize).clamp(2, 200);
        for k in 0..steps {
            let t = k as f64 / steps as f64;
            let p = view.project(spline(p0, p1, p2, p3, t));
            let color = if t < 0.5 { color } else { next_color };
            let thick = thick(radius + (next_radius - radius) * t, p.z);
            raster.disc(p, thick, view.aspect(), color);
        }
    }
}

/// Catmull–Rom: through p1 at 0 and p2 at 1.
fn spline(p0: Vec3, p1: Vec3, p2: Vec3, p3: Vec3, t: f64) -> Vec3 {
    let (t2, t3) = (t * t, t * t * t);
    0.5 * (2.0 * p1
        + (p2 - p0) * t
        + (2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3) * t2
        + (3.0 * p1 - p0 - 3.0 * p2 + p3) * t3)
}

/// The principal direction times its standard deviation.
pub(super) fn principal_axis(covariance: &Covariance3) -> Vec3 {
    let eigen = covariance.symmetric_eigen();
    let most = eigen.eigenvalues.imax();
    eigen.eigenvectors.column(most) * eigen.eigenvalues[most].max(0.0).sqrt()
}

/// The three ellipses in which the one-sigma ellipsoid meets its principal planes.
pub(super) fn rings(covariance: &Covariance3) -> Vec<Vec<Vec3>> {
    let eigen = covariance.symmetric_eigen();
    let axis = |i: usize| eigen.eigenvectors.column(i) * eigen.eigenvalues[i].max(0.0).sqrt();
    [(0, 1), (1, 2), (2, 0)]
        .into_iter()
        .map(|(a, b)| {
            let (a, b): (Vec3, Vec3) = (axis(a), axis(b));
            (0..=32)
                .map(|i| {
                    let angle = f64::from(i) / 32.0 * std::f64::consts::TAU;
                    a * angle.cos() + b * angle.sin()
                })
                .collect()
        })
        .collect()
}

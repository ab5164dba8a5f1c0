//! From Å to pixels: the camera, what is fitted, and how far away a point is.

use nalgebra::{Matrix3, Rotation3};

use crate::numeric::Vec3;
use crate::numeric::spd::eigen3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Projection {
    #[default]
    Perspective,
    Orthographic,
}

/// From where the protein is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// World to screen: x right, y up, z towards the eye.
    pub rotation: Matrix3<f64>,
    /// 1 = everything fits.
    pub zoom: f64,
    /// Shift right and up, in halves of the area.
    pub pan: (f64, f64),
    pub projection: Projection,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            rotation: Matrix3::identity(),
            zoom: 1.0,
            pan: (0.0, 0.0),
            projection: Projection::Perspective,
        }
    }
}

impl Camera {
    /// Turned about the screen's own axes by radians: to the right, and upwards.
    #[must_use]
    pub fn turned(mut self, right: f64, up: f64) -> Self {
        let turn = Rotation3::from_axis_angle(&Vec3::y_axis(), right)
            * Rotation3::from_axis_angle(&Vec3::x_axis(), -up);
        self.rotation = turn.matrix() * self.rotation;
        self
    }
}

/// What is fitted into the area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Å.
    pub center: Vec3,
    /// Å: the farthest that anything is from the centre.
    pub radius: f64,
    /// Å that must fit right and left of the centre, and above and below it.
    pub half_size: (f64, f64),
}

impl Frame {
    /// The centroid and the distance of the outermost point; `None` without a point.
    #[must_use]
    pub fn around(points: &[Option<Vec3>]) -> Option<Self> {
        let known = || {
            points
                .iter()
                .flatten()
                .filter(|p| p.iter().all(|v| v.is_finite()))
        };
        let count = known().count();
        if count == 0 {
            return None;
        }
        let center = known().sum::<Vec3>() / count as f64;
        let radius = known().map(|p| (p - center).norm()).fold(3.0, f64::max);
        Some(Self {
            center,
            radius,
            half_size: (radius, radius),
        })
    }

    /// Looked at from nearer: the middle goes to a point, all the way from a `share` of 1 on.
    #[must_use]
    pub fn towards(self, point: Option<Vec3>, share: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        let center = point.map_or(self.center, |p| self.center.lerp(&p, share));
        Self { center, ..self }
    }

    /// The same for a camera that stands upright ([`upright`]), tilted by `pitch` and turned about the
    /// vertical at will: as much as is seen then from any side, and no more.
    #[must_use]
    pub fn turning(points: &[Option<Vec3>], upright: &Matrix3<f64>, pitch: f64) -> Option<Self> {
        let frame = Self::around(points)?;
        let (sin, cos) = (pitch.sin().abs(), pitch.cos().abs());
        let mut half_size: (f64, f64) = (3.0, 3.0);
        for point in points.iter().flatten() {
            let p = upright * (point - frame.center);
            let around = p.x.hypot(p.z);
            if around.is_finite() && p.y.is_finite() {
                half_size.0 = half_size.0.max(around);
                half_size.1 = half_size.1.max(p.y.abs() * cos + around * sin);
            }
        }
        Some(Self { half_size, ..frame })
    }
}

/// The rotation that puts the longest way through the points across the screen and the shortest towards
/// the eye.
#[must_use]
pub fn upright(points: &[Option<Vec3>]) -> Matrix3<f64> {
    let Some(frame) = Frame::around(points) else {
        return Matrix3::identity();
    };
    let known = points.iter().flatten().map(|p| p - frame.center);
    let spread: Matrix3<f64> = known
        .filter(|p| p.iter().all(|v| v.is_finite()))
        .map(|p| p * p.transpose())
        .sum();
    let (values, vectors) = eigen3(&spread);
    if !values.iter().all(|v| v.is_finite()) {
        return Matrix3::identity();
    }
    let (x, y) = (
        vectors.column(0).into_owned(),
        vectors.column(1).into_owned(),
    );
    Matrix3::from_rows(&[x.transpose(), y.transpose(), x.cross(&y).transpose()])
}

/// A camera over pixels. The z of a projected point is in Å, larger = nearer.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    camera: Camera,
    frame: Frame,
    middle: (f64, f64),
    scale: f64,
    aspect: f64,
}

/// Distance of the eye from the centre, in radii.
const EYE: f64 = 5.0;

impl View {
    /// `size` in pixels, `aspect` = height of a pixel's row in widths.
    pub fn new(camera: Camera, frame: Frame, size: (f64, f64), aspect: f64) -> Self {
        let (wide, high) = frame.half_size;
        let fit = (size.0 / 2.0 / wide).min(size.1 / 2.0 / aspect / high);
        let zoom = if camera.zoom.is_finite() {
            camera.zoom.clamp(0.05, 200.0)
        } else {
            1.0
        };
        let scale = (fit * 0.97).max(0.5 / frame.radius) * zoom;
        let middle = (
            size.0 / 2.0 * (1.0 + camera.pan.0),
            size.1 / 2.0 * (1.0 - camera.pan.1),
        );
        Self {
            camera,
            frame,
            middle,
            scale,
            aspect,
        }
    }

    /// Pixels an Å at the depth of `z`.
    pub fn pixels_an_angstrom(&self, z: f64) -> f64 {
        self.scale * self.magnification(z)
    }

    fn magnification(&self, z: f64) -> f64 {
        match self.camera.projection {
            Projection::Orthographic => 1.0,
            Projection::Perspective => {
                let eye = EYE * self.frame.radius;
                eye / (eye - z).max(0.2 * eye)
            }
        }
    }

    /// Pixel coordinates, and nearness in Å.
    pub fn project(&self, point: Vec3) -> Vec3 {
        let seen = self.camera.rotation * (point - self.frame.center);
        let k = self.scale * self.magnification(seen.z);
        Vec3::new(
            self.middle.0 + seen.x * k,
            self.middle.1 - seen.y * k * self.aspect,
            seen.z,
        )
    }

    /// 0 in front, 1 at the back.
    pub fn farness(&self, z: f64) -> f64 {
        ((self.frame.radius - z) / (2.0 * self.frame.radius)).clamp(0.0, 1.0)
    }

    /// Height of a pixel row in pixel widths.
    pub fn aspect(&self) -> f64 {
        self.aspect
    }
}

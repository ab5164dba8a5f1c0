//! From Å to pixels: the camera, what is fitted, and how far away a point is.

use nalgebra::{Matrix3, Rotation3};

use crate::numeric::Vec3;

/// Parallel or central.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Projection {
    /// Near things are larger.
    #[default]
    Perspective,
    /// Sizes are true.
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
    /// Parallel or central.
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
    /// Å.
    pub radius: f64,
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
        let radius = known().map(|p| (p - center).norm()).fold(0.0, f64::max);
        Some(Self {
            center,
            radius: radius.max(3.0),
        })
    }
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
        let fit = (size.0 / 2.0).min(size.1 / 2.0 / aspect);
        let zoom = if camera.zoom.is_finite() {
            camera.zoom.clamp(0.05, 200.0)
        } else {
            1.0
        };
        let scale = (fit * 0.97).max(0.5) / frame.radius * zoom;
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

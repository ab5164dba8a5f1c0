//! Plain numbers: matrices, per-residue profiles, 3 × 3 covariances and frames.
//!
//! Small geometry is nalgebra, dense work larger than 3 × 3 is faer; neither appears in result types
//! except as [`Covariance3`] and the vectors of a [`Frame`].

mod cells;
mod cholesky;
pub mod factor;
pub mod free;
pub mod lanczos;
pub mod matrix;
mod moments;
pub mod pyramid;
pub mod sparse;
pub mod spd;
pub mod stats;
mod superposition;

pub use cells::Cells;
pub use matrix::Matrix;
pub use moments::Moments;
pub use pyramid::Pyramid;
pub use superposition::Superposition;

/// A position or displacement in Å.
pub type Vec3 = nalgebra::Vector3<f64>;

/// A symmetric positive semi-definite 3 × 3 covariance in Å².
pub type Covariance3 = nalgebra::Matrix3<f64>;

/// One number a residue, NaN where it is not known. The unit is in the name of the variable.
pub type Profile = Vec<f64>;

/// The local frame of a residue: a point `p` of the frame is `rotation * p + origin` in the world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// The axes e1, e2, e3 as columns.
    pub rotation: nalgebra::Matrix3<f64>,
    /// The Cα position in Å.
    pub origin: Vec3,
}

impl Frame {
    /// The frame of a residue from its backbone: e1 along C − CA, e2 = N − CA made orthogonal to e1,
    /// e3 = e1 × e2 (DynaProt's convention, axes as columns). `None` when the atoms are collinear.
    #[must_use]
    pub fn from_backbone(n: Vec3, ca: Vec3, c: Vec3) -> Option<Self> {
        let e1 = (c - ca).try_normalize(1e-6)?;
        let v = n - ca;
        let e2 = (v - e1 * v.dot(&e1)).try_normalize(1e-6)?;
        let rotation = nalgebra::Matrix3::from_columns(&[e1, e2, e1.cross(&e2)]);
        Some(Self {
            rotation,
            origin: ca,
        })
    }

    /// A world-frame covariance seen from this frame: Rᵀ Σ R.
    #[must_use]
    pub fn to_local(&self, world: &Covariance3) -> Covariance3 {
        self.rotation.transpose() * world * self.rotation
    }

    /// A local covariance in the world frame: R Σ Rᵀ.
    #[must_use]
    pub fn to_world(&self, local: &Covariance3) -> Covariance3 {
        self.rotation * local * self.rotation.transpose()
    }
}

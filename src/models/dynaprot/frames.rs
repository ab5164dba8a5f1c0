//! Points between the residues' frames and the world.
//!
//! Frames hold their axes as columns: with rows and columns mixed up the output is no longer
//! invariant under rotation.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use crate::models::layers::activation::entries;
use crate::models::layers::fused::is_fused;

/// B chains of N residues, in Å, near the origin.
#[derive(Debug, Clone)]
pub(crate) struct Frames {
    /// (B, N, 3, 3), axes as columns.
    pub rotation: Tensor,
    /// (B, N, 3).
    pub translation: Tensor,
    /// (B, 1, 1, N): 0 at residues, −10⁹ at pads; `None` without pads.
    pub mask: Option<Tensor>,
}

impl Frames {
    /// Local points (B, N, P, 3) in the world: R p + t.
    pub fn to_world(&self, points: &Tensor) -> Result<Tensor> {
        turned(points, &self.rotation, Way::Outwards)?
            .broadcast_add(&self.translation.unsqueeze(2)?)
    }

    /// World points (B, N, P, 3) in the local frames: Rᵀ (x − t).
    pub fn to_local(&self, points: &Tensor) -> Result<Tensor> {
        let from_origin = points.broadcast_sub(&self.translation.unsqueeze(2)?)?;
        turned(&from_origin, &self.rotation, Way::Inwards)
    }
}

/// From local to world, or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Outwards,
    Inwards,
}

impl Way {
    fn back(self) -> Self {
        match self {
            Self::Outwards => Self::Inwards,
            Self::Inwards => Self::Outwards,
        }
    }
}

/// R p, or Rᵀ p, of points (B, N, P, 3), entry by entry: exact in f32 where matrix products are
/// rounded further. The rotations (B, N, 3, 3) have no gradient.
fn turned(points: &Tensor, rotation: &Tensor, way: Way) -> Result<Tensor> {
    if is_fused(points) {
        return points
            .contiguous()?
            .apply_op2(&rotation.contiguous()?, Turn(way));
    }
    let (b, n, p, _) = points.dims4()?;
    let points = points.reshape((b * n, p, 3))?;
    let rotation = match way {
        Way::Outwards => rotation.transpose(2, 3)?,
        Way::Inwards => rotation.clone(),
    };
    let rotation = rotation.contiguous()?.reshape((b * n, 3, 3))?;
    let columns = (0..3)
        .map(|a| {
            let column = rotation.narrow(2, a, 1)?.transpose(1, 2)?; // (B N, 1, 3)
            points.broadcast_mul(&column)?.sum_keepdim(2)
        })
        .collect::<Result<Vec<_>>>()?;
    Tensor::cat(&columns, 2)?.reshape((b, n, p, 3))
}

/// [`turned`] on the CPU; its gradient is turned back.
struct Turn(Way);

impl CustomOp2 for Turn {
    fn name(&self) -> &'static str {
        "turn"
    }

    fn cpu_fwd(
        &self,
        points: &CpuStorage,
        points_layout: &Layout,
        rotation: &CpuStorage,
        rotation_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let shape = points_layout.shape();
        let (points, rotation) = (
            entries(points, points_layout)?,
            entries(rotation, rotation_layout)?,
        );
        let each = shape.dims4()?.2 * 3;
        let mut out = vec![0f32; points.len()];
        let residues = out.chunks_exact_mut(each).zip(points.chunks_exact(each));
        for ((out, points), r) in residues.zip(rotation.chunks_exact(9)) {
            let r = match self.0 {
                Way::Outwards => [r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]],
                Way::Inwards => [r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5], r[8]],
            };
            for (out, p) in out.chunks_exact_mut(3).zip(points.chunks_exact(3)) {
                for (a, x) in out.iter_mut().enumerate() {
                    *x = r[3 * a] * p[0] + r[3 * a + 1] * p[1] + r[3 * a + 2] * p[2];
                }
            }
        }
        Ok((CpuStorage::F32(out), shape.clone()))
    }

    fn bwd(
        &self,
        _: &Tensor,
        rotation: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let back = gradient.apply_op2_no_bwd(rotation, &Turn(self.0.back()))?;
        Ok((Some(back), None))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use candle_core::{DType, Device, Var};

    #[test]
    fn turning_and_its_gradient_are_those_of_tensor_operations() {
        let rotation = Tensor::randn(0f32, 1f32, (2, 5, 3, 3), &Device::Cpu).unwrap();
        let weight = Tensor::randn(0f32, 1f32, (2, 5, 4, 3), &Device::Cpu).unwrap();
        for way in [Way::Outwards, Way::Inwards] {
            let found = [DType::F32, DType::F64].map(|kind| {
                let points = weight.affine(1.7, 0.3).unwrap().to_dtype(kind).unwrap();
                let points = Var::from_tensor(&points).unwrap();
                let turned = turned(&points, &rotation.to_dtype(kind).unwrap(), way).unwrap();
                let product = (&turned * weight.to_dtype(kind).unwrap()).unwrap();
                let gradients = product.sum_all().unwrap().backward().unwrap();
                let slope = gradients.get(points.as_tensor()).unwrap();
                [&turned, slope].map(|t| {
                    let t = t.to_dtype(DType::F64).unwrap().flatten_all().unwrap();
                    t.to_vec1::<f64>().unwrap()
                })
            });
            for (a, b) in found[0].iter().flatten().zip(found[1].iter().flatten()) {
                assert!((a - b).abs() < 1e-5, "{way:?} {a} {b}");
            }
        }
    }
}

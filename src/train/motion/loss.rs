//! What the motion network is taught: profiles by correlation, tensors by log-Frobenius distance.

use candle_core::{D, Result, Tensor};

use super::targets::{Profiles, Targets};

/// The loss of a batch, from the network's log amplitudes (N, 2 or 3) and log shapes (N, 2, 6).
///
/// Every profile: 1 − Pearson + c · mean square of the centred difference over the variance. Tensors:
/// the squared log-Frobenius distance of the shapes. NMR, simulations: the squared error of the level
/// too; simulations also 1 − Pearson of the RMSF.
///
/// # Errors
/// Those of the device.
pub fn loss(amplitude: &Tensor, shape: &Tensor, targets: &Targets) -> Result<Tensor> {
    let (b, l, _) = targets.shape.dims3()?;
    let columns = amplitude.dim(1)?;
    let amplitude = amplitude
        .reshape((b, l, columns))?
        .broadcast_mul(&targets.of_amplitude.narrow(2, 0, columns)?)?
        .sum(D::Minus1)?; // (B, L)
    let shape = shape
        .reshape((b, l, 2, 6))?
        .broadcast_mul(&targets.of_shape)?
        .sum(2)?; // (B, L, 6)
    let twice = Tensor::new(&[1f32, 1.0, 1.0, 2.0, 2.0, 2.0], shape.device())?;
    let distance = (shape - &targets.shape)?
        .sqr()?
        .broadcast_mul(&twice)?
        .sum(D::Minus1)?;
    let shapes = (distance * &targets.shape_weight)?.sum_all()?;
    let level = ((&amplitude - &targets.level)?.sqr()? * &targets.level_weight)?.sum_all()?;
    let profiles = (profile_loss(&amplitude, &targets.b_factors)?
        + profile_loss(&amplitude, &targets.amplitudes)?)?;
    let rmsf = profile_loss(&(&amplitude / 2.0)?.exp()?, &targets.rmsf)?;
    ((profiles + shapes)? + level)? + rmsf
}

fn profile_loss(amplitude: &Tensor, target: &Profiles) -> Result<Tensor> {
    let mean = (amplitude * &target.mean)?.sum_keepdim(1)?;
    let centred = (amplitude.broadcast_sub(&mean)? * &target.mask)?;
    let product = (&centred * &target.centred)?.sum(1)?;
    let norm = (centred.sqr()?.sum(1)? + 1e-12)?.sqrt()?;
    let correlation = (product / ((norm * &target.norm)? + 1e-6)?)?;
    let square = ((&centred - &target.centred)?.sqr()? * &target.mean)?.sum(1)?;
    let each = ((square * &target.scale)? - correlation)?;
    ((each + 1.0)? * &target.weight)?.sum_all()
}

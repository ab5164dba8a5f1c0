//! The matrix logarithm of 3 × 3 covariances with its exact gradient, on every device.

use candle_core::{DType, Result, Tensor};
use rayon::prelude::*;

use crate::models::kernels::product::tensor_product;
use crate::numeric::Covariance3;

/// Added to the diagonal, Å².
const FLOOR: f64 = 1e-4;

/// log S of (N, 3, 3): the eigenvectors come from the host, the gradient through the divided
/// differences of the logarithm (Daleckii and Krein).
pub(crate) fn log3(s: &Tensor) -> Result<Tensor> {
    let n = s.dim(0)?;
    let fixed = s.detach();
    let values: Vec<f64> = fixed.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?;
    let parts: Vec<[f32; 27]> = values.par_chunks_exact(9).map(decomposed).collect();
    let take = |from: usize| -> Result<Tensor> {
        let rows: Vec<f32> = parts
            .iter()
            .flat_map(|p| p[from..from + 9].to_vec())
            .collect();
        Tensor::from_vec(rows, (n, 3, 3), s.device())
    };
    let (value, axes, slopes) = (take(0)?, take(9)?, take(18)?);
    let turned = axes.transpose(1, 2)?.contiguous()?;
    let change = (s - &fixed)?; // zero, but for its gradient
    let inside = (tensor_product(&tensor_product(&turned, &change)?, &axes)? * slopes)?;
    value + tensor_product(&tensor_product(&axes, &inside)?, &turned)?
}

/// Logarithm, eigenvectors (columns) and divided differences, each row after row.
fn decomposed(s: &[f64]) -> [f32; 27] {
    let matrix = Covariance3::from_row_slice(s);
    let eigen = ((matrix + matrix.transpose()) / 2.0).symmetric_eigen();
    let w = eigen.eigenvalues.map(|w| w.max(0.0) + FLOOR);
    let v = eigen.eigenvectors;
    let log = v * Covariance3::from_diagonal(&w.map(f64::ln)) * v.transpose();
    let slope = Covariance3::from_fn(|i, j| {
        let (a, b) = (w[i], w[j]);
        if (a - b).abs() < 1e-9 * (a + b) {
            2.0 / (a + b)
        } else {
            ((a - b) / b).ln_1p() / (a - b)
        }
    });
    let mut out = [0.0; 27];
    for (part, m) in [log, v, slope].iter().enumerate() {
        for at in 0..9 {
            out[9 * part + at] = m[(at / 3, at % 3)] as f32;
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn the_gradient_is_that_of_small_differences() {
        let base = [2.0f32, 0.3, -0.1, 0.3, 0.7, 0.2, -0.1, 0.2, 1.1];
        let weight = Tensor::new(
            &[[[1f32, 0.5, -0.3], [0.5, -1.0, 0.2], [-0.3, 0.2, 0.7]]],
            &Device::Cpu,
        )
        .unwrap();
        let value = |x: &[f32; 9]| -> f64 {
            let s = Tensor::from_slice(x, (1, 3, 3), &Device::Cpu).unwrap();
            let y = (log3(&s).unwrap() * &weight).unwrap().sum_all().unwrap();
            f64::from(y.to_scalar::<f32>().unwrap())
        };
        let var =
            Var::from_tensor(&Tensor::from_slice(&base, (1, 3, 3), &Device::Cpu).unwrap()).unwrap();
        let loss = (log3(var.as_tensor()).unwrap() * &weight)
            .unwrap()
            .sum_all()
            .unwrap();
        let gradient = loss.backward().unwrap();
        let gradient: Vec<f32> = gradient
            .get(var.as_tensor())
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap();
        for (i, j) in [(0, 0), (0, 1), (1, 2), (2, 2)] {
            let step = 5e-3f32;
            let [mut up, mut down] = [base; 2];
            for at in [3 * i + j, 3 * j + i] {
                up[at] = base[at] + step;
                down[at] = base[at] - step;
            }
            let measured = (value(&up) - value(&down)) / (2.0 * f64::from(step));
            let sum = if i == j {
                gradient[4 * i]
            } else {
                gradient[3 * i + j] + gradient[3 * j + i]
            };
            assert!(
                (measured - f64::from(sum)).abs() < 5e-3,
                "{i}{j}: {measured} {sum}"
            );
        }
    }
}

//! From a device back to the host.

use candle_core::{DType, Result, Tensor};

/// All numbers of a tensor in f32, row after row. Waits for what the device is still doing: a copy
/// from a CUDA stream alone does not.
///
/// # Errors
/// Those of the device.
pub(crate) fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    let tensor = tensor.to_dtype(DType::F32)?.flatten_all()?;
    tensor.device().synchronize()?;
    tensor.to_vec1()
}

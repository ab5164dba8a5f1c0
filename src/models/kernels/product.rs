//! The one door through which tensors are multiplied.
//!
//! cuBLAS and Metal take a matrix whose rows or whose columns lie one after the other, in batches at
//! one stride; the CPU takes any. So that nothing fails on a card for the first time, the rule of the
//! strictest (`gemm_config` in candle's `cuda_backend`) holds on every device.

use candle_core::{Layout, Result, Tensor, bail};

/// a b over the last two axes.
///
/// # Errors
/// Those of the device, and on every device a layout that some device would refuse.
pub(crate) fn tensor_product(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    for (side, x) in [("left", a), ("right", b)] {
        if !is_taken_everywhere(x.layout()) {
            bail!(
                "the {side} side of a product, {:?} with strides {:?}, is refused by GPUs: make it contiguous",
                x.dims(),
                x.stride()
            );
        }
    }
    #[expect(clippy::disallowed_methods, reason = "the door itself")]
    a.matmul(b)
}

fn is_taken_everywhere(layout: &Layout) -> bool {
    let ([outer @ .., rows, columns], [steps @ .., down, across]) =
        (layout.dims(), layout.stride())
    else {
        return false;
    };
    let by_rows = (*across == 1 || *columns == 1) && (*down == *columns || *rows == 1);
    let by_columns = (*across == *rows || *columns == 1) && (*down == 1 || *rows == 1);
    let at_one_step = match (outer, steps) {
        ([] | [_], _) => true,
        ([first, second], [far, near]) => *far == near * second || *first == 1 || *second == 1,
        _ => false,
    };
    (by_rows || by_columns) && at_one_step
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use candle_core::{DType, Device};

    fn zeros(dims: &[usize]) -> Tensor {
        Tensor::zeros(dims, DType::F32, &Device::Cpu).unwrap()
    }

    #[test]
    fn what_a_gpu_refuses_is_refused_here() {
        let (wide, square) = (zeros(&[4, 6]), zeros(&[3, 3]));
        let half = wide.narrow(1, 0, 3).unwrap();
        let error = tensor_product(&square, &half.t().unwrap())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("right") && error.contains("[1, 6]"),
            "{error}"
        );
        assert!(tensor_product(&half, &square).is_err());
        tensor_product(&half.contiguous().unwrap(), &square).unwrap();
        tensor_product(&square, &half.contiguous().unwrap().t().unwrap()).unwrap();
    }

    #[test]
    fn batches_lie_at_one_step() {
        let heads = zeros(&[2, 5, 4, 3]); // (batch, length, heads, width)
        let (a, b) = (heads.transpose(1, 2).unwrap(), zeros(&[2, 4, 3, 5]));
        assert!(tensor_product(&a, &b).is_err());
        tensor_product(&a.contiguous().unwrap(), &b).unwrap();
        assert!(tensor_product(&zeros(&[2, 2, 2, 3, 3]), &zeros(&[2, 2, 2, 3, 3])).is_err());
    }

    #[test]
    fn one_row_or_one_column_may_lie_anywhere() {
        let wide = zeros(&[1, 6]);
        tensor_product(&wide.narrow(1, 0, 3).unwrap(), &zeros(&[3, 2])).unwrap();
        let last = zeros(&[6, 3]).narrow(0, 5, 1).unwrap();
        tensor_product(&zeros(&[2, 3]), &last.t().unwrap()).unwrap();
    }
}

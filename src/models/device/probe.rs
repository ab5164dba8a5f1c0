//! Whether a device that says it is there can compute.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use candle_core::{DType, Device, Result, Tensor};

use crate::models::kernels::product::tensor_product;
use crate::models::kernels::read::numbers;

/// Opens a device and makes it compute something: a driver too old for the kernels, a card too old for
/// them and a broken installation all show at the first kernel only.
pub(super) fn opened(open: impl FnOnce() -> Result<Device>) -> std::result::Result<Device, String> {
    guarded(|| {
        let device = open().map_err(|error| first_line(&error))?;
        match computes(&device) {
            Ok(true) => Ok(device),
            Ok(false) => {
                Err("it computes wrong numbers: 8 × 8 matrices came back changed".to_owned())
            }
            Err(error) => Err(format!("it does not compute: {}", first_line(&error))),
        }
    })
}

/// An 8 × 8 product plus one, read back.
fn computes(device: &Device) -> Result<bool> {
    let counting: Vec<f32> = (0..64u8).map(f32::from).collect();
    let matrix = Tensor::from_slice(&counting, (8, 8), device)?;
    let unit = Tensor::eye(8, DType::F32, device)?;
    let found = numbers(&(tensor_product(&matrix, &unit)? + 1.0)?)?;
    Ok(found.iter().zip(&counting).all(|(a, b)| *a == b + 1.0) && found.len() == 64)
}

/// What a GPU's library answers, or one line instead: it may panic where a function or a library is
/// missing.
pub(super) fn guarded<T>(
    ask: impl FnOnce() -> std::result::Result<T, String>,
) -> std::result::Result<T, String> {
    let hook = take_hook();
    set_hook(Box::new(|_| ()));
    let answer = catch_unwind(AssertUnwindSafe(ask));
    set_hook(hook);
    answer.unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(what_is_missing(text.unwrap_or_default()))
    })
}

/// The binding's panic names the library in quotes.
fn what_is_missing(panic: &str) -> String {
    let lacks = |library: &str| panic.contains(&format!("\"{library}\""));
    if lacks("cuda") || lacks("nvcuda") {
        return "no NVIDIA driver (libcuda) on this machine".to_owned();
    }
    match ["cublasLt", "cublas", "curand", "nvrtc"]
        .into_iter()
        .find(|l| lacks(l))
    {
        Some(library) => {
            format!("lib{library} not found; add the CUDA libraries to LD_LIBRARY_PATH")
        }
        None => "the GPU's libraries do not fit its driver".to_owned(),
    }
}

/// candle's errors come with a backtrace.
pub(super) fn first_line(error: &candle_core::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_computes_is_opened_and_any_other_says_why() {
        assert!(opened(|| Ok(Device::Cpu)).unwrap().is_cpu());
        let none = || {
            Err(candle_core::Error::Msg(
                "no such device\nbacktrace".to_owned(),
            ))
        };
        assert_eq!(opened(none).unwrap_err(), "no such device");
        let absent = || panic!("Unable to dynamically load the \"cublas\" shared library - …");
        assert!(opened(absent).unwrap_err().contains("libcublas not found"));
        let driver = || panic!("Unable to dynamically load the \"cuda\" shared library - …");
        assert!(opened(driver).unwrap_err().contains("libcuda"));
        let other = || panic!("called `Result::unwrap()` on an `Err` value");
        assert!(opened(other).unwrap_err().contains("do not fit"));
    }
}

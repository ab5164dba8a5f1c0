//! What the devices of this machine are, for a report.

use crate::models::esm2::host::is_fast;

use super::{Compute, cuda, free_host_memory, metal};

/// A device of this machine and build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// `cpu`, `cuda:0`, `metal`.
    pub device: String,
    /// Name, memory and driver of a device that is ready, or why it cannot be used.
    pub state: Result<String, String>,
    /// The number types it computes with, as `--dtype` calls them; empty when it cannot be used.
    pub dtypes: &'static [&'static str],
}

impl Compute {
    /// Every device, the CPU first; of CUDA at least the first one, even where it cannot be used.
    #[must_use]
    pub fn survey() -> Vec<Found> {
        let mut found = vec![Found {
            device: "cpu".to_owned(),
            state: Ok(describe_cpu()),
            dtypes: &["f32"],
        }];
        for ordinal in 0..count_of_cuda() {
            let described = cuda(ordinal).and_then(|_| describe_cuda(ordinal));
            found.push(Found {
                device: format!("cuda:{ordinal}"),
                dtypes: match &described {
                    Ok((_, dtypes)) => dtypes,
                    Err(_) => &[],
                },
                state: described.map(|(text, _)| text),
            });
        }
        let state = metal().map(|_| "ready".to_owned());
        found.push(Found {
            device: "metal".to_owned(),
            dtypes: match &state {
                Ok(_) => &["f32", "bf16", "f16"],
                Err(_) => &[],
            },
            state,
        });
        found
    }
}

fn describe_cpu() -> String {
    let mut text = instructions().to_owned();
    if let Some(free) = free_host_memory() {
        text.push_str(", ");
        text.push_str(&gibibytes(free));
        text.push_str(" free");
    }
    text
}

/// The widest instructions that the fused operations find.
fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if is_fast() {
            return "AVX-512 with VNNI";
        }
        if is_x86_feature_detected!("avx512f") {
            return "AVX-512";
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return "AVX2";
        }
    }
    std::env::consts::ARCH
}

fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

#[cfg(not(feature = "cuda"))]
fn count_of_cuda() -> usize {
    1
}

#[cfg(not(feature = "cuda"))]
fn describe_cuda(_ordinal: usize) -> Result<(String, &'static [&'static str]), String> {
    Err("this build has no CUDA support".to_owned())
}

#[cfg(feature = "cuda")]
fn count_of_cuda() -> usize {
    use candle_core::cuda_backend::cudarc::driver::CudaContext;
    let ask = || CudaContext::device_count().map_err(|error| error.to_string());
    let count = super::cuda_libraries().and_then(|()| super::guarded(ask));
    count
        .ok()
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or(0)
        .max(1)
}

#[cfg(feature = "cuda")]
fn describe_cuda(ordinal: usize) -> Result<(String, &'static [&'static str]), String> {
    use candle_core::cuda_backend::cudarc::driver::{CudaContext, DriverError};
    let read = || -> Result<_, DriverError> {
        let context = CudaContext::new(ordinal)?;
        let (free, total) = context.mem_get_info()?;
        let (major, minor) = context.compute_capability()?;
        let text = format!(
            "{}, {} of {} free, compute capability {major}.{minor}, {}",
            context.name()?,
            gibibytes(free as u64),
            gibibytes(total as u64),
            driver().unwrap_or_else(|| "driver unknown".to_owned()),
        );
        let dtypes: &[&str] = if major >= 8 {
            &["f32", "bf16", "f16"]
        } else {
            &["f32", "f16"]
        };
        Ok((text, dtypes))
    };
    super::guarded(|| read().map_err(|error| error.to_string()))
}

/// The driver's release, as the kernel's module says it.
#[cfg(feature = "cuda")]
fn driver() -> Option<String> {
    let text = std::fs::read_to_string("/proc/driver/nvidia/version").ok()?;
    let is_release =
        |word: &&str| word.contains('.') && word.chars().all(|c| c.is_ascii_digit() || c == '.');
    let release = text.lines().next()?.split_whitespace().find(is_release)?;
    Some(format!("driver {release}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_comes_first_and_what_is_absent_says_why() {
        let found = Compute::survey();
        assert_eq!((&*found[0].device, found[0].dtypes), ("cpu", &["f32"][..]));
        assert!(found.len() >= 3);
        for device in &found {
            assert_eq!(device.state.is_ok(), !device.dtypes.is_empty());
        }
    }
}

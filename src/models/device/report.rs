//! What the devices of this machine are, for a report.

use crate::models::kernels::int16::is_fast;

use super::memory::{free_on_host, gibibytes};
use super::{Compute, cuda, half_precision_of, metal};

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
        for ordinal in 0..cuda::count() {
            let described = cuda::open(ordinal).and_then(|_| cuda::describe(ordinal));
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
                Ok(_) => half_precision_of(None),
                Err(_) => &[],
            },
            state,
        });
        found
    }
}

fn describe_cpu() -> String {
    let mut text = instructions().to_owned();
    if let Some(free) = free_on_host() {
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

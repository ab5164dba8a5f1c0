//! Which device and number type the networks run on, decided once, and why.
//!
//! A device that was asked for is used or refused, never replaced. Only `auto` chooses, and says why.

mod choice;
mod cuda;
mod memory;
#[cfg(any(test, feature = "cuda", feature = "metal"))]
mod probe;
mod report;

use candle_core::{DType, Device};

pub use choice::{DeviceChoice, DtypeChoice};
pub use report::Found;

use super::error::ModelError;

/// Where and with which numbers the networks compute.
#[derive(Debug, Clone)]
pub struct Compute {
    pub(crate) device: Device,
    pub(crate) dtype: DType,
    /// Whether networks that have fused operations for the CPU use them.
    fused: bool,
    /// Whether differences from a known sequence may be multiplied as 16-bit integers.
    pub(crate) may_round: bool,
    name: String,
    reason: String,
}

impl Compute {
    /// Decides the device and the number type.
    ///
    /// # Errors
    /// [`ModelError::UnsupportedDevice`] or [`ModelError::UnsupportedDtype`] when what was asked for
    /// cannot be had on this machine or in this build.
    pub fn choose(device: DeviceChoice, dtype: DtypeChoice) -> Result<Self, ModelError> {
        let (found, name, reason) = match device {
            DeviceChoice::Auto => automatic(),
            DeviceChoice::Cpu => (Device::Cpu, "cpu".to_owned(), "asked for".to_owned()),
            DeviceChoice::Cuda(ordinal) => {
                let found = cuda::open(ordinal).map_err(|reason| refused(device, reason))?;
                (found, format!("cuda:{ordinal}"), "asked for".to_owned())
            }
            DeviceChoice::Metal => {
                let found = metal().map_err(|reason| refused(device, reason))?;
                (found, "metal".to_owned(), "asked for".to_owned())
            }
        };
        Ok(Self {
            dtype: number_type(dtype, &found)?,
            fused: found.is_cpu(),
            may_round: dtype == DtypeChoice::Auto,
            device: found,
            name,
            reason,
        })
    }

    /// What is left once a GPU has stopped: the CPU for `auto`, nothing for who asked for that GPU.
    ///
    /// # Errors
    /// As [`Compute::choose`].
    pub fn after_loss(
        device: DeviceChoice,
        dtype: DtypeChoice,
        what: &str,
    ) -> Result<Self, ModelError> {
        if device == DeviceChoice::Auto {
            let cpu = Self::choose(DeviceChoice::Cpu, dtype)?;
            let reason = format!("the GPU has stopped: {what}");
            return Ok(Self { reason, ..cpu });
        }
        let reason = format!("it has stopped ({what}); start dynascope again, or use --device cpu");
        Err(refused(device, reason))
    }

    /// The CPU with 32-bit floats.
    #[must_use]
    pub fn cpu() -> Self {
        Self {
            device: Device::Cpu,
            dtype: DType::F32,
            fused: true,
            may_round: false,
            name: "cpu".to_owned(),
            reason: "asked for".to_owned(),
        }
    }

    /// The CPU with the tensor operations that a GPU would run: the reference of the fused ones.
    #[must_use]
    pub fn cpu_unfused() -> Self {
        Self {
            fused: false,
            ..Self::cpu()
        }
    }

    /// `cpu`, `cuda:0`, `metal`.
    #[must_use]
    pub fn device_name(&self) -> &str {
        &self.name
    }

    /// `f32`, `bf16`, `f16`.
    #[must_use]
    pub fn dtype_name(&self) -> &'static str {
        self.dtype.as_str()
    }

    /// Why this device: `asked for`, `an NVIDIA GPU answers`, `no NVIDIA driver (libcuda)`, …
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether the networks run on the CPU.
    #[must_use]
    pub fn is_cpu(&self) -> bool {
        self.device.is_cpu()
    }

    /// Whether networks run on plain rows with fused operations: on the CPU.
    pub(crate) fn is_fused(&self) -> bool {
        self.fused
    }

    /// Memory in bytes that the device has free now; `None` where it cannot be asked.
    #[must_use]
    pub fn free_memory(&self) -> Option<u64> {
        match &self.device {
            Device::Cpu => memory::free_on_host(),
            gpu => cuda::free_memory(gpu),
        }
    }

    /// Bytes that one step of a large map may take: on the CPU a small block stays in the cache and its
    /// memory is used again; on a GPU every step costs a launch.
    pub(crate) fn block_bytes(&self) -> usize {
        const LEAST: u64 = 64 << 20;
        /// Twice as many f32 as the kernels count.
        const MOST: u64 = 4 * i32::MAX as u64;
        if self.is_cpu() {
            return crate::models::layers::BLOCK_BYTES;
        }
        self.free_memory()
            .map_or(LEAST, |free| (free / 4).clamp(LEAST, MOST)) as usize
    }

    /// The CPU with the tensor operations of a GPU in another number type, for tests of that type.
    #[cfg(test)]
    pub(crate) fn cpu_unfused_in(dtype: DType) -> Self {
        Self {
            dtype,
            ..Self::cpu_unfused()
        }
    }
}

fn refused(device: DeviceChoice, reason: String) -> ModelError {
    ModelError::UnsupportedDevice {
        device: device.to_string(),
        reason,
    }
}

fn automatic() -> (Device, String, String) {
    let no_cuda = match cuda::open(0) {
        Ok(device) => {
            let reason = "an NVIDIA GPU answers".to_owned();
            return (device, "cuda:0".to_owned(), reason);
        }
        Err(reason) => reason,
    };
    match metal() {
        Ok(device) => (device, "metal".to_owned(), "a Metal GPU answers".to_owned()),
        Err(_) if cfg!(feature = "cuda") => (Device::Cpu, "cpu".to_owned(), no_cuda),
        Err(no_metal) if cfg!(feature = "metal") => (Device::Cpu, "cpu".to_owned(), no_metal),
        Err(_) => (
            Device::Cpu,
            "cpu".to_owned(),
            "this build has no GPU support".to_owned(),
        ),
    }
}

fn number_type(choice: DtypeChoice, device: &Device) -> Result<DType, ModelError> {
    let dtype = match choice {
        DtypeChoice::Auto | DtypeChoice::F32 => return Ok(DType::F32),
        DtypeChoice::Bf16 => DType::BF16,
        DtypeChoice::F16 => DType::F16,
    };
    let refused = |reason: String| {
        let dtype = choice.to_string();
        Err(ModelError::UnsupportedDtype { dtype, reason })
    };
    if device.is_cpu() {
        return refused("on the CPU half precision is slower and less exact; use f32".to_owned());
    }
    let capability = cuda::capability(device);
    match capability {
        Some((major, minor)) if !half_precision_of(capability).contains(&dtype.as_str()) => {
            refused(format!(
                "this GPU has compute capability {major}.{minor}, {choice} needs 8.0; use f16 or f32"
            ))
        }
        _ => Ok(dtype),
    }
}

/// The number types of a GPU, by their names: bf16 came with compute capability 8.0.
fn half_precision_of(capability: Option<(i32, i32)>) -> &'static [&'static str] {
    match capability {
        Some((major, _)) if major < 8 => &["f32", "f16"],
        _ => &["f32", "bf16", "f16"],
    }
}

#[cfg(feature = "metal")]
fn metal() -> Result<Device, String> {
    probe::opened(|| Device::new_metal(0))
}

#[cfg(not(feature = "metal"))]
fn metal() -> Result<Device, String> {
    Err("this build has no Metal support; build with --features metal on a Mac".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_is_always_there_and_auto_says_why() {
        let cpu = Compute::choose(DeviceChoice::Cpu, DtypeChoice::Auto).unwrap();
        assert_eq!((cpu.device_name(), cpu.dtype_name()), ("cpu", "f32"));
        let auto = Compute::choose(DeviceChoice::Auto, DtypeChoice::Auto).unwrap();
        assert!(!auto.reason().is_empty());
    }

    #[test]
    fn what_was_asked_for_is_never_replaced() {
        let half = Compute::choose(DeviceChoice::Cpu, DtypeChoice::Bf16);
        assert!(matches!(half, Err(ModelError::UnsupportedDtype { .. })));
        if !cfg!(feature = "metal") {
            let metal = Compute::choose(DeviceChoice::Metal, DtypeChoice::Auto);
            assert!(matches!(metal, Err(ModelError::UnsupportedDevice { .. })));
        }
        if !cfg!(feature = "cuda") {
            let cuda = Compute::choose(DeviceChoice::Cuda(0), DtypeChoice::Auto);
            assert!(cuda.unwrap_err().to_string().contains("build-cuda.sh"));
        }
    }

    #[test]
    fn when_a_gpu_stops_the_cpu_goes_on_only_where_it_may() {
        let cpu = Compute::after_loss(DeviceChoice::Auto, DtypeChoice::Auto, "illegal address");
        let cpu = cpu.unwrap();
        assert!(cpu.is_cpu() && cpu.reason().contains("illegal address"));
        let asked = Compute::after_loss(DeviceChoice::Cuda(0), DtypeChoice::Auto, "x");
        assert!(asked.unwrap_err().to_string().contains("--device cpu"));
        assert!(Compute::after_loss(DeviceChoice::Auto, DtypeChoice::Bf16, "x").is_err());
    }

    #[test]
    fn bf16_needs_a_card_that_has_it() {
        assert!(!half_precision_of(Some((7, 5))).contains(&"bf16"));
        for capability in [Some((8, 0)), Some((12, 0)), None] {
            assert!(half_precision_of(capability).contains(&"bf16"));
        }
    }
}

//! Which device and number type the networks run on, decided once, and why.
//!
//! A device that was asked for is used or refused, never replaced. Only `auto` chooses, and says why.

mod report;

use candle_core::{DType, Device};

pub use report::Found;

use super::error::ModelError;

/// The device as asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeviceChoice {
    /// The first GPU that works, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// An NVIDIA GPU by its number.
    Cuda(usize),
    /// The GPU of a Mac.
    Metal,
}

/// The number type as asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DtypeChoice {
    /// f32 on every device, but dynamics scans on a CPU that is fast at it: there differences from the
    /// wild type are multiplied as 16-bit integers. The published numbers to 1e-4.
    #[default]
    Auto,
    /// 32-bit floats for everything.
    F32,
    /// bfloat16, GPUs only.
    Bf16,
    /// 16-bit floats, GPUs only.
    F16,
}

impl std::str::FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "metal" => Ok(Self::Metal),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|n| n.parse().ok())
                .map(Self::Cuda)
                .ok_or_else(|| {
                    format!("unknown device '{text}': auto, cpu, cuda, cuda:N or metal")
                }),
        }
    }
}

impl std::fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(n) => write!(f, "cuda:{n}"),
            Self::Metal => f.write_str("metal"),
        }
    }
}

impl std::str::FromStr for DtypeChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "f32" => Ok(Self::F32),
            "bf16" => Ok(Self::Bf16),
            "f16" => Ok(Self::F16),
            _ => Err(format!("unknown dtype '{text}': auto, f32, bf16 or f16")),
        }
    }
}

impl std::fmt::Display for DtypeChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::F16 => "f16",
        })
    }
}

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
                let found = cuda(ordinal).map_err(|reason| refused(device, reason))?;
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
            Device::Cpu => free_host_memory(),
            #[cfg(feature = "cuda")]
            Device::Cuda(cuda) => free_cuda_memory(cuda),
            _ => None,
        }
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
    let no_cuda = match cuda(0) {
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
    if device.is_cpu() {
        return Err(ModelError::UnsupportedDtype {
            dtype: choice.to_string(),
            reason: "on the CPU half precision is slower and less exact; use f32".to_owned(),
        });
    }
    Ok(dtype)
}

/// Probes before it opens: with run-time loading the CUDA binding panics when a library is absent.
#[cfg(feature = "cuda")]
#[expect(
    unsafe_code,
    reason = "asking whether a shared library can be loaded runs its initialisers"
)]
fn cuda_libraries() -> Result<(), String> {
    use candle_core::cuda_backend::cudarc;
    // SAFETY: the libraries are NVIDIA's own, found by the system's loader; loading them has no
    // precondition, and they stay loaded.
    let (driver, cublas, curand) = unsafe {
        (
            cudarc::driver::sys::is_culib_present(),
            cudarc::cublas::sys::is_culib_present(),
            cudarc::curand::sys::is_culib_present(),
        )
    };
    match (driver, cublas, curand) {
        (false, _, _) => Err("no NVIDIA driver (libcuda) on this machine".to_owned()),
        (_, false, _) => {
            Err("libcublas not found; add the CUDA libraries to LD_LIBRARY_PATH".to_owned())
        }
        (_, _, false) => {
            Err("libcurand not found; add the CUDA libraries to LD_LIBRARY_PATH".to_owned())
        }
        _ => Ok(()),
    }
}

#[cfg(feature = "cuda")]
fn cuda(ordinal: usize) -> Result<Device, String> {
    cuda_libraries()?;
    guarded(|| Device::new_cuda(ordinal).map_err(|error| first_line(&error)))
}

/// What CUDA answers, or one line instead: a library that lacks a function makes the binding panic,
/// even where it words an error.
#[cfg(feature = "cuda")]
fn guarded<T>(
    ask: impl FnOnce() -> Result<T, String> + std::panic::UnwindSafe,
) -> Result<T, String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let answer = std::panic::catch_unwind(ask);
    std::panic::set_hook(hook);
    answer.unwrap_or_else(|_| Err("the CUDA libraries do not fit the driver".to_owned()))
}

#[cfg(not(feature = "cuda"))]
fn cuda(_ordinal: usize) -> Result<Device, String> {
    Err("this build has no CUDA support; build with --features cuda".to_owned())
}

#[cfg(feature = "cuda")]
fn free_cuda_memory(device: &candle_core::CudaDevice) -> Option<u64> {
    let stream = device.cuda_stream();
    let (free, _total) = stream.context().mem_get_info().ok()?;
    Some(free as u64)
}

#[cfg(feature = "metal")]
fn metal() -> Result<Device, String> {
    Device::new_metal(0).map_err(|error| first_line(&error))
}

#[cfg(not(feature = "metal"))]
fn metal() -> Result<Device, String> {
    Err("this build has no Metal support; build with --features metal on a Mac".to_owned())
}

#[cfg(any(feature = "cuda", feature = "metal"))]
fn first_line(error: &candle_core::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

/// `MemAvailable` of Linux, lowered to what the process's control group still allows.
fn free_host_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    let free = kib * 1024;
    Some(control_group_room().map_or(free, |room| room.min(free)))
}

fn control_group_room() -> Option<u64> {
    let number = |file: &str| -> Option<u64> {
        let text = std::fs::read_to_string(format!("/sys/fs/cgroup/{file}")).ok()?;
        text.trim().parse().ok()
    };
    Some(number("memory.max")?.saturating_sub(number("memory.current")?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_and_written() {
        for text in ["auto", "cpu", "cuda:0", "cuda:3", "metal"] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap().to_string(), text);
        }
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda(0)));
        assert!("cuda:x".parse::<DeviceChoice>().is_err());
        for text in ["auto", "f32", "bf16", "f16"] {
            assert_eq!(text.parse::<DtypeChoice>().unwrap().to_string(), text);
        }
        assert!("int8".parse::<DtypeChoice>().is_err());
    }

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
            assert!(cuda.unwrap_err().to_string().contains("--features cuda"));
        }
    }
}

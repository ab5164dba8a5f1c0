//! NVIDIA GPUs; in a build without CUDA, that there are none.

#[cfg(feature = "cuda")]
pub(super) use present::{capability, count, describe, free_memory, open};

#[cfg(not(feature = "cuda"))]
pub(super) use absent::{capability, count, describe, free_memory, open};

/// What is said of a device: text, and number types by their names.
type Description = (String, &'static [&'static str]);

#[cfg(not(feature = "cuda"))]
mod absent {
    use candle_core::Device;

    use super::Description;

    pub fn open(_ordinal: usize) -> Result<Device, String> {
        Err("this build has no CUDA support; scripts/build-cuda.sh makes one that has".to_owned())
    }

    /// At least one is reported on, even where none can be used.
    pub fn count() -> usize {
        1
    }

    pub fn describe(_ordinal: usize) -> Result<Description, String> {
        Err("this build has no CUDA support".to_owned())
    }

    pub fn capability(_device: &Device) -> Option<(i32, i32)> {
        None
    }

    pub fn free_memory(_device: &Device) -> Option<u64> {
        None
    }
}

#[cfg(feature = "cuda")]
mod present {
    use candle_core::cuda_backend::cudarc::driver::{CudaContext, DriverError, result, sys};
    use candle_core::{CudaDevice, Device};

    use super::super::half_precision_of;
    use super::super::memory::gibibytes;
    use super::super::probe::{guarded, opened};
    use super::Description;

    pub fn open(ordinal: usize) -> Result<Device, String> {
        opened(|| Device::new_cuda(ordinal))
    }

    /// At least one is reported on, even where none can be used.
    pub fn count() -> usize {
        let count = guarded(|| CudaContext::device_count().map_err(|error| error.to_string()));
        count
            .ok()
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(0)
            .max(1)
    }

    pub fn describe(ordinal: usize) -> Result<Description, String> {
        let read = || -> Result<_, DriverError> {
            let context = CudaContext::new(ordinal)?;
            let (free, total) = context.mem_get_info()?;
            let capability = context.compute_capability()?;
            let text = format!(
                "{}, {} of {} free, compute capability {}.{}, {}",
                context.name()?,
                gibibytes(free as u64),
                gibibytes(total as u64),
                capability.0,
                capability.1,
                driver().unwrap_or_else(|| "driver unknown".to_owned()),
            );
            Ok((text, half_precision_of(Some(capability))))
        };
        guarded(|| read().map_err(|error| error.to_string()))
    }

    pub fn capability(device: &Device) -> Option<(i32, i32)> {
        let Device::Cuda(device) = device else {
            return None;
        };
        let stream = device.cuda_stream();
        guarded(|| {
            stream
                .context()
                .compute_capability()
                .map_err(|e| e.to_string())
        })
        .ok()
    }

    /// What the driver has, and what the pool of this process keeps of tensors that are gone.
    pub fn free_memory(device: &Device) -> Option<u64> {
        let Device::Cuda(device) = device else {
            return None;
        };
        let stream = device.cuda_stream();
        let (free, _total) = stream.context().mem_get_info().ok()?;
        Some(free as u64 + kept_by_pool(device).unwrap_or(0))
    }

    #[expect(
        unsafe_code,
        reason = "the binding has no safe way to ask a memory pool"
    )]
    fn kept_by_pool(device: &CudaDevice) -> Option<u64> {
        let stream = device.cuda_stream();
        let handle = stream.context().cu_device();
        // SAFETY: the handle is that of a context that is alive.
        let pool = unsafe { result::device::get_mem_pool(handle) }.ok()?;
        let ask = |attribute| {
            let mut bytes = 0u64;
            // SAFETY: the pool is the device's own, and both attributes are 64-bit numbers.
            let answer = unsafe {
                result::mem_pool::get_attribute(pool, attribute, (&raw mut bytes).cast())
            };
            answer.ok().map(|()| bytes)
        };
        let reserved = ask(sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT)?;
        let used = ask(sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_CURRENT)?;
        Some(reserved.saturating_sub(used))
    }

    /// The driver's release, as the kernel's module says it.
    fn driver() -> Option<String> {
        let text = std::fs::read_to_string("/proc/driver/nvidia/version").ok()?;
        let is_release = |word: &&str| {
            word.contains('.') && word.chars().all(|c| c.is_ascii_digit() || c == '.')
        };
        let release = text.lines().next()?.split_whitespace().find(is_release)?;
        Some(format!("driver {release}"))
    }
}

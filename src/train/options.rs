//! What every training command is told.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, bail};
use candle_core::Device;

use crate::models::layers::Pass;

/// Options of every training command. What they print tells how weights were made, not where.
#[derive(Clone, clap::Args)]
pub struct Options {
    /// Folder of the training data.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where the weights go; the log (`.csv`) and the checkpoint (`.checkpoint`) lie beside them.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Seed of everything random.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// `auto`, `cpu` or `cuda`.
    #[arg(
        long = "train-on",
        id = "train_on",
        default_value = "auto",
        value_name = "DEVICE"
    )]
    pub device: String,
    /// Stop after that many minutes, with a checkpoint; the same command then goes on.
    #[arg(long, value_name = "MINUTES")]
    pub stop_after: Option<f64>,
    /// Steps between two lines of the log.
    #[arg(long, default_value_t = 100)]
    pub report: usize,
    /// Steps between two evaluations, each with a checkpoint.
    #[arg(long, default_value_t = 1000)]
    pub evaluate: usize,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("seed", &self.seed)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// The device, seeded where it has a generator of its own.
    ///
    /// # Errors
    /// When the device asked for cannot be used.
    pub fn open_device(&self) -> anyhow::Result<Device> {
        match self.device.as_str() {
            "cpu" => Ok(Device::Cpu),
            "auto" if cfg!(not(feature = "cuda")) => Ok(Device::Cpu),
            "auto" | "cuda" => {
                let device = Device::new_cuda(0).context("cannot open the first CUDA device")?;
                device.set_seed(self.seed)?;
                reduced_precision();
                Ok(device)
            }
            other => bail!("unknown device '{other}': auto, cpu or cuda"),
        }
    }

    /// The seed of what is drawn for a batch.
    #[must_use]
    pub fn seed_of(&self, step: usize) -> u64 {
        self.seed.wrapping_mul(1_000_003).wrapping_add(step as u64)
    }

    /// What is dropped in a step.
    #[must_use]
    pub fn pass_of(&self, step: usize) -> Pass<'static> {
        Pass::training(self.seed.wrapping_mul(31).wrapping_add(step as u64))
    }

    /// A file beside the weights.
    #[must_use]
    pub fn beside(&self, extension: &str) -> PathBuf {
        self.out.with_extension(extension)
    }
}

/// Lets matrix products in f32 use the tensor cores.
fn reduced_precision() {
    #[cfg(feature = "cuda")]
    candle_core::cuda::set_gemm_reduced_precision_f32(true);
}

//! Why a model cannot be loaded or run.

use std::path::PathBuf;

use crate::progress::Cancelled;

/// Everything that can go wrong between a weights file and a prediction.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Whoever asked does not want the answer any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The device or the machine has not enough memory for this step; a smaller batch may fit.
    #[error("out of memory: {what}")]
    OutOfMemory {
        /// What did not fit.
        what: String,
    },
    /// The file lacks a tensor that the model needs.
    #[error("{file}: tensor '{tensor}' is missing; is this the file of another model?")]
    MissingTensor {
        /// The weights file.
        file: String,
        /// Full name of the tensor.
        tensor: String,
    },
    /// A tensor of the file has another shape than the model.
    #[error(
        "{file}: tensor '{tensor}' has shape {found:?}, the model needs {expected:?}; do the weights and the config belong together?"
    )]
    Misshaped {
        /// The weights file.
        file: String,
        /// Full name of the tensor.
        tensor: String,
        /// What the model asked for.
        expected: Vec<usize>,
        /// What the file holds.
        found: Vec<usize>,
    },
    /// The file holds tensors that the model does not know.
    #[error("{file}: {} not part of this model: {}; is this the file of another model?", if tensors.len() == 1 { "a tensor is" } else { "tensors are" }, first_names(tensors))]
    Unread {
        /// The weights file.
        file: String,
        /// Full names of the tensors, sorted.
        tensors: Vec<String>,
    },
    /// Not a safetensors file, or a damaged one.
    #[error("{file}: not a readable safetensors file ({reason}); download or convert it again")]
    NotSafetensors {
        /// The weights file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of PyTorch that cannot be read without running Python.
    #[error(
        "{file}: not readable as a file of PyTorch ({reason}); download it again, or, where you trust it, convert it: \
         python3 -c \"import argparse, torch, safetensors.torch as s; torch.serialization.add_safe_globals([argparse.Namespace]); \
         d = torch.load('{file}', weights_only=True, map_location='cpu'); d = d.get('model', d.get('state_dict', d)); \
         s.save_file({{k: v.contiguous().clone() for k, v in d.items() if torch.is_tensor(v)}}, 'model.safetensors')\""
    )]
    Pickle {
        /// The weights file.
        file: String,
        /// What speaks against it.
        reason: String,
    },
    /// Weights of a kind that scores nothing by itself.
    #[error("{file}: {kind}")]
    OtherWeights {
        /// The weights file.
        file: String,
        /// What it is, and what to do.
        kind: String,
    },
    /// The file cannot be opened or read.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The model's configuration cannot be used.
    #[error("{file}: {reason}")]
    Config {
        /// The configuration file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The device that was asked for cannot be had.
    #[error("device '{device}' cannot be used: {reason}")]
    UnsupportedDevice {
        /// As asked for.
        device: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// The number type that was asked for cannot be had on this device.
    #[error("dtype '{dtype}' cannot be used: {reason}")]
    UnsupportedDtype {
        /// As asked for.
        dtype: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// The model cannot take this input.
    #[error("{reason}")]
    UnsupportedInput {
        /// What it is, and what would do.
        reason: String,
    },
    /// The network computes no numbers.
    #[error(
        "{weights}: NaN from the weights: in {dtype} the network's output is not a number; {}",
        if dtype == "f32" { "the weights are damaged or belong to another model: 'dynascope weights verify' compares their hashes" } else { "try --dtype f32" }
    )]
    NotFinite {
        /// The weights.
        weights: String,
        /// The number type.
        dtype: String,
    },
    /// The device has broken down: its driver refuses everything from now on.
    #[error("the GPU has stopped ({what}); with --device auto what is asked next runs on the CPU")]
    DeviceLost {
        /// The driver's words.
        what: String,
    },
    /// The tensor library failed; one line.
    #[error("tensor library: {0}")]
    Candle(String),
}

impl ModelError {
    /// An adapter, which changes a model that is elsewhere.
    pub(crate) fn adapter(file: &std::path::Path) -> Self {
        Self::OtherWeights {
            file: file.display().to_string(),
            kind: "a LoRA adapter, which is only what changes a model: merge it into that model \
                   (PEFT: model.merge_and_unload().save_pretrained(FOLDER)) and give the folder"
                .to_owned(),
        }
    }
}

fn first_names(tensors: &[String]) -> String {
    const SHOWN: usize = 4;
    let names: Vec<String> = tensors
        .iter()
        .take(SHOWN)
        .map(|t| format!("'{t}'"))
        .collect();
    let names = names.join(", ");
    match tensors.len().saturating_sub(SHOWN) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

impl From<candle_core::Error> for ModelError {
    fn from(error: candle_core::Error) -> Self {
        let text = error.to_string();
        log::debug!("{text}");
        let line = text.lines().next().unwrap_or_default().trim().to_owned();
        if is_out_of_memory(&line) {
            Self::OutOfMemory { what: line }
        } else if is_loss_of_device(&line) {
            Self::DeviceLost { what: line }
        } else {
            Self::Candle(line)
        }
    }
}

fn is_out_of_memory(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    [
        "out_of_memory",
        "out of memory",
        "alloc_failed",
        // Metal
        "outofmemory",
        "insufficient memory",
        "failed to create metal resource: buffer",
    ]
    .iter()
    .any(|sign| line.contains(sign))
}

/// The errors after which CUDA's manual calls a process's context unusable.
fn is_loss_of_device(line: &str) -> bool {
    [
        "CUDA_ERROR_ILLEGAL_ADDRESS",
        "CUDA_ERROR_ILLEGAL_INSTRUCTION",
        "CUDA_ERROR_MISALIGNED_ADDRESS",
        "CUDA_ERROR_INVALID_ADDRESS_SPACE",
        "CUDA_ERROR_INVALID_PC",
        "CUDA_ERROR_HARDWARE_STACK_ERROR",
        "CUDA_ERROR_LAUNCH_FAILED",
        "CUDA_ERROR_LAUNCH_TIMEOUT",
        "CUDA_ERROR_ASSERT",
        "CUDA_ERROR_ECC_UNCORRECTABLE",
        "CUDA_ERROR_CONTEXT_IS_DESTROYED",
        "CUDA_ERROR_DEVICE_UNAVAILABLE",
    ]
    .iter()
    .any(|sign| line.contains(sign))
}

/// Refuses what is no number: a score made of it would be empty, or look like one.
pub(crate) fn check_finite(numbers: &[f32], weights: &str, dtype: &str) -> Result<(), ModelError> {
    if numbers.iter().all(|x| x.is_finite()) {
        return Ok(());
    }
    Err(ModelError::NotFinite {
        weights: weights.to_owned(),
        dtype: dtype.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_of_memory_is_recognised_and_backtraces_are_cut() {
        let cuda = candle_core::Error::Msg(
            "DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")\n  0: frame".to_owned(),
        );
        assert!(
            matches!(ModelError::from(cuda), ModelError::OutOfMemory { what } if !what.contains("frame"))
        );
        for text in [
            "Metal error Failed to create metal resource: Buffer",
            "Command buffer had following error: Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)",
            "cublas: CUBLAS_STATUS_ALLOC_FAILED",
        ] {
            let error = ModelError::from(candle_core::Error::Msg(text.to_owned()));
            assert!(matches!(error, ModelError::OutOfMemory { .. }), "{text}");
        }
        let lost = "DriverError(CUDA_ERROR_ILLEGAL_ADDRESS, \"an illegal memory access\")";
        let lost = ModelError::from(candle_core::Error::Msg(lost.to_owned()));
        assert!(matches!(lost, ModelError::DeviceLost { .. }));
        let other = candle_core::Error::Msg("shape mismatch\nbacktrace".to_owned());
        assert_eq!(
            ModelError::from(other).to_string(),
            "tensor library: shape mismatch"
        );
    }

    #[test]
    fn unread_tensors_are_named_but_not_all_of_them() {
        let error = ModelError::Unread {
            file: "a.safetensors".to_owned(),
            tensors: (0..6).map(|i| format!("t{i}")).collect(),
        };
        let text = error.to_string();
        assert!(
            text.contains("'t3' and 2 more") && !text.contains("t4"),
            "{text}"
        );
    }

    #[test]
    fn a_pickle_comes_with_its_conversion() {
        let text = ModelError::Pickle {
            file: "esm2.pt".to_owned(),
            reason: "old".to_owned(),
        }
        .to_string();
        assert!(
            text.contains("weights_only=True") && text.contains("{k: v"),
            "{text}"
        );
    }
}

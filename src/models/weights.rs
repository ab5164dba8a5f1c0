//! Reading safetensors strictly: every tensor asked for is there, and every tensor there is asked for.
//!
//! The file is mapped into memory, so that a tensor is copied once, to the device it computes on.
//! Tensors stored in f16 or bf16 are cast to the number type of the [`Compute`].

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use candle_core::safetensors::{MmapedSafetensors, SliceSafetensors};
use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::var_builder::{SimpleBackend, VarBuilder};
use safetensors::tensor::TensorView;
use sha2::{Digest, Sha256};

use super::device::Compute;
use super::error::ModelError;
use crate::progress::Checkpoint;

/// The weights of one model: one safetensors file, its shards, or bytes inside the binary.
pub struct WeightsFile {
    name: String,
    content: Arc<Content>,
    sha256: OnceLock<String>,
}

enum Content {
    Mapped {
        tensors: MmapedSafetensors,
        files: Vec<PathBuf>,
    },
    Embedded {
        tensors: SliceSafetensors<'static>,
        bytes: &'static [u8],
    },
}

impl WeightsFile {
    /// Opens a `.safetensors` file, or a directory that holds `model.safetensors` or its shards
    /// (`model-00001-of-00002.safetensors`, …). Nothing is read beyond the header.
    ///
    /// # Errors
    /// [`ModelError::Pickle`], [`ModelError::NotSafetensors`] or [`ModelError::Io`].
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let files = if path.is_dir() {
            files_of_directory(path)?
        } else {
            vec![path.to_owned()]
        };
        for file in &files {
            check_header(file)?;
        }
        let tensors = map(&files).map_err(|error| match first_cut(&files) {
            Some(cut) => cut,
            None => not_safetensors(&files[0], &error),
        })?;
        Ok(Self {
            name: files[0].display().to_string(),
            content: Arc::new(Content::Mapped { tensors, files }),
            sha256: OnceLock::new(),
        })
    }

    /// Wraps bytes that are part of the program.
    ///
    /// # Errors
    /// [`ModelError::NotSafetensors`].
    pub fn embedded(name: &str, bytes: &'static [u8]) -> Result<Self, ModelError> {
        let tensors = SliceSafetensors::new(bytes)
            .map_err(|error| not_safetensors(Path::new(name), &error))?;
        Ok(Self {
            name: name.to_owned(),
            content: Arc::new(Content::Embedded { tensors, bytes }),
            sha256: OnceLock::new(),
        })
    }

    /// The path, or the name of embedded weights.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the file (of its shards one after the other) in hex; read on first use.
    ///
    /// # Errors
    /// [`ModelError::Io`], or cancelled: of billions of parameters it takes seconds.
    pub fn sha256(&self, checkpoint: &dyn Checkpoint) -> Result<String, ModelError> {
        if let Some(known) = self.sha256.get() {
            return Ok(known.clone());
        }
        let mut hasher = Sha256::new();
        match &*self.content {
            Content::Embedded { bytes, .. } => hasher.update(bytes),
            Content::Mapped { files, .. } => {
                for file in files {
                    hash_file(file, &mut hasher, checkpoint)?;
                }
            }
        }
        let hex = hex(&hasher.finalize());
        Ok(self.sha256.get_or_init(|| hex).clone())
    }

    /// Names of all tensors, sorted.
    #[must_use]
    pub fn tensor_names(&self) -> Vec<String> {
        let mut names: Vec<String> = match &*self.content {
            Content::Mapped { tensors, .. } => names_of(tensors.tensors()),
            Content::Embedded { tensors, .. } => names_of(tensors.tensors()),
        };
        names.sort();
        names
    }

    /// Whether the file holds a tensor of that full name.
    #[must_use]
    pub fn contains(&self, tensor: &str) -> bool {
        self.content.view(tensor).is_some()
    }

    /// The shape of a tensor; `None` when the file does not hold it.
    #[must_use]
    pub fn shape(&self, tensor: &str) -> Option<Vec<usize>> {
        self.content.view(tensor).map(|view| view.shape().to_vec())
    }

    /// Builds a model strictly. `allow_unread` lists what a file may hold beyond the model: full
    /// names, or single components (`contact_head` allows `esm.contact_head.regression.bias`).
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`], [`ModelError::Misshaped`] and [`ModelError::Unread`] name file
    /// and tensor; what else `build` fails with comes back as it is.
    pub(crate) fn load<M>(
        &self,
        compute: &Compute,
        allow_unread: &[&str],
        build: impl FnOnce(VarBuilder) -> candle_core::Result<M>,
    ) -> Result<M, ModelError> {
        let record = Arc::new(Record::default());
        let backend = Recorder {
            file: self.name.clone(),
            content: Arc::clone(&self.content),
            record: Arc::clone(&record),
        };
        let vb = VarBuilder::from_backend(Box::new(backend), compute.dtype, compute.device.clone());
        let model = build(vb).map_err(|error| match take(&record.trouble) {
            Some(trouble) => trouble,
            None => error.into(),
        })?;
        let read = take(&record.read);
        let unread: Vec<String> = self
            .tensor_names()
            .into_iter()
            .filter(|name| !read.contains(name) && !is_allowed(name, allow_unread))
            .collect();
        if unread.is_empty() {
            return Ok(model);
        }
        Err(ModelError::Unread {
            file: self.name.clone(),
            tensors: unread,
        })
    }
}

impl std::fmt::Debug for WeightsFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WeightsFile")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Content {
    fn view(&self, name: &str) -> Option<TensorView<'_>> {
        match self {
            Self::Mapped { tensors, .. } => tensors.get(name).ok(),
            Self::Embedded { tensors, .. } => tensors.get(name).ok(),
        }
    }

    fn load(&self, name: &str, device: &Device) -> candle_core::Result<Tensor> {
        match self {
            Self::Mapped { tensors, .. } => tensors.load(name, device),
            Self::Embedded { tensors, .. } => tensors.load(name, device),
        }
    }
}

/// What a model asked for while it was built.
#[derive(Default)]
struct Record {
    read: Mutex<BTreeSet<String>>,
    trouble: Mutex<Option<ModelError>>,
}

struct Recorder {
    file: String,
    content: Arc<Content>,
    record: Arc<Record>,
}

impl Recorder {
    fn fail(&self, error: ModelError) -> candle_core::Error {
        let text = error.to_string();
        *self
            .record
            .trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(error);
        candle_core::Error::Msg(text)
    }

    fn read(
        &self,
        expected: Option<&Shape>,
        name: &str,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let Some(view) = self.content.view(name) else {
            return Err(self.fail(ModelError::MissingTensor {
                file: self.file.clone(),
                tensor: name.to_owned(),
            }));
        };
        if let Some(expected) = expected.filter(|shape| shape.dims() != view.shape()) {
            return Err(self.fail(ModelError::Misshaped {
                file: self.file.clone(),
                tensor: name.to_owned(),
                expected: expected.dims().to_vec(),
                found: view.shape().to_vec(),
            }));
        }
        self.record
            .read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned());
        self.content.load(name, device)?.to_dtype(dtype)
    }
}

impl SimpleBackend for Recorder {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: candle_nn::Init,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        self.read(Some(&shape), name, dtype, device)
    }

    fn get_unchecked(
        &self,
        name: &str,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        self.read(None, name, dtype, device)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.content.view(name).is_some()
    }
}

fn take<T: Default>(cell: &Mutex<T>) -> T {
    std::mem::take(&mut *cell.lock().unwrap_or_else(PoisonError::into_inner))
}

fn names_of(tensors: Vec<(String, TensorView<'_>)>) -> Vec<String> {
    tensors.into_iter().map(|(name, _)| name).collect()
}

fn is_allowed(name: &str, allow_unread: &[&str]) -> bool {
    allow_unread
        .iter()
        .any(|entry| name == *entry || name.split('.').any(|part| part == *entry))
}

#[expect(
    unsafe_code,
    reason = "mapping a file is the way to read weights of gigabytes"
)]
fn map(files: &[PathBuf]) -> candle_core::Result<MmapedSafetensors> {
    // SAFETY: the mapping is read only. Another process that shortened the file while it is in use
    // would break it, as it would for every program that maps files; weights are written once.
    unsafe { MmapedSafetensors::multi(files) }
}

fn files_of_directory(directory: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let single = directory.join("model.safetensors");
    if single.is_file() {
        return Ok(vec![single]);
    }
    let io = |source| ModelError::Io {
        file: directory.to_owned(),
        source,
    };
    let mut shards = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("model-") && name.ends_with(".safetensors") {
            shards.push(path);
        }
    }
    shards.sort();
    if shards.is_empty() {
        return Err(io(std::io::Error::new(
            std::io::ErrorKind::NotFound,
            "no model.safetensors in this directory",
        )));
    }
    Ok(shards)
}

/// Tells pickles and foreign files from damaged ones before anything is mapped.
fn check_header(path: &Path) -> Result<(), ModelError> {
    let file = path.display().to_string();
    let io = |source| ModelError::Io {
        file: path.to_owned(),
        source,
    };
    let mut start = Vec::with_capacity(16);
    File::open(path)
        .and_then(|f| f.take(16).read_to_end(&mut start))
        .map_err(io)?;
    let extension = path
        .extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let pickle = matches!(extension.as_str(), "pt" | "pth" | "bin" | "ckpt" | "pkl")
        || start.starts_with(b"PK\x03\x04")
        || start.starts_with(b"\x80\x02");
    if pickle {
        return Err(ModelError::Pickle { file });
    }
    let reason = if start.is_empty() {
        "the file is empty"
    } else if start.starts_with(b"version https:") {
        "it is a Git LFS pointer, not the weights themselves"
    } else if start.len() < 9 || start[8] != b'{' {
        "its header is no safetensors header"
    } else {
        return Ok(());
    };
    Err(ModelError::NotSafetensors {
        file,
        reason: reason.to_owned(),
    })
}

/// What to say of the first file that ends before its tensors do.
fn first_cut(files: &[PathBuf]) -> Option<ModelError> {
    files.iter().find_map(|path| {
        let tensor = cut_tensor(path)?;
        Some(ModelError::NotSafetensors {
            file: path.display().to_string(),
            reason: format!("it is cut short: tensor '{tensor}' is not whole"),
        })
    })
}

/// The first tensor that reaches beyond the end of a file; `None` where the header is not whole.
fn cut_tensor(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let mut length = [0; 8];
    file.read_exact(&mut length).ok()?;
    let length = u64::from_le_bytes(length);
    let data = file
        .metadata()
        .ok()?
        .len()
        .checked_sub(length.checked_add(8)?)?;
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header).ok()?;
    let header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&header).ok()?;
    let ends = header.into_iter().filter_map(|(name, entry)| {
        let end = entry.get("data_offsets")?.get(1)?.as_u64()?;
        Some((end, name))
    });
    let (_, name) = ends.filter(|(end, _)| *end > data).min()?;
    Some(name)
}

fn not_safetensors(path: &Path, error: &candle_core::Error) -> ModelError {
    let text = error.to_string();
    log::debug!("{text}");
    let reason = if text.contains("MetadataIncompleteBuffer")
        || text.contains("not fully covered")
        || text.contains("invalid header length")
        || text.contains("InvalidHeaderLength")
    {
        "it is cut short, or has bytes too many".to_owned()
    } else {
        // The library puts the quoted path first, which is said already.
        let line = text.lines().next().unwrap_or_default();
        line.rsplit("\" ").next().unwrap_or(line).to_owned()
    };
    ModelError::NotSafetensors {
        file: path.display().to_string(),
        reason,
    }
}

fn hex(digest: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

fn hash_file(
    path: &Path,
    hasher: &mut Sha256,
    checkpoint: &dyn Checkpoint,
) -> Result<(), ModelError> {
    let io = |source| ModelError::Io {
        file: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(io)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        checkpoint.reached(0, 1)?;
        match file.read(&mut buffer).map_err(io)? {
            0 => return Ok(()),
            n => hasher.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests;

//! Reading weights strictly: every tensor asked for is there, and every tensor there is asked for.
//!
//! Safetensors are mapped into memory, and of PyTorch's files one tensor after the other is read, so that
//! each is copied once, to the device it computes on. Tensors stored in f16 or bf16 are cast to the number
//! type of the [`Compute`].

mod content;
pub mod files;
mod header;
mod names;
mod pickle;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::var_builder::{SimpleBackend, VarBuilder};
use sha2::{Digest, Sha256};

use super::device::Compute;
use super::error::ModelError;
use crate::progress::Checkpoint;
use content::{Content, Tensors};
use files::Files;

/// The weights of one model: a file, its shards, or bytes inside the binary, or such laid over others.
pub struct WeightsFile {
    name: String,
    tensors: Arc<Tensors>,
    sha256: OnceLock<String>,
}

impl WeightsFile {
    /// Opens a file of safetensors or of PyTorch (`.pt`, `.pth`, `.ckpt`, `.bin`), or a directory that holds
    /// one, or its shards (`model-00001-of-00002.safetensors`, …). Nothing is read beyond what describes
    /// the tensors.
    ///
    /// # Errors
    /// [`ModelError::Pickle`], [`ModelError::NotSafetensors`], [`ModelError::OtherWeights`] or
    /// [`ModelError::Io`].
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let content = Content::open(Files::of(path)?)?;
        let name = content
            .files()
            .first()
            .unwrap_or(&path.to_owned())
            .display()
            .to_string();
        Self::of(name, content)
    }

    /// These weights laid over those of a base: what they do not hold is the base's.
    ///
    /// # Errors
    /// [`ModelError::Misshaped`] where the two are not of one shape.
    pub fn over(self, base: &Self) -> Result<Self, ModelError> {
        for tensor in self.tensors.names() {
            if let (Some(found), Some(expected)) = (self.shape(tensor), base.shape(tensor))
                && found != expected
            {
                return Err(ModelError::Misshaped {
                    file: self.name.clone(),
                    tensor: tensor.clone(),
                    expected,
                    found,
                });
            }
        }
        Ok(Self {
            tensors: Arc::new(self.tensors.over(&base.tensors)),
            name: self.name,
            sha256: OnceLock::new(),
        })
    }

    fn of(name: String, content: Content) -> Result<Self, ModelError> {
        let tensors = Tensors::of(&name, content)?;
        if tensors.names().any(|tensor| tensor.contains(".lora_")) {
            return Err(ModelError::adapter(Path::new(&name)));
        }
        if let Some(tensor) = tensors
            .names()
            .find(|tensor| tensor.starts_with("classifier."))
        {
            let kind = format!(
                "a classifier made of a language model (tensor '{tensor}'): it no longer says how likely a residue is, so it scores no mutations; give the language model itself"
            );
            return Err(ModelError::OtherWeights { file: name, kind });
        }
        Ok(Self {
            tensors: Arc::new(tensors),
            name,
            sha256: OnceLock::new(),
        })
    }

    /// Wraps bytes that are part of the program.
    ///
    /// # Errors
    /// [`ModelError::NotSafetensors`].
    pub fn embedded(name: &str, bytes: &'static [u8]) -> Result<Self, ModelError> {
        Self::of(name.to_owned(), Content::embedded(name, bytes)?)
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
        for content in self.tensors.layers() {
            if let Content::Embedded { bytes, .. } = &**content {
                hasher.update(bytes);
            }
            for file in content.files() {
                hash_file(file, &mut hasher, checkpoint)?;
            }
        }
        let hex = hex(&hasher.finalize());
        Ok(self.sha256.get_or_init(|| hex).clone())
    }

    /// Of the files together.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let files = self
            .tensors
            .layers()
            .iter()
            .flat_map(|content| content.files());
        let sizes = files.filter_map(|file| Some(std::fs::metadata(file).ok()?.len()));
        sizes.sum()
    }

    /// Names of all tensors, sorted.
    #[must_use]
    pub fn tensor_names(&self) -> Vec<String> {
        self.tensors.names().cloned().collect()
    }

    /// Whether two tensors are the same to the bit; `None` where one is not there.
    #[must_use]
    pub fn are_equal(&self, a: &str, b: &str) -> Option<bool> {
        self.tensors.are_equal(a, b)
    }

    /// Whether the file holds a tensor of that full name.
    #[must_use]
    pub fn contains(&self, tensor: &str) -> bool {
        self.tensors.contains(tensor)
    }

    /// The shape of a tensor; `None` when the file does not hold it.
    #[must_use]
    pub fn shape(&self, tensor: &str) -> Option<Vec<usize>> {
        self.tensors.shape(tensor)
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
            tensors: Arc::clone(&self.tensors),
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

/// What a model asked for while it was built.
#[derive(Default)]
struct Record {
    read: Mutex<BTreeSet<String>>,
    trouble: Mutex<Option<ModelError>>,
}

struct Recorder {
    file: String,
    tensors: Arc<Tensors>,
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
        let Some(found) = self.tensors.shape(name) else {
            return Err(self.fail(ModelError::MissingTensor {
                file: self.file.clone(),
                tensor: name.to_owned(),
            }));
        };
        if let Some(expected) = expected.filter(|shape| shape.dims() != found) {
            return Err(self.fail(ModelError::Misshaped {
                file: self.file.clone(),
                tensor: name.to_owned(),
                expected: expected.dims().to_vec(),
                found,
            }));
        }
        self.record
            .read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned());
        self.tensors.load(name, device)?.to_dtype(dtype)
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
        self.tensors.contains(name)
    }
}

fn take<T: Default>(cell: &Mutex<T>) -> T {
    std::mem::take(&mut *cell.lock().unwrap_or_else(PoisonError::into_inner))
}

fn is_allowed(name: &str, allow_unread: &[&str]) -> bool {
    allow_unread
        .iter()
        .any(|entry| name == *entry || name.split('.').any(|part| part == *entry))
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
pub(crate) use pickle::testing;
#[cfg(test)]
mod tests;

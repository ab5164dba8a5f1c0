//! Reading safetensors strictly: every tensor asked for is there, and every tensor there is asked for.
//!
//! The file is mapped into memory, so that a tensor is copied once, to the device it computes on.
//! Tensors stored in f16 or bf16 are cast to the number type of the [`Compute`].

pub mod files;
mod header;
mod names;

use std::collections::{BTreeMap, BTreeSet};
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
use files::Files;
use header::{check_header, first_cut, held_by, not_safetensors};

/// The weights of one model: one safetensors file, its shards, or bytes inside the binary.
pub struct WeightsFile {
    name: String,
    content: Arc<Content>,
    /// What the file calls the tensors that models ask for.
    names: Arc<BTreeMap<String, String>>,
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
        let files = Files::of(path)?;
        for file in &files.paths {
            check_header(file)?;
        }
        let tensors = map(&files.paths).map_err(|error| match first_cut(&files.paths) {
            Some(cut) => cut,
            None => not_safetensors(&files.paths[0], &error),
        })?;
        if files.paths.len() > 1 {
            let held = files
                .paths
                .iter()
                .map(|file| Ok((file.clone(), held_by(file)?)));
            files.check(&held.collect::<Result<Vec<_>, ModelError>>()?)?;
        }
        let content = Content::Mapped {
            tensors,
            files: files.paths,
        };
        Self::of(content.first_file(), content)
    }

    fn of(name: String, content: Content) -> Result<Self, ModelError> {
        Ok(Self {
            names: content.names_by_model(&name)?,
            name,
            content: Arc::new(content),
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
        Self::of(name.to_owned(), Content::Embedded { tensors, bytes })
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
        self.names.keys().cloned().collect()
    }

    /// The files, one after the other; none where the weights are inside the program.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        match &*self.content {
            Content::Mapped { files, .. } => files,
            Content::Embedded { .. } => &[],
        }
    }

    /// Whether two tensors are the same to the bit; `None` where one is not there.
    #[must_use]
    pub fn are_equal(&self, a: &str, b: &str) -> Option<bool> {
        let (a, b) = (self.view(a)?, self.view(b)?);
        Some(a.dtype() == b.dtype() && a.shape() == b.shape() && a.data() == b.data())
    }

    fn view(&self, tensor: &str) -> Option<TensorView<'_>> {
        self.content.view(self.names.get(tensor)?)
    }

    /// Whether the file holds a tensor of that full name.
    #[must_use]
    pub fn contains(&self, tensor: &str) -> bool {
        self.names.contains_key(tensor)
    }

    /// The shape of a tensor; `None` when the file does not hold it.
    #[must_use]
    pub fn shape(&self, tensor: &str) -> Option<Vec<usize>> {
        self.view(tensor).map(|view| view.shape().to_vec())
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
            names: Arc::clone(&self.names),
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
    fn first_file(&self) -> String {
        match self {
            Self::Mapped { files, .. } => files[0].display().to_string(),
            Self::Embedded { .. } => String::new(),
        }
    }

    /// What the file calls each tensor, by the name that models ask for.
    fn names_by_model(&self, file: &str) -> Result<Arc<BTreeMap<String, String>>, ModelError> {
        let all = match self {
            Self::Mapped { tensors, .. } => names_of(tensors.tensors()),
            Self::Embedded { tensors, .. } => names_of(tensors.tensors()),
        };
        let mut names = BTreeMap::new();
        for own in all {
            if let Some(other) = names.insert(names::canonical(&own), own.clone()) {
                return Err(ModelError::NotSafetensors {
                    file: file.to_owned(),
                    reason: format!("tensors '{other}' and '{own}' have the same meaning"),
                });
            }
        }
        Ok(Arc::new(names))
    }

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
    names: Arc<BTreeMap<String, String>>,
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
        let own = self.names.get(name);
        let Some((own, view)) = own.and_then(|own| Some((own, self.content.view(own)?))) else {
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
        self.content.load(own, device)?.to_dtype(dtype)
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
        self.names.contains_key(name)
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

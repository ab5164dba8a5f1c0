//! Tensors of PyTorch files (`.pt`, `.pth`, `.ckpt`, `.bin`) without Python: a zip archive holds one
//! pickle, which says where in the archive each tensor is. Nothing in a pickle is run: candle's stack
//! machine ([`candle_core::pickle::Stack`]) makes plain values of it, of which those that describe tensors
//! are looked at and everything else is passed over.

mod archive;
mod limits;
mod tensor;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use candle_core::pickle::{Object, Stack};
use candle_core::{DType, Device, Tensor};

use crate::models::error::ModelError;
use archive::Archive;
use limits::Limits;
use tensor::Described;

/// The dictionaries in which training loops keep a network's tensors: Lightning's, fair-esm's, others'.
const DICTIONARIES: [&str; 5] = [
    "state_dict",
    "model",
    "model_state_dict",
    "module",
    "network",
];

/// Longest pickle that is read; that of ESM-2 3B has 0.1 MB, its tensors lie beside it.
const LONGEST: u64 = 64 << 20;

/// The tensors of one file.
pub(super) struct Pickled {
    path: PathBuf,
    tensors: BTreeMap<String, Placed>,
}

/// A tensor in the file.
struct Placed {
    described: Described,
    /// Where its storage begins in the file.
    storage: u64,
}

impl Pickled {
    /// Reads names, shapes and places. Memory is bounded by a multiple of the pickle's length, which
    /// is itself within the file.
    ///
    /// # Errors
    /// [`ModelError::Pickle`] with what speaks against the file, or [`ModelError::Io`].
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let refuse = |reason: String| ModelError::Pickle {
            file: path.display().to_string(),
            reason,
        };
        let io = |source| ModelError::Io {
            file: path.to_owned(),
            source,
        };
        let mut file = File::open(path).map_err(io)?;
        let archive = Archive::read(&mut file).map_err(refuse)?;
        let (root, pickle) = archive.pickle().map_err(refuse)?;
        if pickle.size > LONGEST {
            return Err(refuse(format!("a pickle of {} bytes", pickle.size)));
        }
        let bytes = archive.bytes(&mut file, pickle).map_err(refuse)?;
        let object = values(&bytes).map_err(refuse)?;
        let order = archive.find(&format!("{root}byteorder"));
        if let Some(order) = order.filter(|entry| entry.size < 16) {
            let order = archive.bytes(&mut file, order).map_err(refuse)?;
            if order.trim_ascii() == b"big" {
                return Err(refuse("its numbers are big-endian".to_owned()));
            }
        }
        let mut tensors = BTreeMap::new();
        for (name, described) in tensors_of(object).map_err(refuse)? {
            let key = format!("{root}data/{}", described.key);
            let storage = archive.find(&key).ok_or_else(|| {
                refuse(format!(
                    "tensor '{name}' lies in '{key}', which is not there"
                ))
            })?;
            if !described.fits(storage.size) {
                return Err(refuse(format!(
                    "tensor '{name}' reaches beyond its storage"
                )));
            }
            let placed = Placed {
                storage: archive.start(&mut file, storage).map_err(refuse)?,
                described,
            };
            tensors.insert(name, placed);
        }
        if tensors.is_empty() {
            return Err(refuse("there are no tensors in it".to_owned()));
        }
        Ok(Self {
            path: path.to_owned(),
            tensors,
        })
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.tensors.keys()
    }

    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        Some(&self.tensors.get(name)?.described.shape)
    }

    /// Number type, shape and numbers of a tensor, row after row.
    pub fn bytes(&self, name: &str) -> candle_core::Result<(DType, &[usize], Vec<u8>)> {
        let Some(Placed { described, storage }) = self.tensors.get(name) else {
            candle_core::bail!("no tensor '{name}'");
        };
        let span = described.span();
        let mut bytes = vec![0; span.end - span.start];
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(storage + span.start as u64))?;
        file.read_exact(&mut bytes)?;
        Ok((described.dtype, &described.shape, described.in_rows(bytes)))
    }

    pub fn load(&self, name: &str, device: &Device) -> candle_core::Result<Tensor> {
        let (dtype, shape, bytes) = self.bytes(name)?;
        Tensor::from_raw_buffer(&bytes, dtype, shape, device)
    }
}

/// The value that a pickle stands for.
fn values(bytes: &[u8]) -> Result<Object, String> {
    let mut limits = Limits::of(bytes);
    let mut stack = Stack::empty();
    let mut rest = bytes;
    loop {
        // candle trusts a pickle: lengths are allocated before they are read, copies of copies double,
        // values may nest deeper than the program's own stack. So each step is weighed before.
        limits.step(rest)?;
        match stack.read(&mut rest) {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) => return Err(first_line(&error)),
        }
    }
    stack.finalize().map_err(|error| first_line(&error))
}

fn first_line(error: &candle_core::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(120).collect()
}

/// The tensors by name: of the dictionary itself, else of the one inside that holds any.
fn tensors_of(object: Object) -> Result<Vec<(String, Described)>, String> {
    let Object::Dict(mut entries) = object else {
        return Err("it holds no dictionary of tensors".to_owned());
    };
    let mut found = described(&entries)?;
    for key in DICTIONARIES {
        if !found.is_empty() {
            break;
        }
        let is_it = |(name, _): &(Object, Object)| matches!(name, Object::Unicode(n) if n == key);
        if let Some(at) = entries.iter().position(is_it)
            && let (_, Object::Dict(inner)) = entries.swap_remove(at)
        {
            found = described(&inner)?;
        }
    }
    Ok(found)
}

fn described(entries: &[(Object, Object)]) -> Result<Vec<(String, Described)>, String> {
    let mut found = Vec::new();
    for (name, value) in entries {
        let Object::Unicode(name) = name else {
            continue;
        };
        match Described::of(value) {
            Some(Ok(tensor)) => found.push((name.clone(), tensor)),
            Some(Err(reason)) => return Err(format!("tensor '{name}': {reason}")),
            None => {}
        }
    }
    Ok(found)
}

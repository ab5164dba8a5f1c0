//! Which files hold the tensors of a model.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::models::error::ModelError;

/// The name of weights that are one file.
pub const SINGLE: &str = "model.safetensors";
/// Names the shards of weights that are several, and which tensor is in which.
pub const INDEX: &str = "model.safetensors.index.json";

/// The same of PyTorch's own form.
pub const PYTORCH: &str = "pytorch_model.bin";
const PYTORCH_INDEX: &str = "pytorch_model.bin.index.json";
/// What stands beside weights in the folders of training loops, by the beginning of its name.
const BESIDE: [&str; 5] = [
    "optimizer",
    "scheduler",
    "training_args",
    "rng_state",
    "scaler",
];

/// The files of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// In the order of their names.
    pub paths: Vec<PathBuf>,
    /// Tensors with the file that an index says they are in.
    index: Option<BTreeMap<String, String>>,
}

impl Files {
    /// Of a file, or of a folder: `model.safetensors`, else what its index names, else all shards
    /// (`model-00001-of-00002.safetensors`, …) where they are whole and of one set, else
    /// `pytorch_model.bin` or what its index names, else the only weights file there is.
    ///
    /// # Errors
    /// [`ModelError::Io`], or [`ModelError::NotSafetensors`] where it is not clear which files belong
    /// together, or [`ModelError::OtherWeights`] of an adapter.
    pub fn of(path: &Path) -> Result<Self, ModelError> {
        if path.to_string_lossy().ends_with(".index.json") {
            return Self::of_index(path.parent().unwrap_or(Path::new("")), path);
        }
        if !path.is_dir() {
            return Ok(Self::plain(vec![path.to_owned()]));
        }
        let folder = path;
        for (single, index) in [(SINGLE, INDEX), (PYTORCH, PYTORCH_INDEX)] {
            let (single, index) = (folder.join(single), folder.join(index));
            if single.is_file() {
                return Ok(Self::plain(vec![single]));
            }
            if index.is_file() {
                return Self::of_index(folder, &index);
            }
            if let Some(shards) = shards(folder)? {
                return Ok(Self::plain(shards));
            }
        }
        Ok(Self::plain(vec![only_one(folder)?]))
    }

    fn plain(paths: Vec<PathBuf>) -> Self {
        Self { paths, index: None }
    }

    fn of_index(folder: &Path, path: &Path) -> Result<Self, ModelError> {
        let names = shards_of_index(path)?;
        let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
        if let Some(absent) = paths.iter().find(|path| !path.is_file()) {
            let reason = format!("it names {}, which is not there", absent.display());
            return Err(refuse(path, reason));
        }
        Ok(Self {
            paths,
            index: Some(read_index(path)?),
        })
    }

    /// Whether each file holds what it should: no tensor twice, and with an index each where it says.
    ///
    /// # Errors
    /// [`ModelError::NotSafetensors`] with the tensor.
    pub fn check(&self, tensors: &[(PathBuf, Vec<String>)]) -> Result<(), ModelError> {
        let mut seen: BTreeMap<&str, &Path> = BTreeMap::new();
        for (path, names) in tensors {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            for name in names {
                if let Some(other) = seen.insert(name, path) {
                    let other = other.display();
                    return Err(refuse(path, format!("tensor '{name}' is in {other}, too")));
                }
                let said = self.index.as_ref().map(|index| index.get(name));
                if said.is_some_and(|said| said.is_none_or(|said| *said != file)) {
                    let reason =
                        format!("the index does not say that tensor '{name}' is in this file");
                    return Err(refuse(path, reason));
                }
            }
        }
        let named = self.index.iter().flat_map(|index| index.iter());
        match named
            .into_iter()
            .find(|(name, _)| !seen.contains_key(name.as_str()))
        {
            Some((name, file)) => Err(refuse(
                Path::new(file),
                format!("tensor '{name}' is not in it, though the index says so"),
            )),
            None => Ok(()),
        }
    }
}

/// The shards that an index names, each once; only plain file names are believed.
///
/// # Errors
/// [`ModelError::Io`] and [`ModelError::NotSafetensors`].
pub fn shards_of_index(path: &Path) -> Result<Vec<String>, ModelError> {
    let names: BTreeSet<String> = read_index(path)?.into_values().collect();
    if let Some(odd) = names.iter().find(|name| name.contains(['/', '\\'])) {
        return Err(refuse(path, format!("'{odd}' is no file name")));
    }
    if names.is_empty() {
        return Err(refuse(path, "it names no file".to_owned()));
    }
    Ok(names.into_iter().collect())
}

/// Tensors with the files that an index says they are in.
fn read_index(path: &Path) -> Result<BTreeMap<String, String>, ModelError> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let text = std::fs::read_to_string(path).map_err(|source| ModelError::Io {
        file: path.to_owned(),
        source,
    })?;
    let index: Index = serde_json::from_str(&text)
        .map_err(|error| refuse(path, format!("no index of shards: {error}")))?;
    Ok(index.weight_map)
}

/// All shards of a folder without an index, where there are any.
fn shards(folder: &Path) -> Result<Option<Vec<PathBuf>>, ModelError> {
    let io = |source| ModelError::Io {
        file: folder.to_owned(),
        source,
    };
    let mut sets: BTreeMap<usize, BTreeMap<usize, PathBuf>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some((number, of)) = shard(&name) {
            sets.entry(of).or_default().insert(number, path);
        }
    }
    let mut sets = sets.into_iter();
    let Some((of, set)) = sets.next() else {
        return Ok(None);
    };
    if let Some((other, _)) = sets.next() {
        let reason = format!(
            "shards of two sets (of {of} and of {other}) and no {INDEX} that says which belong together"
        );
        return Err(refuse(folder, reason));
    }
    if let Some(missing) = (1..=of).find(|number| !set.contains_key(number)) {
        return Err(refuse(
            folder,
            format!("shard {missing} of {of} is not there"),
        ));
    }
    Ok(Some(set.into_values().collect()))
}

/// The only weights file of a folder.
fn only_one(folder: &Path) -> Result<PathBuf, ModelError> {
    let io = |source| ModelError::Io {
        file: folder.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("adapter_model.") {
            return Err(ModelError::adapter(&path));
        }
        let is_beside = BESIDE.iter().any(|start| name.starts_with(start));
        // fair-esm keeps the contact head apart.
        if is_weights(&path) && !is_beside && !name.contains("contact-regression") {
            found.push(path);
        }
    }
    found.sort();
    match &found[..] {
        [only] => Ok(only.clone()),
        [] => Err(io(std::io::Error::new(
            std::io::ErrorKind::NotFound,
            "no model.safetensors and no other weights file in this directory",
        ))),
        [first, second, ..] => {
            let reason = format!(
                "weights files of several models ({}, {}, …); give one of them",
                first.display(),
                second.display()
            );
            Err(refuse(folder, reason))
        }
    }
}

/// Whether a file has the name of one that holds tensors.
#[must_use]
pub fn is_weights(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    path.is_file()
        && ["safetensors", "pt", "pth", "ckpt", "bin"]
            .iter()
            .any(|known| extension == *known)
}

/// Number and count of `model-00001-of-00002.safetensors`.
fn shard(name: &str) -> Option<(usize, usize)> {
    let middle = name.strip_prefix("model-")?.strip_suffix(".safetensors")?;
    let (number, of) = middle.split_once("-of-")?;
    Some((number.parse().ok()?, of.parse().ok()?))
}

fn refuse(path: &Path, reason: String) -> ModelError {
    ModelError::NotSafetensors {
        file: path.display().to_string(),
        reason,
    }
}

//! Downloaded weights on this machine: where they are, whether they are whole, how they get there.
//!
//! Nothing is downloaded unless [`Store::fetch`] is called. Files of the Hugging Face cache of other
//! programs are found and used, never changed.

mod error;
mod hub;
mod manifest;
mod receipt;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use super::Observer;
use crate::models::weights::WeightsFile;

pub use error::StoreError;
pub use hub::Hub;
pub use manifest::{Kind, Published, find, published};
use receipt::{FileRecord, Receipt, sha256_of};

/// The name of the weights in a folder of one model.
const WEIGHTS: &str = "model.safetensors";
/// Names the shards of weights that are more than one file.
const INDEX: &str = "model.safetensors.index.json";

/// Where a model was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The folder that holds the weights.
    pub folder: PathBuf,
    /// Whether it is the cache of another program.
    pub foreign: bool,
}

/// What checking one file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The file.
    pub file: PathBuf,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// What it is compared with; `None` when no hash was ever stated.
    pub expected: Option<String>,
}

impl Verified {
    /// Whether the file is what it should be, as far as is known.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.expected.as_ref().is_none_or(|e| *e == self.sha256)
    }
}

/// The weights on this machine.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    hub_cache: Option<PathBuf>,
}

impl Store {
    /// A store in `folder`, which also looks into a Hugging Face cache.
    #[must_use]
    pub fn new(folder: PathBuf, hub_cache: Option<PathBuf>) -> Self {
        Self { folder, hub_cache }
    }

    /// The store of this user: `$DYNASCOPE_WEIGHTS`, else the platform's data directory.
    #[must_use]
    pub fn of_user() -> Self {
        let folder = std::env::var_os("DYNASCOPE_WEIGHTS").map(PathBuf::from);
        let project = directories::ProjectDirs::from("", "", "dynascope");
        let folder = folder
            .or_else(|| project.map(|p| p.data_dir().join("weights")))
            .unwrap_or_else(|| PathBuf::from(".dynascope/weights"));
        Self::new(folder, hub::cache_of_user())
    }

    /// The folder of all models.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a model's own folder is, or would be.
    #[must_use]
    pub fn folder_of(&self, model: &Published) -> PathBuf {
        self.folder.join(&model.id)
    }

    /// Where a model is, when it is on this machine.
    #[must_use]
    pub fn locate(&self, model: &Published) -> Option<Located> {
        let own = self.folder_of(model);
        if holds_weights(&own) {
            return Some(Located {
                folder: own,
                foreign: false,
            });
        }
        let folder = hub::snapshot(self.hub_cache.as_deref()?, model);
        holds_weights(&folder).then_some(Located {
            folder,
            foreign: true,
        })
    }

    /// Downloads a model, going on where an earlier download broke off. Files that are there are left
    /// alone.
    ///
    /// # Errors
    /// What the hub or the disk says; a file whose hash is wrong is deleted.
    pub fn fetch(
        &self,
        model: &Published,
        hub: &Hub,
        observer: &dyn Observer,
    ) -> Result<PathBuf, StoreError> {
        let folder = self.folder_of(model);
        create(&folder)?;
        let mut receipt = Receipt::read(&folder).unwrap_or_default();
        receipt.repository.clone_from(&model.repository);
        receipt.revision.clone_from(&model.revision);
        for file in &model.files {
            match self.fetch_one(model, file, hub, &mut receipt, observer) {
                Err(StoreError::NotFound { .. }) if file == WEIGHTS => {
                    self.fetch_shards(model, hub, &mut receipt, observer)?;
                }
                result => result?,
            }
        }
        Ok(folder)
    }

    fn fetch_one(
        &self,
        model: &Published,
        file: &str,
        hub: &Hub,
        receipt: &mut Receipt,
        observer: &dyn Observer,
    ) -> Result<(), StoreError> {
        let folder = self.folder_of(model);
        let path = folder.join(file);
        if path.exists() && receipt.files.contains_key(file) {
            return Ok(());
        }
        observer.phase("download");
        let stated = hub.download(model, file, &path, observer)?;
        let record = FileRecord {
            sha256: stated.sha256,
            size: stated.size,
            stated_by_hub: stated.was_stated,
        };
        receipt.files.insert(file.to_owned(), record);
        receipt.write(&folder)
    }

    fn fetch_shards(
        &self,
        model: &Published,
        hub: &Hub,
        receipt: &mut Receipt,
        observer: &dyn Observer,
    ) -> Result<(), StoreError> {
        self.fetch_one(model, INDEX, hub, receipt, observer)?;
        let path = self.folder_of(model).join(INDEX);
        for shard in manifest::shards_of_index(&path)? {
            self.fetch_one(model, &shard, hub, receipt, observer)?;
        }
        Ok(())
    }

    /// Hashes every file of a model anew and compares.
    ///
    /// # Errors
    /// The model is not there, or a file cannot be read.
    pub fn verify(
        &self,
        model: &Published,
        observer: &dyn Observer,
    ) -> Result<Vec<Verified>, StoreError> {
        let located = self.locate(model).ok_or_else(|| StoreError::NotHere {
            id: model.id.clone(),
        })?;
        let receipt = Receipt::read(&located.folder).unwrap_or_default();
        let mut files = safetensors_of(&located.folder);
        files.sort();
        observer.phase("verify");
        let mut found = Vec::new();
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let recorded = receipt.files.get(name.as_ref());
            let expected = model
                .sha256
                .get(name.as_ref())
                .cloned()
                .or_else(|| recorded.map(|r| r.sha256.clone()))
                .or_else(|| hub::hash_in_cache(&file));
            found.push(Verified {
                sha256: sha256_of(&file, observer)?,
                expected,
                file,
            });
        }
        Ok(found)
    }

    /// Copies a model's weights from a `.safetensors` file or a folder, with the `config.json` beside
    /// them.
    ///
    /// # Errors
    /// Pickles and broken files are refused, and so is a model that is there already.
    pub fn import(&self, model: &Published, from: &Path) -> Result<PathBuf, StoreError> {
        let folder = self.folder_of(model);
        if holds_weights(&folder) {
            return Err(StoreError::Exists { folder });
        }
        WeightsFile::open(from).map_err(|e| StoreError::Weights(Box::new(e)))?;
        create(&folder)?;
        let (source, files) = if from.is_dir() {
            (from, safetensors_of(from))
        } else {
            (from.parent().unwrap_or(from), vec![from.to_owned()])
        };
        let mut receipt = Receipt::default();
        for file in &files {
            let name = if files.len() == 1 {
                WEIGHTS.to_owned()
            } else {
                let name = file.file_name().unwrap_or_default();
                name.to_string_lossy().into_owned()
            };
            let record = copy(file, &folder.join(&name))?;
            receipt.files.insert(name, record);
        }
        for extra in ["config.json", INDEX] {
            let file = source.join(extra);
            if file.exists() {
                copy(&file, &folder.join(extra))?;
            }
        }
        receipt.write(&folder)?;
        Ok(folder)
    }
}

impl From<StoreError> for super::EngineError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Cancelled(_) => Self::Cancelled,
            other => Self::Store(other),
        }
    }
}

fn create(folder: &Path) -> Result<(), StoreError> {
    std::fs::create_dir_all(folder).map_err(|e| StoreError::disk(folder, &e))
}

fn copy(from: &Path, to: &Path) -> Result<FileRecord, StoreError> {
    let part = to.with_extension("importing");
    let size = std::fs::copy(from, &part).map_err(|e| StoreError::disk(from, &e))?;
    std::fs::rename(&part, to).map_err(|e| StoreError::disk(to, &e))?;
    Ok(FileRecord {
        sha256: sha256_of(to, &())?,
        size,
        stated_by_hub: false,
    })
}

fn holds_weights(folder: &Path) -> bool {
    if folder.join(WEIGHTS).exists() {
        return true;
    }
    let index = folder.join(INDEX);
    index.exists()
        && manifest::shards_of_index(&index)
            .is_ok_and(|shards| shards.iter().all(|s| folder.join(s).exists()))
}

fn safetensors_of(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "safetensors"))
        .collect()
}

//! Downloaded weights on this machine: where they are, whether they are whole, how they get there.
//!
//! Nothing is downloaded unless [`Store::fetch`] is called. Files of other programs in the caches of Hugging
//! Face and of PyTorch are found and used, never changed.

#[cfg(test)]
mod dynaprot_tests;
mod environment;
mod error;
mod hub;
mod listed;
mod manifest;
mod receipt;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Observer;
use crate::models::dynaprot;
use crate::models::error::ModelError;
use crate::models::esm2::config::layers_of;
use crate::models::weights::WeightsFile;
use crate::models::weights::files::{self, Files, INDEX, PYTORCH, SINGLE as WEIGHTS};

pub use error::StoreError;
pub use hub::Hub;
pub use manifest::{Kind, Published, find, is_distilled, published};
pub(super) use receipt::sha256_of;
use receipt::{FileRecord, Receipt};

/// Where a model was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The file or folder that holds the weights.
    pub path: PathBuf,
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
    torch_cache: Option<PathBuf>,
}

impl Store {
    /// A store in `folder` alone.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            hub_cache: None,
            torch_cache: None,
        }
    }

    /// The store of this user: `$DYNASCOPE_WEIGHTS`, else the platform's data directory.
    #[must_use]
    pub fn of_user() -> Self {
        let folder = std::env::var_os("DYNASCOPE_WEIGHTS").map(PathBuf::from);
        let project = directories::ProjectDirs::from("", "", "dynascope");
        let folder = folder
            .or_else(|| project.map(|p| p.data_dir().join("weights")))
            .unwrap_or_else(|| PathBuf::from(".dynascope/weights"));
        let environment = environment::Environment::of_process();
        Self {
            folder,
            hub_cache: environment.cache(),
            torch_cache: environment.torch_checkpoints(),
        }
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

    /// Where a model is, when it is on this machine. One that is the mean of others is where the first of
    /// them is, when all are here.
    #[must_use]
    pub fn locate(&self, model: &Published) -> Option<Located> {
        if !model.members.is_empty() {
            let members = model.members.iter().map(|id| self.locate(find(id).ok()?));
            return members.collect::<Option<Vec<_>>>()?.into_iter().next();
        }
        let own = self.folder_of(model);
        if let Some(path) = weights_in(model, &own) {
            return Some(Located {
                path,
                foreign: false,
            });
        }
        let snapshots = self
            .hub_cache
            .iter()
            .flat_map(|cache| environment::snapshots(cache, &model.repository, &model.revision));
        let in_hub = snapshots.filter_map(|folder| weights_in(model, &folder));
        let in_torch = self.torch_cache.iter().zip(&model.torch);
        let in_torch = in_torch
            .map(|(cache, file)| cache.join(file))
            .filter(|f| f.is_file());
        Some(Located {
            path: in_hub
                .chain(in_torch)
                .find(|path| is_model(model, path).is_ok())?,
            foreign: true,
        })
    }

    /// Downloads a model, going on where an earlier download broke off. Files that are there and right are
    /// left alone, wrong ones replaced. Two processes do not meet: the second waits, and then finds the
    /// files.
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
        let _alone = alone_in(&folder, observer)?;
        let mut receipt = Receipt::read(&folder).unwrap_or_default();
        receipt.repository.clone_from(&model.repository);
        receipt.revision.clone_from(&model.revision);
        let listed = match model.kind {
            Kind::DynaProt => listed::dynaprot(model, &hub.list(model)?)?,
            _ => Vec::new(),
        };
        for file in model.files.iter().chain(&listed) {
            match self.fetch_one(model, file, hub, &mut receipt, observer) {
                Err(StoreError::NotFound { .. }) if file == WEIGHTS => {
                    self.fetch_otherwise(model, hub, &mut receipt, observer)?;
                }
                result => result?,
            }
        }
        is_model(model, &folder)?;
        Ok(folder)
    }

    /// What a repository without `model.safetensors` holds: shards, or PyTorch's own form.
    fn fetch_otherwise(
        &self,
        model: &Published,
        hub: &Hub,
        receipt: &mut Receipt,
        observer: &dyn Observer,
    ) -> Result<(), StoreError> {
        match self.fetch_shards(model, hub, receipt, observer) {
            Err(StoreError::NotFound { .. }) => {
                self.fetch_one(model, PYTORCH, hub, receipt, observer)
            }
            result => result,
        }
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
        create(path.parent().unwrap_or(&folder))?;
        if is_right(model, file, &path, receipt, observer)? {
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
        for shard in files::shards_of_index(&path).map_err(broken)? {
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
        let folder = if located.path.is_dir() {
            located.path.as_path()
        } else {
            located.path.parent().unwrap_or(&located.path)
        };
        let receipt = Receipt::read(folder).unwrap_or_default();
        let files = files_of(model, &located.path).map_err(broken)?;
        observer.phase("verify");
        let mut found = Vec::new();
        for file in files {
            let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy();
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

    /// Copies a model's weights from a file or a folder, with the `config.json` beside them.
    ///
    /// # Errors
    /// Broken files and other models are refused, and so is a model that is there already.
    pub fn import(&self, model: &Published, from: &Path) -> Result<PathBuf, StoreError> {
        let folder = self.folder_of(model);
        if weights_in(model, &folder).is_some() {
            return Err(StoreError::Exists { folder });
        }
        is_model(model, from)?;
        if model.kind == Kind::DynaProt {
            return self.import_listed(model, from);
        }
        create(&folder)?;
        let source = if from.is_dir() {
            from
        } else {
            from.parent().unwrap_or(from)
        };
        let files = Files::of(from).map_err(broken)?.paths;
        let mut receipt = Receipt::default();
        for file in &files {
            let name = match (&files[..], file.extension()) {
                ([_], Some(extension)) if extension == "safetensors" => WEIGHTS.to_owned(),
                ([_], _) if model.kind == Kind::Vesm => model.files[0].clone(),
                _ => {
                    let name = file.file_name().unwrap_or_default();
                    name.to_string_lossy().into_owned()
                }
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

impl Store {
    /// Copies both folders of DynaProt.
    fn import_listed(&self, model: &Published, from: &Path) -> Result<PathBuf, StoreError> {
        let folder = self.folder_of(model);
        let mut receipt = Receipt::default();
        for file in files_of(model, from).map_err(broken)? {
            let name = file.strip_prefix(from).unwrap_or(&file).to_owned();
            let to = folder.join(&name);
            create(to.parent().unwrap_or(&folder))?;
            let record = copy(&file, &to)?;
            receipt
                .files
                .insert(name.to_string_lossy().into_owned(), record);
            let config = file.with_file_name("config.json");
            if config.exists() {
                copy(&config, &to.with_file_name("config.json"))?;
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

/// The weights files of a model.
fn files_of(model: &Published, path: &Path) -> Result<Vec<PathBuf>, ModelError> {
    if model.kind != Kind::DynaProt {
        return Ok(Files::of(path)?.paths);
    }
    let parts = dynaprot::PUBLISHED.map(|name| Files::of(&path.join(name)));
    let paths = parts.into_iter().map(|files| Ok(files?.paths));
    Ok(paths.collect::<Result<Vec<_>, ModelError>>()?.concat())
}

/// The weights of a model in a folder, if they are there: the file of that name, or the folder.
fn weights_in(model: &Published, folder: &Path) -> Option<PathBuf> {
    if model.kind == Kind::DynaProt {
        let mut parts = dynaprot::PUBLISHED.iter().map(|name| folder.join(name));
        return parts
            .all(|part| holds_weights(&part))
            .then(|| folder.to_owned());
    }
    let named = model
        .files
        .iter()
        .find(|file| files::is_weights(&folder.join(file)));
    match named {
        Some(file) if file != WEIGHTS => Some(folder.join(file)),
        _ => holds_weights(folder).then(|| folder.to_owned()),
    }
}

fn holds_weights(folder: &Path) -> bool {
    folder.is_dir() && Files::of(folder).is_ok()
}

fn broken(error: ModelError) -> StoreError {
    StoreError::Weights(Box::new(error))
}

/// Holds the folder of a model for one process; others wait.
fn alone_in(folder: &Path, observer: &dyn Observer) -> Result<File, StoreError> {
    let path = folder.join(".lock");
    let fail = |e: &std::io::Error| StoreError::disk(&path, e);
    let lock = File::create(&path).map_err(|e| fail(&e))?;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => {
                observer.phase("wait for another download");
                observer.reached(0, 0)?;
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(TryLockError::Error(error)) => return Err(fail(&error)),
        }
    }
}

/// Whether a file is there and is what it should be, by its hash.
fn is_right(
    model: &Published,
    name: &str,
    path: &Path,
    receipt: &Receipt,
    observer: &dyn Observer,
) -> Result<bool, StoreError> {
    let recorded = receipt.files.get(name).map(|record| &record.sha256);
    match model.sha256.get(name).or(recorded) {
        Some(expected) if path.exists() => {
            observer.phase("verify");
            Ok(sha256_of(path, observer)? == *expected)
        }
        _ => Ok(false),
    }
}

/// Whether weights are those of a model, by the tensors they hold and the shapes of its encoder.
fn is_model(model: &Published, path: &Path) -> Result<(), StoreError> {
    if model.kind == Kind::DynaProt {
        return dynaprot::check_published(path).map_err(broken);
    }
    let file = WeightsFile::open(path).map_err(broken)?;
    let (prefix, head) = match model.kind {
        Kind::Esm | Kind::Vesm | Kind::DynaProt => ("esm", "lm_head.bias"),
        Kind::Dance => ("esm2", "res_pred_nn.0.weight"),
    };
    let refused = |reason: String| StoreError::AnotherModel {
        file: file.name().to_owned(),
        reason,
        id: model.id.clone(),
    };
    let embedding = format!("{prefix}.embeddings.word_embeddings.weight");
    for tensor in [head, &embedding] {
        if !file.contains(tensor) {
            return Err(refused(format!("there is no tensor '{tensor}'")));
        }
    }
    let width = file
        .shape(&embedding)
        .and_then(|shape| shape.last().copied());
    let layers = layers_of(&file, prefix);
    if width == Some(model.width) && layers == model.layers {
        return Ok(());
    }
    Err(refused(format!(
        "its encoder has {layers} layers of width {}, not {} of {}",
        width.unwrap_or(0),
        model.layers,
        model.width
    )))
}

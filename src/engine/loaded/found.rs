//! Where the weights of a network are: a path, a model of that name, what is installed, or the program itself.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::engine::store::{Published, Store, find};
use crate::engine::{EngineError, EngineOptions};
use crate::models::embedded;
use crate::models::error::ModelError;
use crate::models::weights::WeightsFile;
use crate::study::Weights;

/// Names, sizes and times of the files that a model was read from.
pub(super) type Stamp = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// Of a file and its configuration, or of everything in a folder: a user may correct either between two
/// requests.
pub(super) fn stamp(path: &Path) -> Stamp {
    let mut paths = vec![path.to_owned(), path.with_file_name("config.json")];
    let inside = std::fs::read_dir(path).into_iter().flatten().flatten();
    paths.extend(inside.map(|entry| entry.path()));
    paths.sort();
    let of = |path: PathBuf| {
        let about = std::fs::metadata(&path).ok()?;
        Some((path, about.len(), about.modified().ok()))
    };
    paths.into_iter().filter_map(of).collect()
}

/// What stands for a path where weights are inside the program.
pub(super) const EMBEDDED: &str = "inside dynascope";

/// The folder of DynaProt's weights, if they are not those inside the program, and their name: the user's,
/// the authors' where they are installed, else ours.
/// Weights that were found, not yet read.
pub(super) enum Found {
    /// Files or folders, one or several that are averaged, and the model's name where it has one.
    Disk(Vec<OnDisk>, Option<String>),
    /// Inside the program.
    Embedded(WeightsFile),
}

/// A file or folder, and that of the model that it is laid over.
pub(super) struct OnDisk {
    pub path: PathBuf,
    pub base: Option<PathBuf>,
}

impl OnDisk {
    pub fn open(&self) -> Result<WeightsFile, ModelError> {
        let own = WeightsFile::open(&self.path)?;
        match &self.base {
            Some(base) => own.over(&WeightsFile::open(base)?),
            None => Ok(own),
        }
    }
}

impl Found {
    pub fn at(path: PathBuf) -> Self {
        Self::Disk(vec![OnDisk { path, base: None }], None)
    }

    pub fn key(&self) -> PathBuf {
        match self {
            Self::Disk(..) => PathBuf::from(self.id()),
            Self::Embedded(_) => PathBuf::from(EMBEDDED),
        }
    }

    pub fn id(&self) -> String {
        match self {
            Self::Disk(_, Some(id)) => id.clone(),
            Self::Disk(all, None) => all
                .first()
                .map_or(String::new(), |one| one.path.display().to_string()),
            Self::Embedded(file) => file.name().to_owned(),
        }
    }

    pub fn stamp(&self) -> Stamp {
        match self {
            Self::Disk(all, _) => {
                let paths = all
                    .iter()
                    .flat_map(|one| [Some(&one.path), one.base.as_ref()]);
                paths.flatten().flat_map(|path| stamp(path)).collect()
            }
            Self::Embedded(_) => Stamp::new(),
        }
    }
}

/// The store that an engine looks into.
pub(in crate::engine) fn store(options: &EngineOptions) -> Store {
    match &options.weights_dir {
        Some(folder) => Store::new(folder.clone()),
        None => Store::of_user(),
    }
}

/// Published weights: the user's path, the model of that name, or the first that is installed.
pub(super) fn locate(
    options: &EngineOptions,
    weights: &Weights,
    what: &str,
    ids: &[&str],
) -> Result<Found, EngineError> {
    let store = store(options);
    match weights {
        Weights::Path(path) if path.exists() => Ok(Found::at(path.clone())),
        Weights::Path(path) => {
            let model = find(&path.to_string_lossy()).map_err(|_| no_such(path))?;
            installed(&store, model).ok_or_else(|| EngineError::Unavailable {
                what: absent(&store, model).unwrap_or(model).id.clone(),
                how: format!("'dynascope weights fetch {}' downloads it", model.id),
            })
        }
        Weights::Installed => {
            let mut models = ids.iter().filter_map(|id| find(id).ok());
            let found = models.find_map(|model| installed(&store, model));
            found.ok_or_else(|| EngineError::Unavailable {
                what: what.to_owned(),
                how: format!(
                    "'dynascope weights fetch {}' downloads it, or give its folder by --weights",
                    ids.first().unwrap_or(&"ID")
                ),
            })
        }
    }
}

/// A published model, where all that it takes is on this machine.
pub(super) fn installed(store: &Store, model: &'static Published) -> Option<Found> {
    let on_disk = |model: &Published| {
        let base = match &model.base {
            Some(id) => Some(store.locate(find(id).ok()?)?.path),
            None => None,
        };
        let path = store.locate(model)?.path;
        Some(OnDisk { path, base })
    };
    let own = model
        .parts()
        .into_iter()
        .filter(|part| Some(&part.id) != model.base.as_ref());
    let all = own.map(on_disk).collect::<Option<Vec<_>>>()?;
    Some(Found::Disk(all, Some(model.id.clone())))
}

/// The first of what a model takes that is not on this machine.
pub(super) fn absent(store: &Store, model: &'static Published) -> Option<&'static Published> {
    let mut parts = model.parts().into_iter();
    parts.find(|part| store.locate(part).is_none())
}

/// Weights of our own networks: the user's file, or folder with a file of that name, or those inside
/// the program.
pub(super) fn shipped(weights: &Weights, id: &str) -> Result<Found, EngineError> {
    match weights {
        Weights::Path(path) if path.exists() => {
            let own = file_of(path, id);
            let path = if own.is_file() { own } else { path.clone() };
            Ok(Found::at(path))
        }
        Weights::Path(path) => Err(no_such(path)),
        Weights::Installed => match embedded::open(id)? {
            Some(file) => Ok(Found::Embedded(file)),
            None => Err(EngineError::Unavailable {
                what: format!("the {id} network"),
                how: "this build ships no weights for it; give them by --weights".to_owned(),
            }),
        },
    }
}

pub(super) fn file_of(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.safetensors"))
}

pub(super) fn no_such(path: &Path) -> EngineError {
    EngineError::Unsupported(format!(
        "{}: no such file or folder, and no model has that name; 'dynascope weights list' lists the names",
        path.display()
    ))
}

//! The networks that an engine has loaded: each once, by the path or name of its weights.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use super::cache::hex;
use super::store::{Located, Store, find};
use super::{EngineError, EngineOptions, Observer};
use crate::analysis::ScanMethod;
use crate::analysis::conservation::Columns;
use crate::models::dance::Dance;
use crate::models::device::Compute;
use crate::models::dynaprot::DynaProt;
use crate::models::embedded;
use crate::models::error::ModelError;
use crate::models::esm2::Esm2;
use crate::models::motion::MotionModel;
use crate::models::residue::{ResidueModel, in_full_precision};
use crate::models::stability::StabilityModel;
use crate::models::weights::WeightsFile;
use crate::protein::Msa;
use crate::protein::msa::Homologs;
use crate::study::Weights;

/// Digits of a hash that are shown.
const HASH_SHOWN: usize = 16;

/// Of several language models on this machine the first of these is used.
const ESM2_BY_PREFERENCE: [&str; 5] = ["esm2-650m", "esm2-150m", "esm2-3b", "esm2-35m", "esm2-8m"];

/// Of these the smallest, which rank substitutions worse than a structure does.
const ESM2_SMALL: [&str; 2] = ["esm2-35m", "esm2-8m"];

/// A network and where its weights come from.
pub(super) struct Loaded<M> {
    pub(super) model: M,
    /// What files call the model.
    pub(super) id: String,
    /// The first digits of the hash.
    pub(super) hash: String,
    /// All of it.
    pub(super) sha256: String,
    pub(super) compute: Compute,
    /// Of the files as they were read.
    stamp: Stamp,
}

/// Names, sizes and times of the files that a model was read from.
type Stamp = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// Of a file and its configuration, or of everything in a folder: a user may correct either between two
/// requests.
fn stamp(path: &Path) -> Stamp {
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

/// Everything that is loaded.
#[derive(Default)]
pub(super) struct Networks {
    compute: Option<Compute>,
    /// Why the GPU is no longer used.
    lost: Option<String>,
    esm2: HashMap<PathBuf, Arc<Loaded<Esm2>>>,
    dance: HashMap<PathBuf, Arc<Loaded<Dance>>>,
    motion: HashMap<PathBuf, Arc<Loaded<MotionModel>>>,
    dynaprot: HashMap<PathBuf, Arc<Loaded<DynaProt>>>,
    residue: HashMap<PathBuf, Arc<Loaded<ResidueModel>>>,
    stability: HashMap<PathBuf, Arc<Loaded<StabilityModel>>>,
    /// The alignment that was read last, and its columns by their query.
    alignment: Option<(PathBuf, Arc<Loaded<Msa>>)>,
    columns: HashMap<String, Arc<Columns>>,
}

impl Networks {
    /// The device, decided once.
    pub(super) fn compute(&mut self, options: &EngineOptions) -> Result<Compute, EngineError> {
        if let Some(compute) = &self.compute {
            return Ok(compute.clone());
        }
        let compute = match &self.lost {
            None => Compute::choose(options.device, options.dtype)?,
            Some(what) => Compute::after_loss(options.device, options.dtype, what)?,
        };
        log::info!("device {}: {}", compute.device_name(), compute.reason());
        Ok(self.compute.insert(compute).clone())
    }

    /// Gives up the GPU and everything on it: its driver answers nothing any more in this process.
    pub(super) fn lose_device(&mut self, what: &str) {
        *self = Self {
            lost: Some(what.to_owned()),
            ..Self::default()
        };
    }

    pub(super) fn esm2(
        &mut self,
        options: &EngineOptions,
        weights: &Weights,
        observer: &dyn Observer,
    ) -> Result<Arc<Loaded<Esm2>>, EngineError> {
        let compute = self.compute(options)?;
        let found = locate(options, weights, "a language model", &ESM2_BY_PREFERENCE)?;
        once(&mut self.esm2, &found, &compute, observer, Esm2::load)
    }

    pub(super) fn dance(
        &mut self,
        options: &EngineOptions,
        weights: &Weights,
        method: ScanMethod,
        observer: &dyn Observer,
    ) -> Result<Arc<Loaded<Dance>>, EngineError> {
        let compute = self.compute(options)?;
        let found = locate(options, weights, method.id(), &[method.id()])?;
        once(&mut self.dance, &found, &compute, observer, Dance::load)
    }

    pub(super) fn residue(
        &mut self,
        options: &EngineOptions,
        weights: &Weights,
        observer: &dyn Observer,
    ) -> Result<Arc<Loaded<ResidueModel>>, EngineError> {
        let compute = in_full_precision(&self.compute(options)?);
        let found = shipped(weights, embedded::RESIDUE)?;
        let loaded = &mut self.residue;
        once(loaded, &found, &compute, observer, ResidueModel::load)
    }

    pub(super) fn stability(
        &mut self,
        options: &EngineOptions,
        weights: &Weights,
        observer: &dyn Observer,
    ) -> Result<Arc<Loaded<StabilityModel>>, EngineError> {
        let compute = in_full_precision(&self.compute(options)?);
        let found = shipped(weights, embedded::STABILITY)?;
        let loaded = &mut self.stability;
        once(loaded, &found, &compute, observer, StabilityModel::load)
    }

    pub(super) fn motion(
        &mut self,
        options: &EngineOptions,
        weights: &Weights,
        observer: &dyn Observer,
    ) -> Result<Arc<Loaded<MotionModel>>, EngineError> {
        let compute = in_full_precision(&self.compute(options)?);
        let found = shipped(weights, embedded::MOTION)?;
        let loaded = &mut self.motion;
        once(loaded, &found, &compute, observer, MotionModel::load)
    }

    /// The residue network whose states the motion network reads: beside the user's motion weights
    /// where there is one, else the shipped one.
    pub(super) fn trunk(
        &mut self,
        options: &EngineOptions,
        weights: &Weights,
        observer: &dyn Observer,
    ) -> Result<Arc<Loaded<ResidueModel>>, EngineError> {
        let beside = match weights {
            Weights::Installed => None,
            Weights::Path(path) if path.is_dir() => Some(file_of(path, embedded::RESIDUE)),
            Weights::Path(path) => {
                Some(path.with_file_name(format!("{}.safetensors", embedded::RESIDUE)))
            }
        };
        let weights = match beside.filter(|path| path.is_file()) {
            Some(path) => Weights::Path(path),
            None => Weights::Installed,
        };
        self.residue(options, &weights, observer)
    }

    /// Whether a language model is installed that ranks substitutions about as well as the structure does;
    /// the two smallest do not.
    pub(super) fn has_language_model(&self, options: &EngineOptions) -> bool {
        let store = store(options);
        let large = ESM2_BY_PREFERENCE
            .iter()
            .filter(|id| !ESM2_SMALL.contains(id));
        large
            .filter_map(|id| find(id).ok())
            .any(|m| store.locate(m).is_some())
    }

    /// The user's alignment, read anew where the file has changed.
    pub(super) fn alignment(
        &mut self,
        path: &Path,
        observer: &dyn Observer,
    ) -> Result<Arc<Loaded<Msa>>, EngineError> {
        let stamp = stamp(path);
        let there = self
            .alignment
            .as_ref()
            .filter(|(p, there)| p == path && there.stamp == stamp);
        if let Some((_, there)) = there {
            return Ok(Arc::clone(there));
        }
        observer.phase("read the alignment");
        let name = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|e| EngineError::Unsupported(format!("{name}: cannot be read: {e}")))?;
        let sha256 = hex(&Sha256::digest(&bytes));
        let loaded = Arc::new(Loaded {
            model: Msa::parse(&name, &bytes)?,
            id: name,
            hash: sha256.chars().take(HASH_SHOWN).collect(),
            sha256,
            compute: Compute::cpu(),
            stamp,
        });
        self.columns.clear();
        self.alignment = Some((path.to_owned(), Arc::clone(&loaded)));
        Ok(loaded)
    }

    /// The weighted columns beside a query of the alignment that was read last.
    pub(super) fn columns(
        &mut self,
        homologs: &Homologs,
        observer: &dyn Observer,
    ) -> Result<Arc<Columns>, EngineError> {
        let query = &homologs.mapping.sequence;
        let key = format!("{} {}", query.name, query.letters());
        if let Some(there) = self.columns.get(&key) {
            return Ok(Arc::clone(there));
        }
        let columns = Arc::new(Columns::new(homologs, observer)?);
        self.columns.insert(key, Arc::clone(&columns));
        Ok(columns)
    }

    pub(super) fn dynaprot(
        &mut self,
        options: &EngineOptions,
        weights: &Weights,
        observer: &dyn Observer,
    ) -> Result<Arc<Loaded<DynaProt>>, EngineError> {
        let compute = in_full_precision(&self.compute(options)?);
        let (key, id) = match weights {
            Weights::Path(path) => (path.clone(), path.display().to_string()),
            Weights::Installed => (PathBuf::from(EMBEDDED), "dynaprot".to_owned()),
        };
        let stamp = stamp(&key);
        let there = self.dynaprot.get(&key);
        if let Some(there) = there.filter(|there| there.stamp == stamp) {
            return Ok(Arc::clone(there));
        }
        observer.phase("load weights");
        let model = match weights {
            Weights::Path(path) if path.is_dir() => DynaProt::load(path, &compute)?,
            Weights::Path(path) => return Err(no_such(path)),
            Weights::Installed => shipped_dynaprot(&compute)?,
        };
        let shown = |hash: &str| hash.chars().take(HASH_SHOWN).collect::<String>();
        let hashes: Vec<String> = model.weights_sha256().split('+').map(shown).collect();
        let loaded = Arc::new(Loaded {
            sha256: model.weights_sha256().to_owned(),
            model,
            id,
            hash: hashes.join("+"),
            compute,
            stamp,
        });
        self.dynaprot.insert(key, Arc::clone(&loaded));
        Ok(loaded)
    }
}

/// What stands for a path where weights are inside the program.
const EMBEDDED: &str = "inside dynascope";

fn shipped_dynaprot(compute: &Compute) -> Result<DynaProt, EngineError> {
    let part = |id: &str| -> Result<Option<_>, ModelError> {
        Ok(embedded::open(id)?.zip(embedded::configuration(id)))
    };
    let Some((marginal, json)) = part(embedded::DYNAPROT_MARGINAL)? else {
        return Err(EngineError::Unavailable {
            what: "dynaprot".to_owned(),
            how: "give a folder with marginal.safetensors and marginal.config.json by --weights"
                .to_owned(),
        });
    };
    let joint = part(embedded::DYNAPROT_JOINT)?;
    let joint = joint.as_ref().map(|(file, json)| (file, *json));
    Ok(DynaProt::from_files((&marginal, json), joint, compute)?)
}

/// Weights that were found, not yet read.
enum Found {
    /// A file or folder, and the model's name where it has one.
    Disk(PathBuf, Option<String>),
    /// Inside the program.
    Embedded(WeightsFile),
}

impl Found {
    fn key(&self) -> &Path {
        match self {
            Self::Disk(path, _) => path,
            Self::Embedded(_) => Path::new(EMBEDDED),
        }
    }

    fn id(&self) -> String {
        match self {
            Self::Disk(_, Some(id)) => id.clone(),
            Self::Disk(path, None) => path.display().to_string(),
            Self::Embedded(file) => file.name().to_owned(),
        }
    }
}

fn once<M>(
    loaded: &mut HashMap<PathBuf, Arc<Loaded<M>>>,
    found: &Found,
    compute: &Compute,
    observer: &dyn Observer,
    load: impl FnOnce(&WeightsFile, &Compute) -> Result<M, ModelError>,
) -> Result<Arc<Loaded<M>>, EngineError> {
    let stamp = match found {
        Found::Disk(path, _) => stamp(path),
        Found::Embedded(_) => Stamp::new(),
    };
    if let Some(there) = loaded.get(found.key()).filter(|there| there.stamp == stamp) {
        return Ok(Arc::clone(there));
    }
    observer.phase("load weights");
    let opened;
    let file = match found {
        Found::Disk(path, _) => {
            opened = WeightsFile::open(path)?;
            &opened
        }
        Found::Embedded(file) => file,
    };
    let sha256 = file.sha256(observer)?;
    let model = Arc::new(Loaded {
        model: load(file, compute)?,
        id: found.id(),
        hash: sha256.chars().take(HASH_SHOWN).collect(),
        sha256,
        compute: compute.clone(),
        stamp,
    });
    loaded.insert(found.key().to_owned(), Arc::clone(&model));
    Ok(model)
}

/// The store that an engine looks into.
pub(super) fn store(options: &EngineOptions) -> Store {
    match &options.weights_dir {
        Some(folder) => Store::new(folder.clone(), None),
        None => Store::of_user(),
    }
}

/// Published weights: the user's path, the model of that name, or the first that is installed.
fn locate(
    options: &EngineOptions,
    weights: &Weights,
    what: &str,
    ids: &[&str],
) -> Result<Found, EngineError> {
    let store = store(options);
    let on_disk = |Located { folder, .. }: Located, id: &str| Found::Disk(folder, Some(id.into()));
    match weights {
        Weights::Path(path) if path.exists() => Ok(Found::Disk(path.clone(), None)),
        Weights::Path(path) => {
            let id = path.to_string_lossy();
            let model = find(&id).map_err(|_| no_such(path))?;
            let located = store
                .locate(model)
                .ok_or_else(|| EngineError::Unavailable {
                    what: model.id.clone(),
                    how: format!("'dynascope weights fetch {}' downloads it", model.id),
                })?;
            Ok(on_disk(located, &model.id))
        }
        Weights::Installed => {
            let models = ids.iter().filter_map(|id| find(id).ok());
            let mut found = models.filter_map(|m| Some(on_disk(store.locate(m)?, &m.id)));
            found.next().ok_or_else(|| EngineError::Unavailable {
                what: what.to_owned(),
                how: format!(
                    "'dynascope weights fetch {}' downloads it, or give its folder by --weights",
                    ids.first().unwrap_or(&"ID")
                ),
            })
        }
    }
}

/// Weights of our own networks: the user's file, or folder with a file of that name, or those inside
/// the program.
fn shipped(weights: &Weights, id: &str) -> Result<Found, EngineError> {
    match weights {
        Weights::Path(path) if path.exists() => {
            let own = file_of(path, id);
            let path = if own.is_file() { own } else { path.clone() };
            Ok(Found::Disk(path, None))
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

fn file_of(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.safetensors"))
}

fn no_such(path: &Path) -> EngineError {
    EngineError::Unsupported(format!(
        "{}: no such file or folder, and no model of that name; 'dynascope weights list' has the names",
        path.display()
    ))
}

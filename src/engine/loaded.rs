//! The networks that an engine has loaded: each once, by the path or name of its weights.

mod found;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::cache::hex;
use super::store::{find, is_distilled};
use super::{EngineError, EngineOptions, Observer};
use crate::analysis::ScanMethod;
use crate::analysis::conservation::Columns;
use crate::models::dance::Dance;
use crate::models::device::Compute;
use crate::models::dynaprot::DynaProt;
use crate::models::embedded;
use crate::models::ensemble::Ensemble;
use crate::models::error::ModelError;
use crate::models::motion::MotionModel;
use crate::models::residue::{ResidueModel, in_full_precision};
use crate::models::stability::StabilityModel;
use crate::models::weights::WeightsFile;
use crate::protein::Msa;
use crate::protein::msa::Homologs;
use crate::study::Weights;
pub(super) use found::store;
use found::{EMBEDDED, Found, OnDisk, Stamp, file_of, locate, no_such, shipped, stamp};

/// Digits of a hash that are shown.
const HASH_SHOWN: usize = 16;

/// Of several language models on this machine the first of these is used.
const LANGUAGE_BY_PREFERENCE: [&str; 7] = [
    "esm2-650m",
    "esm2-150m",
    "esm2-3b",
    "esm2-35m",
    "esm2-8m",
    "esm1v",
    "esm1b",
];

/// Of these the smallest.
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

/// Everything that is loaded.
#[derive(Default)]
pub(super) struct Networks {
    compute: Option<Compute>,
    /// Why the GPU is no longer used.
    lost: Option<String>,
    esm2: HashMap<PathBuf, Arc<Loaded<Ensemble>>>,
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
        method: ScanMethod,
        observer: &dyn Observer,
    ) -> Result<Arc<Loaded<Ensemble>>, EngineError> {
        let compute = self.compute(options)?;
        let found = locate(
            options,
            weights,
            "a language model",
            &LANGUAGE_BY_PREFERENCE,
        )?;
        let id = found.id();
        if method == ScanMethod::MaskedMarginals && is_distilled(&id) {
            return Err(EngineError::Unsupported(format!(
                "{id}: VESM is distilled for --method wt-marginals, one pass over the sequence as it is; with masks its scores are worse, so masked-marginals is not computed with it"
            )));
        }
        once_of_all(&mut self.esm2, &found, &compute, observer, Ensemble::load)
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

    /// The first installed language model that is none of the two smallest.
    pub(super) fn language_model(options: &EngineOptions) -> Option<&'static str> {
        let store = store(options);
        let is_there = |id: &&str| find(id).is_ok_and(|model| store.locate(model).is_some());
        let large = LANGUAGE_BY_PREFERENCE.into_iter();
        large.filter(|id| !ESM2_SMALL.contains(id)).find(is_there)
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
        let (folder, id) = dynaprot_in(options, weights)?;
        let key = folder.clone().unwrap_or_else(|| PathBuf::from(EMBEDDED));
        let stamp = folder.as_deref().map(folders_stamp).unwrap_or_default();
        let there = self.dynaprot.get(&key);
        if let Some(there) = there.filter(|there| there.stamp == stamp) {
            return Ok(Arc::clone(there));
        }
        observer.phase("load weights");
        let model = match &folder {
            Some(folder) => DynaProt::load(folder, &compute)?,
            None => shipped_dynaprot(&compute)?,
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

/// The authors' weights of DynaProt, and ours, by name.
pub(super) const DYNAPROT: &str = "dynaprot";
pub(super) const DYNAPROT_OWN: &str = "dynaprot-own";
fn dynaprot_in(
    options: &EngineOptions,
    weights: &Weights,
) -> Result<(Option<PathBuf>, String), EngineError> {
    let published = find(DYNAPROT).ok();
    let here = || Some(store(options).locate(published?)?.path);
    let name = match weights {
        Weights::Path(path) if path.is_dir() => {
            return Ok((Some(path.clone()), path.display().to_string()));
        }
        Weights::Path(path) => path.to_string_lossy(),
        Weights::Installed => DYNAPROT.into(),
    };
    match (&*name, weights) {
        (DYNAPROT_OWN, _) => Ok((None, DYNAPROT_OWN.to_owned())),
        (DYNAPROT, Weights::Installed) => match here() {
            Some(folder) => Ok((Some(folder), DYNAPROT.to_owned())),
            None => Ok((None, DYNAPROT_OWN.to_owned())),
        },
        (DYNAPROT, Weights::Path(_)) => match here() {
            Some(folder) => Ok((Some(folder), DYNAPROT.to_owned())),
            None => Err(EngineError::Unavailable {
                what: "the authors' DynaProt".to_owned(),
                how: format!(
                    "'dynascope weights fetch {DYNAPROT}' downloads it; --weights {DYNAPROT_OWN} is the one inside dynascope"
                ),
            }),
        },
        (other, _) => Err(no_such(Path::new(other))),
    }
}

/// Of a folder and the folders in it.
fn folders_stamp(folder: &Path) -> Stamp {
    let inside = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = inside
        .map(|entry| entry.path())
        .filter(|path| path.is_dir());
    let mut all = stamp(folder);
    all.extend(folders.flat_map(|path| stamp(&path)));
    all
}

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

fn once<M>(
    loaded: &mut HashMap<PathBuf, Arc<Loaded<M>>>,
    found: &Found,
    compute: &Compute,
    observer: &dyn Observer,
    load: impl FnOnce(&WeightsFile, &Compute) -> Result<M, ModelError>,
) -> Result<Arc<Loaded<M>>, EngineError> {
    let load = |files: &[WeightsFile], compute: &Compute| load(&files[0], compute);
    once_of_all(loaded, found, compute, observer, load)
}

fn once_of_all<M>(
    loaded: &mut HashMap<PathBuf, Arc<Loaded<M>>>,
    found: &Found,
    compute: &Compute,
    observer: &dyn Observer,
    load: impl FnOnce(&[WeightsFile], &Compute) -> Result<M, ModelError>,
) -> Result<Arc<Loaded<M>>, EngineError> {
    let stamp = found.stamp();
    if let Some(there) = loaded
        .get(&found.key())
        .filter(|there| there.stamp == stamp)
    {
        return Ok(Arc::clone(there));
    }
    observer.phase("load weights");
    let _span = tracing::info_span!("load weights").entered();
    let opened;
    let files = match found {
        Found::Disk(all, _) => {
            opened = all
                .iter()
                .map(OnDisk::open)
                .collect::<Result<Vec<_>, _>>()?;
            &opened[..]
        }
        Found::Embedded(file) => std::slice::from_ref(file),
    };
    let hashes = files
        .iter()
        .map(|file| file.sha256(observer))
        .collect::<Result<Vec<_>, _>>()?;
    let shown: Vec<&str> = hashes.iter().map(|hash| &hash[..HASH_SHOWN]).collect();
    let model = Arc::new(Loaded {
        model: load(files, compute)?,
        id: found.id(),
        hash: shown.join("+"),
        sha256: hashes.join("+"),
        compute: compute.clone(),
        stamp,
    });
    loaded.insert(found.key(), Arc::clone(&model));
    Ok(model)
}

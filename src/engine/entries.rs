//! Entries of the Protein Data Bank and the AlphaFold Database by their ids, and what of them is on this
//! machine. Nothing is downloaded unless [`Entries::fetch`] is called.

mod error;
mod id;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Observer;
use super::store::{Hub, sha256_of};
use crate::protein::Opened;

pub use error::EntryError;
pub use id::{Entry, Source};

/// What stands beside a file that was downloaded.
const PROVENANCE: &str = ".provenance.json";

/// Where a file is from.
#[derive(Debug, Serialize, Deserialize)]
struct Origin {
    entry: String,
    url: String,
    sha256: String,
    bytes: u64,
}

/// What the AlphaFold Database says of an entry.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Prediction {
    entry_id: Option<String>,
    cif_url: Option<String>,
    pae_doc_url: Option<String>,
}

/// The entries on this machine, and the servers that have the others.
#[derive(Debug, Clone)]
pub struct Entries {
    folder: PathBuf,
    pdb: String,
    alphafold: String,
    web: Hub,
    offline: bool,
}

impl Entries {
    /// Entries in a folder, and servers without a proxy.
    #[must_use]
    pub fn new(folder: PathBuf, pdb: &str, alphafold: &str) -> Self {
        Self {
            folder,
            pdb: pdb.trim_end_matches('/').to_owned(),
            alphafold: alphafold.trim_end_matches('/').to_owned(),
            web: Hub::at("", None),
            offline: false,
        }
    }

    /// Those of this user: `$DYNASCOPE_STRUCTURES`, else the platform's data directory; servers as
    /// `$DYNASCOPE_PDB_URL` and `$DYNASCOPE_AFDB_URL` say.
    #[must_use]
    pub fn of_user(offline: bool) -> Self {
        let said = |name: &str| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
        let project = directories::ProjectDirs::from("", "", "dynascope");
        let folder = said("DYNASCOPE_STRUCTURES").map(PathBuf::from);
        let folder = folder
            .or_else(|| project.map(|p| p.data_dir().join("structures")))
            .unwrap_or_else(|| PathBuf::from(".dynascope/structures"));
        let server = |source: Source| {
            let (variable, usual) = source.server();
            said(variable).unwrap_or_else(|| usual.to_owned())
        };
        Self {
            web: Hub::of_user().without_token(),
            offline,
            ..Self::new(folder, &server(Source::Pdb), &server(Source::AlphaFold))
        }
    }

    /// The file of an entry, where it is here.
    #[must_use]
    pub fn located(&self, entry: &Entry) -> Option<PathBuf> {
        let path = self.folder.join(entry.file_name());
        path.is_file().then_some(path)
    }

    /// The server that an entry comes from.
    #[must_use]
    pub fn server(&self, entry: &Entry) -> &str {
        let address = match entry.source {
            Source::Pdb => &self.pdb,
            Source::AlphaFold => &self.alphafold,
        };
        let rest = address
            .split_once("://")
            .map_or(&**address, |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }

    /// Downloads an entry unless it is here: whole and readable, or not at all. Of a predicted model its PAE
    /// comes along where there is one.
    ///
    /// # Errors
    /// [`EntryError`], with the address.
    pub fn fetch(&self, entry: &Entry, observer: &dyn Observer) -> Result<PathBuf, EntryError> {
        if let Some(path) = self.located(entry) {
            return Ok(path);
        }
        if self.offline {
            return Err(EntryError::Offline(entry.to_string()));
        }
        observer.phase("download");
        std::fs::create_dir_all(&self.folder).map_err(|e| EntryError::disk(&self.folder, &e))?;
        match entry.source {
            Source::Pdb => {
                let url = format!("{}/{}.cif.gz", self.pdb, entry.id.to_uppercase());
                self.bring(entry, &url, &entry.file_name(), is_structure, observer)
            }
            Source::AlphaFold => self.fetch_prediction(entry, observer),
        }
    }

    fn fetch_prediction(
        &self,
        entry: &Entry,
        observer: &dyn Observer,
    ) -> Result<PathBuf, EntryError> {
        let url = format!("{}/api/prediction/{}", self.alphafold, entry.accession());
        let place = self.folder.join(format!(".{}.json", entry.id));
        let listed = self.transfer(entry, &url, &place, observer);
        let bytes =
            listed.and_then(|()| std::fs::read(&place).map_err(|e| EntryError::disk(&place, &e)));
        drop(std::fs::remove_file(&place));
        let found: Vec<Prediction> = serde_json::from_slice(&bytes?).map_err(|_| {
            let reason = "the answer is no list of predictions".to_owned();
            EntryError::NotTheEntry {
                url: url.clone(),
                reason,
            }
        })?;
        let is_it = |p: &&Prediction| p.entry_id.as_deref().is_none_or(|id| id == entry.id);
        let prediction = found.iter().find(is_it);
        let Some((prediction, cif)) = prediction.and_then(|p| Some((p, p.cif_url.as_ref()?)))
        else {
            return Err(EntryError::NotFound {
                entry: entry.to_string(),
                url,
            });
        };
        let path = self.bring(entry, cif, &entry.file_name(), is_structure, observer)?;
        if let Some(pae) = &prediction.pae_doc_url {
            let name = format!("{}-predicted_aligned_error.json", entry.id);
            // The structure is of use without it.
            if let Err(error) = self.bring(entry, pae, &name, is_json, observer) {
                if matches!(error, EntryError::Cancelled(_)) {
                    return Err(error);
                }
                log::warn!("{error}");
            }
        }
        Ok(path)
    }

    /// Brings one file: under its name only when it is what it should be.
    fn bring(
        &self,
        entry: &Entry,
        url: &str,
        name: &str,
        check: fn(&str, &[u8]) -> Result<(), String>,
        observer: &dyn Observer,
    ) -> Result<PathBuf, EntryError> {
        let path = self.folder.join(name);
        let part = self
            .folder
            .join(format!(".{name}.{}.part", std::process::id()));
        let brought = self.transfer(entry, url, &part, observer).and_then(|()| {
            let disk = |e: std::io::Error| EntryError::disk(&part, &e);
            let bytes = std::fs::read(&part).map_err(disk)?;
            check(name, &bytes).map_err(|reason| EntryError::NotTheEntry {
                url: url.to_owned(),
                reason,
            })?;
            let origin = Origin {
                entry: entry.to_string(),
                url: url.to_owned(),
                sha256: sha256_of(&part, observer).map_err(|e| EntryError::of(entry, e))?,
                bytes: bytes.len() as u64,
            };
            let said =
                serde_json::to_vec_pretty(&origin).map_err(|e| EntryError::disk(&path, &e))?;
            let beside = self.folder.join(format!("{name}{PROVENANCE}"));
            super::files::write(&beside, true, &said).map_err(|e| EntryError::disk(&beside, &e))?;
            std::fs::rename(&part, &path).map_err(|e| EntryError::disk(&path, &e))
        });
        if brought.is_err() {
            drop(std::fs::remove_file(&part));
        }
        brought.map(|()| path)
    }

    fn transfer(
        &self,
        entry: &Entry,
        url: &str,
        to: &Path,
        observer: &dyn Observer,
    ) -> Result<(), EntryError> {
        let brought = self.web.bring(url, to, observer);
        brought.map_err(|e| EntryError::of(entry, e))
    }
}

/// Whether bytes are a structure that can be opened; a page of a login or a proxy is none.
fn is_structure(name: &str, bytes: &[u8]) -> Result<(), String> {
    if bytes.trim_ascii_start().starts_with(b"<") {
        return Err("it is a web page, not the entry".to_owned());
    }
    Opened::read(name, bytes)
        .map(|_| ())
        .map_err(|e| e.to_string())
}

fn is_json(_: &str, bytes: &[u8]) -> Result<(), String> {
    let read = serde_json::from_slice::<serde::de::IgnoredAny>(bytes);
    read.map(|_| ())
        .map_err(|e| format!("it is not JSON ({e})"))
}

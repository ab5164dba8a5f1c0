//! What was put into a model's folder, so that it can be verified later.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::StoreError;
use crate::engine::{Observer, files};

const NAME: &str = "receipt.json";

/// The files of a folder and where they came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Receipt {
    #[serde(default)]
    pub(super) repository: String,
    #[serde(default)]
    pub(super) revision: String,
    pub(super) files: BTreeMap<String, FileRecord>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    pub(super) sha256: String,
    pub(super) size: u64,
    /// Whether the hub stated the hash, or only we computed it.
    pub(super) stated_by_hub: bool,
}

impl Receipt {
    /// `None` when there is none, or none that can be read.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(NAME)).ok()?;
        match serde_json::from_str(&text) {
            Ok(receipt) => Some(receipt),
            Err(error) => {
                log::warn!("{}: {error}; ignored", folder.join(NAME).display());
                None
            }
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let fail = |e: &dyn std::fmt::Display| StoreError::disk(&folder.join(NAME), &e.to_string());
        let bytes = serde_json::to_vec_pretty(self).map_err(|e| fail(&e))?;
        files::keep(&folder.join(NAME), &bytes).map_err(|e| fail(&e))
    }
}

/// SHA-256 of a file in hex, with progress.
pub(in crate::engine) fn sha256_of(
    path: &Path,
    observer: &dyn Observer,
) -> Result<String, StoreError> {
    let fail = |e: &std::io::Error| StoreError::disk(path, e);
    let mut file = File::open(path).map_err(|e| fail(&e))?;
    let total = file.metadata().map_err(|e| fail(&e))?.len() as usize;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0;
    loop {
        let read = file.read(&mut buffer).map_err(|e| fail(&e))?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..read]);
        done += read;
        observer.reached(done, total)?;
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

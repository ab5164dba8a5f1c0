//! Why weights are not here.

use std::path::{Path, PathBuf};

use crate::models::error::ModelError;
use crate::progress::Cancelled;

/// What can go wrong with weights on disk and on the way there.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Whoever asked does not want it any more; what is there stays for the next try.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The model is not on this machine.
    #[error("{id} is not on this machine; 'dynascope weights fetch {id}' downloads it")]
    NotHere {
        /// The model.
        id: String,
    },
    /// No model has that name.
    #[error("no model is called '{id}'; there are {known}")]
    Unknown {
        /// As asked for.
        id: String,
        /// All names.
        known: String,
    },
    /// The hub does not have the file.
    #[error("{url}: not found (404); is HF_ENDPOINT a mirror of the hub?")]
    NotFound {
        /// The address.
        url: String,
    },
    /// The repository does not hold what it should.
    #[error(
        "{repository}: one weights file is wanted in the folder {folder}, which holds {}; download it by hand and give its folder to 'dynascope weights import'",
        if found.is_empty() { "none" } else { found }
    )]
    NotListed {
        /// On the hub.
        repository: String,
        /// In it.
        folder: String,
        /// The files there.
        found: String,
    },
    /// The hub does not let us.
    #[error("{url}: access refused ({status}); set HF_TOKEN to a token that may read it")]
    Refused {
        /// The address.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// Any other answer of the server, or none.
    #[error("{url}: {reason}; what has arrived is kept, run it again to go on")]
    Transfer {
        /// The address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The environment forbids downloads.
    #[error("HF_HUB_OFFLINE is set, so nothing is downloaded")]
    Offline,
    /// The file is not what it should be.
    #[error(
        "{file}: its SHA-256 is {found}, not {expected}; the download was deleted, run it again"
    )]
    Checksum {
        /// The file.
        file: String,
        /// What was stated.
        expected: String,
        /// What arrived.
        found: String,
    },
    /// What arrived is another thing.
    #[error("{url}: {reason}; nothing was kept of it")]
    NotTheFile {
        /// The address.
        url: String,
        /// What it is.
        reason: String,
    },
    /// The weights are those of another model.
    #[error("{file}: {reason}, so it is not {id}")]
    AnotherModel {
        /// The weights.
        file: String,
        /// What speaks against it.
        reason: String,
        /// The model that was meant.
        id: String,
    },
    /// The model is there already.
    #[error("{} holds weights already; remove the folder first", folder.display())]
    Exists {
        /// Its folder.
        folder: PathBuf,
    },
    /// The file is no weights file.
    #[error("{0}")]
    Weights(Box<ModelError>),
    /// The disk says no.
    #[error("{path}: {reason}")]
    Disk {
        /// The file or folder.
        path: String,
        /// The system's words.
        reason: String,
    },
}

impl StoreError {
    pub(super) fn disk(path: &Path, error: &impl ToString) -> Self {
        Self::Disk {
            path: path.display().to_string(),
            reason: error.to_string(),
        }
    }
}

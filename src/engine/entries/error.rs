//! Why an entry is not here.

use std::path::Path;

use super::Entry;
use crate::engine::store::StoreError;
use crate::progress::Cancelled;

/// What can go wrong on the way to an entry.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{0} is not on this machine, and --offline forbids to download it")]
    Offline(String),
    #[error("{entry}: the server has no such entry (404 at {url}); is the id right?")]
    NotFound { entry: String, url: String },
    #[error("{entry}: {reason}; nothing was kept, try again later")]
    Transfer { entry: String, reason: String },
    #[error("{url}: {reason}; nothing was kept")]
    NotTheEntry { url: String, reason: String },
    #[error("{path}: {reason}")]
    Disk { path: String, reason: String },
}

impl EntryError {
    pub(super) fn disk(path: &Path, error: &impl ToString) -> Self {
        Self::Disk {
            path: path.display().to_string(),
            reason: error.to_string(),
        }
    }

    /// What went wrong on the way.
    pub(super) fn of(entry: &Entry, error: StoreError) -> Self {
        let entry = entry.to_string();
        match error {
            StoreError::Cancelled(cancelled) => cancelled.into(),
            StoreError::NotFound { url } => Self::NotFound { entry, url },
            StoreError::Transfer { url, reason } => Self::Transfer {
                entry,
                reason: format!("{url}: {reason}"),
            },
            StoreError::Refused { url, status } => Self::Transfer {
                entry,
                reason: format!("{url}: the server refuses ({status})"),
            },
            StoreError::Disk { path, reason } => Self::Disk { path, reason },
            other => Self::Transfer {
                entry,
                reason: other.to_string(),
            },
        }
    }
}

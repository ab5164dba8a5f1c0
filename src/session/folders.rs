//! Where the user's own files are, and what is kept between runs.

use std::path::PathBuf;

use directories::ProjectDirs;

fn folders() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "dynascope")
}

/// Keymap and themes; `None` without a home.
pub(crate) fn configuration() -> Option<PathBuf> {
    folders().map(|f| f.config_dir().to_owned())
}

pub(crate) fn state() -> PathBuf {
    folders().map_or_else(std::env::temp_dir, |f| {
        f.state_dir().unwrap_or_else(|| f.data_dir()).to_owned()
    })
}

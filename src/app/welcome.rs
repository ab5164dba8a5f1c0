//! The screen before a file is open: a list to choose from.

use std::path::PathBuf;

/// One line of the file picker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Whether it can be entered.
    pub is_folder: bool,
    pub name: String,
    pub path: PathBuf,
}

/// The screen before a file is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Welcome {
    /// Bundled examples: name and what it is.
    pub examples: Vec<Entry>,
    /// Files opened before, newest first.
    pub recent: Vec<Entry>,
    /// The folder of the picker.
    pub folder: PathBuf,
    pub entries: Vec<Entry>,
    /// What was typed: lines that hold it are shown, and it can be a path itself.
    pub typed: String,
    /// The chosen line, over those shown of examples, recent files and entries.
    pub selected: usize,
}

impl Welcome {
    /// The lines shown, in the order of the screen.
    pub fn lines(&self) -> impl Iterator<Item = &Entry> {
        let before = self.examples.iter().chain(&self.recent);
        let all = before.chain(&self.entries);
        all.filter(|entry| self.shows(entry))
    }

    /// Whether a line holds what was typed.
    #[must_use]
    pub fn shows(&self, entry: &Entry) -> bool {
        let typed = self.typed.to_lowercase();
        entry.name.to_lowercase().contains(&typed)
    }
}

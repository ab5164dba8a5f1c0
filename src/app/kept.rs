//! What is kept of a session between runs: commands, and marks by name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::marks::MarkKey;
use super::subject::Subject;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedMark {
    /// `A:Q42W`, or `A:42` for a residue.
    pub name: String,
    /// May be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A kept session: commands that lead there from nothing, and the marks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// What was opened: a path, `example:…`, a sequence.
    pub file: String,
    pub commands: Vec<String>,
    pub marks: BTreeMap<String, Vec<NamedMark>>,
}

impl Kept {
    /// Whether something of it would be missed.
    #[must_use]
    pub fn has_marks(&self) -> bool {
        self.marks.values().any(|marks| !marks.is_empty())
    }

    /// Whether something is marked in a file.
    #[must_use]
    pub fn has_marks_in(&self, file: &str) -> bool {
        let of_file = format!("{file}|");
        let mut marks = self.marks.iter();
        marks.any(|(key, marks)| key.starts_with(&of_file) && !marks.is_empty())
    }

    /// The marks that belong to what is open, where there are some.
    #[must_use]
    pub fn marks_of(&self, subject: &Subject) -> Option<&[NamedMark]> {
        let marks = self.marks.get(&shelf_key(subject))?;
        (!marks.is_empty()).then_some(marks)
    }

    pub(super) fn take_marks_of(&mut self, subject: &Subject) -> Option<Vec<NamedMark>> {
        self.marks.remove(&shelf_key(subject))
    }
}

/// The file as the user opens it; empty for standard input.
pub(super) fn file(subject: &Subject) -> String {
    let path = subject.path.as_ref();
    path.map_or_else(String::new, |p| p.display().to_string())
}

/// Marks belong to the chains of a file, whichever model is shown, or to one of its sequences.
#[must_use]
pub(super) fn shelf_key(subject: &Subject) -> String {
    let file = subject.path.as_ref().map(|p| p.display().to_string());
    let part = if subject.has_coordinates() {
        subject.chains.join(",")
    } else {
        subject.name.clone()
    };
    format!("{}|{part}", file.unwrap_or_else(|| subject.name.clone()))
}

/// The name of a mark with its chain, as the journal writes it.
#[must_use]
pub fn full_name(subject: &Subject, (index, mutant): MarkKey) -> Option<String> {
    (index < subject.len()).then(|| subject.protein.full_name(index, mutant))
}

//! Marked residues and substitutions, with notes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::protein::AminoAcid;

/// What can be marked: a residue, or a substitution of it.
pub type MarkKey = (usize, Option<AminoAcid>);

/// The marks of a subject; cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(Arc<BTreeMap<MarkKey, String>>);

impl Marks {
    /// Marks by position, with their notes.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (MarkKey, &str)> {
        self.0.iter().map(|(k, note)| (*k, note.as_str()))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this very thing is marked.
    #[must_use]
    pub fn contains(&self, key: MarkKey) -> bool {
        self.0.contains_key(&key)
    }

    /// Whether the residue or any substitution of it is marked.
    #[must_use]
    pub fn touches(&self, index: usize) -> bool {
        let of_residue = (index, None)..(index + 1, None);
        self.0.range(of_residue).next().is_some()
    }

    /// The note on a mark.
    #[must_use]
    pub fn note(&self, key: MarkKey) -> Option<&str> {
        self.0.get(&key).map(String::as_str)
    }

    /// Marks; a note that is there stays.
    pub fn add(&mut self, key: MarkKey) {
        Arc::make_mut(&mut self.0).entry(key).or_default();
    }

    /// Takes a mark away with its note; whether it was there.
    pub fn remove(&mut self, key: MarkKey) -> bool {
        Arc::make_mut(&mut self.0).remove(&key).is_some()
    }

    /// Marks, or takes the mark away; whether it is marked now.
    pub fn toggle(&mut self, key: MarkKey) -> bool {
        if self.remove(key) {
            return false;
        }
        self.add(key);
        true
    }

    pub fn write_note(&mut self, key: MarkKey, note: String) {
        Arc::make_mut(&mut self.0).insert(key, note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_residue_is_touched_by_its_substitutions() {
        let mut marks = Marks::default();
        let key = (3, Some(AminoAcid::Gly));
        assert!(marks.toggle(key));
        marks.write_note(key, "loop".into());
        marks.add(key);
        assert_eq!(marks.note(key), Some("loop"));
        assert!(marks.touches(3) && !marks.touches(2) && !marks.touches(4));
        assert!(!marks.toggle(key) && marks.is_empty());
    }
}

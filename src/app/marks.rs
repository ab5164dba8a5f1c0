//! Marked residues and substitutions, with notes; undone and redone as a whole.

use std::collections::BTreeMap;

use crate::sequence::AminoAcid;

/// What can be marked: a residue, or a substitution of it.
pub type MarkKey = (usize, Option<AminoAcid>);

/// The marks of a subject and how they came about.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    current: BTreeMap<MarkKey, String>,
    past: Vec<BTreeMap<MarkKey, String>>,
    future: Vec<BTreeMap<MarkKey, String>>,
}

const STEPS_KEPT: usize = 200;

impl Marks {
    /// Marks by position, with their notes.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (MarkKey, &str)> {
        self.current.iter().map(|(k, note)| (*k, note.as_str()))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.current.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.current.is_empty()
    }

    /// Whether this very thing is marked.
    #[must_use]
    pub fn contains(&self, key: MarkKey) -> bool {
        self.current.contains_key(&key)
    }

    /// Whether the residue or any substitution of it is marked.
    #[must_use]
    pub fn touches(&self, index: usize) -> bool {
        self.current
            .range((index, None)..(index + 1, None))
            .next()
            .is_some()
    }

    /// The note on a mark.
    #[must_use]
    pub fn note(&self, key: MarkKey) -> Option<&str> {
        self.current.get(&key).map(String::as_str)
    }

    /// Marks, or takes the mark away; whether it is marked now.
    pub fn toggle(&mut self, key: MarkKey) -> bool {
        self.remember();
        if self.current.remove(&key).is_some() {
            return false;
        }
        self.current.insert(key, String::new());
        true
    }

    /// Marks with a note.
    pub fn write_note(&mut self, key: MarkKey, note: String) {
        self.remember();
        self.current.insert(key, note);
    }

    /// Takes the last step back; whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.past.pop() else {
            return false;
        };
        self.future
            .push(std::mem::replace(&mut self.current, before));
        true
    }

    /// Takes the undone step again; whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(after) = self.future.pop() else {
            return false;
        };
        self.past.push(std::mem::replace(&mut self.current, after));
        true
    }

    fn remember(&mut self) {
        self.future.clear();
        self.past.push(self.current.clone());
        if self.past.len() > STEPS_KEPT {
            self.past.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_undone_and_redone() {
        let mut marks = Marks::default();
        assert!(marks.toggle((3, Some(AminoAcid::Gly))));
        marks.write_note((3, Some(AminoAcid::Gly)), "loop".into());
        assert_eq!(marks.note((3, Some(AminoAcid::Gly))), Some("loop"));
        assert!(marks.touches(3) && !marks.touches(2) && !marks.touches(4));
        assert!(marks.undo());
        assert_eq!(marks.note((3, Some(AminoAcid::Gly))), Some(""));
        assert!(marks.undo() && marks.is_empty() && !marks.undo());
        assert!(marks.redo() && marks.redo() && !marks.redo());
        assert_eq!(marks.note((3, Some(AminoAcid::Gly))), Some("loop"));
        assert!(!marks.toggle((3, Some(AminoAcid::Gly))) && marks.is_empty());
    }
}

//! Undo and redo: what the user made of the protein, step by step.

use super::marks::Marks;

const STEPS_KEPT: usize = 200;

/// What can be undone: marks with their notes, the filter, the selection.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edits {
    pub(super) marks: Marks,
    pub(super) filter: String,
    pub(super) selection: Option<Vec<bool>>,
    pub(super) selection_text: String,
}

impl Edits {
    /// What is different from `before`, in words.
    pub(super) fn told_from(&self, before: &Self) -> String {
        let mut said = Vec::new();
        if self.marks != before.marks {
            let (now, then) = (self.marks.len(), before.marks.len());
            said.push(match now.cmp(&then) {
                std::cmp::Ordering::Less => format!("{} unmarked", then - now),
                std::cmp::Ordering::Equal => "a note as it was".to_owned(),
                std::cmp::Ordering::Greater => format!("{} marked", now - then),
            });
        }
        if self.filter != before.filter {
            said.push(match self.filter.as_str() {
                "" => "no filter".to_owned(),
                filter => format!("filter {filter}"),
            });
        }
        if self.selection != before.selection {
            said.push(match (&self.selection, self.selection_text.as_str()) {
                (None, _) => "no selection".to_owned(),
                (Some(_), "") => "the selection before".to_owned(),
                (Some(_), text) => format!("selection {text}"),
            });
        }
        said.join(", ")
    }
}

#[derive(Debug, Clone, Default)]
pub struct History {
    current: Edits,
    past: Vec<Edits>,
    future: Vec<Edits>,
}

impl History {
    pub(super) fn new(current: Edits) -> Self {
        Self {
            current,
            ..Self::default()
        }
    }

    /// Remembers a step, where something was changed since the last one.
    pub(super) fn remember(&mut self, now: Edits) {
        if now == self.current {
            return;
        }
        let before = std::mem::replace(&mut self.current, now);
        self.future.clear();
        self.past.push(before);
        if self.past.len() > STEPS_KEPT {
            self.past.remove(0);
        }
    }

    /// The step before, or the one after it again, and what that changes; `None` where there is none.
    pub(super) fn step(&mut self, back: bool) -> Option<(Edits, String)> {
        let (from, to) = if back {
            (&mut self.past, &mut self.future)
        } else {
            (&mut self.future, &mut self.past)
        };
        let edits = from.pop()?;
        let said = edits.told_from(&self.current);
        to.push(std::mem::replace(&mut self.current, edits.clone()));
        Some((edits, said))
    }
}

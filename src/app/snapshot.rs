//! The state as far as it is kept, as values, and the commands that lead from one to another.

use std::mem::discriminant;
use std::sync::Arc;

use super::command::Command;
use super::command::argument::{
    Chains, Compared, FileName, ModelNumber, Ordinal, Remark, Spot, Text,
};
use super::desk::Cursor;
use super::kept::{file, full_name};
use super::marks::Marks;
use super::subject::Subject;
use crate::protein::Around;

/// The state as far as it is kept.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub(super) subject: Option<Arc<Subject>>,
    pub(super) weights: Vec<String>,
    /// FASTA file that completes structures; empty = none.
    pub(super) sequence: String,
    /// Neighbours of structures.
    pub(super) around: Around,
    pub(super) settings: Vec<Command>,
    pub(super) cursor: Cursor,
    pub(super) marks: Marks,
}

impl Snapshot {
    /// The commands that make this of `before`.
    pub(super) fn since(&self, before: &Self) -> Vec<Command> {
        let mut lines: Vec<Command> = Vec::new();
        let fresh = self.weights.iter().filter(|w| !before.weights.contains(w));
        lines.extend(fresh.filter_map(|w| Some(Command::Weights(FileName(Text::new(w)?)))));
        if self.sequence != before.sequence {
            lines.push(Command::Sequence(Text::new(&self.sequence).map(FileName)));
        }
        if self.around.counts != before.around.counts {
            lines.push(Command::Context(self.around.counts));
        }
        let opening = self.opening(before);
        let is_another = !opening.is_empty();
        lines.extend(opening);
        if self.around.assembly != before.around.assembly {
            let id = self.around.assembly.as_deref();
            lines.push(Command::Assembly(id.and_then(Text::new)));
        }
        lines.extend(self.set_since(before, is_another));
        // What another part of a file begins with.
        let begins = Self::default();
        let past = if is_another { &begins } else { before };
        if self.cursor != past.cursor || is_another {
            lines.extend(self.at());
        }
        lines.extend(self.marked(&past.marks));
        lines
    }

    fn set_since(&self, before: &Self, is_another: bool) -> impl Iterator<Item = Command> {
        // They belong to the part of the file that was open.
        let is_gone = move |c: &&Command| {
            matches!(
                c,
                Command::Select(_)
                    | Command::Ensemble(_)
                    | Command::Trajectory(_)
                    | Command::Compare(Some(Compared::Structure(_)))
            )
        };
        let known = before
            .settings
            .iter()
            .filter(move |c| !(is_another && is_gone(c)));
        let known: Vec<&Command> = known.collect();
        let is_new = move |c: &&Command| {
            let was_set = || known.iter().any(|k| discriminant(*k) == discriminant(*c));
            !known.contains(c) && (!is_none(c) || was_set())
        };
        self.settings.iter().filter(is_new).cloned()
    }

    fn opening(&self, before: &Self) -> Vec<Command> {
        let Some(now) = self.subject.as_deref() else {
            return Vec::new();
        };
        let then = before.subject.as_deref();
        let fresh = then.is_none_or(|then| file(then) != file(now));
        let mut lines = Vec::new();
        if fresh {
            lines.extend(Text::new(&file(now)).map(|f| Command::Open(FileName(f))));
        }
        let then = then.filter(|_| !fresh);
        if !now.has_coordinates() {
            if then.map_or(0, |t| t.record) != now.record {
                lines.push(Command::Record(Ordinal::of(now.record)));
            }
            return lines;
        }
        let same_chains = match then {
            Some(then) => then.chains == now.chains,
            None => now.chains.len() == 1 && now.chains.first() == now.all_chains().first(),
        };
        if !same_chains {
            lines.push(Command::Chain(Chains(Some(now.chains.clone()))));
        }
        if then.map_or(0, |t| t.model) != now.model {
            lines.push(Command::Model(ModelNumber(Ordinal::of(now.model))));
        }
        lines
    }

    fn at(&self) -> Option<Command> {
        let subject = self.subject.as_deref()?;
        let name = full_name(subject, (self.cursor.residue, self.cursor.mutant))?;
        let partner = self.cursor.partner.and_then(|p| subject.labels.get(p));
        Some(Command::At(Spot {
            name: Text::new(&name)?,
            partner: partner.and_then(|p| Text::new(p)),
        }))
    }

    fn marked(&self, before: &Marks) -> Vec<Command> {
        let Some(subject) = self.subject.as_deref().filter(|_| self.marks != *before) else {
            return Vec::new();
        };
        let name = |key| Text::new(&full_name(subject, key)?);
        let gone = before.iter().filter(|(key, _)| !self.marks.contains(*key));
        let mut lines: Vec<Command> = gone
            .filter_map(|(key, _)| Some(Command::Unmark(name(key)?)))
            .collect();
        for (key, note) in self
            .marks
            .iter()
            .filter(|(key, note)| before.note(*key) != Some(note))
        {
            let Some(name) = name(key) else { continue };
            if let Some(text) = Text::new(note) {
                lines.push(Command::Note(Remark { name, text }));
                continue;
            }
            // A note that is taken away goes with its mark.
            if before.contains(key) {
                lines.push(Command::Unmark(name.clone()));
            }
            lines.push(Command::MarkNamed(name));
        }
        lines
    }
}

fn is_none(command: &Command) -> bool {
    matches!(
        command,
        Command::Data(None)
            | Command::Msa(None)
            | Command::Compare(None)
            | Command::Trajectory(None)
            | Command::Filter(None)
            | Command::ResidueFilter(None)
            | Command::Top(None)
            | Command::Variants(None)
            | Command::Select(None)
    )
}

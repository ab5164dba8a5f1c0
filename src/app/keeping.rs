//! What a user would miss: the state as values that are compared after every message, and the commands
//! that lead from one to another. They are the journal and the kept session.

use std::collections::BTreeMap;
use std::mem::discriminant;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::command::argument::{Chains, FileName, ModelNumber, Ordinal, Remark, Spot, Text};
use super::marks::{MarkKey, Marks};
use super::settings::settings;
use super::state::{Cursor, State};
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
    /// By file and chains.
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

/// The state as far as it is kept.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    subject: Option<Arc<Subject>>,
    weights: Vec<String>,
    /// FASTA file that completes structures; empty = none.
    sequence: String,
    settings: Vec<Command>,
    cursor: Cursor,
    marks: Marks,
}

impl Snapshot {
    pub(super) fn of(state: &State) -> Self {
        Self {
            subject: state.subject.clone(),
            weights: state.given_weights.clone(),
            sequence: state.sequence_file.clone(),
            settings: settings(state),
            cursor: state.cursor,
            marks: state.marks.clone(),
        }
    }

    /// The commands that make this of `before`.
    pub(super) fn since(&self, before: &Self) -> Vec<Command> {
        let mut lines: Vec<Command> = Vec::new();
        let fresh = self.weights.iter().filter(|w| !before.weights.contains(w));
        lines.extend(fresh.filter_map(|w| Some(Command::Weights(FileName(Text::new(w)?)))));
        if self.sequence != before.sequence {
            lines.push(Command::Sequence(Text::new(&self.sequence).map(FileName)));
        }
        let opening = self.opening(before);
        let is_another = !opening.is_empty();
        lines.extend(opening);
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
        let is_gone = move |c: &&Command| matches!(c, Command::Select(_) | Command::Ensemble(_));
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
            | Command::Compare(None)
            | Command::Filter(None)
            | Command::Select(None)
    )
}

fn file(subject: &Subject) -> String {
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

impl State {
    /// The marks by name.
    pub(super) fn named_marks(&self) -> Vec<NamedMark> {
        let Some(subject) = &self.subject else {
            return Vec::new();
        };
        let named = |(key, note): (MarkKey, &str)| {
            Some(NamedMark {
                name: full_name(subject, key)?,
                note: note.to_owned(),
            })
        };
        self.marks.iter().filter_map(named).collect()
    }

    /// What a name stands for here: a residue (`A:42`) or a substitution of it (`A:Q42W`, `Q42W`).
    #[must_use]
    pub fn key_of_name(&self, name: &str) -> Option<MarkKey> {
        let subject = self.subject.as_ref()?;
        if let Some(key) = subject.protein.named(name) {
            return Some(key);
        }
        match super::search::find(subject, name).ok()?[..] {
            [only] if only.length == 1 => Some((only.index, only.mutant)),
            _ => None,
        }
    }

    /// What is to be kept now; `None` where nothing is open that could be opened again.
    #[must_use]
    pub fn kept(&self) -> Option<Kept> {
        let subject = self.subject.as_deref()?;
        subject.path.as_ref()?;
        let mut marks = self.shelf.clone();
        marks.insert(shelf_key(subject), self.named_marks());
        let mut snapshot = Snapshot::of(self);
        // They are kept by name, for this and every other part of the file.
        snapshot.marks = Marks::default();
        let commands = snapshot.since(&Snapshot::default());
        Some(Kept {
            file: file(subject),
            commands: commands.iter().map(Command::to_line).collect(),
            marks,
        })
    }
}

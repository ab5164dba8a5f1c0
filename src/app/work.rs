//! What is worth keeping of a session, as the words of the command line: it is saved, taken up again,
//! and its changes make the journal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::command::{COLORS, SOURCES, change::CURVES};
use super::marks::MarkKey;
use super::measured::MeasuredShown;
use super::state::State;
use super::subject::Subject;
use crate::analysis::triage::Order;
use crate::export::report::{mark_name, mark_place};

/// A mark by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// `A:Q42W`, or `A:42` for a residue.
    pub name: String,
    /// May be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The state of the user's work. Every text is as the command of its name takes it; an empty one says
/// nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Work {
    /// What was opened: a path, `example:…`, a sequence; empty = nothing, or standard input.
    pub file: String,
    /// Place of the sequence in the file, from 1; 0 for a structure.
    pub record: usize,
    /// FASTA file that completes the structure.
    pub sequence: String,
    /// Chains by name, joined by commas.
    pub chains: String,
    /// The chains are those that opening the file gives.
    pub first_chain: bool,
    /// Place of the model in the file, from 1.
    pub model: usize,
    /// Folders and files of weights, in the order given.
    pub weights: Vec<String>,
    /// Who predicts the motion.
    pub source: String,
    /// What the mutation map shows.
    pub method: String,
    /// The user's table of scores.
    pub data: String,
    /// The panel that has the keys.
    pub panel: String,
    /// `on` or `off`.
    pub expand: String,
    /// What colours the structure.
    pub color: String,
    /// What the flexibility panel draws.
    pub curve: String,
    /// A second source over the first.
    pub compare: String,
    /// What the structure is drawn with.
    pub graphics: String,
    /// Of the coupling map.
    pub threshold: String,
    /// Of the amino acids.
    pub order: String,
    /// Pitch, yaw, magnification.
    pub turn: String,
    /// Of the bars and maps.
    pub zoom: String,
    /// By name.
    pub theme: String,
    /// The selection.
    pub select: String,
    /// Of the triage table.
    pub filter: String,
    /// Of the triage table.
    pub sort: String,
    /// The cursor.
    pub at: String,
    /// Seed of the ensemble on screen.
    pub ensemble: String,
    /// Marks of what is on the table.
    pub marks: Vec<Noted>,
    /// Marks of what was on the table before, by file and chains.
    pub shelf: BTreeMap<String, Vec<Noted>>,
}

impl Work {
    /// Whether there is anything that a user would miss.
    #[must_use]
    pub fn is_worth_keeping(&self) -> bool {
        !self.marks.is_empty() || self.shelf.values().any(|marks| !marks.is_empty())
    }

    /// What is set, each with its command, in the order in which it is to be said.
    fn settings(&self) -> [(&'static str, &str); 18] {
        [
            ("data", &self.data),
            ("source", &self.source),
            ("scan", &self.method),
            ("panel", &self.panel),
            ("expand", &self.expand),
            ("color", &self.color),
            ("curve", &self.curve),
            ("compare", &self.compare),
            ("graphics", &self.graphics),
            ("threshold", &self.threshold),
            ("order", &self.order),
            ("zoom", &self.zoom),
            ("theme", &self.theme),
            ("select", &self.select),
            ("filter", &self.filter),
            ("sort", &self.sort),
            ("at", &self.at),
            ("ensemble", &self.ensemble),
        ]
    }

    /// The commands that make this of `before`.
    #[must_use]
    pub fn lines_since(&self, before: &Self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let fresh = self.weights.iter().filter(|w| !before.weights.contains(w));
        lines.extend(fresh.map(|w| format!("weights {w}")));
        if self.sequence != before.sequence {
            let file = Some(self.sequence.as_str()).filter(|s| !s.is_empty());
            lines.push(format!("sequence {}", file.unwrap_or("none")));
        }
        let mut before = before.clone();
        let place = |w: &Self| (w.file.clone(), w.record, w.chains.clone(), w.model);
        if place(self) != place(&before) {
            self.opening(&before, &mut lines);
            // What another part of a file begins with.
            before.marks.clear();
            before.at.clear();
            before.select.clear();
            before.ensemble.clear();
        }
        for ((name, now), (_, then)) in self.settings().into_iter().zip(before.settings()) {
            match (now == then, now) {
                (false, "") if matches!(name, "data" | "select" | "filter" | "compare") => {
                    lines.push(format!("{name} none"));
                }
                (true, _) | (false, "") => {}
                (false, now) => lines.push(format!("{name} {now}")),
            }
        }
        if self.turn != before.turn && !self.turn.is_empty() {
            lines.push(format!("turn {}", self.turn));
        }
        lines.extend(mark_lines(&before.marks, &self.marks));
        lines
    }

    fn opening(&self, before: &Self, lines: &mut Vec<String>) {
        let fresh = self.file != before.file;
        if fresh && !self.file.is_empty() {
            lines.push(format!("open {}", self.file));
        }
        if self.record > 0 {
            if self.record != 1 || !fresh {
                lines.push(format!("record {}", self.record));
            }
            return;
        }
        let (model, same_chains) = if fresh {
            (1, self.first_chain)
        } else {
            (before.model, self.chains == before.chains)
        };
        if !same_chains && !self.chains.is_empty() {
            lines.push(format!("chain {}", self.chains));
        }
        if self.model != model && self.model > 0 {
            lines.push(format!("model {}", self.model));
        }
    }
}

fn mark_lines(before: &[Noted], now: &[Noted]) -> Vec<String> {
    let gone = before
        .iter()
        .filter(|old| !now.iter().any(|n| n.name == old.name));
    let mut lines: Vec<String> = gone.map(|old| format!("unmark {}", old.name)).collect();
    for mark in now.iter().filter(|mark| !before.contains(mark)) {
        if mark.note.is_empty() {
            // A note that is taken away goes with its mark.
            if before.iter().any(|old| old.name == mark.name) {
                lines.push(format!("unmark {}", mark.name));
            }
            lines.push(format!("mark {}", mark.name));
        } else {
            lines.push(format!("note {} {}", mark.name, mark.note));
        }
    }
    lines
}

/// Marks belong to the chains of a file, whichever model is shown.
#[must_use]
pub fn shelf_key(subject: &Subject) -> String {
    let file = subject.path.as_ref().map(|p| p.display().to_string());
    let chains = subject.chains.join(",");
    format!("{}|{}|{chains}", file.unwrap_or_default(), subject.name)
}

/// The name of a mark with its chain, as the journal writes it.
#[must_use]
pub fn full_name(subject: &Subject, (index, mutant): MarkKey) -> Option<String> {
    (index < subject.len()).then(|| mark_name(&subject.protein, index, mutant))
}

impl State {
    /// The marks by name.
    #[must_use]
    pub fn noted(&self) -> Vec<Noted> {
        let Some(subject) = &self.subject else {
            return Vec::new();
        };
        let named = |(key, note): (MarkKey, &str)| {
            Some(Noted {
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
        if let Some(key) = mark_place(&subject.protein, name) {
            return Some(key);
        }
        match super::search::find(subject, name)[..] {
            [only] if only.length == 1 => Some((only.index, only.mutant)),
            _ => None,
        }
    }

    /// What is worth keeping now.
    #[must_use]
    pub fn work(&self) -> Work {
        let view = &self.view;
        let mut work = Work {
            weights: self.given_weights.clone(),
            sequence: self.sequence_file.clone(),
            source: self.source.map_or("", name_of(SOURCES)).to_owned(),
            method: match self.measured_shown {
                MeasuredShown::No => self.method.map_or("", crate::analysis::ScanMethod::id),
                _ => "",
            }
            .to_owned(),
            data: self.data_file.clone(),
            panel: view.focus.title().to_owned(),
            expand: if view.expanded { "on" } else { "off" }.to_owned(),
            color: name_of(COLORS)(view.color_by).to_owned(),
            curve: name_of(CURVES)(view.curve).to_owned(),
            compare: view.compare.map_or("", name_of(SOURCES)).to_owned(),
            graphics: view.graphics.id().to_owned(),
            threshold: view.threshold.to_string(),
            order: view.order.name().to_owned(),
            turn: format!("{} {} {}", view.pitch, view.yaw, view.magnification),
            zoom: format!("{} {} {}", view.track_zoom, view.heat_zoom, view.map_zoom),
            theme: self.theme.clone(),
            select: self.selection_text.clone(),
            filter: self.triage.filter_text.clone(),
            sort: self
                .triage
                .sort
                .map_or_else(String::new, |(measure, order)| {
                    let order = match order {
                        Order::Ascending => "ascending",
                        Order::Descending => "descending",
                    };
                    format!("{} {order}", measure.id())
                }),
            ensemble: self
                .ensemble()
                .map_or_else(String::new, |e| e.seed.to_string()),
            marks: self.noted(),
            shelf: self.shelf.clone(),
            ..Work::default()
        };
        if let Some(subject) = &self.subject {
            self.work_of_subject(subject, &mut work);
        }
        work
    }

    fn work_of_subject(&self, subject: &Subject, work: &mut Work) {
        let file = subject.path.as_ref().map(|p| p.display().to_string());
        work.file = file.unwrap_or_default();
        if subject.has_coordinates() {
            work.chains = subject.chains.join(",");
            work.first_chain = subject.all_chains().first() == Some(&work.chains);
            work.model = subject.model + 1;
        } else {
            work.record = subject.record + 1;
        }
        let key = (self.cursor.residue, self.cursor.mutant);
        let partner = self.cursor.partner.and_then(|p| subject.labels.get(p));
        work.at = match (full_name(subject, key), partner) {
            (Some(name), Some(partner)) => format!("{name} with {partner}"),
            (name, _) => name.unwrap_or_default(),
        };
    }
}

fn name_of<T: PartialEq>(table: &'static [(&'static str, T)]) -> impl Fn(T) -> &'static str {
    move |value| {
        table
            .iter()
            .find(|(_, v)| *v == value)
            .map_or("", |(n, _)| n)
    }
}

//! What belongs to the open protein; opening another is a new desk.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::beside::Second;
use super::dynamics::Response;
use super::history::History;
use super::job::Job;
use super::kept::Kept;
use super::marks::Marks;
use super::measured::Measured;
use super::residues::Residues;
use super::results::Results;
use super::search::Match;
use super::subject::Subject;
use super::triage::TriageTable;
use super::variants::VariantList;
use super::what_if::WhatIf;
use crate::protein::AminoAcid;
use crate::study::{SimulationRun, Slot};

/// The one cursor: every view derives its position from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    pub residue: usize,
    /// The other residue of the pair on the coupling map; `None` = the cursor's own.
    pub partner: Option<usize>,
    /// The amino acid put in its place on the mutation map.
    pub mutant: Option<AminoAcid>,
}

#[derive(Debug, Default)]
pub struct Desk {
    /// `None` until something is opened.
    pub subject: Option<Arc<Subject>>,
    pub cursor: Cursor,
    pub results: Results,
    /// Which residues answer a push, while that is shown.
    pub response: Option<Arc<Response>>,
    /// The simulation of the open structure.
    pub run: Option<Arc<SimulationRun>>,
    /// The file of the model's predicted aligned error, where the user gave it.
    pub pae_file: String,
    /// The structure that is compared with the open one.
    pub second: Option<Second>,
    pub measured: Option<Measured>,
    pub what_if: WhatIf,
    pub jobs: BTreeMap<Slot, Job>,
    /// What the search found, in order.
    pub matches: Vec<Match>,
    /// What `:select` or a drag chose.
    pub selection: Option<Vec<bool>>,
    pub selection_text: String,
    /// Where the mouse button went down on a residue of the sequence or the bars.
    pub anchor: Option<usize>,
    /// The residue of the structure that the button went down on, until it is dragged.
    pub grasped: Option<usize>,
    pub triage: TriageTable,
    pub residues: Residues,
    /// The list of variants that is scored and ranked.
    pub variants: Option<VariantList>,
    pub marks: Marks,
    /// Steps that can be undone.
    pub history: History,
    /// A kept session of the open file whose marks can be taken up.
    pub offer: Option<(String, Kept)>,
}

impl Desk {
    /// Of a protein that was opened after another: the cursor stays on its residue where both have it.
    #[must_use]
    pub fn new(subject: Arc<Subject>, before: &Self) -> Self {
        let old = before
            .subject
            .as_ref()
            .filter(|old| old.name == subject.name);
        let label = old.and_then(|old| old.labels.get(before.cursor.residue));
        let residue = label.and_then(|label| subject.labels.iter().position(|l| l == label));
        Self {
            cursor: Cursor {
                residue: residue.unwrap_or(0),
                ..Cursor::default()
            },
            subject: Some(subject),
            ..Self::default()
        }
    }
}

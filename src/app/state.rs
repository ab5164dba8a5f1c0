//! The whole state of the program.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::collective::{Collective, Difference};
use super::export::ExportDialog;
use super::history::History;
use super::job::{Job, JobKind};
use super::journal::Journal;
use super::keeping::{Kept, NamedMark};
use super::keymap::Keymap;
use super::marks::Marks;
use super::measured::{Measured, MeasuredShown, OwnScores};
use super::message::{Entry, Notice};
use super::palette::Palette;
use super::panel::{Graphics, View};
use super::prompt::{LineHistory, Prompt};
use super::results::{Conformations, Dynamics, MapView, Response, Results};
use super::search::Match;
use super::subject::Subject;
use super::triage::TriageTable;
use super::what_if::WhatIf;
use crate::analysis::flexibility::ModeShape;
use crate::analysis::{ScanMethod, Source};
use crate::export::product::Product;
use crate::protein::AminoAcid;

/// The one cursor: every view derives its position from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// Index of the residue.
    pub residue: usize,
    /// The other residue of the pair on the coupling map; `None` = the cursor's own.
    pub partner: Option<usize>,
    /// The amino acid put in its place on the mutation map.
    pub mutant: Option<AminoAcid>,
}

/// What lies over the panels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// Every action.
    Palette(Palette),
    /// A line being typed.
    Prompt(Prompt),
    /// Files that can be written.
    Export(ExportDialog),
    /// Whether a file is to be replaced.
    Replace(Product, PathBuf),
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
    /// What is in it.
    pub entries: Vec<Entry>,
    /// The chosen line, over examples, recent files and entries.
    pub selected: usize,
}

impl Welcome {
    /// All lines in the order of the screen.
    pub fn lines(&self) -> impl Iterator<Item = &Entry> {
        self.examples
            .iter()
            .chain(&self.recent)
            .chain(&self.entries)
    }
}

/// Everything that the picture is drawn from.
#[derive(Debug, Default)]
pub struct State {
    /// Cells across and down.
    pub size: (u16, u16),
    /// Time since the start, as the last message told.
    pub clock: Duration,
    /// What is on the table.
    pub subject: Option<Arc<Subject>>,
    /// What is being read.
    pub opening: Option<String>,
    /// The cursor.
    pub cursor: Cursor,
    /// Panels, zoom, colours.
    pub view: View,
    /// Results for the subject.
    pub results: Results,
    /// Who answers a push at a residue, while that is shown.
    pub response: Option<Arc<Response>>,
    /// Who predicts the motion.
    pub source: Option<Source>,
    /// The source that was asked for last.
    pub asked_source: Option<Source>,
    /// What the mutation map shows.
    pub method: Option<ScanMethod>,
    /// Weights that the user gave, by the method they serve.
    pub weights: BTreeMap<ScanMethod, PathBuf>,
    /// The same, as they were given.
    pub given_weights: Vec<String>,
    /// The user's own scores, over the file on the table.
    pub measured: Option<Measured>,
    /// The file they were read from; empty = none.
    pub data_file: String,
    /// FASTA file that completes structures, as it was given; empty = none.
    pub sequence_file: String,
    /// Their table as read, to be laid over whatever is opened next.
    pub waiting_data: Option<OwnScores>,
    /// Mutants beside the wild type.
    pub what_if: WhatIf,
    /// Whether the map shows them.
    pub measured_shown: MeasuredShown,
    /// Queued and running.
    pub jobs: BTreeMap<JobKind, Job>,
    /// Something to say.
    pub notice: Option<Notice>,
    /// What is wrong with the user's keymap and themes, until something is opened and it is said again.
    pub fault: Option<String>,
    /// When it was said.
    pub noticed_at: Duration,
    /// Palette or prompt.
    pub overlay: Overlay,
    /// Lines typed after `:`.
    pub commands: LineHistory,
    /// Lines typed after `/`.
    pub searches: LineHistory,
    /// What the search found, in order.
    pub matches: Vec<Match>,
    /// What `:select` or a drag chose.
    pub selection: Option<Vec<bool>>,
    /// The same as typed.
    pub selection_text: String,
    /// Where the mouse button went down on a residue of the sequence or the bars.
    pub anchor: Option<usize>,
    /// The residue of the structure that the button went down on, until it is dragged.
    pub grasped: Option<usize>,
    /// Substitutions as a table.
    pub triage: TriageTable,
    /// Marks and notes.
    pub marks: Marks,
    /// Marks of what was on the table before, by file and chains.
    pub shelf: BTreeMap<String, Vec<NamedMark>>,
    /// Steps that can be undone.
    pub history: History,
    /// What was done so far.
    pub journal: Journal,
    /// The kept session that this goes on with, by name.
    pub session: Option<String>,
    /// A kept session of the open file whose marks can be taken up.
    pub offer: Option<(String, Kept)>,
    /// The folder that names of files are in.
    pub folder: PathBuf,
    /// Commands that wait until the file is open.
    pub pending: VecDeque<String>,
    /// Keys.
    pub keymap: Keymap,
    /// Name of the theme.
    pub theme: String,
    /// Names of all themes.
    pub themes: Vec<String>,
    /// Mouse reporting is on.
    pub mouse: bool,
    /// Before a file is open, or over it to open another.
    pub welcome: Welcome,
    /// The welcome screen lies over the open file.
    pub picking: bool,
    /// Width and height of a cell in pixels, where the terminal shows pictures.
    pub cell_pixels: Option<(u16, u16)>,
    /// Bytes written to the terminal.
    pub bytes_sent: u64,
}

impl State {
    /// The dynamics on screen.
    #[must_use]
    pub fn dynamics(&self) -> Option<&Arc<Dynamics>> {
        self.results.dynamics.get(&self.source?)
    }

    /// The ensemble of the dynamics on screen.
    #[must_use]
    pub fn ensemble(&self) -> Option<&Arc<Conformations>> {
        self.results.ensembles.get(&self.source?)
    }

    /// Modes and responses of the dynamics on screen.
    #[must_use]
    pub fn collective(&self) -> Option<&Arc<Collective>> {
        self.results.collectives.get(&self.source?)
    }

    /// The dynamics of the second source.
    #[must_use]
    pub fn compared(&self) -> Option<&Arc<Dynamics>> {
        let other = self.view.compare.filter(|o| Some(*o) != self.source)?;
        self.results.dynamics.get(&other)
    }

    /// The difference of both sources, where the coupling map shows it.
    #[must_use]
    pub fn difference(&self) -> Option<&Arc<Difference>> {
        let of = (self.source?, self.view.compare?);
        let shown = self.results.difference.as_ref();
        shown.filter(|d| self.view.difference && d.of == of)
    }

    /// The mode that the structure swings along, with what it is one of.
    #[must_use]
    pub fn swinging(&self) -> Option<(&Collective, &ModeShape)> {
        let collective = self.collective()?;
        Some((collective, collective.mode(self.view.mode?)?))
    }

    /// Whether the structure moves by itself.
    #[must_use]
    pub fn is_animated(&self) -> bool {
        let moves = self.view.animating && self.ensemble().is_some_and(|e| e.moves());
        (self.view.spinning || moves || self.swinging().is_some())
            && self.subject.is_some()
            && !self.shows_welcome()
    }

    /// Width and height of a cell in pixels while the structure is drawn as a picture: not below an
    /// overlay, and not while it moves by itself, since pictures are long.
    #[must_use]
    pub fn picture_cell(&self) -> Option<(u16, u16)> {
        let is_plain = self.overlay == Overlay::None && !self.is_animated();
        self.cell_pixels
            .filter(|_| is_plain && self.view.graphics == Graphics::Pixels)
    }

    /// The mutation map on screen.
    #[must_use]
    pub fn map(&self) -> Option<&Arc<MapView>> {
        match (&self.measured, self.measured_shown) {
            (Some(measured), MeasuredShown::Scores) => Some(&measured.view),
            (Some(measured), MeasuredShown::Disagreement) => measured.disagreement.as_ref(),
            _ => self.scored_map(),
        }
    }

    /// The map of the chosen method, whether or not it is on screen.
    #[must_use]
    pub fn scored_map(&self) -> Option<&Arc<MapView>> {
        self.results.maps.get(&self.method?)
    }

    /// Number of residues on the table.
    #[must_use]
    pub fn len(&self) -> usize {
        self.subject.as_ref().map_or(0, |s| s.len())
    }

    /// Whether something with coordinates is on the table.
    #[must_use]
    pub fn has_coordinates(&self) -> bool {
        self.subject.as_ref().is_some_and(|s| s.has_coordinates())
    }

    /// Whether nothing is on the table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subject.is_none()
    }

    /// The job on the status line: the one that runs, else the first that waits.
    #[must_use]
    pub fn shown_job(&self) -> Option<&Job> {
        self.jobs
            .values()
            .find(|job| job.started.is_some())
            .or_else(|| self.jobs.values().next())
    }

    /// Whether the picture changes by itself as time goes by.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.is_animated() || !self.jobs.is_empty() || self.opening.is_some()
    }

    /// Whether the welcome screen is shown.
    #[must_use]
    pub fn shows_welcome(&self) -> bool {
        self.picking || self.subject.is_none()
    }

    /// Says something on the message line.
    pub fn say(&mut self, notice: Notice) {
        self.notice = Some(notice);
        self.noticed_at = self.clock;
    }
}

//! Everything that can happen to the state.

use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::KeyEvent;

use super::export::Written;
use super::job::{JobEvent, JobKind};
use super::keeping::Kept;
use super::measured::OwnScores;
use super::panel::Panel;
use super::subject::Subject;
use crate::analysis::ScanMethod;
use crate::export::product::Product;
use crate::protein::AminoAcid;

/// One event.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something over a known place.
    Pointer(Pointer),
    /// Text was pasted.
    Paste(String),
    /// The terminal has a new size.
    Resized {
        /// Cells across.
        columns: u16,
        /// Cells down.
        rows: u16,
    },
    /// Time since the program started.
    Tick(Duration),
    /// A file was read, or another part of it chosen.
    Opened(Box<Result<Subject, String>>),
    /// A folder was listed.
    Listed {
        /// Which.
        folder: PathBuf,
        /// Its folders and readable files.
        entries: Vec<Entry>,
    },
    /// News of a job.
    Job {
        /// Of which kind.
        kind: JobKind,
        /// What happened.
        event: JobEvent,
    },
    /// What the networks are for that a path holds.
    WeightsRead {
        /// The file or folder, or a model's name.
        path: PathBuf,
        /// The methods it serves, or why it serves none.
        outcome: Result<Vec<ScanMethod>, String>,
    },
    /// The user's table of scored mutants was read.
    DataRead {
        /// From where.
        path: PathBuf,
        /// Its rows, or why there are none.
        outcome: Result<Box<OwnScores>, String>,
    },
    /// A file was written, or not.
    Exported {
        /// What.
        product: Product,
        /// Where.
        path: PathBuf,
        /// Whether it was to replace another.
        overwrite: bool,
        /// What became of it.
        written: Written,
    },
    /// A command as typed after `:`.
    Command(String),
    /// A kept session is to go on.
    Resume {
        /// Its name.
        name: String,
        /// What was kept.
        kept: Box<Kept>,
    },
    /// A session of the file that was just opened is kept.
    Remembered {
        /// Its name.
        name: String,
        /// What was kept.
        kept: Box<Kept>,
    },
    /// Something to say on the message line.
    Note(Notice),
    /// Bytes written to the terminal so far.
    BytesSent(u64),
}

/// One line of the file picker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Whether it can be entered.
    pub is_folder: bool,
    /// What is shown.
    pub name: String,
    /// What is opened.
    pub path: PathBuf,
}

/// A line for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How bad it is.
    pub level: Level,
    /// What it says.
    pub text: String,
}

impl Notice {
    /// Good to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self {
            level: Level::Info,
            text: text.into(),
        }
    }

    /// Something was not done.
    pub fn error(text: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            text: text.into(),
        }
    }

    /// Done, but not as hoped.
    pub fn warning(text: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            text: text.into(),
        }
    }
}

/// How bad a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Good to know.
    Info,
    /// Done, but not as hoped.
    Warning,
    /// Not done.
    Error,
}

/// A mouse event over a place that the picture knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pointer {
    /// What the mouse did.
    pub gesture: Gesture,
    /// What lies under it.
    pub place: Place,
}

/// What a mouse can do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    /// Left button pressed.
    Press,
    /// Left button held and moved by that many cells.
    Drag {
        /// To the right.
        columns: i16,
        /// Down.
        rows: i16,
    },
    /// Left button let go.
    Release,
    /// The wheel, away from the user.
    WheelUp,
    /// The wheel, towards the user.
    WheelDown,
}

/// What a cell of the screen stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A residue in a panel.
    Residue(Panel, usize),
    /// A pair of the coupling map: column, row.
    Pair(usize, usize),
    /// A cell of the mutation map.
    Substitution(usize, AminoAcid),
    /// A row of the triage table.
    Row(usize),
    /// A line of the open list (palette, picker).
    Line(usize),
    /// A panel, nothing in particular.
    Panel(Panel),
    /// Nothing.
    Nowhere,
}

//! Everything that can happen to the state.

use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::KeyEvent;

use super::dialog::Written;
use super::job::JobEvent;
use super::kept::Kept;
use super::measured::OwnScores;
use super::messages::Notice;
use super::panel::Panel;
use super::program::Missing;
use super::subject::Subject;
use super::welcome::Entry;
use crate::analysis::ScanMethod;
use crate::engine::named_part::Taken;
use crate::export::product::Product;
use crate::protein::AminoAcid;
use crate::protein::names::VariantTable;
use crate::study::Slot;

#[derive(Debug)]
pub enum Message {
    Key(KeyEvent),
    /// The mouse did something over a known place.
    Pointer(Pointer),
    Paste(String),
    /// The terminal has a new size.
    Resized {
        columns: u16,
        rows: u16,
    },
    /// Time since the program started.
    Tick(Duration),
    /// A file was read, or another part of it chosen.
    Opened(Box<Result<Subject, String>>),
    /// What was to be opened is an entry that is not here.
    NotHere(Missing),
    /// A second structure was opened, or not.
    SecondOpened {
        name: String,
        outcome: Result<Box<Taken>, String>,
    },
    Listed {
        folder: PathBuf,
        /// Its folders and readable files.
        entries: Vec<Entry>,
    },
    /// The names in a folder, those of folders with a slash.
    Names {
        folder: PathBuf,
        names: Vec<String>,
    },
    Job {
        slot: Slot,
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
    /// A list of variants was read.
    VariantsRead {
        /// The file, or the variants themselves.
        asked: String,
        outcome: Result<VariantTable, String>,
    },
    /// A file was written, or not.
    Exported {
        product: Product,
        path: PathBuf,
        /// Whether it was to replace another.
        overwrite: bool,
        written: Written,
    },
    /// A command as typed after `:`.
    Command(String),
    /// A kept session is to go on.
    Resume {
        name: String,
        kept: Box<Kept>,
    },
    /// A session of the file that was just opened is kept.
    Remembered {
        name: String,
        kept: Box<Kept>,
    },
    /// Something to say on the message line.
    Note(Notice),
    /// Bytes written to the terminal so far.
    BytesSent(u64),
}

/// A mouse event over a place that the picture knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pointer {
    pub gesture: Gesture,
    pub place: Place,
}

/// What a mouse can do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    Press,
    /// Left button held and moved by that many cells.
    Drag {
        columns: i16,
        rows: i16,
    },
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
    /// A row of the list of variants.
    Variant(usize),
    /// The header of a column of a table.
    Column(Panel, usize),
    /// A line of the open list (palette, picker).
    Line(usize),
    /// A panel, nothing in particular.
    Panel(Panel),
    Nowhere,
}

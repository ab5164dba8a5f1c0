//! What outlives the open protein: keys, themes, the terminal, messages, what is kept.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use super::dialog::ExportDialog;
use super::journal::Journal;
use super::kept::NamedMark;
use super::keymap::Keymap;
use super::measured::OwnScores;
use super::messages::Messages;
use super::palette::Palette;
use super::prompt::{LineHistory, Prompt};
use super::welcome::Welcome;
use crate::analysis::ScanMethod;
use crate::export::product::Product;
use crate::protein::Around;

/// What lies over the panels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Overlay {
    #[default]
    None,
    Palette(Palette),
    Prompt(Prompt),
    /// Files that can be written.
    Export(ExportDialog),
    /// Whether a file is to be replaced.
    Replace(Product, PathBuf),
    /// Whether an entry is to be downloaded.
    Fetch(Missing),
    /// All messages; rows scrolled back from the newest.
    Messages(usize),
}

/// An entry of a data bank that is not on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// As it was named.
    pub path: PathBuf,
    /// The entry in words.
    pub entry: String,
    /// Who has it.
    pub server: String,
}

#[derive(Debug, Default)]
pub struct Program {
    pub size: (u16, u16),
    /// Time since the start, as the last message told.
    pub clock: Duration,
    pub opening: Option<String>,
    /// Methods whose weights are there; `None` = not known.
    pub installed: Option<Vec<ScanMethod>>,
    /// Weights that the user gave, by the method they serve.
    pub weights: BTreeMap<ScanMethod, PathBuf>,
    /// The same, as they were given.
    pub given_weights: Vec<String>,
    /// FASTA file that completes structures, as it was given; empty = none.
    pub sequence_file: String,
    /// The neighbours that structures are opened with.
    pub around: Around,
    /// The file of aligned sequences; empty = none.
    pub msa_file: String,
    /// The list of variants as it was given; empty = none.
    pub variants: String,
    /// The file of the user's own scores; empty = none.
    pub data_file: String,
    /// The same as read, to be laid over whatever is opened.
    pub data: Option<OwnScores>,
    pub messages: Messages,
    pub overlay: Overlay,
    /// The folder whose names complete a path, and they.
    pub names: (PathBuf, Vec<String>),
    /// Lines typed after `:`.
    pub commands: LineHistory,
    /// Lines typed after `/`.
    pub searches: LineHistory,
    /// Marks of what was open before, by file and chains.
    pub shelf: BTreeMap<String, Vec<NamedMark>>,
    pub journal: Journal,
    /// The kept session that this goes on with, by name.
    pub session: Option<String>,
    /// The folder that names of files are in.
    pub folder: PathBuf,
    /// Whether entries that are not here are downloaded; `None` = that is asked.
    pub fetch: Option<bool>,
    /// Commands that wait until the file is open.
    pub pending: VecDeque<String>,
    pub keymap: Keymap,
    pub theme: String,
    pub themes: Vec<String>,
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

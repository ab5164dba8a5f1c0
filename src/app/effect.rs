//! What `update` asks the edge of the program to do.

use std::path::PathBuf;
use std::sync::Arc;

use crate::export::content::Content;
use crate::export::product::Product;
use crate::protein::{Around, Structure};
use crate::study::{Request, Slot};

/// One thing to do outside of the state.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Read a structure or sequence file; answered by `Message::Opened`.
    Open(PathBuf),
    /// Take other chains or another model of an open structure; answered by `Message::Opened`.
    Choose {
        structure: Arc<Structure>,
        /// Where it was read from.
        path: Option<PathBuf>,
        /// 0-based index of the model.
        model: usize,
        /// Chains by name; `None` = all.
        chains: Option<Vec<String>>,
    },
    /// Download an entry and open it; answered by `Message::Opened`.
    Fetch(PathBuf),
    /// Open a second structure, a file or a part of it, or another part of an open one; answered by
    /// `Message::SecondOpened`.
    OpenSecond {
        /// As the user named it.
        name: String,
        /// What is opened: `FILE`, `FILE:B`, `:B`, `#2`.
        part: String,
        /// The open one.
        structure: Arc<Structure>,
    },
    /// From now on complete structures by the sequences of this file.
    Sequence(Option<PathBuf>),
    /// From now on structures have these neighbours.
    Around(Around),
    /// List a folder for the file picker; answered by `Message::Listed`.
    List(PathBuf),
    /// List the names in a folder, to complete a path; answered by `Message::Names`.
    Names(PathBuf),
    /// Run a request on the worker.
    Submit(Box<Request>),
    /// Stop the job of that slot.
    Cancel(Slot),
    /// Put text on the user's clipboard.
    Copy(String),
    /// Write a file; answered by `Message::Exported`.
    Export {
        path: PathBuf,
        overwrite: bool,
        product: Product,
        content: Arc<Content>,
    },
    /// Find out what the weights at a path are for; answered by `Message::WeightsRead`.
    ReadWeights(PathBuf),
    /// Read a table of scored mutants; answered by `Message::DataRead`.
    ReadData(PathBuf),
    /// Read a list of variants, from a file or as it stands; answered by `Message::VariantsRead`.
    ReadVariants(String),
    /// Switch mouse reporting on or off.
    Mouse(bool),
    /// Leave, printing these lines to stdout once the terminal is restored.
    Quit(Vec<String>),
}

//! The terminal: guard, event loop, effects.

mod capabilities;
mod clipboard;
mod effects;
mod files;
mod guard;
mod leaving;
mod output;
mod pictures;
mod session;

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::EngineOptions;
use crate::protein::Around;
use crate::protein::chains::ChainChoice;
use crate::session::folders;
use crate::session::kept::Resume;

/// How the terminal program starts.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The file to open; without one the welcome screen.
    pub file: Option<PathBuf>,
    /// The structure beside it.
    pub second: Option<String>,
    /// What standard input held, where the file is `-`.
    pub input: Option<Arc<[u8]>>,
    /// The session to go on with.
    pub resume: Option<Resume>,
    /// Its chains.
    pub chains: ChainChoice,
    /// FASTA file that completes the structure.
    pub sequence: Option<PathBuf>,
    /// Neighbours of the structures.
    pub around: Around,
    /// Theme by name; `None` = dark or light, as the terminal is.
    pub theme: Option<String>,
    /// Leave the mouse to the terminal.
    pub no_mouse: bool,
    /// Weights of scoring methods.
    pub weights: Vec<PathBuf>,
    /// The user's own table of scored mutants.
    pub data: Option<PathBuf>,
    /// Aligned sequences.
    pub msa: Option<PathBuf>,
    /// How the structure is drawn.
    pub graphics: GraphicsChoice,
    /// Most kB a second to write.
    pub max_kbps: Option<u32>,
    /// Whether entries that are not here are downloaded; `None` = that is asked.
    pub fetch: Option<bool>,
    /// Devices and folders of the engine.
    pub engine: EngineOptions,
}

/// How the structure is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum GraphicsChoice {
    /// In pixels where the terminal shows pictures, else in dots of braille.
    #[default]
    Auto,
    /// In pixels; through tmux, too.
    Pixels,
    /// In half blocks.
    HalfBlock,
    /// In dots of braille.
    Braille,
    /// In ASCII, and everything else, too.
    Ascii,
}

/// The file that takes the log while the terminal program runs: `log` in the folder for state, of the
/// last run only.
#[must_use]
pub fn log_file() -> Option<std::fs::File> {
    let folder = folders::state();
    std::fs::create_dir_all(&folder).ok()?;
    std::fs::File::create(folder.join("log")).ok()
}

/// Runs the terminal program until the user leaves; answers the lines to print afterwards.
///
/// # Errors
/// When stdin or stdout is no terminal, or the terminal fails.
pub fn run(options: Options) -> anyhow::Result<Vec<String>> {
    use std::io::IsTerminal as _;
    // Keys come from the terminal itself where standard input holds the file.
    let reads = options.input.is_some() || std::io::stdin().is_terminal();
    if !reads || !std::io::stdout().is_terminal() {
        anyhow::bail!(
            "no terminal on stdin and stdout; the sub-commands work without one (`dynascope --help`)"
        );
    }
    guard::install_panic_hook();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(session::run(options))
}

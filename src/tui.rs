//! The terminal: guard, event loop, effects.

mod capabilities;
mod clipboard;
mod effects;
mod files;
mod guard;
mod open;
mod output;
mod save;
mod session;

use std::path::PathBuf;

use crate::engine::EngineOptions;
use crate::structure::chains::ChainChoice;

/// How the terminal program starts.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The file to open; without one the welcome screen.
    pub file: Option<PathBuf>,
    /// Its chains.
    pub chains: ChainChoice,
    /// Theme by name; `None` = dark or light, as the terminal is.
    pub theme: Option<String>,
    /// Leave the mouse to the terminal.
    pub no_mouse: bool,
    /// Most kB a second to write.
    pub max_kbps: Option<u32>,
    /// Devices and folders of the engine.
    pub engine: EngineOptions,
}

/// Runs the terminal program until the user leaves; answers the lines to print afterwards.
///
/// # Errors
/// When stdin or stdout is no terminal, or the terminal fails.
pub fn run(options: Options) -> anyhow::Result<Vec<String>> {
    use std::io::IsTerminal as _;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
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

//! `dynascope replay`: a journal carried out without a terminal.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::Outcome;
use super::console::Console;
use super::options::Global;
use crate::session::replay::{Replay, replay};

/// Arguments of `dynascope replay`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: dynascope replay ~/.local/state/dynascope/sessions/NAME.journal --out again\n\n\
The terminal program keeps a journal of every session in the platform's folder for state \
(~/.local/state/dynascope/sessions/NAME.journal on Linux): one command per line, as after `:`. \
Lines that begin with # are remarks. A line that is refused is reported, and the rest goes on.")]
pub struct Arguments {
    /// The journal
    #[arg(value_name = "JOURNAL")]
    journal: PathBuf,
    /// The folder that the files go to [default: where the journal says]
    #[arg(long, short, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Replace existing files
    #[arg(long, short)]
    force: bool,
}

/// Runs `dynascope replay`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    let name = arguments.journal.display();
    let journal = std::fs::read_to_string(&arguments.journal).with_context(|| name.to_string())?;
    if let Some(folder) = &arguments.out {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let wanted = Replay {
        journal,
        out: arguments.out.clone(),
        force: arguments.force,
    };
    let replayed = replay(&wanted, global.engine());
    for path in &replayed.written {
        console.note(&format!("wrote {}", path.display()));
    }
    for (line, why) in &replayed.faults {
        console.error(&format!("{name}:{line}: {why}"));
    }
    Ok(match (replayed.faults.len(), replayed.written.len()) {
        (0, _) => Outcome::Done,
        (_, 0) => Outcome::Nothing,
        _ => Outcome::Partly,
    })
}

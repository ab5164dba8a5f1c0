//! `dynascope [FILE]`: the terminal program.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::Outcome;
use super::console;
use super::options::Global;
use crate::protein::ChainChoice;
use crate::session::kept::Resume;
use crate::tui;

/// Options of the terminal program.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// PDB or mmCIF file, plain or gzip; FASTA; a sequence; - for standard input; without one the welcome screen
    pub file: Option<PathBuf>,
    /// A second structure to compare with: FILE, FILE:CHAINS, FILE#MODEL; :CHAINS or #MODEL of the first
    #[arg(value_name = "SECOND")]
    second: Option<String>,
    /// Chains: A, A,B or all [default: the first]
    #[arg(long, value_name = "CHAINS")]
    chain: Option<ChainChoice>,
    /// FASTA file of the whole construct: residues that the structure lacks are shown and scored too
    #[arg(long, value_name = "FASTA")]
    sequence: Option<PathBuf>,
    /// Go on with a kept session: by its name, or the file it is about; the last one without either
    #[arg(long, value_name = "NAME|FILE", num_args = 0..=1, default_missing_value = "", conflicts_with = "file")]
    resume: Option<String>,
    /// Theme: dark, light, high-contrast, monochrome, or one of yours [default: as the terminal is]
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
    /// Weights of a scoring method: a safetensors file, its folder, or a model's name; may be repeated
    #[arg(long, value_name = "PATH")]
    weights: Vec<PathBuf>,
    /// A table of your own with mutants and scores; FILE:COLUMN chooses the column, and "FILE offset 1
    /// damaging" says how positions are counted and that larger numbers are worse
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Aligned sequences of the family, as for :msa
    #[arg(long, value_name = "FILE")]
    msa: Option<PathBuf>,
    /// Leave the mouse to the terminal
    #[arg(long)]
    no_mouse: bool,
    /// The structure: auto, pixels (kitty, sixel, iTerm2), halfblock, braille or ascii (everything else, too)
    #[arg(long, value_name = "HOW", default_value = "auto")]
    graphics: tui::GraphicsChoice,
    /// Write no more than this many kB a second to the terminal
    #[arg(long, value_name = "KB")]
    max_kbps: Option<u32>,
}

/// Opens the terminal program; prints the marked mutants that it was left with.
pub fn run(arguments: Arguments, global: &Global) -> anyhow::Result<Outcome> {
    let input = match &arguments.file {
        Some(file) if file.as_os_str() == "-" => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .context("standard input")?;
            Some(bytes.into())
        }
        _ => None,
    };
    let lines = tui::run(tui::Options {
        file: arguments.file,
        second: arguments.second,
        input,
        resume: arguments.resume.map(|which| match which.as_str() {
            "" => Resume::Last,
            name => Resume::Named(name.to_owned()),
        }),
        chains: arguments.chain.unwrap_or_default(),
        sequence: arguments.sequence,
        around: global.around(),
        theme: arguments.theme,
        weights: arguments.weights,
        data: arguments.data,
        msa: arguments.msa,
        no_mouse: arguments.no_mouse,
        graphics: arguments.graphics,
        max_kbps: arguments.max_kbps,
        fetch: (global.fetch || global.offline).then_some(global.fetch),
        engine: global.engine().options().clone(),
    })?;
    let mut out = console::stdout();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(Outcome::Done)
}

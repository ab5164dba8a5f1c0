//! `dynascope cite`: what to cite for a result.

use std::io::Write as _;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::Outcome;
use super::console;
use crate::analysis::{ScanMethod, Source};
use crate::study::{Citation, citations, cited_in};

/// How the list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line a work
    Text,
    /// Entries for BibTeX
    Bibtex,
}

/// Arguments of `dynascope cite`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// How the list is written
    #[arg(value_enum, default_value = "text")]
    format: Format,
    /// Files that this program wrote, or names of sources and methods; without it, everything that the program rests on
    #[arg(long, value_name = "FILE|NAME", num_args = 1..)]
    of: Vec<String>,
}

/// Runs `dynascope cite`.
///
/// # Errors
/// When a file cannot be read or says nothing of what it rests on.
pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut all: Vec<Citation> = Vec::new();
    for of in &arguments.of {
        match known().find(|id| id == of) {
            Some(id) => all.extend(citations(id)),
            None => all.extend(in_file(of)?),
        }
    }
    if arguments.of.is_empty() {
        all.extend(known().flat_map(citations));
    }
    let mut cited: Vec<Citation> = Vec::new();
    for citation in all {
        if !cited.contains(&citation) {
            cited.push(citation);
        }
    }
    let mut out = console::stdout();
    for citation in &cited {
        match arguments.format {
            Format::Text => writeln!(out, "{}", citation.line())?,
            Format::Bibtex => writeln!(out, "{}\n", citation.bibtex())?,
        }
    }
    Ok(Outcome::Done)
}

fn known() -> impl Iterator<Item = &'static str> {
    let sources = Source::ALL.into_iter().map(Source::id);
    sources.chain(ScanMethod::ALL.into_iter().map(ScanMethod::id))
}

/// What a file rests on, whatever its format.
fn in_file(path: &str) -> anyhow::Result<Vec<Citation>> {
    let mut bytes = std::fs::read(path)
        .with_context(|| format!("{path} is neither a source or method nor a file"))?;
    // An npz archive holds its provenance in 32-bit characters.
    bytes.retain(|&b| b != 0);
    let cited = cited_in(&String::from_utf8_lossy(&bytes));
    anyhow::ensure!(
        !cited.is_empty(),
        "{path} does not say what it rests on; for a table that stands in the .provenance.json beside it"
    );
    Ok(cited)
}

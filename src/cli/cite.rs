//! `dynascope cite`: what to cite for a result.

use std::io::Write as _;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::Outcome;
use super::console;
use crate::analysis::{ScanMethod, Source};
use crate::study::{Citation, citations};

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
/// When a file cannot be read or names no source or method.
pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut ids: Vec<&str> = Vec::new();
    for of in &arguments.of {
        match known().find(|id| id == of) {
            Some(id) => ids.push(id),
            None => ids.extend(named_in(of)?),
        }
    }
    if arguments.of.is_empty() {
        ids.extend(known());
    }
    let mut cited: Vec<Citation> = Vec::new();
    for citation in ids.into_iter().flat_map(citations) {
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

/// The sources and methods that a file's provenance names, whatever its format.
fn named_in(path: &str) -> anyhow::Result<Vec<&'static str>> {
    let mut bytes = std::fs::read(path)
        .with_context(|| format!("{path} is neither a source or method nor a file"))?;
    // An npz archive holds its provenance in 32-bit characters.
    bytes.retain(|&b| b != 0);
    let text = String::from_utf8_lossy(&bytes);
    let said = |id: &&str| {
        let ways = [
            format!("\"source\": \"{id}\""),
            format!("\"source\":\"{id}\""),
            format!("source: {id}\n"),
            format!("source: {id}\r"),
            format!("source: {id} "),
            format!("<td>source</td><td>{id}</td>"),
        ];
        ways.iter().any(|way| text.contains(way))
    };
    let mut found: Vec<&'static str> = known().filter(said).collect();
    found.dedup();
    anyhow::ensure!(
        !found.is_empty(),
        "{path} names no source or method; a table's stand in the .provenance.json beside it"
    );
    Ok(found)
}

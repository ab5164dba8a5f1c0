//! `dynascope report`: a page about one protein.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::Outcome;
use super::console::Console;
use super::dynamics::{Alignment, Confidence, Subject};
use super::options::Global;
use super::output::Destination;
use crate::analysis::ScanMethod;
use crate::engine::{Engine, files, open};
use crate::export::content::Content;
use crate::export::product::{Family, Product};
use crate::export::report::{Mark, alignment_facts, facts};
use crate::protein::{Protein, Structure};
use crate::session::kept::kept_marks;
use crate::study::{Combining, ScanReport, ScanRequest, Weights};

/// Arguments of `dynascope report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: dynascope report 1ake.pdb --out page.html\n\n\
The page holds what was read and set aside, flexibility beside the experiment, coupling, hinges and \
domains, the mutation maps, marks with notes, and where every number comes from. HTML is one file with \
its pictures inside; Markdown has them beside it. The same input gives the same page.")]
pub struct Arguments {
    /// A PDB or mmCIF file (plain or gzip), FASTA, or a sequence
    #[arg(value_name = "FILE")]
    input: String,
    /// The page: NAME.html or NAME.md
    #[arg(short, long, value_name = "OUT")]
    out: PathBuf,
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    alignment: Alignment,
    #[command(flatten)]
    confidence: Confidence,
    /// Mutation maps on the page, joined by commas [default: stability for a structure, wt-marginals for
    /// a sequence; with --msa also rsalor, or lor alone]
    #[arg(long, short, value_delimiter = ',', value_name = "METHODS")]
    method: Vec<String>,
    /// Weights of the methods
    #[arg(long, value_name = "PATH|NAME")]
    method_weights: Option<PathBuf>,
    /// Marks and notes of a kept session: its name, or the file it is about
    #[arg(long, value_name = "NAME|FILE")]
    session: Option<String>,
    /// A date, or any other text, under the title [default: none]
    #[arg(long, default_value = "", value_name = "TEXT")]
    date: String,
    /// Replace an existing page
    #[arg(long, short)]
    force: bool,
}

/// Runs `dynascope report`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    let place = arguments.out.display().to_string();
    let product = Product::of(Family::Report, &place).map_err(anyhow::Error::msg)?;
    anyhow::ensure!(
        arguments.force || !files::is_taken(&arguments.out),
        "{place} exists; --force overwrites it"
    );
    let opened = console.open(&arguments.input)?;
    let inputs: Vec<_> = opened.structures().take(2).collect();
    let [input] = &inputs[..] else {
        anyhow::bail!(
            "{} holds {} sequences; a page is about one",
            arguments.input,
            opened.len()
        );
    };
    let mut engine = global.engine();
    let mut content = Content {
        name: input.name.clone(),
        warnings: opened.warnings.clone(),
        command: command(arguments),
        date: arguments.date.clone(),
        ..Content::default()
    };
    let mut outcome = Outcome::Done;
    let protein = fill(arguments, &mut engine, console, input, &mut content)?;
    let file = open::file_of(Path::new(&arguments.input));
    let confidence = &arguments.confidence;
    content.pae = confidence.of(&mut engine, input, &protein, file.as_deref(), console)?;
    let alignment = &arguments.alignment;
    content.conservation = alignment.conservation(&mut engine, &protein, console)?;
    let about = content.conservation.as_deref().map(alignment_facts);
    content.facts.extend(about.into_iter().flatten());
    for method in methods(arguments, &protein)? {
        match scan(arguments, &mut engine, console, &protein, method) {
            Ok(report) => content.all_scores.push(report),
            Err(error) => {
                console.error(&format!("{}: {error:#}", method.id()));
                outcome = Outcome::Partly;
            }
        }
    }
    console.finish();
    if let Some(session) = &arguments.session {
        content.marks = marks(session, &protein, console)?;
    }
    if !content.has(Family::Report) {
        return Ok(Outcome::Nothing);
    }
    let stem = arguments
        .out
        .file_stem()
        .map_or_else(String::new, |s| s.to_string_lossy().into());
    let made = content.files(product, &stem)?;
    Destination::File(arguments.out.clone()).write(arguments.force, &made, console)?;
    Ok(outcome)
}

/// How the page was asked for, as far as it decides what is on it.
fn command(arguments: &Arguments) -> String {
    let mut words = vec!["dynascope report".to_owned(), arguments.input.clone()];
    words.extend(arguments.subject.words());
    if let Some(msa) = &arguments.alignment.msa {
        words.push(format!("--msa {}", msa.display()));
    }
    if let Some(pae) = &arguments.confidence.pae {
        words.push(format!("--pae {}", pae.display()));
    }
    if !arguments.method.is_empty() {
        words.push(format!("--method {}", arguments.method.join(",")));
    }
    if let Some(session) = &arguments.session {
        words.push(format!("--session {session}"));
    }
    words.join(" ")
}

/// Puts in what is known of the input, and its dynamics where it has coordinates.
fn fill(
    arguments: &Arguments,
    engine: &mut Engine,
    console: &Console,
    structure: &Arc<Structure>,
    content: &mut Content,
) -> anyhow::Result<Arc<Protein>> {
    let file = open::file_of(Path::new(&arguments.input));
    let request = arguments.subject.request(structure, file.as_deref())?;
    let protein = Arc::clone(&request.protein);
    content.facts = facts(structure, &protein, &arguments.input);
    if protein.has_coordinates() {
        let report = engine.ask(&request, console)?;
        content.dynamics = Some(Arc::new(report));
    }
    Ok(protein)
}

fn methods(arguments: &Arguments, protein: &Protein) -> anyhow::Result<Vec<ScanMethod>> {
    if arguments.method.is_empty() {
        let is_aligned = arguments.alignment.msa.is_some();
        return Ok(match (protein.has_coordinates(), is_aligned) {
            (true, false) => vec![ScanMethod::Stability],
            (true, true) => vec![ScanMethod::Stability, ScanMethod::RsaLor],
            (false, false) => vec![ScanMethod::WildTypeMarginals],
            (false, true) => vec![ScanMethod::Lor],
        });
    }
    let known = ScanMethod::ALL.map(ScanMethod::id).join(", ");
    let find = |id: &String| {
        ScanMethod::from_id(id).ok_or_else(|| anyhow::anyhow!("no method '{id}': {known}"))
    };
    arguments.method.iter().map(find).collect()
}

fn scan(
    arguments: &Arguments,
    engine: &mut Engine,
    console: &Console,
    protein: &Arc<Protein>,
    method: ScanMethod,
) -> anyhow::Result<Arc<ScanReport>> {
    let weights = arguments.method_weights.clone();
    let request = ScanRequest {
        protein: Arc::clone(protein),
        method,
        weights: weights.map_or(Weights::Installed, Weights::Path),
        alignment: arguments
            .alignment
            .msa
            .clone()
            .filter(|_| method.reads_alignment()),
        properties: Vec::new(),
        combining: Combining::default(),
        first: 0..0,
    };
    Ok(Arc::new(engine.ask(&request, console)?))
}

/// The marks of a kept session that have a place here.
fn marks(session: &str, protein: &Protein, console: &Console) -> anyhow::Result<Vec<Mark>> {
    let kept = kept_marks(session).map_err(anyhow::Error::msg)?;
    let mut marks = Vec::new();
    for (name, note) in kept {
        match protein.named(&name) {
            Some((index, mutant)) => marks.push(Mark {
                index,
                mutant,
                name,
                note,
            }),
            None => console.warn(&format!("mark {name} does not fit this input")),
        }
    }
    Ok(marks)
}

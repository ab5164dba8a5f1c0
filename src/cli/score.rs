//! `dynascope score`: given variants, single or multiple.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::Outcome;
use super::batch::{Inputs, Task};
use super::console::Console;
use super::library;
use super::options::Global;
use super::scan::Method;
use crate::analysis::ScanMethod;
use crate::engine::request::{Fill, ScoreRequest};
use crate::engine::{Engine, Report, Request};
use crate::export::json;
use crate::export::table::{self, ScoredLine};
use crate::protein::mutation::{Numbering, Sites, VariantTable, resolve_all};
use crate::protein::{Protein, Variant};

/// Arguments of `dynascope score`.
#[derive(Debug, Args)]
#[command(after_help = "\
Variants are written A42G, A:A42G, p.Ala42Gly, A42G:L55P or A42G+L55P. A file is a list, or a CSV or TSV \
with a column of variants (a ProteinGym file too). A variant that does not fit the input is reported by \
its row, and the rest is scored (exit code 1).

A library is every combination of --letters at --sites, the wild type allowed at each: score holds all
substitutions of a member together, additive_score the sum of its single ones.

CSV   row,mutant,score,additive_score, one column a property, note; one line a variant, in the order given
JSON  provenance, warnings and the same rows")]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    method: Method,
    /// Variants, or a file that holds them
    #[arg(
        long,
        value_name = "LIST|FILE",
        required_unless_present = "sites",
        conflicts_with = "sites"
    )]
    mutations: Option<String>,
    /// Sites of a combinatorial library: 42,55 or A:42,B:17; 42=AVL names a site's own letters
    #[arg(long, value_delimiter = ',', value_name = "SITES")]
    sites: Vec<String>,
    /// Letters of the library where a site names none [default: all twenty]
    #[arg(long, value_name = "LETTERS", requires = "sites")]
    letters: Option<String>,
    /// How positions are counted: the author's numbers, 1 for the first residue, or the author's with
    /// an offset where the wild types tell it beyond doubt
    #[arg(long, value_enum, default_value = "author")]
    numbering: NumberingName,
    /// Add this to every position written
    #[arg(
        long,
        value_name = "N",
        allow_hyphen_values = true,
        conflicts_with = "numbering"
    )]
    offset: Option<i32>,
    /// What the other mutated sites of a multiple mutant show, for masked-marginals [default: wt]
    #[arg(long, value_enum, value_name = "WHAT")]
    fill: Option<FillName>,
    /// Where the table goes; - for standard output; a folder with several inputs
    #[arg(long, value_name = "OUT")]
    csv: Option<PathBuf>,
    /// Write JSON
    #[arg(long, value_name = "OUT")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NumberingName {
    Author,
    Sequence,
    Auto,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FillName {
    /// The wild type
    Wt,
    /// The mask
    Mask,
    /// The mutant
    Mut,
}

impl Arguments {
    fn places(&self) -> [(Option<&Path>, &'static str); 2] {
        let none = self.csv.is_none() && self.json.is_none();
        let csv = self.csv.as_deref().or(none.then_some(Path::new("-")));
        [(csv, "csv"), (self.json.as_deref(), "json")]
    }

    fn numbering(&self) -> Numbering {
        match (self.offset, self.numbering) {
            (Some(offset), _) => Numbering::Offset(offset),
            (None, NumberingName::Author) => Numbering::Author,
            (None, NumberingName::Sequence) => Numbering::Sequence,
            (None, NumberingName::Auto) => Numbering::Auto,
        }
    }

    fn fill(&self) -> anyhow::Result<Fill> {
        let masked = self.method.id() == ScanMethod::MaskedMarginals;
        anyhow::ensure!(
            masked || self.fill.is_none(),
            "--fill is for masked-marginals; method {} masks nothing",
            self.method.id().id()
        );
        Ok(match self.fill {
            None | Some(FillName::Wt) => Fill::WildType,
            Some(FillName::Mask) => Fill::Mask,
            Some(FillName::Mut) => Fill::Mutant,
        })
    }

    /// The variants of one input, and a line for each that was asked for.
    fn variants(
        &self,
        table: Option<&VariantTable>,
        protein: &Protein,
        console: &Console,
    ) -> anyhow::Result<(Vec<Variant>, Vec<ScoredLine>)> {
        if let Some(table) = table {
            return Ok(place(table, protein, self.numbering(), console));
        }
        let letters = self.letters.as_deref();
        let variants = library::variants(&self.sites, letters, protein, self.numbering())?;
        let lines = variants.iter().enumerate().map(|(i, variant)| ScoredLine {
            row: i + 1,
            written: table::variant_name(protein, variant),
            outcome: Ok(i),
        });
        Ok((variants.clone(), lines.collect()))
    }
}

/// Runs `dynascope score`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    let table = arguments.mutations.as_deref().map(read_table);
    let table = table.transpose()?;
    arguments.fill()?;
    arguments.method.combining()?;
    let mut engine = global.engine();
    arguments.inputs.each(&arguments.places(), console, |task| {
        one(arguments, table.as_ref(), &mut engine, console, task)
    })
}

fn read_table(mutations: &str) -> anyhow::Result<VariantTable> {
    let path = Path::new(mutations);
    if path.exists() {
        let text = std::fs::read_to_string(path).with_context(|| mutations.to_owned())?;
        return VariantTable::parse(&text).with_context(|| mutations.to_owned());
    }
    VariantTable::parse(mutations).with_context(|| format!("--mutations {mutations}"))
}

/// What a list means for one input: the variants to score, and a line for every entry.
fn place(
    table: &VariantTable,
    protein: &Protein,
    numbering: Numbering,
    console: &Console,
) -> (Vec<Variant>, Vec<ScoredLine>) {
    let sites = Sites::of_protein(protein);
    let (rows, written) = table.readable();
    let resolved = resolve_all(&written, &sites, numbering);
    if let Some(found) = &resolved.applied {
        console.note(&format!("{}: {found}; used", protein.name));
    }
    if let Some(found) = &resolved.suggestion {
        console.note(&format!(
            "{}: {found}; --offset {} uses it",
            protein.name, found.offset
        ));
    }
    let mut lines: Vec<ScoredLine> = table
        .rows
        .iter()
        .enumerate()
        .map(|(entry, row)| ScoredLine {
            row: entry + 1,
            written: row.text.clone(),
            outcome: Err(match &row.variant {
                Ok(_) => "not scored".to_owned(),
                Err(error) => error.to_string(),
            }),
        })
        .collect();
    for problem in &resolved.problems {
        lines[rows[problem.row]].outcome = Err(problem.error.to_string());
    }
    let mut variants = Vec::with_capacity(resolved.variants.len());
    for (row, variant) in resolved.variants {
        lines[rows[row]].outcome = Ok(variants.len());
        variants.push(variant);
    }
    (variants, lines)
}

fn one(
    arguments: &Arguments,
    table: Option<&VariantTable>,
    engine: &mut Engine,
    console: &Console,
    task: &Task<'_>,
) -> anyhow::Result<Outcome> {
    let method = &arguments.method;
    let protein = method.protein(task.input, console)?;
    let (variants, lines) = arguments.variants(table, &protein, console)?;
    let refused = lines.iter().filter(|l| l.outcome.is_err());
    for line in refused.clone() {
        if let Err(reason) = &line.outcome {
            // The reason names the variant.
            console.warn(&format!("row {}: {reason}", line.row));
        }
    }
    let outcome = match refused.count() {
        0 => Outcome::Done,
        _ if variants.is_empty() => anyhow::bail!("no variant fits {}", task.input.name),
        _ => Outcome::Partly,
    };
    let request = Request::Score(ScoreRequest {
        protein,
        method: method.id(),
        weights: method.weights(),
        properties: method.properties(),
        combining: method.combining()?,
        variants,
        fill: arguments.fill()?,
    });
    let Report::Score(report) = task.run(engine, &request)? else {
        anyhow::bail!("the engine answered another question");
    };
    task.warn(&report.warnings);
    task.output
        .write(&report.provenance, console, |kind, out| match kind {
            "json" => json::scores(&report, &lines, out),
            _ => table::scores(&report, &lines, out),
        })?;
    Ok(outcome)
}

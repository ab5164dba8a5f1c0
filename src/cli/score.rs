//! `dynascope score`: given variants, single or multiple.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::Outcome;
use super::batch::Inputs;
use super::console::Console;
use super::input::Input;
use super::options::Global;
use super::output::Output;
use super::scan::Method;
use crate::engine::request::{Fill, ScoreRequest, Target};
use crate::engine::{Engine, Report, Request};
use crate::export::table::{self, ScoredLine};
use crate::sequence::Variant;
use crate::sequence::mutation::{Numbering, Sites, VariantTable, resolve_all};

/// Arguments of `dynascope score`.
#[derive(Debug, Args)]
#[command(after_help = "\
Variants are written A42G, A:A42G, p.Ala42Gly, A42G:L55P or A42G+L55P. A file is a list, or a CSV or TSV \
with a column of variants (a ProteinGym file too). A variant that does not fit the input is reported by \
its row, and the rest is scored (exit code 1).

CSV   row,mutant,score,additive_score, one column a property, note; one line a variant, in the order given")]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    method: Method,
    /// Variants, or a file that holds them
    #[arg(long, value_name = "LIST|FILE")]
    mutations: String,
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
    /// What the other mutated sites of a multiple mutant show, for masked-marginals
    #[arg(long, value_enum, default_value = "wt")]
    fill: FillName,
    /// Where the table goes; - for standard output; a folder with several inputs
    #[arg(long, value_name = "OUT", default_value = "-")]
    csv: PathBuf,
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
    fn places(&self) -> [(Option<&Path>, &'static str); 1] {
        [(Some(&self.csv), "csv")]
    }

    fn numbering(&self) -> Numbering {
        match (self.offset, self.numbering) {
            (Some(offset), _) => Numbering::Offset(offset),
            (None, NumberingName::Author) => Numbering::Author,
            (None, NumberingName::Sequence) => Numbering::Sequence,
            (None, NumberingName::Auto) => Numbering::Auto,
        }
    }

    fn fill(&self) -> Fill {
        match self.fill {
            FillName::Wt => Fill::WildType,
            FillName::Mask => Fill::Mask,
            FillName::Mut => Fill::Mutant,
        }
    }
}

/// Runs `dynascope score`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    super::output::check_places(&arguments.places(), arguments.inputs.many())?;
    let table = read_table(&arguments.mutations)?;
    let mut engine = global.engine();
    arguments.inputs.each(console, |input, many, warnings| {
        for warning in &warnings {
            console.warn(&format!("{}: {warning}", input.name()));
        }
        one(arguments, &table, &mut engine, console, input, many)
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
    target: &Target,
    numbering: Numbering,
    console: &Console,
) -> (Vec<Variant>, Vec<ScoredLine>) {
    let sites = match target {
        Target::Protein(protein) => Sites::of_protein(protein),
        Target::Sequence(sequence) => Sites::of_sequence(sequence),
    };
    let (rows, written) = table.readable();
    let resolved = resolve_all(&written, &sites, numbering);
    if let Some(found) = &resolved.applied {
        console.note(&format!("{}: {found}; used", target.name()));
    }
    if let Some(found) = &resolved.suggestion {
        console.note(&format!(
            "{}: {found}; --offset {} uses it",
            target.name(),
            found.offset
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
    table: &VariantTable,
    engine: &mut Engine,
    console: &Console,
    input: &Input,
    many: bool,
) -> anyhow::Result<Outcome> {
    let force = arguments.inputs.force;
    let output = Output::plan(&arguments.places(), many, input.name(), force)?;
    if output.is_finished() {
        console.note(&format!("{}: done before, skipped", input.name()));
        return Ok(Outcome::Done);
    }
    let method = &arguments.method;
    let target = method.target(input)?;
    let (variants, lines) = place(table, &target, arguments.numbering(), console);
    let refused = lines.iter().filter(|l| l.outcome.is_err());
    for line in refused.clone() {
        if let Err(reason) = &line.outcome {
            console.warn(&format!("row {}: '{}': {reason}", line.row, line.written));
        }
    }
    let outcome = match refused.count() {
        0 => Outcome::Done,
        _ if variants.is_empty() => anyhow::bail!("no variant fits {}", input.name()),
        _ => Outcome::Partly,
    };
    let request = Request::Score(ScoreRequest {
        target,
        method: method.id(),
        weights: method.weights(),
        properties: method.properties(),
        variants,
        fill: arguments.fill(),
    });
    let report = engine.run(&request, console);
    console.finish();
    let Report::Score(report) = report? else {
        anyhow::bail!("the engine answered another question");
    };
    for warning in &report.warnings {
        console.warn(&format!("{}: {warning}", input.name()));
    }
    output.write(&report.provenance, console, |_, out| {
        table::scores(&report, &lines, out)
    })?;
    Ok(outcome)
}

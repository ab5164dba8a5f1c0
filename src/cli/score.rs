//! `dynascope score`: given variants, single or multiple.

use std::collections::HashSet;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::Outcome;
use super::batch::{Inputs, Task};
use super::console::{Console, stdout};
use super::library;
use super::list::List;
use super::methods::{self, Methods};
use super::options::Global;
use super::output::{Makes, Places};
use super::ranked;
use super::scan::Scoring;
use crate::analysis::ScanMethod;
use crate::engine::Engine;
use crate::export::content::Content;
use crate::export::product::Family;
use crate::export::scored::Scored;
use crate::export::table::{ScoredLine, ScoredList};
use crate::protein::names::Numbering;
use crate::protein::{Protein, Variant};
use crate::study::{Fill, ScoreReport, ScoreRequest};

/// Arguments of `dynascope score`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: dynascope score 1ake.pdb --method structure -m K6R,L8G:A28W --csv scores.csv\n\n\
Variants are written A42G, A:A42G, p.Ala42Gly, A42G:L55P, p.[Ala42Gly;Leu55Pro], QA42G (FoldX); WT and p.= \
score 0. A name before a variant (UBB:K6R) says which protein it is of. A file is a list with one variant a \
line, or a table (comma, tab, semicolon or blanks between columns, gzip too) with a column of variants or \
columns of site, wild type and mutant. A variant that does not fit the input is reported by its row, and \
the rest is scored (exit code 1).

A library is every combination of --letters at --sites, the wild type allowed at each: score holds all
substitutions of a member together, additive_score the sum of its single ones.

CSV   row,mutant,score,additive_score, one column per property, note, written, the list's own columns; one line \
for every entry, in the order given. An entry without a score has the reason in note.
JSON  provenance, warnings and the same rows
With several methods: row,mutant, one column a method, note, written, the list's own columns; the provenance \
says of each method what a larger number means.
On a terminal, and without an output, a table for people: the best tolerated variants first.")]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    /// How; several joined by commas, or all that can run here. stability, structure and combined read a
    /// structure and need no download; lor and rsalor read an alignment (--msa)
    #[arg(long, short = 'b', required = true, value_name = "METHODS")]
    method: Methods,
    #[command(flatten)]
    scoring: Scoring,
    /// Order of the lines: a method, the best tolerated first, or row, as they were given
    /// [default: row; on a terminal the first method]
    #[arg(long, value_name = "METHOD|row")]
    sort: Option<ranked::SortBy>,
    /// Variants, or a file that holds them; - for standard input
    #[arg(
        short = 'm',
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
    /// How positions are counted: the author's numbers, 1 for the first residue of a chain, or whatever
    /// the wild types tell beyond doubt [default: author's; withheld where another fits beyond doubt]
    #[arg(long, value_enum)]
    numbering: Option<NumberingName>,
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
    #[command(flatten)]
    outputs: Places<Variants>,
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

#[derive(Debug)]
enum Variants {}

impl Makes for Variants {
    const FAMILIES: &'static [Family] = &[Family::Variants];
}

impl Arguments {
    fn numbering(&self) -> Numbering {
        match (self.offset, self.numbering) {
            (Some(offset), _) => Numbering::Offset(offset),
            (None, None) => Numbering::Guarded,
            (None, Some(NumberingName::Author)) => Numbering::Author,
            (None, Some(NumberingName::Sequence)) => Numbering::Sequence,
            (None, Some(NumberingName::Auto)) => Numbering::Auto,
        }
    }

    fn fill(&self) -> anyhow::Result<Fill> {
        let masked = self.method.may_be(ScanMethod::MaskedMarginals);
        anyhow::ensure!(
            masked || self.fill.is_none(),
            "--fill is for masked-marginals; method {} masks nothing",
            self.method
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
        list: Option<&List>,
        protein: &Protein,
        task: &Task<'_>,
    ) -> anyhow::Result<(Vec<Variant>, ScoredList)> {
        if let Some(list) = list {
            return Ok(list.place(protein, self.numbering(), task));
        }
        let letters = self.letters.as_deref();
        let variants = library::variants(&self.sites, letters, protein, self.numbering())?;
        let lines = variants.iter().enumerate().map(|(i, variant)| ScoredLine {
            row: i + 1,
            written: protein.variant_name(variant),
            fields: Vec::new(),
            outcome: Ok(i),
        });
        let lines = lines.collect();
        Ok((
            variants,
            ScoredList {
                columns: Vec::new(),
                lines,
            },
        ))
    }
}

/// Runs `dynascope score`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    let list = arguments.mutations.as_deref().map(|text| {
        anyhow::ensure!(
            text != "-" || !arguments.inputs.list.iter().any(|input| input == "-"),
            "standard input holds one thing: give a file for the input or for --mutations"
        );
        List::read(text, console)
    });
    let list = list.transpose()?;
    arguments.fill()?;
    let mut engine = global.engine();
    let is_table = arguments.outputs.chosen().is_empty() && io::stdout().is_terminal();
    let outputs = if is_table {
        Vec::new()
    } else {
        arguments.outputs.or_stdout()
    };
    arguments.inputs.each(&outputs, console, |task| {
        one(arguments, list.as_ref(), &mut engine, console, task)
    })
}

fn one(
    arguments: &Arguments,
    list: Option<&List>,
    engine: &mut Engine,
    console: &Console,
    task: &Task<'_>,
) -> anyhow::Result<Outcome> {
    let scoring = &arguments.scoring;
    let methods = arguments.method.of(scoring, engine.options(), task.input)?;
    let alignment = scoring.alignment(&methods)?;
    let combining = scoring.combining(&methods)?;
    let sort = ranked::SortBy::among(arguments.sort, &methods)?;
    let weights = methods::weights(&methods, &scoring.weights())?;
    let protein = scoring.protein(task.input, &methods, console)?;
    let (variants, lines) = arguments.variants(list, &protein, task)?;
    if variants.is_empty() && lines.is_of_others() {
        console.note(&format!(
            "{}: the list has no variant of it; skipped",
            task.input.name
        ));
        return Ok(Outcome::Done);
    }
    let nothing = variants.is_empty();
    let mut reports = Vec::with_capacity(methods.len());
    let mut noted: HashSet<String> = HashSet::new();
    for (&method, weights) in methods.iter().zip(weights) {
        let request = ScoreRequest {
            protein: Arc::clone(&protein),
            method,
            weights,
            alignment: alignment.clone(),
            properties: scoring.properties(),
            combining: combining.clone(),
            variants: variants.clone(),
            fill: arguments.fill()?,
        };
        // What there is to say of the input is said once.
        let report = if reports.is_empty() {
            task.ask(engine, &request)?
        } else {
            engine.ask(&request, console)?
        };
        console.finish();
        let is_new = |warning: &&String| {
            let mut before = reports.iter().flat_map(|r: &Arc<ScoreReport>| &r.warnings);
            !before.any(|said| said == *warning)
        };
        let fresh: Vec<String> = report.warnings.iter().filter(is_new).cloned().collect();
        task.warn(&fresh);
        let unscored = report.scores.iter().filter_map(|s| s.note.as_deref());
        let unscored = unscored.filter(|note| !noted.contains(*note));
        super::list::summed_up(unscored.map(|note| (note, note.to_owned())), console);
        noted.extend(report.scores.iter().filter_map(|s| s.note.clone()));
        reports.push(Arc::new(report));
    }
    let complete = reports
        .iter()
        .flat_map(|r| &r.scores)
        .all(|s| s.note.is_none());
    let refused = lines.has_refused();
    let mut scored = Scored {
        reports,
        list: lines,
    };
    if task.output.is_empty() {
        let by = sort.unwrap_or(ranked::SortBy::Method(methods[0]));
        by.arrange(&mut scored);
        ranked::table(&scored, by, &mut stdout()).context("standard output")?;
    } else {
        sort.unwrap_or(ranked::SortBy::Row).arrange(&mut scored);
        let content = Content {
            variants: Some(scored),
            ..task.content()
        };
        task.output.write(&content, console)?;
    }
    if nothing {
        console.error(&format!("no variant fits {}", task.input.name));
        return Ok(Outcome::Nothing);
    }
    Ok(if complete && !refused {
        Outcome::Done
    } else {
        Outcome::Partly
    })
}

//! `dynascope scan`: the map of all single substitutions.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum, value_parser};

use super::Outcome;
use super::batch::{Inputs, Task};
use super::console::Console;
use super::options::Global;
use super::output::{Makes, Places};
use super::sources;
use crate::analysis::ScanMethod;
use crate::engine::Engine;
use crate::export::content::Content;
use crate::export::product::Family;
use crate::protein::{ChainChoice, Protein, Structure};
use crate::study::{Combination, Combining, Normalisation, ScanRequest, Weights};

/// Arguments of `dynascope scan`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: dynascope scan 1ake.pdb --method stability --csv ddg.csv --svg map.svg\n\n\
CSV   mutant,chain,residue_number,insertion_code,index,wild_type,mutant_residue,score and one column a \
property (d_sasa_mean, ...) for esmdance and seqdance; by position, then by letter of the mutant. A pure \
table: where it comes from is written to OUT.provenance.json (on standard error with -).
JSON  provenance, pseudo_perplexity (masked-marginals) and one object per substitution
npz   score (L, 20; columns ACDEFGHIKLMNPQRSTVWY), properties, log_probability, pseudo_perplexity,
      residue_number, chain, provenance
With --sequence a residue that the structure lacks has no chain and number, and its mutants are named by the
place in the sequence: A12~G.
Substitutions that could not be scored have the reason in a last column, note (exit code 1).
Without an output the CSV goes to standard output. An interrupted scan goes on where it stopped.")]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    /// How. stability, structure and combined read a structure and need no download; lor and rsalor read an
    /// alignment (--msa)
    #[arg(long = "method", short = 'b', value_parser = sources::method())]
    by: ScanMethod,
    #[command(flatten)]
    scoring: Scoring,
    #[command(flatten)]
    outputs: Places<Map>,
}

#[derive(Debug)]
enum Map {}

impl Makes for Map {
    const FAMILIES: &'static [Family] = &[Family::Scores];
}

/// What scores are made with, and of what.
#[derive(Debug, Clone, Args)]
pub struct Scoring {
    /// Weights: a .safetensors file, a folder (config.json, model.safetensors), or a name of 'weights list';
    /// for combined those of a language model
    #[arg(long, value_name = "PATH|NAME")]
    weights: Option<PathBuf>,
    /// Aligned sequences of the family, for lor, rsalor and combined: A3M, A2M, Stockholm or aligned FASTA,
    /// plain or gzip. Each chain is looked for among the rows
    #[arg(long, value_name = "FILE")]
    msa: Option<PathBuf>,
    /// Dynamic properties that make the score, or all [default: `sasa_mean,psi`]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    properties: Vec<String>,
    /// How the changes of several properties make the score
    #[arg(long, value_enum, value_name = "HOW")]
    combine: Option<CombinationName>,
    /// Weights of the properties in their order, for --combine weighted
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS")]
    property_weights: Vec<f64>,
    /// What happens to the changes before: quantile gives every property the same distribution, and
    /// a score then depends on the substitutions scored with it
    #[arg(long, value_enum, value_name = "HOW")]
    normalise: Option<NormalisationName>,
    /// Chains: A, or A,B, or all [default: the first protein chain]
    #[arg(long, value_name = "CHAINS")]
    chain: Option<ChainChoice>,
    /// Sequence of the whole construct, scored in place of the residues that the structure shows and
    /// aligned to them: a FASTA file, or the letters
    #[arg(long, value_name = "FASTA")]
    sequence: Option<String>,
    /// Model of the file, counted from 1
    #[arg(long, default_value = "1", value_name = "N", value_parser = value_parser!(std::num::NonZeroUsize))]
    model: std::num::NonZeroUsize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CombinationName {
    /// Their mean (the default)
    Mean,
    /// The largest
    Max,
    /// Their mean, weighted by --property-weights
    Weighted,
    /// Their geometric mean
    Geometric,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NormalisationName {
    /// Nothing (the default)
    Raw,
    /// Quantile normalisation
    Quantile,
}

impl Scoring {
    pub fn has_alignment(&self) -> bool {
        self.msa.is_some()
    }

    /// The alignment, for the methods that read one.
    pub fn alignment(&self, methods: &[ScanMethod]) -> anyhow::Result<Option<PathBuf>> {
        let ids = || {
            methods
                .iter()
                .map(|m| m.id())
                .collect::<Vec<_>>()
                .join(", ")
        };
        anyhow::ensure!(
            self.msa.is_none() || methods.iter().any(|m| m.reads_alignment()),
            "--msa is for lor, rsalor and combined; {} reads no alignment",
            ids()
        );
        Ok(self.msa.clone())
    }

    /// Properties as named.
    pub fn properties(&self) -> Vec<String> {
        self.properties.clone()
    }

    /// How changes of dynamics make the score.
    pub fn combining(&self, methods: &[ScanMethod]) -> anyhow::Result<Combining> {
        let given = self.combine.is_some() || self.normalise.is_some();
        let given = given || !self.properties.is_empty() || !self.property_weights.is_empty();
        let of_dynamics = |m: &ScanMethod| matches!(m, ScanMethod::EsmDance | ScanMethod::SeqDance);
        let other = methods.first().map_or("", |m| m.id());
        anyhow::ensure!(
            methods.iter().any(of_dynamics) || !given,
            "--properties, --combine, --property-weights and --normalise are for esmdance and seqdance; \
             method {other} has one score"
        );
        let weighted = matches!(self.combine, Some(CombinationName::Weighted));
        anyhow::ensure!(
            weighted != self.property_weights.is_empty(),
            "--combine weighted and --property-weights go together"
        );
        Ok(Combining {
            combination: match self.combine {
                None | Some(CombinationName::Mean) => Combination::Mean,
                Some(CombinationName::Max) => Combination::Max,
                Some(CombinationName::Weighted) => {
                    Combination::Weighted(self.property_weights.clone())
                }
                Some(CombinationName::Geometric) => Combination::Geometric,
            },
            normalisation: match self.normalise {
                None | Some(NormalisationName::Raw) => Normalisation::Raw,
                Some(NormalisationName::Quantile) => Normalisation::Quantile,
            },
        })
    }

    /// The weights.
    pub fn weights(&self) -> Weights {
        match &self.weights {
            Some(path) => Weights::Path(path.clone()),
            None => Weights::Installed,
        }
    }

    /// What is mutated, for these methods together. How a construct and its structure belong together is
    /// shown.
    pub fn protein(
        &self,
        structure: &Structure,
        methods: &[ScanMethod],
        console: &Console,
    ) -> anyhow::Result<Arc<Protein>> {
        let chains = self.chain.clone().unwrap_or_default();
        let mut protein = structure.protein(self.model.get() - 1, &chains)?;
        if let Some(text) = &self.sequence {
            protein.require_coordinates("--sequence")?;
            let construct = protein.completed_by(&console.open(text)?.sequences()?)?;
            for mapping in &construct.mappings {
                console.note(&mapping.summary());
                console.note(mapping.to_text(60).trim_end());
            }
            for chain in &construct.left_alone {
                console.warn(&format!(
                    "chain {chain}: no sequence fits; as in the structure"
                ));
            }
            protein = construct.protein;
        }
        // What a language model reads can be asked about, too.
        let needs_structure = methods.iter().any(|m| m.needs_structure());
        if let Some(whole) = protein.whole().filter(|_| !needs_structure) {
            for remark in &whole.remarks {
                console.warn(&format!("{}: {remark}", protein.name));
            }
            protein = whole.protein;
        }
        Ok(Arc::new(protein))
    }
}

/// Runs `dynascope scan`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    let mut engine = global.engine();
    arguments
        .inputs
        .each(&arguments.outputs.or_stdout(), console, |task| {
            one(arguments, &mut engine, console, task)
        })
}

fn one(
    arguments: &Arguments,
    engine: &mut Engine,
    console: &Console,
    task: &Task<'_>,
) -> anyhow::Result<Outcome> {
    let (scoring, method) = (&arguments.scoring, arguments.by);
    let request = ScanRequest {
        protein: scoring.protein(task.input, &[method], console)?,
        method,
        weights: scoring.weights(),
        alignment: scoring.alignment(&[method])?,
        properties: scoring.properties(),
        combining: scoring.combining(&[method])?,
        first: 0..0,
    };
    let report = task.ask(engine, &request)?;
    task.warn(&report.warnings);
    if let Some(value) = report.pseudo_perplexity {
        console.note(&format!(
            "{}: pseudo-perplexity {value:.4}",
            task.input.name
        ));
    }
    let complete = report.is_complete();
    let content = Content {
        scores: Some(Arc::new(report)),
        ..task.content()
    };
    task.output.write(&content, console)?;
    Ok(if complete {
        Outcome::Done
    } else {
        Outcome::Partly
    })
}

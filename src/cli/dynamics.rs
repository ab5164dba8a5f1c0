//! `dynascope dynamics`: how a protein moves.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use super::Outcome;
use super::batch::{Inputs, Task};
use super::console::{self, Console};
use super::options::Global;
use super::output::{Makes, Places};
use super::sources;
use crate::analysis::Source;
use crate::analysis::gaussian::{Environment, Scale};
use crate::engine::{Engine, EngineError};
use crate::export::content::Content;
use crate::export::correlation;
use crate::export::product::Family;
use crate::protein::{ChainChoice, Method, Protein, Structure};
use crate::study::{
    ANGSTROM, ConservationReport, ConservationRequest, DynamicsReport, DynamicsRequest, FrameRange,
    PaeReport, PaeRequest, SimulationRun, Weights,
};

/// Arguments of `dynascope dynamics`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: dynascope dynamics 1ake.pdb --chain A --csv rmsf.csv --pml rmsf.pml\n\n\
Outputs: several at once are possible; - is standard output. With several inputs (or --shard) OUT is a \
folder with one file per input, and inputs whose files are all there are skipped.

CSV   chain,residue_number,insertion_code,residue,index,rmsf_angstrom,anisotropy,b_factor,secondary_structure
      residue is the three-letter name in the file, index counts from 1, what is not known is empty.
      With --msa two more columns, conservation (0 to 1) and depth (sequences by their weights).
      A pure table: where it comes from is written to OUT.provenance.json (on standard error with -).
JSON  provenance, comparison with experiment, and per residue the table, covariances, domain
npz   rmsf, marginals, marginals_local, coupling, correlation, residue_number, chain, provenance, ...
PDB, mmCIF   RMSF in Angstrom in the B column; provenance as REMARK 999, or a category of its own
pml, cxc     scripts; they open the input where it is, or the structure written beside them")]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    alignment: Alignment,
    #[command(flatten)]
    confidence: Confidence,
    #[command(flatten)]
    outputs: Places<Motion>,
}

#[derive(Debug)]
enum Motion {}

impl Makes for Motion {
    const FAMILIES: &'static [Family] = &[
        Family::Dynamics,
        Family::Tensors,
        Family::Coupling,
        Family::MutualInformation,
        Family::Pae,
        Family::Structure,
        Family::Run,
    ];
}

/// An alignment that residues are looked up in.
#[derive(Debug, Clone, Args)]
pub struct Alignment {
    /// Aligned sequences of the family, which say how conserved each residue is: A3M, A2M, Stockholm or
    /// aligned FASTA, plain or gzip. Each chain is looked for among the rows
    #[arg(long, value_name = "FILE")]
    pub msa: Option<PathBuf>,
}

impl Alignment {
    /// How conserved the residues are, where an alignment is given.
    pub fn conservation(
        &self,
        engine: &mut Engine,
        protein: &Arc<Protein>,
        console: &Console,
    ) -> anyhow::Result<Option<Arc<ConservationReport>>> {
        let Some(alignment) = self.msa.clone() else {
            return Ok(None);
        };
        let protein = Arc::clone(protein);
        let report = engine.ask(&ConservationRequest { protein, alignment }, console)?;
        for warning in &report.warnings {
            console.warn(&format!("{}: {warning}", report.protein.name));
        }
        Ok(Some(Arc::new(report)))
    }
}

/// The predicted aligned error of a model.
#[derive(Debug, Clone, Args)]
pub struct Confidence {
    /// The model's predicted aligned error (PAE) [default: the file beside the model, by its name]: JSON of
    /// AlphaFold DB, ColabFold or AlphaFold 3, npz or npy of Boltz or Chai, plain or gzip
    #[arg(long, value_name = "FILE")]
    pub pae: Option<PathBuf>,
}

impl Confidence {
    /// The PAE of the residues that move, where there is one, with the couplings that it makes doubtful.
    pub fn of(
        &self,
        engine: &mut Engine,
        structure: &Arc<Structure>,
        protein: &Arc<Protein>,
        file: Option<&Path>,
        console: &Console,
    ) -> anyhow::Result<Option<Arc<PaeReport>>> {
        let is_predicted = structure.method == Method::Predicted || structure.b_column.is_plddt();
        let model = file.filter(|_| is_predicted).map(Path::to_owned);
        if !protein.has_coordinates() || (self.pae.is_none() && model.is_none()) {
            return Ok(None);
        }
        let request = PaeRequest {
            protein: Arc::clone(protein),
            structure: Arc::clone(structure),
            file: self.pae.clone(),
            model,
        };
        match engine.ask(&request, console) {
            Ok(report) => Ok(report.map(Arc::new)),
            // It was not asked for.
            Err(EngineError::Pae(error)) if self.pae.is_none() => {
                console.warn(&error.to_string());
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What is studied, and how.
#[derive(Debug, Clone, Args)]
pub struct Subject {
    /// Chains: A, or A,B, or all [default: the first protein chain]
    #[arg(long, value_name = "CHAINS")]
    chain: Option<ChainChoice>,
    /// Model of the file, counted from 1
    #[arg(long, default_value = "1", value_name = "N")]
    model: std::num::NonZeroUsize,
    #[command(flatten)]
    predictor: Predictor,
    /// Frames of a simulation of this structure: XTC, TRR, DCD or models; several are taken together. They are
    /// the source, or what --source is compared with
    #[arg(long, value_name = "FILE", num_args = 1..)]
    trajectory: Vec<PathBuf>,
    /// Frames of each trajectory, counted from 1: FIRST:LAST:STRIDE
    #[arg(
        long,
        value_name = "RANGE",
        default_value = "::",
        requires = "trajectory"
    )]
    frames: FrameRange,
}

/// Source of the predicted motion.
#[derive(Debug, Clone, Args)]
pub struct Predictor {
    /// Source of the prediction [default: the best that the structure allows]
    #[arg(long, value_parser = sources::source())]
    source: Option<Source>,
    /// What the learned source predicts for [default: simulation]
    #[arg(long, value_parser = sources::environment())]
    environment: Option<Environment>,
    /// Weights of the source: for dynaprot 'dynaprot' (its authors', where installed the default),
    /// 'dynaprot-own', or a folder with dynaprot-M and dynaprot-J, or with marginal.safetensors,
    /// marginal.config.json and joint.*; for learned a file, or a folder with motion.safetensors and residue.safetensors
    #[arg(long, value_name = "PATH")]
    weights: Option<PathBuf>,
}

impl Predictor {
    fn source(&self) -> anyhow::Result<Option<Source>> {
        Ok(match (self.source, self.environment) {
            (None, None) => self.weights.as_deref().map(source_of),
            (None | Some(Source::Learned(_)), given) => {
                Some(Source::Learned(given.unwrap_or_default()))
            }
            (Some(_), Some(_)) => anyhow::bail!("--environment is for --source learned only"),
            (other, None) => other,
        })
    }

    fn words(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("--source", self.source.map(|s| s.id().to_owned())),
            ("--environment", self.environment.map(|e| e.id().to_owned())),
            (
                "--weights",
                self.weights.as_ref().map(|w| w.display().to_string()),
            ),
        ]
    }

    /// The request about a part of a structure.
    pub fn request(
        &self,
        structure: &Arc<Structure>,
        protein: Arc<Protein>,
    ) -> anyhow::Result<DynamicsRequest> {
        Ok(DynamicsRequest {
            protein,
            structure: Arc::clone(structure),
            source: self.source()?,
            weights: match &self.weights {
                Some(path) => Weights::Path(path.clone()),
                None => Weights::Installed,
            },
            run: None,
        })
    }
}

impl Subject {
    /// What was asked for, as it is written on the command line.
    pub fn words(&self) -> Vec<String> {
        let model = (self.model.get() > 1).then(|| self.model.to_string());
        let chain = self.chain.as_ref().map(ToString::to_string);
        [("--chain", chain), ("--model", model)]
            .into_iter()
            .chain(self.predictor.words())
            .chain(self.trajectory.iter().map(|file| {
                let file = file.display().to_string();
                ("--trajectory", Some(file))
            }))
            .filter_map(|(option, value)| Some(format!("{option} {}", value?)))
            .collect()
    }

    /// The request about one input.
    pub fn request(
        &self,
        structure: &Arc<Structure>,
        file: Option<&Path>,
    ) -> anyhow::Result<DynamicsRequest> {
        let chains = self.chain.clone().unwrap_or_default();
        let protein = structure.protein(self.model.get() - 1, &chains)?;
        let run = (!self.trajectory.is_empty()).then(|| {
            Arc::new(SimulationRun {
                files: self.trajectory.clone(),
                frames: self.frames,
                topology: file.map(Path::to_owned),
            })
        });
        Ok(DynamicsRequest {
            run,
            ..self.predictor.request(structure, Arc::new(protein))?
        })
    }
}

/// Whose weights these are, by the look of the path.
fn source_of(weights: &Path) -> Source {
    if weights.is_dir() && !weights.join("motion.safetensors").exists() {
        Source::DynaProt
    } else {
        Source::Learned(Environment::default())
    }
}

/// Runs `dynascope dynamics`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    let mut engine = global.engine();
    arguments
        .inputs
        .each(arguments.outputs.chosen(), console, |task| {
            one(arguments, &mut engine, console, task)
        })
}

fn one(
    arguments: &Arguments,
    engine: &mut Engine,
    console: &Console,
    task: &Task<'_>,
) -> anyhow::Result<Outcome> {
    let request = arguments
        .subject
        .request(task.input, task.file.as_deref())?;
    let report = Arc::new(task.ask(engine, &request)?);
    task.warn(&report.warnings);
    let protein = &report.protein;
    let pae =
        arguments
            .confidence
            .of(engine, task.input, protein, task.file.as_deref(), console)?;
    let doubt = pae.as_ref().and_then(|pae| pae.doubt(&report));
    task.warn(&Vec::from_iter(doubt));
    let content = Content {
        structure_file: task.file_of(&report.protein),
        dynamics: Some(Arc::clone(&report)),
        conservation: arguments.alignment.conservation(engine, protein, console)?,
        pae: pae.clone(),
        ..task.content()
    };
    task.output.write(&content, console)?;
    if task.output.is_empty() {
        summary(&report, pae.as_deref(), &mut console::stdout()).context("standard output")?;
    }
    Ok(Outcome::Done)
}

/// A page for people.
fn summary(
    report: &DynamicsReport,
    pae: Option<&PaeReport>,
    out: &mut impl Write,
) -> io::Result<()> {
    let protein = &report.protein;
    let known: Vec<f64> = report
        .rmsf_angstrom
        .iter()
        .copied()
        .filter(|v| v.is_finite())
        .collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let largest = known.iter().copied().fold(f64::NAN, f64::max);
    writeln!(out, "{}  {} residues", protein.name, protein.len())?;
    writeln!(
        out,
        "source {}  device {}  dtype {}  amplitude {}",
        report.provenance.source,
        report.provenance.device,
        report.provenance.dtype,
        match report.dynamics.scale {
            Scale::Model if report.run.is_some() => "as counted",
            Scale::Model => "from the model",
            Scale::BFactors { .. } => "fitted to the B-factors",
            Scale::Typical { .. } => "set to a typical value",
        }
    )?;
    writeln!(out, "B column: {}", protein.b_column)?;
    writeln!(
        out,
        "RMSF mean {mean:.2} Å, largest {largest:.2} Å, {} of {} residues",
        known.len(),
        protein.len()
    )?;
    if let Some(meaning) = report.provenance.setting(ANGSTROM) {
        writeln!(out, "Å {meaning}")?;
    }
    if let Some(run) = &report.run {
        let rmsd = &run.rmsd_angstrom;
        writeln!(
            out,
            "{} frames, RMSD from the structure {:.2} Å in the mean, {:.2} Å at most",
            rmsd.len(),
            rmsd.iter().sum::<f64>() / rmsd.len().max(1) as f64,
            rmsd.iter().copied().fold(f64::NAN, f64::max)
        )?;
    }
    for c in &report.comparisons {
        writeln!(
            out,
            "against {}: r {}, ρ {}, n {}",
            c.with.name(),
            correlation(c.pearson),
            correlation(c.spearman),
            c.n
        )?;
    }
    if let Some(pae) = pae {
        writeln!(out, "PAE {}", pae.provenance.model)?;
        for domain in 0..pae.domain_count() {
            writeln!(out, "PAE domain {}  {}", domain + 1, pae.ranges(domain))?;
        }
    }
    writeln!(out, "\nmost mobile    RMSF Å  anisotropy  structure")?;
    for (i, rmsf) in most_mobile(&report.rmsf_angstrom, 10) {
        let residue = &protein.residues[i];
        let anisotropy = Some(report.anisotropy[i]).filter(|a| a.is_finite());
        writeln!(
            out,
            "{:<4}{:<10}{rmsf:>7.2}{:>12}  {}",
            residue.name,
            residue.id.to_string(),
            anisotropy.map_or_else(|| "-".to_owned(), |a| format!("{a:.2}")),
            report.secondary_structure[i].letter()
        )?;
    }
    Ok(())
}

fn most_mobile(rmsf: &[f64], count: usize) -> Vec<(usize, f64)> {
    let mut order: Vec<(usize, f64)> = rmsf
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, v)| v.is_finite())
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    order.truncate(count);
    order
}

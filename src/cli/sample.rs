//! `dynascope sample`: structures drawn from the dynamics.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::Outcome;
use super::batch::{Inputs, Task};
use super::console::Console;
use super::dynamics::Subject;
use super::options::Global;
use crate::engine::Engine;
use crate::export::content::Content;
use crate::export::product::{Family, PRODUCTS, Product};
use crate::study::SampleRequest;

/// Arguments of `dynascope sample`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: dynascope sample 1ake.pdb -n 50 --seed 7 --out models.pdb\n\n\
The file holds one model per sample, with the CA atoms, the predicted RMSF in Angstrom in the B column, and \
provenance as REMARK 999. The same seed gives the same file.")]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    subject: Subject,
    /// How many samples
    #[arg(short = 'n', long, default_value = "100", value_name = "N")]
    count: NonZeroUsize,
    /// Seed of the random numbers
    #[arg(long, default_value = "1", value_name = "SEED")]
    seed: u64,
    /// The multi-model PDB file; - for standard output; a folder with several inputs
    #[arg(short, long, default_value = "-", value_name = "OUT")]
    out: PathBuf,
}

impl Arguments {
    fn places(&self) -> Vec<(Product, PathBuf)> {
        let of_ensemble = PRODUCTS.iter().filter(|p| p.family == Family::Ensemble);
        of_ensemble.map(|p| (*p, self.out.clone())).collect()
    }
}

/// Runs `dynascope sample`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    let mut engine = global.engine();
    arguments.inputs.each(&arguments.places(), console, |task| {
        one(arguments, &mut engine, console, task)
    })
}

fn one(
    arguments: &Arguments,
    engine: &mut Engine,
    console: &Console,
    task: &Task<'_>,
) -> anyhow::Result<Outcome> {
    let request = SampleRequest {
        dynamics: arguments
            .subject
            .request(task.input, task.file.as_deref())?,
        count: arguments.count.get(),
        seed: arguments.seed,
    };
    let report = task.ask(engine, &request)?;
    task.warn(&report.warnings);
    let content = Content {
        ensemble: Some(Arc::new(report)),
        ..task.content()
    };
    task.output.write(&content, console)?;
    Ok(Outcome::Done)
}

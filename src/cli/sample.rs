//! `dynascope sample`: structures drawn from the dynamics.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Outcome;
use super::batch::Inputs;
use super::console::Console;
use super::dynamics::Subject;
use super::input::Input;
use super::options::Global;
use super::output::{Output, check_places};
use crate::engine::request::SampleRequest;
use crate::engine::{Engine, Report, Request};
use crate::export::pdb;

/// Arguments of `dynascope sample`.
#[derive(Debug, Args)]
#[command(after_help = "\
The file holds one model a sample, with the CA atoms, the predicted RMSF in Angstrom in the B column, and \
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
    fn places(&self) -> [(Option<&Path>, &'static str); 1] {
        [(Some(&self.out), "pdb")]
    }
}

/// Runs `dynascope sample`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    check_places(&arguments.places(), arguments.inputs.many())?;
    let mut engine = global.engine();
    arguments.inputs.each(console, |input, many, warnings| {
        one(arguments, &mut engine, console, input, many, &warnings)
    })
}

fn one(
    arguments: &Arguments,
    engine: &mut Engine,
    console: &Console,
    input: &Input,
    many: bool,
    warnings: &[String],
) -> anyhow::Result<Outcome> {
    let output = Output::plan(
        &arguments.places(),
        many,
        input.name(),
        arguments.inputs.force,
    )?;
    if output.is_finished() {
        console.note(&format!("{}: done before, skipped", input.name()));
        return Ok(Outcome::Done);
    }
    let request = Request::Sample(SampleRequest {
        dynamics: arguments.subject.request(input)?,
        count: arguments.count.get(),
        seed: arguments.seed,
    });
    let report = engine.run(&request, console);
    console.finish();
    let Report::Sample(report) = report? else {
        anyhow::bail!("the engine answered another question");
    };
    for warning in warnings.iter().chain(&report.warnings) {
        console.warn(&format!("{}: {warning}", input.name()));
    }
    output.write(&report.provenance, console, |_, out| {
        pdb::ensemble(&report, out)
    })?;
    Ok(Outcome::Done)
}

//! `dynascope selftest`: does every device here give the numbers it should, and how fast?

use std::io::Write as _;
use std::time::Instant;

use clap::Args;

use super::Outcome;
use super::console;
use super::options::Global;
use crate::models::device::{Compute, DeviceChoice};
use crate::models::selftest::{self, Workload};

/// Arguments of `dynascope selftest`.
#[derive(Debug, Args)]
#[command(after_help = "\
Tiny reference models with random weights, whose outputs were computed in float64, run on every device \
that is ready (or the one of --device); on a GPU also the shipped networks, beside the CPU. It proves a device's arithmetic, not any published weights. \
Tokens per second are those of a masked batch through an encoder of the size of ESM-2 8M.")]
pub struct Arguments {
    /// Do not measure the speed
    #[arg(long)]
    no_speed: bool,
}

/// Runs `dynascope selftest`.
pub fn run(arguments: &Arguments, global: &Global) -> anyhow::Result<Outcome> {
    let computes = devices(global)
        .into_iter()
        .map(|choice| Compute::choose(choice, global.dtype))
        .collect::<Result<Vec<_>, _>>()?;
    let mut out = console::stdout();
    let mut outcome = Outcome::Done;
    writeln!(
        out,
        "{:<8} {:<5} {:<9} {:>7} {:>10} {:>10}  verdict",
        "device", "dtype", "model", "numbers", "max diff", "batch diff"
    )?;
    for compute in computes {
        for check in selftest::run(&compute)? {
            let batch = check.batch_difference.map(|d| format!("{d:.1e}"));
            let batch = batch.unwrap_or_else(|| "-".to_owned());
            let verdict = if check.passed() { "pass" } else { "FAIL" };
            writeln!(
                out,
                "{:<8} {:<5} {:<9} {:>7} {:>10.1e} {:>10}  {verdict}",
                compute.device_name(),
                check.dtype,
                check.model,
                check.compared,
                check.difference,
                batch
            )?;
            if !check.passed() {
                outcome = Outcome::Partly;
            }
        }
        if !arguments.no_speed {
            let speed = tokens_a_second(&compute)?;
            writeln!(out, "{:<8} {speed:.0} tokens/s", compute.device_name())?;
        }
    }
    Ok(outcome)
}

/// The device asked for, or every one that is ready.
fn devices(global: &Global) -> Vec<DeviceChoice> {
    if global.device != DeviceChoice::Auto {
        return vec![global.device];
    }
    Compute::survey()
        .into_iter()
        .filter(|found| found.state.is_ok())
        .filter_map(|found| found.device.parse().ok())
        .collect()
}

/// How fast a device is, in tokens of a masked batch.
pub(super) fn tokens_a_second(compute: &Compute) -> anyhow::Result<f64> {
    let workload = Workload::new(compute)?;
    // The first run allocates and compiles.
    workload.run()?;
    let begun = Instant::now();
    let tokens = workload.run()?;
    Ok(tokens as f64 / begun.elapsed().as_secs_f64())
}

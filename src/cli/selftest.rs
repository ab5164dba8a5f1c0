//! `dynascope selftest`: does every device here give the numbers it should, and how fast?

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Instant;

use clap::Args;

use super::Outcome;
use super::console;
use super::options::Global;
use crate::engine::EngineError;
use crate::engine::fetch::prove;
use crate::engine::store::{Store, published};
use crate::models::device::{Compute, DeviceChoice};
use crate::models::selftest::{self, Trial, Workload};

/// Arguments of `dynascope selftest`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: dynascope selftest\n\n\
Tiny reference models with random weights, whose outputs were computed in float64, and the shipped networks, beside what they \
gave when they were shipped, run on every device that is ready (or the one of --device). That proves a device's arithmetic; what is \
installed of ESM-2 is then run on three sequences beside the published numbers. 'bits' stands for all numbers to the last bit: two runs on one device have the same. \
Tokens per second are those of a masked batch through an encoder of the size of ESM-2 8M.")]
pub struct Arguments {
    /// Do not measure the speed
    #[arg(long)]
    no_speed: bool,
    /// Run everything this many times, and require the same bits each time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
}

/// Runs `dynascope selftest`.
pub fn run(arguments: &Arguments, global: &Global) -> anyhow::Result<Outcome> {
    let mut out = console::stdout();
    let mut outcome = Outcome::Done;
    writeln!(
        out,
        "{:<8} {:<5} {:<9} {:>7} {:>10} {:>10} {:>9}  verdict",
        "device", "dtype", "model", "numbers", "max diff", "batch diff", "bits"
    )?;
    for choice in devices(global) {
        let compute = match Compute::choose(choice, global.dtype) {
            Ok(compute) => compute,
            Err(error) if global.device == DeviceChoice::Auto => {
                writeln!(out, "{choice:<8} FAIL: {error}")?;
                outcome = Outcome::Partly;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let mut first = BTreeMap::new();
        for time in 0..arguments.repeat {
            for trial in selftest::run(&compute)? {
                let (line, good) = describe(&compute, &trial, &mut first);
                if time == 0 || !good {
                    writeln!(out, "{line}")?;
                }
                if !good {
                    outcome = Outcome::Partly;
                }
            }
        }
        if arguments.repeat > 1 {
            writeln!(
                out,
                "{:<8} {} times",
                compute.device_name(),
                arguments.repeat
            )?;
        }
        if !arguments.no_speed {
            match tokens_a_second(&compute) {
                Ok(speed) => writeln!(out, "{:<8} {speed:.0} tokens/s", compute.device_name())?,
                Err(error) => {
                    writeln!(out, "{:<8} FAIL: {error}", compute.device_name())?;
                    outcome = Outcome::Partly;
                }
            }
        }
        if !published_numbers(&compute, &mut out)? {
            outcome = Outcome::Partly;
        }
    }
    Ok(outcome)
}

/// Runs what is installed of ESM-2 on the sequences of which published numbers are known; whether all of it
/// is near them.
fn published_numbers(compute: &Compute, out: &mut impl std::io::Write) -> anyhow::Result<bool> {
    let store = Store::of_user();
    let mut good = true;
    let models = published()
        .iter()
        .filter(|model| store.locate(model).is_some());
    for model in models {
        let (verdict, is_good) = match prove(&store, model, compute, &()) {
            Ok(None) => continue,
            Ok(Some(distance)) if distance.is_small() => (format!("ok: {distance}"), true),
            Ok(Some(distance)) => (format!("FAIL: {distance}"), false),
            Err(error @ EngineError::Unsupported(_)) => (error.to_string(), true),
            Err(error) => (format!("FAIL: {error}"), false),
        };
        let (device, dtype) = (compute.device_name(), compute.dtype_name());
        writeln!(out, "{device:<8} {dtype:<5} {:<9} {verdict}", model.id)?;
        good &= is_good;
    }
    Ok(good)
}

/// A line on a model, and whether all is well; `first` keeps the bits of the first time.
fn describe(
    compute: &Compute,
    trial: &Trial,
    first: &mut BTreeMap<&'static str, u32>,
) -> (String, bool) {
    let (device, model) = (compute.device_name(), trial.model);
    let check = match &trial.outcome {
        Ok(check) => check,
        Err(error) => {
            let dtype = compute.dtype_name();
            return (
                format!("{device:<8} {dtype:<5} {model:<9} FAIL: {error}"),
                false,
            );
        }
    };
    let same = *first.entry(model).or_insert(check.bits) == check.bits;
    let verdict = match (check.passed(), same) {
        (true, true) => "pass",
        (false, _) => "FAIL",
        (true, false) => "DIFFERS from the first time",
    };
    let batch = check.batch_difference.map(|d| format!("{d:.1e}"));
    let line = format!(
        "{device:<8} {:<5} {model:<9} {:>7} {:>10.1e} {:>10} {:>9}  {verdict}",
        check.dtype,
        check.compared,
        check.difference,
        batch.as_deref().unwrap_or("-"),
        format!("{:08x}", check.bits),
    );
    (line, check.passed() && same)
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

//! `dynascope compare`: two structures beside each other.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use super::Outcome;
use super::console::{self, Console};
use super::dynamics::Predictor;
use super::options::Global;
use super::output::{Makes, Output, Places};
use crate::analysis::two_structures::cumulative;
use crate::engine::named_part::{NamedPart, Taken};
use crate::export::content::Content;
use crate::export::product::Family;
use crate::numeric::stats::{finite_pairs, pearson};
use crate::study::{TwoStructuresReport, TwoStructuresRequest};

/// Modes on the page.
const SHOWN_MODES: usize = 5;

/// Arguments of `dynascope compare`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: dynascope compare 4ake.pdb 1ake.pdb --csv changes.csv\n\n\
Residues are paired by their numbers, or by alignment where that pairs more equal ones, and the second is \
laid over the first by the rigid core. Every change is the second less the first. The overlap is |cosine| \
between a mode and the way from one structure to the other.

CSV   a row a residue of the first: its partner, distance, RMSF of both, changes, core, hinge
JSON  the same with RMSD, overlaps, hinges and the provenance of both
npz   the changes with the (N, N) change of the correlations
PDB   both as models, superposed, RMSF in the B column")]
pub struct Arguments {
    /// The first structure: FILE, FILE:CHAINS (x.pdb:A,B), FILE#MODEL (nmr.pdb#3), example:4ake.pdb
    #[arg(value_name = "A")]
    first: String,
    /// The second, written alike; :CHAINS and #MODEL alone are of the first one's file
    #[arg(value_name = "B")]
    second: String,
    #[command(flatten)]
    predictor: Predictor,
    #[command(flatten)]
    outputs: Places<Differences>,
    /// Overwrite files that exist
    #[arg(long, short)]
    force: bool,
}

#[derive(Debug)]
enum Differences {}

impl Makes for Differences {
    const FAMILIES: &'static [Family] = &[Family::Comparison];
}

/// Runs `dynascope compare`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    let output = Output::plan(arguments.outputs.chosen(), false, "", arguments.force)?;
    let first = taken(&arguments.first, None, console)?;
    let second = taken(&arguments.second, Some(&first), console)?;
    let predictor = &arguments.predictor;
    let request = TwoStructuresRequest {
        first: predictor.request(&first.structure, first.protein)?,
        second: predictor.request(&second.structure, second.protein)?,
    };
    let report = global.engine().ask(&request, console);
    console.finish();
    let report = Arc::new(report?);
    for warning in &report.warnings {
        console.warn(warning);
    }
    let content = Content {
        comparison: Some(Arc::clone(&report)),
        ..Content::default()
    };
    output.write(&content, console)?;
    if output.is_empty() {
        page(&report, &mut console::stdout()).context("standard output")?;
    }
    Ok(Outcome::Done)
}

fn taken(text: &str, base: Option<&Taken>, console: &Console) -> anyhow::Result<Taken> {
    let part = NamedPart::parse(text).map_err(anyhow::Error::msg)?;
    console.bring(&part.what)?;
    let taken = part.take(base.map(|taken| &taken.structure), console.around());
    let taken = taken.map_err(anyhow::Error::msg)?;
    for warning in &taken.warnings {
        console.warn(&format!("{}: {warning}", taken.structure.name));
    }
    Ok(taken)
}

/// A page for people.
fn page(report: &TwoStructuresReport, out: &mut impl Write) -> io::Result<()> {
    let names = report.names();
    writeln!(out, "{} and {}", names[0], names[1])?;
    for line in report.summary().split(" · ") {
        writeln!(out, "{line}")?;
    }
    let (a, b) = (&report.first.rmsf_angstrom, &report.second.rmsf_angstrom);
    let pairs = report.displacement.pairing.pairs();
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.map(|(i, j)| (a[i], b[j])).unzip();
    let (a, b) = finite_pairs(&a, &b);
    writeln!(
        out,
        "RMSF by {}: r {:.2} between both, n {}",
        report.first.provenance.source,
        pearson(&a, &b),
        a.len()
    )?;
    for (k, name) in names.iter().enumerate() {
        let single = &report.overlaps[k][..report.overlaps[k].len().min(SHOWN_MODES)];
        if single.is_empty() {
            writeln!(out, "modes of {name}: this source has none with directions")?;
            continue;
        }
        let list = |values: &[f64]| {
            let values: Vec<String> = values.iter().map(|v| format!("{v:.2}")).collect();
            values.join(" ")
        };
        writeln!(
            out,
            "overlap of the first modes of {name}: {}  together {}",
            list(single),
            list(&cumulative(single))
        )?;
    }
    let name = |i: usize| report.first.protein.residues[i].id.to_string();
    let hinges: Vec<String> = report
        .hinges
        .iter()
        .map(|h| {
            let mark = if h.is_predicted { "*" } else { "" };
            format!("{}{mark}", name(h.residue))
        })
        .collect();
    if !hinges.is_empty() {
        writeln!(
            out,
            "hinges (* predicted from {}): {}",
            names[0],
            hinges.join(" ")
        )?;
    }
    writeln!(out, "\nfarthest       Å  RMSF change Å  burial change")?;
    for i in farthest(&report.displacement.distance_angstrom, 10) {
        let residue = &report.first.protein.residues[i];
        writeln!(
            out,
            "{:<4}{:<8}{:>6.1}{:>14.2}{:>15.0}",
            residue.name,
            name(i),
            report.displacement.distance_angstrom[i],
            report.rmsf_change_angstrom[i],
            report.burial_change[i]
        )?;
    }
    Ok(())
}

fn farthest(distances: &[f64], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..distances.len())
        .filter(|i| distances[*i].is_finite())
        .collect();
    order.sort_by(|a, b| distances[*b].total_cmp(&distances[*a]));
    order.truncate(count);
    order
}

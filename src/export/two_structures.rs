//! Two structures beside each other: a table, JSON, arrays. The second less the first; rows are residues of
//! the first.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::table::{author_chain, author_code};
use super::{json, rounded};
use crate::analysis::two_structures::cumulative;
use crate::protein::Residue;
use crate::study::TwoStructuresReport;

/// The columns of the table. Scripts rely on them.
pub const HEADER: &str = "chain,residue_number,insertion_code,residue,index,partner_chain,partner_residue_number,partner_insertion_code,partner_residue,partner_index,core,distance_angstrom,rmsf_angstrom,partner_rmsf_angstrom,rmsf_change_angstrom,burial_change,hinge";

#[derive(Serialize)]
struct Row {
    chain: String,
    residue_number: Option<i32>,
    insertion_code: Option<char>,
    residue: String,
    index: usize,
    partner_chain: Option<String>,
    partner_residue_number: Option<i32>,
    partner_insertion_code: Option<char>,
    partner_residue: Option<String>,
    partner_index: Option<usize>,
    core: bool,
    distance_angstrom: Option<f64>,
    rmsf_angstrom: Option<f64>,
    partner_rmsf_angstrom: Option<f64>,
    rmsf_change_angstrom: Option<f64>,
    burial_change: Option<f64>,
    hinge: bool,
}

fn number(residue: &Residue) -> Option<i32> {
    residue.id.is_seen().then_some(residue.id.number)
}

fn rows(report: &TwoStructuresReport) -> impl Iterator<Item = Row> + '_ {
    let (first, second) = (&report.first.protein, &report.second.protein);
    let displacement = &report.displacement;
    let row = move |(i, residue): (usize, &Residue)| {
        let at = displacement.pairing.partner[i];
        let partner = at.map(|j| &second.residues[j]);
        let theirs = at.map_or(f64::NAN, |j| report.second.rmsf_angstrom[j]);
        Row {
            chain: author_chain(&residue.id),
            residue_number: number(residue),
            insertion_code: author_code(&residue.id),
            residue: residue.name.clone(),
            index: i + 1,
            partner_chain: partner.map(|r| author_chain(&r.id)),
            partner_residue_number: partner.and_then(number),
            partner_insertion_code: partner.and_then(|r| author_code(&r.id)),
            partner_residue: partner.map(|r| r.name.clone()),
            partner_index: at.map(|j| j + 1),
            core: displacement.is_core[i],
            distance_angstrom: rounded(displacement.distance_angstrom[i]),
            rmsf_angstrom: rounded(report.first.rmsf_angstrom[i]),
            partner_rmsf_angstrom: rounded(theirs),
            rmsf_change_angstrom: rounded(report.rmsf_change_angstrom[i]),
            burial_change: rounded(report.burial_change[i]),
            hinge: report.hinges.iter().any(|h| h.residue == i),
        }
    };
    first.residues.iter().enumerate().map(row)
}

/// Writes the table.
///
/// # Errors
/// When `out` cannot be written.
pub fn csv(report: &TwoStructuresReport, out: impl Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(out);
    writer.write_record(HEADER.split(','))?;
    for row in rows(report) {
        writer.serialize(row).map_err(io::Error::from)?;
    }
    writer.flush()
}

/// Where both come from, and how they were laid over each other.
#[must_use]
pub fn provenance(report: &TwoStructuresReport) -> Value {
    json!({
        "first": json::provenance(&report.first.provenance),
        "second": json::provenance(&report.second.provenance),
        "paired_by": report.displacement.pairing.by.name(),
        "superposed_on": "the core: Cα pairs within 2 Å, at least half of all",
        "overlaps_with": "the way between both with all pairs superposed",
        "changes": "second less first",
    })
}

/// Writes everything but the map of the couplings. Hinges and modes count from 1.
///
/// # Errors
/// When `out` cannot be written.
pub fn json(report: &TwoStructuresReport, out: impl Write) -> io::Result<()> {
    let displacement = &report.displacement;
    let numbers = |values: &[f64]| values.iter().map(|v| rounded(*v)).collect::<Vec<_>>();
    let overlap = |k: usize| {
        let single = &report.overlaps[k];
        json!({ "single": numbers(single), "cumulative": numbers(&cumulative(single)) })
    };
    let hinges: Vec<Value> = report
        .hinges
        .iter()
        .map(|h| json!({ "index": h.residue + 1, "predicted": h.is_predicted }))
        .collect();
    let turn = &displacement.superposition;
    let rotation: Vec<Vec<f64>> = turn
        .rotation
        .row_iter()
        .map(|r| numbers_of(r.iter()))
        .collect();
    let shift = turn.to - turn.rotation * turn.from;
    let file = json!({
        "provenance": provenance(report),
        "warnings": report.warnings,
        "names": report.names(),
        "pairs": displacement.pairs(),
        "identical": displacement.pairing.identical,
        "core": displacement.core_size(),
        "rmsd_core_angstrom": rounded(displacement.rmsd_core_angstrom),
        "rmsd_angstrom": rounded(displacement.rmsd_angstrom),
        "rotation": rotation,
        "translation_angstrom": numbers_of(shift.iter()),
        "overlap_first": overlap(0),
        "overlap_second": overlap(1),
        "hinges": hinges,
        "residues": rows(report).collect::<Vec<Row>>(),
    });
    json::finish(&file, out)
}

fn numbers_of<'a>(values: impl Iterator<Item = &'a f64>) -> Vec<f64> {
    values.map(|v| rounded(*v).unwrap_or_default()).collect()
}

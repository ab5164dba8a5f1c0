//! JSON: provenance, warnings and one object a residue or substitution. Missing values are `null`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::rounded;
use super::table::{
    ConservationRow, DynamicsRow, NeighbourRow, ScoredList, author_chain, author_code,
    conservation_row, dynamics_rows, neighbour_rows,
};
use crate::numeric::{Covariance3, Vec3};
use crate::study::{
    Comparison, ConservationReport, DynamicsReport, Provenance, ScanReport, ScoreReport,
};

/// Provenance as a JSON object: program, source, model, weights, device, dtype, settings.
#[must_use]
pub fn provenance(provenance: &Provenance) -> Value {
    let pairs = provenance.pairs().into_iter();
    Value::Object(pairs.map(|(name, value)| (name, value.into())).collect())
}

#[derive(Serialize)]
struct DynamicsFile<'a> {
    provenance: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    conservation_provenance: Option<Value>,
    warnings: &'a [String],
    name: &'a str,
    model: usize,
    b_column: &'static str,
    b_column_holds: String,
    comparisons: Vec<ComparisonRow>,
    hinges: Vec<usize>,
    residues: Vec<ResidueRow>,
}

#[derive(Serialize)]
struct ComparisonRow {
    with: &'static str,
    n: usize,
    pearson: Option<f64>,
    spearman: Option<f64>,
    rmsd_angstrom: Option<f64>,
    excluded: Map<String, Value>,
}

#[derive(Serialize)]
struct ResidueRow {
    #[serde(flatten)]
    table: DynamicsRow,
    plddt: Option<f64>,
    domain: Option<usize>,
    marginal: Option<[[f64; 3]; 3]>,
    marginal_local: Option<[[f64; 3]; 3]>,
    principal_axis: Option<[f64; 3]>,
    #[serde(flatten)]
    conservation: Option<ConservationRow>,
    #[serde(flatten)]
    beside: Option<NeighbourRow>,
}

/// Writes the dynamics. Hinges and domains count from 1. The N × N maps are in the npz file.
///
/// # Errors
/// When `out` cannot be written.
pub fn dynamics(
    report: &DynamicsReport,
    conservation: Option<&ConservationReport>,
    out: impl Write,
) -> io::Result<()> {
    let file = DynamicsFile {
        provenance: provenance(&report.provenance),
        conservation_provenance: conservation.map(|c| provenance(&c.provenance)),
        warnings: &report.warnings,
        name: &report.protein.name,
        model: report.protein.model,
        b_column: report.protein.b_column.id(),
        b_column_holds: report.protein.b_column.to_string(),
        comparisons: report.comparisons.iter().map(comparison).collect(),
        hinges: report.hinges.iter().map(|i| i + 1).collect(),
        residues: residues(report, conservation),
    };
    finish(&file, out)
}

fn residues(report: &DynamicsReport, conservation: Option<&ConservationReport>) -> Vec<ResidueRow> {
    let b_column = report.protein.b_column;
    let local = report.dynamics.local_marginals();
    let neighbours = neighbour_rows(&report.protein);
    dynamics_rows(report)
        .into_iter()
        .enumerate()
        .map(|(i, table)| ResidueRow {
            table,
            plddt: report
                .b_factor
                .get(i)
                .and_then(|&b| rounded(b_column.plddt(b)?)),
            domain: report.domains.get(i).copied().flatten().map(|d| d + 1),
            marginal: report.dynamics.marginals[i].as_ref().map(rows),
            marginal_local: local[i].as_ref().map(rows),
            principal_axis: report.principal_axes.get(i).and_then(|a| a.map(vector)),
            conservation: conservation.map(|c| conservation_row(c, i)),
            beside: neighbours.as_ref().map(|n| n[i].clone()),
        })
        .collect()
}

fn comparison(comparison: &Comparison) -> ComparisonRow {
    ComparisonRow {
        with: comparison.with.name(),
        n: comparison.n,
        pearson: rounded(comparison.pearson),
        spearman: rounded(comparison.spearman),
        rmsd_angstrom: rounded(comparison.rmsd_angstrom),
        excluded: comparison
            .excluded
            .iter()
            .map(|(reason, n)| (reason.clone(), (*n).into()))
            .collect(),
    }
}

fn rows(m: &Covariance3) -> [[f64; 3]; 3] {
    std::array::from_fn(|i| std::array::from_fn(|j| rounded(m[(i, j)]).unwrap_or_default()))
}

fn vector(v: Vec3) -> [f64; 3] {
    std::array::from_fn(|i| rounded(v[i]).unwrap_or_default())
}

/// Writes a mutation map: one object per substitution, in the order of the table.
///
/// # Errors
/// When `out` cannot be written.
pub fn scan(report: &ScanReport, out: impl Write) -> io::Result<()> {
    let map = &report.map;
    let mutants: Vec<Value> = map
        .substitutions()
        .map(|s| {
            let id = &report.protein.residues[s.index].id;
            let mut row = Map::new();
            row.insert(
                "mutant".into(),
                report.protein.bare_name(s.index, Some(s.mutant)).into(),
            );
            row.insert("chain".into(), author_chain(id).into());
            let number = id.is_seen().then_some(id.number);
            row.insert("residue_number".into(), number.into());
            row.insert(
                "insertion_code".into(),
                author_code(id).map(String::from).into(),
            );
            row.insert("index".into(), (s.index + 1).into());
            row.insert("wild_type".into(), s.wild_type.to_string().into());
            row.insert("mutant_residue".into(), s.mutant.to_string().into());
            let at = (s.index, s.mutant.index());
            row.insert("score".into(), rounded(map.score[at]).into());
            for (name, matrix) in &map.properties {
                row.insert(name.clone(), rounded(matrix[at]).into());
            }
            if let Some(note) = report.note(s) {
                row.insert("note".into(), note.into());
            }
            Value::Object(row)
        })
        .collect();
    let mut file = Map::new();
    file.insert("provenance".into(), provenance(&report.provenance));
    file.insert("warnings".into(), report.warnings.clone().into());
    file.insert("name".into(), report.protein.name.clone().into());
    file.insert("method".into(), map.method.id().into());
    file.insert("unit".into(), map.method.unit().into());
    if let Some(value) = report.pseudo_perplexity {
        file.insert("pseudo_perplexity".into(), rounded(value).into());
    }
    file.insert(
        "seams".into(),
        map.seams.iter().map(|i| i + 1).collect::<Vec<_>>().into(),
    );
    file.insert("mutants".into(), mutants.into());
    finish(&file, out)
}

/// Writes the scores of a list of variants: one object an entry of the list, in its order.
///
/// # Errors
/// When `out` cannot be written.
pub fn scores(report: &ScoreReport, list: &ScoredList, out: impl Write) -> io::Result<()> {
    let rows: Vec<Value> = list
        .lines
        .iter()
        .map(|line| {
            let scored = line.score(report);
            let mut row = Map::new();
            row.insert("row".into(), line.row.into());
            row.insert("written".into(), line.written.clone().into());
            let name = scored.map(|s| report.protein.variant_name(&s.variant));
            row.insert("mutant".into(), name.into());
            row.insert("score".into(), scored.and_then(|s| rounded(s.score)).into());
            let additive = scored.and_then(|s| rounded(s.additive));
            row.insert("additive_score".into(), additive.into());
            for (k, name) in report.properties.iter().enumerate() {
                let value = scored.and_then(|s| rounded(*s.properties.get(k)?));
                row.insert(name.clone(), value.into());
            }
            row.insert("note".into(), line.note(report).into());
            let own = list
                .columns
                .iter()
                .cloned()
                .zip(line.fields.iter().cloned());
            if !list.columns.is_empty() {
                let own = own.map(|(name, value)| (name, value.into()));
                row.insert("columns".into(), Value::Object(own.collect()));
            }
            Value::Object(row)
        })
        .collect();
    let mut file = Map::new();
    file.insert("provenance".into(), provenance(&report.provenance));
    file.insert("warnings".into(), report.warnings.clone().into());
    file.insert("name".into(), report.protein.name.clone().into());
    file.insert("method".into(), report.method.id().into());
    file.insert("unit".into(), report.method.unit().into());
    file.insert("variants".into(), rows.into());
    finish(&file, out)
}

/// Writes any value the way all files here are written: indented, with a last newline.
///
/// # Errors
/// When `out` cannot be written.
pub fn finish(value: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, value)?;
    out.write_all(b"\n")?;
    out.flush()
}

//! npz archives for NumPy: uncompressed, little-endian f64, with dates that never change.

use std::io::{self, Seek, Write};

use npyz::WriterBuilder;
use npyz::npz::NpzWriter;

use super::json;
use crate::numeric::{Covariance3, Matrix};
use crate::protein::{Protein, ResidueId};
use crate::study::{
    ConservationReport, DynamicsReport, PaeReport, Provenance, ScanReport, TwoStructuresReport,
};

/// Writes `rmsf` (N, Å), `marginals` (N, 3, 3; world frame, Å²), `marginals_local` (N, 3, 3),
/// `coupling` (N, N; as the model gives it, Å²), `correlation` (N, N: dynamic cross-correlation, −1 to 1),
/// `lmi` (N, N: generalised correlation by linear mutual information, 0 to 1), `residue_number` (N), and
/// beside them `chain`, `insertion_code` (N), `coordinates` (N, 3; Cα, Å) and `provenance` (JSON). What is
/// not known is NaN. With an alignment also `conservation`, `depth` (N) and `conservation_provenance`.
///
/// # Errors
/// When `out` cannot be written.
pub fn dynamics(
    report: &DynamicsReport,
    conservation: Option<&ConservationReport>,
    out: impl Write + Seek,
) -> io::Result<()> {
    let mut file = NpzWriter::new(out);
    let n = report.protein.len() as u64;
    let dynamics = &report.dynamics;
    numbers(&mut file, "rmsf", &[n], &report.rmsf_angstrom)?;
    let world = entries(&dynamics.marginals);
    numbers(&mut file, "marginals", &[n, 3, 3], &world)?;
    let local = entries(&dynamics.local_marginals());
    numbers(&mut file, "marginals_local", &[n, 3, 3], &local)?;
    matrix(&mut file, "coupling", &dynamics.coupling)?;
    matrix(&mut file, "correlation", &dynamics.correlation)?;
    matrix(&mut file, "lmi", &dynamics.mutual_information)?;
    residue_ids(&mut file, &report.protein)?;
    let positions: Vec<f64> = report
        .protein
        .alpha_carbons()
        .into_iter()
        .flat_map(|p| p.map_or([f64::NAN; 3], |p| [p.x, p.y, p.z]))
        .collect();
    numbers(&mut file, "coordinates", &[n, 3], &positions)?;
    if let Some(conservation) = conservation {
        numbers(&mut file, "conservation", &[n], &conservation.conservation)?;
        numbers(&mut file, "depth", &[n], &conservation.depth)?;
        let from = json::provenance(&conservation.provenance).to_string();
        texts(&mut file, "conservation_provenance", &[from])?;
    }
    provenance(&mut file, &report.provenance)
}

/// Writes `pae` (N, N; Å, row = laid on, column = off), `domain` (N, from 1; NaN = none), `residue_number`,
/// `chain`, `insertion_code` (N) and `provenance` (JSON).
///
/// # Errors
/// When `out` cannot be written.
pub fn pae(report: &PaeReport, out: impl Write + Seek) -> io::Result<()> {
    let mut file = NpzWriter::new(out);
    matrix(&mut file, "pae", &report.error_angstrom)?;
    let number = |d: &Option<usize>| d.map_or(f64::NAN, |d| (d + 1) as f64);
    let domains: Vec<f64> = report.domains.iter().map(number).collect();
    numbers(&mut file, "domain", &[domains.len() as u64], &domains)?;
    residue_ids(&mut file, &report.protein)?;
    provenance(&mut file, &report.provenance)
}

/// Writes `score` (L, 20; columns `ACDEFGHIKLMNPQRSTVWY`, 0 at the wild type), one (L, 20) array a
/// property, `residue_number`, `chain`, `insertion_code`, `wild_type` (L) and `provenance` (JSON). Where
/// the insertion code is `~`, the number counts residues of the sequence: the structure lacks that one.
///
/// # Errors
/// When `out` cannot be written.
pub fn scan(report: &ScanReport, out: impl Write + Seek) -> io::Result<()> {
    let mut file = NpzWriter::new(out);
    matrix(&mut file, "score", &report.map.score)?;
    if let Some(log_probabilities) = &report.log_probabilities {
        matrix(&mut file, "log_probability", log_probabilities)?;
    }
    if let Some(value) = report.pseudo_perplexity {
        numbers(&mut file, "pseudo_perplexity", &[1], &[value])?;
    }
    for (name, values) in &report.map.properties {
        matrix(&mut file, name, values)?;
    }
    residue_ids(&mut file, &report.protein)?;
    let letters: Vec<String> = report.protein.letters().chars().map(String::from).collect();
    texts(&mut file, "wild_type", &letters)?;
    if !report.protein.has_coordinates() {
        texts(
            &mut file,
            "name",
            std::slice::from_ref(&report.protein.name),
        )?;
    }
    provenance(&mut file, &report.provenance)
}

/// Writes what differs between two structures, second less first: `distance`, `rmsf_change` (N, Å),
/// `burial_change` (N), `correlation_change` (N, N), `partner` (N; 0-based, NaN without one), `overlap_first`
/// and `overlap_second` (a mode), `residue_number`, `chain`, `insertion_code` and `provenance` (JSON).
///
/// # Errors
/// When `out` cannot be written.
pub fn two_structures(report: &TwoStructuresReport, out: impl Write + Seek) -> io::Result<()> {
    let mut file = NpzWriter::new(out);
    let displacement = &report.displacement;
    let partner = displacement.pairing.partner.iter();
    let partner: Vec<f64> = partner.map(|p| p.map_or(f64::NAN, |j| j as f64)).collect();
    for (name, values) in [
        ("distance", &displacement.distance_angstrom),
        ("rmsf_change", &report.rmsf_change_angstrom),
        ("burial_change", &report.burial_change),
        ("partner", &partner),
        ("overlap_first", &report.overlaps[0]),
        ("overlap_second", &report.overlaps[1]),
    ] {
        numbers(&mut file, name, &[values.len() as u64], values)?;
    }
    matrix(&mut file, "correlation_change", &report.correlation_change)?;
    residue_ids(&mut file, &report.first.protein)?;
    let from = super::two_structures::provenance(report);
    texts(&mut file, "provenance", &[from.to_string()])
}

fn entries(covariances: &[Option<Covariance3>]) -> Vec<f64> {
    let one = |c: &Option<Covariance3>| -> [f64; 9] {
        c.map_or([f64::NAN; 9], |c| {
            std::array::from_fn(|k| c[(k / 3, k % 3)])
        })
    };
    covariances.iter().flat_map(one).collect()
}

fn matrix<W: Write + Seek>(file: &mut NpzWriter<W>, name: &str, m: &Matrix) -> io::Result<()> {
    let shape = [m.rows() as u64, m.columns() as u64];
    numbers(file, name, &shape, m.values())
}

fn options() -> npyz::zip::write::FileOptions {
    npyz::zip::write::FileOptions::default()
        .compression_method(npyz::zip::CompressionMethod::Stored)
        .last_modified_time(npyz::zip::DateTime::default())
}

fn numbers<W: Write + Seek>(
    file: &mut NpzWriter<W>,
    name: &str,
    shape: &[u64],
    values: &[f64],
) -> io::Result<()> {
    let mut writer = file
        .array(name, options())?
        .default_dtype()
        .shape(shape)
        .begin_nd()?;
    writer.extend(values.iter().copied())?;
    writer.finish()
}

fn residue_ids<W: Write + Seek>(file: &mut NpzWriter<W>, protein: &Protein) -> io::Result<()> {
    let ids: Vec<&ResidueId> = protein.residues.iter().map(|r| &r.id).collect();
    let mut writer = file
        .array("residue_number", options())?
        .default_dtype()
        .shape(&[ids.len() as u64])
        .begin_nd()?;
    writer.extend(ids.iter().map(|id| i64::from(id.number)))?;
    writer.finish()?;
    let chains: Vec<String> = ids.iter().map(|id| id.chain.clone()).collect();
    texts(file, "chain", &chains)?;
    let codes: Vec<String> = ids
        .iter()
        .map(|id| id.insertion_code.map(String::from).unwrap_or_default())
        .collect();
    texts(file, "insertion_code", &codes)
}

fn provenance<W: Write + Seek>(file: &mut NpzWriter<W>, from: &Provenance) -> io::Result<()> {
    texts(file, "provenance", &[json::provenance(from).to_string()])
}

fn texts<W: Write + Seek>(
    file: &mut NpzWriter<W>,
    name: &str,
    values: &[String],
) -> io::Result<()> {
    let width = values.iter().map(|v| v.chars().count()).max().unwrap_or(0);
    let kind = format!("<U{}", width.max(1))
        .parse()
        .map_err(|e| io::Error::other(format!("{e}")))?;
    let mut writer = file
        .array::<str>(name, options())?
        .dtype(npyz::DType::Plain(kind))
        .shape(&[values.len() as u64])
        .begin_nd()?;
    for value in values {
        writer.push(value.as_str())?;
    }
    writer.finish()
}

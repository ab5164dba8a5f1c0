//! CSV tables: pure tables with one header line, so that every reader takes them. Missing values are
//! empty. Provenance goes beside the table, see [`super::json::provenance`].

use std::io::{self, Write};

use serde::Serialize;

use super::rounded;
use crate::protein::touching::Touch;
use crate::protein::{Protein, ResidueId, Substitution};
use crate::study::{ConservationReport, DynamicsReport, ScanReport, ScoreReport, VariantScore};

/// The columns of [`dynamics`]. Scripts rely on them.
pub const DYNAMICS_HEADER: &str = "chain,residue_number,insertion_code,residue,index,rmsf_angstrom,anisotropy,b_factor,secondary_structure";

/// The first columns of [`scan`]; one a property follows. Scripts rely on them.
pub const SCAN_HEADER: &str =
    "mutant,chain,residue_number,insertion_code,index,wild_type,mutant_residue,score";

/// One residue of the dynamics table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DynamicsRow {
    /// Author's chain name.
    pub chain: String,
    /// Author's residue number; nothing where the structure lacks the residue.
    pub residue_number: Option<i32>,
    /// Insertion code, or nothing.
    pub insertion_code: Option<char>,
    /// Three-letter name as in the file.
    pub residue: String,
    /// 1-based position among the residues under study.
    pub index: usize,
    /// Root mean square fluctuation in Å.
    pub rmsf_angstrom: Option<f64>,
    /// Smallest eigenvalue of the covariance over the largest, 1 = a sphere.
    pub anisotropy: Option<f64>,
    /// Experimental B-factor of the Cα in Å²; nothing where the column holds something else.
    pub b_factor: Option<f64>,
    /// DSSP's letter, `-` for coil.
    pub secondary_structure: char,
}

/// The rows of the dynamics table.
#[must_use]
pub fn dynamics_rows(report: &DynamicsReport) -> Vec<DynamicsRow> {
    let experimental = report.protein.b_column.is_b_factor();
    let at = |profile: &[f64], i: usize| profile.get(i).copied().and_then(rounded);
    report
        .protein
        .residues
        .iter()
        .enumerate()
        .map(|(i, residue)| DynamicsRow {
            chain: author_chain(&residue.id),
            residue_number: residue.id.is_seen().then_some(residue.id.number),
            insertion_code: author_code(&residue.id),
            residue: residue.name.clone(),
            index: i + 1,
            rmsf_angstrom: at(&report.rmsf_angstrom, i),
            anisotropy: at(&report.anisotropy, i),
            b_factor: at(&report.b_factor, i).filter(|_| experimental),
            secondary_structure: report
                .secondary_structure
                .get(i)
                .copied()
                .unwrap_or_default()
                .letter(),
        })
        .collect()
}

/// What an alignment says of a residue, behind the columns of the dynamics table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ConservationRow {
    /// 0 to 1.
    pub conservation: Option<f64>,
    /// Weights of the sequences that have a residue there.
    pub depth: Option<f64>,
}

/// Behind which of the residues stands what.
pub(super) fn conservation_row(report: &ConservationReport, residue: usize) -> ConservationRow {
    let at = |profile: &[f64]| profile.get(residue).copied().and_then(rounded);
    ConservationRow {
        conservation: at(&report.conservation),
        depth: at(&report.depth),
    }
}

/// What a residue touches, behind the other columns where there is something beside the protein.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NeighbourRow {
    /// Names, the nearest first.
    pub touches: Vec<String>,
    /// How many residues of other chains.
    pub interface: Option<u32>,
}

impl NeighbourRow {
    /// `ATP A:300; B:24`, as tables have it.
    #[must_use]
    pub fn touching(&self) -> String {
        self.touches.join("; ")
    }
}

/// What the residues touch; nothing where there is nothing beside them.
#[must_use]
pub fn neighbour_rows(protein: &Protein) -> Option<Vec<NeighbourRow>> {
    let interface = protein.interface();
    let all = &protein.context.neighbours;
    if all.is_empty() && interface.is_none() {
        return None;
    }
    let row = |(i, touches): (usize, Vec<Touch>)| {
        let count = interface.as_ref().map_or(0.0, |counts| counts[i]);
        let count = count.is_finite().then_some(count as u32);
        NeighbourRow {
            touches: touches.iter().map(|t| all[t.neighbour].name()).collect(),
            interface: count,
        }
    };
    Some(protein.touches().into_iter().enumerate().map(row).collect())
}

/// Writes the dynamics table; with an alignment two more columns, `conservation` and `depth`, and where there is
/// something beside the protein, `touches` and `interface`.
///
/// # Errors
/// When `out` cannot be written.
pub fn dynamics(
    report: &DynamicsReport,
    conservation: Option<&ConservationReport>,
    out: impl Write,
) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(out);
    let neighbours = neighbour_rows(&report.protein);
    let header = DYNAMICS_HEADER
        .split(',')
        .chain(conservation.iter().flat_map(|_| ["conservation", "depth"]))
        .chain(neighbours.iter().flat_map(|_| ["touches", "interface"]));
    writer.write_record(header)?;
    for (i, row) in dynamics_rows(report).into_iter().enumerate() {
        let conserved = conservation.map(|c| conservation_row(c, i));
        let beside = neighbours
            .as_ref()
            .map(|n| (n[i].touching(), n[i].interface));
        // A part that is missing is no field.
        let written = writer.serialize((row, conserved.as_slice(), beside.as_slice()));
        written.map_err(io::Error::from)?;
    }
    writer.flush()
}

/// Writes the frames of a simulation, `run,frame,rmsd_angstrom`: the place of the file and of the frame in it,
/// both from 1, and the distance from the structure.
///
/// # Errors
/// When the dynamics are of no simulation, or `out` cannot be written.
pub fn frames(report: &DynamicsReport, out: impl Write) -> io::Result<()> {
    let run = report.run.as_ref();
    let run =
        run.ok_or_else(|| io::Error::other("no simulation is the source: --trajectory FILE"))?;
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["run", "frame", "rmsd_angstrom"])?;
    for ((file, frame), rmsd) in run.frames.iter().zip(&run.rmsd_angstrom) {
        writer.write_record([
            (file + 1).to_string(),
            (frame + 1).to_string(),
            number(*rmsd),
        ])?;
    }
    writer.flush()
}

/// The author's chain; empty where the structure lacks the residue.
pub(super) fn author_chain(id: &ResidueId) -> String {
    if id.is_seen() {
        id.chain.clone()
    } else {
        String::new()
    }
}

/// The author's insertion code.
pub(super) fn author_code(id: &ResidueId) -> Option<char> {
    id.insertion_code.filter(|_| id.is_seen())
}

/// Writes a mutation map, one row a substitution: by position, then by the letter of the mutant.
/// Positions without a standard residue have no rows; what could not be scored has an empty score, and a
/// last column `note`, which is there only then, says why.
///
/// # Errors
/// When `out` cannot be written.
pub fn scan(report: &ScanReport, out: impl Write) -> io::Result<()> {
    let map = &report.map;
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(out);
    let noted = map.substitutions().any(|s| report.note(s).is_some());
    let header = SCAN_HEADER
        .split(',')
        .chain(map.properties.iter().map(|(name, _)| name.as_str()))
        .chain(noted.then_some("note"));
    writer.write_record(header)?;
    for substitution in map.substitutions() {
        let mut row = scan_row(report, substitution);
        row.extend(noted.then(|| report.note(substitution).unwrap_or_default()));
        writer.write_record(row)?;
    }
    writer.flush()
}

fn scan_row(report: &ScanReport, substitution: Substitution) -> Vec<String> {
    let id = &report.protein.residues[substitution.index].id;
    let (row, column) = (substitution.index, substitution.mutant.index());
    let mut fields = vec![
        report
            .protein
            .bare_name(substitution.index, Some(substitution.mutant)),
        author_chain(id),
        if id.is_seen() {
            id.number.to_string()
        } else {
            String::new()
        },
        author_code(id).map(String::from).unwrap_or_default(),
        (row + 1).to_string(),
        substitution.wild_type.to_string(),
        substitution.mutant.to_string(),
        number(report.map.score[(row, column)]),
    ];
    let properties = report.map.properties.iter();
    fields.extend(properties.map(|(_, matrix)| number(matrix[(row, column)])));
    fields
}

/// Why an entry of a list was not scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub reason: String,
    /// It is of another protein that was given, too.
    pub is_elsewhere: bool,
}

/// One line of a list of variants: scored, or refused with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoredLine {
    /// 1-based entry of the list, a header not counted.
    pub row: usize,
    /// As it was written.
    pub written: String,
    /// What stood beside it.
    pub fields: Vec<String>,
    /// Position in [`ScoreReport::scores`], or why it was not scored.
    pub outcome: Result<usize, Refused>,
}

/// A list of variants with the columns that it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoredList {
    pub columns: Vec<String>,
    pub lines: Vec<ScoredLine>,
}

impl ScoredList {
    /// Whether something was refused that no other input takes.
    #[must_use]
    pub fn has_refused(&self) -> bool {
        let mut refused = self.lines.iter().filter_map(|l| l.outcome.as_ref().err());
        refused.any(|r| !r.is_elsewhere)
    }

    /// Whether all of it is of other proteins that were given.
    #[must_use]
    pub fn is_of_others(&self) -> bool {
        let mut outcomes = self.lines.iter().map(|l| &l.outcome);
        !self.lines.is_empty() && outcomes.all(|o| o.as_ref().is_err_and(|r| r.is_elsewhere))
    }
}

impl ScoredLine {
    /// What a report has of it; nothing where it was refused.
    #[must_use]
    pub fn score<'a>(&self, report: &'a ScoreReport) -> Option<&'a VariantScore> {
        let scored = self.outcome.as_ref().ok();
        scored.and_then(|&i| report.scores.get(i))
    }

    /// Why there is no score.
    pub(super) fn note(&self, report: &ScoreReport) -> Option<String> {
        match &self.outcome {
            Ok(_) => self.score(report)?.note.clone(),
            Err(refused) => Some(refused.reason.clone()),
        }
    }
}

/// Writes the scores of a list of variants, one row an entry of the list, in its order:
/// `row,mutant,score,additive_score`, one column per property, `note`, `written`, and the list's own columns;
/// those that are called as one of ours begin with `written_`.
///
/// # Errors
/// When `out` cannot be written.
pub fn scores(report: &ScoreReport, list: &ScoredList, out: impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let mut header: Vec<String> = ["row", "mutant", "score", "additive_score"]
        .map(String::from)
        .to_vec();
    header.extend(report.properties.iter().cloned());
    header.extend(["note", "written"].map(String::from));
    written_columns(&mut header, list);
    writer.write_record(&header)?;
    for line in &list.lines {
        writer.write_record(scores_row(report, line))?;
    }
    writer.flush()
}

/// The list's own columns; those that are called as one of ours begin with `written_`.
pub(super) fn written_columns(header: &mut Vec<String>, list: &ScoredList) {
    for column in &list.columns {
        let taken = header.contains(column);
        let prefix = if taken { "written_" } else { "" };
        header.push(format!("{prefix}{column}"));
    }
}

fn scores_row(report: &ScoreReport, line: &ScoredLine) -> Vec<String> {
    let scored = line.score(report);
    let mut fields = vec![line.row.to_string()];
    fields.push(scored.map_or_else(
        || line.written.clone(),
        |s| report.protein.variant_name(&s.variant),
    ));
    fields.push(scored.map(|s| number(s.score)).unwrap_or_default());
    fields.push(scored.map(|s| number(s.additive)).unwrap_or_default());
    for i in 0..report.properties.len() {
        let value = scored.and_then(|s| s.properties.get(i).copied());
        fields.push(value.map(number).unwrap_or_default());
    }
    fields.push(line.note(report).unwrap_or_default());
    fields.push(line.written.clone());
    fields.extend(line.fields.iter().cloned());
    fields
}

pub(super) fn number(value: f64) -> String {
    rounded(value).map(|v| v.to_string()).unwrap_or_default()
}

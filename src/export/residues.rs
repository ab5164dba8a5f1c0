//! The table of residues as filtered and sorted: CSV.

use std::io::{self, Write};
use std::sync::Arc;

use super::rounded;
use super::table::neighbour_rows;
use crate::protein::{AminoAcid, Protein};
use crate::study::Provenance;

/// The first columns; one a measure, the letters of the best and the worst substitution, `marked` and `note`
/// follow, and `touches` where there is something beside the protein. Scripts rely on them.
pub const HEADER: &str = "chain,residue_number,insertion_code,residue,index";

#[derive(Debug, Clone)]
pub struct ResidueList {
    pub protein: Arc<Protein>,
    /// What [`ResidueRow::values`] are.
    pub measures: Vec<&'static str>,
    /// The residue that the couplings are with, by the author's name.
    pub site: String,
    /// In the order of the screen.
    pub rows: Vec<ResidueRow>,
    pub provenance: Vec<Provenance>,
}

#[derive(Debug, Clone)]
pub struct ResidueRow {
    /// 0-based position.
    pub index: usize,
    /// One a measure; NaN where not known.
    pub values: Vec<f64>,
    pub best: Option<AminoAcid>,
    pub worst: Option<AminoAcid>,
    pub marked: bool,
    /// The user's note, may be empty.
    pub note: String,
}

/// Writes the table. The column of couplings is called after their site: `coupling_with_A:55`.
///
/// # Errors
/// When `out` cannot be written.
pub fn csv(list: &ResidueList, out: impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let measure = |name: &&str| match *name {
        "coupling" => format!("coupling_with_{}", list.site),
        name => name.to_owned(),
    };
    let mut header: Vec<String> = HEADER.split(',').map(String::from).collect();
    header.extend(list.measures.iter().map(measure));
    header.extend(["best_substitution", "worst_substitution", "marked", "note"].map(String::from));
    let neighbours = neighbour_rows(&list.protein);
    header.extend(neighbours.iter().map(|_| "touches".to_owned()));
    writer.write_record(&header)?;
    for row in &list.rows {
        let residue = &list.protein.residues[row.index];
        let id = &residue.id;
        let seen = |text: String| if id.is_seen() { text } else { String::new() };
        let mut fields = vec![
            seen(id.chain.clone()),
            seen(id.number.to_string()),
            seen(id.insertion_code.map(String::from).unwrap_or_default()),
            residue.name.clone(),
            (row.index + 1).to_string(),
        ];
        let value = |v: &f64| rounded(*v).map(|v| v.to_string()).unwrap_or_default();
        fields.extend(row.values.iter().map(value));
        let name = |mutant: Option<AminoAcid>| {
            mutant.map_or_else(String::new, |m| list.protein.bare_name(row.index, Some(m)))
        };
        fields.extend([name(row.best), name(row.worst)]);
        fields.push(if row.marked { "yes" } else { "" }.to_owned());
        fields.push(row.note.clone());
        fields.extend(neighbours.iter().map(|n| n[row.index].touching()));
        writer.write_record(fields)?;
    }
    writer.flush()
}

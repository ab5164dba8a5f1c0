//! A list of variants with the scores of several methods, ranked: CSV.

use std::io::{self, Write};

use super::rounded;
use crate::study::Provenance;

#[derive(Debug, Clone)]
pub struct Ranking {
    /// What [`RankedRow::scores`] are.
    pub methods: Vec<&'static str>,
    /// The list's own columns.
    pub columns: Vec<String>,
    /// In the order of the screen.
    pub rows: Vec<RankedRow>,
    pub provenance: Vec<Provenance>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RankedRow {
    /// 1-based entry of the list.
    pub row: usize,
    pub mutant: String,
    /// Mean of the ranks by the methods, 1 = best tolerated; NaN where none scored it.
    pub rank: f64,
    /// One a method; NaN where not known.
    pub scores: Vec<f64>,
    /// Why a score is missing.
    pub note: String,
    /// As it was written.
    pub written: String,
    pub fields: Vec<String>,
}

/// Writes the table: `row,mutant,mean_rank`, one column a method, `note`, `written`, and the list's own columns;
/// those that are called as one of ours begin with `written_`.
///
/// # Errors
/// When `out` cannot be written.
pub fn csv(ranking: &Ranking, out: impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let mut header: Vec<String> = ["row", "mutant", "mean_rank"].map(String::from).to_vec();
    header.extend(ranking.methods.iter().map(|m| (*m).to_owned()));
    header.extend(["note", "written"].map(String::from));
    for column in &ranking.columns {
        let prefix = if header.contains(column) {
            "written_"
        } else {
            ""
        };
        header.push(format!("{prefix}{column}"));
    }
    writer.write_record(&header)?;
    let number = |v: f64| rounded(v).map(|v| v.to_string()).unwrap_or_default();
    for row in &ranking.rows {
        let mut fields = vec![row.row.to_string(), row.mutant.clone(), number(row.rank)];
        fields.extend(row.scores.iter().map(|s| number(*s)));
        fields.extend([row.note.clone(), row.written.clone()]);
        fields.extend(row.fields.iter().cloned());
        writer.write_record(fields)?;
    }
    writer.flush()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_a_line_and_keeps_its_columns() {
        let row = |row, mutant: &str, rank, score| RankedRow {
            row,
            mutant: mutant.to_owned(),
            rank,
            scores: vec![score],
            note: String::new(),
            written: mutant.to_owned(),
            fields: vec!["x".to_owned()],
        };
        let ranking = Ranking {
            methods: vec!["stability"],
            columns: vec!["note".to_owned()],
            rows: vec![row(2, "A1G", 1.0, -0.5), row(1, "Q9", f64::NAN, f64::NAN)],
            provenance: Vec::new(),
        };
        let mut out = Vec::new();
        csv(&ranking, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "row,mutant,mean_rank,stability,note,written,written_note\n\
             2,A1G,1,-0.5,,A1G,x\n1,Q9,,,,Q9,x\n"
        );
    }
}

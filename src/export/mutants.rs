//! A choice of mutants, marked or filtered, with everything known of each: CSV, JSON, PyMOL.

use std::io::{self, Write};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::pymol::{self, Marked, StructureFile};
use super::{json, rounded};
use crate::protein::{AminoAcid, Protein, ResidueId};
use crate::study::Provenance;

/// The first columns of [`csv()`]; one a measure, `marked` and `note` follow. Scripts rely on them.
pub const HEADER: &str =
    "mutant,chain,residue_number,insertion_code,index,wild_type,mutant_residue";

/// A choice of mutants.
#[derive(Debug, Clone)]
pub struct MutantTable {
    /// Name of the structure or sequence.
    pub name: String,
    /// The residues, of a bare sequence without atoms.
    pub protein: Arc<Protein>,
    /// What [`MutantRow::values`] are.
    pub measures: Vec<&'static str>,
    /// In the order of the screen.
    pub rows: Vec<MutantRow>,
    /// Where the values come from.
    pub provenance: Vec<Provenance>,
}

/// A mutant, or a residue that is marked as such.
#[derive(Debug, Clone, PartialEq)]
pub struct MutantRow {
    /// 0-based position.
    pub index: usize,
    /// `None` for a marked residue.
    pub mutant: Option<AminoAcid>,
    /// One a measure; NaN where not known.
    pub values: Vec<f64>,
    /// Whether it is marked.
    pub marked: bool,
    /// The user's note, may be empty.
    pub note: String,
}

impl MutantTable {
    fn id(&self, row: &MutantRow) -> &ResidueId {
        &self.protein.residues[row.index].id
    }

    /// `A42G`, with the insertion code where there is one; `A42` for a residue.
    fn mutant_name(&self, row: &MutantRow) -> String {
        self.protein.bare_name(row.index, row.mutant)
    }

    /// The first seven columns; empty where the structure lacks the residue.
    fn place(&self, row: &MutantRow) -> [String; 7] {
        let id = self.id(row);
        let seen = |text: String| if id.is_seen() { text } else { String::new() };
        [
            self.mutant_name(row),
            seen(id.chain.clone()),
            seen(id.number.to_string()),
            seen(id.insertion_code.map(String::from).unwrap_or_default()),
            (row.index + 1).to_string(),
            self.protein.residues[row.index].letter().to_string(),
            row.mutant.map_or_else(String::new, |m| m.to_string()),
        ]
    }
}

/// Writes the table; `marked` is `yes` or empty.
///
/// # Errors
/// When `out` cannot be written.
pub fn csv(table: &MutantTable, out: impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let measures = table.measures.iter().copied();
    writer.write_record(HEADER.split(',').chain(measures).chain(["marked", "note"]))?;
    for row in &table.rows {
        let mut fields = table.place(row).to_vec();
        let value = |v: &f64| rounded(*v).map(|v| v.to_string()).unwrap_or_default();
        fields.extend(row.values.iter().map(value));
        fields.push(if row.marked { "yes" } else { "" }.to_owned());
        fields.push(row.note.clone());
        writer.write_record(fields)?;
    }
    writer.flush()
}

/// Writes provenance and one object a row.
///
/// # Errors
/// When `out` cannot be written.
pub fn json(table: &MutantTable, out: impl Write) -> io::Result<()> {
    let rows = table.rows.iter().map(|row| {
        let mut object = Map::new();
        for (name, value) in HEADER.split(',').zip(table.place(row)) {
            let value = match (name, value.parse::<i64>()) {
                _ if value.is_empty() => Value::Null,
                ("residue_number" | "index", Ok(number)) => number.into(),
                _ => value.into(),
            };
            object.insert(name.to_owned(), value);
        }
        for (name, value) in table.measures.iter().zip(&row.values) {
            object.insert((*name).to_owned(), rounded(*value).into());
        }
        object.insert("marked".to_owned(), row.marked.into());
        object.insert("note".to_owned(), row.note.clone().into());
        Value::Object(object)
    });
    let provenance: Vec<Value> = table.provenance.iter().map(json::provenance).collect();
    let file = serde_json::json!({
        "name": table.name,
        "provenance": provenance,
        "mutants": rows.collect::<Vec<Value>>(),
    });
    json::finish(&file, out)
}

/// Writes a PyMOL script that shows the residues as sticks, with the mutants written beside them.
///
/// # Errors
/// When `out` cannot be written.
pub fn pymol(table: &MutantTable, file: &StructureFile, out: impl Write) -> io::Result<()> {
    let mut marked: Vec<Marked> = Vec::new();
    for row in &table.rows {
        let words = [table.mutant_name(row), row.note.clone()];
        let words: Vec<&str> = words
            .iter()
            .map(String::as_str)
            .filter(|w| !w.is_empty())
            .collect();
        let label = words.join(" ");
        match marked.iter_mut().find(|m| m.index == row.index) {
            Some(mark) => mark.label = format!("{}, {label}", mark.label),
            None => marked.push(Marked {
                index: row.index,
                label,
            }),
        }
    }
    pymol::mutants(&table.protein, file, &marked, &table.provenance, out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::samples;

    fn table() -> MutantTable {
        let report = samples::ubiquitin();
        let row = |index, mutant, marked, note: &str| MutantRow {
            index,
            mutant,
            values: vec![-1.25, f64::NAN],
            marked,
            note: note.to_owned(),
        };
        MutantTable {
            name: "1ubi".into(),
            protein: Arc::clone(&report.protein),
            measures: vec!["llr", "ddg"],
            rows: vec![
                row(41, Some(AminoAcid::Pro), true, "near, \"core\""),
                row(41, Some(AminoAcid::Gly), false, ""),
                row(5, None, true, ""),
            ],
            provenance: vec![report.provenance.clone()],
        }
    }

    fn written(write: impl Fn(&MutantTable, &mut Vec<u8>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        write(&table(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_table_holds_what_is_known() {
        let text = written(|t, out| csv(t, out));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], format!("{HEADER},llr,ddg,marked,note"));
        assert_eq!(
            lines[1],
            "R42P,A,42,,42,R,P,-1.25,,yes,\"near, \"\"core\"\"\""
        );
        assert_eq!(lines[3], "K6,A,6,,6,K,,-1.25,,yes,");
    }

    #[test]
    fn json_has_numbers_and_nulls() {
        let value: Value = serde_json::from_str(&written(|t, out| json(t, out))).unwrap();
        assert_eq!(value["mutants"][0]["residue_number"], 42);
        assert_eq!(value["mutants"][0]["ddg"], Value::Null);
        assert_eq!(value["mutants"][2]["mutant_residue"], Value::Null);
        assert_eq!(value["provenance"][0]["source"], "pfanm");
    }

    #[test]
    fn a_script_labels_each_residue_once() {
        let file = StructureFile {
            path: "my folder/1ubi.pdb".into(),
            letters: None,
        };
        let text = written(|t, out| pymol(t, &file, out));
        assert!(
            text.contains("cmd.load('my folder/1ubi.pdb', protein)"),
            "{text}"
        );
        assert!(text.contains("repr('R42P near, \"core\", R42G')"), "{text}");
        assert_eq!(text.matches("cmd.label").count(), 2);
    }
}

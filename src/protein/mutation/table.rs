//! Lists and tables of variants: plain lists, CSV and TSV with a column of mutants, ProteinGym files.

use super::{MutationError, WrittenVariant, parse_variant};

/// Names of the column that holds the variants.
const NAMES: [&str; 11] = [
    "mutant",
    "mutation",
    "variant",
    "mutants",
    "mutations",
    "variants",
    "hgvs_pro",
    "hgvs",
    "aa_change",
    "substitution",
    "substitutions",
];

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantRow {
    /// 1-based line of the text.
    pub line: usize,
    /// As it stands there.
    pub text: String,
    /// What it says, or why it cannot be read.
    pub variant: Result<WrittenVariant, MutationError>,
    /// The fields of the other columns.
    pub fields: Vec<String>,
}

/// Variants with whatever stood beside them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VariantTable {
    /// Names of the other columns.
    pub columns: Vec<String>,
    /// In the order of the text.
    pub rows: Vec<VariantRow>,
}

/// Why text is no table of variants at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Nothing in it.
    #[error("there are no mutations; write one a line, or a CSV with a column 'mutant'")]
    Empty,
    /// A table without a column of variants.
    #[error("no column holds mutations, and none is called mutant, mutation or variant; there are {}", .0.join(", "))]
    NoColumn(Vec<String>),
    /// Broken CSV.
    #[error("{0}; repair the table")]
    Csv(String),
}

impl VariantTable {
    /// Reads a table or a list, whichever the text is: a first line that names a column of variants
    /// (comma, tab or semicolon between columns) makes a table. In a list, variants stand apart by
    /// new lines, blanks or commas, and a variant of several substitutions is joined by `:` or `+`;
    /// `#` begins a comment.
    ///
    /// # Errors
    /// [`TableError`] where there is no variant column or nothing at all; rows that cannot be read
    /// are kept with their reason.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let text = text.trim_start_matches('\u{feff}');
        let header = text
            .lines()
            .find(|l| !l.trim().is_empty())
            .ok_or(TableError::Empty)?;
        let table = match delimiter(header) {
            Some(delimiter) => Self::parse_csv(text, delimiter)?,
            None => Self::parse_list(text),
        };
        if table.rows.is_empty() {
            return Err(TableError::Empty);
        }
        Ok(table)
    }

    fn parse_list(text: &str) -> Self {
        let mut table = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or("");
            let words = line.split([' ', '\t', ',', '\r']).filter(|w| !w.is_empty());
            for word in words.filter(|w| !is_name(w)) {
                table.rows.push(VariantRow {
                    line: index + 1,
                    text: word.to_owned(),
                    variant: parse_variant(word),
                    fields: Vec::new(),
                });
            }
        }
        table
    }

    fn parse_csv(text: &str, delimiter: u8) -> Result<Self, TableError> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let failed = |e: csv::Error| TableError::Csv(e.to_string());
        let headers = reader.headers().map_err(failed)?.clone();
        let names = || headers.iter().map(str::to_owned);
        let records = reader.records().collect::<Result<Vec<_>, _>>();
        let records = records.map_err(failed)?;
        let place = NAMES
            .iter()
            .find_map(|n| headers.iter().position(|h| h.eq_ignore_ascii_case(n)))
            .or_else(|| column_of_variants(headers.len(), &records))
            .ok_or_else(|| TableError::NoColumn(names().collect()))?;
        let others = |all: &mut dyn Iterator<Item = String>| -> Vec<String> {
            all.enumerate()
                .filter(|(i, _)| *i != place)
                .map(|(_, v)| v)
                .collect()
        };
        let mut table = Self {
            columns: others(&mut names()),
            rows: Vec::new(),
        };
        for record in &records {
            let text = record.get(place).unwrap_or("").to_owned();
            table.rows.push(VariantRow {
                line: record.position().map_or(0, |p| p.line() as usize),
                variant: parse_variant(&text),
                text,
                fields: others(&mut record.iter().map(str::to_owned)),
            });
        }
        Ok(table)
    }

    /// A column as numbers, NaN where a field is none; the name in either case. `None` without such
    /// a column.
    #[must_use]
    pub fn numbers(&self, column: &str) -> Option<Vec<f64>> {
        let place = self
            .columns
            .iter()
            .position(|c| c.eq_ignore_ascii_case(column))?;
        let number = |row: &VariantRow| {
            let field = row.fields.get(place)?;
            field.parse::<f64>().ok()
        };
        Some(
            self.rows
                .iter()
                .map(|r| number(r).unwrap_or(f64::NAN))
                .collect(),
        )
    }

    /// The column of measured scores: `DMS_score` or `score` where there is one, else the first
    /// column that holds numbers throughout.
    #[must_use]
    pub fn score_column(&self) -> Option<&str> {
        let named = ["DMS_score", "score", "fitness", "ddG", "effect"]
            .iter()
            .find_map(|n| self.columns.iter().find(|c| c.eq_ignore_ascii_case(n)));
        let numeric = || {
            self.columns.iter().find(|c| {
                let numbers = self.numbers(c);
                numbers.is_some_and(|n| !n.is_empty() && n.iter().all(|v| v.is_finite()))
            })
        };
        named.or_else(numeric).map(String::as_str)
    }

    /// The variants that could be read, each with its row.
    #[must_use]
    pub fn readable(&self) -> (Vec<usize>, Vec<WrittenVariant>) {
        let rows = self.rows.iter().enumerate();
        rows.filter_map(|(i, r)| r.variant.clone().ok().map(|v| (i, v)))
            .unzip()
    }
}

/// The first column most of whose fields are variants.
fn column_of_variants(columns: usize, records: &[csv::StringRecord]) -> Option<usize> {
    (0..columns).find(|&column| {
        let fields = records.iter().filter_map(|r| r.get(column));
        let variants = fields.filter(|f| parse_variant(f).is_ok()).count();
        2 * variants > records.len()
    })
}

fn is_name(word: &str) -> bool {
    NAMES
        .iter()
        .any(|n| word.trim_matches('"').eq_ignore_ascii_case(n))
}

/// The character between columns, if the line is a header.
fn delimiter(header: &str) -> Option<u8> {
    let used = [b'\t', b',', b';']
        .into_iter()
        .find(|&d| header.contains(d as char));
    let Some(delimiter) = used else {
        return is_name(header.trim()).then_some(b',');
    };
    let mut words = header.split(delimiter as char).map(str::trim);
    let header_like = words.clone().any(is_name) || !words.any(|w| parse_variant(w).is_ok());
    header_like.then_some(delimiter)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_with_their_lines() {
        let table = VariantTable::parse("A42G, L55P\n# note\nK7R:W9F  oops\n").unwrap();
        let lines: Vec<usize> = table.rows.iter().map(|r| r.line).collect();
        assert_eq!(lines, [1, 1, 3, 3]);
        assert!(table.rows[3].variant.is_err());
        assert_eq!(table.readable().0, [0, 1, 2]);
        assert!(table.columns.is_empty());
    }

    #[test]
    fn proteingym_files_keep_their_columns() {
        let text =
            "mutant,mutated_sequence,DMS_score,DMS_score_bin\nA42G:L55P,MK,-1.5,0\nK7R,MK,,1\n";
        let table = VariantTable::parse(text).unwrap();
        assert_eq!(
            table.columns,
            ["mutated_sequence", "DMS_score", "DMS_score_bin"]
        );
        assert_eq!(
            table.rows[0].variant.as_ref().unwrap().substitutions.len(),
            2
        );
        assert_eq!(table.rows[1].line, 3);
        let scores = table.numbers("dms_score").unwrap();
        assert_eq!(scores[0].to_bits(), (-1.5_f64).to_bits());
        assert!(scores[1].is_nan());
        assert_eq!(table.score_column(), Some("DMS_score"));
    }

    #[test]
    fn other_separators_and_quotes_work() {
        let text = "\u{feff}id\tMutation\tvalue\r\n1\t\"p.Ala42Gly\"\t0.5\r\n2\tbad\t1\r\n3\r\n";
        let table = VariantTable::parse(text).unwrap();
        assert_eq!(table.rows.len(), 3);
        assert_eq!(table.readable().0, [0]);
        assert_eq!(table.numbers("value").unwrap()[..2], [0.5, 1.0]);
        assert_eq!(VariantTable::parse("variant\nA1G\n").unwrap().rows.len(), 1);
    }

    #[test]
    fn a_column_of_variants_is_found_by_what_it_holds() {
        let text = "gene;change;effect\nx;A1G;0.5\nx;K2R;1\nx;none;2\n";
        let table = VariantTable::parse(text).unwrap();
        assert_eq!(table.columns, ["gene", "effect"]);
        assert_eq!(table.readable().0, [0, 1]);
    }

    #[test]
    fn what_is_no_table_says_so() {
        assert_eq!(VariantTable::parse(" \n"), Err(TableError::Empty));
        let error = VariantTable::parse("name,score\nx,1\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("there are name, score"), "{error}");
    }
}

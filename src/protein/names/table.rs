//! Lists and tables of variants, in whatever form people have them.
//!
//! `decode` makes text of bytes, `grid` finds lines and cells, `layout` how they make a table, `columns`
//! what its columns hold, `scores` which of them is a score; `list` tells lists from tables. What is decided
//! on the way is kept in [`VariantTable::remarks`].

mod columns;
mod decode;
mod grid;
mod layout;
mod list;
mod scores;

pub use decode::{Decoded, decode};
pub use scores::ScoreColumn;

use std::collections::BTreeSet;

use super::owner::names_in_header;
use super::{NameError, Numbering, Reader, Resolved, Sites, WrittenVariant, resolve_all};
use columns::is_variant;
use grid::{Delimiter, Lines};
use layout::Layout;
use list::{are_words, cells, is_table, list_share};

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct VariantRow {
    /// 1-based line of the text.
    pub line: usize,
    /// The variant as it stands there.
    pub text: String,
    /// What it says, or why it cannot be read.
    pub variant: Result<WrittenVariant, NameError>,
    /// The fields of the other columns.
    pub fields: Vec<String>,
    /// From a column of its own.
    chain: String,
    protein: String,
}

/// Variants with whatever stood beside them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VariantTable {
    /// Names of the other columns.
    pub columns: Vec<String>,
    /// In the order of the text: one for every entry.
    pub rows: Vec<VariantRow>,
    /// What could be read in two ways: how it was read.
    pub remarks: Vec<String>,
}

/// Why there is no table of variants at all, or no scores in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("no mutations found; write one per line, or a CSV with a column 'mutant'")]
    Empty,
    #[error(
        "no column holds mutations: neither whole ones (A42G, p.Ala42Gly) nor wild type, site and mutant; there are {}",
        .0.join(", ")
    )]
    NoColumn(Vec<String>),
    #[error("the gzip stream is damaged: {0}; fetch the file again")]
    Damaged(String),
    #[error("it is {0}, not a list or table of variants; save it as CSV")]
    Foreign(&'static str),
    #[error("no column '{wanted}'; there are {}", .columns.join(", "))]
    NoSuchColumn {
        wanted: String,
        columns: Vec<String>,
    },
    #[error("no column has scores for the mutants; the columns are {}", .0.join(", "))]
    NoScores(Vec<String>),
    #[error("the column '{0}' has no numbers")]
    NoNumbers(String),
}

/// An entry without its number in the list: `1. Q2A`, `1) Q2A`.
fn without_number(line: &str) -> &str {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = rest.len() < line.len();
    let entry = rest
        .strip_prefix(['.', ')'])
        .filter(|r| numbered && r.starts_with([' ', '\t']));
    entry.map_or(line, str::trim_start)
}

impl VariantTable {
    /// Reads the text of a file: a table with or without a header, or a list of one variant per line.
    ///
    /// # Errors
    /// [`TableError`] where there is no variant at all; rows that cannot be read are kept.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut lines = Lines::new(text.trim_start_matches('\u{feff}'));
        if lines.list.is_empty() {
            return Err(TableError::Empty);
        }
        let layouts = Delimiter::ALL.into_iter();
        let layouts = layouts.filter_map(|d| Layout::find(&lines, d));
        let best = layouts.reduce(|best, next| if next.share > best.share { next } else { best });
        let list = list_share(&lines);
        match best {
            Some(layout) if layout.share > list => Ok(layout.read(&mut lines)),
            None if list == 0.0 && is_table(&lines) => Err(TableError::NoColumn(cells(&lines))),
            _ => Self::of_list(&lines),
        }
    }

    /// Reads what is written on a command line: variants apart by blanks or commas.
    ///
    /// # Errors
    /// [`TableError`] where there is none.
    pub fn parse_words(text: &str) -> Result<Self, TableError> {
        Self::of_words(&[(1, text)])
    }

    fn of_words(lines: &[(usize, &str)]) -> Result<Self, TableError> {
        let mut table = Self::default();
        for (line, text) in lines {
            let words = text.split([' ', '\t', ',', '\r']).filter(|w| !w.is_empty());
            for word in words.filter(|w| !columns::is_known(w.trim_matches('"'))) {
                table.push(*line, word.to_owned());
            }
        }
        if table.rows.is_empty() {
            return Err(TableError::Empty);
        }
        Ok(table)
    }

    fn push(&mut self, line: usize, text: String) {
        self.rows.push(VariantRow {
            line,
            variant: super::parse_variant(&text),
            text,
            fields: Vec::new(),
            chain: String::new(),
            protein: String::new(),
        });
    }

    fn of_list(lines: &Lines<'_>) -> Result<Self, TableError> {
        let list: Vec<(usize, &str)> = lines
            .list
            .iter()
            .map(|(n, line)| (*n, line.split('#').next().unwrap_or("").trim()))
            .map(|(n, line)| (n, without_number(line)))
            .filter(|(_, line)| !line.is_empty())
            .collect();
        if are_words(&list) {
            return Self::of_words(&list);
        }
        let mut table = Self::default();
        for (at, (line, text)) in list.iter().enumerate() {
            let is_header = at == 0
                && list.len() > 1
                && !is_variant(text)
                && !text.contains(|c: char| c.is_ascii_digit());
            if is_header {
                let said = format!("line {line}: '{text}' is read as the header");
                table
                    .remarks
                    .extend((!columns::is_known(text)).then_some(said));
            } else {
                table.push(*line, (*text).to_owned());
            }
        }
        let alone = table.rows.len() == 1;
        let joined = |r: &&VariantRow| {
            (r.text.contains([' ', ',', '\t']) || (alone && r.text.contains([';', '|'])))
                && r.variant.as_ref().is_ok_and(|v| v.substitutions.len() > 1)
        };
        if let Some(row) = table.rows.iter().find(joined) {
            table.remarks.push(format!(
                "line {}: '{}' is read as one variant; write one variant per line where they are several",
                row.line, row.text
            ));
        }
        if table.rows.is_empty() {
            return Err(TableError::Empty);
        }
        Ok(table)
    }

    /// Puts the variants on a protein: an outcome for every row.
    #[must_use]
    pub fn place(&self, sites: &Sites, numbering: Numbering) -> Resolved {
        let known = sites.owner.names().map(str::to_owned);
        let names: Vec<String> = known.chain(self.proteins()).collect();
        let reader = Reader::new(names.iter().map(String::as_str));
        let mut remarks = Vec::new();
        let idle = self.idle_protein(sites, &mut remarks);
        let entries: Vec<Result<WrittenVariant, NameError>> = self
            .rows
            .iter()
            .map(|row| row.read(&reader, idle))
            .collect();
        remarks.extend(self.remark_on_names(&names));
        let mut resolved = resolve_all(&entries, sites, numbering);
        remarks.append(&mut resolved.remarks);
        Resolved {
            remarks,
            ..resolved
        }
    }

    /// Says which names of proteins look like substitutions.
    fn remark_on_names(&self, names: &[String]) -> Vec<String> {
        let upper = names.iter().map(|n| n.to_ascii_uppercase());
        let looks: BTreeSet<String> = upper.filter(|n| super::parse_variant(n).is_ok()).collect();
        let first = |r: &VariantRow| first_word(&r.text);
        let used = |name: &&String| self.rows.iter().any(|r| first(r).as_ref() == Some(*name));
        let said = |name: &String| {
            format!("{name} is read as the name of a protein, not as a substitution")
        };
        looks.iter().filter(used).map(said).collect()
    }

    /// Names of proteins in the list itself: what stands before `p.`, and a gene with which every row
    /// begins.
    fn proteins(&self) -> Vec<String> {
        let variants = self.rows.iter().filter_map(|r| r.variant.as_ref().ok());
        let named = variants.filter_map(|v| v.protein.as_deref());
        let columns = self.rows.iter().map(|r| r.protein.as_str());
        let mut names: Vec<String> = named.chain(columns).flat_map(names_in_header).collect();
        if let Some(gene) = self.rows.first().and_then(|r| first_word(&r.text))
            && GENES.contains(&gene.as_str())
            && self.rows.len() > 1
            && self
                .rows
                .iter()
                .all(|r| first_word(&r.text).as_ref() == Some(&gene))
        {
            names.push(gene);
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// A column of proteins that names one throughout, and none that is known here, says nothing.
    fn idle_protein(&self, sites: &Sites, remarks: &mut Vec<String>) -> bool {
        let Some(first) = self
            .rows
            .first()
            .map(|r| &r.protein)
            .filter(|p| !p.is_empty())
        else {
            return false;
        };
        let idle = self.rows.iter().all(|r| r.protein == *first) && !sites.owner.is_called(first);
        if idle {
            remarks.push(format!(
                "all rows are of {first}, which is taken for {}",
                sites.owner.shown()
            ));
        }
        idle
    }
}

impl VariantRow {
    /// What the row says where these words are names of proteins; its columns name chain and protein
    /// where the variant itself does not.
    fn read(&self, reader: &Reader, without_protein: bool) -> Result<WrittenVariant, NameError> {
        let mut variant = reader.variant(&self.text)?;
        if variant.protein.is_none() && !self.protein.is_empty() && !without_protein {
            variant.protein = Some(self.protein.clone());
        }
        for s in &mut variant.substitutions {
            if s.id.chain.is_empty() && s.id.is_seen() {
                s.id.chain.clone_from(&self.chain);
            }
        }
        Ok(variant)
    }
}

/// The word before the first mark that can stand behind the name of a protein, in capitals.
fn first_word(text: &str) -> Option<String> {
    let (word, _) = text.trim().split_once([':', '_', ' '])?;
    Some(word.to_ascii_uppercase())
}

/// Symbols of human genes that read as substitutions.
const GENES: &[&str] = &[
    "A2M", "C1D", "C1R", "C1S", "C4A", "C8A", "C8G", "F2R", "G6PD", "M6PR", "C1QA", "P4HA", "T2R",
    "E2F",
];

#[cfg(test)]
#[path = "table/tests.rs"]
mod tests;

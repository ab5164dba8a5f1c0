//! Lists and tables of variants, in whatever form people have them.
//!
//! `decode` makes text of bytes, `grid` finds lines and cells, `columns` what the columns hold, `scores`
//! which of them is a score. What is decided on the way is kept in [`VariantTable::remarks`].

mod columns;
mod decode;
mod grid;
mod scores;

pub use decode::{Decoded, decode};
pub use scores::ScoreColumn;

use std::collections::BTreeSet;

use super::owner::names_in_header;
use super::{NameError, Numbering, Reader, Resolved, Sites, WrittenVariant, resolve_all};
use columns::{Columns, Source, is_variant};
use grid::{Delimiter, Lines, Record};

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
    #[error("there are no mutations; write one a line, or a CSV with a column 'mutant'")]
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
    #[error("no column holds scores beside the mutants; there are {}", .0.join(", "))]
    NoScores(Vec<String>),
    #[error("the column '{0}' holds no numbers")]
    NoNumbers(String),
}

/// Lines looked at to find out what a table is.
const SAMPLE: usize = 1000;

impl VariantTable {
    /// Reads the text of a file: a table with or without a header, or a list of one variant a line.
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
        let joined = |r: &&VariantRow| {
            r.text.contains([' ', ',', '\t'])
                && r.variant.as_ref().is_ok_and(|v| v.substitutions.len() > 1)
        };
        if let Some(row) = table.rows.iter().find(joined) {
            table.remarks.push(format!(
                "line {}: '{}' is read as one variant; write one variant a line where they are several",
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

/// A way to read a text as a table.
struct Layout {
    delimiter: Delimiter,
    header: Header,
    names: Vec<String>,
    columns: Columns,
    share: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    None,
    FirstLine,
    /// The line before, which begins with `#`.
    Hashed,
}

impl Layout {
    fn find(lines: &Lines<'_>, delimiter: Delimiter) -> Option<Self> {
        let mut sample = Lines {
            list: sample(&lines.list),
            ..Lines::default()
        };
        let mut records = sample.records(delimiter);
        let width = width(&records);
        let hashed = lines.hashed.map(|(n, line)| {
            let mut only = Lines {
                list: vec![(n, line)],
                ..Lines::default()
            };
            only.records(delimiter)
        });
        let hashed = hashed
            .and_then(|mut h| h.pop())
            .filter(|h| h.cells.len() == width);
        let (header, names) = match (records.first(), hashed) {
            (Some(first), _) if is_header(&first.cells) => {
                (Header::FirstLine, records.remove(0).cells)
            }
            (_, Some(hashed)) if is_header(&hashed.cells) => (Header::Hashed, hashed.cells),
            _ => (Header::None, Vec::new()),
        };
        if width < 2 || records.is_empty() {
            return None;
        }
        // Names that begin one column later: R writes row names under none.
        let shifted = std::iter::once(String::new())
            .chain(names.iter().cloned())
            .collect();
        let is_shifted = header != Header::None && width == names.len() + 1;
        let ways = [Some(names), is_shifted.then_some(shifted)];
        let ways = ways.into_iter().flatten().filter_map(|names| {
            let columns = Columns::find(&names, &records)?;
            (names.is_empty() || names.len() > 1).then_some((names, columns))
        });
        let fits = |(names, columns): &(Vec<String>, Columns)| {
            let known = columns.source.columns().into_iter();
            known
                .filter(|c| names.get(*c).is_some_and(|n| columns::is_known(n)))
                .count()
        };
        let (names, columns) = ways.max_by_key(fits)?;
        if header == Header::None && are_parts(&records, &columns) {
            return None;
        }
        Some(Self {
            delimiter,
            header,
            share: columns.share,
            names,
            columns,
        })
    }

    fn read(self, lines: &mut Lines<'_>) -> VariantTable {
        let mut records = lines.records(self.delimiter);
        if self.header == Header::FirstLine {
            records.remove(0);
        }
        let widest = records.iter().map(|r| r.cells.len()).max().unwrap_or(0);
        let used = match self.columns.source {
            Source::Whole(column) => Some(column),
            _ => None,
        };
        let name = |column: usize| match self.names.get(column) {
            Some(name) => name.clone(),
            None => format!("column {}", column + 1),
        };
        let width = if self.names.is_empty() {
            widest
        } else {
            self.names.len()
        };
        let others: Vec<usize> = (0..width).filter(|c| Some(*c) != used).collect();
        let mut table = VariantTable {
            columns: others.iter().map(|&c| name(c)).collect(),
            rows: Vec::with_capacity(records.len()),
            remarks: self.remarks(lines, &name),
        };
        let mut ragged = Vec::new();
        for record in records {
            let (line, cells) = self.level(record, width, &mut ragged);
            let cell = |column: usize| cells.get(column).cloned().unwrap_or_default();
            let text = self.columns.text(&cells);
            table.rows.push(VariantRow {
                line,
                variant: super::parse_variant(&text),
                text,
                fields: others.iter().map(|&c| cell(c)).collect(),
                chain: self.columns.chain.map(cell).unwrap_or_default(),
                protein: self.columns.protein.map(cell).unwrap_or_default(),
            });
        }
        if let Some(line) = ragged.first() {
            table.remarks.push(format!(
                "{} rows have more cells than the header, first line {line}: what stands behind their variant is left out",
                ragged.len()
            ));
        }
        table
    }

    /// Brings a row with more cells than the header to its width: parts of a variant that commas set
    /// apart are joined, else the cells behind it cannot be told apart and are left out.
    fn level(&self, record: Record, width: usize, ragged: &mut Vec<usize>) -> (usize, Vec<String>) {
        let Record { line, mut cells } = record;
        let extra = cells.len().saturating_sub(width);
        if extra == 0 || self.names.is_empty() || cells[width..].iter().all(String::is_empty) {
            return (line, cells);
        }
        if let Source::Whole(at) = self.columns.source {
            let parts = cells.get(at..=at + extra).unwrap_or_default();
            if !parts.is_empty() && parts.iter().all(|c| is_variant(c)) {
                let joined = parts.join(",");
                cells.splice(at..=at + extra, [joined]);
                return (line, cells);
            }
        }
        ragged.push(line);
        let last = self.columns.source.columns().into_iter().max().unwrap_or(0);
        cells.truncate(last + 1);
        (line, cells)
    }

    fn remarks(&self, lines: &Lines<'_>, name: &dyn Fn(usize) -> String) -> Vec<String> {
        let mut remarks = Vec::new();
        let columns = self.columns.source.columns();
        let names: Vec<String> = columns.iter().map(|&c| name(c)).collect();
        if columns.len() > 1 {
            remarks.push(format!(
                "variants are read from the columns {}",
                names.join(", ")
            ));
        } else if !names.iter().any(|n| columns::is_known(n)) && self.header != Header::None {
            remarks.push(format!(
                "variants are read from the column '{}'",
                names.concat()
            ));
        }
        if let Some(line) = lines.lone_quote {
            remarks.push(format!(
                "line {line}: a quotation mark without its partner is left out"
            ));
        }
        remarks
    }
}

fn sample<'a>(list: &[(usize, &'a str)]) -> Vec<(usize, &'a str)> {
    let step = list.len() / SAMPLE + 1;
    let start = list.iter().take(SAMPLE / 2);
    let rest = list.iter().skip(SAMPLE / 2).step_by(step);
    start.chain(rest).copied().collect()
}

/// How many cells most rows have.
fn width(records: &[Record]) -> usize {
    let mut counts = std::collections::BTreeMap::new();
    for record in records {
        *counts.entry(record.cells.len()).or_insert(0_usize) += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, n)| *n)
        .map_or(0, |(width, _)| width)
}

fn is_header(cells: &[String]) -> bool {
    let is_number = |c: &String| c.replace(',', ".").parse::<f64>().is_ok_and(f64::is_finite);
    let known = cells.iter().any(|c| columns::is_known(c));
    let plain = !cells.iter().any(|c| is_number(c) || is_variant(c));
    let unnamed = cells.iter().filter(|c| c.is_empty()).count();
    cells.len() > 1 && (plain || known) && unnamed * 2 <= cells.len()
}

/// Whether cells of a table without a header are parts of variants, or nothing, rather than columns.
fn are_parts(records: &[Record], columns: &Columns) -> bool {
    let used = columns.source.columns();
    let others = || {
        let cells = records.iter().flat_map(|r| r.cells.iter().enumerate());
        let others = cells.filter(|(at, _)| !used.contains(at));
        others.map(|(_, c)| c).filter(|c| !c.is_empty())
    };
    let variants = others().filter(|c| is_variant(c)).count();
    others().next().is_none() || variants * 10 > records.len()
}

/// Part of the lines that name nothing but variants.
fn list_share(lines: &Lines<'_>) -> f64 {
    let sample = sample(&lines.list);
    let text = |line: &str| line.split('#').next().unwrap_or("").trim().to_owned();
    let are_variants = |line: &str| {
        let mut words = line.split([' ', ',', '\t']).filter(|w| !w.is_empty());
        is_variant(line) || words.all(is_variant)
    };
    let named = sample.iter().filter(|(_, line)| are_variants(&text(line)));
    let headed = sample
        .first()
        .is_some_and(|(_, l)| columns::is_known(l.trim()));
    let all = sample.len() - usize::from(headed && sample.len() > 1);
    named.count() as f64 / all.max(1) as f64
}

fn is_table(lines: &Lines<'_>) -> bool {
    lines.list[0].1.contains([',', '\t', ';']) && lines.list.len() > 1
}

fn cells(lines: &Lines<'_>) -> Vec<String> {
    let first = lines.list[0].1.split([',', '\t', ';']);
    first
        .map(|c| c.trim().trim_matches('"').to_owned())
        .collect()
}

/// Whether blanks and commas set variants apart, rather than the parts of one: in a single line, where
/// parts are joined by `:` or `+` instead, where a line ends with a comma, and where one place comes
/// twice in a line.
fn are_words(list: &[(usize, &str)]) -> bool {
    let spaced = |line: &str| line.trim().contains([' ', ',', '\t']);
    let wraps = |line: &str| line.ends_with(',');
    let twice = |line: &str| matches!(super::parse_variant(line), Err(NameError::Twice(_)));
    let joined = |line: &str| {
        let words = line.split([' ', ',', '\t']);
        let mut multiple = words.filter_map(|w| super::parse_variant(w).ok());
        multiple.any(|v| v.substitutions.len() > 1)
    };
    let is_foldx = |line: &str| line.ends_with(';');
    if list.iter().all(|(_, l)| is_foldx(l)) {
        return false;
    }
    list.len() == 1
        || list
            .iter()
            .any(|(_, l)| wraps(l) || (spaced(l) && twice(l)))
        || (list.iter().any(|(_, l)| joined(l)) && list.iter().any(|(_, l)| spaced(l)))
}

#[cfg(test)]
#[path = "table/tests.rs"]
mod tests;

//! How a text is laid out as a table: separator, header, columns.

use super::columns::{self, Columns, Source, is_variant};
use super::grid::{Delimiter, Lines, Record};
use super::{VariantRow, VariantTable};
use crate::protein::names::parse_variant;

/// Lines looked at to find out what a table is.
const SAMPLE: usize = 1000;

/// A way to read a text as a table.
pub(super) struct Layout {
    delimiter: Delimiter,
    header: Header,
    names: Vec<String>,
    columns: Columns,
    pub(super) share: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    None,
    FirstLine,
    /// The line before, which begins with `#`.
    Hashed,
}

impl Layout {
    pub(super) fn find(lines: &Lines<'_>, delimiter: Delimiter) -> Option<Self> {
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

    pub(super) fn read(self, lines: &mut Lines<'_>) -> VariantTable {
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
                variant: parse_variant(&text),
                text,
                fields: others.iter().map(|&c| cell(c)).collect(),
                chain: self.columns.chain.map(cell).unwrap_or_default(),
                protein: self.columns.protein.map(cell).unwrap_or_default(),
            });
        }
        if let Some(line) = ragged.first() {
            table.remarks.push(format!(
                "{} rows have more cells than the header, first line {line}: what follows their variant is ignored",
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
                "line {line}: an unmatched quotation mark is ignored"
            ));
        }
        remarks
    }
}

pub(super) fn sample<'a>(list: &[(usize, &'a str)]) -> Vec<(usize, &'a str)> {
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

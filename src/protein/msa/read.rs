//! The formats of alignments: rows under headers (A3M, A2M, aligned FASTA), and Stockholm's blocks.

use std::collections::HashMap;
use std::ops::Range;

use super::{Msa, MsaError};

/// A row as it is written, without blanks.
struct Row {
    name: String,
    /// Where it begins, from 1.
    line: usize,
    cells: Vec<u8>,
}

pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Msa, MsaError> {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let lines = || {
        text.split('\n')
            .map(|l| l.trim_end_matches('\r'))
            .enumerate()
    };
    let mut written = lines().map(|(_, l)| l).filter(|l| !l.trim().is_empty());
    let first = written.next().unwrap_or_default();
    let lines = lines().map(|(i, line)| (i + 1, line));
    if first.starts_with("# STOCKHOLM") {
        return aligned(file, stockholm(file, lines)?, &[]);
    }
    if first.starts_with('>') || (first.starts_with('#') && written.any(|l| l.starts_with('>'))) {
        return aligned(file, headed(file, lines)?, &joined(first));
    }
    Err(MsaError::Foreign(file.to_owned()))
}

/// The lengths of the chains whose sequences were joined: ColabFold begins its files with `#59,76\t1,1`.
fn joined(first: &str) -> Vec<usize> {
    let lengths = first.strip_prefix('#').and_then(|l| l.split_once('\t'));
    let lengths = lengths.map_or("", |(lengths, _)| lengths).split(',');
    let lengths: Result<Vec<usize>, _> = lengths.map(str::parse).collect();
    lengths.unwrap_or_default()
}

fn malformed(file: &str, line: usize, what: impl Into<String>) -> MsaError {
    MsaError::Malformed {
        file: file.to_owned(),
        line,
        what: what.into(),
    }
}

/// Rows that each begin with `>` and a name.
fn headed<'a>(
    file: &str,
    lines: impl Iterator<Item = (usize, &'a str)>,
) -> Result<Vec<Row>, MsaError> {
    let mut rows: Vec<Row> = Vec::new();
    for (line, text) in lines {
        if text.starts_with('\0') {
            let what = "another alignment begins; give each in a file of its own";
            return Err(malformed(file, line, what));
        }
        if let Some(header) = text.strip_prefix('>') {
            rows.push(Row {
                name: name(header),
                line,
                cells: Vec::new(),
            });
        } else if let Some(row) = rows.last_mut() {
            row.take(file, line, text)?;
        }
    }
    Ok(rows)
}

fn name(header: &str) -> String {
    let word = header.split_whitespace().next();
    word.unwrap_or("unnamed").to_owned()
}

/// Blocks of `name cells`, until `//`.
fn stockholm<'a>(
    file: &str,
    lines: impl Iterator<Item = (usize, &'a str)>,
) -> Result<Vec<Row>, MsaError> {
    let mut rows: Vec<Row> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (line, text) in lines {
        if text.starts_with("//") {
            break;
        }
        if text.starts_with('#') || text.trim().is_empty() {
            continue;
        }
        let Some((name, cells)) = text.trim().split_once(char::is_whitespace) else {
            let what = "a row of a Stockholm file is a name, blanks and its part of the alignment";
            return Err(malformed(file, line, what));
        };
        let place = *places.entry(name).or_insert(rows.len());
        if place == rows.len() {
            rows.push(Row {
                name: name.to_owned(),
                line,
                cells: Vec::new(),
            });
        }
        rows[place].take(file, line, cells)?;
        // Here lower case says how sure the alignment is, or nothing: the rows are aligned as they are.
        rows[place].cells.make_ascii_uppercase();
    }
    Ok(rows)
}

impl Row {
    fn take(&mut self, file: &str, line: usize, text: &str) -> Result<(), MsaError> {
        for (at, letter) in text.char_indices() {
            match letter {
                'A'..='Z' | 'a'..='z' | '-' | '.' => self.cells.push(letter as u8),
                '~' | '_' => self.cells.push(b'-'),
                // A stop at the end of a sequence is no column.
                '*' if text[at..].trim_end() == "*" => {}
                blank if blank.is_whitespace() => {}
                other => {
                    let other = other.escape_default();
                    let character = text[..at].chars().count() + 1;
                    let what = format!(
                        "'{other}' at character {character} is neither a residue nor a gap"
                    );
                    return Err(malformed(file, line, what));
                }
            }
        }
        Ok(())
    }

    /// Columns without what is inserted beside the query.
    fn matched(&self) -> usize {
        self.cells.iter().filter(|c| is_matched(**c)).count()
    }
}

/// In A3M and A2M lower case and dots are insertions.
fn is_matched(cell: u8) -> bool {
    cell == b'-' || cell.is_ascii_uppercase()
}

/// Rows of one length: the columns of the query where insertions are written in lower case, else all.
fn aligned(file: &str, mut rows: Vec<Row>, joined: &[usize]) -> Result<Msa, MsaError> {
    let Some(first) = rows.first() else {
        return Err(MsaError::Foreign(file.to_owned()));
    };
    let (whole, matched) = (first.cells.len(), first.matched());
    let has_columns = first.cells.iter().any(u8::is_ascii_uppercase);
    if has_columns && rows.iter().all(|r| r.matched() == matched) {
        for row in &mut rows {
            row.cells.retain(|c| is_matched(*c));
        }
    } else if whole > 0 && rows.iter().all(|r| r.cells.len() == whole) {
        for row in &mut rows {
            row.cells.make_ascii_uppercase();
            let dots = row.cells.iter_mut().filter(|c| **c == b'.');
            dots.for_each(|c| *c = b'-');
        }
    } else {
        return Err(unequal(file, &rows));
    }
    let width = rows[0].cells.len();
    Ok(Msa {
        file: file.to_owned(),
        parts: parts(width, joined),
        cells: rows.iter().flat_map(|r| r.cells.iter().copied()).collect(),
        names: rows.into_iter().map(|r| r.name).collect(),
        width,
    })
}

/// The columns of each chain; all where the lengths are not those of the query.
fn parts(width: usize, joined: &[usize]) -> Vec<Range<usize>> {
    if joined.iter().sum::<usize>() != width {
        return std::iter::once(0..width).collect();
    }
    let mut start = 0;
    let part = |length: &usize| {
        let part = start..start + length;
        start = part.end;
        part
    };
    joined.iter().map(part).collect()
}

/// The first row that has another length than the first one.
fn unequal(file: &str, rows: &[Row]) -> MsaError {
    let has_insertions = |r: &Row| r.cells.iter().any(u8::is_ascii_lowercase);
    let inserted = rows.iter().any(has_insertions);
    let length = |r: &Row| if inserted { r.matched() } else { r.cells.len() };
    let wanted = rows.first().map_or(0, length);
    let odd = rows.iter().find(|r| length(r) != wanted);
    let (line, name, has) = odd.map_or((1, "", 0), |r| (r.line, &*r.name, length(r)));
    let inserted = if inserted {
        ", lower case not counted"
    } else {
        ""
    };
    let what = format!(
        "row '{name}' has {has} columns and the first row {wanted}{inserted}; are the sequences aligned?"
    );
    malformed(file, line, what)
}

//! The list of variants that a command is given, and what each of its entries means for an input.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;

use super::batch::Task;
use super::console::Console;
use crate::engine::files::is_stream;
use crate::export::table::{Refused, ScoredLine, ScoredList};
use crate::protein::names::{
    NameError, Numbering, Resolved, Sites, TableError, VariantTable, decode,
};
use crate::protein::{Protein, Variant};

/// Like warnings shown one by one; the others are counted.
const SHOWN: usize = 3;

/// Variants, with the file they stand in.
#[derive(Debug)]
pub struct List {
    table: VariantTable,
    /// `None` where they were written on the command line.
    file: Option<String>,
}

impl List {
    /// Reads a file, standard input (`-`), or the variants themselves.
    pub fn read(text: &str, console: &Console) -> anyhow::Result<Self> {
        let path = Path::new(text);
        let bytes = if text == "-" {
            let mut bytes = Vec::new();
            let mut input = std::io::stdin().lock();
            input.read_to_end(&mut bytes).context("standard input")?;
            bytes
        } else if path.is_file() || is_stream(path) {
            std::fs::read(path).with_context(|| text.to_owned())?
        } else {
            let table = VariantTable::parse_words(text).with_context(|| format!("-m {text}"))?;
            let readable = table.rows.iter().any(|r| r.variant.is_ok());
            let looks_like_file = path.extension().is_some() || text.contains('/');
            anyhow::ensure!(readable || !looks_like_file, "{text}: no such file");
            return Ok(Self { table, file: None });
        };
        let file = if text == "-" { "standard input" } else { text };
        let list = Self::of_bytes(file, &bytes, console);
        list.with_context(|| file.to_owned())
    }

    fn of_bytes(file: &str, bytes: &[u8], console: &Console) -> Result<Self, TableError> {
        let decoded = decode(bytes)?;
        let table = VariantTable::parse(&decoded.text)?;
        let remarks = decoded.remark.iter().map(|r| (*r).to_owned());
        for remark in remarks.chain(table.remarks.iter().cloned()) {
            console.note(&format!("{file}: {remark}"));
        }
        Ok(Self {
            table,
            file: Some(file.to_owned()),
        })
    }

    /// The variants to score on one input, and a line for every entry.
    pub fn place(
        &self,
        protein: &Protein,
        numbering: Numbering,
        task: &Task<'_>,
    ) -> (Vec<Variant>, ScoredList) {
        let sites = Sites::in_structure(protein, task.input);
        let resolved = self.table.place(&sites, numbering);
        say(&resolved, protein, task);
        let mut variants = Vec::new();
        let mut lines = Vec::with_capacity(self.table.rows.len());
        let mut faults: Vec<(&str, String)> = Vec::new();
        for (entry, (row, outcome)) in self.table.rows.iter().zip(&resolved.outcomes).enumerate() {
            let outcome = match outcome {
                Ok(variant) => {
                    variants.push(variant.clone());
                    Ok(variants.len() - 1)
                }
                Err(error) => {
                    let is_elsewhere = is_of_sibling(error, task);
                    if !is_elsewhere {
                        faults.push((error.label(), self.named(entry, row.line, error)));
                    }
                    Err(Refused {
                        reason: error.to_string(),
                        is_elsewhere,
                    })
                }
            };
            lines.push(ScoredLine {
                row: entry + 1,
                written: row.text.clone(),
                fields: row.fields.clone(),
                outcome,
            });
        }
        summed_up(faults, task.console);
        let columns = self.table.columns.clone();
        (variants, ScoredList { columns, lines })
    }

    fn named(&self, entry: usize, line: usize, error: &NameError) -> String {
        match &self.file {
            Some(file) => format!("{file}, line {line}: {error}"),
            None => format!("variant {}: {error}", entry + 1),
        }
    }
}

/// How the list was read, and how else it could be.
fn say(resolved: &Resolved, protein: &Protein, task: &Task<'_>) {
    let name = &protein.name;
    for remark in &resolved.remarks {
        task.console.note(&format!("{name}: {remark}"));
    }
    if let Some(found) = &resolved.applied {
        task.console.note(&format!("{name}: {found}; used"));
    }
    if let Some(found) = &resolved.proposal {
        let option = found.option();
        task.console
            .note(&format!("{name}: {found}; {option} uses it"));
    }
}

/// Whether the variant is of another record of the same file.
fn is_of_sibling(error: &NameError, task: &Task<'_>) -> bool {
    let NameError::OtherProtein { protein, .. } = error else {
        return false;
    };
    task.siblings.holds(protein)
}

/// Warns of each fault; of many like ones of the first few, and of how many more there are.
pub fn summed_up<'a>(faults: impl IntoIterator<Item = (&'a str, String)>, console: &Console) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (label, text) in faults {
        let count = counts.entry(label).or_default();
        *count += 1;
        if *count <= SHOWN {
            console.warn(&text);
        }
    }
    for (label, count) in counts.iter().filter(|(_, n)| **n > SHOWN) {
        console.warn(&format!("{} more {label}", count - SHOWN));
    }
}

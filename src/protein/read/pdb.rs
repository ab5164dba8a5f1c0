//! Files of PDB records as rows: models, frames without `MODEL`, joined files, header.

use std::collections::HashSet;

use super::columns::{fixed_columns, free_columns};
use super::dialect::{Dialect, has_two_letter_chains};
use super::line::columns;
use super::rows::{Begun, Cut, Header, RawFile, RawModel, Row};
use crate::protein::b_column::Other;

/// Reads the records that matter of a PDB, PQR or PDBQT file. The text is ASCII.
pub(super) fn parse<'a>(name: &str, text: &'a str) -> RawFile<'a> {
    let mut reader = Reader {
        dialect: Dialect::of(name, text),
        chain_from: if has_two_letter_chains(text) { 20 } else { 21 },
        ..Reader::default()
    };
    let torn = torn_line(text);
    for (index, line) in text.lines().enumerate() {
        if torn != Some(index + 1) || line.len() >= POSITION_END {
            reader.line(index + 1, line.trim_end());
        }
    }
    reader.file.header.radii = reader.dialect == Dialect::Pqr;
    reader.file.cut = torn.map(Cut::InLine).or_else(|| reader.cut());
    reader.finish()
}

/// Columns up to which an atom's position stands.
const POSITION_END: usize = 54;

/// The last line where the text ends in the middle of an atom record: without a line's end, and
/// shorter than the record before.
fn torn_line(text: &str) -> Option<usize> {
    let is_atom = |line: &str| line.starts_with("ATOM  ") || line.starts_with("HETATM");
    if text.ends_with('\n') {
        return None;
    }
    let mut backwards = text.lines().rev();
    let last = backwards.next()?.trim_end();
    let before = backwards.find(|l| is_atom(l))?.trim_end();
    // An element of one letter or a charge may end a column or two earlier.
    let shorter = last.len() + 2 < before.len();
    let begun = !last.is_empty()
        && ["ATOM", "HETATM", "ANISOU"]
            .iter()
            .any(|r| r.starts_with(last));
    (shorter && is_atom(last) || begun).then(|| text.lines().count())
}

#[derive(Default)]
struct Reader<'a> {
    file: RawFile<'a>,
    model: RawModel<'a>,
    dialect: Dialect,
    /// Where the chain's name begins: 20 or 21, counted from 0.
    chain_from: usize,
    /// `MODEL` or `END` was seen since the last atom.
    frame_ended: bool,
    /// What the next model begins with.
    begun: Begun<'a>,
    part: usize,
    ended_chains: HashSet<&'a str>,
    /// Models that `MODEL` began, and those that `ENDMDL` ended.
    models: [usize; 2],
    /// Atom records that the file announces.
    announced: Option<usize>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, number: usize, line: &'a str) {
        let record = columns(line, 0, 6);
        match record {
            "ATOM" | "HETATM" => self.atom(number, line, record == "HETATM"),
            "ANISOU" => self.anisou(line),
            "MODEL" => {
                self.close_model();
                self.models[0] += 1;
                self.model.begun = Begun::Model;
                self.model.number = columns(line, 6, 20).parse().unwrap_or(0);
            }
            "ENDMDL" | "END" => {
                self.models[1] += usize::from(record == "ENDMDL");
                self.end_frame(number, record == "END");
            }
            "MASTER" => self.announced = columns(line, 50, 55).parse().ok(),
            "TER" => self.end_chain(line),
            _ if line.starts_with("TER") => self.end_chain(line),
            _ if line.starts_with("ATOM ") || line.starts_with("HETATM") => {
                self.atom(number, line, line.starts_with('H'));
            }
            "SEQRES" => self.sequence(line),
            _ => header_line(&mut self.file.header, record, line),
        }
    }

    fn end_frame(&mut self, line: usize, whole_file: bool) {
        self.frame_ended = true;
        if whole_file {
            self.begun = Begun::End(line);
            self.file.section += 1;
        }
    }

    fn sequence(&mut self, line: &str) {
        let key = (self.file.section, columns(line, self.chain_from - 10, 12));
        let names = line.get(19..).unwrap_or("").split_ascii_whitespace();
        let header = &mut self.file.header;
        let all = header.sequences.entry((key.0, key.1.to_owned()));
        all.or_default().extend(names.map(str::to_owned));
    }

    fn end_chain(&mut self, line: &'a str) {
        let named = columns(line, self.chain_from, 22);
        let last = self.model.rows.last().map_or("", |r| r.chain);
        self.ended_chains
            .insert(if named.is_empty() { last } else { named });
        self.part += 1;
    }

    fn close_model(&mut self) {
        self.frame_ended = false;
        self.part = 0;
        self.ended_chains.clear();
        let next = RawModel {
            begun: std::mem::replace(&mut self.begun, Begun::Model),
            ..RawModel::default()
        };
        let model = std::mem::replace(&mut self.model, next);
        if !model.rows.is_empty() {
            self.file.models.push(model);
        }
    }

    fn atom(&mut self, number: usize, line: &'a str, hetero: bool) {
        if self.frame_ended {
            self.close_model();
        }
        let fixed = || fixed_columns(line, self.chain_from);
        let read = match self.dialect {
            // The blanks between fields of PQR files hold, the columns may not.
            Dialect::Pqr => free_columns(line).map_or_else(fixed, Ok),
            _ => fixed().or_else(|reason| free_columns(line).ok_or(reason)),
        };
        match read {
            Ok(mut row) => {
                self.model.section = self.file.section;
                self.dialect.correct(&mut row, line);
                row.line = number;
                row.polymer = row.chain;
                row.hetero = hetero;
                row.part = self.part;
                row.apart = hetero && self.ended_chains.contains(row.chain);
                self.model.rows.push(row);
            }
            Err(reason) => self.file.broken.push((number, reason)),
        }
    }

    /// Belongs to the atom with the same columns from name to insertion code, just before it.
    fn anisou(&mut self, line: &str) {
        let name = columns(line, 12, 16);
        let alternate = columns(line, 16, 17);
        let residue = columns(line, 17, 20);
        let found =
            self.model.rows.iter_mut().rev().take(64).find(|r| {
                r.name == name && r.alternate == alternate && r.residue.starts_with(residue)
            });
        let mut tensor = [0.0; 6];
        for (k, value) in tensor.iter_mut().enumerate() {
            let Ok(parsed) = columns(line, 28 + 7 * k, 35 + 7 * k).parse::<f64>() else {
                return;
            };
            *value = parsed / 1e4;
        }
        if let Some(row) = found {
            row.anisou = Some(tensor);
        }
    }

    /// What the records say about atoms or a model's end that are missing.
    fn cut(&self) -> Option<Cut> {
        let [begun, ended] = self.models;
        if ended > 0 && begun > ended && !self.frame_ended {
            return Some(Cut::InModel(self.model.number));
        }
        let found = self.model.rows.len() + self.file.broken.len();
        // Files of several models count the atoms of one, or run out of columns.
        let announced = self
            .announced
            .filter(|&a| begun < 2 && self.file.models.is_empty() && a > found);
        announced.map(|announced| Cut::Atoms { found, announced })
    }

    fn finish(mut self) -> RawFile<'a> {
        self.close_model();
        let renamed = name_by_segment(&mut self.file.models);
        self.file.is_verbatim = !renamed && self.dialect == Dialect::Pdb && self.chain_from > 20;
        let mut last = 0;
        for model in &mut self.file.models {
            if model.number == 0 {
                model.number = last + 1;
            }
            last = model.number;
        }
        self.file
    }
}

/// A segment id names a chain only where no atom of the file has a chain id, and only if it is the same
/// within each residue. Whether it did.
fn name_by_segment(models: &mut [RawModel<'_>]) -> bool {
    let mut rows = models.iter().flat_map(|m| &m.rows);
    let named = rows.any(|r| !r.chain.is_empty());
    let one_residue = |a: &Row<'_>, b: &Row<'_>| {
        (a.number, a.insertion, a.residue, a.part) == (b.number, b.insertion, b.residue, b.part)
    };
    let torn = |m: &RawModel<'_>| {
        let mut pairs = m.rows.windows(2);
        pairs.any(|p| p[0].segment != p[1].segment && one_residue(&p[0], &p[1]))
    };
    let usable = !named && !models.iter().any(torn);
    for row in models.iter_mut().flat_map(|m| &mut m.rows) {
        let segment = std::mem::take(&mut row.segment);
        if usable {
            row.chain = segment;
        }
    }
    usable
}

fn header_line(header: &mut Header, record: &str, line: &str) {
    match record {
        "HEADER" => {
            let id = columns(line, 62, 66);
            if id.len() == 4 {
                header.id = Some(id.to_owned());
            }
            remember(header, line);
        }
        "EXPDTA" => {
            header.method.push_str(columns(line, 10, 80));
            header.method.push(' ');
            header.method.make_ascii_uppercase();
        }
        "MODRES" => {
            let (name, standard) = (columns(line, 12, 15), columns(line, 24, 27));
            header.parents.insert(name.to_owned(), standard.to_owned());
        }
        "REMARK" => remark(header, line),
        "CRYST1" => {
            let edge = |k: usize| columns(line, 6 + 9 * k, 15 + 9 * k).parse().unwrap_or(0.0);
            header.cell = Some([edge(0), edge(1), edge(2)]);
        }
        "DBREF" | "DBREF1" | "DBREF2" => {
            header.references.record(line);
            remember(header, line);
        }
        "TITLE" | "COMPND" | "AUTHOR" | "KEYWDS" | "SOURCE" => remember(header, line),
        _ => {}
    }
}

fn remark(header: &mut Header, line: &str) {
    if columns(line, 7, 10) == "350" {
        header.assemblies.remark(line);
    }
    if columns(line, 7, 10) == "2" && line.contains("RESOLUTION") && header.resolution.is_none() {
        header.resolution = line
            .split_ascii_whitespace()
            .find_map(|word| word.parse::<f64>().ok().filter(|_| word.contains('.')));
    }
    if let Some(own) = line.strip_prefix("REMARK 999 ") {
        if own.starts_with("PROGRAM: dynascope") {
            header.own.get_or_insert(Other::OwnScore);
        }
        if own.contains("B COLUMN: ") && header.own.is_some() {
            header.own = Some(Other::own(own));
        }
    }
    remember(header, line);
}

/// Keeps at most some tens of kilobytes of header text.
fn remember(header: &mut Header, line: &str) {
    if header.text.len() < 65_536 {
        header.text.push_str(&line.to_ascii_uppercase());
        header.text.push('\n');
    }
}

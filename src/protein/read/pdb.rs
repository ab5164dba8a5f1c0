//! The PDB format and its dialects as rows: wrapped and hybrid-36 numbers, shifted columns,
//! missing fields, frames without `MODEL`.

use std::collections::{HashMap, HashSet};

use super::modified::parent;
use super::rows::{Begun, Cut, Header, RawFile, RawModel, Row, is_decimal};
use crate::protein::AminoAcid;

/// Reads the records that matter of a PDB file. The text is ASCII.
pub(super) fn parse(text: &str) -> RawFile<'_> {
    let mut reader = Reader {
        chain_from: if has_two_letter_chains(text) { 20 } else { 21 },
        ..Reader::default()
    };
    let torn = torn_line(text);
    for (index, line) in text.lines().enumerate() {
        if torn != Some(index + 1) || line.len() >= POSITION_END {
            reader.line(index + 1, line.trim_end());
        }
    }
    reader.file.cut = torn.map(Cut::InLine).or_else(|| reader.cut());
    reader.finish()
}

/// Whether chain names begin in column 21, where others write the fourth letter of a residue's name:
/// several standard residues followed by one letter, all of them unknown together with it.
fn has_two_letter_chains(text: &str) -> bool {
    const ENOUGH: usize = 3;
    let mut stems: HashMap<u8, HashSet<&str>> = HashMap::new();
    for line in text.lines().filter(|l| l.starts_with("ATOM  ")) {
        let letter = line.as_bytes().get(20).copied().unwrap_or(b' ');
        let Some(long) = line.get(17..21).filter(|_| letter.is_ascii_alphanumeric()) else {
            continue;
        };
        let stems = stems.entry(letter).or_default();
        let standard = || AminoAcid::from_three_letters(&long[..3]).is_some();
        if !stems.contains(&long[..3]) && standard() && parent(long).is_none() {
            stems.insert(&long[..3]);
            if stems.len() == ENOUGH {
                return true;
            }
        }
    }
    false
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

fn columns(line: &str, from: usize, to: usize) -> &str {
    line.get(from..to.min(line.len())).unwrap_or("").trim()
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
        let read =
            fixed_columns(line, self.chain_from).or_else(|reason| free_columns(line).ok_or(reason));
        match read {
            Ok(mut row) => {
                self.model.section = self.file.section;
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

/// The columns of the format. The reason where the coordinates do not stand in theirs.
fn fixed_columns(line: &str, chain_from: usize) -> Result<Row<'_>, String> {
    let mut position = [""; 3];
    for (k, (field, axis)) in position.iter_mut().zip(["x", "y", "z"]).enumerate() {
        *field = columns(line, 30 + 8 * k, 38 + 8 * k);
        if !is_decimal(field) {
            return Err(format!(
                "the {axis} coordinate '{field}' (columns {}-{}) is no number",
                31 + 8 * k,
                38 + 8 * k
            ));
        }
    }
    let long_name = chain_from > 20 && !columns(line, 20, 21).is_empty();
    let (number, insertion) = residue_number(line)?;
    Ok(Row {
        line: 0,
        hetero: false,
        apart: false,
        chain: columns(line, chain_from, 22),
        segment: columns(line, 72, 76),
        polymer: "",
        place: None,
        frame: 0,
        part: 0,
        number,
        insertion,
        residue: columns(line, 17, if long_name { 21 } else { 20 }),
        name: columns(line, 12, 16),
        alternate: columns(line, 16, 17),
        element: columns(line, 76, 78),
        position,
        occupancy: columns(line, 54, 60),
        b_factor: columns(line, 60, 66),
        anisou: None,
    })
}

/// Columns 23-27: a number and an insertion code, five digits, or hybrid-36.
fn residue_number(line: &str) -> Result<(i32, Option<char>), String> {
    let field = columns(line, 22, 26);
    let code = line.as_bytes().get(26).copied().unwrap_or(b' ');
    let insertion = (code != b' ').then_some(code as char);
    if code.is_ascii_digit()
        && field.len() == 4
        && let Ok(long) = columns(line, 22, 27).parse()
    {
        return Ok((long, None));
    }
    if let Ok(number) = field.parse() {
        return Ok((number, insertion));
    }
    hybrid36(field)
        .map(|number| (number, insertion))
        .or_else(|| field.is_empty().then_some((0, insertion)))
        .or_else(|| field.starts_with('*').then_some((10_000, None)))
        .ok_or_else(|| format!("the residue number '{field}' (columns 23-26) is no number"))
}

/// Four characters beyond 9999: `A000` = 10 000 … `zzzz`.
fn hybrid36(field: &str) -> Option<i32> {
    let first = field.bytes().next().filter(u8::is_ascii_alphabetic)?;
    if field.len() != 4 || !field.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let upper = first.is_ascii_uppercase();
    let same_case = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase() == upper;
    if !field.bytes().all(same_case) {
        return None;
    }
    let value = i32::from_str_radix(field, 36).ok()?;
    let start = 10 * 36_i32.pow(3);
    Some(value - start + 10_000 + if upper { 0 } else { 26 * 36_i32.pow(3) })
}

/// Fields apart by white space, for writers that do not keep the columns.
fn free_columns(line: &str) -> Option<Row<'_>> {
    let body = line
        .strip_prefix("HETATM")
        .or_else(|| line.strip_prefix("ATOM"))?;
    let fields: Vec<&str> = body.split_ascii_whitespace().collect();
    let coordinate = |f: &str| f.contains('.') && is_decimal(f);
    let x = (3..fields.len().checked_sub(2)?)
        .find(|&i| fields[i..i + 3].iter().all(|f| coordinate(f)))?;
    let (chain, number) = match fields[2..x] {
        [_, number] => split_chain(number),
        [_, chain, number] => (chain, number),
        _ => return None,
    };
    let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let occupancy = fields.get(x + 3).copied().unwrap_or("");
    Some(Row {
        line: 0,
        hetero: false,
        apart: false,
        chain,
        segment: "",
        polymer: "",
        place: None,
        frame: 0,
        part: 0,
        number: digits.parse().ok()?,
        insertion: number[digits.len()..].chars().next(),
        residue: fields[2],
        name: fields[1],
        alternate: "",
        element: "",
        position: [fields[x], fields[x + 1], fields[x + 2]],
        occupancy,
        b_factor: fields.get(x + 4).copied().unwrap_or(""),
        anisou: None,
    })
}

/// `A1000` = chain A, residue 1000.
fn split_chain(field: &str) -> (&str, &str) {
    let letters = field.len()
        - field
            .trim_start_matches(|c: char| c.is_ascii_alphabetic())
            .len();
    field.split_at(letters)
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
        "TITLE" | "COMPND" | "AUTHOR" | "KEYWDS" | "SOURCE" | "DBREF" => remember(header, line),
        _ => {}
    }
}

fn remark(header: &mut Header, line: &str) {
    if columns(line, 7, 10) == "2" && line.contains("RESOLUTION") && header.resolution.is_none() {
        header.resolution = line
            .split_ascii_whitespace()
            .find_map(|word| word.parse::<f64>().ok().filter(|_| word.contains('.')));
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

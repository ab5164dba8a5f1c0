//! mmCIF as rows: the atom table by author numbering, and the few header items that matter.

use std::collections::HashMap;

use super::rows::{Header, RawFile, RawModel, Row, is_decimal};

/// A word of a CIF file.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Token<'a> {
    line: usize,
    text: &'a str,
    /// In quotes or in a text field: never a tag, keyword or `?`.
    quoted: bool,
}

impl<'a> Token<'a> {
    fn is_tag(&self) -> bool {
        !self.quoted && self.text.starts_with('_')
    }

    fn keyword(&self, word: &str) -> bool {
        !self.quoted
            && self.text.len() >= word.len()
            && self.text.as_bytes()[..word.len()].eq_ignore_ascii_case(word.as_bytes())
    }

    fn ends_values(&self) -> bool {
        self.is_tag()
            || ["loop_", "data_", "save_", "global_", "stop_"]
                .iter()
                .any(|w| self.keyword(w))
    }

    /// The value, empty for `.` and `?`.
    fn value(&self) -> &'a str {
        if !self.quoted && matches!(self.text, "." | "?") {
            ""
        } else {
            self.text.trim()
        }
    }
}

/// Splits CIF text into words, line by line; text fields are one word.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Tokens<'a> {
    fn text_field(&mut self) -> Token<'a> {
        let start = self.at + 1;
        let end = self.text[start..]
            .find("\n;")
            .map_or(self.text.len(), |e| start + e);
        let token = Token {
            line: self.line,
            text: &self.text[start..end],
            quoted: true,
        };
        self.line += token.text.matches('\n').count() + 1;
        self.at = (end + 2).min(self.text.len());
        token
    }

    fn quoted(&mut self, quote: u8) -> Token<'a> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut end = start;
        while end < bytes.len() && bytes[end] != b'\n' {
            let closes = bytes.get(end + 1).is_none_or(u8::is_ascii_whitespace);
            if bytes[end] == quote && closes {
                break;
            }
            end += 1;
        }
        self.at = if bytes.get(end) == Some(&quote) {
            end + 1
        } else {
            end
        };
        Token {
            line: self.line,
            text: &self.text[start..end],
            quoted: true,
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let bytes = self.text.as_bytes();
        loop {
            match *bytes.get(self.at)? {
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                }
                b if b.is_ascii_whitespace() => self.at += 1,
                b'#' => {
                    while bytes.get(self.at).is_some_and(|&b| b != b'\n') {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
        let line_start = self.at == 0 || bytes[self.at - 1] == b'\n';
        match bytes[self.at] {
            b';' if line_start => return Some(self.text_field()),
            quote @ (b'\'' | b'"') => return Some(self.quoted(quote)),
            _ => {}
        }
        let start = self.at;
        while bytes.get(self.at).is_some_and(|b| !b.is_ascii_whitespace()) {
            self.at += 1;
        }
        Some(Token {
            line: self.line,
            text: &self.text[start..self.at],
            quoted: false,
        })
    }
}

/// A loop, or single items of one category as a loop of one row.
#[derive(Default)]
struct Table<'a> {
    tags: Vec<String>,
    values: Vec<Token<'a>>,
}

impl<'a> Table<'a> {
    fn column(&self, tag: &str) -> Option<usize> {
        self.tags.iter().position(|t| t == tag)
    }

    fn rows(&self) -> impl Iterator<Item = &[Token<'a>]> {
        self.values.chunks_exact(self.tags.len().max(1))
    }
}

/// Reads the parts that matter of an mmCIF file. The text is ASCII.
pub(super) fn parse(text: &str) -> RawFile<'_> {
    let mut tokens = Tokens {
        text,
        at: 0,
        line: 1,
    }
    .peekable();
    let mut file = RawFile::default();
    let mut single_atom = Table::default();
    let mut tensors = HashMap::new();
    while let Some(token) = tokens.next() {
        if token.keyword("data_") && !file.models.is_empty() {
            break;
        }
        if token.keyword("data_") && file.header.id.is_none() && token.text.len() > 5 {
            file.header.id = Some(token.text[5..].to_owned());
        } else if token.keyword("loop_") {
            let mut table = Table::default();
            while let Some(tag) = tokens.next_if(Token::is_tag) {
                table.tags.push(tag.text.to_ascii_lowercase());
            }
            while let Some(value) = tokens.next_if(|t| !t.ends_values()) {
                table.values.push(value);
            }
            take_table(&mut file, &mut tensors, &table);
        } else if token.is_tag()
            && let Some(value) = tokens.next_if(|t| !t.ends_values())
        {
            let tag = token.text.to_ascii_lowercase();
            if tag.starts_with("_atom_site.") {
                single_atom.tags.push(tag);
                single_atom.values.push(value);
            } else {
                header_item(&mut file.header, &tag, value.value());
            }
        }
    }
    if !single_atom.tags.is_empty() {
        take_table(&mut file, &mut tensors, &single_atom);
    }
    file
}

type Tensors<'a> = HashMap<&'a str, [f64; 6]>;

const TENSOR: [&str; 6] = ["[1][1]", "[2][2]", "[3][3]", "[1][2]", "[1][3]", "[2][3]"];

fn take_table<'a>(file: &mut RawFile<'a>, tensors: &mut Tensors<'a>, table: &Table<'a>) {
    let Some(category) = table.tags.first().and_then(|t| t.split('.').next()) else {
        return;
    };
    match category {
        "_atom_site" => atoms(file, table),
        "_atom_site_anisotrop" => {
            read_tensors(tensors, table);
            attach(file, tensors);
        }
        "_pdbx_struct_mod_residue" => parents(&mut file.header, table),
        _ => {
            for row in table.rows() {
                for (tag, value) in table.tags.iter().zip(row) {
                    header_item(&mut file.header, tag, value.value());
                }
            }
        }
    }
}

fn read_tensors<'a>(tensors: &mut Tensors<'a>, table: &Table<'a>) {
    let Some(id) = table.column("_atom_site_anisotrop.id") else {
        return;
    };
    let columns: Option<Vec<usize>> = TENSOR
        .iter()
        .map(|e| table.column(&format!("_atom_site_anisotrop.u{e}")))
        .collect();
    let Some(columns) = columns else { return };
    for row in table.rows() {
        let mut tensor = [0.0; 6];
        let complete = tensor.iter_mut().zip(&columns).all(|(value, &c)| {
            row[c].value().parse().is_ok_and(|v: f64| {
                *value = v;
                v.is_finite()
            })
        });
        if complete {
            tensors.insert(row[id].text, tensor);
        }
    }
}

/// The table of tensors follows the atoms, whose ids it names.
fn attach(file: &mut RawFile<'_>, tensors: &Tensors<'_>) {
    for (id, row) in file
        .atom_ids
        .iter()
        .zip(file.models.iter_mut().flat_map(|m| m.rows.iter_mut()))
    {
        row.anisou = tensors.get(id).copied();
    }
}

fn parents(header: &mut Header, table: &Table<'_>) {
    let name = table.column("_pdbx_struct_mod_residue.label_comp_id");
    let parent = table.column("_pdbx_struct_mod_residue.parent_comp_id");
    if let (Some(name), Some(parent)) = (name, parent) {
        for row in table.rows() {
            header
                .parents
                .insert(row[name].value().to_owned(), row[parent].value().to_owned());
        }
    }
}

fn header_item(header: &mut Header, tag: &str, value: &str) {
    if tag.starts_with("_ma_qa_metric") {
        header.quality_metric = true;
    }
    if value.is_empty() {
        return;
    }
    match tag {
        "_entry.id" => header.id = Some(value.to_owned()),
        "_exptl.method" => {
            header.method.push_str(&value.to_ascii_uppercase());
            header.method.push(' ');
        }
        "_refine.ls_d_res_high"
        | "_em_3d_reconstruction.resolution"
        | "_reflns.d_resolution_high"
            if header.resolution.is_none() =>
        {
            header.resolution = value.parse().ok();
        }
        "_struct.title"
        | "_struct.pdbx_descriptor"
        | "_software.name"
        | "_audit_author.name"
        | "_database_2.database_id"
        | "_struct.pdbx_model_details"
        | "_ma_model_list.model_name"
        | "_pdbx_database_status.entry_id"
        | "_struct_ref.db_name"
        | "_ma_data.name"
            if header.text.len() < 65_536 =>
        {
            header.text.push_str(&value.to_ascii_uppercase());
            header.text.push('\n');
        }
        _ => {}
    }
}

/// Where the fields of an atom stand.
struct AtomColumns {
    position: [usize; 3],
    name: usize,
    residue: usize,
    group: Option<usize>,
    id: Option<usize>,
    element: Option<usize>,
    alternate: Option<usize>,
    author_chain: Option<usize>,
    label_chain: Option<usize>,
    author_number: Option<usize>,
    label_number: Option<usize>,
    insertion: Option<usize>,
    occupancy: Option<usize>,
    b_factor: Option<usize>,
    model: Option<usize>,
    /// Whether places in the sequence are given at all.
    sequence_known: bool,
}

impl AtomColumns {
    fn find(table: &Table<'_>) -> Option<Self> {
        let c = |tag: &str| table.column(&format!("_atom_site.{tag}"));
        let label_number = c("label_seq_id");
        let sequence_known =
            label_number.is_some_and(|k| table.rows().any(|row| !row[k].value().is_empty()));
        Some(Self {
            position: [c("cartn_x")?, c("cartn_y")?, c("cartn_z")?],
            name: c("label_atom_id").or_else(|| c("auth_atom_id"))?,
            residue: c("label_comp_id").or_else(|| c("auth_comp_id"))?,
            group: c("group_pdb"),
            id: c("id"),
            element: c("type_symbol"),
            alternate: c("label_alt_id"),
            author_chain: c("auth_asym_id"),
            label_chain: c("label_asym_id"),
            author_number: c("auth_seq_id"),
            label_number,
            insertion: c("pdbx_pdb_ins_code"),
            occupancy: c("occupancy"),
            b_factor: c("b_iso_or_equiv"),
            model: c("pdbx_pdb_model_num"),
            sequence_known,
        })
    }

    fn row<'a>(&self, row: &[Token<'a>]) -> Result<Row<'a>, String> {
        let get = |k: Option<usize>| k.map_or("", |k| row[k].value());
        let position = self.position.map(|k| row[k].value());
        if let Some(bad) = position.iter().find(|p| !is_decimal(p)) {
            return Err(format!("the coordinate '{bad}' is no number"));
        }
        let hetero = get(self.group).eq_ignore_ascii_case("HETATM");
        let label = get(self.label_number);
        let author = get(self.author_number);
        let written = if author.is_empty() { label } else { author };
        let chain = get(self.author_chain);
        let segment = get(self.label_chain);
        Ok(Row {
            line: row[0].line,
            hetero,
            apart: hetero && self.sequence_known && label.is_empty(),
            chain: if chain.is_empty() { segment } else { chain },
            segment,
            part: 0,
            number: number(written)?,
            insertion: get(self.insertion).chars().next(),
            residue: row[self.residue].value(),
            name: row[self.name].value(),
            alternate: get(self.alternate),
            element: get(self.element),
            position,
            occupancy: get(self.occupancy),
            b_factor: get(self.b_factor),
            anisou: None,
        })
    }
}

fn number(written: &str) -> Result<i32, String> {
    if written.is_empty() {
        return Ok(0);
    }
    written
        .parse()
        .map_err(|_| format!("the residue number '{written}' is no number"))
}

fn atoms<'a>(file: &mut RawFile<'a>, table: &Table<'a>) {
    let line = table.values.first().map_or(0, |t| t.line);
    let Some(columns) = AtomColumns::find(table) else {
        let reason = "the table _atom_site lacks coordinates, atom or residue names";
        file.broken.push((line, reason.to_owned()));
        return;
    };
    let whole = table.values.len() / table.tags.len().max(1) * table.tags.len();
    if let Some(rest) = table.values.get(whole) {
        file.broken.push((
            rest.line,
            "the last row of _atom_site is not complete".to_owned(),
        ));
    }
    let mut order: HashMap<usize, usize> = HashMap::new();
    let mut ids: Vec<Vec<&'a str>> = Vec::new();
    for tokens in table.rows() {
        let serial = columns
            .model
            .and_then(|k| tokens[k].value().parse().ok())
            .unwrap_or(1);
        match columns.row(tokens) {
            Err(reason) => file.broken.push((tokens[0].line, reason)),
            Ok(row) => {
                let index = *order.entry(serial).or_insert_with(|| {
                    file.models.push(RawModel {
                        number: serial,
                        rows: Vec::new(),
                    });
                    ids.push(Vec::new());
                    ids.len() - 1
                });
                file.models[index].rows.push(row);
                ids[index].push(columns.id.map_or("", |k| tokens[k].text));
            }
        }
    }
    file.atom_ids = ids.concat();
}

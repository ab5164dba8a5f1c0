//! mmCIF as rows: the atom table by author numbering, and the few header items that matter.

use std::collections::HashMap;

use super::cif::{self, Part, Table, Token};
use super::rows::{Begun, Header, RawFile, RawModel, Row, decimal_or, position};
use crate::protein::b_column::Other;

/// Reads the parts that matter of an mmCIF file, all its blocks. The text is ASCII.
pub(super) fn parse(text: &str) -> RawFile<'_> {
    let mut reader = Reader::default();
    reader.file.is_verbatim = true;
    cif::each(text, |part| match part {
        Part::Block(name, line) => reader.begin(name, line),
        Part::Table(table) => reader.take(&table),
    });
    reader.file
}

#[derive(Default)]
struct Reader<'a> {
    file: RawFile<'a>,
    /// Name and line of the block.
    block: (&'a str, usize),
    /// The first model of the block.
    first: usize,
    /// mmCIF ids of the atoms of the block, in the order of the rows of its models.
    ids: Vec<&'a str>,
    tensors: Tensors<'a>,
}

impl<'a> Reader<'a> {
    fn begin(&mut self, name: &'a str, line: usize) {
        self.block = (name, line);
        if self.file.header.id.is_none() && !name.is_empty() {
            self.file.header.id = Some(name.to_owned());
        }
        self.file.section += usize::from(self.first < self.file.models.len());
        self.first = self.file.models.len();
        self.ids.clear();
        self.tensors.clear();
    }

    fn take(&mut self, table: &Table<'a>) {
        let header = &mut self.file.header;
        match table.category() {
            "_atom_site" => {
                self.atoms(table);
                self.attach();
            }
            "_atom_site_anisotrop" => {
                read_tensors(&mut self.tensors, table);
                self.attach();
            }
            "_pdbx_struct_mod_residue" => parents(header, table),
            "_entity_poly_seq" => sequences(header, self.file.section, table),
            "_dynascope_provenance" => own(header, table),
            "_pdbx_struct_assembly_gen" => header.assemblies.generations(table),
            "_pdbx_struct_oper_list" => header.assemblies.operators(table),
            "_struct_ref_seq" => header.references.chains(table),
            _ => items(header, table),
        }
    }

    /// Tensors name the ids of their atoms.
    fn attach(&mut self) {
        let models = self.file.models[self.first..].iter_mut();
        for (id, row) in self.ids.iter().zip(models.flat_map(|m| m.rows.iter_mut())) {
            row.anisou = self.tensors.get(id).copied();
        }
    }

    fn atoms(&mut self, table: &Table<'a>) {
        let line = table.values.first().map_or(0, |t| t.line);
        let Some(columns) = AtomColumns::find(table) else {
            let reason = "the table _atom_site lacks coordinates, atom or residue names";
            self.file.broken.push((line, reason.to_owned()));
            return;
        };
        let whole = table.values.len() / table.tags.len().max(1) * table.tags.len();
        if let Some(rest) = table.values.get(whole) {
            let reason = "the last row of _atom_site is not complete";
            self.file.broken.push((rest.line, reason.to_owned()));
        }
        self.first = self.file.models.len();
        let mut order: HashMap<usize, usize> = HashMap::new();
        let mut ids: Vec<Vec<&'a str>> = Vec::new();
        for tokens in table.rows() {
            let serial = columns
                .model
                .and_then(|k| tokens[k].value().parse().ok())
                .unwrap_or(1);
            match columns.row(tokens) {
                Err(reason) => self.file.broken.push((tokens[0].line, reason)),
                Ok(row) => {
                    let index = *order.entry(serial).or_insert_with(|| {
                        let begun = if ids.is_empty() {
                            Begun::Block(self.block.0, self.block.1)
                        } else {
                            Begun::Model
                        };
                        self.file.models.push(RawModel {
                            number: serial,
                            section: self.file.section,
                            begun,
                            rows: Vec::new(),
                        });
                        ids.push(Vec::new());
                        self.file.models.len() - 1
                    });
                    self.file.models[index].rows.push(row);
                    ids[index - self.first].push(columns.id.map_or("", |k| tokens[k].text));
                }
            }
        }
        self.ids = ids.concat();
    }
}

type Tensors<'a> = HashMap<&'a str, [f64; 6]>;

const TENSOR: [&str; 6] = ["[1][1]", "[2][2]", "[3][3]", "[1][2]", "[1][3]", "[2][3]"];

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

/// What this program says of its own file.
fn own(header: &mut Header, table: &Table<'_>) {
    let column = |name: &str| table.column(&format!("_dynascope_provenance.{name}"));
    let (Some(name), Some(value)) = (column("name"), column("value")) else {
        return;
    };
    let about = table.rows().find(|row| row[name].value() == "b_column");
    header.own = Some(about.map_or(Other::OwnScore, |row| Other::own(row[value].value())));
}

/// The residues of each polymer; of several at one place the first.
fn sequences(header: &mut Header, section: usize, table: &Table<'_>) {
    let column = |name: &str| table.column(&format!("_entity_poly_seq.{name}"));
    let (Some(entity), Some(residue)) = (column("entity_id"), column("mon_id")) else {
        return;
    };
    let place = column("num");
    let mut last = None;
    for row in table.rows() {
        let here = place.map(|k| (row[entity].value(), row[k].value()));
        if here.is_some() && here == last {
            continue;
        }
        last = here;
        let key = (section, row[entity].value().to_owned());
        let residues = header.sequences.entry(key).or_default();
        residues.push(row[residue].value().to_owned());
    }
}

fn items(header: &mut Header, table: &Table<'_>) {
    if table.category() == "_struct_ref" {
        header.references.entries(table);
    }
    for row in table.rows() {
        for (tag, value) in table.tags.iter().zip(row) {
            header_item(header, tag, value.value());
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
    if tag == "_ma_qa_metric.name" {
        let is_plddt = value.to_ascii_lowercase().contains("plddt");
        header.metric_is_plddt = Some(is_plddt || header.metric_is_plddt == Some(true));
    }
    if let Some(edge) = ["_cell.length_a", "_cell.length_b", "_cell.length_c"]
        .iter()
        .position(|t| *t == tag)
    {
        header.cell.get_or_insert_default()[edge] = decimal_or(value, 0.0);
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
    entity: Option<usize>,
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
            entity: c("label_entity_id"),
            insertion: c("pdbx_pdb_ins_code"),
            occupancy: c("occupancy"),
            b_factor: c("b_iso_or_equiv"),
            model: c("pdbx_pdb_model_num"),
            sequence_known,
        })
    }

    fn row<'a>(&self, row: &[Token<'a>]) -> Result<Row<'a>, String> {
        let get = |k: Option<usize>| k.map_or("", |k| row[k].value());
        let fields = self.position.map(|k| row[k].value());
        let position = position(fields)
            .map_err(|axis| format!("the coordinate '{}' is not a number", fields[axis]))?;
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
            polymer: get(self.entity),
            place: label.parse().ok(),
            number: number(written)?,
            insertion: get(self.insertion).chars().next(),
            residue: row[self.residue].value(),
            name: row[self.name].value(),
            alternate: get(self.alternate),
            element: get(self.element),
            occupancy: decimal_or(get(self.occupancy), 1.0),
            b_factor: decimal_or(get(self.b_factor), 0.0),
            ..Row::at(position)
        })
    }
}

fn number(written: &str) -> Result<i32, String> {
    if written.is_empty() {
        return Ok(0);
    }
    written
        .parse()
        .map_err(|_| format!("the residue number '{written}' is not a number"))
}

//! Atom records, whatever the format, and their grouping into residues.

use std::collections::HashMap;

use super::assemblies::Assemblies;
use super::references::References;
use crate::numeric::Vec3;
use crate::protein::b_column::Other;

/// One atom record: names as they stand in the file, trimmed and ASCII.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row<'a> {
    /// 1-based line of the file.
    pub line: usize,
    /// `HETATM`.
    pub hetero: bool,
    /// The file says that it is no part of a polymer: after the chain's `TER`, or without a
    /// place in the sequence.
    pub apart: bool,
    /// Author's chain name, may be blank.
    pub chain: &'a str,
    /// What else tells chains apart: segment id (PDB) or `label_asym_id` (mmCIF).
    pub segment: &'a str,
    /// What names the polymer's sequence in the header: the chain (PDB) or the entity (mmCIF).
    pub polymer: &'a str,
    /// Place in that sequence (`label_seq_id`).
    pub place: Option<i32>,
    /// The model of the file it stands in, counted from 0; several may be one structure.
    pub frame: usize,
    /// Number of `TER` records before it in its model.
    pub part: usize,
    pub number: i32,
    pub insertion: Option<char>,
    pub residue: &'a str,
    pub name: &'a str,
    /// Alternate location, empty where there is none.
    pub alternate: &'a str,
    pub element: &'a str,
    pub position: Vec3,
    pub occupancy: f64,
    pub b_factor: f64,
    /// U11 U22 U33 U12 U13 U23 in Å².
    pub anisou: Option<[f64; 6]>,
}

impl Row<'_> {
    /// What assemblies call its chain: `label_asym_id` of mmCIF, else the chain's name.
    pub fn asym(&self) -> &str {
        if self.segment.is_empty() {
            self.chain
        } else {
            self.segment
        }
    }

    /// A row of which the position alone is known.
    pub fn at(position: Vec3) -> Self {
        Self {
            line: 0,
            hetero: false,
            apart: false,
            chain: "",
            segment: "",
            polymer: "",
            place: None,
            frame: 0,
            part: 0,
            number: 0,
            insertion: None,
            residue: "",
            name: "",
            alternate: "",
            element: "",
            position,
            occupancy: 1.0,
            b_factor: 0.0,
            anisou: None,
        }
    }
}

/// What a model of the file begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Begun<'a> {
    /// Nothing: the file begins.
    #[default]
    Start,
    /// `MODEL`, or a new number in the atom table.
    Model,
    /// The `END` of a file that others were joined to, on this line.
    End(usize),
    /// `data_NAME`, on this line.
    Block(&'a str, usize),
}

/// The rows of one model.
#[derive(Debug, Default)]
pub(super) struct RawModel<'a> {
    pub number: usize,
    /// Number of the block or joined file it stands in.
    pub section: usize,
    pub begun: Begun<'a>,
    pub rows: Vec<Row<'a>>,
}

/// Facts from outside the atom records.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// PDB id or entry id.
    pub id: Option<String>,
    /// Experimental method in capitals.
    pub method: String,
    /// Å.
    pub resolution: Option<f64>,
    /// Title, remarks, software in capitals: searched for the names of predictors.
    pub text: String,
    /// The file declares a per-residue model quality, as predictors do.
    pub quality_metric: bool,
    /// Whether that is pLDDT, where its name is given.
    pub metric_is_plddt: Option<bool>,
    /// What this program wrote into the B column, where it wrote the file.
    pub own: Option<Other>,
    /// The columns of occupancy and B hold charges and radii.
    pub radii: bool,
    /// Edges of the unit cell or box in Å.
    pub cell: Option<[f64; 3]>,
    /// By this factor the coordinates were multiplied: they stood in nm.
    pub scaled: Option<f64>,
    /// What databases call its chains.
    pub references: References,
    pub assemblies: Assemblies,
    /// Parents of modified residues as the file gives them.
    pub parents: HashMap<String, String>,
    /// Residue names of whole polymers (`SEQRES`, `_entity_poly_seq`), by section and chain or entity.
    pub sequences: HashMap<(usize, String), Vec<String>>,
}

/// What a format parser makes of the text.
#[derive(Debug, Default)]
pub(super) struct RawFile<'a> {
    pub models: Vec<RawModel<'a>>,
    pub header: Header,
    /// Number of the block or joined file that is being read.
    pub section: usize,
    /// Its characters and fields stand as other programs expect them.
    pub is_verbatim: bool,
    /// Atom records that could not be read: line and reason.
    pub broken: Vec<(usize, String)>,
    /// What says that the end of the file is missing.
    pub cut: Option<Cut>,
}

/// How a file shows that part of it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// It ends within this line (1-based).
    InLine(usize),
    /// Its last model has no end, though an earlier one has.
    InModel(usize),
    /// It holds fewer atom records than it announces.
    Atoms { found: usize, announced: usize },
}

/// The rows of one residue, by index into the model's rows.
#[derive(Debug)]
pub(super) struct Group {
    pub rows: Vec<usize>,
}

/// Whether the text is a decimal that every parser reads alike: sign, up to nine digits before
/// and any after the point, small exponent.
pub(super) fn is_decimal(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = body.split_once(['e', 'E']).unwrap_or((body, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    (!whole.is_empty() || !fraction.is_empty())
        && whole.len() <= 9
        && digits(whole)
        && digits(fraction)
        && !exponent.is_empty()
        && exponent.len() <= 2
        && digits(exponent)
        && text
            .parse::<f64>()
            .is_ok_and(|v| v.is_finite() && v.abs() < 1e9)
}

/// The number, or what stands for one that is missing or unreadable.
pub(super) fn decimal_or(text: &str, otherwise: f64) -> f64 {
    let number = || text.parse().ok();
    is_decimal(text).then(number).flatten().unwrap_or(otherwise)
}

/// Three coordinates; the first that is no number otherwise.
pub(super) fn position(fields: [&str; 3]) -> Result<Vec3, usize> {
    let mut position = Vec3::zeros();
    for (axis, field) in fields.iter().enumerate() {
        position[axis] = match field.parse() {
            Ok(value) if is_decimal(field) => value,
            _ => return Err(axis),
        };
    }
    Ok(position)
}

type Key<'a> = (usize, &'a str, &'a str, i32, Option<char>);

fn key<'a>(row: &Row<'a>) -> Key<'a> {
    (row.frame, row.chain, row.segment, row.number, row.insertion)
}

/// Puts the rows of a model into residues, in file order.
///
/// Rows of one residue need not be neighbours (alternates or hydrogens at the end of a chain), and
/// neighbours with the same number need not be one residue (numbers that wrap or repeat).
pub(super) fn group(rows: &[Row<'_>]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut latest: HashMap<Key<'_>, usize> = HashMap::new();
    let mut current: Option<usize> = None;
    for (index, row) in rows.iter().enumerate() {
        let here = current.filter(|&g| continues(rows, &groups[g], row));
        let target = here.or_else(|| {
            latest
                .get(&key(row))
                .copied()
                .filter(|&g| Some(g) != current && rejoins(rows, &groups[g], row))
        });
        let target = target.unwrap_or_else(|| {
            groups.push(Group { rows: Vec::new() });
            latest.insert(key(row), groups.len() - 1);
            groups.len() - 1
        });
        groups[target].rows.push(index);
        current = Some(target);
    }
    groups
}

fn same_atom(a: &Row<'_>, b: &Row<'_>) -> bool {
    a.name == b.name && a.alternate == b.alternate && a.residue == b.residue
}

/// Same residue name, or a second residue type at one place: alternate locations on both sides,
/// though atoms that both share may have none.
fn compatible(rows: &[Row<'_>], group: &Group, row: &Row<'_>) -> bool {
    group.rows.iter().any(|&i| rows[i].residue == row.residue)
        || (!row.alternate.is_empty() && group.rows.iter().any(|&i| !rows[i].alternate.is_empty()))
}

fn continues(rows: &[Row<'_>], group: &Group, row: &Row<'_>) -> bool {
    let Some(first) = group.rows.first().map(|&i| &rows[i]) else {
        return false;
    };
    key(first) == key(row)
        && (first.part == row.part || rejoins(rows, group, row))
        && compatible(rows, group, row)
        && !(matches!(row.name, "N" | "CA") && group.rows.iter().any(|&i| same_atom(&rows[i], row)))
}

fn rejoins(rows: &[Row<'_>], group: &Group, row: &Row<'_>) -> bool {
    compatible(rows, group, row) && !group.rows.iter().any(|&i| same_atom(&rows[i], row))
}

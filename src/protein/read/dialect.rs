//! Which of the formats that share the records of PDB files a text is in.

use std::collections::{HashMap, HashSet};

use super::columns::coordinates;
use super::line::columns;
use super::modified::parent;
use super::rows::{Row, decimal_or, is_decimal};
use crate::protein::AminoAcid;

/// What stands in the columns behind the coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Dialect {
    #[default]
    Pdb,
    /// Charge and radius.
    Pqr,
    /// Charges in the columns of the segment, `AutoDock` types in those of the element.
    Pdbqt,
}

fn atom_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|l| l.starts_with("ATOM") || l.starts_with("HETATM"))
}

impl Dialect {
    pub fn of(name: &str, text: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let stem = name.strip_suffix(".gz").unwrap_or(&name);
        let ends = |ending: &str| stem.ends_with(ending);
        if ends(".pdbqt") || is_pdbqt(text) {
            Self::Pdbqt
        } else if ends(".pqr") || is_pqr(text) {
            Self::Pqr
        } else {
            Self::Pdb
        }
    }

    /// Takes from a row what its columns do not hold.
    pub fn correct<'a>(self, row: &mut Row<'a>, line: &'a str) {
        match self {
            Self::Pdb => {}
            Self::Pqr => {
                (row.occupancy, row.b_factor) = (1.0, 0.0);
                (row.segment, row.element) = ("", "");
            }
            Self::Pdbqt => {
                row.segment = "";
                row.element = element_of_type(columns(line, 77, 79));
            }
        }
    }
}

fn is_pdbqt(text: &str) -> bool {
    let tree = ["ROOT", "TORSDOF", "BRANCH"];
    let charged = |line: &str| {
        let field = columns(line, 70, 76);
        let decimals = field.split_once('.').map_or(0, |(_, d)| d.len());
        decimals == 3 && is_decimal(field) && columns(line, 76, 77).is_empty()
    };
    let mut atoms = atom_lines(text).peekable();
    text.lines().any(|l| tree.iter().any(|t| l.starts_with(t)))
        || (atoms.peek().is_some() && atoms.all(charged))
}

/// Two decimals behind the coordinates of every atom, a charge (some are negative) and a radius.
fn is_pqr(text: &str) -> bool {
    let mut negative = false;
    let mut all = 0;
    for line in atom_lines(text) {
        let Some([charge, radius]) = behind_coordinates(line) else {
            return false;
        };
        negative |= charge < 0.0;
        if !(0.0..5.0).contains(&radius) || charge.abs() > 5.0 {
            return false;
        }
        all += 1;
    }
    negative && all > 1
}

/// The numbers behind the coordinates, where there are two; an element may follow them.
fn behind_coordinates(line: &str) -> Option<[f64; 2]> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let tail = match coordinates(&fields) {
        Some((x, _)) => fields[x + 3..].to_vec(),
        // Coordinates that touch are told apart by their columns.
        None => line.get(54..)?.split_ascii_whitespace().collect(),
    };
    let letters = |t: &str| t.bytes().all(|b| b.is_ascii_alphabetic());
    let (numbers, rest) = tail.split_at_checked(2)?;
    let alone = rest.len() < 2 && rest.iter().all(|t| letters(t));
    (alone && numbers.iter().all(|n| is_decimal(n)))
        .then(|| [decimal_or(numbers[0], 0.0), decimal_or(numbers[1], 0.0)])
}

/// `OA` is an oxygen that accepts hydrogen bonds, `A` an aromatic carbon.
fn element_of_type(name: &str) -> &str {
    match name {
        "A" | "G" | "GA" | "J" | "Q" => "C",
        "OA" | "OS" => "O",
        "NA" | "NS" => "N",
        "HD" | "HS" => "H",
        "SA" => "S",
        other => other,
    }
}

/// Whether chain names begin in column 21, where others write the fourth letter of a residue's name:
/// several standard residues followed by one letter, all of them unknown together with it.
pub(super) fn has_two_letter_chains(text: &str) -> bool {
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

//! What each residue of a model looks like, the facts by which chains are found, and the chains found.

use super::modified::{is_cap, is_nucleotide, is_water, parent};
use super::rows::{Group, Header, Row};
use crate::numeric::Vec3;
use crate::protein::{AminoAcid, NeighbourKind, SetAside};

/// The protein residues of one model, by index into its groups, in sequence order by chain.
#[derive(Debug, Default)]
pub(super) struct Polymer {
    pub chains: Vec<(String, Vec<usize>)>,
    pub set_aside: SetAside,
    /// What of that can stand around the chains, in the order of the file.
    pub apart: Vec<(usize, NeighbourKind)>,
    /// Chains without a name that were given one.
    pub named: usize,
    /// Chains whose rows were out of order, and at how many places.
    pub reordered: Vec<(String, usize)>,
}

/// One residue, whatever it is.
#[derive(Debug)]
pub(super) struct Site<'a> {
    /// The name of its chain, and the model of the file: bonds do not leave them.
    pub home: (usize, &'a str),
    /// Place in the sequence where the file gives it, number and insertion code.
    pub place: Option<i32>,
    pub number: (i32, Option<char>),
    pub kind: Kind,
    pub amino: Amino,
    pub hetero: bool,
    /// Has both oxygens of a carboxylate: no other residue follows it.
    pub ended: bool,
    pub n: Option<Vec3>,
    pub alpha: Option<Vec3>,
    pub c: Option<Vec3>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Protein,
    /// Protein if it is bonded to protein.
    Candidate,
    Water,
    Cap,
    Nucleotide,
    Ligand,
}

/// Whether a name is that of an amino acid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amino {
    No,
    /// Of one with a standard parent, or of one of the twenty in a program's own way.
    Modified,
    /// Of one of the twenty.
    Standard,
}

impl Site<'_> {
    pub fn is_known(&self) -> bool {
        self.amino != Amino::No
    }
}

/// The standard residue of a name, by the file's own table of modified residues or by ours.
pub(super) fn amino_acid(name: &str, header: &Header) -> Option<AminoAcid> {
    parent(name).or_else(|| {
        let standard = header.parents.get(name)?;
        AminoAcid::from_three_letters(standard)
    })
}

/// The residues of a model in the order of its groups. Where every amino acid is a `HETATM`, that word
/// says nothing.
pub(super) fn sites<'a>(rows: &[Row<'a>], groups: &[Group], header: &Header) -> Vec<Site<'a>> {
    let first = |g: &Group| &rows[g.rows[0]];
    let is_known = |g: &&Group| amino_acid(first(g).residue, header).is_some();
    let told = groups.iter().filter(is_known).any(|g| !first(g).hetero);
    let site = |g: &Group| {
        let row = first(g);
        let known = is_known(&g);
        let hetero = row.hetero && (told || !known);
        let atom = |name: &str| {
            let mut atoms = g.rows.iter().map(|&i| &rows[i]);
            atoms.find(|r| r.name == name && !(name == "CA" && is_calcium(r)))
        };
        let has = |name: &str| atom(name).is_some();
        let shape = Shape {
            known,
            hetero,
            apart: row.apart && hetero,
            atoms: g.rows.len(),
        };
        Site {
            home: (row.frame, row.chain),
            place: row.place,
            number: (row.number, row.insertion),
            kind: kind(row.residue, shape, has),
            amino: match AminoAcid::from_three_letters(row.residue) {
                Some(_) => Amino::Standard,
                None if known => Amino::Modified,
                None => Amino::No,
            },
            hetero,
            ended: super::atoms::is_carboxylate(has),
            n: atom("N").map(|r| r.position),
            alpha: atom("CA").map(|r| r.position),
            c: atom("C").map(|r| r.position),
        }
    };
    groups.iter().map(site).collect()
}

fn is_calcium(row: &Row<'_>) -> bool {
    row.element.eq_ignore_ascii_case("CA")
}

/// Rows of an amino acid with all its alternate locations; what has more is none.
const MOST_ATOMS: usize = 2000;

#[derive(Clone, Copy)]
struct Shape {
    known: bool,
    hetero: bool,
    apart: bool,
    atoms: usize,
}

fn kind(name: &str, shape: Shape, has: impl Fn(&str) -> bool) -> Kind {
    let Shape {
        known,
        hetero,
        apart,
        atoms,
    } = shape;
    if is_water(name) {
        return Kind::Water;
    }
    if atoms > MOST_ATOMS {
        return Kind::Ligand;
    }
    if is_cap(name) && !known {
        return Kind::Cap;
    }
    let alpha = has("CA");
    let backbone = alpha && has("N") && has("C");
    let whole = known && !apart && (!hetero || alpha);
    if whole || (!hetero && alpha && atoms > 1) {
        Kind::Protein
    } else if backbone || (known && alpha) {
        Kind::Candidate
    } else if is_nucleotide(name) || (!hetero && has("P") && has("C1'")) {
        Kind::Nucleotide
    } else {
        Kind::Ligand
    }
}

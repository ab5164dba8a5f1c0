//! The selection language: `chain A and resi 20-60 and not ss H`, `within 8 of resi 42`, `byres …`.
//!
//! `interface` is what touches another chain; `ligand`, `metal`, `nucleic` and the names of chains that are not
//! studied mean neighbours, and stand behind `within … of`.
//!
//! Precedence from loose to tight: `or`, `and`, then `not`, `within … of` and `byres`, which take the
//! one term that follows. Columns of a table can be compared too (`llr > -2`, `mut A,V`); see [`Columns`]
//! and [`Facts`].

mod evaluate;
mod parse;
mod token;

pub use evaluate::{Facts, Rows};
pub use parse::SelectError;

/// What the columns of a table are called in a selection over its rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Columns<'a> {
    /// Compared with numbers: `llr > -2`.
    pub numbers: &'a [&'a str],
    /// Hold an amino acid, followed by a list of them: `mut A,V`.
    pub amino_acids: &'a [&'a str],
    /// True or not, said alone: `marked`. Their number is 1 or 0.
    pub flags: &'a [&'a str],
}

use super::{NeighbourKind, Protein, SecondaryStructure};
use crate::protein::AminoAcid;

/// A parsed selection; displays as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    text: String,
    term: Term,
}

/// The tree of a selection.
#[derive(Debug, Clone, PartialEq)]
enum Term {
    All,
    None,
    Chain(Vec<String>),
    /// Author's numbers with an insertion code, and inclusive ranges.
    Number(Vec<NumberRange>),
    /// Positions in the residue list, from 1 on, inclusive.
    Index(Vec<(i32, i32)>),
    ResidueName(Vec<String>),
    AminoAcid(&'static str),
    AtomName(Vec<String>),
    Secondary(Vec<SecondaryStructure>),
    Compare(String, Comparison, f64),
    /// The amino acid in a column of a table.
    OneOf(String, Vec<AminoAcid>),
    Within(f64, Box<Term>),
    /// Touches another chain.
    Interface,
    /// Neighbours of a kind; a residue of the protein is none.
    Neighbours(NeighbourKind),
    Not(Box<Term>),
    And(Box<Term>, Box<Term>),
    Or(Box<Term>, Box<Term>),
}

/// `20-60`, `42` or `42A`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NumberRange {
    first: i32,
    last: i32,
    /// `Some(code)` only for a single residue written with its code.
    code: Option<char>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

/// How many residues of other chains one touches: said alone it holds where there is one.
const INTERFACE: &str = "interface";

/// Words for neighbours.
const NEIGHBOURS: [(&str, NeighbourKind); 3] = [
    ("ligand", NeighbourKind::Ligand),
    ("metal", NeighbourKind::Metal),
    ("nucleic", NeighbourKind::Nucleic),
];

/// Words for groups of amino acids.
const CLASSES: [(&str, &str); 9] = [
    ("hydrophobic", "ACFILMVW"),
    ("aromatic", "FHWY"),
    ("aliphatic", "AILV"),
    ("polar", "HNQSTY"),
    ("charged", "DEKR"),
    ("acidic", "DE"),
    ("basic", "HKR"),
    ("small", "AGS"),
    ("tiny", "AG"),
];

impl Selection {
    /// Parses a selection over a protein alone; `b` (the B column at Cα) and `interface` can be compared.
    ///
    /// # Errors
    /// [`SelectError`] with the column where it goes wrong and what is expected.
    pub fn parse(text: &str) -> Result<Self, SelectError> {
        Self::parse_with(text, Columns::default())
    }

    /// Parses a selection that may name these columns, too.
    ///
    /// # Errors
    /// [`SelectError`] with the column where it goes wrong and what is expected.
    pub fn parse_with(text: &str, columns: Columns<'_>) -> Result<Self, SelectError> {
        Ok(Self {
            text: text.trim().to_owned(),
            term: parse::parse(text, columns)?,
        })
    }

    /// Which residues of a protein are selected.
    #[must_use]
    pub fn matches(&self, protein: &Protein, secondary: &[SecondaryStructure]) -> Vec<bool> {
        let residues: Vec<usize> = (0..protein.len()).collect();
        self.matches_rows(&Rows {
            protein,
            secondary,
            residues: &residues,
            facts: &(),
        })
    }

    /// Which rows of a table are selected.
    #[must_use]
    pub fn matches_rows(&self, rows: &Rows<'_>) -> Vec<bool> {
        evaluate::rows(&self.term, rows)
    }
}

impl std::fmt::Display for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Selection {
    type Err = SelectError;

    fn from_str(text: &str) -> Result<Self, SelectError> {
        Self::parse(text)
    }
}

fn is_one_of(letters: &str, amino_acid: Option<AminoAcid>) -> bool {
    amino_acid.is_some_and(|a| letters.contains(a.letter()))
}

#[cfg(test)]
#[path = "select/tests.rs"]
mod tests;

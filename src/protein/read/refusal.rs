//! Why a file gives no structure: with file, line and what to do.

use super::modified::parent;
use super::rows::{RawFile, Row};
use crate::protein::SetAside;

/// Why a file gives no structure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct ReadError {
    /// The file, `-` for standard input.
    pub file: String,
    /// What is wrong, where, and what to do.
    pub reason: Refusal,
}

impl ReadError {
    pub(super) fn new(file: &str, reason: Refusal) -> Self {
        Self {
            file: file.to_owned(),
            reason,
        }
    }
}

/// The reasons of a [`ReadError`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}; check the path and its permissions")]
    Io(String),
    /// A gzip stream that is damaged or ends early.
    #[error("the gzip stream is damaged or cut short ({0}); fetch the file again")]
    Gzip(String),
    /// Compressed by something else.
    #[error("is a {0} archive; unpack it first (plain and gzip files are read)")]
    Compression(&'static str),
    /// No text at all.
    #[error("is empty; give a PDB or mmCIF file")]
    Empty,
    /// Not text.
    #[error("is not text; give a PDB or mmCIF file")]
    Binary,
    /// A format that holds structures and is not read, and what to do.
    #[error("is a {0} file, which is not read; {1}")]
    Format(&'static str, &'static str),
    /// Beads in place of atoms.
    #[error(
        "is a coarse-grained model ({beads} beads named BB, as Martini's, and no CA atoms); give the \
         all-atom structure, or map it back first"
    )]
    CoarseGrained { beads: usize },
    /// No atom record was found.
    #[error("holds no atom records; give a PDB or mmCIF file with coordinates")]
    NoAtoms,
    /// Atom records were found, none could be read.
    #[error(
        "line {line}: {reason}; no atom could be read ({count} broken records): repair the file"
    )]
    Broken {
        /// 1-based.
        line: usize,
        /// Of the first broken record.
        reason: String,
        /// Broken records.
        count: usize,
    },
    /// Atoms, but no protein residue with a Cα.
    #[error(
        "holds no protein residue with a CA atom ({nucleotides} nucleotides, {ligands} other \
         residues, {waters} waters); only proteins are studied"
    )]
    NoProtein {
        /// Nucleotides found.
        nucleotides: usize,
        /// Ligands, ions, lipids, coarse-grained residues.
        ligands: usize,
        /// Water molecules found.
        waters: usize,
    },
    /// The model that begins at this line was refused by the parser behind.
    #[error("line {line}: the model that begins here cannot be read: {reason}; repair the file")]
    Parser {
        /// 1-based.
        line: usize,
        /// The parser's words.
        reason: String,
    },
}

/// The reason for a file without models.
pub(super) fn no_protein(raw: &RawFile<'_>, set_aside: SetAside) -> Refusal {
    match raw.broken.first() {
        Some((line, reason)) if raw.models.is_empty() => Refusal::Broken {
            line: *line,
            reason: reason.clone(),
            count: raw.broken.len(),
        },
        _ if raw.models.is_empty() => Refusal::NoAtoms,
        _ if beads(raw) > 0 => Refusal::CoarseGrained { beads: beads(raw) },
        _ => Refusal::NoProtein {
            nucleotides: set_aside.nucleotides,
            ligands: set_aside.ligands,
            waters: set_aside.waters,
        },
    }
}

/// Backbone beads of amino acids.
fn beads(raw: &RawFile<'_>) -> usize {
    let rows = raw.models.iter().flat_map(|m| &m.rows);
    let is_bead = |r: &&Row<'_>| r.name == "BB" && parent(r.residue).is_some();
    rows.filter(is_bead).count()
}

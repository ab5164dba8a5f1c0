//! What a reader says: refusals with file, line and advice, and warnings that lose nothing.

use std::collections::{BTreeSet, HashSet};

use super::rows::{Cut, RawFile};
use crate::protein::{BColumn, Model, SetAside};

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
    #[error("is no text; give a PDB or mmCIF file (BinaryCIF and MMTF are not read)")]
    Binary,
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
        _ => Refusal::NoProtein {
            nucleotides: set_aside.nucleotides,
            ligands: set_aside.ligands,
            waters: set_aside.waters,
        },
    }
}

/// Partial trouble: the structure is there, and this should be known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Atom records that could not be read were skipped.
    SkippedRecords {
        /// How many.
        count: usize,
        /// 1-based line of the first.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The file ends within a record: it was cut short.
    CutInLine {
        /// 1-based.
        line: usize,
    },
    /// The file ends within a model: it was cut short.
    CutInModel {
        /// The model's number in the file.
        number: usize,
    },
    /// The file's own count of atoms is larger than what it holds.
    MissingAtoms {
        /// Atom records.
        found: usize,
        /// What its `MASTER` record says.
        announced: usize,
    },
    /// The B column holds predicted confidence.
    PredictedConfidence,
    /// Residues without N, CA or C: in the sequence, but without a frame.
    MissingBackbone {
        /// How many of the first model.
        count: usize,
        /// The first of them.
        first: String,
    },
    /// Residues that no standard amino acid stands behind; shown as X.
    UnknownResidues {
        /// Their names.
        names: Vec<String>,
    },
    /// Chains without a name were called A, B, …
    UnnamedChains {
        /// How many.
        count: usize,
    },
    /// Residue numbers that occur twice in a chain.
    RepeatedNumbers {
        /// The first of them.
        first: String,
    },
    /// Models with other residues than the first.
    DifferingModels {
        /// How many.
        count: usize,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SkippedRecords {
                count: 1,
                line,
                reason,
            } => write!(f, "line {line} was skipped: {reason}"),
            Self::SkippedRecords {
                count,
                line,
                reason,
            } => write!(
                f,
                "{count} records were skipped, the first at line {line}: {reason}"
            ),
            Self::CutInLine { line } => write!(
                f,
                "the file ends in the middle of line {line}: its end is missing; fetch it again"
            ),
            Self::CutInModel { number } => write!(
                f,
                "the file ends in the middle of model {number}: its end is missing; fetch it again"
            ),
            Self::MissingAtoms { found, announced } => write!(
                f,
                "the file announces {announced} atoms and holds {found}: some were removed or lost"
            ),
            Self::PredictedConfidence => write!(
                f,
                "the B column holds predicted confidence (pLDDT), not B-factors; it is not compared"
            ),
            Self::MissingBackbone { count, first } => write!(
                f,
                "{count} residues lack N, CA or C, the first is {first}: they have no frame"
            ),
            Self::UnknownResidues { names } => {
                write!(
                    f,
                    "residues without a standard parent, shown as X: {}",
                    names.join(" ")
                )
            }
            Self::UnnamedChains { count } => {
                write!(f, "{count} chains have no name in the file; named A, B, …")
            }
            Self::RepeatedNumbers { first } => {
                write!(f, "residue numbers repeat within a chain, first at {first}")
            }
            Self::DifferingModels { count } => {
                write!(f, "{count} models have other residues than the first")
            }
        }
    }
}

/// What was noticed while the models were built.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub unnamed_chains: usize,
}

impl Findings {
    pub fn warnings(self, raw: &RawFile<'_>, models: &[Model], b: BColumn) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if let Some((line, reason)) = raw.broken.first() {
            warnings.push(Warning::SkippedRecords {
                count: raw.broken.len(),
                line: *line,
                reason: reason.clone(),
            });
        }
        warnings.extend(raw.cut.map(|cut| match cut {
            Cut::InLine(line) => Warning::CutInLine { line },
            Cut::InModel(number) => Warning::CutInModel { number },
            Cut::Atoms { found, announced } => Warning::MissingAtoms { found, announced },
        }));
        if b == BColumn::Plddt {
            warnings.push(Warning::PredictedConfidence);
        }
        if self.unnamed_chains > 0 {
            let count = self.unnamed_chains;
            warnings.push(Warning::UnnamedChains { count });
        }
        if let Some((first, others)) = models.split_first() {
            about_residues(first, &mut warnings);
            let count = others.iter().filter(|m| !same_residues(first, m)).count();
            if count > 0 {
                warnings.push(Warning::DifferingModels { count });
            }
        }
        warnings
    }
}

fn about_residues(model: &Model, warnings: &mut Vec<Warning>) {
    let residues = || model.chains.iter().flat_map(|c| &c.residues);
    let only_alpha = residues().all(|r| r.atom("N").is_none() && r.atom("C").is_none());
    let incomplete: Vec<String> = residues()
        .filter(|r| ["N", "CA", "C"].iter().any(|a| r.atom(a).is_none()))
        .map(|r| r.id.to_string())
        .collect();
    if let Some(first) = incomplete.first().filter(|_| !only_alpha) {
        warnings.push(Warning::MissingBackbone {
            count: incomplete.len(),
            first: first.clone(),
        });
    }
    let names: BTreeSet<&str> = residues()
        .filter(|r| r.amino_acid.is_none())
        .map(|r| r.name.as_str())
        .collect();
    if !names.is_empty() {
        let names = names.into_iter().map(str::to_owned).collect();
        warnings.push(Warning::UnknownResidues { names });
    }
    let mut seen = HashSet::new();
    if let Some(repeated) = residues().find(|r| !seen.insert(&r.id)) {
        let first = repeated.id.to_string();
        warnings.push(Warning::RepeatedNumbers { first });
    }
}

fn same_residues(a: &Model, b: &Model) -> bool {
    let ids = |m: &'_ Model| {
        m.chains
            .iter()
            .flat_map(|c| &c.residues)
            .map(|r| (r.id.clone(), r.name.clone()))
            .collect::<Vec<_>>()
    };
    ids(a) == ids(b)
}

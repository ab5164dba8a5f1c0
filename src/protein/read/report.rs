//! What a reader says of a file that it could read.

use std::collections::{BTreeSet, HashSet};

use super::geometry;
use super::rows::{Cut, RawFile};
use crate::protein::structure::ModelsAre;
use crate::protein::{BColumn, Model, Structure};

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
    /// The B column holds no B-factors.
    BColumn(BColumn),
    /// The header names a program that predicts structures; whether that was believed.
    PredictorNamed { name: &'static str, believed: bool },
    /// Files written one after the other, with an `END` between them on these lines.
    JoinedFiles { lines: Vec<usize> },
    /// Models that hold different chains of one structure.
    JoinedModels { models: usize },
    /// Blocks that hold different chains of one structure.
    JoinedBlocks { names: Vec<String> },
    /// Blocks that hold the same chains, as the models that they are taken for.
    Entries { entries: Vec<(usize, String)> },
    /// Models that are no conformations of one structure.
    NoEnsemble(ModelsAre),
    /// Rows out of order.
    Reordered { chain: String, places: usize },
    /// Coordinates in nm.
    Nanometres,
    /// A chain that is torn apart, as by the edge of a periodic box.
    TornChain {
        between: (String, String),
        angstrom: u32,
    },
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
            Self::BColumn(b) => write!(f, "B column: {b}"),
            Self::PredictorNamed {
                name,
                believed: true,
            } => write!(f, "the header names {name}: taken for a predicted model"),
            Self::PredictorNamed {
                name,
                believed: false,
            } => write!(
                f,
                "the header names {name}, but the B column falls where the protein is dense, as \
                 B-factors do: taken for an experiment"
            ),
            Self::JoinedFiles { .. }
            | Self::JoinedModels { .. }
            | Self::JoinedBlocks { .. }
            | Self::Entries { .. }
            | Self::NoEnsemble(_) => self.about_models(f),
            Self::Reordered { chain, places } => write!(
                f,
                "chain {chain}: rows out of order at {places} places; taken in the order of the chain \
                 (bonds, then numbers)"
            ),
            Self::Nanometres => write!(
                f,
                "the coordinates are in nm by their bond lengths: multiplied by 10"
            ),
            Self::TornChain { between, angstrom } => write!(
                f,
                "the chain is torn at {} and {}, {angstrom} Å apart, as by a periodic box: make it \
                 whole (gmx trjconv -pbc mol)",
                between.0, between.1
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
                let chains = if *count == 1 {
                    "chain has"
                } else {
                    "chains have"
                };
                write!(f, "{count} {chains} no name in the file; named A, B, …")
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

impl Warning {
    /// What the models, blocks or files of one file are to one another.
    fn about_models(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::JoinedFiles { lines } => write!(
                f,
                "files were joined: atoms follow the END on line {}; all their chains are read",
                listed(lines)
            ),
            Self::JoinedModels { models } => write!(
                f,
                "{models} models hold different chains: read as one structure"
            ),
            Self::JoinedBlocks { names } => write!(
                f,
                "the data blocks {} hold different chains: read as one structure",
                names.join(", ")
            ),
            Self::Entries { entries } => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(number, name)| format!("{name} is --model {number}"))
                    .collect();
                let entries = entries.join(", ");
                write!(f, "the data blocks hold the same chains: {entries}")
            }
            Self::NoEnsemble(ModelsAre::Copies) => write!(
                f,
                "the models are rigid copies, as of a biological assembly: no ensemble, not compared"
            ),
            Self::NoEnsemble(ModelsAre::Samples) => write!(
                f,
                "the models were drawn by this program: no experiment, not compared"
            ),
            Self::NoEnsemble(_) => {
                write!(f, "the models are predictions: no experiment, not compared")
            }
            _ => Ok(()),
        }
    }
}

fn listed(lines: &[usize]) -> String {
    const SHOWN: usize = 5;
    let shown = lines.iter().take(SHOWN).map(ToString::to_string);
    let mut shown: Vec<String> = shown.collect();
    if lines.len() > SHOWN {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

/// What was noticed while the models were built.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub unnamed_chains: usize,
    /// In the first model.
    pub reordered: Vec<(String, usize)>,
    /// What was said before the models were built.
    pub said: Vec<Warning>,
}

impl Findings {
    pub fn warnings(self, raw: &RawFile<'_>, structure: &Structure) -> Vec<Warning> {
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
        warnings.extend(self.said);
        warnings.extend(raw.header.scaled.map(|_| Warning::Nanometres));
        let b = structure.b_column;
        warnings.extend(b.is_told().then_some(Warning::BColumn(b)));
        let are = structure.models_are;
        if !matches!(
            are,
            ModelsAre::One | ModelsAre::Ensemble | ModelsAre::Entries
        ) {
            warnings.push(Warning::NoEnsemble(are));
        }
        if self.unnamed_chains > 0 {
            let count = self.unnamed_chains;
            warnings.push(Warning::UnnamedChains { count });
        }
        let reordered = self.reordered.into_iter();
        warnings.extend(reordered.map(|(chain, places)| Warning::Reordered { chain, places }));
        if let Some((first, others)) = structure.models.split_first() {
            warnings.extend(torn(first, raw.header.cell));
            about_residues(first, &mut warnings);
            let count = others.iter().filter(|m| !same_residues(first, m)).count();
            if count > 0 {
                warnings.push(Warning::DifferingModels { count });
            }
        }
        warnings
    }
}

fn torn(model: &Model, cell: Option<[f64; 3]>) -> Option<Warning> {
    geometry::torn(model, cell).map(|(a, b, angstrom)| Warning::TornChain {
        between: (a.to_string(), b.to_string()),
        angstrom: angstrom.round() as u32,
    })
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

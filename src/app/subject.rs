//! What is on the table: a protein with coordinates or a bare sequence, with everything that views
//! ask of it again and again computed once.

use std::path::PathBuf;
use std::sync::Arc;

use crate::analysis::triage::burial_neighbours;
use crate::engine::request::Target;
use crate::numeric::Vec3;
use crate::protein::{AminoAcid, BColumn, Protein, SecondaryStructure, Sequence, Structure};

/// Å between Cα atoms below which two residues touch.
pub const CONTACT_LIMIT: f64 = 8.0;

/// The residues on screen, as one list; every profile and map is indexed by it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What was opened: a whole path, `example:NAME`, a sequence; `None` for standard input.
    pub path: Option<PathBuf>,
    /// Name of the structure or sequence.
    pub name: String,
    /// The whole file, where it is a structure.
    pub structure: Option<Arc<Structure>>,
    /// The part under study, where it is a structure.
    pub protein: Option<Arc<Protein>>,
    /// The sequence, where there are no coordinates.
    pub sequence: Option<Arc<Sequence>>,
    /// Every record of the file, where it holds sequences.
    pub records: Arc<[Arc<Sequence>]>,
    /// 0-based index of the record on screen.
    pub record: usize,
    /// 0-based index of the model.
    pub model: usize,
    /// Chains under study, in order.
    pub chains: Vec<String>,
    /// One letter a residue.
    pub letters: Vec<char>,
    /// Amino acid of each residue.
    pub amino_acids: Vec<Option<AminoAcid>>,
    /// The author's name of each residue: `A:42`; for a sequence its 1-based position.
    pub labels: Vec<String>,
    /// The author's number of each residue.
    pub numbers: Vec<i32>,
    /// Index into `chains` of each residue.
    pub chain_of: Vec<usize>,
    /// Secondary structure of each residue.
    pub secondary: Vec<SecondaryStructure>,
    /// Whether a residue is bonded to the next one (one shorter than the list).
    pub bonded: Vec<bool>,
    /// Cα positions in Å.
    pub alpha_carbons: Vec<Option<Vec3>>,
    /// The B column at Cα.
    pub b_column: Vec<f64>,
    /// What the B column means.
    pub b_meaning: BColumn,
    /// Residues in contact with each, nearest first, with the Cα–Cα distance in Å.
    pub contacts: Vec<Vec<(usize, f64)>>,
    /// Neighbours within 10 Å of each residue's Cβ.
    pub burial: Vec<f64>,
    /// What the reader had to say.
    pub warnings: Vec<String>,
}

/// What a subject with coordinates is made of.
#[derive(Debug)]
pub struct Part {
    /// The whole file.
    pub structure: Arc<Structure>,
    /// Where it was read from.
    pub path: Option<PathBuf>,
    /// 0-based index of the model.
    pub model: usize,
    /// The residues under study.
    pub protein: Protein,
    /// Their secondary structure.
    pub secondary: Vec<SecondaryStructure>,
    /// Whether each is bonded to the next.
    pub bonded: Vec<bool>,
    /// What the reader had to say.
    pub warnings: Vec<String>,
}

impl Subject {
    /// A part of a structure.
    #[must_use]
    pub fn from_protein(part: Part) -> Self {
        let Part {
            structure,
            path,
            model,
            protein,
            secondary,
            bonded,
            warnings,
        } = part;
        let mut chains: Vec<String> = Vec::new();
        let mut chain_of = Vec::with_capacity(protein.len());
        for residue in &protein.residues {
            if chains.last() != Some(&residue.id.chain) {
                chains.push(residue.id.chain.clone());
            }
            chain_of.push(chains.len() - 1);
        }
        let alpha_carbons = protein.alpha_carbons();
        Self {
            path,
            name: structure.name.clone(),
            sequence: None,
            records: Arc::default(),
            record: 0,
            model,
            chains,
            chain_of,
            letters: protein.letters().chars().collect(),
            amino_acids: protein.amino_acids(),
            labels: protein.residues.iter().map(|r| r.id.to_string()).collect(),
            numbers: protein.residues.iter().map(|r| r.id.number).collect(),
            secondary,
            bonded,
            contacts: contacts(&alpha_carbons),
            alpha_carbons,
            b_column: b_column(&protein),
            b_meaning: protein.b_column,
            burial: burial_neighbours(&protein),
            warnings,
            structure: Some(structure),
            protein: Some(Arc::new(protein)),
        }
    }

    /// A bare sequence.
    #[must_use]
    pub fn from_sequence(sequence: Sequence, path: Option<PathBuf>) -> Self {
        let sequence = Arc::new(sequence);
        Self::of_record(Arc::from([sequence.clone()]), 0, sequence, path)
    }

    /// One of the records of a file; `None` when there are not so many.
    #[must_use]
    pub fn from_records(
        records: Arc<[Arc<Sequence>]>,
        record: usize,
        path: Option<PathBuf>,
    ) -> Option<Self> {
        let sequence = Arc::clone(records.get(record)?);
        Some(Self::of_record(records, record, sequence, path))
    }

    fn of_record(
        records: Arc<[Arc<Sequence>]>,
        record: usize,
        sequence: Arc<Sequence>,
        path: Option<PathBuf>,
    ) -> Self {
        let n = sequence.len();
        Self {
            records,
            record,
            path,
            name: sequence.name.clone(),
            structure: None,
            protein: None,
            model: 0,
            chains: vec![String::new()],
            letters: sequence.letters().chars().collect(),
            amino_acids: (0..n).map(|i| sequence.amino_acid(i)).collect(),
            labels: (1..=n).map(|i| i.to_string()).collect(),
            numbers: (1..=n as i32).collect(),
            chain_of: vec![0; n],
            secondary: vec![SecondaryStructure::Coil; n],
            bonded: vec![true; n - 1],
            alpha_carbons: vec![None; n],
            b_column: vec![f64::NAN; n],
            b_meaning: BColumn::Absent,
            contacts: vec![Vec::new(); n],
            burial: vec![f64::NAN; n],
            warnings: Vec::new(),
            sequence: Some(sequence),
        }
    }

    /// Number of residues.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a subject is never empty")]
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// What a scan is asked about.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        match (&self.protein, &self.sequence) {
            (Some(protein), _) => Some(Target::Protein(Arc::clone(protein))),
            (None, Some(sequence)) => Some(Target::Sequence(Arc::clone(sequence))),
            (None, None) => None,
        }
    }

    /// The residues; those of a bare sequence have no atoms.
    #[must_use]
    pub fn residues(&self) -> Option<Arc<Protein>> {
        let of_sequence = || Some(Arc::new(Protein::of_sequence(self.sequence.as_ref()?)));
        self.protein.clone().or_else(of_sequence)
    }

    /// Names of all protein chains of the model on screen.
    #[must_use]
    pub fn all_chains(&self) -> Vec<String> {
        self.structure
            .as_ref()
            .and_then(|s| s.models.get(self.model))
            .map_or_else(Vec::new, |m| {
                m.chains.iter().map(|c| c.id.clone()).collect()
            })
    }

    /// Number of models in the file.
    #[must_use]
    pub fn model_count(&self) -> usize {
        self.structure.as_ref().map_or(1, |s| s.models.len())
    }

    /// A substitution as people write it: `A:A42G`, without the chain where there is one only.
    #[must_use]
    pub fn mutant_name(&self, index: usize, mutant: AminoAcid) -> String {
        let label = &self.labels[index];
        let (chain, number) = label
            .rsplit_once(':')
            .map_or((String::new(), label.as_str()), |(c, n)| {
                (format!("{c}:"), n)
            });
        let chain = if self.chains.len() > 1 {
            chain
        } else {
            String::new()
        };
        format!("{chain}{}{number}{mutant}", self.letters[index])
    }
}

fn b_column(protein: &Protein) -> Vec<f64> {
    protein
        .residues
        .iter()
        .map(|r| match protein.b_column {
            BColumn::Absent => f64::NAN,
            BColumn::BFactor | BColumn::Plddt => r.atom("CA").map_or(f64::NAN, |a| a.b_factor),
        })
        .collect()
}

fn contacts(alpha_carbons: &[Option<Vec3>]) -> Vec<Vec<(usize, f64)>> {
    alpha_carbons
        .iter()
        .enumerate()
        .map(|(i, a)| {
            let Some(a) = a else { return Vec::new() };
            let mut near: Vec<(usize, f64)> = alpha_carbons
                .iter()
                .enumerate()
                .filter(|(j, _)| i.abs_diff(*j) > 2)
                .filter_map(|(j, b)| Some((j, (b.as_ref()? - a).norm())))
                .filter(|(_, d)| *d < CONTACT_LIMIT)
                .collect();
            near.sort_by(|x, y| x.1.total_cmp(&y.1));
            near
        })
        .collect()
}

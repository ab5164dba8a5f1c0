//! What is on the table: a protein, with everything that views ask of it again and again computed once.

use std::path::PathBuf;
use std::sync::Arc;

use super::surroundings::Surroundings;
use crate::analysis::triage::{burial_in_context, burial_neighbours};
use crate::numeric::Vec3;
use crate::protein::b_column::Other;
use crate::protein::touching::Touch;
use crate::protein::{
    AminoAcid, BColumn, ChainChoice, Opened, Protein, SecondaryStructure, Structure, secondary,
};

/// Å between Cα atoms below which two residues touch.
pub const CONTACT_LIMIT: f64 = 8.0;

/// The residues on screen, as one list; every profile and map is indexed by it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What was opened: a whole path, `example:NAME`, a sequence; `None` for standard input.
    pub path: Option<PathBuf>,
    /// Name of the structure or sequence.
    pub name: String,
    /// The whole record: a structure, or a bare sequence.
    pub structure: Arc<Structure>,
    pub protein: Arc<Protein>,
    /// Every record of the file.
    pub records: Arc<Opened>,
    /// 0-based index of the record on screen.
    pub record: usize,
    /// 0-based index of the model.
    pub model: usize,
    /// Chains under study, in order.
    pub chains: Vec<String>,
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
    /// The same with the neighbours; empty where no other chain is near.
    pub burial_context: Vec<f64>,
    /// Residues of other chains that each touches; empty where there is no other chain.
    pub interface: Vec<f64>,
    /// The neighbours that each touches, the nearest first.
    pub touches: Vec<Vec<Touch>>,
    /// The neighbours as they are drawn.
    pub surroundings: Surroundings,
    /// What the reader had to say.
    pub warnings: Vec<String>,
}

impl Subject {
    /// A part of a structure, or a bare sequence.
    #[must_use]
    pub fn new(structure: Arc<Structure>, model: usize, protein: Protein) -> Self {
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
            path: None,
            name: structure.name.clone(),
            records: Arc::new(Opened::of_structure(Arc::clone(&structure))),
            record: 0,
            model,
            chains,
            chain_of,
            letters: protein.letters().chars().collect(),
            amino_acids: protein.amino_acids(),
            labels: protein.residues.iter().map(|r| r.id.to_string()).collect(),
            numbers: protein.residues.iter().map(|r| r.id.number).collect(),
            secondary: secondary::assign(&protein),
            bonded: protein.bonded(),
            contacts: contacts(&alpha_carbons),
            alpha_carbons,
            b_column: b_column(&protein),
            b_meaning: protein.b_column,
            burial: burial_neighbours(&protein),
            burial_context: burial_in_context(&protein).unwrap_or_default(),
            interface: protein.interface().unwrap_or_default(),
            touches: protein.touches(),
            surroundings: Surroundings::new(&protein.context),
            warnings: Vec::new(),
            structure,
            protein: Arc::new(protein),
        }
    }

    /// One of the records of a file.
    ///
    /// # Errors
    /// In words, when there are not so many, or the choice of chains does not fit.
    pub fn of_record(
        records: Arc<Opened>,
        record: usize,
        choice: &ChainChoice,
        path: Option<PathBuf>,
    ) -> Result<Self, String> {
        let structure = records.structure(record);
        let structure =
            structure.ok_or_else(|| format!("the file has {} records", records.len()))?;
        let protein = structure.protein(0, choice).map_err(|e| e.to_string())?;
        let loaded = structure.loaded(&protein).into_iter();
        Ok(Self {
            path,
            warnings: records
                .warnings
                .iter()
                .cloned()
                .chain(records.refused.iter().map(ToString::to_string))
                .chain(loaded.map(|line| on_screen(&line)))
                .collect(),
            records,
            record,
            ..Self::new(structure, 0, protein)
        })
    }

    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a subject is never empty")]
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// Whether there are coordinates; a bare sequence has none.
    #[must_use]
    pub fn has_coordinates(&self) -> bool {
        self.protein.has_coordinates()
    }

    /// Names of all protein chains of the model on screen.
    #[must_use]
    pub fn all_chains(&self) -> Vec<String> {
        let named = |name: &&str| !name.is_empty();
        let names = self.structure.chain_names(self.model).into_iter();
        names.filter(named).map(str::to_owned).collect()
    }

    /// Number of models in the file.
    #[must_use]
    pub fn model_count(&self) -> usize {
        self.structure.models.len()
    }

    /// A substitution as people write it: `A:A42G`, without the chain where there is one only.
    #[must_use]
    pub fn mutant_name(&self, index: usize, mutant: AminoAcid) -> String {
        self.protein.mutant_name(index, mutant)
    }
}

/// What was said with options of the command line, with commands of the screen.
#[must_use]
pub fn on_screen(line: &str) -> String {
    line.replace("--chain ", ":chain ")
        .replace("--context", ":context on")
}

fn b_column(protein: &Protein) -> Vec<f64> {
    protein
        .residues
        .iter()
        .map(|r| match protein.b_column {
            BColumn::Absent | BColumn::Other(Other::AllEqual | Other::NmrFiller) => f64::NAN,
            b => r
                .atom("CA")
                .map_or(f64::NAN, |a| b.plddt(a.b_factor).unwrap_or(a.b_factor)),
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

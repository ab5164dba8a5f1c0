//! Protein structures as the files give them.

use std::sync::Arc;

use super::assembly::Assembly;
use super::{AminoAcid, BColumn, Protein, Sequence};
use crate::numeric::{Covariance3, Vec3};

/// What the author of the file called a residue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResidueId {
    /// Chain name (author's, `auth_asym_id`).
    pub chain: String,
    /// Residue number (author's); may be negative, may repeat with insertion codes.
    pub number: i32,
    /// Insertion code.
    pub insertion_code: Option<char>,
}

impl ResidueId {
    /// Stands for an insertion code where the structure lacks the residue; its number is then the place
    /// in the sequence, see [`super::construct`].
    pub const UNSEEN: char = '~';

    /// Whether the structure has the residue, so that chain and number are its author's.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.insertion_code != Some(Self::UNSEEN)
    }
}

impl std::fmt::Display for ResidueId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.chain.is_empty() {
            write!(f, "{}:", self.chain)?;
        }
        write!(f, "{}", self.number)?;
        self.insertion_code
            .map_or(Ok(()), |code| write!(f, "{code}"))
    }
}

/// One atom, after the choice among alternate locations.
#[derive(Debug, Clone, PartialEq)]
pub struct Atom {
    /// Name as in the file, trimmed: `CA`.
    pub name: String,
    /// Element symbol, upper case: `C`.
    pub element: String,
    /// Position in Å.
    pub position: Vec3,
    /// The B column in Å² (or whatever [`BColumn`] says it is).
    pub b_factor: f64,
    /// Occupancy, 0 to 1.
    pub occupancy: f64,
    /// Anisotropic displacement tensor in Å², world frame.
    pub anisou: Option<Covariance3>,
}

/// One residue of a protein chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Residue {
    /// The author's numbering.
    pub id: ResidueId,
    /// Three-letter name as in the file: `MSE`.
    pub name: String,
    /// The standard residue, a modified residue's parent; `None` where there is none.
    pub amino_acid: Option<AminoAcid>,
    /// Atoms, hydrogens included, one location each.
    pub atoms: Vec<Atom>,
}

impl Residue {
    /// A residue of which the sequence alone is known: without atoms.
    #[must_use]
    pub fn unseen(id: ResidueId, amino_acid: Option<AminoAcid>) -> Self {
        Self {
            id,
            name: amino_acid
                .map_or("UNK", AminoAcid::three_letters)
                .to_owned(),
            amino_acid,
            atoms: Vec::new(),
        }
    }

    /// A residue of a bare sequence; the rare and ambiguous letters keep their names.
    fn of_letter(number: usize, letter: char) -> Self {
        let id = ResidueId {
            chain: String::new(),
            number: i32::try_from(number).unwrap_or(i32::MAX),
            insertion_code: None,
        };
        let amino_acid = AminoAcid::from_letter(letter);
        let rare = RARE.iter().find(|(l, _)| *l == letter);
        let name = rare.map(|(_, name)| (*name).to_owned());
        let residue = Self::unseen(id, amino_acid);
        Self {
            name: name.unwrap_or(residue.name),
            ..residue
        }
    }

    /// A residue of atoms whose names and places alone are known.
    #[must_use]
    pub fn of_positions<'a>(
        id: ResidueId,
        amino_acid: Option<AminoAcid>,
        positions: impl IntoIterator<Item = (&'a str, Vec3)>,
    ) -> Self {
        let atom = |(name, position): (&str, Vec3)| Atom {
            name: name.to_owned(),
            element: name[..1].to_owned(),
            position,
            b_factor: 0.0,
            occupancy: 1.0,
            anisou: None,
        };
        Self {
            atoms: positions.into_iter().map(atom).collect(),
            ..Self::unseen(id, amino_acid)
        }
    }

    /// The atom of that name.
    #[must_use]
    pub fn atom(&self, name: &str) -> Option<&Atom> {
        self.atoms.iter().find(|a| a.name == name)
    }

    /// Position of the atom of that name in Å.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<Vec3> {
        self.atom(name).map(|a| a.position)
    }

    /// One-letter code; `B J O U Z` where the name says so, else `X` without a standard parent.
    #[must_use]
    pub fn letter(&self) -> char {
        let rare = || RARE.iter().find(|(_, name)| *name == self.name);
        self.amino_acid.map_or_else(
            || rare().map_or('X', |(letter, _)| *letter),
            AminoAcid::letter,
        )
    }
}

/// Letters beyond the twenty that language models know, by the names of structure files.
const RARE: [(char, &str); 5] = [
    ('B', "ASX"),
    ('J', "XLE"),
    ('O', "PYL"),
    ('U', "SEC"),
    ('Z', "GLX"),
];

/// A protein chain: residues in file order.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// Author's chain name.
    pub id: String,
    /// What assemblies call it: `label_asym_id` of mmCIF, else the author's name.
    pub asym: String,
    /// At least one residue.
    pub residues: Vec<Residue>,
}

impl Chain {
    #[must_use]
    pub fn new(id: impl Into<String>, residues: Vec<Residue>) -> Self {
        let id: String = id.into();
        Self {
            asym: id.clone(),
            id,
            residues,
        }
    }
}

/// What a residue is that stands around the protein under study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NeighbourKind {
    /// Of another protein chain.
    Protein,
    Nucleic,
    Ligand,
    /// One atom of a metal.
    Metal,
}

/// A residue that is not studied but there.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    pub kind: NeighbourKind,
    /// What assemblies call its chain, see [`Chain::asym`].
    pub asym: String,
    pub residue: Residue,
}

/// What of a structure stands around the residues that are studied, and whether it counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// A biological assembly by its name; `None` = what the file holds.
    pub assembly: Option<String>,
    /// It takes part in elastic networks, in burial and in what the solvent reaches.
    pub counts: bool,
}

/// One model of a file: its protein chains.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Serial number in the file, 1 where the file has none.
    pub number: usize,
    /// Protein chains in file order.
    pub chains: Vec<Chain>,
    /// Nucleotides, ligands and metals in file order; no waters, and no caps of chains.
    pub others: Arc<[Neighbour]>,
    /// The whole polymers, residues without coordinates included (`SEQRES`, `_entity_poly_seq`), where
    /// the file lists them, each by its chain's name. Caps are not in them; `X` stands for what has no
    /// standard parent.
    pub seqres: Arc<[Sequence]>,
}

impl Model {
    /// A model of a file that lists no sequences.
    #[must_use]
    pub fn new(number: usize, chains: Vec<Chain>) -> Self {
        Self {
            number,
            chains,
            others: [].into(),
            seqres: [].into(),
        }
    }
}

/// An entry of a sequence database that a chain, or a part of it, is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Author's chain name.
    pub chain: String,
    /// Accession and identifier: `P0CG47`, `UBB_HUMAN`.
    pub names: Vec<String>,
    /// Author's number = number in the entry + offset.
    pub offset: i32,
}

/// What was in the file beside protein chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SetAside {
    /// Water molecules.
    pub waters: usize,
    /// Ligands and ions.
    pub ligands: usize,
    /// Nucleotides.
    pub nucleotides: usize,
    /// Of the ligands, amino acids that are part of no chain.
    pub amino_acids: usize,
    /// Of the ligands, groups that close the ends of chains.
    pub caps: usize,
}

impl std::fmt::Display for SetAside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let others = self.ligands - self.amino_acids - self.caps;
        let counts = [
            (others, "ligand or ion", "ligands and ions"),
            (self.amino_acids, "free amino acid", "free amino acids"),
            (self.caps, "cap", "caps"),
            (self.nucleotides, "nucleotide", "nucleotides"),
            (self.waters, "water", "waters"),
        ];
        let mut some = counts.iter().filter(|(n, ..)| *n > 0).peekable();
        if some.peek().is_none() {
            return write!(f, "nothing");
        }
        let texts: Vec<String> = some
            .map(|(n, one, many)| format!("{n} {}", if *n == 1 { one } else { many }))
            .collect();
        write!(f, "{}", texts.join(", "))
    }
}

/// What several models of a file are to one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ModelsAre {
    #[default]
    One,
    /// Conformations, as of an NMR entry.
    Ensemble,
    /// Rigid copies: a biological assembly.
    Copies,
    /// Drawn by this program.
    Samples,
    /// Of a predictor.
    Predictions,
    /// Entries that a file holds side by side.
    Entries,
}

/// How the structure was determined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// X-ray or electron diffraction, resolution in Å where the file gives it.
    Diffraction {
        /// Å.
        resolution: Option<f64>,
    },
    /// Solution or solid-state NMR.
    Nmr,
    /// Electron microscopy.
    ElectronMicroscopy,
    /// A predicted model.
    Predicted,
    /// The file does not say.
    Unknown,
}

/// Everything read from one structure file, or a bare sequence: one chain without a name, whose residues
/// have no atoms.
#[derive(Debug, Clone, PartialEq)]
pub struct Structure {
    /// File stem or PDB id.
    pub name: String,
    /// What else the protein is called: accession, gene.
    pub aliases: Vec<String>,
    /// What its chains are called in databases (`DBREF`, `_struct_ref_seq`).
    pub references: Vec<Reference>,
    /// At least one, each with at least one chain.
    pub models: Vec<Model>,
    /// What was left out, counted in the first model.
    pub set_aside: SetAside,
    /// Meaning of the B column.
    pub b_column: BColumn,
    /// Experiment.
    pub method: Method,
    pub models_are: ModelsAre,
    /// Biological assemblies that the file describes.
    pub assemblies: Arc<[Assembly]>,
    /// Which neighbours [`Structure::protein`] gives the residues, and whether they count.
    pub around: Around,
    /// Other programs that open its file find every residue there by the name that it has here.
    pub is_verbatim: bool,
}

impl Structure {
    /// A bare sequence: numbered from 1, in a chain without a name, without atoms.
    #[must_use]
    pub fn of_sequence(sequence: &Sequence) -> Self {
        let letters = sequence.letters().chars().enumerate();
        let residues = letters.map(|(i, l)| Residue::of_letter(i + 1, l));
        let model = Model::new(1, vec![Chain::new("", residues.collect())]);
        Self {
            aliases: sequence.aliases.clone(),
            ..Self::new(sequence.name.clone(), vec![model])
        }
    }

    /// Whether other programs that open its file show this protein, by the names that it has here.
    #[must_use]
    pub fn is_shown_by_file(&self, protein: &Protein) -> bool {
        let first = self.models.first().map(|m| m.number);
        self.is_verbatim && first == Some(protein.model)
    }

    /// A structure of which nothing but the models is known.
    #[must_use]
    pub fn new(name: impl Into<String>, models: Vec<Model>) -> Self {
        let models_are = if models.len() > 1 {
            ModelsAre::Ensemble
        } else {
            ModelsAre::One
        };
        Self {
            name: name.into(),
            aliases: Vec::new(),
            references: Vec::new(),
            models,
            set_aside: SetAside::default(),
            b_column: BColumn::Absent,
            method: Method::Unknown,
            models_are,
            assemblies: [].into(),
            around: Around::default(),
            is_verbatim: false,
        }
    }
}

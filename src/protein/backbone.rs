//! The residues under study as one list, with their backbone geometry.

use super::{BColumn, Residue, ResidueId};
use crate::numeric::{Frame, Vec3};
use crate::protein::{AminoAcid, Sequence};

/// Å between C and the next N above which two neighbours in the list are not bonded.
pub const PEPTIDE_BOND_LIMIT: f64 = 2.5;

/// Å between two neighbouring Cα above which they are not bonded, where C or N is missing.
pub const ALPHA_CARBON_LIMIT: f64 = 4.5;

/// The residues of one or several chains of one model, in file order: what one analysis sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Protein {
    /// Name of the structure it comes from.
    pub name: String,
    /// Serial number of the model.
    pub model: usize,
    /// At least one residue.
    pub residues: Vec<Residue>,
    /// Meaning of the B column.
    pub b_column: BColumn,
}

impl Protein {
    /// A bare sequence as a list of residues: numbered from 1, in a chain without a name, without atoms.
    #[must_use]
    pub fn of_sequence(sequence: &Sequence) -> Self {
        let residue = |index: usize| {
            let id = ResidueId {
                chain: String::new(),
                number: i32::try_from(index + 1).unwrap_or(i32::MAX),
                insertion_code: None,
            };
            Residue::unseen(id, sequence.amino_acid(index))
        };
        Self {
            name: sequence.name.clone(),
            model: 1,
            residues: (0..sequence.len()).map(residue).collect(),
            b_column: BColumn::Absent,
        }
    }

    /// Number of residues.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a protein is never empty")]
    pub fn len(&self) -> usize {
        self.residues.len()
    }

    /// One letter a residue, `X` where there is no standard parent.
    #[must_use]
    pub fn letters(&self) -> String {
        self.residues.iter().map(Residue::letter).collect()
    }

    /// The amino acid of each residue.
    #[must_use]
    pub fn amino_acids(&self) -> Vec<Option<AminoAcid>> {
        self.residues.iter().map(|r| r.amino_acid).collect()
    }

    /// Cα positions in Å, `None` where the atom is missing.
    #[must_use]
    pub fn alpha_carbons(&self) -> Vec<Option<Vec3>> {
        self.residues.iter().map(|r| r.position("CA")).collect()
    }

    /// Local frames, `None` where N, CA or C is missing.
    #[must_use]
    pub fn frames(&self) -> Vec<Option<Frame>> {
        self.residues
            .iter()
            .map(|r| Frame::from_backbone(r.position("N")?, r.position("CA")?, r.position("C")?))
            .collect()
    }
}

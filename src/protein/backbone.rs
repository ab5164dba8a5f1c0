//! The residues under study as one list, with their backbone geometry.

use std::sync::Arc;

use super::context::Context;
use super::{BColumn, Residue, Structure};
use crate::numeric::{Frame, Vec3};
use crate::protein::{AminoAcid, Sequence};

/// Å between C and the next N above which two neighbours in the list are not bonded.
pub const PEPTIDE_BOND_LIMIT: f64 = 2.5;

/// Å between two neighbouring Cα above which they are not bonded, where C or N is missing.
pub const ALPHA_CARBON_LIMIT: f64 = 4.5;

/// Something that needs coordinates was asked of a bare sequence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is a sequence without coordinates; {what} needs a structure (a PDB or mmCIF file)")]
pub struct NoCoordinates {
    /// Name of the sequence.
    pub name: String,
    /// What was asked for.
    pub what: String,
}

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
    /// The whole sequences of the model's chains, see [`Model::seqres`](super::Model::seqres).
    pub seqres: Arc<[Sequence]>,
    /// What stands around these residues.
    pub context: Arc<Context>,
}

impl Protein {
    /// A bare sequence, see [`Structure::of_sequence`].
    #[must_use]
    pub fn of_sequence(sequence: &Sequence) -> Self {
        let structure = Structure::of_sequence(sequence);
        Self {
            name: structure.name,
            model: 1,
            residues: structure
                .models
                .into_iter()
                .flat_map(|m| m.chains)
                .flat_map(|c| c.residues)
                .collect(),
            b_column: BColumn::Absent,
            seqres: [].into(),
            context: Arc::default(),
        }
    }

    /// Whether there are coordinates; a bare sequence has none.
    #[must_use]
    pub fn has_coordinates(&self) -> bool {
        self.residues.iter().any(|r| !r.atoms.is_empty())
    }

    /// Refuses a bare sequence where `what` needs coordinates.
    ///
    /// # Errors
    /// [`NoCoordinates`] when it is one.
    pub fn require_coordinates(&self, what: impl Into<String>) -> Result<(), NoCoordinates> {
        if self.has_coordinates() {
            return Ok(());
        }
        Err(NoCoordinates {
            name: self.name.clone(),
            what: what.into(),
        })
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

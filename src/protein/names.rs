//! Names of residues and variants: read in every style of the field, put on a protein, and written.
//!
//! What people write is a [`WrittenVariant`]: places are names, not yet indices. [`Sites`] knows what
//! stands where and under which numbers; [`resolve_all`] puts a list on it and decides what can be read
//! in two ways. [`VariantTable`] reads lists and tables of variants.

mod change;
mod error;
mod format;
mod numbering;
mod owner;
mod residue;
mod resolve;
mod sites;
mod table;
mod variant;

pub use error::{Kind, NameError};
pub use numbering::{Numbering, Proposal};
pub use owner::{is_called, names_in_header};
pub use residue::{WrittenResidue, parse_residue};
pub use resolve::{Resolved, resolve, resolve_all};
pub use sites::Sites;
pub use table::{Decoded, ScoreColumn, TableError, VariantRow, VariantTable, decode};
pub use variant::{Reader, WrittenSubstitution, WrittenVariant, parse_variant};

use super::AminoAcid;

/// One substitution at a known place of a sequence or protein.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Substitution {
    /// 0-based index into the sequence or [`crate::protein::Protein`].
    pub index: usize,
    pub wild_type: AminoAcid,
    pub mutant: AminoAcid,
}

impl Substitution {
    /// The nineteen at a place, by the letter of the mutant.
    pub fn all_at(index: usize, wild_type: AminoAcid) -> impl Iterator<Item = Self> {
        let others = AminoAcid::ALL.into_iter().filter(move |&a| a != wild_type);
        others.map(move |mutant| Self {
            index,
            wild_type,
            mutant,
        })
    }
}

/// One or several substitutions at once, by position, no position twice; none is the wild type.
pub type Variant = Vec<Substitution>;

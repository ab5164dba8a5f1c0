//! Mutations: as written (`A:A42G`, `p.Ala42Gly`, `A42G:L55P`), and resolved on a sequence.

mod resolve;
mod table;
mod written;

pub use resolve::{
    Numbering, OffsetSuggestion, Place, Problem, Resolved, Sites, resolve, resolve_all,
    suggest_offset,
};
pub use table::{TableError, VariantRow, VariantTable};
pub use written::{MutationError, WrittenSubstitution, WrittenVariant, parse_variant};

use super::AminoAcid;

/// One substitution at a known place of a sequence or protein.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Substitution {
    /// 0-based index into the sequence or [`crate::protein::Protein`].
    pub index: usize,
    /// What stands there.
    pub wild_type: AminoAcid,
    /// What replaces it.
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

/// One or several substitutions at once, by position, no position twice.
pub type Variant = Vec<Substitution>;

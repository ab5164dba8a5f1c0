//! Why a name cannot be read or does not fit a protein.

use super::Proposal;
use crate::protein::AminoAcid;

/// What is written in place of a substitution between the twenty amino acids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Stop,
    Deletion,
    Insertion,
    Duplication,
    FrameShift,
    Extension,
    Inversion,
    /// `p.Met1?`, `p.?`
    Unknown,
    NonStandard,
    /// `c.4C>T`
    Dna,
    /// Changes on two alleles, which are two proteins.
    Alleles,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Stop => "a stop",
            Self::Deletion => "a deletion",
            Self::Insertion => "an insertion",
            Self::Duplication => "a duplication",
            Self::FrameShift => "a frame shift",
            Self::Extension => "an extension",
            Self::Inversion => "an inversion",
            Self::Unknown => "a change whose effect on the protein is not known",
            Self::NonStandard => "a change from or to something else than the twenty amino acids",
            Self::Dna => "a change of DNA or RNA",
            Self::Alleles => "a change on two alleles, so of two proteins",
        }
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NameError {
    #[error("the row names no variant of the protein")]
    Missing,
    #[error("'{0}' is not a mutation; write A42G, A:A42G, p.Ala42Gly, several as A42G:L55P")]
    Unreadable(String),
    #[error(
        "'{written}' is {}; only substitutions between the twenty amino acids are scored",
        .kind.words()
    )]
    NotASubstitution { written: String, kind: Kind },
    #[error("'{0}' is mutated twice in one variant; keep one of them")]
    Twice(String),
    /// The list names another protein.
    #[error("{written}: names {protein}, and this is {here}")]
    OtherProtein {
        written: String,
        protein: String,
        here: String,
    },
    /// A chain of the file that is not under study.
    #[error("{written}: chain {chain} is not loaded: `--chain {wanted}`")]
    ChainNotLoaded {
        written: String,
        chain: String,
        wanted: String,
    },
    #[error("{written}: there is no residue {place}{hint}")]
    Absent {
        written: String,
        place: String,
        /// The numbers there are.
        hint: String,
    },
    #[error("{written}: the residue is in chains {}; name one, as in {}:{written}", .chains.join(", "), .chains[0])]
    Ambiguous {
        written: String,
        /// At least two.
        chains: Vec<String>,
    },
    #[error("{written}: {place} is {found}, not {}", .expected.letter())]
    WildTypeMismatch {
        written: String,
        place: String,
        /// One letter, X where there is not a standard residue.
        found: char,
        expected: AminoAcid,
    },
    /// It fits, but the list as a whole is numbered otherwise.
    #[error(
        "{written}: withheld, because it may fit only by chance: {proposal}; {} scores it, `--numbering author` takes the numbers as they are",
        .proposal.option()
    )]
    ByChance { written: String, proposal: Proposal },
}

impl NameError {
    /// What kind of fault it is, for counting like ones.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Missing => "without a variant",
            Self::Unreadable(_) => "not readable",
            Self::NotASubstitution { .. } => "no substitution",
            Self::Twice(_) => "with a place twice",
            Self::OtherProtein { .. } => "of another protein",
            Self::ChainNotLoaded { .. } => "of a chain that is not loaded",
            Self::Absent { .. } => "at no residue of the protein",
            Self::Ambiguous { .. } => "without a chain",
            Self::WildTypeMismatch { .. } => "with another wild type",
            Self::ByChance { .. } => "withheld",
        }
    }
}

//! Why an analysis gave no result.

use crate::progress::Cancelled;

/// Why an analysis gave no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AnalysisError {
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// No residue has a Cα, or none has another one near.
    #[error(
        "no C\u{3b1} atom of {protein} has another one near: an elastic network needs two within its cutoff"
    )]
    NoAlphaCarbon {
        /// Name of the structure.
        protein: String,
    },
    /// The linear algebra found no solution.
    #[error(
        "the network of {residues} residues could not be solved: are coordinates repeated or not finite?"
    )]
    Unsolvable {
        /// Residues in the network.
        residues: usize,
    },
    /// Lists that belong together differ in length.
    #[error("{what}: {expected} entries expected, {found} given")]
    Mismatch {
        /// What was given.
        what: &'static str,
        /// Entries expected.
        expected: usize,
        /// Entries given.
        found: usize,
    },
    /// There is too little of something to compute with.
    #[error("{0}")]
    TooLittle(&'static str),
    /// A source that this function does not compute.
    #[error("source {0} is not an elastic network")]
    NotANetwork(&'static str),
}

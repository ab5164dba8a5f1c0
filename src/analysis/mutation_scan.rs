//! Scores of every single substitution, and of several at once.
//!
//! The models are seen through their traits: tokens in, plain numbers out. A scan hands over its rows
//! as they are finished, those that are looked at first; it can go on from the rows of an earlier one.

mod batches;
mod changes;
mod combine;
mod dynamics;
mod library;
mod marginals;
mod variants;
mod windows;

use std::ops::Range;

use crate::models::tokenizer::{Token, token_of};
use crate::protein::AminoAcid;

use super::MutationMap;

pub use changes::Changes;
pub use combine::{Combination, CombineError, Normalisation};
pub use dynamics::{DynamicsScoring, dynamics_scan, unscored_by_dynamics};
pub use library::{Library, LibraryError, LibraryRow, score_library};
pub use marginals::{LOG_PROBABILITY, marginals_scan, perplexity_of, unscored_by_language};
pub use variants::{Marginals, score_variants};

/// Hears of rows as soon as they are scored: the map so far, and which of its positions are new. Those that
/// an earlier scan left come first, all at once.
pub type RowSink<'a> = &'a mut dyn FnMut(&MutationMap, &[usize]);

/// What the other mutated sites of a multi-mutant show while one is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Fill {
    /// The wild type, as ProteinGym does. Id `wt`.
    #[default]
    WildType,
    /// The mask. Id `mask`.
    Mask,
    /// The mutant. Id `mut`.
    Mutant,
}

impl Fill {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WildType, Self::Mask, Self::Mutant];

    /// The name in options and files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::WildType => "wt",
            Self::Mask => "mask",
            Self::Mutant => "mut",
        }
    }

    /// The fill of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.id() == id)
    }
}

/// How a scan goes about its rows; changes no score but through `longest`.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions<'a> {
    /// Positions to score first.
    pub first: Range<usize>,
    /// A longer sequence is scored in overlapping windows. `None` = whatever fits the memory is
    /// scored whole.
    pub longest: Option<usize>,
    /// Rows of an interrupted scan of the same sequence by the same model: those are not scored again.
    pub resume: Option<&'a MutationMap>,
}

impl ScanOptions<'_> {
    /// All positions, those to score first first.
    fn order(&self, length: usize) -> Vec<usize> {
        let first = self.first.start.min(length)..self.first.end.min(length);
        let rest = (first.end..length).chain(0..first.start);
        first.clone().chain(rest).collect()
    }

    /// Takes the rows of an earlier scan of the same kind, and hands them over.
    fn resume(&self, map: &mut MutationMap, finished: RowSink<'_>) {
        if let Some(known) = self.resume {
            let rows: Vec<usize> = known.scored().collect();
            map.take_rows(known, &rows);
            let rows: Vec<usize> = map.scored().collect();
            if !rows.is_empty() {
                finished(map, &rows);
            }
        }
    }
}

/// The standard residues of a sequence, `None` for the other letters.
fn wild_types(letters: &str) -> Vec<Option<AminoAcid>> {
    letters.chars().map(AminoAcid::from_letter).collect()
}

/// log p(mutant) − log p(wild type) for all twenty, from the log-probabilities of all tokens.
fn log_ratios(log_probabilities: &[f32], wild_type: AminoAcid) -> [f64; 20] {
    let of = |a: AminoAcid| f64::from(log_probabilities[usize::from(token_of(a))]);
    AminoAcid::ALL.map(|mutant| of(mutant) - of(wild_type))
}

/// Replaces the residue at a position of a window that begins at `start`.
fn set(tokens: &mut [Token], start: usize, position: usize, token: Token) {
    tokens[position - start + 1] = token;
}

#[cfg(test)]
mod tests;

//! What an alignment says of each residue: weighted frequencies, log odds, conservation and depth.
//!
//! Sequences near to the query are kept and weighted by how many others are like them, as Tsishyn et al. 2025
//! do (RSALOR, Bioinformatics 41, btaf322).

mod weights;

use std::collections::HashSet;

use crate::numeric::Profile;
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::Mapping;
use crate::protein::msa::{GAP, Homologs};

pub use weights::weights;

/// A sequence is kept when more than this part of its own residues are the query's.
pub const LEAST_IDENTITY: f64 = 0.35;

/// Two sequences are in one cluster when more than this part of the columns are the same in both.
pub const CLUSTER_IDENTITY: f64 = 0.8;

/// Part of every frequency that is spread evenly over the states, so that none is 0.
pub const REGULARISATION: f64 = 0.01;

/// The amino acids and the gap.
const STATES: usize = 21;

/// Frequencies of the amino acids behind BLOSUM62, in the order of [`crate::protein::AminoAcid::ALL`].
const BACKGROUND: [f64; 20] = [
    0.078, 0.024, 0.052, 0.059, 0.043, 0.083, 0.025, 0.062, 0.056, 0.092, 0.024, 0.041, 0.043,
    0.034, 0.051, 0.059, 0.055, 0.072, 0.014, 0.034,
];

/// The columns of an alignment beside its query.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// Weighted frequencies of the amino acids and the gap, a column each.
    frequencies: Vec<[f64; STATES]>,
    /// Sequences of the file.
    pub read: usize,
    /// Sequences that are kept, the query among them.
    pub kept: usize,
    /// The sum of their weights (Neff).
    pub effective: f64,
}

impl Columns {
    /// Filters and weights the rows, and counts them.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn new(homologs: &Homologs, checkpoint: &dyn Checkpoint) -> Result<Self, Cancelled> {
        let kept = kept(homologs);
        let weights = weights(&kept, CLUSTER_IDENTITY, checkpoint)?;
        let effective: f64 = weights.iter().sum();
        let mut frequencies = vec![[0.0; STATES]; homologs.width];
        for (row, weight) in kept.iter().zip(&weights) {
            for (column, state) in frequencies.iter_mut().zip(*row) {
                column[usize::from(*state)] += weight / effective;
            }
        }
        Ok(Self {
            frequencies,
            read: homologs.depth(),
            kept: kept.len(),
            effective,
        })
    }

    /// ln(f / (1 − f)) of each amino acid, by its regularised frequency.
    #[must_use]
    pub fn log_odds(&self, column: usize) -> [f64; 20] {
        let even = REGULARISATION / STATES as f64;
        std::array::from_fn(|i| {
            let f = (1.0 - REGULARISATION) * self.frequencies[column][i] + even;
            (f / (1.0 - f)).ln()
        })
    }

    /// The Jensen–Shannon divergence of the residues from those of proteins at large, in bits, times the
    /// part that are no gaps (Capra and Singh 2007): 0 where anything stands, towards 1 where one rare
    /// residue does.
    #[must_use]
    pub fn conservation(&self, column: usize) -> f64 {
        let frequencies = &self.frequencies[column];
        let residues = 1.0 - frequencies[usize::from(GAP)];
        if residues <= 0.0 {
            return 0.0;
        }
        let background: f64 = BACKGROUND.iter().sum();
        let pairs = frequencies.iter().zip(BACKGROUND);
        let terms = pairs.map(|(f, b)| {
            let (f, b) = (f / residues, b / background);
            let middle = 0.5 * (f + b);
            let term = |x: f64| {
                if x > 0.0 {
                    x * (x / middle).log2()
                } else {
                    0.0
                }
            };
            0.5 * (term(f) + term(b))
        });
        terms.sum::<f64>() * residues
    }

    /// The weights of the sequences that have a residue there.
    #[must_use]
    pub fn depth(&self, column: usize) -> f64 {
        self.effective * (1.0 - self.frequencies[column][usize::from(GAP)])
    }

    /// One number a residue of the chain beside the query, NaN where it has no column.
    #[must_use]
    pub fn along(&self, mapping: &Mapping, residues: usize, of: impl Fn(usize) -> f64) -> Profile {
        let at = |residue| mapping.alignment.b_to_a(residue).map_or(f64::NAN, &of);
        (0..residues).map(at).collect()
    }
}

/// The query and the rows that are near to it, each once.
fn kept(homologs: &Homologs) -> Vec<&[u8]> {
    let mut rows = homologs.cells.chunks_exact(homologs.width.max(1));
    let Some(query) = rows.next() else {
        return Vec::new();
    };
    let mut seen = HashSet::from([query]);
    let is_near = |row: &&[u8]| {
        let residues = row.iter().filter(|s| **s != GAP).count();
        let identical = row.iter().zip(query).filter(|(a, b)| a == b).count();
        identical as f64 > LEAST_IDENTITY * residues as f64
    };
    let near = rows.filter(|row| is_near(row) && seen.insert(row));
    std::iter::once(query)
        .chain(near.collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

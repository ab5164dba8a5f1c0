//! The amplitude of a physical source in Å.

use super::Scale;
use crate::numeric::stats::{median, robust_factor};
use crate::protein::{BColumn, Protein};

/// tr Σ in Å² of the typical residue of a folded protein in solution: the median over 58 chains with
/// NMR ensembles in the Protein Data Bank of the median over their residues, after superposition of
/// the models (quartiles of the chains 0.16 and 0.51).
pub const TYPICAL_SQUARE_FLUCTUATION_ANGSTROM2: f64 = 0.27;

/// B = 8π²/3 · ⟨u²⟩.
pub const B_A_SQUARE_FLUCTUATION: f64 = 8.0 * std::f64::consts::PI * std::f64::consts::PI / 3.0;

/// Fewer B-factors than this set no scale.
const FEWEST_B_FACTORS: usize = 3;

/// The experimental B-factors of the Cα atoms in Å²; NaN where there is none, everywhere NaN when the
/// column holds something else.
#[must_use]
pub fn b_factors(protein: &Protein) -> Vec<f64> {
    protein
        .residues
        .iter()
        .map(|r| match protein.b_column {
            BColumn::BFactor => r
                .atom("CA")
                .map(|a| a.b_factor)
                .filter(|b| *b > 0.0)
                .unwrap_or(f64::NAN),
            BColumn::Plddt | BColumn::Absent => f64::NAN,
        })
        .collect()
}

/// The factor from a source's own unit to Å²: by least absolute deviations from the experimental
/// B-factors where there are some, else such that the median residue fluctuates as is typical.
///
/// `square_fluctuations` are tr Σ_i in the source's unit, NaN where there is none.
#[must_use]
pub fn calibrate(protein: &Protein, square_fluctuations: &[f64]) -> Scale {
    let b = b_factors(protein);
    let measured = b
        .iter()
        .zip(square_fluctuations)
        .filter(|(b, f)| b.is_finite() && f.is_finite())
        .count();
    let model: Vec<f64> = square_fluctuations
        .iter()
        .map(|f| f * B_A_SQUARE_FLUCTUATION)
        .collect();
    if measured >= FEWEST_B_FACTORS
        && let Some(factor) = robust_factor(&model, &b).filter(|f| *f > 0.0)
    {
        return Scale::BFactors { factor };
    }
    let own = median(square_fluctuations);
    let factor = if own > 0.0 {
        TYPICAL_SQUARE_FLUCTUATION_ANGSTROM2 / own
    } else {
        1.0
    };
    Scale::Typical { factor }
}

//! The amplitude of a physical source in Å.

use super::Scale;
use crate::analysis::parts::parts;
use crate::numeric::Vec3;
use crate::numeric::stats::{finite_pairs, mean, robust_factor};
use crate::protein::Protein;
use crate::protein::b_column::MARK;

/// ln of the mean RMSF in Å of a folded protein in molecular dynamics (300 K, 100 ns) by its residues and
/// the mean number of Cα within [`CONTACT_ANGSTROM`]: intercept, ln residues, ln contacts. Least squares
/// on 77 simulated domains; one left out is missed by 0.36 (standard deviation; a constant misses by 0.53),
/// twelve others by 0.19 in the median.
const TYPICAL: [f64; 3] = [8.421, 0.380, -3.631];
/// Å.
const CONTACT_ANGSTROM: f64 = 10.0;
/// Sizes of the domains.
const SIZES: (f64, f64) = (51.0, 433.0);
/// ln of the mean RMSF of nine tenths of the domains.
const LEVELS: (f64, f64) = (-0.55, 0.96);

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
        .map(|r| {
            r.atom("CA")
                .map(|a| a.b_factor)
                .filter(|b| protein.b_column.is_b_factor() && *b > 0.0 && *b < MARK)
                .unwrap_or(f64::NAN)
        })
        .collect()
}

/// The factors from a source's own unit to Å², one a residue: by least absolute deviations from the
/// experimental B-factors where there are some, else such that every part that touches nothing else has the
/// mean RMSF that is typical of its size and packing; the scale names the factor of the largest part.
///
/// `square_fluctuations` are tr Σ_i in the source's unit, NaN where there is none.
#[must_use]
pub fn calibrate(protein: &Protein, square_fluctuations: &[f64]) -> (Scale, Vec<f64>) {
    if let Some(factor) = by_b_factors(protein, square_fluctuations) {
        return (Scale::BFactors { factor }, vec![factor; protein.len()]);
    }
    let positions = protein.alpha_carbons();
    let mut factors = vec![1.0; protein.len()];
    let (mut largest, mut scale) = (0, Scale::Typical { factor: 1.0 });
    for part in parts(protein) {
        let own: Vec<f64> = part
            .iter()
            .map(|&i| square_fluctuations[i].sqrt())
            .collect();
        let own = mean(&own);
        if own > 0.0 {
            let here: Vec<Vec3> = part.iter().filter_map(|&i| positions[i]).collect();
            let factor = (typical_mean_rmsf_angstrom(&here) / own).powi(2);
            for &i in &part {
                factors[i] = factor;
            }
            if part.len() > largest {
                (largest, scale) = (part.len(), Scale::Typical { factor });
            }
        }
    }
    (scale, factors)
}

/// The mean RMSF that molecular dynamics (300 K, 100 ns) would typically give these Cα.
#[must_use]
pub fn typical_mean_rmsf_angstrom(positions: &[Vec3]) -> f64 {
    let n = positions.len() as f64;
    let near = |a: &Vec3, b: &Vec3| (a - b).norm_squared() < CONTACT_ANGSTROM * CONTACT_ANGSTROM;
    let pairs = positions.iter().enumerate();
    let contacts: usize = pairs
        .map(|(i, a)| positions[..i].iter().filter(|b| near(a, b)).count())
        .sum();
    let contacts = (2.0 * contacts as f64 / n).max(1.0);
    let [intercept, size, packing] = TYPICAL;
    let level = intercept + size * n.clamp(SIZES.0, SIZES.1).ln() + packing * contacts.ln();
    level.clamp(LEVELS.0, LEVELS.1).exp()
}

fn by_b_factors(protein: &Protein, square_fluctuations: &[f64]) -> Option<f64> {
    let b = b_factors(protein);
    let (b, own) = finite_pairs(&b, square_fluctuations);
    if b.len() < FEWEST_B_FACTORS {
        return None;
    }
    let model: Vec<f64> = own.iter().map(|f| f * B_A_SQUARE_FLUCTUATION).collect();
    robust_factor(&model, &b).filter(|f| *f > 0.0)
}

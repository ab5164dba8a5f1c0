//! One score from several, by ranks within a chain's own full set of single substitutions: what else is
//! scored in the same run decides nothing.
//!
//! The part of the structure is a sum of three ranks: what the substitution costs the fold, how buried the
//! residue is, and how unlike the two residues are. An alignment and a language model, where they are
//! there, are parts of the same weight.

use std::ops::Range;

use crate::numeric::Matrix;
use crate::numeric::stats::ranks;
use crate::protein::align::similarity;
use crate::protein::{AminoAcid, Substitution};

/// Share of the rank of ΔΔG in the part of the structure.
pub const STABILITY_SHARE: f64 = 0.45;
/// Share of the rank of [`super::triage::burial_neighbours`].
pub const BURIAL_SHARE: f64 = 0.35;
/// Share of the rank of BLOSUM62, the least alike highest.
pub const UNLIKENESS_SHARE: f64 = 0.2;

/// Damage by another source than the structure, higher = more damaging; (L, 20), NaN where not known.
pub type Damage = Matrix;

/// What is combined. Positions of `ddg`, `burial` and `others` are those of `wild_type`.
#[derive(Debug)]
pub struct Parts<'a> {
    pub wild_type: &'a [Option<AminoAcid>],
    /// ΔΔG, kcal/mol; (L, 20).
    pub ddg: &'a Matrix,
    /// Neighbours of each residue.
    pub burial: &'a [f64],
    /// Alignment, language model.
    pub others: &'a [Damage],
}

impl Parts<'_> {
    /// The percentile of each substitution among all of its chain, 0 to 100, higher = more damaging: (L, 20),
    /// 0 at the wild type, NaN where the structure says nothing. Where another part says nothing of a
    /// substitution, it is combined from the others.
    #[must_use]
    pub fn combined(&self, chains: &[Range<usize>]) -> Matrix {
        let mut map = Matrix::filled(self.wild_type.len(), AminoAcid::ALL.len(), f64::NAN);
        for chain in chains {
            let all = self.substitutions(chain);
            for (s, percentile) in all.iter().zip(self.percentiles(&all)) {
                map[(s.index, s.mutant.index())] = percentile;
                map[(s.index, s.wild_type.index())] = 0.0;
            }
        }
        map
    }

    /// Those of a chain of which the structure says something.
    fn substitutions(&self, chain: &Range<usize>) -> Vec<Substitution> {
        let standard = chain.clone().filter_map(|i| Some((i, self.wild_type[i]?)));
        let all = standard.flat_map(|(i, wild_type)| Substitution::all_at(i, wild_type));
        let is_known = |s: &Substitution| {
            self.ddg[(s.index, s.mutant.index())].is_finite() && self.burial[s.index].is_finite()
        };
        all.filter(is_known).collect()
    }

    fn percentiles(&self, all: &[Substitution]) -> Vec<f64> {
        let ranked = |value: &dyn Fn(&Substitution) -> f64| {
            percentiles(&all.iter().map(value).collect::<Vec<f64>>())
        };
        let stability = ranked(&|s| self.ddg[(s.index, s.mutant.index())]);
        let burial = ranked(&|s| self.burial[s.index]);
        let unlikeness = ranked(&|s| -f64::from(similarity(s.wild_type, s.mutant)));
        let structure: Vec<f64> = (0..all.len())
            .map(|i| {
                STABILITY_SHARE * stability[i]
                    + BURIAL_SHARE * burial[i]
                    + UNLIKENESS_SHARE * unlikeness[i]
            })
            .collect();
        let mut parts = vec![percentiles(&structure)];
        for other in self.others {
            parts.push(ranked(&|s| other[(s.index, s.mutant.index())]));
        }
        let mean = |i: usize| {
            let known = parts.iter().map(|part| part[i]).filter(|p| p.is_finite());
            let (sum, count) = known.fold((0.0, 0), |(sum, n), p| (sum + p, n + 1));
            sum / f64::from(count)
        };
        percentiles(&(0..all.len()).map(mean).collect::<Vec<f64>>())
    }
}

/// The place of each value among the known ones in %, ties at their middle; NaN stays NaN.
fn percentiles(values: &[f64]) -> Vec<f64> {
    let known = values.iter().filter(|v| !v.is_nan()).count() as f64;
    let place = |rank: f64| 100.0 * (rank - 0.5) / known;
    ranks(values).into_iter().map(place).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn wild_type(letters: &str) -> Vec<Option<AminoAcid>> {
        letters.chars().map(AminoAcid::from_letter).collect()
    }

    fn map(rows: usize, of: impl Fn(usize, usize) -> f64) -> Matrix {
        Matrix::from_fn(rows, 20, of)
    }

    #[test]
    fn a_percentile_is_of_the_chain_alone() {
        let wild_type = wild_type("MKXAMK");
        let ddg = map(6, |i, j| ((7 * i + 3 * j) % 11) as f64);
        let burial = [3.0, 9.0, f64::NAN, 5.0, 1.0, 2.0];
        let parts = |ddg| Parts {
            wild_type: &wild_type,
            ddg,
            burial: &burial,
            others: &[],
        };
        let two = parts(&ddg).combined(&[0..4, 4..6]);
        let other = map(6, |i, j| {
            if i < 4 {
                ddg[(i, j)]
            } else {
                50.0 - ddg[(i, j)]
            }
        });
        let changed = parts(&other).combined(&[0..4, 4..6]);
        assert_eq!(two.row(1), changed.row(1));
        assert_ne!(two.row(5), changed.row(5));
        assert!(two.row(2).iter().all(|v| v.is_nan()));
        let met = wild_type[0].unwrap().index();
        assert_eq!(two[(0, met)], 0.0);
        let of_chain: Vec<f64> = [0, 1, 3]
            .iter()
            .flat_map(|&i| two.row(i).iter().copied())
            .filter(|v| *v > 0.0)
            .collect();
        assert_eq!(of_chain.len(), 57);
        let mean = of_chain.iter().sum::<f64>() / 57.0;
        assert!((mean - 50.0).abs() < 1e-9, "{mean}");
    }

    #[test]
    fn parts_have_the_weights_that_are_stated() {
        let wild_type = wild_type("LLLL");
        // Nothing but the burial tells the residues apart.
        let flat = map(4, |_, _| 1.0);
        let burial = [1.0, 2.0, 3.0, 4.0];
        let parts = |others| Parts {
            wild_type: &wild_type,
            ddg: &flat,
            burial: &burial,
            others,
        };
        let (ile, asp) = (AminoAcid::Ile.index(), AminoAcid::Asp.index());
        let found = parts(&[]).combined(std::slice::from_ref(&(0..4)));
        assert!(found[(0, ile)] < found[(3, ile)] && found[(3, ile)] < found[(3, asp)]);
        // Another part that says the opposite weighs as much as the structure.
        let against = [map(4, |i, j| 100.0 - found[(i, j)])];
        let even = parts(&against).combined(std::slice::from_ref(&(0..4)));
        assert!(
            even.row(2)
                .iter()
                .filter(|v| **v > 0.0)
                .all(|v| (v - 50.0).abs() < 1e-9)
        );
        // What it does not know is left to the structure.
        let unknown = [map(4, |_, _| f64::NAN)];
        assert_eq!(
            parts(&unknown).combined(std::slice::from_ref(&(0..4))),
            found
        );
    }
}

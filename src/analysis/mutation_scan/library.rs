//! Combinatorial libraries: every combination of chosen residues at chosen sites, its joint score
//! beside the sum of its single ones.

use crate::models::error::ModelError;
use crate::protein::{AminoAcid, Substitution, Variant};

/// Sites and what may stand there; the wild type always may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    sites: Vec<Vec<Substitution>>,
}

/// Why no library can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LibraryError {
    /// No residue of the twenty at a site.
    #[error("position {position} of the sequence is not a standard residue and cannot be mutated")]
    NoResidue {
        /// 1-based position.
        position: usize,
    },
    /// The same site twice.
    #[error("position {position} is named twice")]
    Twice {
        /// 1-based position.
        position: usize,
    },
    /// More combinations than are reasonable.
    #[error("{combinations} combinations are more than {limit}: choose fewer sites or residues")]
    TooLarge {
        /// Number of combinations; `u128::MAX` stands for more than can be counted.
        combinations: u128,
        /// Most that are allowed.
        limit: usize,
    },
}

/// One member of a library.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryRow {
    /// Its substitutions, by position.
    pub variant: Variant,
    /// Sum of the scores of its substitutions made one at a time.
    pub additive: f64,
    /// Score of all together.
    pub joint: f64,
}

impl Library {
    /// A library over 0-based positions of a sequence, of at most `limit` members.
    ///
    /// # Errors
    /// [`LibraryError`] naming the position.
    pub fn new(
        letters: &str,
        sites: &[(usize, Vec<AminoAcid>)],
        limit: usize,
    ) -> Result<Self, LibraryError> {
        let mut sorted: Vec<&(usize, Vec<AminoAcid>)> = sites.iter().collect();
        sorted.sort_by_key(|(index, _)| *index);
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let position = pair[0].0 + 1;
            return Err(LibraryError::Twice { position });
        }
        let sites = sorted
            .into_iter()
            .map(|(index, residues)| substitutions(letters, *index, residues))
            .collect::<Result<Vec<_>, _>>()?;
        let library = Self { sites };
        let combinations = library.combinations();
        if combinations > limit as u128 {
            return Err(LibraryError::TooLarge {
                combinations,
                limit,
            });
        }
        Ok(library)
    }

    /// Number of members, the wild type not counted.
    #[must_use]
    pub fn combinations(&self) -> u128 {
        let with_wild_type = self
            .sites
            .iter()
            .try_fold(1_u128, |n, site| n.checked_mul(site.len() as u128 + 1));
        with_wild_type.map_or(u128::MAX, |n| n - 1)
    }

    /// All members, the last site turning fastest; without the wild type.
    #[must_use]
    pub fn variants(&self) -> Vec<Variant> {
        let mut variants = vec![Variant::new()];
        for site in &self.sites {
            variants = variants
                .into_iter()
                .flat_map(|variant| {
                    let longer = site.iter().map({
                        let variant = variant.clone();
                        move |&substitution| {
                            let mut longer = variant.clone();
                            longer.push(substitution);
                            longer
                        }
                    });
                    std::iter::once(variant).chain(longer)
                })
                .collect();
        }
        variants.retain(|variant| !variant.is_empty());
        variants
    }
}

fn substitutions(
    letters: &str,
    index: usize,
    residues: &[AminoAcid],
) -> Result<Vec<Substitution>, LibraryError> {
    let letter = letters.as_bytes().get(index).copied().unwrap_or(b'?');
    let Some(wild_type) = AminoAcid::from_letter(char::from(letter)) else {
        let position = index + 1;
        return Err(LibraryError::NoResidue { position });
    };
    let mut mutants: Vec<AminoAcid> = residues.to_vec();
    mutants.sort_unstable();
    mutants.dedup();
    mutants.retain(|&mutant| mutant != wild_type);
    Ok(mutants
        .into_iter()
        .map(|mutant| Substitution {
            index,
            wild_type,
            mutant,
        })
        .collect())
}

/// Scores every member of a library and every single substitution in it by one call of `score`.
///
/// # Errors
/// What `score` fails with.
pub fn score_library(
    library: &Library,
    score: impl FnOnce(&[Variant]) -> Result<Vec<f64>, ModelError>,
) -> Result<Vec<LibraryRow>, ModelError> {
    let variants = library.variants();
    let scores = score(&variants)?;
    // Every single substitution is a member of its own.
    let single = |substitution: &Substitution| {
        let members = variants.iter().zip(&scores);
        members
            .filter(|(variant, _)| variant.len() == 1)
            .find(|(variant, _)| variant[0] == *substitution)
            .map_or(f64::NAN, |(_, score)| *score)
    };
    Ok(variants
        .iter()
        .zip(&scores)
        .map(|(variant, &joint)| LibraryRow {
            additive: variant.iter().map(single).sum(),
            joint,
            variant: variant.clone(),
        })
        .collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use AminoAcid::{Ala, Gly, Lys, Val};

    #[test]
    fn a_library_has_every_combination_but_the_wild_type() {
        let sites = [(2, vec![Gly, Val, Gly]), (0, vec![Ala, Lys])];
        let library = Library::new("MKV", &sites, 100).unwrap();
        assert_eq!(library.combinations(), 5);
        let variants = library.variants();
        assert_eq!(variants.len(), 5);
        assert!(variants.iter().all(|v| v.is_sorted_by_key(|s| s.index)));
        assert_eq!(variants[4].len(), 2);
    }

    #[test]
    fn what_cannot_be_a_library_is_refused() {
        let refused = |letters, sites: &[(usize, Vec<AminoAcid>)]| {
            Library::new(letters, sites, 400).unwrap_err()
        };
        let all = AminoAcid::ALL.to_vec();
        assert_eq!(
            refused("MX", &[(1, all.clone())]),
            LibraryError::NoResidue { position: 2 }
        );
        assert_eq!(
            refused("MX", &[(9, all.clone())]),
            LibraryError::NoResidue { position: 10 }
        );
        let twice = [(0, all.clone()), (0, all.clone())];
        assert_eq!(refused("MK", &twice), LibraryError::Twice { position: 1 });
        let large = [(0, all.clone()), (1, all.clone()), (2, all)];
        let error = refused("MKV", &large);
        assert!(matches!(
            error,
            LibraryError::TooLarge {
                combinations: 7999,
                ..
            }
        ));
    }

    #[test]
    fn additive_is_the_sum_of_the_singles() {
        let sites = [(0, vec![Ala]), (1, vec![Gly])];
        let library = Library::new("MK", &sites, 10).unwrap();
        let rows = score_library(&library, |variants| {
            Ok(variants
                .iter()
                .map(|v| (v.len() * v.len()) as f64)
                .collect())
        })
        .unwrap();
        let double = rows.iter().find(|r| r.variant.len() == 2).unwrap();
        assert!((double.additive - 2.0).abs() < 1e-12 && (double.joint - 4.0).abs() < 1e-12);
    }
}

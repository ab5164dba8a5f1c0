//! A structure completed by its sequence: the whole construct as one list, numbered by the author where the
//! structure has the residue.
//!
//! Residues that only the sequence has carry their place in it, counted from 1, and the insertion code
//! [`ResidueId::UNSEEN`]: `A:12~`. They have no atoms.

use super::{Protein, Residue, ResidueId};
use crate::protein::Sequence;
use crate::protein::align::{self, Alignment};

/// A sequence that shares less than this part of the shorter of both with a chain is another protein's.
const LEAST_SHARED: f64 = 0.5;

/// A structure completed by sequences.
#[derive(Debug, Clone, PartialEq)]
pub struct Construct {
    /// Every residue of the sequences; chains that no sequence fits are as they were.
    pub protein: Protein,
    /// How each chain and its sequence belong together; at least one.
    pub mappings: Vec<Mapping>,
    /// Chains that no sequence fits.
    pub left_alone: Vec<String>,
}

/// A chain beside its sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// The chain's name.
    pub chain: String,
    /// The sequence.
    pub sequence: Sequence,
    /// First the sequence, second the residues of the chain.
    pub alignment: Alignment,
    ids: Vec<ResidueId>,
    letters: String,
}

/// Why no sequence completes a structure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConstructError {
    /// Too little agrees.
    #[error(
        "no sequence fits {name}: of '{sequence}' and chain {chain} {identical} of {of} residues agree; is it another protein?"
    )]
    NoneFits {
        /// Name of the structure.
        name: String,
        /// The sequence that fits best.
        sequence: String,
        /// The chain it fits best.
        chain: String,
        /// Pairs that agree.
        identical: usize,
        /// Residues of the shorter of both.
        of: usize,
    },
    /// There is no sequence.
    #[error("there is no sequence to complete {0} with")]
    NoSequence(String),
}

impl Protein {
    /// Completes each chain by the sequence that fits it best. The sequence decides what is scored:
    /// where the structure has another residue, its atoms are kept under the letter of the sequence.
    ///
    /// # Errors
    /// [`ConstructError`] when no sequence fits any chain.
    pub fn completed_by(&self, sequences: &[Sequence]) -> Result<Construct, ConstructError> {
        let mut residues = Vec::with_capacity(self.len());
        let (mut mappings, mut refused) = (Vec::new(), Vec::new());
        for (_, range) in self.chains() {
            let chain = &self.residues[range];
            let best = sequences.iter().map(|s| Mapping::new(s, chain, &self.name));
            let best = best.max_by_key(|m| m.alignment.identical());
            let best = best.ok_or_else(|| ConstructError::NoSequence(self.name.clone()))?;
            if best.shared() < LEAST_SHARED {
                residues.extend_from_slice(chain);
                refused.push(best);
            } else {
                residues.extend(best.residues(chain));
                mappings.push(best);
            }
        }
        if mappings.is_empty() {
            let best = refused.iter().max_by_key(|m| m.alignment.identical());
            return Err(best.map_or_else(
                || ConstructError::NoSequence(self.name.clone()),
                |m| ConstructError::NoneFits {
                    name: self.name.clone(),
                    sequence: m.sequence.name.clone(),
                    chain: m.chain.clone(),
                    identical: m.alignment.identical(),
                    of: m.sequence.len().min(m.letters.len()),
                },
            ));
        }
        Ok(Construct {
            protein: Self {
                residues,
                ..self.clone()
            },
            mappings,
            left_alone: refused.into_iter().map(|m| m.chain).collect(),
        })
    }
}

impl Mapping {
    pub(super) fn new(sequence: &Sequence, chain: &[Residue], name: &str) -> Self {
        let alone = Protein {
            name: name.to_owned(),
            model: 1,
            residues: chain.to_vec(),
            b_column: super::BColumn::Absent,
            seqres: [].into(),
            context: std::sync::Arc::default(),
        };
        let (letters, bonded) = (alone.letters(), alone.bonded());
        let broken = |before: usize| bonded.get(before - 1) == Some(&false);
        let alignment = align::global(sequence.letters(), &letters);
        Self {
            chain: chain
                .first()
                .map_or_else(String::new, |r| r.id.chain.clone()),
            alignment: alignment.with_gaps_at(sequence.letters(), &letters, &broken),
            sequence: sequence.clone(),
            ids: chain.iter().map(|r| r.id.clone()).collect(),
            letters,
        }
    }

    /// Pairs that agree over the length of the shorter of both, 0 to 1.
    pub(super) fn shared(&self) -> f64 {
        let shorter = self.sequence.len().min(self.letters.len());
        self.alignment.identical() as f64 / shorter.max(1) as f64
    }

    pub(super) fn residues<'a>(
        &'a self,
        chain: &'a [Residue],
    ) -> impl Iterator<Item = Residue> + 'a {
        (0..self.sequence.len()).map(|at| {
            let here = self.sequence.amino_acid(at);
            match self.alignment.a_to_b(at) {
                Some(there) => Residue {
                    amino_acid: here.or(chain[there].amino_acid),
                    ..chain[there].clone()
                },
                None => Residue::unseen(self.unseen_id(at), here),
            }
        })
    }

    fn unseen_id(&self, at: usize) -> ResidueId {
        ResidueId {
            chain: self.chain.clone(),
            number: i32::try_from(at + 1).unwrap_or(i32::MAX),
            insertion_code: Some(ResidueId::UNSEEN),
        }
    }

    /// Pairs of different letters: positions in the sequence and in the chain.
    #[must_use]
    pub fn mismatches(&self) -> Vec<(usize, usize)> {
        let letter = |text: &str, i: usize| text.as_bytes().get(i).copied();
        let pairs = self.alignment.columns.iter();
        pairs
            .filter_map(|(a, b)| Some(((*a)?, (*b)?)))
            .filter(|(a, b)| letter(self.sequence.letters(), *a) != letter(&self.letters, *b))
            .collect()
    }

    /// Residues of the structure that the sequence lacks; they are not in the construct.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.letters.len() - self.alignment.aligned()
    }

    /// Runs of residues that the structure lacks.
    #[must_use]
    pub fn gaps(&self) -> usize {
        let missing = |i: usize| self.alignment.a_to_b(i).is_none();
        let starts = |i: &usize| missing(*i) && (*i == 0 || !missing(i - 1));
        (0..self.sequence.len()).filter(starts).count()
    }

    /// The mapping in a line: how much of the sequence the structure has, and what disagrees.
    #[must_use]
    pub fn summary(&self) -> String {
        let (name, length) = (&self.sequence.name, self.sequence.len());
        let aligned = self.alignment.aligned();
        let mut text = format!(
            "chain {}: {aligned} of {length} residues of '{name}' are in the structure, {:.1} % identical, {}",
            self.chain,
            100.0 * self.alignment.identity(),
            counted(self.gaps(), "gap"),
        );
        let mismatches = self.mismatches();
        if !mismatches.is_empty() {
            let letter = |text: &str, i: usize| text.as_bytes().get(i).map_or('X', |b| *b as char);
            let named = mismatches.iter().take(5).map(|(a, b)| {
                let (ours, theirs) = (
                    letter(self.sequence.letters(), *a),
                    letter(&self.letters, *b),
                );
                format!("{} is {theirs}, in the sequence {ours}", self.ids[*b])
            });
            let named: Vec<String> = named.collect();
            let more = mismatches.len() - named.len();
            text = format!(
                "{text}, {}: {}",
                counted(mismatches.len(), "mismatch"),
                named.join("; ")
            );
            if more > 0 {
                text = format!("{text}; and {more} more");
            }
        }
        if self.left_out() > 0 {
            let residues = counted(self.left_out(), "residue");
            text = format!("{text}; {residues} of the structure left out: not in the sequence");
        }
        text
    }

    /// The alignment in blocks of `width` columns: the sequence with its positions above, the chain with
    /// the author's numbers below.
    #[must_use]
    pub fn to_text(&self, width: usize) -> String {
        let above = |i: usize| (i + 1).to_string();
        let below = |i: usize| self.ids[i].to_string();
        let (a, b) = (self.sequence.letters(), self.letters.as_str());
        self.alignment.to_text((a, &above), (b, &below), width)
    }
}

fn counted(count: usize, what: &str) -> String {
    match (count, what) {
        (1, _) => format!("1 {what}"),
        (_, "mismatch") => format!("{count} mismatches"),
        _ => format!("{count} {what}s"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::protein::{ChainChoice, read};

    const UBIQUITIN: &str =
        "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";

    fn ubiquitin(without: &[i32]) -> Protein {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");
        let (structure, _) = read::read(path.as_ref()).unwrap();
        let mut protein = structure.protein(0, &ChainChoice::First).unwrap();
        protein.residues.retain(|r| !without.contains(&r.id.number));
        protein
    }

    fn sequence(letters: &str) -> Sequence {
        Sequence::new("construct", letters).unwrap()
    }

    #[test]
    fn tag_and_loop_are_added_and_numbers_kept() {
        let letters = format!("GSHMHHHH{}", UBIQUITIN.replacen("KEGIP", "KEAIP", 1));
        let built = ubiquitin(&[8, 9, 10])
            .completed_by(&[sequence(&letters)])
            .unwrap();
        let names: Vec<String> = built
            .protein
            .residues
            .iter()
            .map(|r| r.id.to_string())
            .collect();
        assert_eq!(built.protein.letters(), letters);
        assert_eq!(names[..2], ["A:1~", "A:2~"]);
        assert_eq!(names[7..9], ["A:8~", "A:1"]);
        assert_eq!(names[14..19], ["A:7", "A:16~", "A:17~", "A:18~", "A:11"]);
        assert!(built.protein.residues[16].atoms.is_empty());
        let mapping = &built.mappings[0];
        assert_eq!((mapping.gaps(), mapping.left_out()), (2, 0));
        assert_eq!(mapping.mismatches(), [(42, 31)]);
        assert_eq!(
            mapping.summary(),
            "chain A: 73 of 84 residues of 'construct' are in the structure, 98.6 % identical, 2 gaps, \
             1 mismatch: A:35 is G, in the sequence A"
        );
        assert!(mapping.to_text(60).contains("A:1 --------MQIFVKT---KTITL"));
    }

    #[test]
    fn a_gap_between_equal_letters_is_where_the_chain_is_broken() {
        // Of the two glycines at the end the first is missing: the atoms tell, the letters do not.
        let built = ubiquitin(&[75])
            .completed_by(&[sequence(UBIQUITIN)])
            .unwrap();
        let names: Vec<String> = built.protein.residues[73..]
            .iter()
            .map(|r| r.id.to_string())
            .collect();
        assert_eq!(names, ["A:74", "A:75~", "A:76"]);
    }

    #[test]
    fn the_sequence_that_fits_is_taken_and_another_protein_refused() {
        let other = sequence("GGGGGSGGGGSGGGGSGGGGSGGGGSGGGGSGGGGSGGGGS");
        let built = ubiquitin(&[])
            .completed_by(&[other.clone(), sequence(&UBIQUITIN[..70])])
            .unwrap();
        assert_eq!(built.mappings[0].left_out(), 6);
        assert_eq!(built.protein.len(), 70);
        let error = ubiquitin(&[])
            .completed_by(&[other])
            .unwrap_err()
            .to_string();
        assert!(error.contains("another protein"), "{error}");
        assert!(ubiquitin(&[]).completed_by(&[]).is_err());
    }
}

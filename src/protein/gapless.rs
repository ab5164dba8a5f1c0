//! A protein with the residues that its structure lacks, as a language model has to read it: neighbours on
//! both sides of a gap are no neighbours in the sequence.

use std::ops::Range;

use super::construct::Mapping;
use super::{Protein, Residue, ResidueId};

/// More residues than this are not made up where no sequence tells them.
const LONGEST_GAP: i32 = 500;

/// A sequence that shares less than this part of a chain is not the chain's.
const LEAST_SHARED: f64 = 0.9;

/// The protein without gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct Gapless {
    pub protein: Protein,
    /// Where each residue of the structure stands in it.
    pub places: Vec<usize>,
    /// What was put into the gaps.
    pub remarks: Vec<String>,
}

impl Protein {
    /// Fills the gaps of each chain from its sequence in the file, or with X where there is none; `None`
    /// where there is no gap.
    #[must_use]
    pub fn whole(&self) -> Option<Gapless> {
        let bonded = self.bonded();
        let mut whole = Gapless {
            protein: Self {
                residues: Vec::with_capacity(self.len()),
                ..self.clone()
            },
            places: Vec::with_capacity(self.len()),
            remarks: Vec::new(),
        };
        for (name, range) in self.chains() {
            let gaps = self.gaps(&range, &bonded);
            let of_file = || self.seqres.iter().find(|s| s.name == name);
            match of_file().filter(|_| !gaps.is_empty()) {
                Some(sequence) => {
                    let chain = &self.residues[range.clone()];
                    let mapping = Mapping::new(sequence, chain, &self.name);
                    if mapping.shared() >= LEAST_SHARED && mapping.left_out() == 0 {
                        whole.follow(name, chain, &mapping);
                    } else {
                        whole.fill(name, &self.residues, range, &gaps);
                    }
                }
                None => whole.fill(name, &self.residues, range, &gaps),
            }
        }
        (!whole.remarks.is_empty()).then_some(whole)
    }

    /// Residues of a chain behind which others are missing, by bond and number, and how many.
    fn gaps(&self, chain: &Range<usize>, bonded: &[bool]) -> Vec<(usize, i32)> {
        let residues = &self.residues;
        if !chain.clone().all(|i| residues[i].id.is_seen()) {
            return Vec::new();
        }
        let missing = |i: usize| {
            let numbers = residues[i + 1].id.number.checked_sub(residues[i].id.number);
            let missing = numbers.unwrap_or(0) - 1;
            (!bonded[i] && missing > 0).then_some((i, missing))
        };
        (chain.start..chain.end.saturating_sub(1))
            .filter_map(missing)
            .collect()
    }
}

impl Gapless {
    fn push(&mut self, residue: &Residue) {
        self.places.push(self.protein.residues.len());
        self.protein.residues.push(residue.clone());
    }

    /// The residues of the sequence; those of the structure as they are.
    fn follow(&mut self, name: &str, chain: &[Residue], mapping: &Mapping) {
        let before = self.protein.residues.len();
        for (at, residue) in mapping.residues(chain).enumerate() {
            match mapping.alignment.a_to_b(at) {
                Some(there) => self.push(&chain[there]),
                None => self.protein.residues.push(residue),
            }
        }
        let missing = self.protein.residues.len() - before - chain.len();
        self.remarks.push(format!(
            "chain {name}: {missing} residues that the structure lacks are read from the file's sequence"
        ));
    }

    /// The residues of the structure, with X in the gaps.
    fn fill(
        &mut self,
        name: &str,
        residues: &[Residue],
        chain: Range<usize>,
        gaps: &[(usize, i32)],
    ) {
        let first = chain.start;
        let start = self.protein.residues.len();
        for i in chain {
            self.push(&residues[i]);
            let Some((_, missing)) = gaps.iter().find(|(at, _)| *at == i) else {
                continue;
            };
            for _ in 0..(*missing).min(LONGEST_GAP) {
                let place = self.protein.residues.len() - start + 1;
                let id = ResidueId {
                    chain: residues[first].id.chain.clone(),
                    number: i32::try_from(place).unwrap_or(i32::MAX),
                    insertion_code: Some(ResidueId::UNSEEN),
                };
                self.protein.residues.push(Residue::unseen(id, None));
            }
            let (from, to) = (&residues[i].id, &residues[i + 1].id);
            self.remarks.push(format!(
                "chain {name}: X stands for {missing} residues that the structure lacks between {from} and {to}, as the file has no sequence; `--sequence` gives it"
            ));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::protein::{ChainChoice, Sequence, read};

    const LETTERS: &str =
        "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";

    fn ubiquitin(without: Range<i32>, seqres: Option<&str>) -> Protein {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");
        let (structure, _) = read::read(path.as_ref()).unwrap();
        let mut protein = structure.protein(0, &ChainChoice::First).unwrap();
        protein.residues.retain(|r| !without.contains(&r.id.number));
        protein.seqres = seqres
            .map(|s| Sequence::new("A", s).unwrap())
            .into_iter()
            .collect();
        protein
    }

    #[test]
    fn a_gap_is_filled_from_the_sequence_and_marked() {
        let whole = ubiquitin(20..31, Some(LETTERS)).whole().unwrap();
        assert_eq!(whole.protein.letters(), LETTERS);
        assert_eq!((whole.places[18], whole.places[19]), (18, 30));
        assert_eq!(whole.protein.residues[19].id.to_string(), "A:20~");
        assert_eq!(whole.protein.residues[30].id.to_string(), "A:31");
        assert!(
            whole.remarks[0].contains("11 residues"),
            "{:?}",
            whole.remarks
        );
    }

    #[test]
    fn without_a_sequence_that_fits_x_stands_in_the_gap() {
        for seqres in [None, Some("GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG")] {
            let whole = ubiquitin(20..31, seqres).whole().unwrap();
            let letters = whole.protein.letters();
            assert_eq!(letters.len(), 76);
            assert_eq!(&letters[18..32], "PXXXXXXXXXXXQD");
            assert!(
                whole.remarks[0].contains("between A:19 and A:31"),
                "{:?}",
                whole.remarks
            );
        }
    }

    #[test]
    fn without_a_gap_nothing_changes() {
        assert_eq!(ubiquitin(0..0, Some(LETTERS)).whole(), None);
        assert_eq!(ubiquitin(70..90, Some(LETTERS)).whole(), None);
        let bare = Protein::of_sequence(&Sequence::new("x", LETTERS).unwrap());
        assert_eq!(bare.whole(), None);
    }
}

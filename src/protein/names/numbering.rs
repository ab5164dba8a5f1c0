//! How written numbers are meant, and what the wild types of a list say about it.
//!
//! A list that fits by another numbering is recognised by its wild types. How many agree by chance is
//! known: each wild type agrees with a random residue as often as that amino acid occurs, and as many
//! offsets are tried as protein and list allow. What is not clearly rarer than that is not believed.

use std::collections::{BTreeMap, HashSet};

use super::{Sites, WrittenVariant};
use crate::numeric::stats::binomial_tail;
use crate::protein::{AminoAcid, ResidueId};

/// How written residue numbers are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Numbering {
    /// As the author of the structure numbers; from 1 on for a bare sequence.
    #[default]
    Author,
    /// The same, but where another numbering fits the list beyond doubt, what fits by chance is withheld.
    Guarded,
    /// Position in the sequence of the chain, from 1 on.
    Sequence,
    /// Author's number = written number + offset.
    Offset(i32),
    /// As the author numbers; by another numbering where that one fits beyond doubt.
    Auto,
}

/// A numbering by which more wild types agree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proposal {
    /// [`Numbering::Author`], [`Numbering::Sequence`] or [`Numbering::Offset`].
    pub numbering: Numbering,
    /// Distinct written places that agree under it.
    pub agreeing: usize,
    /// Distinct written places.
    pub of: usize,
    /// Distinct written places that agree as the list was read.
    pub now: usize,
    /// How often chance alone does as well, at most.
    pub chance: f64,
    /// Nearly all agree, chance does not explain it, and no other numbering comes near.
    pub certain: bool,
}

impl Proposal {
    /// Whether chance does not explain it.
    #[must_use]
    pub fn is_believed(&self) -> bool {
        self.chance < BELIEVED
    }

    /// The option that takes it up.
    #[must_use]
    pub fn option(&self) -> String {
        match self.numbering {
            Numbering::Offset(offset) => format!("`--offset {offset}`"),
            Numbering::Sequence => "`--numbering sequence`".to_owned(),
            _ => "`--numbering author`".to_owned(),
        }
    }
}

impl std::fmt::Display for Proposal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.numbering {
            Numbering::Offset(offset) => write!(f, "with offset {offset:+}")?,
            Numbering::Sequence => f.write_str("counted along the sequence from 1")?,
            _ => f.write_str("by the author's numbers")?,
        }
        let (agreeing, of, now) = (self.agreeing, self.of, self.now);
        write!(f, " {agreeing} of {of} wild types agree ({now} without)")
    }
}

/// Chance must be rarer than this for a numbering to be believed.
const BELIEVED: f64 = 1e-3;
/// Than this to be proposed.
const PROPOSED: f64 = 0.05;
/// Above this an agreement is nothing but chance.
const CHANCE: f64 = 0.01;

/// A written place and what is said to stand there.
type Place = (ResidueId, AminoAcid);

/// What the wild types of a list say about its numbering.
pub(super) struct Evidence<'a> {
    sites: &'a Sites,
    places: Vec<Place>,
    /// How often a written wild type agrees with a random residue.
    rate: f64,
}

impl<'a> Evidence<'a> {
    pub(super) fn new<'v>(
        variants: impl IntoIterator<Item = &'v WrittenVariant>,
        sites: &'a Sites,
    ) -> Self {
        let mut seen = HashSet::new();
        let written = variants.into_iter().flat_map(|v| &v.substitutions);
        let places: Vec<Place> = written
            .filter(|s| s.id.insertion_code.is_none())
            .map(|s| (s.id.clone(), s.wild_type))
            .filter(|place| seen.insert(place.clone()))
            .collect();
        let rate = rate(&places, sites);
        Self {
            sites,
            places,
            rate,
        }
    }

    fn agrees(&self, (id, wild_type): &Place, numbering: Numbering) -> bool {
        let found = self.sites.places(id, numbering);
        found
            .iter()
            .any(|&i| self.sites.residues[i].1 == Some(*wild_type))
    }

    pub(super) fn agreeing(&self, numbering: Numbering) -> usize {
        let agrees = |p: &&Place| self.agrees(p, numbering);
        self.places.iter().filter(agrees).count()
    }

    /// How often so many agree by chance at one numbering.
    fn chance(&self, agreeing: usize) -> f64 {
        binomial_tail(self.places.len(), agreeing, self.rate)
    }

    /// Whether what agrees at a numbering is no more than chance.
    pub(super) fn is_chance(&self, numbering: Numbering) -> bool {
        self.chance(self.agreeing(numbering)) > CHANCE
    }

    /// Whether so good an agreement is beyond chance.
    pub(super) fn is_believed(&self, numbering: Numbering) -> bool {
        self.chance(self.agreeing(numbering)) < BELIEVED
    }

    /// Votes for each offset of those places that `counts`.
    fn votes(&self, counts: impl Fn(&Place) -> bool) -> BTreeMap<i32, usize> {
        let mut votes: BTreeMap<i32, usize> = BTreeMap::new();
        let mut offsets = HashSet::new();
        for (id, wild_type) in self.places.iter().filter(|p| counts(p)) {
            offsets.clear();
            for (there, amino_acid) in &self.sites.residues {
                let here = id.chain.is_empty() || there.chain == id.chain;
                if here && *amino_acid == Some(*wild_type) && there.insertion_code.is_none() {
                    offsets.insert(there.number.saturating_sub(id.number));
                }
            }
            for &offset in &offsets {
                *votes.entry(offset).or_default() += 1;
            }
        }
        votes
    }

    /// The best numbering other than the one in use, where it is better and not likely by chance.
    pub(super) fn proposal(&self, used: Numbering) -> Option<Proposal> {
        let now = self.agreeing(used);
        let of_file = self.sites.offsets.iter().copied().map(Numbering::Offset);
        let plain = [Numbering::Author, Numbering::Sequence]
            .into_iter()
            .chain(of_file)
            .map(|numbering| (numbering, self.agreeing(numbering), 1));
        let votes = self.votes(|_| true);
        let best = votes
            .iter()
            .filter(|(offset, _)| **offset != 0)
            .max_by_key(|(offset, n)| (**n, -i64::from(offset.unsigned_abs())));
        let shifted = best.map(|(&offset, &n)| (Numbering::Offset(offset), n, votes.len()));
        let candidates: Vec<_> = plain.chain(shifted).collect();
        // Of equally good ones the first: the plainest.
        let best = candidates
            .iter()
            .rev()
            .max_by_key(|(_, agreeing, _)| *agreeing)?;
        let &(numbering, agreeing, tried) = best;
        let of = self.places.len();
        let chance = (self.chance(agreeing) * tried as f64).min(1.0);
        let rival = self.rival(numbering, agreeing, &votes);
        let is_told = match numbering {
            Numbering::Offset(offset) => agreeing == of && self.sites.offsets.contains(&offset),
            _ => false,
        };
        let likely = chance < PROPOSED && agreeing > rival;
        (agreeing > now && (likely || is_told)).then_some(Proposal {
            numbering,
            agreeing,
            of,
            now,
            chance,
            certain: chance < BELIEVED && agreeing * 10 >= of * 9 && rival * 10 <= agreeing * 7,
        })
    }

    /// How many agree at the next best offset, if they are nearly as many.
    fn rival(&self, best: Numbering, agreeing: usize, votes: &BTreeMap<i32, usize>) -> usize {
        let same = |offset: i32| match best {
            Numbering::Offset(o) => o == offset,
            // Counting along the sequence is an offset wherever the author skips nothing.
            Numbering::Sequence => self.places.iter().all(|p| {
                self.agrees(p, Numbering::Offset(offset)) <= self.agrees(p, Numbering::Sequence)
            }),
            _ => offset == 0,
        };
        let near = votes.iter().filter(|(_, n)| **n * 10 > agreeing * 7);
        let others = near.filter(|(offset, _)| !same(**offset));
        others.map(|(_, n)| *n).max().unwrap_or(0)
    }

    /// Every other offset by which a part of what disagrees under `used` agrees beyond chance.
    pub(super) fn others(&self, used: Numbering) -> Vec<(i32, usize)> {
        let left = |p: &Place| !self.agrees(p, used);
        let rest = Self {
            sites: self.sites,
            places: self.places.iter().filter(|p| left(p)).cloned().collect(),
            rate: self.rate,
        };
        let votes = rest.votes(|_| true);
        let believed = |n: usize| rest.chance(n) * (votes.len() as f64) < BELIEVED;
        let mut found: Vec<(i32, usize)> = votes.iter().map(|(o, n)| (*o, *n)).collect();
        found.retain(|(_, n)| believed(*n));
        found.sort_by_key(|(offset, n)| (std::cmp::Reverse(*n), offset.unsigned_abs()));
        found.truncate(3);
        found
    }

    /// Offsets that fit as well as the best one, so that none is to be believed.
    pub(super) fn ties(&self) -> Vec<(i32, usize)> {
        let votes = self.votes(|_| true);
        let best = votes.values().copied().max().unwrap_or(0);
        let tied: Vec<(i32, usize)> = votes
            .iter()
            .filter(|(_, n)| **n == best && best * 10 >= self.places.len() * 9)
            .map(|(o, n)| (*o, *n))
            .collect();
        if tied.len() > 1 { tied } else { Vec::new() }
    }
}

fn rate(places: &[Place], sites: &Sites) -> f64 {
    let known: Vec<AminoAcid> = sites.residues.iter().filter_map(|r| r.1).collect();
    let mut counts = [0_usize; 20];
    for amino_acid in &known {
        counts[amino_acid.index()] += 1;
    }
    let sum: usize = places.iter().map(|p| counts[p.1.index()]).sum();
    sum as f64 / (places.len() * known.len()).max(1) as f64
}

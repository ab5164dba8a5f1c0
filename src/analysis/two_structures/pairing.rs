//! Which residues of two structures belong together.

use std::collections::HashMap;
use std::ops::Range;

use crate::protein::{Protein, Residue, align};

/// How residues were paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PairedBy {
    /// Their numbers pair at least as many equal residues as an alignment does.
    #[default]
    Numbers,
    Sequence,
}

impl PairedBy {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Numbers => "residue numbers",
            Self::Sequence => "sequence",
        }
    }
}

/// The pairs of residues of two proteins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pairing {
    /// For every residue of the first the position of its partner in the second.
    pub partner: Vec<Option<usize>>,
    /// Pairs of the same residue.
    pub identical: usize,
    /// By the sequence where one chain or more was.
    pub by: PairedBy,
}

impl Pairing {
    /// Chains by name where the second has all of the first's names, else in order; within a chain by
    /// number, or by alignment where that finds more equal residues.
    #[must_use]
    pub fn new(first: &Protein, second: &Protein) -> Self {
        let (ours, theirs) = (first.chains(), second.chains());
        let named = |name: &str| theirs.iter().find(|(other, _)| *other == name);
        let by_name = ours.iter().all(|(name, _)| named(name).is_some());
        let mut pairing = Self {
            partner: vec![None; first.len()],
            ..Self::default()
        };
        for (k, (name, range)) in ours.iter().enumerate() {
            let other = if by_name { named(name) } else { theirs.get(k) };
            if let Some((_, other)) = other {
                pairing.add((first, range), (second, other));
            }
        }
        pairing
    }

    /// The pairs, in the order of the first.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let pair = |(i, j): (usize, &Option<usize>)| Some((i, (*j)?));
        self.partner.iter().enumerate().filter_map(pair)
    }

    fn add(&mut self, first: (&Protein, &Range<usize>), second: (&Protein, &Range<usize>)) {
        let (a, b) = (
            &first.0.residues[first.1.clone()],
            &second.0.residues[second.1.clone()],
        );
        let (numbers, aligned) = (by_number(a, b), by_sequence(a, b));
        let equal = |pairs: &[(usize, usize)]| {
            let same = |(i, j): &&(usize, usize)| a[*i].letter() == b[*j].letter();
            pairs.iter().filter(same).count()
        };
        let (of_numbers, of_aligned) = (equal(&numbers), equal(&aligned));
        let (pairs, identical) = if of_numbers >= of_aligned && !numbers.is_empty() {
            (numbers, of_numbers)
        } else {
            self.by = PairedBy::Sequence;
            (aligned, of_aligned)
        };
        for (i, j) in pairs {
            self.partner[first.1.start + i] = Some(second.1.start + j);
        }
        self.identical += identical;
    }
}

fn by_number(a: &[Residue], b: &[Residue]) -> Vec<(usize, usize)> {
    let mut places = HashMap::new();
    for (j, residue) in b.iter().enumerate() {
        let place = (residue.id.number, residue.id.insertion_code);
        places.entry(place).or_insert(j);
    }
    let pair = |(i, residue): (usize, &Residue)| {
        // A place is given once: a number that comes again has its first residue.
        let place = (residue.id.number, residue.id.insertion_code);
        places.remove(&place).map(|j| (i, j))
    };
    a.iter().enumerate().filter_map(pair).collect()
}

fn by_sequence(a: &[Residue], b: &[Residue]) -> Vec<(usize, usize)> {
    let letters = |chain: &[Residue]| chain.iter().map(Residue::letter).collect::<String>();
    let alignment = align::global(&letters(a), &letters(b));
    let columns = alignment.columns.into_iter();
    columns.filter_map(|(i, j)| Some((i?, j?))).collect()
}

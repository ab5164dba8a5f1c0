//! The places of a protein: what stands where, under which numbers and names.

use std::collections::{HashMap, HashSet};

use super::owner::Owner;
use super::{NameError, Numbering};
use crate::protein::{AminoAcid, Protein, ResidueId, Structure};

/// The places of a sequence or protein.
#[derive(Debug, Clone, PartialEq)]
pub struct Sites {
    pub(super) residues: Vec<(ResidueId, Option<AminoAcid>)>,
    by_author: HashMap<(i32, Option<char>), Vec<usize>>,
    by_ordinal: HashMap<i32, Vec<usize>>,
    pub(super) owner: Owner,
    /// Author's number − number in a database, where the file tells it.
    pub(super) offsets: Vec<i32>,
}

impl Sites {
    /// The places of a protein by its author's numbering.
    #[must_use]
    pub fn of_protein(protein: &Protein) -> Self {
        let residues = protein.residues.iter();
        let residues = residues.map(|r| (r.id.clone(), r.amino_acid)).collect();
        Self::new(residues, Owner::new(&protein.name))
    }

    /// The same, with what else the file calls the protein and which chains it has beside.
    #[must_use]
    pub fn in_structure(protein: &Protein, structure: &Structure) -> Self {
        let mut sites = Self::of_protein(protein);
        let loaded: HashSet<&str> = sites.residues.iter().map(|r| r.0.chain.as_str()).collect();
        let chains = structure.models.iter().flat_map(|m| &m.chains);
        let others: Vec<String> = chains
            .map(|c| c.id.clone())
            .filter(|c| !loaded.contains(c.as_str()))
            .collect();
        sites.owner.set_aside(others);
        sites.owner.also(&structure.aliases);
        sites.owner.refer(&structure.references);
        let here = structure.references.iter();
        let here = here.filter(|r| sites.has_chain(&r.chain) && r.offset != 0);
        sites.offsets = here.map(|r| r.offset).collect();
        sites.offsets.dedup();
        sites
    }

    pub(super) fn new(residues: Vec<(ResidueId, Option<AminoAcid>)>, owner: Owner) -> Self {
        let mut sites = Self {
            by_author: HashMap::new(),
            by_ordinal: HashMap::new(),
            residues,
            owner,
            offsets: Vec::new(),
        };
        let mut in_chain: HashMap<&str, i32> = HashMap::new();
        for (i, (id, _)) in sites.residues.iter().enumerate() {
            let ordinal = in_chain.entry(&id.chain).or_insert(0);
            *ordinal += 1;
            sites.by_ordinal.entry(*ordinal).or_default().push(i);
            let place = (id.number, id.insertion_code);
            sites.by_author.entry(place).or_default().push(i);
        }
        for (i, number) in inferred(&sites.residues) {
            sites.by_author.entry((number, None)).or_default().push(i);
        }
        sites
    }

    /// Whether the chains have names; those of a bare sequence have none.
    pub(super) fn has_chains(&self) -> bool {
        self.residues.iter().any(|r| !r.0.chain.is_empty())
    }

    pub(super) fn has_chain(&self, name: &str) -> bool {
        self.residues.iter().any(|r| r.0.chain == name)
    }

    /// Whether that amino acid stands there.
    #[must_use]
    pub fn has(&self, index: usize, amino_acid: AminoAcid) -> bool {
        self.residues
            .get(index)
            .is_some_and(|r| r.1 == Some(amino_acid))
    }

    /// Every residue that a place means, one a chain.
    #[must_use]
    pub fn places(&self, id: &ResidueId, numbering: Numbering) -> Vec<usize> {
        let code = id.insertion_code;
        let found = match numbering {
            Numbering::Sequence if code.is_some() => None,
            Numbering::Sequence => self.by_ordinal.get(&id.number),
            Numbering::Author | Numbering::Auto | Numbering::Guarded => {
                self.by_author.get(&(id.number, code))
            }
            Numbering::Offset(offset) => id
                .number
                .checked_add(offset)
                .and_then(|n| self.by_author.get(&(n, code))),
        };
        let here = |&i: &usize| id.chain.is_empty() || self.residues[i].0.chain == id.chain;
        let mut places: Vec<usize> = found.into_iter().flatten().copied().filter(here).collect();
        // A number that repeats within a chain means its first residue.
        let mut chains = HashSet::new();
        places.retain(|&i| chains.insert(&self.residues[i].0.chain));
        places
    }

    /// The residue that a place means, with the wild type where one is written; `written` is what the
    /// error quotes.
    ///
    /// # Errors
    /// [`NameError`] naming the place and what stands there.
    pub fn find(
        &self,
        id: &ResidueId,
        wild_type: Option<AminoAcid>,
        numbering: Numbering,
        written: &dyn std::fmt::Display,
    ) -> Result<usize, NameError> {
        let places = self.places(id, numbering);
        let is_said = |i: &usize| wild_type.is_none() || self.residues[*i].1 == wild_type;
        let fitting: Vec<usize> = places.iter().copied().filter(is_said).collect();
        match (fitting.as_slice(), places.first(), wild_type) {
            ([index], _, _) => Ok(*index),
            ([], Some(&index), Some(expected)) => Err(NameError::WildTypeMismatch {
                written: written.to_string(),
                place: self.name(index),
                found: self.residues[index].1.map_or('X', AminoAcid::letter),
                expected,
            }),
            ([], _, _) => Err(self.absent(id, numbering, written)),
            (several, _, _) => Err(NameError::Ambiguous {
                written: written.to_string(),
                chains: several
                    .iter()
                    .map(|&i| self.residues[i].0.chain.clone())
                    .collect(),
            }),
        }
    }

    fn absent(
        &self,
        id: &ResidueId,
        numbering: Numbering,
        written: &dyn std::fmt::Display,
    ) -> NameError {
        let mut place = id.clone();
        if let Numbering::Offset(offset) = numbering {
            place.number = place.number.saturating_add(offset);
        }
        let seen = self.residues.iter().filter(|(id, _)| id.is_seen());
        let seen = seen.filter(|(r, _)| id.chain.is_empty() || r.chain == id.chain);
        let numbers = seen.map(|(id, _)| id.number);
        let hint = match (numbers.clone().min(), numbers.max()) {
            (Some(low), Some(high)) => format!("; the numbers are {low} to {high}"),
            _ => String::new(),
        };
        NameError::Absent {
            written: written.to_string(),
            place: place.to_string(),
            hint,
        }
    }

    fn name(&self, index: usize) -> String {
        let id = &self.residues[index].0;
        if id.chain.is_empty() {
            format!("position {id}")
        } else {
            format!("residue {id}")
        }
    }
}

/// Author's numbers of residues that the structure lacks, where those that it has leave no choice.
fn inferred(residues: &[(ResidueId, Option<AminoAcid>)]) -> Vec<(usize, i32)> {
    let mut found = Vec::new();
    let mut start = 0;
    for chain in residues.chunk_by(|a, b| a.0.chain == b.0.chain) {
        let seen: Vec<usize> = (0..chain.len()).filter(|&i| chain[i].0.is_seen()).collect();
        let number = |i: usize| chain[i].0.number;
        let offset = |i: usize| number(i) - i as i32;
        for (i, (id, _)) in chain.iter().enumerate() {
            let after = seen.partition_point(|&s| s < i);
            let before = after.checked_sub(1).map(|k| seen[k]);
            let after = seen.get(after).copied();
            let shift = match (before, after) {
                (Some(b), Some(a)) => (offset(a) == offset(b)).then(|| offset(a)),
                (Some(one), None) | (None, Some(one)) => Some(offset(one)),
                (None, None) => None,
            };
            if let (false, Some(shift)) = (id.is_seen(), shift) {
                found.push((start + i, shift + i as i32));
            }
        }
        start += chain.len();
    }
    found
}

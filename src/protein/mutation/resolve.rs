//! From written places to indices, by author or sequence numbering, with offsets proposed.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{MutationError, Substitution, Variant, WrittenSubstitution, WrittenVariant};
use crate::protein::{AminoAcid, Protein, ResidueId};

/// How written residue numbers are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Numbering {
    /// As the author of the structure numbers; from 1 on for a bare sequence.
    #[default]
    Author,
    /// Position in the sequence of the chain, from 1 on.
    Sequence,
    /// Author's number = written number + offset.
    Offset(i32),
    /// As the author numbers; where wild types disagree and one offset alone makes them agree,
    /// by that offset.
    Auto,
}

/// A residue as written: chain where one is named, number, insertion code.
pub type Place<'a> = (Option<&'a str>, i32, Option<char>);

/// The places of a sequence or protein: what stands where, under which names.
#[derive(Debug, Clone, PartialEq)]
pub struct Sites {
    residues: Vec<(ResidueId, Option<AminoAcid>)>,
    /// 1-based position in its chain.
    ordinals: Vec<i32>,
    by_author: HashMap<(i32, Option<char>), Vec<usize>>,
    by_ordinal: HashMap<i32, Vec<usize>>,
}

impl Sites {
    /// The places of a protein by its author's numbering.
    #[must_use]
    pub fn of_protein(protein: &Protein) -> Self {
        let residues = protein.residues.iter();
        Self::new(residues.map(|r| (r.id.clone(), r.amino_acid)).collect())
    }

    fn new(residues: Vec<(ResidueId, Option<AminoAcid>)>) -> Self {
        let mut sites = Self {
            ordinals: Vec::with_capacity(residues.len()),
            by_author: HashMap::new(),
            by_ordinal: HashMap::new(),
            residues,
        };
        let mut in_chain: HashMap<String, i32> = HashMap::new();
        for (i, (id, _)) in sites.residues.iter().enumerate() {
            let ordinal = in_chain.entry(id.chain.clone()).or_insert(0);
            *ordinal += 1;
            sites.ordinals.push(*ordinal);
            sites.by_ordinal.entry(*ordinal).or_default().push(i);
            let place = (id.number, id.insertion_code);
            sites.by_author.entry(place).or_default().push(i);
        }
        sites
    }

    /// Every residue that a place means, one a chain.
    #[must_use]
    pub fn places(&self, place: Place<'_>, numbering: Numbering) -> Vec<usize> {
        let (chain, number, code) = place;
        let found = match numbering {
            Numbering::Sequence if code.is_some() => None,
            Numbering::Sequence => self.by_ordinal.get(&number),
            Numbering::Author | Numbering::Auto => self.by_author.get(&(number, code)),
            Numbering::Offset(offset) => number
                .checked_add(offset)
                .and_then(|n| self.by_author.get(&(n, code))),
        };
        let mut places: Vec<usize> = found
            .into_iter()
            .flatten()
            .copied()
            .filter(|&i| match (chain, &self.residues[i].0.chain) {
                (Some(asked), chain) => chain.is_empty() || asked == chain,
                (None, _) => true,
            })
            .collect();
        // A number that repeats within a chain means its first residue.
        let mut chains = HashSet::new();
        places.retain(|&i| chains.insert(&self.residues[i].0.chain));
        places
    }

    fn range_hint(&self) -> String {
        let seen = self.residues.iter().filter(|(id, _)| id.is_seen());
        let numbers = seen.map(|(id, _)| id.number);
        match (numbers.clone().min(), numbers.max()) {
            (Some(low), Some(high)) => format!("; the numbers are {low} to {high}"),
            _ => String::new(),
        }
    }

    fn name(&self, index: usize) -> String {
        let id = &self.residues[index].0;
        if id.chain.is_empty() {
            format!("position {}", id.number)
        } else {
            format!("residue {id}")
        }
    }
}

/// Finds the places of a variant and checks the wild types. [`Numbering::Auto`] counts as author
/// numbering here, since one variant alone proves no offset.
///
/// # Errors
/// [`MutationError`] naming the mutation, the place and what stands there.
pub fn resolve(
    variant: &WrittenVariant,
    sites: &Sites,
    numbering: Numbering,
) -> Result<Variant, MutationError> {
    let mut resolved = Variant::with_capacity(variant.substitutions.len());
    for written in &variant.substitutions {
        let substitution = resolve_one(written, sites, numbering)?;
        if resolved
            .iter()
            .any(|s: &Substitution| s.index == substitution.index)
        {
            return Err(MutationError::Twice(written.to_string()));
        }
        resolved.push(substitution);
    }
    resolved.sort_unstable();
    Ok(resolved)
}

fn resolve_one(
    written: &WrittenSubstitution,
    sites: &Sites,
    numbering: Numbering,
) -> Result<Substitution, MutationError> {
    let place = (
        written.chain.as_deref(),
        written.number,
        written.insertion_code,
    );
    let places = sites.places(place, numbering);
    let fitting: Vec<usize> = places
        .iter()
        .copied()
        .filter(|&i| sites.residues[i].1 == Some(written.wild_type))
        .collect();
    match (fitting.as_slice(), places.first()) {
        ([index], _) => Ok(Substitution {
            index: *index,
            wild_type: written.wild_type,
            mutant: written.mutant,
        }),
        ([], None) => {
            let mut place = written.clone();
            if let Numbering::Offset(offset) = numbering {
                place.number = place.number.saturating_add(offset);
            }
            let chain = place.chain.map_or(String::new(), |c| format!("{c}:"));
            let code = place.insertion_code.map_or(String::new(), String::from);
            Err(MutationError::Absent {
                mutation: written.to_string(),
                place: format!("{chain}{}{code}", place.number),
                hint: sites.range_hint(),
            })
        }
        ([], Some(&index)) => Err(MutationError::WildTypeMismatch {
            mutation: written.to_string(),
            place: sites.name(index),
            found: sites.residues[index].1.map_or('X', AminoAcid::letter),
            expected: written.wild_type,
        }),
        (several, _) => Err(MutationError::Ambiguous {
            mutation: written.to_string(),
            chains: several
                .iter()
                .map(|&i| sites.residues[i].0.chain.clone())
                .collect(),
        }),
    }
}

/// A row whose variant could not be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// 0-based index into the variants given.
    pub row: usize,
    /// What is wrong.
    pub error: MutationError,
}

/// An offset that makes written wild types agree with the protein.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetSuggestion {
    /// Author's number = written number + offset.
    pub offset: i32,
    /// Distinct written places that agree under it.
    pub agreeing: usize,
    /// Distinct written places.
    pub of: usize,
    /// Distinct written places that agree without it.
    pub now: usize,
    /// All agree, there are at least three, and no other offset comes near.
    pub certain: bool,
}

impl std::fmt::Display for OffsetSuggestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "with offset {:+} {} of {} wild types agree ({} without)",
            self.offset, self.agreeing, self.of, self.now
        )
    }
}

/// Proposes the offset under which most written wild types agree with the protein; `None` where
/// author numbering or another offset is as good, or nothing agrees in at least nine of ten places.
#[must_use]
pub fn suggest_offset(variants: &[WrittenVariant], sites: &Sites) -> Option<OffsetSuggestion> {
    let written: HashSet<(Option<&str>, i32, AminoAcid)> = variants
        .iter()
        .flat_map(|v| &v.substitutions)
        .filter(|s| s.insertion_code.is_none())
        .map(|s| (s.chain.as_deref(), s.number, s.wild_type))
        .collect();
    let mut votes: BTreeMap<i32, usize> = BTreeMap::new();
    let mut offsets = HashSet::new();
    for &(chain, number, wild_type) in &written {
        offsets.clear();
        for (id, amino_acid) in &sites.residues {
            let here = chain.is_none_or(|c| id.chain.is_empty() || id.chain == c);
            if here && *amino_acid == Some(wild_type) && id.insertion_code.is_none() {
                offsets.insert(id.number.saturating_sub(number));
            }
        }
        for &offset in &offsets {
            *votes.entry(offset).or_default() += 1;
        }
    }
    let now = votes.get(&0).copied().unwrap_or(0);
    let (&offset, &agreeing) = votes
        .iter()
        .max_by_key(|(offset, n)| (**n, -i64::from(offset.unsigned_abs())))?;
    let rival = votes
        .iter()
        .filter(|(o, _)| **o != offset)
        .map(|(_, n)| *n)
        .max()
        .unwrap_or(0);
    let of = written.len();
    let is_better = offset != 0 && agreeing > now && agreeing > rival;
    (is_better && agreeing * 10 >= of * 9).then_some(OffsetSuggestion {
        offset,
        agreeing,
        of,
        now,
        certain: agreeing == of && of >= 3 && rival * 10 <= agreeing * 7,
    })
}

/// What became of a list of variants: those that fit, and a problem for each that does not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolved {
    /// Row (0-based index into the variants given) and variant.
    pub variants: Vec<(usize, Variant)>,
    /// In the order of the rows.
    pub problems: Vec<Problem>,
    /// The numbering that was used in the end.
    pub numbering: Numbering,
    /// A better offset, where there is one that was not used.
    pub suggestion: Option<OffsetSuggestion>,
    /// The offset that [`Numbering::Auto`] chose.
    pub applied: Option<OffsetSuggestion>,
}

/// Resolves many variants; a row that does not fit loses only itself.
#[must_use]
pub fn resolve_all(variants: &[WrittenVariant], sites: &Sites, numbering: Numbering) -> Resolved {
    let mut result = place_all(variants, sites, numbering);
    if result.problems.is_empty() || matches!(numbering, Numbering::Sequence) {
        return result;
    }
    let suggestion = suggest_offset(variants, sites);
    match suggestion.filter(|s| Numbering::Offset(s.offset) != numbering) {
        Some(found) if found.certain && numbering == Numbering::Auto => {
            result = place_all(variants, sites, Numbering::Offset(found.offset));
            result.applied = Some(found);
        }
        other => result.suggestion = other,
    }
    result
}

fn place_all(variants: &[WrittenVariant], sites: &Sites, numbering: Numbering) -> Resolved {
    let mut result = Resolved {
        numbering: match numbering {
            Numbering::Auto => Numbering::Author,
            other => other,
        },
        ..Resolved::default()
    };
    for (row, variant) in variants.iter().enumerate() {
        match resolve(variant, sites, numbering) {
            Ok(placed) => result.variants.push((row, placed)),
            Err(error) => result.problems.push(Problem { row, error }),
        }
    }
    result
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;

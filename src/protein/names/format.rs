//! The one place that writes the name of a residue with its letter, of a substitution and of a variant.
//! [`ResidueId`] writes the name of a residue alone.

use crate::protein::{AminoAcid, Protein, ResidueId, Substitution};

/// `Q42`, `Q42W`, `Q42BW` with the insertion code B, `Q12~W` where the structure lacks the residue; before
/// it its chain, if asked for and if it has a name.
pub(super) fn name(
    id: &ResidueId,
    letter: char,
    mutant: Option<AminoAcid>,
    with_chain: bool,
) -> String {
    let chain = match id.chain.as_str() {
        chain if with_chain && !chain.is_empty() => format!("{chain}:"),
        _ => String::new(),
    };
    let mutant = mutant.map(|m| String::from(m.letter()));
    format!(
        "{chain}{letter}{}{}",
        id.place(),
        mutant.unwrap_or_default()
    )
}

impl ResidueId {
    /// Number and insertion code, without the chain: `42B`.
    #[must_use]
    pub fn place(&self) -> String {
        let code = self.insertion_code.map(String::from);
        format!("{}{}", self.number, code.unwrap_or_default())
    }
}

impl Protein {
    /// Of a residue `A:42`; of a substitution there, with its chain, `A:Q42W`.
    #[must_use]
    pub fn full_name(&self, index: usize, mutant: Option<AminoAcid>) -> String {
        match mutant {
            Some(_) => self.named_by(index, mutant, true),
            None => self.residues[index].id.to_string(),
        }
    }

    /// Of a residue with its letter: `A:Q42`.
    #[must_use]
    pub fn lettered_name(&self, index: usize) -> String {
        self.named_by(index, None, true)
    }

    /// `Q42W`; with its chain, `A:Q42W`, where there are several.
    #[must_use]
    pub fn mutant_name(&self, index: usize, mutant: AminoAcid) -> String {
        self.named_by(index, Some(mutant), self.has_several_chains())
    }

    /// In a table that has a column for the chain: `Q42W`, `Q42`.
    #[must_use]
    pub fn bare_name(&self, index: usize, mutant: Option<AminoAcid>) -> String {
        self.named_by(index, mutant, false)
    }

    /// `A42G:L55P`; `A:A42G+B:L55P` where there are several chains; `WT` without a substitution.
    #[must_use]
    pub fn variant_name(&self, variant: &[Substitution]) -> String {
        if variant.is_empty() {
            return "WT".to_owned();
        }
        let names = variant.iter().map(|s| self.mutant_name(s.index, s.mutant));
        let joint = if self.has_several_chains() { "+" } else { ":" };
        names.collect::<Vec<String>>().join(joint)
    }

    /// What [`Protein::full_name`] calls so.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<(usize, Option<AminoAcid>)> {
        let residue = self.residues.iter().position(|r| r.id.to_string() == name);
        residue.map(|index| (index, None)).or_else(|| {
            let mutant = name.chars().next_back().and_then(AminoAcid::from_letter)?;
            let is_it = |i: &usize| self.full_name(*i, Some(mutant)) == name;
            let index = (0..self.len()).find(is_it)?;
            Some((index, Some(mutant)))
        })
    }

    fn named_by(&self, index: usize, mutant: Option<AminoAcid>, with_chain: bool) -> String {
        let residue = &self.residues[index];
        name(&residue.id, residue.letter(), mutant, with_chain)
    }

    fn has_several_chains(&self) -> bool {
        let mut chains = self.residues.iter().map(|r| &r.id.chain);
        let first = chains.next();
        chains.any(|chain| Some(chain) != first)
    }
}

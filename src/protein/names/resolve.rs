//! A list put on a protein: whose variants they are, by which numbers, and what does not fit.

use super::numbering::Evidence;
use super::owner::{Taken, own, strangers};
use super::{NameError, Numbering, Proposal, Sites, Substitution, Variant, WrittenVariant};

/// Finds the places of a variant and checks the wild types.
///
/// # Errors
/// [`NameError`] naming the variant, the place and what stands there.
pub fn resolve(
    variant: &WrittenVariant,
    sites: &Sites,
    numbering: Numbering,
) -> Result<Variant, NameError> {
    let mut resolved = Variant::with_capacity(variant.substitutions.len());
    for written in &variant.substitutions {
        let index = sites.find(&written.id, Some(written.wild_type), numbering, written)?;
        if resolved.iter().any(|s: &Substitution| s.index == index) {
            return Err(NameError::Twice(written.to_string()));
        }
        resolved.push(Substitution {
            index,
            wild_type: written.wild_type,
            mutant: written.mutant,
        });
    }
    resolved.sort_unstable();
    Ok(resolved)
}

/// What became of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolved {
    /// One an entry, in the order given.
    pub outcomes: Vec<Result<Variant, NameError>>,
    /// The numbering that was used in the end.
    pub numbering: Numbering,
    /// What could be read in two ways: how it was read, and why.
    pub remarks: Vec<String>,
    /// A better numbering that was not used.
    pub proposal: Option<Proposal>,
    /// The numbering that [`Numbering::Auto`] chose.
    pub applied: Option<Proposal>,
}

impl Resolved {
    /// The variants that fit, each with its entry.
    pub fn variants(&self) -> impl Iterator<Item = (usize, &Variant)> {
        let outcomes = self.outcomes.iter().enumerate();
        outcomes.filter_map(|(i, o)| Some((i, o.as_ref().ok()?)))
    }

    /// The entries that do not fit.
    pub fn problems(&self) -> impl Iterator<Item = (usize, &NameError)> {
        let outcomes = self.outcomes.iter().enumerate();
        outcomes.filter_map(|(i, o)| Some((i, o.as_ref().err()?)))
    }
}

/// Puts a list on a protein; an entry that does not fit loses only itself.
#[must_use]
pub fn resolve_all(
    entries: &[Result<WrittenVariant, NameError>],
    sites: &Sites,
    numbering: Numbering,
) -> Resolved {
    let mut resolved = Resolved {
        numbering: match numbering {
            Numbering::Auto | Numbering::Guarded => Numbering::Author,
            other => other,
        },
        ..Resolved::default()
    };
    let taken = takes(entries, sites, &mut resolved.remarks);
    let owned: Vec<Result<WrittenVariant, NameError>> = entries
        .iter()
        .map(|entry| own(entry.as_ref().map_err(Clone::clone)?, sites, &taken))
        .collect();
    let evidence = Evidence::new(owned.iter().flatten(), sites);
    resolved.outcomes = place(&owned, sites, resolved.numbering);
    let misfit = |o: &Result<Variant, NameError>| {
        matches!(
            o,
            Err(NameError::WildTypeMismatch { .. } | NameError::Absent { .. })
        )
    };
    if resolved.outcomes.iter().any(misfit) {
        renumber(&mut resolved, &owned, &evidence, sites, numbering);
    }
    resolved
}

fn place(
    entries: &[Result<WrittenVariant, NameError>],
    sites: &Sites,
    numbering: Numbering,
) -> Vec<Result<Variant, NameError>> {
    let one = |entry: &Result<WrittenVariant, NameError>| {
        resolve(entry.as_ref().map_err(Clone::clone)?, sites, numbering)
    };
    entries.iter().map(one).collect()
}

/// Takes up, proposes or names another numbering.
fn renumber(
    resolved: &mut Resolved,
    entries: &[Result<WrittenVariant, NameError>],
    evidence: &Evidence<'_>,
    sites: &Sites,
    asked: Numbering,
) {
    let used = resolved.numbering;
    match evidence.proposal(used) {
        Some(found) if found.certain && asked == Numbering::Auto => {
            resolved.outcomes = place(entries, sites, found.numbering);
            resolved.numbering = found.numbering;
            resolved.applied = Some(found);
        }
        Some(found) => {
            let guarded = asked == Numbering::Guarded;
            if guarded && found.is_believed() && evidence.is_chance(used) {
                withhold(&mut resolved.outcomes, entries, found);
            }
            resolved.proposal = Some(found);
        }
        None => {
            let list: Vec<String> = evidence
                .ties()
                .iter()
                .map(|(offset, n)| format!("{offset:+} ({n})"))
                .collect();
            if !list.is_empty() {
                resolved.remarks.push(format!(
                    "several offsets fit equally well, so none is taken: {}",
                    list.join(", ")
                ));
                return;
            }
        }
    }
    let shown = resolved
        .proposal
        .map_or(resolved.numbering, |p| p.numbering);
    for (offset, n) in evidence.others(shown) {
        if offset != 0 || shown == Numbering::Sequence {
            resolved.remarks.push(format!(
                "{n} other wild types agree with offset {offset:+}: the list has several numberings; score its parts one by one"
            ));
        }
    }
}

fn withhold(
    outcomes: &mut [Result<Variant, NameError>],
    entries: &[Result<WrittenVariant, NameError>],
    proposal: Proposal,
) {
    for (outcome, entry) in outcomes.iter_mut().zip(entries) {
        // The wild type has no number that could be wrong.
        if let (Ok(variant), Ok(written)) = (&outcome, entry)
            && !variant.is_empty()
        {
            let written = written.to_string();
            *outcome = Err(NameError::ByChance { written, proposal });
        }
    }
}

/// Fewer variants prove no name.
const FEWEST: usize = 3;

/// Names that the list gives this protein though the file does not: one chain of a bare sequence, or
/// the one protein of a list whose wild types agree beyond chance.
fn takes(
    entries: &[Result<WrittenVariant, NameError>],
    sites: &Sites,
    remarks: &mut Vec<String>,
) -> Taken {
    let variants: Vec<&WrittenVariant> = entries.iter().flatten().collect();
    let mut taken = Taken::default();
    let strangers = strangers(&variants, sites);
    let Some(&name) = strangers.iter().next().filter(|_| strangers.len() == 1) else {
        return taken;
    };
    if !sites.has_chains() {
        // `A:K6R` on a bare sequence: a chain, of which there is one.
        if name.len() < 3 {
            taken.chains.insert(name.to_owned());
        }
        return taken;
    }
    let mut named = Taken::default();
    named.names.insert(name.to_owned());
    let owned: Vec<WrittenVariant> = variants
        .iter()
        .filter(|v| {
            v.protein.as_deref() == Some(name) || v.substitutions.iter().any(|s| s.id.chain == name)
        })
        .filter_map(|v| own(v, sites, &named).ok())
        .collect();
    let evidence = Evidence::new(&owned, sites);
    let numbering = evidence
        .proposal(Numbering::Author)
        .map_or(Numbering::Author, |p| p.numbering);
    if owned.len() >= FEWEST && name.len() > 2 && evidence.is_believed(numbering) {
        remarks.push(format!(
            "{name} is taken for {}: {} of its wild types agree",
            sites.owner.shown(),
            evidence.agreeing(numbering)
        ));
        taken.names.insert(name.to_owned());
    }
    taken
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;

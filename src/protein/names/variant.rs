//! Variants as people write them, and back.

use std::collections::HashSet;

use super::change::{Change, is_wild_type, scan};
use super::{Kind, NameError};
use crate::protein::{AminoAcid, ResidueId};

/// One substitution as written: the place is a name, not yet an index.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WrittenSubstitution {
    pub wild_type: AminoAcid,
    /// Its chain is empty where none is written.
    pub id: ResidueId,
    pub mutant: AminoAcid,
}

impl std::fmt::Display for WrittenSubstitution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let letter = self.wild_type.letter();
        f.write_str(&super::format::name(
            &self.id,
            letter,
            Some(self.mutant),
            true,
        ))
    }
}

/// Substitutions at once, as written; none is the wild type. Displays in canonical form: `A42G:L55P`,
/// with chains `A:A42G+B:L55P`, of a named protein `UBB:K6R`, the wild type `WT`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct WrittenVariant {
    /// The protein it is said to be of. A short name may stand in the place of the chain.
    pub protein: Option<String>,
    /// In the order written.
    pub substitutions: Vec<WrittenSubstitution>,
}

impl std::fmt::Display for WrittenVariant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(protein) = &self.protein {
            write!(f, "{protein}:")?;
        }
        if self.substitutions.is_empty() {
            return f.write_str("WT");
        }
        let chains = self.substitutions.iter().any(|s| !s.id.chain.is_empty());
        for (i, substitution) in self.substitutions.iter().enumerate() {
            if i > 0 {
                f.write_str(if chains { "+" } else { ":" })?;
            }
            write!(f, "{substitution}")?;
        }
        Ok(())
    }
}

impl std::str::FromStr for WrittenVariant {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        parse_variant(text)
    }
}

/// Reads a variant: `A42G`, `A:A42G`, `A42AG` (insertion code A), `p.Ala42Gly`, `QA42G` (`FoldX`, chain
/// A), several joined by `: + , ; / | & _ -` or blanks, in brackets or not, and `WT` or `p.=`. A chain
/// holds until the next is named.
///
/// # Errors
/// [`NameError`] quoting the text.
pub fn parse_variant(text: &str) -> Result<WrittenVariant, NameError> {
    Reader::default().variant(text)
}

/// Reads variants, and knows words that are names of proteins though they look like mutations: `A2M`.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    names: HashSet<String>,
}

impl Reader {
    #[must_use]
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            names: names.into_iter().map(str::to_ascii_lowercase).collect(),
        }
    }

    fn is_name(&self, word: &str) -> bool {
        self.names.contains(&word.to_ascii_lowercase())
    }

    /// As [`parse_variant`] does.
    ///
    /// # Errors
    /// [`NameError`] quoting the text.
    pub fn variant(&self, text: &str) -> Result<WrittenVariant, NameError> {
        let text = text.trim().trim_matches(['"', '\'']).trim();
        if is_missing(text) {
            return Err(NameError::Missing);
        }
        if is_wild_type(text) {
            return Ok(WrittenVariant::default());
        }
        let refuse = |kind| NameError::NotASubstitution {
            written: text.to_owned(),
            kind,
        };
        if text.contains("];[") || text.contains("(;)") {
            return Err(refuse(Kind::Alleles));
        }
        let spaced = spaced(text);
        let mut rest = spaced.as_deref().unwrap_or(text);
        let mut reading = Reading::default();
        // What stands before `:p.` names what the change is of, whatever it looks like.
        if let Some(at) = rest.find(":p.") {
            let names = words(&rest[..at]).map(|(word, _)| word);
            let names = names.filter(|word| !is_nucleotide(word));
            reading.prefix = names.map(str::to_owned).collect();
            rest = &rest[at + 1..];
        }
        for (word, separator) in words(rest) {
            self.word(&mut reading, word, separator)
                .ok_or_else(|| NameError::Unreadable(text.to_owned()))?;
        }
        reading.variant(text, refuse)
    }

    /// Takes one word in; `None` where it has no meaning there.
    fn word(&self, reading: &mut Reading, word: &str, separator: char) -> Option<()> {
        let (word, hgvs) = match word.strip_prefix("p.") {
            Some(word) => (word, true),
            None => (word, false),
        };
        reading.hgvs |= hgvs;
        if word.is_empty() {
            return Some(());
        }
        if is_nucleotide(word) {
            reading.is_dna = true;
            return Some(());
        }
        if hgvs && matches!(word, "?" | "0" | "0?") {
            reading.changes.push(Change::Other(Kind::Unknown));
            return Some(());
        }
        if reading.changes.is_empty() && self.is_name(word) && separator != '\0' {
            reading.prefix.push(word.to_owned());
            return Some(());
        }
        if let Some((prefix, changes)) = self.changes(word) {
            reading.prefix.extend(prefix.map(str::to_owned));
            reading.names.extend(prefix.map(str::to_owned));
            return reading.take(changes, &self.names);
        }
        let named = word.contains(|c: char| c.is_ascii_alphanumeric());
        let leads = matches!(separator, ':' | ' ' | '|' | '/' | '(' | ')' | '[');
        (named && leads && word.len() <= LONGEST_NAME).then(|| reading.prefix.push(word.to_owned()))
    }

    /// The changes of one word, joined by `_` or `-`, with the name that stands before them.
    fn changes<'a>(&self, word: &'a str) -> Option<(Option<&'a str>, Vec<Change>)> {
        let mut places = word.match_indices(['_', '-']).map(|(at, _)| at);
        let split = |at: usize| Some((Some(&word[..at]), joined(&word[at + 1..])?));
        if let Some(found) = places
            .clone()
            .find(|&at| self.is_name(&word[..at]))
            .and_then(split)
        {
            return Some(found);
        }
        let whole = joined(word).map(|changes| (None, changes));
        whole.or_else(|| {
            places
                .find_map(split)
                .filter(|(name, _)| name.is_some_and(|n| !n.is_empty()))
        })
    }
}

const LONGEST_NAME: usize = 80;
/// Longer words before a variant are never chains.
const LONGEST_CHAIN: usize = 4;

#[derive(Default)]
struct Reading {
    /// Words before the next change.
    prefix: Vec<String>,
    /// Those of them that a `_` or `-` joins to it: never chains.
    names: Vec<String>,
    hgvs: bool,
    is_dna: bool,
    chain: String,
    protein: Option<String>,
    changes: Vec<Change>,
}

impl Reading {
    fn take(&mut self, changes: Vec<Change>, names: &HashSet<String>) -> Option<()> {
        self.name(names)?;
        for mut change in changes {
            if let Change::Substitution(s) = &mut change
                && s.id.chain.is_empty()
            {
                s.id.chain.clone_from(&self.chain);
            }
            self.changes.push(change);
        }
        self.hgvs = false;
        Some(())
    }

    /// What the words before a change name: proteins, and at last a chain.
    fn name(&mut self, names: &HashSet<String>) -> Option<()> {
        let mut prefix = std::mem::take(&mut self.prefix);
        let is_chain = |word: &String| {
            word.len() <= LONGEST_CHAIN
                && word.chars().all(|c| c.is_ascii_alphanumeric())
                && !(self.hgvs && word.len() > 2)
                && !names.contains(&word.to_ascii_lowercase())
                && !self.names.contains(word)
        };
        if prefix.last().is_some_and(is_chain) {
            self.chain = prefix.pop().unwrap_or_default();
        }
        match (prefix.is_empty(), &self.protein) {
            (true, _) => {}
            (false, None) => self.protein = Some(prefix.join("|")),
            (false, Some(before)) if *before == prefix.join("|") => {}
            (false, Some(_)) => return None,
        }
        Some(())
    }

    fn variant(
        self,
        text: &str,
        refuse: impl Fn(Kind) -> NameError,
    ) -> Result<WrittenVariant, NameError> {
        if self.changes.is_empty() && self.is_dna {
            return Err(refuse(Kind::Dna));
        }
        if self.changes.is_empty() || !self.prefix.is_empty() {
            return Err(NameError::Unreadable(text.to_owned()));
        }
        let mut variant = WrittenVariant {
            protein: self.protein,
            substitutions: Vec::new(),
        };
        for change in self.changes {
            match change {
                Change::Substitution(s) => variant.substitutions.push(s),
                Change::Same => {}
                Change::Other(kind) => return Err(refuse(kind)),
            }
        }
        let mut seen = HashSet::new();
        match variant.substitutions.iter().find(|s| !seen.insert(&s.id)) {
            Some(twice) => Err(NameError::Twice(twice.to_string())),
            None => Ok(variant),
        }
    }
}

/// Changes joined by `_` or `-`; `None` unless all of it is.
fn joined(word: &str) -> Option<Vec<Change>> {
    let (first, mut rest) = scan(word)?;
    let mut changes = vec![first];
    while !rest.is_empty() {
        let (next, after) = scan(rest.strip_prefix(['_', '-'])?)?;
        changes.push(next);
        rest = after;
    }
    Some(changes)
}

/// The words of a text, each with the character behind it, `\0` at the end.
fn words(text: &str) -> impl Iterator<Item = (&str, char)> {
    let is_separator = |c: char| c.is_whitespace() || ":+,;/|&[](){}".contains(c);
    text.split_inclusive(is_separator).filter_map(move |piece| {
        let word = piece.trim_end_matches(is_separator);
        let separator = piece[word.len()..].chars().next().unwrap_or('\0');
        let separator = if separator.is_whitespace() {
            ' '
        } else {
            separator
        };
        let word = if word == "p." {
            word
        } else {
            word.trim_end_matches('.')
        };
        (!word.is_empty()).then_some((word, separator))
    })
}

/// `Q 2 A`, `Q,2,A` or `Q_2_A` as one word.
fn spaced(text: &str) -> Option<String> {
    let apart = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '_');
    let words: Vec<&str> = text.split(apart).filter(|w| !w.is_empty()).collect();
    let [wild_type, number, mutant] = words[..] else {
        return None;
    };
    let is_letters = |w: &str| super::residue::amino_acid(w).is_some();
    (is_letters(wild_type) && is_letters(mutant) && number.parse::<i32>().is_ok())
        .then(|| words.concat())
}

/// `c.4C>T`, `g.7A>T`, `n.1del`
fn is_nucleotide(word: &str) -> bool {
    let mut characters = word.chars();
    let first = characters.next();
    first.is_some_and(|c| "cgnmr".contains(c)) && characters.next() == Some('.')
}

/// Words for nothing at all.
pub(super) fn is_missing(text: &str) -> bool {
    let words = ["", "na", "n/a", "nan", "none", "null", "#n/a", "-", "."];
    words.iter().any(|w| text.eq_ignore_ascii_case(w))
}

#[cfg(test)]
#[path = "variant_tests.rs"]
mod tests;

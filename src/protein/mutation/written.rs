//! Mutations as people write them, and back.

use crate::protein::AminoAcid;
use crate::protein::ResidueId;

/// One substitution as written: the place is a name, not yet an index.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WrittenSubstitution {
    /// Chain, where one is written.
    pub chain: Option<String>,
    /// What is said to stand there.
    pub wild_type: AminoAcid,
    /// Residue number.
    pub number: i32,
    /// Insertion code.
    pub insertion_code: Option<char>,
    /// What replaces it.
    pub mutant: AminoAcid,
}

impl std::fmt::Display for WrittenSubstitution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(chain) = &self.chain {
            write!(f, "{chain}:")?;
        }
        write!(f, "{}{}", self.wild_type, self.number)?;
        if let Some(code) = self.insertion_code {
            write!(f, "{code}")?;
        }
        write!(f, "{}", self.mutant)
    }
}

/// One or several substitutions as written. Displays in canonical form: `A42G:L55P`, with chains
/// `A:A42G+B:L55P`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WrittenVariant {
    /// At least one, in the order written.
    pub substitutions: Vec<WrittenSubstitution>,
}

impl std::fmt::Display for WrittenVariant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let chains = self.substitutions.iter().any(|s| s.chain.is_some());
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
    type Err = MutationError;

    fn from_str(text: &str) -> Result<Self, MutationError> {
        parse_variant(text)
    }
}

/// Why a mutation cannot be read or does not fit the protein.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MutationError {
    /// Not a mutation.
    #[error("'{0}' is no mutation; write A42G, A:A42G, p.Ala42Gly, several as A42G:L55P")]
    Unreadable(String),
    /// A word for the wild type.
    #[error("'{0}' names the wild type, which has no mutation to score")]
    WildType(String),
    /// Stop, deletion, insertion, frame shift, or a letter beyond the twenty.
    #[error("'{0}' is no substitution between the twenty amino acids; only those are scored")]
    Unsupported(String),
    /// A place twice in one variant.
    #[error("'{0}' is mutated twice in one variant; keep one of them")]
    Twice(String),
    /// No such residue.
    #[error("{mutation}: there is no residue {place}{hint}")]
    Absent {
        /// As written.
        mutation: String,
        /// The place.
        place: String,
        /// The numbers there are.
        hint: String,
    },
    /// Several chains have the residue.
    #[error("{mutation}: the residue is in chains {}; name one, as in {}:{mutation}", .chains.join(", "), .chains[0])]
    Ambiguous {
        /// As written.
        mutation: String,
        /// At least two.
        chains: Vec<String>,
    },
    /// Another residue stands there.
    #[error("{mutation}: {place} is {found}, not {}", .expected.letter())]
    WildTypeMismatch {
        /// As written.
        mutation: String,
        /// The place.
        place: String,
        /// One letter, X where there is no standard residue.
        found: char,
        /// As written.
        expected: AminoAcid,
    },
}

/// Reads a mutation or several at once: `A42G`, `A:A42G`, `A:A42AG` (insertion code A),
/// `p.Ala42Gly`, and joined by `:`, `+`, `,`, `;` or `/`. A chain holds until the next is named.
///
/// # Errors
/// [`MutationError`] quoting the part that cannot be read.
pub fn parse_variant(text: &str) -> Result<WrittenVariant, MutationError> {
    let text = text.trim().trim_matches(['"', '\'']);
    if ["wt", "_wt", "wild type", "wild-type", "wildtype", "p.="]
        .iter()
        .any(|w| text.eq_ignore_ascii_case(w))
    {
        return Err(MutationError::WildType(text.to_owned()));
    }
    let mut substitutions: Vec<WrittenSubstitution> = Vec::new();
    let mut chain: Option<String> = None;
    for part in text.split(['+', ',', ';', '/']) {
        let words: Vec<&str> = part.split(':').map(str::trim).collect();
        for (at, word) in words.iter().enumerate() {
            match substitution(word) {
                Ok((wild_type, number, insertion_code, mutant)) => {
                    substitutions.push(WrittenSubstitution {
                        chain: chain.clone(),
                        wild_type,
                        number,
                        insertion_code,
                        mutant,
                    });
                }
                Err(MutationError::Unreadable(_)) if is_chain(word) && at + 1 < words.len() => {
                    chain = Some((*word).to_owned());
                }
                Err(error) => return Err(error),
            }
        }
    }
    if let Some(twice) = repeated(&substitutions) {
        return Err(MutationError::Twice(twice.to_string()));
    }
    Ok(WrittenVariant { substitutions })
}

fn is_chain(word: &str) -> bool {
    (1..=8).contains(&word.len()) && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn repeated(substitutions: &[WrittenSubstitution]) -> Option<&WrittenSubstitution> {
    let place = |s: &WrittenSubstitution| (s.chain.clone(), s.number, s.insertion_code);
    let mut seen = std::collections::HashSet::new();
    substitutions.iter().find(|s| !seen.insert(place(s)))
}

type Parts = (AminoAcid, i32, Option<char>, AminoAcid);

fn substitution(word: &str) -> Result<Parts, MutationError> {
    let unreadable = || MutationError::Unreadable(word.to_owned());
    let unsupported = || MutationError::Unsupported(word.to_owned());
    let body = word.strip_prefix("p.").unwrap_or(word);
    let body = body.trim_start_matches('(').trim_end_matches(')');
    let start = body
        .find(|c: char| c.is_ascii_digit() || c == '-')
        .ok_or_else(unreadable)?;
    let rest = &body[start..];
    let digits = rest
        .find(|c: char| !c.is_ascii_digit() && c != '-')
        .ok_or_else(unreadable)?;
    let number: i32 = rest[..digits].parse().map_err(|_| unreadable())?;
    let (before, after) = (&body[..start], &rest[digits..]);
    if !matches!(before.len(), 1 | 3) || !before.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(unreadable());
    }
    if matches!(after, "*" | "=" | "?" | "fs" | "del" | "dup" | "ins") {
        return Err(unsupported());
    }
    let letters = after.strip_prefix(ResidueId::UNSEEN).unwrap_or(after);
    if !letters.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(unreadable());
    }
    let width = before.len();
    let (insertion, mutant) = match after.len().checked_sub(width) {
        Some(0) => (None, after),
        Some(1) => (after.chars().next(), &after[1..]),
        _ => return Err(unsupported()),
    };
    let amino_acid = |text: &str| match text.len() {
        1 => text.chars().next().and_then(AminoAcid::from_letter),
        3 => AminoAcid::from_three_letters(text),
        _ => None,
    };
    match (amino_acid(before), amino_acid(mutant)) {
        (Some(wild_type), Some(mutant)) => Ok((
            wild_type,
            number,
            insertion.map(|c| c.to_ascii_uppercase()),
            mutant,
        )),
        _ => Err(unsupported()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        parse_variant(text).unwrap().to_string()
    }

    #[test]
    fn every_way_of_writing_has_one_canonical_form() {
        for (written, expected) in [
            ("A42G", "A42G"),
            (" a42g ", "A42G"),
            ("A:A42G", "A:A42G"),
            ("A:A42AG", "A:A42AG"),
            ("p.Ala42Gly", "A42G"),
            ("p.(Ala42Gly)", "A42G"),
            ("Ala42BGly", "A42BG"),
            ("p.A42G", "A42G"),
            ("A-3G", "A-3G"),
            ("1:A42G", "1:A42G"),
            ("M12~G", "M12~G"),
            ("A42G:L55P", "A42G:L55P"),
            ("A42G+L55P", "A42G:L55P"),
            ("A42G,L55P", "A42G:L55P"),
            ("A42G; L55P", "A42G:L55P"),
            ("B:A42G:L55P", "B:A42G+B:L55P"),
            ("A:A42G+B:L55P", "A:A42G+B:L55P"),
            ("A42A", "A42A"),
        ] {
            assert_eq!(canonical(written), expected, "{written}");
            assert_eq!(canonical(expected), expected);
        }
    }

    #[test]
    fn what_is_no_substitution_says_why() {
        for text in [
            "", "A", "42", "A42", "42G", "A:", "A:B", "AB42G", "A4.2G", "A42G::",
        ] {
            let error = parse_variant(text).unwrap_err();
            assert!(
                matches!(error, MutationError::Unreadable(_)),
                "{text}: {error:?}"
            );
        }
        for text in [
            "A42*",
            "p.Ala42Ter",
            "A42X",
            "p.Ala42=",
            "A42del",
            "A42fs",
            "B42G",
        ] {
            let error = parse_variant(text).unwrap_err();
            assert!(
                matches!(error, MutationError::Unsupported(_)),
                "{text}: {error:?}"
            );
        }
        assert!(matches!(
            parse_variant("WT"),
            Err(MutationError::WildType(_))
        ));
        assert!(matches!(
            parse_variant("A42G:A42V"),
            Err(MutationError::Twice(_))
        ));
    }
}

//! Protein sequences.

use super::AminoAcid;

/// A named protein sequence: upper-case one-letter codes, with the ambiguous and rare letters
/// `B J O U X Z` allowed; never gaps or stops.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sequence {
    /// From the FASTA header or the file name; not part of any result.
    pub name: String,
    /// What else its header calls it: accession, gene.
    pub aliases: Vec<String>,
    letters: String,
}

impl Sequence {
    /// A sequence over letters that are already upper case.
    ///
    /// # Errors
    /// [`SequenceError`] naming the first letter that is no residue, or an empty sequence.
    pub fn new(name: impl Into<String>, letters: impl Into<String>) -> Result<Self, SequenceError> {
        let (name, letters) = (name.into(), letters.into());
        if letters.is_empty() {
            return Err(SequenceError::Empty { name });
        }
        match letters.chars().position(|c| !c.is_ascii_uppercase()) {
            Some(at) => Err(SequenceError::NotAResidue {
                name,
                letter: letters.chars().nth(at).unwrap_or('?'),
                position: at + 1,
            }),
            None => Ok(Self {
                name,
                aliases: Vec::new(),
                letters,
            }),
        }
    }

    /// Number of residues.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a sequence is never empty")]
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// The one-letter codes.
    #[must_use]
    pub fn letters(&self) -> &str {
        &self.letters
    }

    /// The amino acid at a 0-based position; `None` for `B J O U X Z` and past the end.
    #[must_use]
    pub fn amino_acid(&self, index: usize) -> Option<AminoAcid> {
        self.letters
            .as_bytes()
            .get(index)
            .and_then(|&b| AminoAcid::from_letter(b as char))
    }
}

/// Why text is no protein sequence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SequenceError {
    /// No letters at all.
    #[error("sequence '{name}' is empty")]
    Empty {
        /// Name of the record.
        name: String,
    },
    #[error(
        "sequence '{name}' is {what}, not a protein; translate it, or give the protein's sequence"
    )]
    Nucleic { name: String, what: &'static str },
    /// A character that stands for no residue.
    #[error(
        "sequence '{name}': '{letter}' at position {position} is not a residue; use one-letter amino-acid codes"
    )]
    NotAResidue {
        /// Name of the record.
        name: String,
        /// The character.
        letter: char,
        /// 1-based position.
        position: usize,
    },
}

//! ESM-2's alphabet of 33 tokens.

use crate::protein::AminoAcid;

/// A token id, below [`VOCABULARY`].
pub type Token = u8;

/// Number of tokens.
pub const VOCABULARY: usize = 33;
/// Start of a sequence.
pub const CLS: Token = 0;
/// Filler behind the shorter sequences of a batch.
pub const PAD: Token = 1;
/// End of a sequence.
pub const EOS: Token = 2;
/// A letter that is none of the alphabet.
pub const UNKNOWN: Token = 3;
/// A hidden residue, to be guessed.
pub const MASK: Token = 32;

/// The residues in token order, from id 4 on.
const LETTERS: &[u8; 25] = b"LAGVSERTIDPKQNFYMHWCXBUZO";
const FIRST_LETTER: Token = 4;

/// The token of a residue letter in either case; [`UNKNOWN`] for a letter outside the alphabet (`J`).
#[must_use]
pub fn token_of_letter(letter: u8) -> Token {
    let upper = letter.to_ascii_uppercase();
    LETTERS
        .iter()
        .position(|&l| l == upper)
        .map_or(UNKNOWN, |i| i as Token + FIRST_LETTER)
}

/// The token of an amino acid.
#[must_use]
pub fn token_of(amino_acid: AminoAcid) -> Token {
    token_of_letter(amino_acid.letter() as u8)
}

/// `<cls>`, the residues, `<eos>`: residue `i` stands at token `i + 1`.
#[must_use]
pub fn tokenize(letters: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(letters.len() + 2);
    tokens.push(CLS);
    tokens.extend(letters.bytes().map(token_of_letter));
    tokens.push(EOS);
    tokens
}

/// Share of the tokens that are masked.
#[must_use]
pub fn masked_fraction(tokens: &[Token]) -> f32 {
    let masked = tokens
        .iter()
        .map(|&t| usize::from(t == MASK))
        .sum::<usize>();
    masked as f32 / tokens.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_published_alphabet() {
        assert_eq!(tokenize("LAGX"), [CLS, 4, 5, 6, 24, EOS]);
        assert_eq!(tokenize("BUZO")[1..5], [25, 26, 27, 28]);
        assert_eq!(token_of(AminoAcid::Cys), 23);
        assert_eq!(token_of_letter(b'm'), 20);
    }

    #[test]
    fn a_letter_outside_the_alphabet_is_unknown() {
        assert_eq!(tokenize("J")[1], UNKNOWN);
    }

    #[test]
    fn the_twenty_have_different_tokens() {
        let mut tokens: Vec<Token> = AminoAcid::ALL.into_iter().map(token_of).collect();
        tokens.sort_unstable();
        tokens.dedup();
        assert_eq!(tokens.len(), 20);
    }
}

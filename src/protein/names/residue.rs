//! Residues as people write them: `42`, `42B` (insertion code B), `A:42`, `K48`, `Lys48`, `p.Lys48`.

use crate::protein::{AminoAcid, ResidueId};

/// A residue as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenResidue {
    /// What is said to stand there.
    pub wild_type: Option<AminoAcid>,
    /// Its chain is empty where none is written.
    pub id: ResidueId,
}

/// Reads a residue; `None` for anything else.
#[must_use]
pub fn parse_residue(text: &str) -> Option<WrittenResidue> {
    let (chain, body) = match text.trim().rsplit_once(':') {
        Some(("", _)) => return None,
        Some((chain, body)) => (chain, body),
        None => ("", text.trim()),
    };
    let body = body.strip_prefix("p.").unwrap_or(body);
    let start = body.find(|c: char| c.is_ascii_digit() || c == '-')?;
    let (letters, rest) = body.split_at(start);
    let wild_type = match letters {
        "" => None,
        letters => Some(amino_acid(letters)?),
    };
    let (number, code) = split_number(rest)?;
    let mut code = code.chars();
    let insertion_code = code.next();
    let is_code = |c: char| c.is_ascii_alphabetic() || c == ResidueId::UNSEEN;
    (code.next().is_none() && insertion_code.is_none_or(is_code)).then(|| WrittenResidue {
        wild_type,
        id: ResidueId {
            chain: chain.to_owned(),
            number,
            insertion_code,
        },
    })
}

/// One of the twenty by its one- or three-letter code.
pub(super) fn amino_acid(text: &str) -> Option<AminoAcid> {
    match text.len() {
        1 => text.chars().next().and_then(AminoAcid::from_letter),
        3 => AminoAcid::from_three_letters(text),
        _ => None,
    }
}

/// A number, which may be negative, and what follows it.
pub(super) fn split_number(text: &str) -> Option<(i32, &str)> {
    let sign = usize::from(text.starts_with('-'));
    let digits = text[sign..].find(|c: char| !c.is_ascii_digit());
    let end = digits.map_or(text.len(), |d| sign + d);
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_style_names_the_same_residue() {
        let read = |text: &str| parse_residue(text).map(|r| (r.wild_type, r.id.to_string()));
        let lysine = Some(AminoAcid::Lys);
        for (text, wild_type, id) in [
            ("48", None, "48"),
            ("A:-3", None, "A:-3"),
            ("42B", None, "42B"),
            ("A:12~", None, "A:12~"),
            ("K48", lysine, "48"),
            ("Lys48", lysine, "48"),
            ("p.Lys48", lysine, "48"),
            ("B:LYS48A", lysine, "B:48A"),
        ] {
            assert_eq!(read(text), Some((wild_type, id.to_owned())), "{text}");
        }
        for text in ["", "A", ":5", "5AB", "x:y", "Xyz5", "5!", "é5", "A:", "-"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

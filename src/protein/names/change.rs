//! One change as a word: `A42G`, `Ala42Gly`, `A42BG`, `QA2A`, `Leu8=`, and what is no substitution.

use super::residue::{amino_acid, split_number};
use super::{Kind, WrittenSubstitution};
use crate::protein::{AminoAcid, ResidueId};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Substitution(WrittenSubstitution),
    /// The protein as it is: `=`, `WT`.
    Same,
    Other(Kind),
}

/// The change that a text begins with, and what follows it.
pub(super) fn scan(text: &str) -> Option<(Change, &str)> {
    if let Some(rest) = text.strip_prefix('=') {
        return Some((Change::Same, rest));
    }
    if is_wild_type(text) {
        return Some((Change::Same, ""));
    }
    let (from, rest) = scan_from(text)?;
    scan_to(&from, rest)
}

/// Words for the unchanged protein.
pub(super) fn is_wild_type(text: &str) -> bool {
    let words = ["wt", "_wt", "_sy", "wild type", "wild-type", "wildtype"];
    words.iter().any(|w| text.eq_ignore_ascii_case(w))
}

struct From {
    wild_type: Option<AminoAcid>,
    chain: String,
    number: i32,
}

/// Letters of the wild type, `FoldX`'s chain behind them, and the number.
fn scan_from(text: &str) -> Option<(From, &str)> {
    let start = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let (letters, rest) = text.split_at(start);
    let (number, rest) = split_number(rest)?;
    let width = if letters.len() > 2 { 3 } else { 1 };
    let wild_type = letters.get(..width).and_then(amino_acid);
    let chain = letters.get(width..).unwrap_or("").to_owned();
    let is_known = wild_type.is_some() || is_rare(letters);
    (is_known && chain.len() < 2).then_some((
        From {
            wild_type,
            chain,
            number,
        },
        rest,
    ))
}

/// Codes beyond the twenty.
fn is_rare(letters: &str) -> bool {
    let codes = ["B", "J", "O", "U", "X", "Z", "*"];
    let names = ["Asx", "Glx", "Pyl", "Sec", "Ter", "Xaa", "Xle", "Stop"];
    codes.iter().any(|c| c.eq_ignore_ascii_case(letters))
        || names.iter().any(|n| n.eq_ignore_ascii_case(letters))
}

fn scan_to<'a>(from: &From, rest: &'a str) -> Option<(Change, &'a str)> {
    let rest = ["->", ">", "→"]
        .iter()
        .find_map(|arrow| rest.strip_prefix(arrow))
        .unwrap_or(rest);
    if let Some(kind) = special(rest) {
        return Some((Change::Other(kind), ""));
    }
    if let (Some(rest), Some(wild_type)) = (rest.strip_prefix('='), from.wild_type) {
        return Some((substitution(from, None, wild_type), rest));
    }
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == ResidueId::UNSEEN;
    let end = rest.find(|c: char| !is_letter(c)).unwrap_or(rest.len());
    let (letters, after) = rest.split_at(end);
    let (code, mutant) = match letters.len() {
        1 | 3 => (None, letters),
        2 | 4 => (letters.chars().next(), &letters[1..]),
        _ => return None,
    };
    let change = match (from.wild_type, amino_acid(mutant)) {
        (Some(_), Some(mutant)) => substitution(from, code, mutant),
        (None, Some(_)) => Change::Other(Kind::NonStandard),
        (_, None) if is_rare(mutant) => Change::Other(Kind::NonStandard),
        (_, None) => return None,
    };
    Some((change, after))
}

fn substitution(from: &From, code: Option<char>, mutant: AminoAcid) -> Change {
    from.wild_type
        .map_or(Change::Other(Kind::NonStandard), |wild_type| {
            Change::Substitution(WrittenSubstitution {
                wild_type,
                id: ResidueId {
                    chain: from.chain.clone(),
                    number: from.number,
                    insertion_code: code.map(|c| c.to_ascii_uppercase()),
                },
                mutant,
            })
        })
}

/// What follows the number where nothing is substituted.
fn special(rest: &str) -> Option<Kind> {
    // `Lys6fs`, `Lys6ArgfsTer12`
    let shifts = |at: usize| at == 0 || amino_acid(&rest[..at]).is_some();
    if rest.find("fs").is_some_and(shifts) {
        return Some(Kind::FrameShift);
    }
    let lower = rest.to_ascii_lowercase();
    let simple = match lower.as_str() {
        "*" | "ter" | "stop" => Some(Kind::Stop),
        "-" | "~" | "δ" => Some(Kind::Deletion),
        "?" => Some(Kind::Unknown),
        _ => None,
    };
    let words = [
        ("delins", Kind::Insertion),
        ("del", Kind::Deletion),
        ("ins", Kind::Insertion),
        ("dup", Kind::Duplication),
        ("ext", Kind::Extension),
        ("inv", Kind::Inversion),
        ("*fs", Kind::FrameShift),
        ("terext", Kind::Extension),
        ("*ext", Kind::Extension),
    ];
    let named = |text: &str| {
        let found = words.iter().find(|(word, _)| text.starts_with(word));
        found.map(|(_, kind)| *kind)
    };
    let of_range = || {
        let (_, rest) = scan_from(rest.strip_prefix('_')?)?;
        named(&rest.to_ascii_lowercase())
    };
    simple.or_else(|| named(&lower)).or_else(of_range)
}

//! `/`: residues by number, motifs, mutations.

use super::subject::Subject;
use crate::protein::AminoAcid;

/// A place that was searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Where.
    pub index: usize,
    /// Letters that belong to it.
    pub length: usize,
    /// The amino acid of a searched mutation.
    pub mutant: Option<AminoAcid>,
}

/// All places that a text names, in the order of the residues: `42`, `A:42`, `42A` (insertion code),
/// `A42G`, `A:A42G`, or letters as a motif in which `x` stands for any residue.
#[must_use]
pub fn find(subject: &Subject, text: &str) -> Vec<Match> {
    let text = text.trim();
    let by_number = numbered(subject, text, None);
    if !by_number.is_empty() {
        return by_number;
    }
    let by_mutation = mutation(subject, text);
    if by_mutation.is_empty() {
        motif(subject, text)
    } else {
        by_mutation
    }
}

fn numbered(subject: &Subject, text: &str, mutant: Option<AminoAcid>) -> Vec<Match> {
    let matches_label = |label: &str| {
        label.eq_ignore_ascii_case(text)
            || label
                .rsplit_once(':')
                .is_some_and(|(_, n)| n.eq_ignore_ascii_case(text))
    };
    (0..subject.len())
        .filter(|i| matches_label(&subject.labels[*i]))
        .map(|index| Match {
            index,
            length: 1,
            mutant,
        })
        .collect()
}

fn mutation(subject: &Subject, text: &str) -> Vec<Match> {
    let (chain, body) = text
        .rsplit_once(':')
        .map_or((None, text), |(c, b)| (Some(c), b));
    let mut letters = body.chars();
    let (Some(first), Some(last)) = (letters.next(), letters.next_back()) else {
        return Vec::new();
    };
    let (Some(wild_type), Some(mutant)) =
        (AminoAcid::from_letter(first), AminoAcid::from_letter(last))
    else {
        return Vec::new();
    };
    let number = letters.as_str();
    if !number.contains(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let name = chain.map_or_else(|| number.to_owned(), |c| format!("{c}:{number}"));
    numbered(subject, &name, Some(mutant))
        .into_iter()
        .filter(|m| subject.amino_acids[m.index] == Some(wild_type))
        .collect()
}

fn motif(subject: &Subject, text: &str) -> Vec<Match> {
    let wanted: Vec<char> = text.to_ascii_uppercase().chars().collect();
    if wanted.is_empty() || !wanted.iter().all(char::is_ascii_uppercase) {
        return Vec::new();
    }
    subject
        .letters
        .windows(wanted.len())
        .enumerate()
        .filter(|(at, window)| {
            let chains = &subject.chain_of[*at..at + wanted.len()];
            chains.iter().all(|c| *c == chains[0])
                && window.iter().zip(&wanted).all(|(l, w)| *w == 'X' || l == w)
        })
        .map(|(index, _)| Match {
            index,
            length: wanted.len(),
            mutant: None,
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn subject() -> Subject {
        crate::app::samples::of_sequence("MAGWKAGYKXMAG")
    }

    fn places(text: &str) -> Vec<usize> {
        find(&subject(), text).iter().map(|m| m.index).collect()
    }

    #[test]
    fn numbers_motifs_and_mutations_are_found() {
        assert_eq!(places("4"), [3]);
        assert_eq!(places("ag"), [1, 5, 11]);
        assert_eq!(places("agxk"), [1, 5]);
        assert_eq!(places("W4F"), [3]);
        assert_eq!(find(&subject(), "w4f")[0].mutant, Some(AminoAcid::Phe));
        assert_eq!(places("A4F"), [] as [usize; 0]);
        assert_eq!(places("99"), [] as [usize; 0]);
        assert_eq!(places("A:G!"), [] as [usize; 0]);
        assert_eq!(places(""), [] as [usize; 0]);
    }
}

//! `/`: residues by number or name, ranges, mutations, motifs.

use super::subject::Subject;
use crate::protein::names::{NameError, Numbering, Sites, parse_residue, parse_variant};
use crate::protein::{AminoAcid, ResidueId};

/// A place that was searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    pub index: usize,
    /// Letters that belong to it.
    pub length: usize,
    /// The amino acid of a searched mutation.
    pub mutant: Option<AminoAcid>,
}

/// All places that a text names, in the order of the residues: `42`, `A:42`, `42A` (insertion code),
/// `K48`, `Lys48`, `20-30`, `A42G`, `p.Lys6Ala`, `A42G:L55P`, `GLY`, or letters as a motif in which `x` stands
/// for any residue.
///
/// # Errors
/// What stands there instead of a wild type that is written.
pub fn find(subject: &Subject, text: &str) -> Result<Vec<Match>, NameError> {
    let text = text.trim();
    let by_number = numbered(subject, text);
    if !by_number.is_empty() {
        return Ok(by_number);
    }
    let sites = Sites::in_structure(&subject.protein, &subject.structure);
    if let Some(variant) = parse_variant(text)
        .ok()
        .filter(|v| !v.substitutions.is_empty())
    {
        let parts = variant.substitutions.iter();
        let found = parts.map(|s| places(&sites, &s.id, s.wild_type, Some(s.mutant), s));
        return Ok(found.collect::<Result<Vec<_>, _>>()?.concat());
    }
    if let Some(written) = parse_residue(text)
        && let Some(wild_type) = written.wild_type
    {
        return places(&sites, &written.id, wild_type, None, &text);
    }
    let ways = [range(subject, text), named(subject, text)];
    let found = ways.into_iter().find(|way| !way.is_empty());
    Ok(found.unwrap_or_else(|| motif(subject, text)))
}

/// Every residue of the asked number, in whatever chain, that is what is said.
fn places(
    sites: &Sites,
    id: &ResidueId,
    wild_type: AminoAcid,
    mutant: Option<AminoAcid>,
    written: &dyn std::fmt::Display,
) -> Result<Vec<Match>, NameError> {
    let one = |index| Match {
        index,
        length: 1,
        mutant,
    };
    match sites.find(id, Some(wild_type), Numbering::Author, written) {
        Ok(index) => Ok(vec![one(index)]),
        Err(NameError::Ambiguous { .. }) => {
            let all = sites.places(id, Numbering::Author).into_iter();
            Ok(all.filter(|i| sites.has(*i, wild_type)).map(one).collect())
        }
        Err(error) => Err(error),
    }
}

fn numbered(subject: &Subject, text: &str) -> Vec<Match> {
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
            mutant: None,
        })
        .collect()
}

/// `20-30`, `A:20-30`: one match a chain.
fn range(subject: &Subject, text: &str) -> Vec<Match> {
    let (chain, body) = text
        .rsplit_once(':')
        .map_or((None, text), |(c, b)| (Some(c), b));
    let dash = body.char_indices().skip(1).find(|(_, c)| *c == '-');
    let ends = dash.map(|(at, _)| (body[..at].trim().parse(), body[at + 1..].trim().parse()));
    let Some((Ok(first), Ok(last))) = ends else {
        return Vec::new();
    };
    let within = |i: usize| {
        let chain_here = &subject.chains[subject.chain_of[i]];
        (first..=last).contains(&subject.numbers[i]) && chain.is_none_or(|c| chain_here == c)
    };
    let mut found: Vec<Match> = Vec::new();
    for index in (0..subject.len()).filter(|i| within(*i)) {
        match found.last_mut() {
            Some(run)
                if run.index + run.length == index
                    && subject.chain_of[index] == subject.chain_of[run.index] =>
            {
                run.length += 1;
            }
            _ => found.push(Match {
                index,
                length: 1,
                mutant: None,
            }),
        }
    }
    found
}

/// `GLY`: every residue of that name.
fn named(subject: &Subject, text: &str) -> Vec<Match> {
    let Some(wanted) = AminoAcid::from_three_letters(text) else {
        return Vec::new();
    };
    let is_it = |i: &usize| subject.amino_acids[*i] == Some(wanted);
    let one = |index| Match {
        index,
        length: 1,
        mutant: None,
    };
    (0..subject.len()).filter(is_it).map(one).collect()
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
        let found = find(&subject(), text).unwrap();
        found.iter().map(|m| m.index).collect()
    }

    fn said(text: &str) -> String {
        find(&subject(), text).unwrap_err().to_string()
    }

    #[test]
    fn numbers_motifs_and_mutations_are_found() {
        assert_eq!(places("4"), [3]);
        assert_eq!(places("ag"), [1, 5, 11]);
        assert_eq!(places("agxk"), [1, 5]);
        assert_eq!(places("W4F"), [3]);
        assert_eq!(
            find(&subject(), "w4f").unwrap()[0].mutant,
            Some(AminoAcid::Phe)
        );
        for text in ["W4", "Trp4", "p.Trp4", "trp"] {
            assert_eq!(places(text), [3], "{text}");
        }
        assert_eq!(places("p.Trp4Phe"), [3]);
        assert_eq!(places("W4F:Y8A"), [3, 7]);
        assert_eq!(places("GLY"), [2, 6, 12]);
        let range = find(&subject(), "3-6").unwrap();
        assert_eq!((range[0].index, range[0].length), (2, 4));
        assert_eq!(said("A4F"), "A4F: position 4 is W, not A");
        assert_eq!(said("K4"), "K4: position 4 is W, not K");
        assert!(said("A99F").contains("no residue 99"));
        assert_eq!(places("99"), [] as [usize; 0]);
        assert_eq!(places("A:G!"), [] as [usize; 0]);
        assert_eq!(places(""), [] as [usize; 0]);
    }
}

//! Placing variants on sequences and proteins.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::parse_variant;
use super::*;
use crate::protein::Sequence;

fn written(list: &[&str]) -> Vec<WrittenVariant> {
    list.iter().map(|t| parse_variant(t).unwrap()).collect()
}

fn sequence(letters: &str) -> Sites {
    Sites::of_protein(&Protein::of_sequence(&Sequence::new("s", letters).unwrap()))
}

/// Chains A and B with the same residues, numbered from 10, with 11A after 11.
fn dimer() -> Sites {
    let mut residues = Vec::new();
    for chain in ["A", "B"] {
        for (number, code, letter) in [(10, None, 'M'), (11, None, 'K'), (11, Some('A'), 'V')] {
            let id = ResidueId {
                chain: chain.into(),
                number,
                insertion_code: code,
            };
            residues.push((id, AminoAcid::from_letter(letter)));
        }
    }
    Sites::new(residues)
}

#[test]
fn places_are_found_and_wild_types_checked() {
    let sites = sequence("MKVLA");
    let placed = resolve(&written(&["L4P:K2R"])[0], &sites, Numbering::Author).unwrap();
    assert_eq!(placed.iter().map(|s| s.index).collect::<Vec<_>>(), [1, 3]);
    let error = |text: &str| {
        resolve(&written(&[text])[0], &sites, Numbering::Author)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(error("A2G"), "A2G: position 2 is K, not A");
    assert_eq!(
        error("A9G"),
        "A9G: there is no residue 9; the numbers are 1 to 5"
    );
}

#[test]
fn chains_insertion_codes_and_ordinals_are_told_apart() {
    let sites = dimer();
    let place = |text: &str, numbering| resolve(&written(&[text])[0], &sites, numbering);
    assert_eq!(place("B:V11AG", Numbering::Author).unwrap()[0].index, 5);
    assert_eq!(place("A:K11G", Numbering::Author).unwrap()[0].index, 1);
    assert_eq!(place("B:V3G", Numbering::Sequence).unwrap()[0].index, 5);
    assert_eq!(place("B:K1G", Numbering::Offset(10)).unwrap()[0].index, 4);
    let ambiguous = place("K11G", Numbering::Author).unwrap_err().to_string();
    assert!(
        ambiguous.contains("chains A, B; name one, as in A:K11G"),
        "{ambiguous}"
    );
    assert!(matches!(
        place("C:K11G", Numbering::Author),
        Err(MutationError::Absent { .. })
    ));
}

#[test]
fn a_bad_row_loses_only_itself() {
    let result = resolve_all(
        &written(&["M1A", "A2G", "L4P"]),
        &sequence("MKVLA"),
        Numbering::Author,
    );
    assert_eq!(
        result.variants.iter().map(|v| v.0).collect::<Vec<_>>(),
        [0, 2]
    );
    assert_eq!(result.problems.len(), 1);
    assert_eq!(result.problems[0].row, 1);
    assert_eq!(result.suggestion, None);
}

#[test]
fn an_offset_is_proposed_and_only_auto_applies_it() {
    let sites = sequence("MKVLAGHWYRTNDE");
    let rows = written(&["K102A", "W108F", "T111S", "D113N"]);
    let plain = resolve_all(&rows, &sites, Numbering::Author);
    assert!(plain.variants.is_empty());
    let suggestion = plain.suggestion.unwrap();
    assert_eq!(
        (suggestion.offset, suggestion.agreeing, suggestion.now),
        (-100, 4, 0)
    );
    assert!(suggestion.certain);
    let auto = resolve_all(&rows, &sites, Numbering::Auto);
    assert_eq!(auto.variants.len(), 4);
    assert_eq!(auto.applied, Some(suggestion));
    assert_eq!(auto.numbering, Numbering::Offset(-100));
}

#[test]
fn few_rows_prove_no_offset() {
    let result = resolve_all(&written(&["K102A"]), &sequence("MKVLAKK"), Numbering::Auto);
    assert!(result.applied.is_none());
    assert_eq!(result.problems.len(), 1);
}

//! Selections on ubiquitin.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::protein::{ChainChoice, read, secondary};

fn ubiquitin() -> (Protein, Vec<SecondaryStructure>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");
    let (structure, _) = read::read(path.as_ref()).unwrap();
    let protein = structure.protein(0, &ChainChoice::First).unwrap();
    let classes = secondary::assign(&protein);
    (protein, classes)
}

fn numbers(text: &str) -> Vec<i32> {
    let (protein, classes) = ubiquitin();
    let chosen = Selection::parse(text).unwrap().matches(&protein, &classes);
    let residues = protein.residues.iter().zip(chosen);
    residues
        .filter(|(_, m)| *m)
        .map(|(r, _)| r.id.number)
        .collect()
}

#[test]
fn terms_select_what_they_say() {
    assert_eq!(numbers("all").len(), 76);
    assert!(numbers("none").is_empty());
    assert!(numbers("chain B").is_empty());
    assert_eq!(numbers("chain A").len(), 76);
    assert_eq!(numbers("resi 20-22,75"), [20, 21, 22, 75]);
    assert_eq!(numbers("resi 20:22 , 75"), [20, 21, 22, 75]);
    assert_eq!(numbers("resn MET"), [1]);
    assert_eq!(numbers("RESN his+m+PHE"), [1, 4, 45, 68]);
    assert_eq!(numbers("ss H"), (23..=34).collect::<Vec<_>>());
    assert_eq!(numbers("helix and not ss H"), [38, 39, 40, 56, 57, 58, 59]);
    assert_eq!(numbers("index 1-2"), [1, 2]);
    assert_eq!(numbers("name OH"), [59]);
    assert_eq!(numbers("aromatic"), [4, 45, 59, 68]);
    assert_eq!(numbers("resi -5-2"), [1, 2]);
}

#[test]
fn operators_bind_as_documented() {
    assert_eq!(numbers("resi 1 or resi 2 and resi 3"), [1]);
    assert_eq!(numbers("(resi 1 or resi 2) and resi 2"), [2]);
    assert_eq!(numbers("not resi 3-76"), [1, 2]);
    assert_eq!(numbers("not not resi 5"), [5]);
    assert_eq!(numbers("!(resi 2-76)|resi 4&all"), [1, 4]);
    assert_eq!(numbers("byres (resi 7)"), [7]);
    let near = numbers("within 4 of resi 42 and not resi 42");
    assert!(
        near.contains(&41) && near.contains(&43) && !near.contains(&42),
        "{near:?}"
    );
    assert_eq!(numbers("within 0 of resi 42"), [42]);
    assert!(numbers("b < 5").len() < numbers("b < 20").len());
}

#[test]
fn tables_compare_their_columns() {
    struct Column(Vec<f64>);
    impl Facts for Column {
        fn number(&self, field: &str, row: usize) -> Option<f64> {
            (field == "llr").then(|| self.0[row])
        }

        fn amino_acid(&self, field: &str, row: usize) -> Option<AminoAcid> {
            (field == "mut").then(|| AminoAcid::ALL[row])
        }
    }
    let (protein, secondary) = ubiquitin();
    let facts = Column(vec![-3.0, -1.0, f64::NAN, 0.5]);
    let rows = Rows {
        protein: &protein,
        secondary: &secondary,
        residues: &[0, 0, 1, 40],
        facts: &facts,
    };
    let chosen = |text: &str| {
        let columns = Columns {
            numbers: &["llr"],
            amino_acids: &["mut"],
            ..Columns::default()
        };
        Selection::parse_with(text, columns)
            .unwrap()
            .matches_rows(&rows)
    };
    assert_eq!(chosen("llr > -2"), [false, true, false, true]);
    assert_eq!(chosen("llr>-2 and resi 1"), [false, true, false, false]);
    assert_eq!(chosen("not llr > -2"), [true, false, true, false]);
    assert_eq!(chosen("within 1 of resi 41"), [false, false, false, true]);
    assert_eq!(chosen("mut c,ASP+w"), [false, true, true, false]);
    assert_eq!(chosen("mut A or MUT E"), [true, false, false, true]);
    assert_eq!(chosen("LLR <= -3"), [true, false, false, false]);
}

#[test]
fn errors_name_the_column() {
    let error = |text: &str| Selection::parse(text).unwrap_err();
    for (text, column) in [
        ("", 1),
        ("chain", 6),
        ("chain A and", 12),
        ("chain A chain B", 9),
        ("(chain A", 9),
        ("chain A)", 8),
        ("foo", 1),
        ("all and foo", 9),
        ("resi x", 6),
        ("resi 5-2", 6),
        ("ss Q", 4),
        ("within x of all", 8),
        ("within 8 resi 4", 10),
        ("b >", 4),
        ("b 3", 3),
        ("llr > 2", 1),
    ] {
        assert_eq!(error(text).column, column, "{text}: {}", error(text));
    }
    assert!(error(&"(".repeat(5000)).message.contains("nested"));
    assert!(error(&"not ".repeat(5000)).message.contains("nested"));
    assert!(error("é §").message.contains("not a selection keyword"));
}

#[test]
fn a_selection_is_shown_as_written() {
    assert_eq!(
        Selection::parse(" chain A ").unwrap().to_string(),
        "chain A"
    );
}

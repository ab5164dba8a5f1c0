//! The golden numbers of rsalor, and what conservation means.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use super::*;
use crate::analysis::surface::relative_accessibility;
use crate::protein::{AminoAcid, ChainChoice, Msa, Protein, Sequence, read};

fn golden(file: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/rsalor");
    std::fs::read(Path::new(folder).join(file)).unwrap()
}

fn structure() -> Protein {
    let (structure, _) = read::read_bytes("structure.pdb.gz", &golden("structure.pdb.gz")).unwrap();
    structure.protein(0, &ChainChoice::First).unwrap()
}

fn columns(msa: &Msa, protein: &Protein) -> (Columns, Mapping) {
    let homologs = msa.about(&protein.residues, protein).unwrap();
    (Columns::new(&homologs, &()).unwrap(), homologs.mapping)
}

/// What version 1 of PyPI's `rsalor` writes for its own example.
#[test]
fn scores_and_surface_are_those_of_rsalor() {
    let mut table = String::new();
    let packed = golden("expected.csv.gz");
    flate2::read::GzDecoder::new(&*packed)
        .read_to_string(&mut table)
        .unwrap();
    let protein = structure();
    let msa = Msa::parse("msa.fasta.gz", &golden("msa.fasta.gz")).unwrap();
    let (columns, mapping) = columns(&msa, &protein);
    let rsa = relative_accessibility(&protein, &()).unwrap();
    let mut compared = 0;
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let mutant = fields[0];
        let letter = |at: usize| AminoAcid::from_letter(mutant.as_bytes()[at] as char).unwrap();
        let (wild_type, mutant_residue) = (letter(0), letter(mutant.len() - 1));
        let residue = mutant[1..mutant.len() - 1].parse::<usize>().unwrap() - 1;
        let number = |k: usize| fields[k].parse::<f64>().unwrap();
        let column = mapping.alignment.b_to_a(residue).unwrap();
        let odds = columns.log_odds(column);
        let lor = odds[wild_type.index()] - odds[mutant_residue.index()];
        assert!((lor - number(4)).abs() < 1e-5, "{line}: {lor}");
        let gaps = 1.0 - columns.depth(column) / columns.effective;
        assert!((gaps - number(1)).abs() < 1e-5, "{line}: {gaps}");
        assert!(
            (rsa[residue] - number(3)).abs() < 1e-4,
            "{line}: {}",
            rsa[residue]
        );
        let score = (1.0 - rsa[residue].min(100.0) / 100.0) * lor;
        assert!((score - number(5)).abs() < 1e-5, "{line}: {score}");
        compared += 1;
    }
    assert_eq!(compared, 66 * 20);
    assert_eq!((columns.read, protein.len()), (563, 66));
}

#[test]
fn conservation_is_low_where_anything_stands_and_high_where_one_residue_does() {
    let protein = Protein::of_sequence(&Sequence::new("p", "WLAGACDEFH").unwrap());
    let mut text = String::from(">p\nWLAGACDEFH\n");
    for (i, a) in AminoAcid::ALL.into_iter().enumerate() {
        let gap = if i % 2 == 0 { '-' } else { 'G' };
        writeln!(text, ">r{i}\nWL{}{gap}ACDEFH", a.letter()).unwrap();
    }
    let (columns, _) = columns(&Msa::parse("x", text.as_bytes()).unwrap(), &protein);
    let found: Vec<f64> = (0..4).map(|i| columns.conservation(i)).collect();
    assert!(found[0] > 0.85 && found[0] < 1.0, "{found:?}");
    assert!(found[1] < found[0] && found[1] > 0.5, "{found:?}");
    assert!(found[2] < 0.1, "{found:?}");
    assert!(found[3] < 0.7 * found[1], "{found:?}");
}

#[test]
fn copies_and_strangers_do_not_count() {
    let protein = Protein::of_sequence(&Sequence::new("p", "MKTAYIAKQR").unwrap());
    let text = ">p\nMKTAYIAKQR\n>same\nMKTAYIAKQR\n>like\nMKTAYIAKQK\n>far\nMKTWWWWWWW\n>part\n-----I----\n>none\n----------\n";
    let (columns, _) = columns(&Msa::parse("x", text.as_bytes()).unwrap(), &protein);
    assert_eq!((columns.read, columns.kept), (6, 3));
    // The query and the one like it are a cluster, 9 of 10 columns; the fragment is one of its own.
    assert_eq!(columns.effective, 2.0);
    assert_eq!(columns.depth(0), 1.0);
    assert_eq!(columns.depth(5), 2.0);
}

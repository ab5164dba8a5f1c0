//! Adenylate kinase open and closed against ProDy, and small cases whose answer is plain.

use std::sync::Arc;

use super::*;
use crate::analysis::Source;
use crate::analysis::elastic_network::gaussian;
use crate::analysis::flexibility::principal_components;
use crate::protein::{AminoAcid, BColumn, ChainChoice, Residue, ResidueId, read};

fn protein(name: &str, bytes: &[u8]) -> Protein {
    let (structure, _) = read::read_bytes(name, bytes).unwrap();
    structure.protein(0, &ChainChoice::First).unwrap()
}

fn adenylate_kinase() -> [Protein; 2] {
    [
        protein(
            "4ake.pdb",
            include_bytes!("../../../assets/examples/4ake.pdb"),
        ),
        protein(
            "1ake.pdb",
            include_bytes!("../../../assets/examples/1ake.pdb"),
        ),
    ]
}

fn chain(numbers: impl Iterator<Item = i32>, letters: &str) -> Protein {
    let residue = |(number, (i, letter)): (i32, (usize, char))| {
        let t = i as f64;
        let id = ResidueId {
            chain: "A".into(),
            number,
            insertion_code: None,
        };
        let at = Vec3::new(3.0 * t.cos(), 3.0 * t.sin(), 1.5 * t);
        Residue::of_positions(id, AminoAcid::from_letter(letter), [("CA", at)])
    };
    Protein {
        name: "made up".into(),
        model: 1,
        residues: numbers
            .zip(letters.chars().enumerate())
            .map(residue)
            .collect(),
        b_column: BColumn::Absent,
        seqres: [].into(),
        context: std::sync::Arc::default(),
    }
}

#[test]
fn open_and_closed_adenylate_kinase_overlap_as_in_prody() {
    let text = include_str!("../../../tests/golden/two_structures/expected.json");
    let golden: serde_json::Value = serde_json::from_str(text).unwrap();
    let [open, closed] = adenylate_kinase();
    let numbers = |key: &str, k: usize| -> Vec<f64> {
        let list = golden[key][k].as_array().unwrap();
        list.iter().map(|v| v.as_f64().unwrap()).collect()
    };
    for (key, first, second) in [
        ("open_to_closed", &open, &closed),
        ("closed_to_open", &closed, &open),
    ] {
        let found = Displacement::new(first, second, &()).unwrap();
        let rmsd = golden["rmsd_angstrom"].as_f64().unwrap();
        assert!((found.rmsd_angstrom - rmsd).abs() < 1e-4, "{key}");
        let dynamics = gaussian(first, Source::Anm, &()).unwrap();
        let modes = principal_components(&dynamics, 20, &()).unwrap();
        let single: Vec<f64> = modes
            .iter()
            .map(|m| overlap(m, &found.deformation))
            .collect();
        for (values, k) in [(cumulative(&single), 1), (single, 0)] {
            for (found, expected) in values.iter().zip(numbers(key, k)) {
                assert!((found - expected).abs() < 1e-4, "{key}: {found} {expected}");
            }
        }
    }
    assert!(numbers("open_to_closed", 0)[0] > 0.7);
}

#[test]
fn the_core_is_what_stays_and_the_lids_are_what_moves() {
    let [open, closed] = adenylate_kinase();
    let found = Displacement::new(&closed, &open, &()).unwrap();
    assert_eq!((found.pairs(), found.pairing.identical), (214, 214));
    assert_eq!(found.pairing.by, PairedBy::Numbers);
    assert!(found.rmsd_core_angstrom < 1.5 && found.rmsd_angstrom > 7.0);
    // The lid (122-159) and the nucleotide domain (30-59) move by Å, the core does not.
    let at = |number: usize| found.distance_angstrom[number - 1];
    assert!(at(20) < 1.0 && at(100) < 1.0 && at(190) < 2.0);
    assert!(at(45) > 6.0 && at(140) > 15.0);
    assert!(!found.is_core[29..59].contains(&true) && !found.is_core[121..159].contains(&true));
    let hinges = found.hinges(&[118]);
    for known in [30, 118] {
        let here = hinges.iter().find(|h| (h.residue + 1).abs_diff(known) <= 3);
        assert_eq!(
            here.map(|h| h.is_predicted),
            Some(known == 118),
            "{known}: {hinges:?}"
        );
    }
}

#[test]
fn residues_are_paired_by_number_or_by_sequence() {
    let letters = "MKVLATGGWERTYCDKPNQIFVKTLTGKTITLEVEP";
    let one = chain(1..37, letters);
    let mutant = chain(1..37, &letters.replacen('W', "A", 1));
    let pairing = Pairing::new(&one, &mutant);
    assert_eq!((pairing.by, pairing.identical), (PairedBy::Numbers, 35));
    assert_eq!(pairing.pairs().count(), 36);
    // Numbered anew and cut at the front.
    let shifted = chain(101..132, &letters[5..]);
    let pairing = Pairing::new(&one, &shifted);
    assert_eq!((pairing.by, pairing.identical), (PairedBy::Sequence, 31));
    assert_eq!(pairing.partner[4..7], [None, Some(0), Some(1)]);
    let found = Displacement::new(&one, &shifted, &()).unwrap();
    let profile: Vec<f64> = (0..36).map(f64::from).collect();
    let change = found.change(&profile, &profile[5..]);
    assert!(change[4].is_nan() && change[5] == 0.0);
    let tiny = chain(1..3, "MK");
    let refused = Displacement::new(&tiny, &one, &()).unwrap_err();
    assert!(refused.to_string().contains("same protein"), "{refused}");
}

#[test]
fn a_structure_beside_itself_differs_nowhere() {
    let [open, _] = adenylate_kinase();
    let found = Displacement::new(&open, &open, &()).unwrap();
    assert!(found.rmsd_core_angstrom < 1e-9 && found.core_size() == 214);
    assert!(found.hinges(&[10]).is_empty());
    let dynamics = Arc::new(gaussian(&open, Source::ParameterFree, &()).unwrap());
    let change = found.change_of_map(&dynamics.correlation, &dynamics.correlation);
    assert!(change.values().iter().all(|v| *v == 0.0));
}

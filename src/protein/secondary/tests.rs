//! Secondary structure of real proteins.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::protein::{ChainChoice, read};

fn ubiquitin() -> Protein {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");
    let (structure, _) = read::read(path.as_ref()).unwrap();
    structure.protein(0, &ChainChoice::First).unwrap()
}

fn letters(protein: &Protein) -> String {
    assign(protein)
        .into_iter()
        .map(SecondaryStructure::letter)
        .collect()
}

#[test]
fn ubiquitin_has_its_known_helices_and_strands() {
    // As DSSP gives it.
    let known = "-EEEEEETTS-EEEEE--TT-BHHHHHHHHHHHH---GGGEEEEETTEE--TTSBGGGGT--TT-EEEEEE--S--";
    assert_eq!(letters(&ubiquitin()), known);
}

#[test]
fn a_rigid_motion_changes_nothing() {
    let protein = ubiquitin();
    let rotation = nalgebra::Rotation3::from_euler_angles(0.3, -1.1, 2.0);
    let mut moved = protein.clone();
    for atom in moved.residues.iter_mut().flat_map(|r| &mut r.atoms) {
        atom.position = rotation * atom.position + crate::numeric::Vec3::new(100.0, -50.0, 7.0);
    }
    assert_eq!(assign(&moved), assign(&protein));
}

#[test]
fn alpha_carbons_alone_show_helix_and_strands() {
    let mut protein = ubiquitin();
    let full = assign(&protein);
    for residue in &mut protein.residues {
        residue.atoms.retain(|a| a.name == "CA");
    }
    let alone = assign(&protein);
    let is_helix = |c: &SecondaryStructure| {
        use SecondaryStructure::{AlphaHelix, Helix310, PiHelix};
        matches!(c, AlphaHelix | Helix310 | PiHelix)
    };
    let is_sheet = |c: &SecondaryStructure| {
        matches!(c, SecondaryStructure::Strand | SecondaryStructure::Bridge)
    };
    assert!(alone[23..33].iter().all(is_helix));
    let agree = alone
        .iter()
        .zip(&full)
        .filter(|(a, b)| (is_helix(a), is_sheet(a)) == (is_helix(b), is_sheet(b)))
        .count();
    assert!(
        agree * 100 >= 68 * alone.len(),
        "{agree} of {}",
        alone.len()
    );
}

#[test]
fn a_break_and_missing_atoms_are_coil() {
    let mut protein = ubiquitin();
    protein.residues[27].atoms.retain(|a| a.name != "C");
    let classes = assign(&protein);
    assert_eq!(classes[27], SecondaryStructure::Coil);
    protein.residues.truncate(1);
    assert_eq!(assign(&protein), [SecondaryStructure::Coil]);
}

#[test]
fn letters_round_trip() {
    for letter in "HBEGITS-".chars() {
        assert_eq!(
            SecondaryStructure::from_letter(letter).unwrap().letter(),
            letter
        );
    }
}

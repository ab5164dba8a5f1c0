//! One test a quirk.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::structure::BColumn;

fn file(name: &str) -> (Structure, Vec<Warning>) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures");
    read(&Path::new(folder).join(name)).unwrap()
}

fn letters(structure: &Structure, chain: usize) -> String {
    let residues = &structure.models[0].chains[chain].residues;
    residues
        .iter()
        .map(crate::structure::Residue::letter)
        .collect()
}

const UBIQUITIN: &str =
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";

#[test]
fn both_formats_give_the_same_protein() {
    let (pdb, warnings) = file("1ubi.pdb");
    assert!(warnings.is_empty(), "{warnings:?}");
    let (cif, _) = file("1ubq.cif");
    for s in [&pdb, &cif] {
        assert_eq!(s.models.len(), 1);
        assert_eq!(letters(s, 0), UBIQUITIN);
        assert_eq!(s.b_column, BColumn::BFactor);
        assert_eq!(
            s.method,
            Method::Diffraction {
                resolution: Some(1.8)
            }
        );
        assert!(s.set_aside.waters > 50);
    }
    let ca = pdb.models[0].chains[0].residues[0].atom("CA").unwrap();
    assert_eq!((ca.position.x, ca.b_factor), (26.381, 9.58));
}

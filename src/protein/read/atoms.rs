//! Names of atoms: those of the Protein Data Bank for those of the simulation programs.

use crate::protein::AminoAcid;

/// The oxygens of a C-terminal carboxylate: CHARMM and X-PLOR, GROMACS with Amber's force fields, GROMACS with
/// GROMOS's and OPLS's, IUPAC. Those of other residues have these names beside an O, so that they count
/// only where O is missing.
const CARBOXYLATES: [(&str, &str); 4] =
    [("OT1", "OT2"), ("OC1", "OC2"), ("O1", "O2"), ("O'", "O''")];

/// The second oxygen beside an O.
const SECOND: [&str; 4] = ["OXT", "OT", "OT2", "OC2"];

/// Heavy atoms of CHARMM's patched ends, which stand in the residues that they cap.
const CAPS: [&str; 5] = ["CAY", "CY", "OY", "NT", "CAT"];

/// Whether both oxygens are there.
pub(super) fn is_carboxylate(has: impl Fn(&str) -> bool) -> bool {
    if has("O") {
        SECOND.iter().any(|o| has(o))
    } else {
        CARBOXYLATES.iter().any(|(a, b)| has(a) && has(b))
    }
}

/// What the Protein Data Bank calls an atom of an amino acid with the atoms that it `has`; `None` for one
/// that belongs to no amino acid.
pub(super) fn standard(name: &str, residue: AminoAcid, has: impl Fn(&str) -> bool) -> Option<&str> {
    if CAPS.contains(&name) {
        return None;
    }
    if name == "CD" && residue == AminoAcid::Ile && !has("CD1") {
        return Some("CD1");
    }
    if has("O") {
        return Some(if SECOND.contains(&name) { "OXT" } else { name });
    }
    let pair = CARBOXYLATES.iter().find(|(a, b)| name == *a || name == *b);
    Some(match pair {
        Some((first, second)) if name == *second && has(first) => "OXT",
        // One oxygen of two is the carbonyl's, whatever it is called.
        Some(_) => "O",
        None if name == "OXT" && !CARBOXYLATES.iter().any(|(a, b)| has(a) || has(b)) => "O",
        None => name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oxygens_of_an_end_have_one_name_in_every_dialect() {
        for (names, expected) in [
            (["O", "OXT"], ["O", "OXT"]),
            (["OT1", "OT2"], ["O", "OXT"]),
            (["OC1", "OC2"], ["O", "OXT"]),
            (["O1", "O2"], ["O", "OXT"]),
            (["O''", "O'"], ["OXT", "O"]),
            (["O", "OT"], ["O", "OXT"]),
            (["OXT", "CB"], ["O", "CB"]),
            (["OT2", "CB"], ["O", "CB"]),
            (["O", "O1"], ["O", "O1"]),
        ] {
            let has = |name: &str| names.contains(&name);
            let named = names.map(|n| standard(n, AminoAcid::Gly, has).unwrap_or("-"));
            assert_eq!(named, expected, "{names:?}");
        }
        let none = |_: &str| false;
        assert_eq!(standard("CD", AminoAcid::Ile, none), Some("CD1"));
        assert_eq!(standard("CD", AminoAcid::Lys, none), Some("CD"));
        assert_eq!(standard("CAY", AminoAcid::Met, none), None);
    }
}

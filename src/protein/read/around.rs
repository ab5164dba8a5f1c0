//! What stands beside the protein chains: nucleotides, ligands and metals, as plain residues.

use std::collections::HashMap;

use super::polymer::residue_id;
use super::rows::{Group, Row};
use crate::protein::{Atom, Neighbour, NeighbourKind, Residue};

/// Elements that stand alone as metal ions.
const METALS: [&str; 35] = [
    "LI", "NA", "K", "RB", "CS", "BE", "MG", "CA", "SR", "BA", "AL", "GA", "IN", "TL", "PB", "V",
    "CR", "MN", "FE", "CO", "NI", "CU", "ZN", "CD", "HG", "AG", "AU", "PT", "PD", "RH", "RU", "IR",
    "MO", "Y", "SM",
];

/// The residues of these groups, without hydrogens, of each atom the location that there is most of.
pub(super) fn others(
    rows: &[Row<'_>],
    groups: &[Group],
    apart: &[(usize, NeighbourKind)],
) -> Vec<Neighbour> {
    let neighbour = |&(group, kind): &(usize, NeighbourKind)| {
        let group = &groups[group];
        let first = &rows[*group.rows.first()?];
        let atoms = atoms(rows, group, first.residue);
        let kind = match &atoms[..] {
            [] => return None,
            [only] if METALS.contains(&only.element.as_str()) => NeighbourKind::Metal,
            _ => kind,
        };
        let id = residue_id(rows, group, first.chain);
        Some(Neighbour {
            kind,
            asym: first.asym().to_owned(),
            residue: Residue {
                name: first.residue.to_owned(),
                atoms,
                ..Residue::unseen(id, None)
            },
        })
    };
    apart.iter().filter_map(neighbour).collect()
}

fn atoms(rows: &[Row<'_>], group: &Group, residue: &str) -> Vec<Atom> {
    let mut atoms: Vec<Atom> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let own = group.rows.iter().map(|&i| &rows[i]);
    for row in own.filter(|r| r.residue == residue) {
        // `CA` of a residue `CA` is calcium, whether or not a column says so.
        let element = if row.name == residue && METALS.contains(&residue) {
            residue.to_owned()
        } else {
            element(row)
        };
        if matches!(element.as_str(), "H" | "D") {
            continue;
        }
        let atom = Atom {
            name: row.name.to_owned(),
            element,
            position: row.position,
            b_factor: row.b_factor,
            occupancy: row.occupancy,
            anisou: None,
        };
        let place = *places.entry(row.name).or_insert(atoms.len());
        match atoms.get_mut(place) {
            Some(known) if atom.occupancy > known.occupancy => *known = atom,
            Some(_) => {}
            None => atoms.push(atom),
        }
    }
    atoms
}

/// The element as the file gives it, else from the atom's name: `CA` of a residue is carbon.
pub(super) fn element(row: &Row<'_>) -> String {
    let given = row.element.trim();
    if (1..=2).contains(&given.len()) && given.bytes().all(|b| b.is_ascii_alphabetic()) {
        return given.to_ascii_uppercase();
    }
    if row.name == "SE" {
        return "SE".to_owned();
    }
    let first = row.name.chars().find(char::is_ascii_alphabetic);
    first.unwrap_or('C').to_ascii_uppercase().to_string()
}

//! How buried a residue is: the number of other residues around its side chain.

use crate::numeric::{Profile, Vec3};
use crate::protein::{Neighbour, NeighbourKind, Protein, Residue};

/// Å from Cβ to Cβ within which a residue is a neighbour.
pub const BURIAL_RADIUS_ANGSTROM: f64 = 10.0;

/// The number of residues whose Cβ lies within 10 Å of the residue's Cβ, itself not counted; NaN without Cα.
///
/// Where Cβ is missing, as in glycine, it is placed from N, Cα and C; without those, Cα stands in. Counted
/// among the residues under study, and those of other chains where the context counts: a chain taken alone is
/// less buried than in its complex.
#[must_use]
pub fn burial_neighbours(protein: &Protein) -> Profile {
    counted(protein, protein.context.counted())
}

/// The same with the residues of other chains; nothing where there are none.
#[must_use]
pub fn burial_in_context(protein: &Protein) -> Option<Profile> {
    let around = &protein.context.neighbours;
    let is_protein = |n: &Neighbour| n.kind == NeighbourKind::Protein;
    around
        .iter()
        .any(is_protein)
        .then(|| counted(protein, around))
}

fn counted(protein: &Protein, around: &[Neighbour]) -> Profile {
    let n = protein.len();
    let mut sites: Vec<(usize, Vec3)> = protein
        .residues
        .iter()
        .enumerate()
        .filter_map(|(index, residue)| Some((index, beta_carbon(residue)?)))
        .collect();
    let mut neighbours = vec![f64::NAN; protein.len()];
    for (index, _) in &sites {
        neighbours[*index] = 0.0;
    }
    let others = around.iter().filter(|o| o.kind == NeighbourKind::Protein);
    sites.extend(others.filter_map(|o| Some((n, beta_carbon(&o.residue)?))));
    // Along x only those near enough are compared.
    sites.sort_by(|a, b| a.1.x.total_cmp(&b.1.x));
    for (at, (i, here)) in sites.iter().enumerate() {
        for (j, there) in &sites[at + 1..] {
            if there.x - here.x > BURIAL_RADIUS_ANGSTROM {
                break;
            }
            if (there - here).norm_squared() <= BURIAL_RADIUS_ANGSTROM * BURIAL_RADIUS_ANGSTROM {
                for own in [*i, *j].into_iter().filter(|own| *own < n) {
                    neighbours[own] += 1.0;
                }
            }
        }
    }
    neighbours
}

fn beta_carbon(residue: &Residue) -> Option<Vec3> {
    let ca = residue.position("CA")?;
    if let Some(cb) = residue.position("CB") {
        return Some(cb);
    }
    let (Some(n), Some(c)) = (residue.position("N"), residue.position("C")) else {
        return Some(ca);
    };
    let (b, c) = (ca - n, c - ca);
    // Ideal geometry of an L-amino acid.
    Some(ca - 0.582_734_31 * b.cross(&c) + 0.568_028_27 * b - 0.540_674_66 * c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protein::{Atom, BColumn, ResidueId};

    fn residue(number: i32, atoms: &[(&str, Vec3)]) -> Residue {
        Residue {
            id: ResidueId {
                chain: "A".into(),
                number,
                insertion_code: None,
            },
            name: "ALA".into(),
            amino_acid: None,
            atoms: atoms
                .iter()
                .map(|(name, position)| Atom {
                    name: (*name).into(),
                    element: "C".into(),
                    position: *position,
                    b_factor: 0.0,
                    occupancy: 1.0,
                    anisou: None,
                })
                .collect(),
        }
    }

    fn protein(residues: Vec<Residue>) -> Protein {
        Protein {
            name: "test".into(),
            model: 1,
            residues,
            b_column: BColumn::Absent,
            seqres: [].into(),
            context: std::sync::Arc::default(),
        }
    }

    #[test]
    fn neighbours_are_within_ten_angstrom_of_the_side_chain() {
        let at = |x: f64| {
            [
                ("CA", Vec3::new(x, 0.0, 0.0)),
                ("CB", Vec3::new(x, 1.5, 0.0)),
            ]
        };
        let p = protein(vec![
            residue(1, &at(0.0)),
            residue(2, &at(9.9)),
            residue(3, &at(19.95)),
            residue(4, &[("N", Vec3::zeros())]),
        ]);
        let found = burial_neighbours(&p);
        assert_eq!(found[..3], [1.0, 1.0, 0.0]);
        assert!(found[3].is_nan());
    }

    #[test]
    fn a_missing_side_chain_is_placed() {
        let n = Vec3::new(1.458, 0.0, 0.0);
        let c = Vec3::new(-0.55, 1.42, 0.0);
        let placed = beta_carbon(&residue(1, &[("N", n), ("CA", Vec3::zeros()), ("C", c)]))
            .unwrap_or_default();
        assert!((placed.norm() - 1.53).abs() < 0.03, "{placed}");
        let angle = placed.angle(&n).to_degrees();
        assert!((angle - 110.5).abs() < 3.0, "{angle}");
    }
}

//! Which residues touch something else: heavy atoms of neighbours, and of other chains, near their own.

use super::structure::NeighbourKind;
use super::{Protein, Residue};
use crate::numeric::{Cells, Vec3};

/// Å between heavy atoms up to which residues touch.
pub const TOUCH_ANGSTROM: f64 = 4.5;

/// A neighbour that a residue touches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Touch {
    /// Its place among the neighbours of the protein's context.
    pub neighbour: usize,
    /// Between the nearest heavy atoms.
    pub distance_angstrom: f64,
}

/// A heavy atom and whose it is.
struct Place {
    owner: usize,
    position: Vec3,
}

fn places<'a>(residues: impl Iterator<Item = (usize, &'a Residue)>) -> Vec<Place> {
    let of = |(owner, residue): (usize, &'a Residue)| {
        residue.heavy_atoms().map(move |atom| Place {
            owner,
            position: atom.position,
        })
    };
    residues.flat_map(of).collect()
}

impl Protein {
    /// The neighbours that each residue touches, the nearest first.
    #[must_use]
    pub fn touches(&self) -> Vec<Vec<Touch>> {
        let mut touches: Vec<Vec<Touch>> = vec![Vec::new(); self.len()];
        let around = self.context.neighbours.iter().map(|n| &n.residue);
        let around = places(around.enumerate());
        if around.is_empty() {
            return touches;
        }
        let cells = Cells::new(around.iter().map(|p| p.position), TOUCH_ANGSTROM);
        for (index, residue) in self.residues.iter().enumerate() {
            let found = &mut touches[index];
            for atom in residue.heavy_atoms() {
                for other in cells.around(atom.position).map(|i| &around[i]) {
                    let distance = (other.position - atom.position).norm();
                    if distance > TOUCH_ANGSTROM {
                        continue;
                    }
                    match found.iter_mut().find(|t| t.neighbour == other.owner) {
                        Some(touch) => {
                            touch.distance_angstrom = touch.distance_angstrom.min(distance);
                        }
                        None => found.push(Touch {
                            neighbour: other.owner,
                            distance_angstrom: distance,
                        }),
                    }
                }
            }
            found.sort_by(|a, b| a.distance_angstrom.total_cmp(&b.distance_angstrom));
        }
        touches
    }

    /// How many residues of other chains each residue touches, protein and nucleic acid, studied or not. NaN
    /// without atoms; nothing at all where there is no other chain.
    #[must_use]
    pub fn interface(&self) -> Option<Vec<f64>> {
        let n = self.len();
        let polymer = |kind| matches!(kind, NeighbourKind::Protein | NeighbourKind::Nucleic);
        let context = &self.context.neighbours;
        let others = context.iter().enumerate().filter(|(_, o)| polymer(o.kind));
        let others: Vec<(usize, &Residue)> =
            others.map(|(i, other)| (n + i, &other.residue)).collect();
        if others.is_empty() && self.chains().len() < 2 {
            return None;
        }
        let own = places(self.residues.iter().enumerate());
        let mut all = places(others.into_iter());
        all.extend(places(self.residues.iter().enumerate()));
        let chain = |owner: usize| match owner.checked_sub(n) {
            Some(i) => &context[i].residue.id.chain,
            None => &self.residues[owner].id.chain,
        };
        let cells = Cells::new(all.iter().map(|p| p.position), TOUCH_ANGSTROM);
        let limit = TOUCH_ANGSTROM * TOUCH_ANGSTROM;
        let mut touched: Vec<Vec<usize>> = vec![Vec::new(); n];
        for atom in &own {
            let found = &mut touched[atom.owner];
            for other in cells.around(atom.position).map(|i| &all[i]) {
                let is_near = (other.position - atom.position).norm_squared() <= limit;
                if is_near
                    && !found.contains(&other.owner)
                    && chain(other.owner) != chain(atom.owner)
                {
                    found.push(other.owner);
                }
            }
        }
        let count = |(residue, found): (&Residue, &Vec<usize>)| {
            if residue.atoms.is_empty() {
                f64::NAN
            } else {
                found.len() as f64
            }
        };
        Some(self.residues.iter().zip(&touched).map(count).collect())
    }
}

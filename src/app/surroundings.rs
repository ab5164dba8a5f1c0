//! What stands around the protein, as it is drawn: traces of chains, bonds of ligands, metals.

use crate::numeric::{Cells, Vec3};
use crate::protein::{Context, Neighbour, NeighbourKind, Residue};

/// Å between neighbouring points of a chain's trace up to which they are joined: Cα of amino acids, C4' or P of
/// nucleotides.
const JOINED: [f64; 2] = [4.5, 8.5];

/// Å up to which two heavy atoms of a ligand are bonded, and up to which a heavier one is: S, P, halides, metals.
const BONDED: [f64; 2] = [1.9, 2.4];

/// Lines and points in Å.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surroundings {
    pub strands: Vec<Strand>,
    pub bonds: Vec<[Vec3; 2]>,
    /// Metals and what else is one atom.
    pub atoms: Vec<Vec3>,
}

/// The trace of a chain.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Strand {
    pub points: Vec<Option<Vec3>>,
    /// Whether a point is joined to the next.
    pub joined: Vec<bool>,
}

impl Surroundings {
    #[must_use]
    pub fn new(context: &Context) -> Self {
        let is_polymer =
            |n: &Neighbour| matches!(n.kind, NeighbourKind::Protein | NeighbourKind::Nucleic);
        let polymer: Vec<&Neighbour> = context
            .neighbours
            .iter()
            .filter(|n| is_polymer(n))
            .collect();
        let chains =
            polymer.chunk_by(|a, b| a.residue.id.chain == b.residue.id.chain && a.kind == b.kind);
        let mut drawn = Self {
            strands: chains.map(strand).collect(),
            ..Self::default()
        };
        for other in context.neighbours.iter().filter(|n| !is_polymer(n)) {
            drawn.add(&other.residue);
        }
        drawn
    }

    /// The bonds of a molecule; what is bonded to nothing is a point.
    fn add(&mut self, residue: &Residue) {
        let atoms = &residue.atoms;
        let cells = Cells::new(atoms.iter().map(|a| a.position), BONDED[1]);
        for (i, a) in atoms.iter().enumerate() {
            let mut is_alone = true;
            for j in cells.around(a.position).filter(|j| *j != i) {
                let b = &atoms[j];
                let is_light = |e: &str| matches!(e, "C" | "N" | "O" | "F" | "B");
                let longest = if is_light(&a.element) && is_light(&b.element) {
                    BONDED[0]
                } else {
                    BONDED[1]
                };
                if (a.position - b.position).norm() <= longest {
                    is_alone = false;
                    if i < j {
                        self.bonds.push([a.position, b.position]);
                    }
                }
            }
            if is_alone {
                self.atoms.push(a.position);
            }
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.strands.is_empty() && self.bonds.is_empty() && self.atoms.is_empty()
    }
}

fn strand(chain: &[&Neighbour]) -> Strand {
    let nucleic = chain
        .first()
        .is_some_and(|n| n.kind == NeighbourKind::Nucleic);
    let names: &[&str] = if nucleic {
        &["C4'", "C4*", "P"]
    } else {
        &["CA"]
    };
    let point = |n: &&Neighbour| names.iter().find_map(|name| n.residue.position(name));
    let points: Vec<Option<Vec3>> = chain.iter().map(point).collect();
    let limit = JOINED[usize::from(nucleic)];
    let is_joined = |pair: &[Option<Vec3>]| match (pair[0], pair[1]) {
        (Some(a), Some(b)) => (a - b).norm() <= limit,
        _ => false,
    };
    Strand {
        joined: points.windows(2).map(is_joined).collect(),
        points,
    }
}

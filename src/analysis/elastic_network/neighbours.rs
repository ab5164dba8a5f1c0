//! Neighbours as nodes of an elastic network, whose motion is removed.
//!
//! Nodes stand where the Gaussian network models of proteins with nucleic acids have them (Yang et al. 2006, oGNM):
//! a Cα for an amino acid; P, C4' and C2 for a nucleotide. A ligand has one for every three heavy atoms, which
//! is as dense as those; a metal ion is one. They follow the residues under study: their stiffness is
//! H_ss − H_se H_ee⁻¹ H_es (Ming and Wall 2005, Zheng and Brooks 2005; ProDy's `reduceModel`).

use super::network::Network;
use super::solve::LARGEST_WHOLE;
use super::spring;
use crate::analysis::gaussian::Source;
use crate::numeric::Vec3;
use crate::protein::{Neighbour, NeighbourKind, Protein, Residue};

/// Heavy atoms of a ligand that share a node.
const ATOMS_A_NODE: usize = 3;

/// Atoms of a nucleotide that are nodes.
const OF_NUCLEOTIDE: [&str; 3] = ["P", "C4'", "C2"];

/// The nodes that stand for what is around a protein.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Followers {
    /// Å.
    pub positions: Vec<Vec3>,
    /// Farther nodes that the largest network that is solved whole has no room for.
    pub left_out: usize,
}

/// The nodes of the neighbours that count: those that springs join, directly or through others, to the protein.
#[must_use]
pub fn followers(protein: &Protein, source: Source) -> Followers {
    let counted = protein.context.counted();
    if counted.is_empty() {
        return Followers::default();
    }
    let own: Vec<Vec3> = protein.alpha_carbons().into_iter().flatten().collect();
    among(&own, counted.iter().flat_map(nodes).collect(), source)
}

/// Those of `nodes` that take part in the network of the `own` atoms.
pub(super) fn among(own: &[Vec3], mut nodes: Vec<Vec3>, source: Source) -> Followers {
    let Some(spring) = spring(source) else {
        return Followers::default();
    };
    let rows = if source == Source::Gnm { 1 } else { 3 };
    let room = (LARGEST_WHOLE / rows).saturating_sub(own.len());
    let left_out = nodes.len().saturating_sub(room);
    if left_out > 0 {
        let away = |node: &Vec3| {
            let squares = own.iter().map(|p| (p - node).norm_squared());
            squares.fold(f64::INFINITY, f64::min)
        };
        let mut near: Vec<(f64, Vec3)> = nodes.iter().map(|n| (away(n), *n)).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        nodes = near.into_iter().take(room).map(|(_, n)| n).collect();
    }
    let mut positions = own.to_vec();
    positions.append(&mut nodes);
    let places: Vec<usize> = (0..positions.len()).collect();
    let network = Network {
        positions: &positions,
        places: &places,
        spring,
        followers: 0,
    };
    let mut taken: Vec<usize> = network
        .pieces()
        .into_iter()
        .filter(|piece| piece.iter().any(|i| *i < own.len()))
        .flatten()
        .filter(|i| *i >= own.len())
        .collect();
    taken.sort_unstable();
    Followers {
        positions: taken.into_iter().map(|i| positions[i]).collect(),
        left_out,
    }
}

fn nodes(neighbour: &Neighbour) -> Vec<Vec3> {
    let residue = &neighbour.residue;
    match neighbour.kind {
        NeighbourKind::Protein => residue.position("CA").into_iter().collect(),
        NeighbourKind::Nucleic => {
            let named = |name: &&str| {
                let old = name.replace('\'', "*");
                residue.position(name).or_else(|| residue.position(&old))
            };
            OF_NUCLEOTIDE.iter().filter_map(named).collect()
        }
        NeighbourKind::Ligand | NeighbourKind::Metal => spread(residue),
    }
}

/// The atom nearest to the middle, then one after the other the farthest from those.
fn spread(residue: &Residue) -> Vec<Vec3> {
    let atoms: Vec<Vec3> = residue.heavy_atoms().map(|a| a.position).collect();
    let wanted = (atoms.len().div_ceil(ATOMS_A_NODE)).min(atoms.len());
    let middle = atoms.iter().sum::<Vec3>() / atoms.len().max(1) as f64;
    let mut nodes: Vec<Vec3> = Vec::with_capacity(wanted);
    let mut away: Vec<f64> = vec![f64::INFINITY; atoms.len()];
    for k in 0..wanted {
        let better = |a: &usize, b: &usize| {
            if k == 0 {
                let from = |i: usize| (atoms[i] - middle).norm_squared();
                from(*b).total_cmp(&from(*a))
            } else {
                away[*a].total_cmp(&away[*b])
            }
        };
        // Of equals the first.
        let Some(next) = (0..atoms.len()).rev().max_by(better) else {
            break;
        };
        nodes.push(atoms[next]);
        for (distance, atom) in away.iter_mut().zip(&atoms) {
            *distance = distance.min((atom - atoms[next]).norm_squared());
        }
    }
    nodes
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

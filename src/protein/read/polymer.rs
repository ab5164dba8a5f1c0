//! Which residues of a model are protein, and which chain each belongs to.

use std::collections::HashMap;

use super::bonds::Bonds;
use super::order;
use super::rows::{Group, Header, Row};
use super::sites::{Amino, Kind, Polymer, Site, sites};
use super::strands::strands;
use crate::protein::{NeighbourKind, ResidueId, SetAside};

/// A run of bonded `HETATM` amino acids of this length is a chain, a shorter one a ligand.
const SHORTEST_CHAIN: usize = 3;

/// Sorts the residues of a model into protein chains and what is set aside.
pub(super) fn classify(rows: &[Row<'_>], groups: &[Group], header: &Header) -> Polymer {
    let sites = sites(rows, groups, header);
    let is = |kinds: &[Kind]| -> Vec<usize> {
        let found = |i: &usize| kinds.contains(&sites[*i].kind);
        (0..sites.len()).filter(found).collect()
    };
    let possible = is(&[Kind::Protein, Kind::Candidate]);
    let bonds = Bonds::of(&sites, &possible);
    let mut taken = polymers(&sites, &possible, &bonds);
    let free = free_residues(&sites, &taken, &bonds);
    taken.retain(|i| free.binary_search(i).is_err());
    let is_left = |i: &&usize| taken.binary_search(i).is_err();
    let left = possible.iter().filter(is_left);
    let (known, unknown): (Vec<usize>, Vec<usize>) =
        left.copied().partition(|i| sites[*i].is_known());
    let caps = is(&[Kind::Cap]).len();
    let (nucleotides, ligands) = (is(&[Kind::Nucleotide]), is(&[Kind::Ligand]));
    let as_ligands = [&ligands, &known, &unknown].into_iter().flatten();
    let mut apart: Vec<(usize, NeighbourKind)> = as_ligands
        .map(|&i| (i, NeighbourKind::Ligand))
        .chain(nucleotides.iter().map(|&i| (i, NeighbourKind::Nucleic)))
        .collect();
    apart.sort_by_key(|(i, _)| *i);
    let mut polymer = Polymer {
        set_aside: SetAside {
            waters: is(&[Kind::Water]).len(),
            nucleotides: nucleotides.len(),
            ligands: ligands.len() + caps + known.len() + unknown.len(),
            amino_acids: known.len(),
            caps,
        },
        apart,
        ..Polymer::default()
    };
    strands(rows, groups, &taken, &sites, &bonds, &mut polymer);
    order::sort(&sites, &bonds, &mut polymer);
    polymer
}

/// Protein, and candidates that are bonded to it or form a chain of their own, in the order of the file.
fn polymers(sites: &[Site<'_>], possible: &[usize], bonds: &Bonds) -> Vec<usize> {
    let is_protein = |i: usize| sites[i].kind == Kind::Protein;
    if !possible.iter().any(|&i| is_protein(i)) {
        return possible.to_vec();
    }
    let mut taken = vec![false; sites.len()];
    for run in order::runs(possible, bonds) {
        let known = run.iter().filter(|&&i| sites[i].is_known()).count();
        let whole = run.iter().any(|&i| is_protein(i)) || known >= SHORTEST_CHAIN;
        for i in run {
            taken[i] = whole;
        }
    }
    possible.iter().copied().filter(|&i| taken[i]).collect()
}

/// Amino acids that are bonded to nothing and were no part of a chain: ligands, buffer, substrates.
/// Their place among the rows says nothing.
fn free_residues(sites: &[Site<'_>], protein: &[usize], bonds: &Bonds) -> Vec<usize> {
    if protein.iter().all(|&i| bonds.is_alone(i)) {
        return Vec::new();
    }
    let mut homes: HashMap<_, Vec<usize>> = HashMap::new();
    for &i in protein {
        homes.entry(sites[i].home).or_default().push(i);
    }
    let mut free: Vec<usize> = homes
        .into_values()
        .flat_map(|members| free_of_chain(sites, &members, bonds))
        .collect();
    free.sort_unstable();
    free
}

/// Those among the residues under one chain name.
fn free_of_chain(sites: &[Site<'_>], members: &[usize], bonds: &Bonds) -> Vec<usize> {
    let bonded = members.iter().filter(|&&i| !bonds.is_alone(i)).count();
    let sparse = bonded > 0 && 2 * bonded < members.len();
    let is_free = |(at, i): &(usize, &usize)| {
        let (at, i) = (*at, **i);
        let site = &sites[i];
        let whole = site.is_known() && site.n.is_some() && site.c.is_some();
        if sparse || !whole || !bonds.is_alone(i) {
            return false;
        }
        let open = |j: usize| !sites[j].ended;
        let chain_end = at + 1 == members.len() && (at == 0 || open(members[at - 1]));
        (site.hetero && (site.amino == Amino::Standard || bonded == 0))
            || (site.ended && (bonded == 0 || !chain_end))
    };
    let found = members.iter().enumerate().filter(is_free);
    found.map(|(_, &i)| i).collect()
}

/// The author's name of the residue that a group holds.
pub(super) fn residue_id(rows: &[Row<'_>], group: &Group, chain: &str) -> ResidueId {
    let row = &rows[group.rows[0]];
    ResidueId {
        chain: chain.to_owned(),
        number: row.number,
        insertion_code: row.insertion,
    }
}

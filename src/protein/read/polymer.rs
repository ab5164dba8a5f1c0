//! Which residues of a model are protein, and which chain each belongs to.

use std::collections::{HashMap, HashSet};

use super::modified::{is_nucleotide, is_water, parent};
use super::rows::{Group, Header, Row};
use crate::numeric::Vec3;
use crate::protein::{AminoAcid, ResidueId, SetAside};

/// Å between C and N of bonded neighbours, with room for poor geometry.
const BOND: f64 = 2.0;
/// More loose candidates than this are not looked at one by one.
const MAX_CANDIDATES: usize = 200;

/// The protein residues of one model, by index into its groups, in sequence order by chain.
#[derive(Debug, Default)]
pub(super) struct Polymer {
    pub chains: Vec<(String, Vec<usize>)>,
    pub set_aside: SetAside,
    /// Chains without a name that were given one.
    pub named: usize,
}

/// The standard residue of a name, by the file's own table of modified residues or by ours.
pub(super) fn amino_acid(name: &str, header: &Header) -> Option<AminoAcid> {
    parent(name).or_else(|| {
        let standard = header.parents.get(name)?;
        AminoAcid::from_three_letters(standard)
    })
}

fn position(rows: &[Row<'_>], group: &Group, name: &str) -> Option<Vec3> {
    let row = group
        .rows
        .iter()
        .map(|&i| &rows[i])
        .find(|r| r.name == name)?;
    let [x, y, z] = row.position.map(|p| p.parse().unwrap_or(f64::NAN));
    Some(Vec3::new(x, y, z))
}

enum Kind {
    Protein,
    /// Protein if it is bonded to protein.
    Candidate,
    Water,
    Nucleotide,
    Ligand,
}

fn kind(rows: &[Row<'_>], group: &Group, header: &Header) -> Kind {
    let first = &rows[group.rows[0]];
    let has = |name: &str| group.rows.iter().any(|&i| rows[i].name == name);
    if is_water(first.residue) {
        return Kind::Water;
    }
    let known = amino_acid(first.residue, header).is_some();
    let alpha = group
        .rows
        .iter()
        .any(|&i| rows[i].name == "CA" && !rows[i].element.eq_ignore_ascii_case("CA"));
    let backbone = alpha && has("N") && has("C");
    let whole = known && !first.apart && (!first.hetero || alpha);
    if whole || (!first.hetero && alpha && group.rows.len() > 1) {
        Kind::Protein
    } else if backbone || (known && alpha) {
        Kind::Candidate
    } else if is_nucleotide(first.residue) || (!first.hetero && has("P") && has("C1'")) {
        Kind::Nucleotide
    } else {
        Kind::Ligand
    }
}

/// Sorts the residues of a model into protein chains and what is set aside.
pub(super) fn classify(rows: &[Row<'_>], groups: &[Group], header: &Header) -> Polymer {
    let mut polymer = Polymer::default();
    let mut protein = Vec::new();
    let mut candidates = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        match kind(rows, group, header) {
            Kind::Protein => protein.push(index),
            Kind::Candidate => candidates.push(index),
            Kind::Water => polymer.set_aside.waters += 1,
            Kind::Nucleotide => polymer.set_aside.nucleotides += 1,
            Kind::Ligand => polymer.set_aside.ligands += 1,
        }
    }
    let left = if protein.is_empty() {
        protein = candidates;
        0
    } else {
        adopt(rows, groups, &mut protein, candidates)
    };
    polymer.set_aside.ligands += left;
    chains(rows, groups, &protein, &mut polymer);
    polymer
}

/// Moves candidates that are bonded to protein into the chain, at their place; the number left.
fn adopt(
    rows: &[Row<'_>],
    groups: &[Group],
    protein: &mut Vec<usize>,
    mut candidates: Vec<usize>,
) -> usize {
    if candidates.len() > MAX_CANDIDATES {
        return candidates.len();
    }
    let chain = |g: usize| rows[groups[g].rows[0]].chain;
    let bonded = |a: usize, b: usize| {
        let c = position(rows, &groups[a], "C");
        let n = position(rows, &groups[b], "N");
        matches!((c, n), (Some(c), Some(n)) if (c - n).norm() < BOND)
    };
    loop {
        let before = candidates.len();
        candidates.retain(|&candidate| {
            let place = protein.iter().enumerate().find_map(|(at, &g)| {
                if chain(g) != chain(candidate) {
                    None
                } else if bonded(g, candidate) {
                    Some(at + 1)
                } else {
                    bonded(candidate, g).then_some(at)
                }
            });
            if let Some(at) = place {
                protein.insert(at, candidate);
            }
            place.is_none()
        });
        if candidates.len() == before {
            return before;
        }
    }
}

/// A chain being collected.
struct Open<'a> {
    name: String,
    segment: &'a str,
    part: usize,
    last: i32,
    seen: HashSet<(i32, Option<char>)>,
    groups: Vec<usize>,
}

impl Open<'_> {
    /// Whether the residue begins another copy of the chain instead of continuing it.
    fn is_over(&self, row: &Row<'_>) -> bool {
        let repeated = self.seen.contains(&(row.number, row.insertion));
        let unnamed =
            row.chain.is_empty() && (self.part != row.part || self.segment != row.segment);
        unnamed || (repeated && (self.part != row.part || row.number < self.last))
    }
}

fn chains(rows: &[Row<'_>], groups: &[Group], protein: &[usize], polymer: &mut Polymer) {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut latest: HashMap<&str, usize> = HashMap::new();
    let mut taken: HashSet<String> = protein
        .iter()
        .map(|&g| rows[groups[g].rows[0]].chain.to_owned())
        .collect();
    for &index in protein {
        let row = &rows[groups[index].rows[0]];
        let known = latest
            .get(row.chain)
            .copied()
            .filter(|&at| !open[at].is_over(row));
        let at = known.unwrap_or_else(|| {
            let first = !latest.contains_key(row.chain) && !row.chain.is_empty();
            let name = if first {
                row.chain.to_owned()
            } else {
                polymer.named += usize::from(row.chain.is_empty());
                free_name(row.chain, &taken)
            };
            taken.insert(name.clone());
            open.push(Open {
                name,
                segment: row.segment,
                part: row.part,
                last: row.number,
                seen: HashSet::new(),
                groups: Vec::new(),
            });
            latest.insert(row.chain, open.len() - 1);
            open.len() - 1
        });
        let chain = &mut open[at];
        chain.part = row.part;
        chain.last = row.number;
        chain.seen.insert((row.number, row.insertion));
        chain.groups.push(index);
    }
    polymer.chains = open.into_iter().map(|c| (c.name, c.groups)).collect();
}

/// `A`, `B`, … for a chain without a name; `A-2`, `A-3`, … for further copies of chain A.
fn free_name(chain: &str, taken: &HashSet<String>) -> String {
    let letters = ('A'..='Z').chain('a'..='z').map(String::from);
    let numbered = (2..).map(|n| {
        let stem = if chain.is_empty() { "A" } else { chain };
        format!("{stem}-{n}")
    });
    let mut names: Box<dyn Iterator<Item = String>> = if chain.is_empty() {
        Box::new(letters.chain(numbered))
    } else {
        Box::new(numbered)
    };
    names
        .find(|n| !taken.contains(n))
        .unwrap_or_else(|| chain.to_owned())
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

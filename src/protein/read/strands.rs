//! To which chain each protein residue belongs: chain names repeat, are missing, or end at `TER`.

use std::collections::{HashMap, HashSet};

use super::bonds::Bonds;
use super::rows::{Group, Row};
use super::sites::{Polymer, Site};

/// A chain being collected.
struct Open {
    name: String,
    frame: usize,
    part: usize,
    last: i32,
    /// Its last residue has both oxygens of a carboxylate.
    ended: bool,
    seen: HashSet<(i32, Option<char>)>,
    groups: Vec<usize>,
}

impl Open {
    /// Whether the residue begins another copy of the chain instead of continuing it.
    fn is_over(&self, row: &Row<'_>) -> bool {
        let repeated = self.seen.contains(&(row.number, row.insertion));
        let unnamed = row.chain.is_empty() && (self.part != row.part || self.ended);
        let new = self.frame != row.frame;
        new || unnamed || (repeated && (self.part != row.part || row.number < self.last))
    }
}

/// Puts the residues into chains, in the order of the file. A bond decides before a name or a number.
pub(super) fn strands(
    rows: &[Row<'_>],
    groups: &[Group],
    protein: &[usize],
    sites: &[Site<'_>],
    bonds: &Bonds,
    polymer: &mut Polymer,
) {
    let row_of = |g: usize| &rows[groups[g].rows[0]];
    let mut open: Vec<Open> = Vec::new();
    let mut latest: HashMap<&str, usize> = HashMap::new();
    let mut home: HashMap<usize, usize> = HashMap::new();
    let mut taken: HashSet<String> = protein
        .iter()
        .map(|&g| row_of(g).chain.to_owned())
        .collect();
    for &index in protein {
        let row = row_of(index);
        let neighbours = [bonds.previous[index], bonds.next[index]];
        let bonded = neighbours.into_iter().flatten().find_map(|g| home.get(&g));
        let goes_on = || latest.get(row.chain).filter(|&&at| !open[at].is_over(row));
        let at = bonded.or_else(goes_on).copied().unwrap_or_else(|| {
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
                frame: row.frame,
                part: row.part,
                last: row.number,
                ended: false,
                seen: HashSet::new(),
                groups: Vec::new(),
            });
            latest.insert(row.chain, open.len() - 1);
            open.len() - 1
        });
        let chain = &mut open[at];
        chain.part = row.part;
        chain.last = row.number;
        chain.ended = sites[index].ended;
        chain.seen.insert((row.number, row.insertion));
        chain.groups.push(index);
        home.insert(index, at);
    }
    polymer.chains = open.into_iter().map(|c| (c.name, c.groups)).collect();
}

/// `A`, `B`, … for a chain without a name; `A-2`, `A-3`, … for further copies of chain A.
fn free_name(chain: &str, taken: &HashSet<String>) -> String {
    let letters = ('A'..='Z').chain('a'..='z').map(String::from);
    let stem = if chain.is_empty() { "A" } else { chain };
    let numbered = (2..).map(|n| format!("{stem}-{n}"));
    let unnamed = chain.is_empty().then_some(letters).into_iter().flatten();
    let mut names = unnamed.chain(numbered);
    names
        .find(|n| !taken.contains(n))
        .unwrap_or_else(|| chain.to_owned())
}

//! The order of the residues of a chain: by their bonds, else by their places in the sequence, else by their
//! numbers. Rows stand elsewhere where programs write `HETATM` last, sort by name, or join loops.
//!
//! A file whose bonds all join neighbouring rows keeps its order, whatever its numbers: those of fusion
//! proteins and of insertions run backwards at will.

use super::bonds::Bonds;
use super::sites::{Polymer, Site};

/// Bonded residues as runs, each in the order of its bonds, begun in the order of `members`.
pub(super) fn runs(members: &[usize], bonds: &Bonds) -> Vec<Vec<usize>> {
    let mut inside = vec![false; bonds.next.len()];
    for &i in members {
        inside[i] = true;
    }
    let previous = |i: usize| bonds.previous[i].filter(|&j| inside[j]);
    let mut runs = Vec::new();
    let mut done = vec![false; inside.len()];
    // Those without a beginning are rings: they begin where the file does.
    let starts = members.iter().filter(|&&i| previous(i).is_none());
    for &start in starts.chain(members) {
        let mut run = Vec::new();
        let mut here = Some(start);
        while let Some(i) = here.filter(|&i| inside[i] && !done[i]) {
            done[i] = true;
            run.push(i);
            here = bonds.next[i];
        }
        if !run.is_empty() {
            runs.push(run);
        }
    }
    runs.sort_by_key(|run| run.iter().min().copied());
    runs
}

/// Puts the residues of every chain in order.
pub(super) fn sort(sites: &[Site<'_>], bonds: &Bonds, polymer: &mut Polymer) {
    let mut shuffled = false;
    for (name, members) in &mut polymer.chains {
        let runs = runs(members, bonds);
        let mixed = is_mixed(&runs);
        let sorted = joined(sites, runs, mixed);
        let moved = moved(members, &sorted);
        if moved > 0 {
            polymer.reordered.push((name.clone(), moved));
            *members = sorted;
        }
        shuffled |= mixed;
    }
    if shuffled {
        polymer.chains.sort_by(|a, b| a.0.cmp(&b.0));
    }
}

/// Whether so many bonds lead elsewhere that the order of the rows says nothing.
fn is_mixed(runs: &[Vec<usize>]) -> bool {
    let (mut bonds, mut jumps) = (0, 0);
    for pair in runs.iter().flat_map(|run| run.windows(2)) {
        bonds += 1;
        jumps += usize::from(pair[1] < pair[0]);
    }
    4 * jumps > bonds
}

type Key = (i32, Option<char>);

/// By the place in the sequence where the file gives one.
fn key(site: &Site<'_>) -> Key {
    site.place.map_or(site.number, |place| (place, None))
}

fn joined(sites: &[Site<'_>], mut runs: Vec<Vec<usize>>, mixed: bool) -> Vec<usize> {
    let first = |run: &Vec<usize>| key(&sites[run[0]]);
    let placed = runs.iter().flatten().all(|&i| sites[i].place.is_some());
    // A HETATM that is bonded to nothing may stand anywhere; the others tell whether numbers rise.
    let stays = |run: &&Vec<usize>| run.len() > 1 || !sites[run[0]].hetero;
    let fixed: Vec<Key> = runs.iter().filter(stays).map(first).collect();
    if mixed || placed || fixed.is_sorted() {
        runs.sort_by_key(first);
    } else {
        let earliest = |run: &Vec<usize>| {
            let own = run.iter().filter(|&&i| !sites[i].hetero).min();
            own.or(run.iter().min()).copied()
        };
        runs.sort_by_key(earliest);
    }
    runs.concat()
}

/// Places at which the rows are left for others.
fn moved(before: &[usize], after: &[usize]) -> usize {
    if before == after {
        return 0;
    }
    after.windows(2).filter(|p| p[1] < p[0]).count().max(1)
}

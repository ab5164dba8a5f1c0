//! From hydrogen bonds to turns, helices, bridges, ladders and bends.

use std::collections::{BTreeSet, VecDeque};

use super::SecondaryStructure as Class;
use super::hydrogen_bonds::{Backbone, Bonds};

/// Degrees of direction change over five residues that make a bend.
const BEND: f64 = 70.0;

struct Chain<'a> {
    residues: &'a [Option<Backbone>],
    /// For each residue, the first residue of its unbroken stretch.
    stretch: Vec<usize>,
}

impl Chain<'_> {
    fn unbroken(&self, from: usize, to: usize) -> bool {
        from <= to
            && to < self.residues.len()
            && self.residues[to].is_some()
            && self.stretch[to] <= from
    }
}

pub(super) fn assign(residues: &[Option<Backbone>], bonds: &Bonds) -> Vec<Class> {
    let mut stretch = Vec::with_capacity(residues.len());
    for (i, residue) in residues.iter().enumerate() {
        let joined = residue.as_ref().is_some_and(|r| r.joined);
        stretch.push(if joined { stretch[i - 1] } else { i });
    }
    let chain = Chain { residues, stretch };
    let mut classes = vec![Class::Coil; residues.len()];
    sheets(&chain, bonds, &mut classes);
    helices(&chain, bonds, &mut classes);
    classes
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Parallel,
    Antiparallel,
}

/// Consecutive bridges: strand `i` rises, strand `j` rises or falls.
#[derive(Debug)]
struct Ladder {
    direction: Direction,
    i: VecDeque<usize>,
    j: VecDeque<usize>,
}

impl Ladder {
    /// First and last residue of both strands.
    fn ends(&self) -> [usize; 4] {
        let first = |s: &VecDeque<usize>| s.front().copied().unwrap_or(0);
        let last = |s: &VecDeque<usize>| s.back().copied().unwrap_or(0);
        [first(&self.i), last(&self.i), first(&self.j), last(&self.j)]
    }
}

fn bridge(chain: &Chain<'_>, bonds: &Bonds, i: usize, j: usize) -> Option<Direction> {
    if !chain.unbroken(i.checked_sub(1)?, i + 1) || !chain.unbroken(j.checked_sub(1)?, j + 1) {
        return None;
    }
    let (a, c, d, f) = (i - 1, i + 1, j - 1, j + 1);
    if (bonds.has(c, j) && bonds.has(j, a)) || (bonds.has(f, i) && bonds.has(i, d)) {
        Some(Direction::Parallel)
    } else if (bonds.has(c, d) && bonds.has(f, a)) || (bonds.has(j, i) && bonds.has(i, j)) {
        Some(Direction::Antiparallel)
    } else {
        None
    }
}

fn sheets(chain: &Chain<'_>, bonds: &Bonds, classes: &mut [Class]) {
    // A bond of a bridge is between i−1…i+1 and j−1…j+1.
    let mut pairs = BTreeSet::new();
    for (donor, acceptor) in bonds.iter() {
        let (low, high) = (donor.min(acceptor), donor.max(acceptor));
        for i in low.saturating_sub(1)..=low + 1 {
            for j in high.saturating_sub(1)..=high + 1 {
                if i + 3 <= j {
                    pairs.insert((i, j));
                }
            }
        }
    }
    let mut ladders: Vec<Ladder> = Vec::new();
    for (i, j) in pairs {
        if let Some(direction) = bridge(chain, bonds, i, j) {
            extend(chain, &mut ladders, direction, i, j);
        }
    }
    ladders.sort_by_key(|l| l.ends()[0]);
    join_over_bulges(chain, &mut ladders);
    for ladder in &ladders {
        let class = if ladder.i.len() > 1 {
            Class::Strand
        } else {
            Class::Bridge
        };
        let [i0, i1, j0, j1] = ladder.ends();
        for k in (i0..=i1).chain(j0..=j1) {
            if classes[k] != Class::Strand {
                classes[k] = class;
            }
        }
    }
}

fn extend(chain: &Chain<'_>, ladders: &mut Vec<Ladder>, direction: Direction, i: usize, j: usize) {
    for ladder in ladders.iter_mut().filter(|l| l.direction == direction) {
        let [_, last, first_j, last_j] = ladder.ends();
        if i != last + 1 || !chain.unbroken(last, i) {
            continue;
        }
        match direction {
            Direction::Parallel if j == last_j + 1 && chain.unbroken(last_j, j) => {
                ladder.i.push_back(i);
                ladder.j.push_back(j);
                return;
            }
            Direction::Antiparallel if j + 1 == first_j && chain.unbroken(j, first_j) => {
                ladder.i.push_back(i);
                ladder.j.push_front(j);
                return;
            }
            _ => {}
        }
    }
    ladders.push(Ladder {
        direction,
        i: VecDeque::from([i]),
        j: VecDeque::from([j]),
    });
}

/// Two ladders of one kind, a bulge apart, are one.
fn join_over_bulges(chain: &Chain<'_>, ladders: &mut Vec<Ladder>) {
    let mut a = 0;
    while a < ladders.len() {
        let mut b = a + 1;
        while b < ladders.len() {
            if is_bulge(chain, &ladders[a], &ladders[b]) {
                let joined = ladders.remove(b);
                ladders[a].i.extend(joined.i);
                match joined.direction {
                    Direction::Parallel => ladders[a].j.extend(joined.j),
                    Direction::Antiparallel => {
                        let rest = std::mem::replace(&mut ladders[a].j, joined.j);
                        ladders[a].j.extend(rest);
                    }
                }
            } else {
                b += 1;
            }
        }
        a += 1;
    }
}

fn is_bulge(chain: &Chain<'_>, a: &Ladder, b: &Ladder) -> bool {
    let [ibi, iei, jbi, jei] = a.ends();
    let [ibj, iej, jbj, jej] = b.ends();
    if a.direction != b.direction
        || !chain.unbroken(ibi.min(ibj), iei.max(iej))
        || !chain.unbroken(jbi.min(jbj), jei.max(jej))
    {
        return false;
    }
    let (Some(step), overlap) = (ibj.checked_sub(iei), iei >= ibj && ibi <= iej) else {
        return false;
    };
    let other = match a.direction {
        Direction::Parallel => jbj.checked_sub(jei),
        Direction::Antiparallel => jbi.checked_sub(jej),
    };
    step < 6 && !overlap && other.is_some_and(|o| (o < 6 && step < 3) || o < 3)
}

fn helices(chain: &Chain<'_>, bonds: &Bonds, classes: &mut [Class]) {
    let n = classes.len();
    let starts = |stride: usize| -> Vec<bool> {
        (0..n)
            .map(|i| chain.unbroken(i, i + stride) && bonds.has(i + stride, i))
            .collect()
    };
    let [turn3, turn4, turn5] = [3, 4, 5].map(starts);
    let begins = |turns: &[bool], i: usize| turns[i] && turns[i - 1];
    for i in (1..n).filter(|&i| begins(&turn4, i)) {
        classes[i..i + 4].fill(Class::AlphaHelix);
    }
    for i in (1..n).filter(|&i| begins(&turn3, i)) {
        let free = |c: &Class| matches!(c, Class::Coil | Class::Helix310);
        if classes[i..i + 3].iter().all(free) {
            classes[i..i + 3].fill(Class::Helix310);
        }
    }
    for i in (1..n).filter(|&i| begins(&turn5, i)) {
        let free = |c: &Class| matches!(c, Class::Coil | Class::PiHelix | Class::AlphaHelix);
        if classes[i..i + 5].iter().all(free) {
            classes[i..i + 5].fill(Class::PiHelix);
        }
    }
    let turns = [(3, &turn3), (4, &turn4), (5, &turn5)];
    for i in 1..n.saturating_sub(1) {
        if classes[i] == Class::Coil {
            let turn = turns
                .iter()
                .any(|(stride, starts)| (1..*stride).any(|k| i >= k && starts[i - k]));
            if turn {
                classes[i] = Class::Turn;
            } else if bends(chain, i) {
                classes[i] = Class::Bend;
            }
        }
    }
}

fn bends(chain: &Chain<'_>, i: usize) -> bool {
    if i < 2 || !chain.unbroken(i - 2, i + 2) {
        return false;
    }
    let at = |k: usize| chain.residues[k].as_ref().map(|r| r.ca);
    let (Some(before), Some(here), Some(after)) = (at(i - 2), at(i), at(i + 2)) else {
        return false;
    };
    (here - before).angle(&(after - here)).to_degrees() > BEND
}

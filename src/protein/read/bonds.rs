//! Which residue is bonded to which.

use std::collections::HashMap;

use super::sites::Site;
use crate::numeric::Vec3;

/// Å between C and N of bonded neighbours in the file, with room for poor geometry.
const NEIGHBOURS: f64 = 2.0;
/// Å between C and N of residues that are not neighbours in the file: with less room.
const ELSEWHERE: f64 = 1.7;
/// Å between neighbouring Cα, where C or N is missing.
const ALPHA: f64 = 4.5;

/// More residues do not fit in a cell of the grid: the rest lie on top of them.
const MOST_AT_ONE_PLACE: usize = 16;

/// For each residue the one that its C is bonded to and the one that its N is bonded to.
#[derive(Debug)]
pub(super) struct Bonds {
    pub next: Vec<Option<usize>>,
    pub previous: Vec<Option<usize>>,
}

impl Bonds {
    /// Between the residues `members`, in the order of the file.
    pub fn of(sites: &[Site<'_>], members: &[usize]) -> Self {
        let mut bonds = Self {
            next: vec![None; sites.len()],
            previous: vec![None; sites.len()],
        };
        for pair in members.windows(2) {
            if follows(&sites[pair[0]], &sites[pair[1]]) {
                bonds.join(pair[0], pair[1]);
            }
        }
        bonds.across(sites, members);
        bonds
    }

    pub fn is_alone(&self, site: usize) -> bool {
        self.next[site].is_none() && self.previous[site].is_none()
    }

    fn join(&mut self, from: usize, to: usize) {
        if self.next[from].is_none() && self.previous[to].is_none() {
            self.next[from] = Some(to);
            self.previous[to] = Some(from);
        }
    }

    /// Joins what is bonded or consecutive, and does not follow one another in the file.
    fn across(&mut self, sites: &[Site<'_>], members: &[usize]) {
        let loose = |i: &&usize| self.previous[**i].is_none();
        let mut cells: HashMap<[i64; 3], Vec<usize>> = HashMap::new();
        let mut numbers = HashMap::new();
        for &i in members.iter().filter(loose) {
            if let Some(n) = sites[i].n {
                let there = cells.entry(cell(n)).or_default();
                if there.len() < MOST_AT_ONE_PLACE {
                    there.push(i);
                }
            }
            numbers.insert((sites[i].home, sites[i].number), i);
        }
        for &i in members {
            if self.next[i].is_some() {
                continue;
            }
            let site = &sites[i];
            let found = match site.c {
                Some(c) => nearest(c, &cells, sites, i),
                None => None,
            };
            let following = || {
                let number = (site.number.0.checked_add(1)?, None);
                let j = *numbers.get(&(site.home, number))?;
                (j != i && alphas_touch(site, &sites[j])).then_some(j)
            };
            if let Some(j) = found.or_else(following) {
                self.join(i, j);
            }
        }
    }
}

/// Whether a residue continues the one before it in the file.
fn follows(a: &Site<'_>, b: &Site<'_>) -> bool {
    if a.home != b.home {
        return false;
    }
    match (a.c, b.n) {
        (Some(c), Some(n)) => (c - n).norm() < NEIGHBOURS,
        _ => a.number < b.number && alphas_touch(a, b),
    }
}

/// Whether both are of one chain: one that goes on in the next model or joined file goes on in its numbers.
fn may_follow(a: &Site<'_>, b: &Site<'_>) -> bool {
    let goes_on = a.home.1 == b.home.1 && a.number.0.checked_add(1) == Some(b.number.0);
    a.home == b.home || goes_on
}

/// Where C or N is missing.
fn alphas_touch(a: &Site<'_>, b: &Site<'_>) -> bool {
    (a.c.is_none() || b.n.is_none())
        && matches!((a.alpha, b.alpha), (Some(p), Some(q)) if (p - q).norm() < ALPHA)
}

fn cell(p: Vec3) -> [i64; 3] {
    [p.x, p.y, p.z].map(|v| (v / ELSEWHERE).floor() as i64)
}

fn nearest(
    c: Vec3,
    cells: &HashMap<[i64; 3], Vec<usize>>,
    sites: &[Site<'_>],
    own: usize,
) -> Option<usize> {
    let [x, y, z] = cell(c);
    let distance = |j: usize| sites[j].n.map_or(f64::INFINITY, |n| (n - c).norm());
    let around = (0..27).map(|k| [x + k % 3 - 1, y + k / 3 % 3 - 1, z + k / 9 - 1]);
    around
        .filter_map(|at| cells.get(&at))
        .flatten()
        .copied()
        .filter(|&j| j != own && may_follow(&sites[own], &sites[j]) && distance(j) < ELSEWHERE)
        .min_by(|&i, &j| distance(i).total_cmp(&distance(j)))
}

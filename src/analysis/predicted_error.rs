//! What the predicted aligned error of a model says of its domains, and of couplings across them.

use crate::numeric::Matrix;
use crate::progress::{Cancelled, Checkpoint};

/// Å: pairs with less are linked when domains are sought.
pub const CUTOFF_ANGSTROM: f64 = 5.0;
/// Å: less error than this counts as this much.
const LEAST_ANGSTROM: f64 = 0.2;
/// A domain has at least so many residues.
pub const SMALLEST: usize = 10;
/// Å: pairs with more lie to each other in a way that the model does not know.
pub const UNSURE_ANGSTROM: f64 = 10.0;
/// The least correlation, of either sign, of two residues that are called coupled.
pub const COUPLED: f64 = 0.3;
/// Residues nearer along the chain are coupled by the chain.
const NEAR: usize = 2;
/// Sweeps over all nodes, at most: each makes the modularity larger.
const MOST_SWEEPS: usize = 100;

fn both_ways(error: &Matrix, i: usize, j: usize) -> f64 {
    0.5 * (error[(i, j)] + error[(j, i)])
}

/// The domain of each residue, numbered from 0 along the chain; `None` in a group of fewer than
/// [`SMALLEST`]. As in `pae_to_domains` (Croll; Oeffner et al. 2022): residues are linked where their error,
/// here the mean of both directions, is less than [`CUTOFF_ANGSTROM`], by its inverse, and the links are
/// grouped by modularity (Louvain, resolution 1).
///
/// # Errors
/// [`Cancelled`].
pub fn domains(
    error: &Matrix,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<Option<usize>>, Cancelled> {
    let n = error.rows();
    let link = |i: usize, j: usize| {
        let angstrom = both_ways(error, i, j);
        if i == j || angstrom.is_nan() || angstrom >= CUTOFF_ANGSTROM {
            0.0
        } else {
            1.0 / angstrom.max(LEAST_ANGSTROM)
        }
    };
    let mut group = grouped(n, &link, checkpoint)?;
    let mut count = group.iter().max().map_or(0, |g| g + 1);
    let mut links = joined(&group, count, &link);
    loop {
        let above = grouped(count, &|a, b| links[(a, b)], checkpoint)?;
        let fewer = above.iter().max().map_or(0, |g| g + 1);
        if fewer == count {
            break;
        }
        links = joined(&above, fewer, &|a, b| links[(a, b)]);
        for g in &mut group {
            *g = above[*g];
        }
        count = fewer;
    }
    let mut sizes = vec![0; count];
    for g in &group {
        sizes[*g] += 1;
    }
    let mut number = vec![None; count];
    let mut next = 0;
    let mut domains = vec![None; n];
    for (domain, g) in domains.iter_mut().zip(&group) {
        if sizes[*g] >= SMALLEST {
            *domain = Some(*number[*g].get_or_insert_with(|| {
                next += 1;
                next - 1
            }));
        }
    }
    Ok(domains)
}

/// What is between groups, twice what is within one on the diagonal.
fn joined(group: &[usize], count: usize, link: &dyn Fn(usize, usize) -> f64) -> Matrix {
    let mut links = Matrix::filled(count, count, 0.0);
    for (i, a) in group.iter().enumerate() {
        for (j, b) in group.iter().enumerate() {
            links[(*a, *b)] += link(i, j);
        }
    }
    links
}

/// Moves each node to the group of the largest modularity until none moves; groups numbered as they appear.
fn grouped(
    n: usize,
    link: &dyn Fn(usize, usize) -> f64,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<usize>, Cancelled> {
    let mut degree = vec![0.0; n];
    for (i, degree) in degree.iter_mut().enumerate() {
        *degree = (0..n).map(|j| link(i, j)).sum();
    }
    let whole: f64 = degree.iter().sum();
    let mut group: Vec<usize> = (0..n).collect();
    let mut total = degree.clone();
    for sweep in 0..MOST_SWEEPS {
        let mut moved = false;
        let mut to = vec![0.0; n];
        for i in 0..n {
            checkpoint.reached(sweep, MOST_SWEEPS)?;
            to.fill(0.0);
            for j in (0..n).filter(|j| *j != i) {
                to[group[j]] += link(i, j);
            }
            let own = group[i];
            total[own] -= degree[i];
            let gain = |g: usize| to[g] - degree[i] * total[g] / whole;
            let mut best = (own, gain(own));
            for (g, links) in to.iter().enumerate() {
                // What is equal but for rounding is no better.
                if *links > 0.0 && gain(g) > best.1 + 1e-12 * whole {
                    best = (g, gain(g));
                }
            }
            total[best.0] += degree[i];
            moved |= best.0 != own;
            group[i] = best.0;
        }
        if !moved {
            break;
        }
    }
    let mut number = vec![None; n];
    let mut next = 0;
    let numbered = group.iter().map(|g| {
        *number[*g].get_or_insert_with(|| {
            next += 1;
            next - 1
        })
    });
    Ok(numbered.collect())
}

/// Coupled pairs, and those of them whose places to each other are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Crossing {
    pub coupled: usize,
    pub unsure: usize,
    /// The one of the unsure with the largest correlation of either sign.
    pub strongest: Option<(usize, usize)>,
}

/// Counts the pairs whose correlation is at least [`COUPLED`] and whose error is above [`UNSURE_ANGSTROM`].
#[must_use]
pub fn crossing(correlation: &Matrix, error: &Matrix) -> Crossing {
    let n = correlation.rows().min(error.rows());
    let mut found = Crossing::default();
    let mut most = 0.0;
    for i in 0..n {
        for j in i + NEAR + 1..n {
            let size = correlation[(i, j)].abs();
            if size.is_nan() || size < COUPLED {
                continue;
            }
            found.coupled += 1;
            if both_ways(error, i, j) > UNSURE_ANGSTROM {
                found.unsure += 1;
                if size > most {
                    (most, found.strongest) = (size, Some((i, j)));
                }
            }
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Residues 0–19 and 30–49 lie well to each other, 50–69 to themselves, 20–29 to nobody.
    fn error() -> Matrix {
        let block = |i: usize| match i {
            0..20 | 30..50 => Some(0),
            50..70 => Some(1),
            _ => None,
        };
        Matrix::from_fn(70, 70, |i, j| match (block(i), block(j)) {
            _ if i == j => 0.25,
            (Some(a), Some(b)) if a == b => 1.0 + 0.01 * i as f64,
            _ => 20.0 + 0.1 * j as f64,
        })
    }

    #[test]
    fn blocks_of_low_error_are_domains() {
        let found = domains(&error(), &()).unwrap();
        for (i, domain) in found.iter().enumerate() {
            let expected = match i {
                20..30 => None,
                50..70 => Some(1),
                _ => Some(0),
            };
            assert_eq!(*domain, expected, "{i}");
        }
        assert_eq!(domains(&Matrix::filled(0, 0, 0.0), &()).unwrap(), []);
    }

    #[test]
    fn couplings_across_blocks_are_counted() {
        let correlation = Matrix::from_fn(70, 70, |i, j| match (i.min(j), i.max(j)) {
            (0, 60) => -0.8,
            (1, 60) => 0.5,
            (2, 40) => 0.9,
            (3, 5) => 1.0,
            _ => 0.1,
        });
        let found = crossing(&correlation, &error());
        assert_eq!((found.coupled, found.unsure), (3, 2));
        assert_eq!(found.strongest, Some((0, 60)));
    }
}

//! Dynamic domains: groups of residues that move together.
//!
//! Average-linkage clustering of the residues by 1 − correlation. Every cut of the tree into a few
//! groups is tried; groups too small to be a domain join the nearest large one; the cut with the best
//! mean silhouette is taken, or one domain when none separates well.

use crate::numeric::Matrix;
use crate::progress::{Cancelled, Checkpoint, Part};

/// A domain has at least so many residues.
const SMALLEST: usize = 12;

/// A domain has at least this share of the residues.
const SMALLEST_SHARE: f64 = 0.05;

/// Cuts of the tree that are tried, in groups of any size.
const CUTS: std::ops::RangeInclusive<usize> = 2..=24;

/// A mean silhouette below this is one domain.
const SEPARATED: f64 = 0.15;

/// The domain of each residue, numbered from 0 in the order of the chain; `None` where the residue has
/// no correlation. At most `most` domains.
///
/// # Errors
/// [`Cancelled`].
pub fn domains(
    correlation: &Matrix,
    most: usize,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<Option<usize>>, Cancelled> {
    let residues: Vec<usize> = (0..correlation.rows())
        .filter(|&i| correlation[(i, i)].is_finite())
        .collect();
    let n = residues.len();
    let distance = Matrix::from_fn(n, n, |i, j| 1.0 - correlation[(residues[i], residues[j])]);
    let smallest = SMALLEST.max((SMALLEST_SHARE * n as f64) as usize);
    let merges = average_linkage(distance.clone(), &Part::first_of(checkpoint, 0.5))?;
    let mut best = (SEPARATED, vec![0; n]);
    let rest = Part::rest_of(checkpoint, 0.5);
    for groups in CUTS.filter(|g| *g <= n) {
        rest.reached(groups, *CUTS.end() + 1)?;
        let labels = absorb_small(&cut(&merges, n, groups), &distance, smallest);
        let count = labels.iter().max().map_or(0, |m| m + 1);
        if count < 2 || count > most {
            continue;
        }
        let score = silhouette(&labels, count, &distance);
        if score > best.0 {
            best = (score, labels);
        }
    }
    let mut result = vec![None; correlation.rows()];
    for (&i, label) in residues.iter().zip(in_order(&best.1)) {
        result[i] = Some(label);
    }
    Ok(result)
}

/// Labels numbered as they first appear.
fn in_order(labels: &[usize]) -> Vec<usize> {
    let mut seen: Vec<usize> = Vec::new();
    labels
        .iter()
        .map(|l| {
            seen.iter().position(|s| s == l).unwrap_or_else(|| {
                seen.push(*l);
                seen.len() - 1
            })
        })
        .collect()
}

/// A merge of the groups that hold elements `a` and `b`, at that distance.
struct Merge {
    a: usize,
    b: usize,
    height: f64,
}

/// Nearest-neighbour chains: N² time. Merges in order of height.
fn average_linkage(mut d: Matrix, checkpoint: &dyn Checkpoint) -> Result<Vec<Merge>, Cancelled> {
    let n = d.rows();
    let mut size = vec![1.0; n];
    let mut active: Vec<usize> = (0..n).collect();
    let mut merges = Vec::with_capacity(n.saturating_sub(1));
    let mut chain: Vec<usize> = Vec::new();
    while active.len() > 1 {
        checkpoint.reached(merges.len(), n)?;
        let tip = *chain.last().unwrap_or(&active[0]);
        if chain.is_empty() {
            chain.push(tip);
        }
        let previous = chain.len().checked_sub(2).map(|k| chain[k]);
        let nearest = active
            .iter()
            .copied()
            .filter(|&c| c != tip)
            .min_by(|&x, &y| {
                // A tie goes to the group before, so that the chain ends.
                d[(tip, x)]
                    .total_cmp(&d[(tip, y)])
                    .then_with(|| (Some(y) == previous).cmp(&(Some(x) == previous)))
            })
            .unwrap_or(tip);
        if Some(nearest) != previous {
            chain.push(nearest);
            continue;
        }
        chain.truncate(chain.len() - 2);
        merges.push(Merge {
            a: tip,
            b: nearest,
            height: d[(tip, nearest)],
        });
        let (keep, gone) = (tip.min(nearest), tip.max(nearest));
        active.retain(|&c| c != gone);
        let total = size[keep] + size[gone];
        for &c in active.iter().filter(|&&c| c != keep) {
            let mean = (size[keep] * d[(keep, c)] + size[gone] * d[(gone, c)]) / total;
            d[(keep, c)] = mean;
            d[(c, keep)] = mean;
        }
        size[keep] = total;
    }
    merges.sort_by(|x, y| x.height.total_cmp(&y.height));
    Ok(merges)
}

/// The group of each of `n` elements when the tree is cut into `groups`.
fn cut(merges: &[Merge], n: usize, groups: usize) -> Vec<usize> {
    fn root(parent: &mut [usize], mut i: usize) -> usize {
        while parent[i] != i {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        i
    }
    let mut parent: Vec<usize> = (0..n).collect();
    for merge in &merges[..n - groups] {
        let (a, b) = (root(&mut parent, merge.a), root(&mut parent, merge.b));
        parent[a.max(b)] = a.min(b);
    }
    let roots: Vec<usize> = (0..n).map(|i| root(&mut parent, i)).collect();
    in_order(&roots)
}

fn mean_distance(i: usize, labels: &[usize], count: usize, d: &Matrix) -> Vec<f64> {
    let mut sums = vec![(0.0, 0_usize); count];
    for (j, &label) in labels.iter().enumerate() {
        if j != i {
            sums[label].0 += d[(i, j)];
            sums[label].1 += 1;
        }
    }
    sums.into_iter().map(|(s, n)| s / n as f64).collect()
}

fn absorb_small(labels: &[usize], d: &Matrix, smallest: usize) -> Vec<usize> {
    let count = labels.iter().max().map_or(0, |m| m + 1);
    let mut size = vec![0; count];
    for &l in labels {
        size[l] += 1;
    }
    let large: Vec<usize> = (0..count).filter(|&l| size[l] >= smallest).collect();
    if large.is_empty() {
        return vec![0; labels.len()];
    }
    let nearest = |i: usize| {
        let means = mean_distance(i, labels, count, d);
        large
            .iter()
            .copied()
            .min_by(|&a, &b| means[a].total_cmp(&means[b]))
            .unwrap_or(0)
    };
    let absorbed: Vec<usize> = labels
        .iter()
        .enumerate()
        .map(|(i, &l)| if size[l] >= smallest { l } else { nearest(i) })
        .collect();
    in_order(&absorbed)
}

fn silhouette(labels: &[usize], count: usize, d: &Matrix) -> f64 {
    let one = |i: usize| {
        let means = mean_distance(i, labels, count, d);
        let own = means[labels[i]];
        let other = (0..count)
            .filter(|&l| l != labels[i])
            .map(|l| means[l])
            .fold(f64::INFINITY, f64::min);
        let scale = own.max(other);
        if scale > 0.0 {
            (other - own) / scale
        } else {
            0.0
        }
    };
    (0..labels.len()).map(one).sum::<f64>() / labels.len() as f64
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn domains(correlation: &Matrix, most: usize) -> Vec<Option<usize>> {
        super::domains(correlation, most, &()).unwrap()
    }

    fn blocks(bounds: &[usize], n: usize) -> Matrix {
        let block = |i: usize| bounds.iter().filter(|b| i >= **b).count();
        Matrix::from_fn(n, n, |i, j| {
            if i == j {
                1.0
            } else if block(i) == block(j) {
                0.7
            } else {
                -0.3
            }
        })
    }

    #[test]
    fn blocks_of_correlation_are_domains() {
        let found = domains(&blocks(&[30, 70], 100), 6);
        let expected = |i: usize| usize::from(i >= 30) + usize::from(i >= 70);
        assert!((0..100).all(|i| found[i] == Some(expected(i))));
    }

    #[test]
    fn one_block_is_one_domain_and_small_groups_are_absorbed() {
        assert!(domains(&blocks(&[], 50), 6).iter().all(|d| *d == Some(0)));
        assert!(domains(&blocks(&[46], 50), 6).iter().all(|d| *d == Some(0)));
        assert_eq!(domains(&blocks(&[], 1), 6), [Some(0)]);
        assert!(domains(&Matrix::default(), 6).is_empty());
    }

    #[test]
    fn residues_without_correlation_have_no_domain() {
        let mut correlation = blocks(&[30], 60);
        for k in 0..60 {
            correlation[(5, k)] = f64::NAN;
            correlation[(k, 5)] = f64::NAN;
        }
        let found = domains(&correlation, 6);
        assert_eq!((found[4], found[5], found[40]), (Some(0), None, Some(1)));
    }
}

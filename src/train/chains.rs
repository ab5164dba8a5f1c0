//! Batches of chains for the residue network: which chains go together, noise, hidden types.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use anyhow::Context;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::dataset::dynamics::{BackboneAtoms, Collection};
use crate::models::residue::batch::{Arrays, Packing};
use crate::models::residue::graph::{Backbone, ResidueGraph, UNKNOWN, code};
use crate::numeric::Vec3;
use crate::protein::AminoAcid;

/// Chains with fewer complete residues are left out.
const FEWEST: usize = 25;

/// The graphs of the chains of one split, without those named in `excluded`.
///
/// # Errors
/// Those of the data files.
pub fn read_graphs(
    data: &Path,
    sets: &[&str],
    split: &str,
    excluded: &HashSet<String>,
    neighbours: usize,
) -> anyhow::Result<Vec<ResidueGraph>> {
    let mut graphs = Vec::new();
    for set in sets {
        let collection = Collection::open(data, set, split)
            .with_context(|| format!("the chains of {set}, {split}"))?;
        let backbones = collection.backbones()?;
        let chains = backbones.par_iter().zip(&collection.rows);
        graphs.par_extend(
            chains
                .filter(|(_, row)| !excluded.contains(&row.id))
                .map(|(atoms, row)| {
                    ResidueGraph::new(&complete(atoms), &codes(&row.sequence), neighbours)
                })
                .filter(|graph| graph.len() >= FEWEST),
        );
    }
    Ok(graphs)
}

/// The backbones whose four atoms are all there.
#[must_use]
pub fn complete(atoms: &[BackboneAtoms]) -> Vec<Option<Backbone>> {
    let at = |a: [f32; 3]| Vec3::new(f64::from(a[0]), f64::from(a[1]), f64::from(a[2]));
    atoms
        .iter()
        .map(|r| r.iter().flatten().all(|x| x.is_finite()).then(|| r.map(at)))
        .collect()
}

/// The residue types of a sequence.
#[must_use]
pub fn codes(sequence: &str) -> Vec<u8> {
    sequence
        .chars()
        .map(|c| code(AminoAcid::from_letter(c)))
        .collect()
}

/// A generator of its own for each purpose and step.
#[must_use]
pub fn generator(seed: u64, purpose: u64, step: usize) -> ChaCha8Rng {
    let mixed = seed
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(purpose.wrapping_mul(0xBF58_476D_1CE4_E5B9))
        .wrapping_add(step as u64);
    ChaCha8Rng::seed_from_u64(mixed)
}

/// How chains are put together.
#[derive(Debug, Clone, Copy)]
pub struct Batching {
    /// Residues in a batch, pads included; a longer chain is a batch of its own.
    pub residues: usize,
    /// Whether chains of similar length are padded to the same (for CUDA), else joined.
    pub padded: bool,
}

/// Chains are padded to a multiple of this.
const LENGTH_STEP: usize = 32;

/// Share of the size by which a batch may be too large.
const EXCESS: f64 = 0.15;

/// The chains of each of `steps` batches. Where chains are padded, those of a batch have the same
/// padded length.
#[must_use]
pub fn plan(lengths: &[usize], batching: Batching, seed: u64, steps: usize) -> Vec<Vec<usize>> {
    let most = (batching.residues as f64 * (1.0 + EXCESS)) as usize;
    // Of each class: rows so far, and chains.
    let mut open: BTreeMap<usize, (usize, Vec<usize>)> = BTreeMap::new();
    let mut batches: Vec<Vec<usize>> = Vec::with_capacity(steps);
    let mut epoch = 0;
    while batches.len() < steps && !lengths.is_empty() {
        let mut order: Vec<usize> = (0..lengths.len()).collect();
        order.shuffle(&mut generator(seed, 1, epoch));
        for chain in order {
            let (class, rows) = if batching.padded {
                let padded = lengths[chain].next_multiple_of(LENGTH_STEP);
                (padded, padded)
            } else {
                (0, lengths[chain])
            };
            let batch = open.entry(class).or_default();
            if batch.0 > 0 && batch.0 + rows > most {
                batches.push(std::mem::take(batch).1);
            }
            batch.0 += rows;
            batch.1.push(chain);
            if batch.0 >= batching.residues {
                batches.push(std::mem::take(batch).1);
            }
        }
        epoch += 1;
    }
    batches.truncate(steps);
    batches
}

/// The arrays of one batch with noisy coordinates, and the types that the neighbours see.
#[must_use]
pub fn noisy_batch(
    graphs: &[ResidueGraph],
    chosen: &[usize],
    batching: Batching,
    noise: f64,
    generator: &mut ChaCha8Rng,
) -> (Arrays, Vec<u8>) {
    let chosen: Vec<&ResidueGraph> = chosen.iter().map(|&c| &graphs[c]).collect();
    let shaken: Vec<Vec<Backbone>> = chosen
        .iter()
        .map(|g| shake(&g.backbone, noise, generator))
        .collect();
    let packing = if batching.padded {
        let longest = chosen.iter().map(|g| g.len()).max().unwrap_or(0);
        Packing::Padded(longest.next_multiple_of(LENGTH_STEP))
    } else {
        Packing::Joined
    };
    let pairs: Vec<_> = chosen
        .iter()
        .zip(&shaken)
        .map(|(&g, x)| (g, x.as_slice()))
        .collect();
    let arrays = Arrays::new(&pairs, packing);
    let mut seen = arrays.residue.clone();
    for (start, graph) in arrays.starts.iter().zip(&chosen) {
        hide(&mut seen[*start..start + graph.len()], generator);
    }
    (arrays, seen)
}

/// Coordinates with normal noise of that many Å on each.
#[must_use]
pub fn shake(backbone: &[Backbone], noise: f64, generator: &mut ChaCha8Rng) -> Vec<Backbone> {
    let mut draw = || -> f64 {
        let z: f64 = StandardNormal.sample(generator);
        noise * z
    };
    backbone
        .iter()
        .map(|atoms| atoms.map(|a| a + Vec3::new(draw(), draw(), draw())))
        .collect()
}

/// Half of the chains lose up to 30 % of their types, 35 % any share, 15 % all.
fn hide(seen: &mut [u8], generator: &mut ChaCha8Rng) {
    let kind: f64 = generator.random();
    let share = if kind < 0.5 {
        0.3 * generator.random::<f64>()
    } else if kind < 0.85 {
        generator.random::<f64>()
    } else {
        1.0
    };
    for residue in seen {
        if generator.random::<f64>() < share {
            *residue = UNKNOWN;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_chain_is_seen_as_often_as_any_other_and_batches_are_full() {
        let lengths: Vec<usize> = (0..2000).map(|i| 30 + (i * 37) % 700).collect();
        for padded in [false, true] {
            let batching = Batching {
                residues: 2000,
                padded,
            };
            let batches = plan(&lengths, batching, 3, 3000);
            assert_eq!(batches.len(), 3000);
            assert_eq!(batches, plan(&lengths, batching, 3, 3000));
            let mut seen = vec![0usize; lengths.len()];
            batches.iter().flatten().for_each(|&c| seen[c] += 1);
            let (least, most) = (seen.iter().min().unwrap(), seen.iter().max().unwrap());
            assert!(most - least <= 3, "{least} {most}");
        }
    }

    #[test]
    fn no_batch_is_much_too_large_but_that_of_one_long_chain() {
        let lengths: Vec<usize> = (0..2000).map(|i| 30 + (i * 37) % 3000).collect();
        for padded in [false, true] {
            let batching = Batching {
                residues: 2000,
                padded,
            };
            let batches = plan(&lengths, batching, 3, 3000);
            let rows = |batch: &Vec<usize>| batch.iter().map(|&c| lengths[c]).sum::<usize>();
            let fits = |batch: &Vec<usize>| batch.len() == 1 || rows(batch) <= 2300;
            assert!(batches.iter().all(fits));
            assert!(batches.iter().any(|batch| rows(batch) > 2300));
        }
    }
}

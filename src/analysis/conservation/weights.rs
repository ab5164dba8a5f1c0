//! How much each sequence of an alignment counts: one over the number of sequences that are like it.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use crate::progress::{Cancelled, Checkpoint};

/// Columns that are compared at once.
const CHUNK: usize = 64;

/// Pairs that a thread compares between two looks at the checkpoint.
const PAIRS: usize = 500_000;

/// The weight of each row: 1 / the number of rows, itself among them, that have the same state as it in more
/// than `identity` of the columns, a number that is rounded down.
///
/// # Errors
/// [`Cancelled`].
pub fn weights(
    rows: &[&[u8]],
    identity: f64,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<f64>, Cancelled> {
    let width = rows.first().map_or(0, |row| row.len());
    let most_of_others = (width as f64 * identity) as u32;
    // More columns than that differ in no pair of one cluster.
    let Some(tolerated) = (width as u32).checked_sub(most_of_others + 1) else {
        return Ok(vec![1.0; rows.len()]);
    };
    // What is added to the rows is the same in all of them.
    let padded: Vec<[u8; CHUNK]> = rows.iter().flat_map(|row| chunks(row)).collect();
    let chunks = width.div_ceil(CHUNK);
    let row = |i: usize| &padded[i * chunks..(i + 1) * chunks];
    let others: Vec<AtomicU32> = rows.iter().map(|_| AtomicU32::new(0)).collect();
    let compare = |i: usize| {
        for j in i + 1..rows.len() {
            if differ_at_most(row(i), row(j), tolerated) {
                others[i].fetch_add(1, Ordering::Relaxed);
                others[j].fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let at_once = rayon::current_num_threads() * (PAIRS / rows.len().max(1)).max(1);
    for start in (0..rows.len()).step_by(at_once) {
        checkpoint.reached(start, rows.len())?;
        let end = rows.len().min(start + at_once);
        (start..end).into_par_iter().for_each(compare);
    }
    let count = |others: AtomicU32| f64::from(1 + others.into_inner());
    Ok(others.into_iter().map(|n| 1.0 / count(n)).collect())
}

fn chunks(row: &[u8]) -> impl Iterator<Item = [u8; CHUNK]> + '_ {
    row.chunks(CHUNK).map(|part| {
        let mut chunk = [0; CHUNK];
        chunk[..part.len()].copy_from_slice(part);
        chunk
    })
}

/// Whether two rows differ in no more columns than that; most pairs end after a few chunks.
fn differ_at_most(a: &[[u8; CHUNK]], b: &[[u8; CHUNK]], tolerated: u32) -> bool {
    let mut different = 0;
    for (a, b) in a.iter().zip(b) {
        // In bytes, so that many columns are compared by one instruction.
        let here = a.iter().zip(b).fold(0_u8, |n, (x, y)| n + u8::from(x != y));
        different += u32::from(here);
        if different > tolerated {
            return false;
        }
    }
    true
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _};

    /// The definition, column by column.
    fn plainly(rows: &[&[u8]], identity: f64) -> Vec<f64> {
        let least = (identity * rows[0].len() as f64) as usize;
        let like = |a: &[u8], b: &[u8]| a.iter().zip(b).filter(|(x, y)| x == y).count() > least;
        let count = |a: &&[u8]| rows.iter().filter(|b| like(a, b)).count();
        rows.iter().map(|row| 1.0 / count(row) as f64).collect()
    }

    #[test]
    fn weights_are_those_of_the_definition() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        for width in [1, 5, 63, 64, 65, 150] {
            let seeds: Vec<Vec<u8>> = (0..4)
                .map(|_| (0..width).map(|_| random.random_range(0..21)).collect())
                .collect();
            let rows: Vec<Vec<u8>> = (0..60)
                .map(|i| {
                    let mut row = seeds[i % 4].clone();
                    for _ in 0..random.random_range(0..=width / 4) {
                        row[random.random_range(0..width)] = random.random_range(0..21);
                    }
                    row
                })
                .collect();
            let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
            for identity in [0.8, 0.35, 0.99] {
                let found = weights(&rows, identity, &()).unwrap();
                assert_eq!(found, plainly(&rows, identity), "{width} {identity}");
            }
        }
        assert!(weights(&[], 0.8, &()).unwrap().is_empty());
    }

    #[test]
    fn weighting_can_be_stopped() {
        struct Stop;
        impl Checkpoint for Stop {
            fn reached(&self, _done: usize, _total: usize) -> Result<(), Cancelled> {
                Err(Cancelled)
            }
        }
        assert_eq!(weights(&[&[1, 2]], 0.8, &Stop), Err(Cancelled));
    }
}

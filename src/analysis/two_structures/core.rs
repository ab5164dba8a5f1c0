//! The part of two conformations that is the same in both: they are laid over each other by it.

use crate::numeric::{Superposition, Vec3};
use crate::progress::{Cancelled, Checkpoint};

/// Å: pairs that are so near once superposed belong to the core.
pub const CORE_ANGSTROM: f64 = 2.0;

/// Rounds of superposing and choosing anew.
const ROUNDS: usize = 60;

/// The superposition on the core, and which pairs are in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Core {
    pub superposition: Superposition,
    pub is_core: Vec<bool>,
}

/// Superposes on all pairs, then again and again on the nearer half until that stays the same, then on all
/// pairs within [`CORE_ANGSTROM`]. At least half of the pairs are in the core.
///
/// # Errors
/// [`Cancelled`].
pub fn rigid_core(
    moving: &[Vec3],
    target: &[Vec3],
    checkpoint: &dyn Checkpoint,
) -> Result<Core, Cancelled> {
    let half = moving.len().div_ceil(2).max(3);
    let fit = |is_core: &[bool]| {
        let weights: Vec<f64> = is_core.iter().map(|c| f64::from(u8::from(*c))).collect();
        Superposition::new(moving, target, &weights)
    };
    let distances = |by: &Superposition| -> Vec<f64> {
        let pairs = moving.iter().zip(target);
        pairs.map(|(p, q)| (by.moved(*p) - q).norm()).collect()
    };
    let mut is_core = vec![true; moving.len()];
    for limit in [0.0, CORE_ANGSTROM] {
        for round in 0..ROUNDS {
            checkpoint.reached(round, ROUNDS)?;
            let next = within(&distances(&fit(&is_core)), limit, half);
            if next == is_core {
                break;
            }
            is_core = next;
        }
    }
    Ok(Core {
        superposition: fit(&is_core),
        is_core,
    })
}

/// The pairs within a limit, but at least so many of the nearest.
fn within(distances: &[f64], limit: f64, fewest: usize) -> Vec<bool> {
    let mut sorted = distances.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.get(fewest.saturating_sub(1)).copied();
    let limit = limit.max(last.unwrap_or(f64::INFINITY));
    distances.iter().map(|d| *d <= limit).collect()
}

//! Motions that cost nothing, found by the inverse of a stiffness that was raised a little.

use faer::{Mat, Scale};

use super::lanczos::{SymmetricMap, Wanted, leading};
use crate::progress::{Cancelled, Checkpoint};

/// Free motions that are told apart at most.
const MOST_FREE: usize = 16;

/// Products after which a motion that still costs something is none that is free.
const MOST_POLISHES: usize = 12;

/// Part of the largest eigenvalue that counts as zero up to which a force is rounding.
const FREE: f64 = 1e-5;

/// The motions that cost no more than the eigenvalue `zero`, orthonormal, by the `inverse` of the
/// stiffness with `shift` on its diagonal. `None` where there are none or too many, or where one costs
/// something all the same.
///
/// # Errors
/// [`Cancelled`].
pub fn free_motions(
    inverse: &dyn SymmetricMap,
    shift: f64,
    zero: f64,
    checkpoint: &dyn Checkpoint,
) -> Result<Option<Vec<Vec<f64>>>, Cancelled> {
    let wanted = Wanted {
        count: MOST_FREE,
        spare: 20,
        settled: 1e-4,
    };
    let n = inverse.dimension();
    if !wanted.fits(n) {
        return Ok(None);
    }
    let mut found = leading(inverse, wanted, checkpoint)?;
    found.retain(|p| p.value.recip() - shift <= zero);
    if found.is_empty() || found.len() == MOST_FREE {
        return Ok(None);
    }
    let mut block = Mat::from_fn(n, found.len(), |i, k| found[k].vector[i]);
    for polish in 0..MOST_POLISHES {
        checkpoint.reached(polish, MOST_POLISHES)?;
        let moved = inverse.apply(block.as_ref());
        // With w the inverse of v, the force that w costs is v less what the shift adds.
        let force = &block - Scale(shift) * &moved;
        let costs =
            (0..found.len()).any(|k| force.col(k).norm_l2() > FREE * zero * moved.col(k).norm_l2());
        block = moved.qr().compute_thin_Q();
        if !costs {
            let columns = block.col_iter();
            return Ok(Some(columns.map(|c| c.iter().copied().collect()).collect()));
        }
    }
    Ok(None)
}

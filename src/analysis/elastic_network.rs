//! GNM, ANM and the parameter-free network: springs between Cα atoms.
//!
//! A network is solved, not diagonalised: with P the projector on the motions that cost nothing (rigid
//! motions, known in closed form), the pseudo-inverse of the stiffness is (H + P)⁻¹ − P, by Cholesky.
//! Further free motions are found by iteration, or leave it to the eigen-decomposition; a network of more than 2 000
//! atoms is cut to its lowest modes.

mod neighbours;
mod network;
mod solve;
mod source;

use super::gaussian::Source;

pub use neighbours::{Followers, followers};
pub use network::{FARTHEST_ANGSTROM, Network, Spring};
pub use solve::{MODES_OF_LARGE_NETWORKS, Solved, solve_anm, solve_gnm};
pub(crate) use solve::{feature_anm, feature_gnm, halved_feature_anm};

/// Å up to which two Cα atoms touch in the Gaussian network model.
pub const GNM_CUTOFF_ANGSTROM: f64 = 10.0;

/// Å up to which two Cα atoms touch in the anisotropic network model.
pub const ANM_CUTOFF_ANGSTROM: f64 = 15.0;

/// The distance beyond which a source has no springs; the others' springs grow weaker without end.
#[must_use]
pub fn cutoff_angstrom(source: Source) -> Option<f64> {
    match source {
        Source::Gnm => Some(GNM_CUTOFF_ANGSTROM),
        Source::Anm => Some(ANM_CUTOFF_ANGSTROM),
        Source::ParameterFree | Source::Learned(_) | Source::DynaProt | Source::SimulationRun => {
            None
        }
    }
}

/// The springs of a source that is a network.
fn spring(source: Source) -> Option<Spring> {
    match source {
        Source::Gnm => Some(Spring::Cutoff(GNM_CUTOFF_ANGSTROM)),
        Source::Anm => Some(Spring::Cutoff(ANM_CUTOFF_ANGSTROM)),
        Source::ParameterFree => Some(Spring::Power(PARAMETER_FREE_POWER)),
        Source::Learned(_) | Source::DynaProt | Source::SimulationRun => None,
    }
}

/// The power of the parameter-free network.
pub const PARAMETER_FREE_POWER: u32 = 8;

pub use source::{PARAMETER_FREE_ANCHOR, gaussian};

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
pub(crate) mod tests;

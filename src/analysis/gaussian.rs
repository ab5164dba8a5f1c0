//! The Gaussian dynamics of a protein: one result type, whoever made it.

mod assemble;
mod measured;
mod scale;

pub(super) use assemble::pair_maps;
pub use assemble::{from_marginals, independent, joined_plainly};
pub use measured::from_covariance;
pub use scale::{B_A_SQUARE_FLUCTUATION, b_factors, calibrate, typical_mean_rmsf_angstrom};

use std::sync::Arc;

use super::coupling::Joint;
use crate::numeric::{Covariance3, Frame, Matrix, Profile};

/// What predicts the dynamics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The shipped motion network with the whitened parameter-free network as joint.
    Learned(Environment),
    /// DynaProt as published, with shipped weights or the user's.
    DynaProt,
    /// The parameter-free network: springs 1/d⁸, no cut-off. Id `pfanm`.
    ParameterFree,
    /// The anisotropic network model, 15 Å. Id `anm`.
    Anm,
    /// The Gaussian network model, 10 Å. Id `gnm`.
    Gnm,
    /// The frames of a simulation of one's own. Id `simulation-run`.
    SimulationRun,
}

/// Where the molecule is thought to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Environment {
    /// As in an NMR ensemble.
    Solution,
    /// As in a crystal: what is compared with B-factors and ANISOU.
    Crystal,
    /// As in molecular dynamics, 300 K, 100 ns: the default.
    #[default]
    Simulation,
}

impl Source {
    /// Every source, the default first.
    pub const ALL: [Self; 8] = [
        Self::Learned(Environment::Simulation),
        Self::Learned(Environment::Solution),
        Self::Learned(Environment::Crystal),
        Self::DynaProt,
        Self::ParameterFree,
        Self::Anm,
        Self::Gnm,
        Self::SimulationRun,
    ];

    /// The name in options and files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Learned(_) => "learned",
            Self::DynaProt => "dynaprot",
            Self::ParameterFree => "pfanm",
            Self::Anm => "anm",
            Self::Gnm => "gnm",
            Self::SimulationRun => "simulation-run",
        }
    }

    /// The source of that [`Self::id`], the learned one in its default environment.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.id() == id)
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Learned(_) => "The shipped motion network",
            Self::DynaProt => "DynaProt",
            Self::ParameterFree => "Parameter-free elastic network",
            Self::Anm => "Anisotropic network model, 15 Å",
            Self::Gnm => "Gaussian network model, 10 Å",
            Self::SimulationRun => "The frames of --trajectory",
        }
    }
}

impl Environment {
    /// Every environment.
    pub const ALL: [Self; 3] = [Self::Solution, Self::Crystal, Self::Simulation];

    /// The name in options and files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Solution => "solution",
            Self::Crystal => "crystal",
            Self::Simulation => "simulation",
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Solution => "As in an NMR ensemble",
            Self::Crystal => "As in a crystal: what B-factors show",
            Self::Simulation => "As in molecular dynamics: 300 K, 100 ns",
        }
    }
}

/// How the amplitude in Å was set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// The network's own, in Å.
    Model,
    /// Fitted to the experimental B-factors of this protein: B = (8π²/3)⟨u²⟩.
    BFactors {
        /// Å² a unit of the source's own covariance.
        factor: f64,
    },
    /// No experimental B-factors: set to the mean RMSF that is typical of the size and the packing in
    /// molecular dynamics.
    Typical {
        /// Å² a unit of the source's own covariance.
        factor: f64,
    },
}

/// The Gaussian dynamics of the N residues of a protein.
#[derive(Debug, Clone)]
pub struct GaussianDynamics {
    /// Who made it.
    pub source: Source,
    /// How the amplitude was set.
    pub scale: Scale,
    /// N covariances in the world frame, Å²; `None` where the source could say nothing (no Cα, or no
    /// frame for a source that needs one).
    pub marginals: Vec<Option<Covariance3>>,
    /// N local frames.
    pub frames: Vec<Option<Frame>>,
    /// (N, N) as the source gives it, Å²; for three-dimensional sources C_ij = tr Σ_ij / 3.
    pub coupling: Matrix,
    /// (N, N) from −1 to 1, NaN where either residue has no marginal: C_ij / sqrt(C_ii C_jj), which is the
    /// dynamic cross-correlation ⟨Δr_i·Δr_j⟩ / sqrt(⟨Δr_i²⟩⟨Δr_j²⟩) of simulations (DCCM).
    pub correlation: Matrix,
    /// (N, N) from 0 to 1, NaN as there: the generalised correlation by linear mutual information, which
    /// also sees motions at right angles to each other.
    pub mutual_information: Matrix,
    /// The Gaussian of the whole chain: Σ_ij = S_i W_ij S_j.
    pub joint: Arc<Joint>,
}

impl GaussianDynamics {
    /// Number of residues.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a protein is never empty")]
    pub fn len(&self) -> usize {
        self.marginals.len()
    }

    /// RMSF_i = sqrt(tr Σ_i) in Å, NaN where there is no marginal.
    #[must_use]
    pub fn rmsf_angstrom(&self) -> Profile {
        self.marginals
            .iter()
            .map(|m| m.map_or(f64::NAN, |m| m.trace().max(0.0).sqrt()))
            .collect()
    }

    /// N covariances in the local frames, Å²; `None` without a marginal or a frame.
    #[must_use]
    pub fn local_marginals(&self) -> Vec<Option<Covariance3>> {
        self.marginals
            .iter()
            .zip(&self.frames)
            .map(|(m, f)| Some(f.as_ref()?.to_local(m.as_ref()?)))
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

//! What an answer is for.

use crate::analysis::ScanMethod;

/// The place that an answer fills. A newer question of a slot supersedes the older one, queued or
/// running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// The dynamics on screen.
    Dynamics,
    /// The mutation map of a method.
    Scan(ScanMethod),
    /// The dynamics of a second source, beside the first.
    Overlay,
    /// The ensemble.
    Ensemble,
    /// Modes and responses of the dynamics on screen.
    Collective,
    /// Conservation by the user's alignment.
    Conservation,
    /// The predicted aligned error of the model.
    Pae,
    /// Predicted dynamics of mutants.
    WhatIf,
    /// Scores of given variants by a method.
    Score(ScanMethod),
    /// Published weights.
    Fetch,
}

impl Slot {
    /// Slots of a lower rank overtake those of a higher one.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Self::Dynamics
            | Self::Overlay
            | Self::Ensemble
            | Self::Collective
            | Self::Conservation
            | Self::Pae
            | Self::WhatIf => 0,
            Self::Score(_) | Self::Scan(ScanMethod::Stability | ScanMethod::Structure) => 1,
            Self::Scan(
                ScanMethod::Combined
                | ScanMethod::Lor
                | ScanMethod::RsaLor
                | ScanMethod::WildTypeMarginals,
            ) => 2,
            Self::Fetch
            | Self::Scan(
                ScanMethod::MaskedMarginals | ScanMethod::EsmDance | ScanMethod::SeqDance,
            ) => 3,
        }
    }
}

//! Why a request could not be answered.

use super::trajectory::TrajectoryError;
use crate::analysis::AnalysisError;
use crate::models::error::ModelError;
use crate::protein::NoCoordinates;

/// Everything that can go wrong between a request and its report.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Whoever asked does not want the answer any more.
    #[error("cancelled")]
    Cancelled,
    /// Weights that are not on this machine, or something this build cannot do.
    #[error("{what} is not installed; {how}")]
    Unavailable {
        /// The source, method or model.
        what: String,
        /// How to get it.
        how: String,
    },
    /// The request and its input do not go together.
    #[error("{0}")]
    Unsupported(String),
    /// The request is about coordinates, and there are none.
    #[error(transparent)]
    NoCoordinates(#[from] NoCoordinates),
    /// The alignment cannot be read, or is of another protein.
    #[error(transparent)]
    Alignment(#[from] crate::protein::msa::MsaError),
    /// The predicted aligned error cannot be read, or is of another model.
    #[error(transparent)]
    Pae(#[from] crate::protein::pae::PaeError),
    /// A network could not be loaded or run.
    #[error("{0}")]
    Model(ModelError),
    /// Weights are missing, broken, or could not be brought here.
    #[error("{0}")]
    Store(super::store::StoreError),
    /// The frames of a simulation could not be read.
    #[error("{0}")]
    Trajectory(TrajectoryError),
    /// The science found no answer.
    #[error("{0}")]
    Analysis(AnalysisError),
}

impl From<AnalysisError> for EngineError {
    fn from(error: AnalysisError) -> Self {
        match error {
            AnalysisError::Cancelled(_) => Self::Cancelled,
            other => Self::Analysis(other),
        }
    }
}

impl From<TrajectoryError> for EngineError {
    fn from(error: TrajectoryError) -> Self {
        match error {
            TrajectoryError::Cancelled(_) => Self::Cancelled,
            other => Self::Trajectory(other),
        }
    }
}

impl From<ModelError> for EngineError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled(_) => Self::Cancelled,
            other => Self::Model(other),
        }
    }
}

//! Modes and perturbation responses of dynamics that are there already.

use std::time::Instant;

use super::report::CollectiveReport;
use super::request::CollectiveRequest;
use super::{EngineError, Observer};
use crate::analysis::{AnalysisError, flexibility, perturbation};

/// Answers the request. Residues that move independently have responses but no modes.
pub(super) fn run(
    request: &CollectiveRequest,
    observer: &dyn Observer,
) -> Result<CollectiveReport, EngineError> {
    let begun = Instant::now();
    observer.phase("responses");
    let responses = perturbation::scan(&request.dynamics, observer)?;
    observer.phase("modes");
    let mut warnings = Vec::new();
    let modes = match flexibility::principal_components(&request.dynamics, request.modes, observer)
    {
        Ok(modes) => modes,
        Err(AnalysisError::TooLittle(why)) => {
            warnings.push(why.to_owned());
            Vec::new()
        }
        Err(other) => return Err(other.into()),
    };
    let mut provenance = request.provenance.clone();
    provenance.elapsed = begun.elapsed();
    Ok(CollectiveReport {
        source: request.dynamics.source,
        modes,
        responses,
        provenance,
        warnings,
    })
}

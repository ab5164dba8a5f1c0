//! Modes and perturbation responses of dynamics that are there already.

use std::time::Instant;

use super::{Ask, Engine, EngineError, Observer};
use crate::analysis::{AnalysisError, flexibility, perturbation};
use crate::study::{CollectiveReport, CollectiveRequest};

impl Ask for CollectiveRequest {
    /// Residues that move independently have responses but no modes.
    fn answer(
        &self,
        _: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<CollectiveReport, EngineError> {
        let begun = Instant::now();
        observer.phase("responses");
        let responses = perturbation::scan(&self.dynamics, observer)?;
        observer.phase("modes");
        let mut warnings = Vec::new();
        let modes = match flexibility::principal_components(&self.dynamics, self.modes, observer) {
            Ok(modes) => modes,
            Err(AnalysisError::TooLittle(why)) => {
                warnings.push(why.to_owned());
                Vec::new()
            }
            Err(other) => return Err(other.into()),
        };
        let mut provenance = self.provenance.clone();
        provenance.elapsed = begun.elapsed();
        Ok(CollectiveReport {
            source: self.dynamics.source,
            modes,
            responses,
            provenance,
            warnings,
        })
    }
}

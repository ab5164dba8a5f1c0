//! Two structures beside each other: the dynamics of both by one source, and what differs.

use std::mem::discriminant;
use std::sync::Arc;

use super::dynamics::best_source;
use super::{Ask, Engine, EngineError, Observer};
use crate::analysis::flexibility::{ModeShape, principal_components};
use crate::analysis::parts::parts;
use crate::analysis::triage::burial_neighbours;
use crate::analysis::two_structures::{Displacement, PairedBy, overlap};
use crate::analysis::{AnalysisError, GaussianDynamics, Source};
use crate::numeric::Vec3;
use crate::protein::Protein;
use crate::study::{DynamicsReport, DynamicsRequest, TwoStructuresReport, TwoStructuresRequest};

/// Modes of each that are laid beside the way to the other.
const MODES: usize = 20;

/// Below this share of equal residues two proteins may be unrelated.
const RELATED: f64 = 0.3;

impl Ask for TwoStructuresRequest {
    fn answer(
        &self,
        engine: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<TwoStructuresReport, EngineError> {
        for request in [&self.first, &self.second] {
            request
                .protein
                .require_coordinates("a comparison of structures")?;
        }
        observer.phase("superposition");
        let (ours, theirs) = (&self.first.protein, &self.second.protein);
        let displacement = Displacement::new(ours, theirs, observer)?;
        let source = self.first.source.unwrap_or_else(|| of_both(ours, theirs));
        let mut ask = |request: &DynamicsRequest| {
            let source = Some(source);
            let asked = DynamicsRequest {
                source,
                ..request.clone()
            };
            engine.ask(&asked, observer)
        };
        let first = Arc::new(ask(&self.first)?);
        let second = Arc::new(ask(&self.second)?);
        observer.phase("modes");
        let ways = [&displacement.deformation, &displacement.deformation_back];
        let overlaps = [
            overlaps(&first.dynamics, ways[0], observer)?,
            overlaps(&second.dynamics, ways[1], observer)?,
        ];
        let burial = [ours, theirs].map(|protein| burial_neighbours(protein));
        let maps = [&first, &second].map(|report| &report.dynamics.correlation);
        Ok(TwoStructuresReport {
            rmsf_change_angstrom: displacement.change(&first.rmsf_angstrom, &second.rmsf_angstrom),
            burial_change: displacement.change(&burial[0], &burial[1]),
            correlation_change: displacement.change_of_map(maps[0], maps[1]),
            hinges: displacement.hinges(&first.hinges),
            warnings: warnings(&first, &second, &displacement),
            overlaps,
            displacement,
            first,
            second,
        })
    }
}

/// The best source that both allow.
fn of_both(first: &Protein, second: &Protein) -> Source {
    let [a, b] = [first, second].map(|protein| best_source(protein, &parts(protein)));
    if a == b { a } else { Source::ParameterFree }
}

/// Empty where the source has no collective motion or no directions.
fn overlaps(
    dynamics: &GaussianDynamics,
    way: &[Option<Vec3>],
    observer: &dyn Observer,
) -> Result<Vec<f64>, EngineError> {
    let modes = match principal_components(dynamics, MODES, observer) {
        Ok(modes) => modes,
        Err(AnalysisError::TooLittle(_)) => Vec::new(),
        Err(other) => return Err(other.into()),
    };
    let has_directions = |mode: &&ModeShape| mode.displacement.iter().any(Option::is_some);
    let directed = modes.iter().filter(has_directions);
    Ok(directed.map(|mode| overlap(mode, way)).collect())
}

fn warnings(
    first: &DynamicsReport,
    second: &DynamicsReport,
    displacement: &Displacement,
) -> Vec<String> {
    let mut warnings: Vec<String> = [first, second]
        .into_iter()
        .flat_map(|r| {
            r.warnings
                .iter()
                .map(|w| format!("{}: {w}", r.protein.name))
        })
        .collect();
    let pairs = displacement.pairs();
    let identity = displacement.pairing.identical as f64 / pairs.max(1) as f64;
    if displacement.pairing.by == PairedBy::Sequence && identity < RELATED {
        warnings.push(format!(
            "{:.0} % of the aligned residues are equal: the pairs may be by chance",
            100.0 * identity
        ));
    }
    let left = first.protein.len() - pairs;
    if left > 0 {
        warnings.push(format!(
            "{left} of {} residues of {} have no partner with a Cα in {}",
            first.protein.len(),
            first.protein.name,
            second.protein.name
        ));
    }
    let scales = [first, second].map(|r| discriminant(&r.dynamics.scale));
    if scales[0] != scales[1] {
        let of = |r: &DynamicsReport| {
            r.provenance
                .setting(crate::study::ANGSTROM)
                .map(str::to_owned)
        };
        let [a, b] = [first, second].map(|r| of(r).unwrap_or_default());
        warnings.push(format!(
            "the Å of the two are on different levels ({a}; {b}): compare the shapes of their RMSF, not \
             its size"
        ));
    }
    warnings
}

//! How a protein moves: who predicts it, and everything that follows from the Gaussian.

use std::sync::Arc;
use std::time::Instant;

use super::comparisons;
use super::report::{DynamicsReport, Provenance, SampleReport};
use super::request::{DynamicsRequest, SampleRequest};
use super::{Engine, EngineError, Observer};
use crate::analysis::{GaussianDynamics, Source, elastic_network, ensemble, flexibility};
use crate::structure::{Protein, secondary};

/// More dynamic domains than this are not told apart.
const MOST_DOMAINS: usize = 8;

/// A Gaussian and who made it.
struct Predicted {
    dynamics: GaussianDynamics,
    model: String,
    weights_hash: String,
    device: String,
    dtype: String,
    warnings: Vec<String>,
}

pub(super) fn run(
    engine: &mut Engine,
    request: &DynamicsRequest,
    observer: &dyn Observer,
) -> Result<DynamicsReport, EngineError> {
    let begun = Instant::now();
    let protein = &request.protein;
    let source = request
        .source
        .unwrap_or_else(|| best_source(engine, protein));
    let predicted = predict(engine, request, source, observer)?;
    let dynamics = predicted.dynamics;
    let rmsf_angstrom = dynamics.rmsf_angstrom();
    let mut warnings = predicted.warnings;
    warnings.extend(unknown(&rmsf_angstrom));
    Ok(DynamicsReport {
        secondary_structure: secondary::assign(protein),
        anisotropy: flexibility::anisotropies(&dynamics),
        principal_axes: dynamics
            .marginals
            .iter()
            .map(|m| m.as_ref().map(|m| flexibility::principal_axis(m).0))
            .collect(),
        b_factor: b_column(protein),
        comparisons: comparisons::of(request, &rmsf_angstrom),
        hinges: flexibility::hinges(&dynamics, observer)?,
        domains: flexibility::domains(&dynamics.correlation, MOST_DOMAINS),
        provenance: Provenance {
            version: env!("CARGO_PKG_VERSION"),
            source: source.id().to_owned(),
            model: predicted.model,
            weights_hash: predicted.weights_hash,
            device: predicted.device,
            dtype: predicted.dtype,
            settings: settings(request, source, &dynamics),
            elapsed: begun.elapsed(),
        },
        warnings,
        rmsf_angstrom,
        dynamics: Arc::new(dynamics),
        protein: Arc::clone(protein),
    })
}

/// The best source that this protein allows.
fn best_source(_engine: &Engine, _protein: &Protein) -> Source {
    Source::ParameterFree
}

fn predict(
    _engine: &mut Engine,
    request: &DynamicsRequest,
    source: Source,
    observer: &dyn Observer,
) -> Result<Predicted, EngineError> {
    match source {
        Source::ParameterFree | Source::Anm | Source::Gnm => {
            observer.phase("elastic network");
            Ok(Predicted {
                dynamics: elastic_network::gaussian(&request.protein, source, observer)?,
                model: "-".to_owned(),
                weights_hash: "-".to_owned(),
                device: "cpu".to_owned(),
                dtype: "f64".to_owned(),
                warnings: Vec::new(),
            })
        }
        Source::Learned(_) => Err(EngineError::Unavailable {
            what: "the learned source".to_owned(),
            how: "this build ships no weights for it; use --source pfanm".to_owned(),
        }),
        Source::DynaProt => Err(EngineError::Unavailable {
            what: "dynaprot".to_owned(),
            how: "give a folder with marginal.safetensors and marginal.config.json by --weights"
                .to_owned(),
        }),
    }
}

fn settings(
    request: &DynamicsRequest,
    source: Source,
    dynamics: &GaussianDynamics,
) -> Vec<(String, String)> {
    use crate::analysis::gaussian::{Environment, Scale};
    let protein = &request.protein;
    let mut settings = vec![
        ("structure".to_owned(), protein.name.clone()),
        ("model_number".to_owned(), protein.model.to_string()),
        ("chains".to_owned(), chains(protein)),
    ];
    if let Source::Learned(environment) = source {
        let name = match environment {
            Environment::Solution => "solution",
            Environment::Crystal => "crystal",
        };
        settings.push(("environment".to_owned(), name.to_owned()));
    }
    let amplitude = match dynamics.scale {
        Scale::Model => "model".to_owned(),
        Scale::BFactors { factor } => format!("b_factors factor={factor:.6e}"),
        Scale::Typical { factor } => format!("typical factor={factor:.6e}"),
    };
    settings.push(("amplitude".to_owned(), amplitude));
    if let Some(modes) = dynamics.joint.truncated_to() {
        settings.push(("modes".to_owned(), modes.to_string()));
    }
    settings
}

fn chains(protein: &Protein) -> String {
    let names: Vec<&str> = protein.chains().into_iter().map(|(name, _)| name).collect();
    names.join(",")
}

fn unknown(rmsf: &[f64]) -> Option<String> {
    let missing = rmsf.iter().filter(|v| !v.is_finite()).count();
    (missing > 0).then(|| {
        format!(
            "{missing} of {} residues have no prediction: atoms that the source needs are missing",
            rmsf.len()
        )
    })
}

fn b_column(protein: &Protein) -> Vec<f64> {
    let value = |r: &crate::structure::Residue| r.atom("CA").map_or(f64::NAN, |a| a.b_factor);
    protein.residues.iter().map(value).collect()
}

/// Draws an ensemble from the dynamics of a request.
pub(super) fn sample(
    engine: &mut Engine,
    request: &SampleRequest,
    observer: &dyn Observer,
) -> Result<SampleReport, EngineError> {
    let begun = Instant::now();
    let report = run(engine, &request.dynamics, observer)?;
    observer.phase("ensemble");
    let ensemble = ensemble::sample(
        &report.protein,
        &report.dynamics,
        request.count,
        request.seed,
        observer,
    )?;
    let mut provenance = report.provenance.clone();
    provenance.elapsed = begun.elapsed();
    provenance.settings.extend([
        ("samples".to_owned(), request.count.to_string()),
        ("seed".to_owned(), request.seed.to_string()),
    ]);
    Ok(SampleReport {
        warnings: report.warnings.clone(),
        dynamics: Arc::new(report),
        ensemble,
        provenance,
    })
}

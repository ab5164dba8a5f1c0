//! The networks as sources: what touches nothing is predicted as if it were loaded alone.

use super::Predicted;
use crate::analysis::gaussian::{self, Environment, Scale};
use crate::analysis::parts::alone;
use crate::analysis::{Source, motion_features};

use crate::engine::{Engine, EngineError, Observer};
use crate::models::dynaprot::DynaProtOutput;
use crate::numeric::{Covariance3, Matrix};
use crate::progress::{Checkpoint, Part};
use crate::protein::Protein;
use crate::study::DynamicsRequest;

/// Part of the work that is done when the marginals of the motion network are there.
const LEARNED: f64 = 0.75;
/// The same of DynaProt.
const DYNAPROT: f64 = 0.95;

/// The motion network's marginals, joined by the whitened network.
pub(super) fn learned(
    engine: &mut Engine,
    request: &DynamicsRequest,
    (environment, parts): (Environment, &[Vec<usize>]),
    joined: bool,
    observer: &dyn Observer,
) -> Result<Predicted, EngineError> {
    let (networks, options) = (&mut engine.networks, &engine.options);
    let loaded = networks.motion(options, &request.weights, observer)?;
    let trunk = if loaded.model.needs_trunk() {
        Some(networks.trunk(options, &request.weights, observer)?)
    } else {
        None
    };
    let protein = &request.protein;
    let reader = trunk.as_ref().map(|t| &t.model);
    let mut marginals = vec![None; protein.len()];
    observer.phase("features and motion network");
    motion_features::check(protein)?;
    let first = Part::first_of(observer, LEARNED);
    each(protein, parts, &first, |part, one, checkpoint| {
        let (first, rest) = (
            Part::first_of(checkpoint, 0.9),
            Part::rest_of(checkpoint, 0.9),
        );
        let features = motion_features::featurize(one, reader, &first)?;
        let output = loaded.model.predict(&features.input, &rest)?;
        let own = motion_features::marginals(&features, &output, environment)?;
        place(&mut marginals, part, own);
        Ok(())
    })?;
    let source = Source::Learned(environment);
    let dynamics = if joined {
        observer.phase("coupling");
        let rest = Part::rest_of(observer, LEARNED);
        gaussian::from_marginals(protein, source, Scale::Model, marginals, None, &rest)?
    } else {
        gaussian::independent(protein, source, Scale::Model, marginals)
    };
    let mut settings = vec![("networks".to_owned(), loaded.model.networks().to_string())];
    if let Some(trunk) = trunk {
        settings.push(("trunk".to_owned(), trunk.id.clone()));
        settings.push(("trunk_weights".to_owned(), trunk.hash.clone()));
    }
    Ok(Predicted::by(dynamics, &loaded, settings))
}

/// DynaProt's marginals, joined by its own coupling, or by the whitened network where it has none.
pub(super) fn dynaprot(
    engine: &mut Engine,
    request: &DynamicsRequest,
    parts: &[Vec<usize>],
    joined: bool,
    observer: &dyn Observer,
) -> Result<Predicted, EngineError> {
    let protein = &request.protein;
    let loaded = engine
        .networks
        .dynaprot(&engine.options, &request.weights, observer)?;
    observer.phase("dynaprot");
    let n = protein.len();
    let mut marginals = vec![None; n];
    let mut coupling = (joined && loaded.model.has_joint()).then(|| Matrix::filled(n, n, f64::NAN));
    motion_features::check(protein)?;
    let first = Part::first_of(observer, DYNAPROT);
    each(protein, parts, &first, |part, one, checkpoint| {
        let output = if joined {
            loaded.model.predict(one, checkpoint)?
        } else {
            loaded.model.marginals(one, checkpoint)?
        };
        place(&mut marginals, part, in_the_world(one, &output));
        if let (Some(whole), Some(own)) = (&mut coupling, &output.coupling) {
            for (a, &i) in part.iter().enumerate() {
                for (b, &j) in part.iter().enumerate() {
                    whole[(i, j)] = own[(a, b)];
                }
            }
        }
        Ok(())
    })?;
    if let Some(coupling) = &mut coupling {
        part_from_part(coupling);
    }
    let joint = if loaded.model.has_joint() {
        "dynaprot"
    } else {
        "whitened elastic network"
    };
    let dynamics = if joined {
        observer.phase("coupling");
        let rest = Part::rest_of(observer, DYNAPROT);
        let (source, scale) = (Source::DynaProt, Scale::Model);
        gaussian::from_marginals(protein, source, scale, marginals, coupling, &rest)?
    } else {
        gaussian::independent(protein, Source::DynaProt, Scale::Model, marginals)
    };
    let convention = loaded.model.convention().id();
    let settings = vec![
        ("joint".to_owned(), joint.to_owned()),
        ("convention".to_owned(), convention.to_owned()),
    ];
    Ok(Predicted::by(dynamics, &loaded, settings))
}

/// Hands every part that can move and has a backbone to `predict`, alone, with its share of the progress.
fn each(
    protein: &Protein,
    parts: &[Vec<usize>],
    whole: &dyn Checkpoint,
    mut predict: impl FnMut(&[usize], &Protein, &dyn Checkpoint) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let total = parts.iter().map(Vec::len).sum::<usize>().max(1) as f64;
    let mut done = 0;
    for part in parts {
        let one = alone(protein, part);
        let from = done as f64 / total;
        done += part.len();
        if part.len() > 1 && one.frames().iter().flatten().count() > 1 {
            let to = done as f64 / total;
            let checkpoint = Part { whole, from, to };
            predict(part, &one, &checkpoint)?;
        }
    }
    Ok(())
}

fn place(
    all: &mut [Option<Covariance3>],
    part: &[usize],
    own: impl IntoIterator<Item = Option<Covariance3>>,
) {
    for (&i, marginal) in part.iter().zip(own) {
        all[i] = marginal;
    }
}

fn in_the_world(protein: &Protein, output: &DynaProtOutput) -> Vec<Option<Covariance3>> {
    output
        .local_marginals
        .iter()
        .zip(protein.frames())
        .map(|(local, frame)| Some(frame?.to_world(local.as_ref()?)))
        .collect()
}

/// Residues of different parts do not move together.
fn part_from_part(coupling: &mut Matrix) {
    let n = coupling.rows();
    let known: Vec<bool> = (0..n).map(|i| coupling[(i, i)].is_finite()).collect();
    for i in (0..n).filter(|&i| known[i]) {
        for j in (0..n).filter(|&j| known[j]) {
            if !coupling[(i, j)].is_finite() {
                coupling[(i, j)] = 0.0;
            }
        }
    }
}

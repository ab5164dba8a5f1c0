//! How a protein moves: who predicts it, and everything that follows from the Gaussian.

use std::sync::Arc;
use std::time::Instant;

mod networks;

use super::comparisons;
use super::loaded::{DYNAPROT, DYNAPROT_OWN, Loaded};
use super::{Ask, Engine, EngineError, Observer, Stretch};
use crate::analysis::elastic_network::Followers;
use crate::analysis::gaussian::{Environment, Scale};
use crate::analysis::parts::parts;
use crate::analysis::{GaussianDynamics, Source, elastic_network, ensemble, flexibility};
use crate::models::embedded;
use crate::progress::Part;
use crate::protein::{Protein, secondary};
use crate::study::{
    ANGSTROM, DynamicsReport, DynamicsRequest, MarginalsRequest, Provenance, SampleReport,
    SampleRequest,
};

/// More dynamic domains than this are not told apart.
const MOST_DOMAINS: usize = 8;

/// Residues above which the learned source must be asked for: its features cost N³.
const LARGEST_BY_DEFAULT: usize = 1500;

/// The networks learned from no shorter chain.
const SHORTEST_LEARNED: usize = 25;

/// Parts of the work that are done when the Gaussian is there, and then when its experiments and its hinges are.
const DONE: [f64; 3] = [0.9, 0.91, 0.94];

/// A Gaussian and who made it.
struct Predicted {
    dynamics: GaussianDynamics,
    model: String,
    weights_hash: String,
    device: String,
    dtype: String,
    /// What else decided it: `name=value` pairs.
    settings: Vec<(String, String)>,
}

impl Ask for DynamicsRequest {
    fn answer(
        &self,
        engine: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<DynamicsReport, EngineError> {
        let begun = Instant::now();
        let protein = &self.protein;
        protein.require_coordinates("a prediction of motion")?;
        let parts = parts(protein);
        let source = self.source.unwrap_or_else(|| match self.run {
            Some(_) => Source::SimulationRun,
            None => best_source(protein, &parts),
        });
        let to_come = Stretch {
            whole: observer,
            from: 0.0,
            to: DONE[0],
        };
        let predicted = predict(engine, self, (source, &parts), true, &to_come)?;
        let around = elastic_network::followers(protein, source);
        let mut settings = settings(self, (source, &around), &predicted);
        let dynamics = predicted.dynamics;
        let rmsf_angstrom = dynamics.rmsf_angstrom();
        let simulated = match self.run {
            Some(_) => Some(engine.simulated(self, observer)?),
            None => None,
        };
        let counted = simulated.as_deref();
        let own = counted.filter(|_| source == Source::SimulationRun);
        let warnings = [
            set_back(protein, self.source, source),
            cut(&dynamics),
            beside(protein, (source, &around)),
            short(source, &parts),
            lone(protein, (source, &parts), &rmsf_angstrom),
            unknown(protein, &rmsf_angstrom, &parts),
        ];
        let of_run = counted.map_or(&[][..], |s| &s.warnings).iter().cloned();
        let warnings = warnings.into_iter().flatten().chain(of_run).collect();
        if parts.len() > 1 {
            settings.push(("parts_apart".to_owned(), parts.len().to_string()));
        }
        settings.extend(predicted.settings);
        let step = |from, to| Part {
            whole: observer,
            from,
            to,
        };
        let [predicted_at, compared_at, bent_at] = DONE;
        Ok(DynamicsReport {
            secondary_structure: secondary::assign(protein),
            anisotropy: flexibility::anisotropies(&dynamics),
            principal_axes: dynamics
                .marginals
                .iter()
                .map(|m| m.as_ref().map(|m| flexibility::principal_axis(m).0))
                .collect(),
            b_factor: b_column(protein),
            comparisons: comparisons::of(
                self,
                counted.filter(|_| own.is_none()),
                &rmsf_angstrom,
                &step(predicted_at, compared_at),
            )?,
            run: own.map(|s| Arc::clone(&s.run)),
            hinges: flexibility::hinges(&dynamics, &step(compared_at, bent_at))?,
            domains: flexibility::domains(
                &dynamics.correlation,
                MOST_DOMAINS,
                &step(bent_at, 1.0),
            )?,
            provenance: Provenance {
                version: env!("CARGO_PKG_VERSION"),
                source: source.id().to_owned(),
                model: predicted.model,
                weights_hash: predicted.weights_hash,
                device: predicted.device,
                dtype: predicted.dtype,
                settings,
                elapsed: begun.elapsed(),
            },
            warnings,
            rmsf_angstrom,
            dynamics: Arc::new(dynamics),
            protein: Arc::clone(protein),
        })
    }
}

/// The marginals alone: no residue knows of another, and nothing is derived.
impl Ask for MarginalsRequest {
    fn answer(
        &self,
        engine: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<GaussianDynamics, EngineError> {
        let protein = &self.0.protein;
        protein.require_coordinates("a prediction of motion")?;
        let parts = parts(protein);
        let source = self
            .0
            .source
            .unwrap_or_else(|| best_source(protein, &parts));
        Ok(predict(engine, &self.0, (source, &parts), false, observer)?.dynamics)
    }
}

/// The best source that this protein allows: the learned one where its weights are there and at least
/// half of the residues have the backbone that it reads. One residue alone needs no network.
pub(super) fn best_source(protein: &Protein, parts: &[Vec<usize>]) -> Source {
    let framed = protein.frames().iter().flatten().count();
    let weights = embedded::contains(embedded::MOTION);
    let moves = parts.iter().any(|part| part.len() > 1);
    if weights && moves && framed <= LARGEST_BY_DEFAULT && 2 * framed >= protein.len() {
        Source::Learned(Environment::default())
    } else {
        Source::ParameterFree
    }
}

fn predict(
    engine: &mut Engine,
    request: &DynamicsRequest,
    (source, parts): (Source, &[Vec<usize>]),
    joined: bool,
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
                settings: Vec::new(),
            })
        }
        Source::Learned(environment) => {
            networks::learned(engine, request, (environment, parts), joined, observer)
        }
        Source::DynaProt => networks::dynaprot(engine, request, parts, joined, observer),
        Source::SimulationRun => {
            let simulated = engine.simulated(request, observer)?;
            Ok(Predicted {
                dynamics: simulated.dynamics.clone(),
                model: "-".to_owned(),
                weights_hash: "-".to_owned(),
                device: "cpu".to_owned(),
                dtype: "f64".to_owned(),
                settings: simulated.settings.clone(),
            })
        }
    }
}

impl Predicted {
    fn by<M>(
        dynamics: GaussianDynamics,
        loaded: &Loaded<M>,
        settings: Vec<(String, String)>,
    ) -> Self {
        Self {
            dynamics,
            model: loaded.id.clone(),
            weights_hash: loaded.hash.clone(),
            device: loaded.compute.device_name().to_owned(),
            dtype: loaded.compute.dtype_name().to_owned(),
            settings,
        }
    }
}

fn settings(
    request: &DynamicsRequest,
    (source, around): (Source, &Followers),
    Predicted {
        dynamics, model, ..
    }: &Predicted,
) -> Vec<(String, String)> {
    let protein = &request.protein;
    let mut settings = vec![
        ("structure".to_owned(), protein.name.clone()),
        ("model_number".to_owned(), protein.model.to_string()),
        ("chains".to_owned(), chains(protein)),
        ("input_b_column".to_owned(), protein.b_column.to_string()),
    ];
    if let Source::Learned(environment) = source {
        settings.push(("environment".to_owned(), environment.id().to_owned()));
    }
    let amplitude = match dynamics.scale {
        Scale::Model => "model".to_owned(),
        Scale::BFactors { factor } => format!("b_factors factor={factor:.6e}"),
        Scale::Typical { factor } => format!("typical factor={factor:.6e}"),
    };
    settings.push(("amplitude".to_owned(), amplitude));
    settings.extend(context(protein, around));
    let meaning = meaning(source, dynamics.scale, model);
    settings.push((ANGSTROM.to_owned(), meaning.to_owned()));
    if let Some(modes) = dynamics.joint.truncated_to() {
        settings.push(("modes".to_owned(), modes.to_string()));
    }
    settings
}

/// What stands around the residues, and what of it is in the numbers.
fn context(protein: &Protein, around: &Followers) -> Option<(String, String)> {
    let context = &protein.context;
    let summary = context.summary();
    if summary.is_empty() {
        return None;
    }
    let how = match (around.positions.len(), context.counts) {
        (_, false) => "not counted".to_owned(),
        (0, true) => "not read by this source".to_owned(),
        (n, true) => format!("{n} nodes follow (Schur complement)"),
    };
    let whole = match &context.assembly {
        Some(id) => format!("assembly {id}: "),
        None => String::new(),
    };
    Some(("neighbours".to_owned(), format!("{whole}{summary}; {how}")))
}

/// Neighbours that a source does not read, or that have no room in its network.
fn beside(protein: &Protein, (source, around): (Source, &Followers)) -> Option<String> {
    if protein.context.counted().is_empty() || source == Source::SimulationRun {
        return None;
    }
    if around.positions.is_empty() {
        let id = source.id();
        return Some(format!(
            "the neighbours are in no number of the source {id}; gnm, anm and pfanm read them"
        ));
    }
    let n = around.left_out;
    (n > 0).then(|| format!("the farthest {n} nodes of the neighbours have no room in the network"))
}

/// What the Å of the RMSF mean.
fn meaning(source: Source, scale: Scale, model: &str) -> &'static str {
    match (source, scale) {
        (Source::SimulationRun, _) => "as in the frames of the simulation",
        (_, Scale::BFactors { .. }) => "fitted to the B-factors of this structure",
        (_, Scale::Typical { .. }) => "level typical of molecular dynamics, 300 K, 100 ns",
        (Source::Learned(Environment::Simulation), _) => "as in molecular dynamics, 300 K, 100 ns",
        (Source::Learned(Environment::Solution), _) => "as the models of NMR ensembles spread",
        (Source::Learned(Environment::Crystal), _) => "as in crystals; the level is arbitrary",
        (Source::DynaProt, _) if model == DYNAPROT_OWN => {
            "by one factor for all proteins as in molecular dynamics, 300 K, 100 ns"
        }
        (Source::DynaProt, _) if model == DYNAPROT => {
            "as in molecular dynamics, 300 K, 3 x 100 ns, as its authors trained it"
        }
        _ => "as the weights were trained",
    }
}

fn chains(protein: &Protein) -> String {
    let names: Vec<&str> = protein.chains().into_iter().map(|(name, _)| name).collect();
    names.join(",")
}

/// Why the default source is not the learned one, where the size of the protein is the reason.
fn set_back(protein: &Protein, asked: Option<Source>, used: Source) -> Option<String> {
    let n = protein.len();
    (asked.is_none() && used == Source::ParameterFree && n > LARGEST_BY_DEFAULT).then(|| {
        format!(
            "{n} residues: by the parameter-free network; --source learned takes half a minute on so \
             many, one chain seconds"
        )
    })
}

/// What was left out of a network that is too large to be solved whole.
fn cut(dynamics: &GaussianDynamics) -> Option<String> {
    let modes = dynamics.joint.truncated_to()?;
    let far = elastic_network::FARTHEST_ANGSTROM;
    Some(format!(
        "{} residues: the network is cut to its {modes} lowest modes, and springs that fall with the \
         distance to {far} Å; local motion is underestimated",
        dynamics.len()
    ))
}

/// Parts that are shorter than any chain that the networks learned from.
fn short(source: Source, parts: &[Vec<usize>]) -> Option<String> {
    let is_learned = matches!(source, Source::Learned(_) | Source::DynaProt);
    let is_short = |part: &&Vec<usize>| (2..SHORTEST_LEARNED).contains(&part.len());
    let shortest = parts.iter().filter(is_short).map(Vec::len).min()?;
    is_learned.then(|| {
        format!(
            "a peptide of {shortest} residues: the network learned from chains of {SHORTEST_LEARNED} and \
             more, so take its numbers for a guess"
        )
    })
}

/// Residues that touch nothing, and those beyond the springs of a network with a cutoff.
fn lone(
    protein: &Protein,
    (source, parts): (Source, &[Vec<usize>]),
    rmsf: &[f64],
) -> Option<String> {
    let lone = || parts.iter().filter(|part| part.len() == 1).flatten();
    if let Some(cutoff) = elastic_network::cutoff_angstrom(source).filter(|_| protein.len() > 1) {
        let loose = |i: &usize| !rmsf[*i].is_finite();
        let mut loose = parts.iter().flatten().copied().filter(loose);
        let first = loose.next()?;
        let more = match loose.count() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let id = &protein.residues[first].id;
        return Some(format!(
            "the network is disconnected at {id}{more}: no other CA within {cutoff} Å, no value there"
        ));
    }
    let first = lone().next()?;
    let id = &protein.residues[*first].id;
    Some(match lone().count() {
        1 => format!("a single residue has no internal motion: {id}"),
        n => format!(
            "a single residue has no internal motion: {id} and {} more",
            n - 1
        ),
    })
}

/// Residues that lack atoms; those with a Cα are spoken of above.
fn unknown(protein: &Protein, rmsf: &[f64], parts: &[Vec<usize>]) -> Option<String> {
    let lone = parts.iter().filter(|part| part.len() == 1).flatten();
    let lone: Vec<usize> = lone.copied().collect();
    let lacks = |i: &usize| {
        !rmsf[*i].is_finite() && !lone.contains(i) && {
            let residue = &protein.residues[*i];
            ["N", "CA", "C"].iter().any(|a| residue.atom(a).is_none())
        }
    };
    let missing = (0..rmsf.len()).filter(lacks).count();
    (missing > 0).then(|| {
        format!(
            "{missing} of {} residues have no prediction: atoms that the source needs are missing",
            rmsf.len()
        )
    })
}

fn b_column(protein: &Protein) -> Vec<f64> {
    let value = |r: &crate::protein::Residue| r.atom("CA").map_or(f64::NAN, |a| a.b_factor);
    protein.residues.iter().map(value).collect()
}

/// Draws an ensemble from the dynamics of a request.
impl Ask for SampleRequest {
    fn answer(
        &self,
        engine: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<SampleReport, EngineError> {
        let begun = Instant::now();
        let report = engine.ask(&self.dynamics, observer)?;
        observer.phase("ensemble");
        let ensemble = ensemble::sample(
            &report.protein,
            &report.dynamics,
            self.count,
            self.seed,
            observer,
        )?;
        let mut provenance = report.provenance.clone();
        provenance.elapsed = begun.elapsed();
        provenance.settings.extend([
            ("samples".to_owned(), self.count.to_string()),
            ("seed".to_owned(), self.seed.to_string()),
        ]);
        Ok(SampleReport {
            warnings: report.warnings.clone(),
            dynamics: Arc::new(report),
            ensemble,
            provenance,
        })
    }
}

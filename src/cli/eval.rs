//! `dynascope eval`: how good sources and methods are on measured data.

mod report;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use super::Outcome;
use super::console::Console;
use super::options::Global;
use super::sources;
use crate::analysis::evaluation::{Score, motion, mutations};
use crate::analysis::gaussian::Environment;
use crate::analysis::{GaussianDynamics, ScanMethod, Source};
use crate::dataset::chains::{self, MeasuredChain};
use crate::dataset::stability::{self, Measured, MeasuredProtein, fold_file};
use crate::engine::{Engine, EngineError};
use crate::models::embedded;
use crate::numeric::Profile;
use crate::protein::{Chain, Model, Protein, Structure};
use crate::study::{
    Combining, DynamicsRequest, MarginalsRequest, ScanReport, ScanRequest, Weights,
};

/// What is evaluated.
#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// RMSF, 3 × 3 covariances, coupling and distance fluctuations against B-factors, ANISOU, NMR and
    /// molecular dynamics
    Motion(MotionArguments),
    /// ΔΔG of single substitutions, by domain
    Stability(StabilityArguments),
    /// Recovery and perplexity of residue types
    Residue(ResidueArguments),
    /// Deep mutational scans, by assay
    Fitness(MutationArguments),
}

/// Which data, and where the scores go.
#[derive(Debug, Args)]
struct Data {
    /// Folder with dynamics/, stability/ or dms/
    #[arg(long = "data", value_name = "DIR")]
    folder: PathBuf,
    /// Which split of the data
    #[arg(long, default_value = "val", value_name = "NAME")]
    split: String,
    /// Weights of the network, as for dynamics and scan
    #[arg(long, value_name = "PATH")]
    weights: Option<PathBuf>,
    /// Write every score of every chain, domain or assay
    #[arg(long, value_name = "OUT")]
    csv: Option<PathBuf>,
}

/// Arguments of `dynascope eval motion`.
#[derive(Debug, Args)]
pub struct MotionArguments {
    #[command(flatten)]
    data: Data,
    /// Sources of the prediction, separated by commas [default: learned where its weights are, else pfanm]
    #[arg(long, value_parser = Predictor::parser(), value_delimiter = ',', value_name = "SOURCES")]
    source: Vec<Predictor>,
    /// Which sets: xray_b, xray_aniso, nmr, md [default: all that are there]
    #[arg(long, value_delimiter = ',', value_name = "SETS")]
    set: Vec<String>,
}

/// Arguments of `dynascope eval stability`.
#[derive(Debug, Args)]
pub struct StabilityArguments {
    #[command(flatten)]
    mutations: MutationArguments,
    /// Cross-validate over the training domains: each is predicted by the network that was trained
    /// without its fold, from the files that `train stability --cross-validate --out FILE` wrote
    #[arg(long, value_name = "FILE", conflicts_with_all = ["weights", "split", "method"])]
    folds: Option<PathBuf>,
}

/// Arguments of `dynascope eval fitness`.
#[derive(Debug, Args)]
pub struct MutationArguments {
    #[command(flatten)]
    data: Data,
    /// How; several separated by commas
    #[arg(long, value_delimiter = ',', default_values = ["stability", "structure"],
          value_parser = sources::method(), value_name = "METHODS")]
    method: Vec<ScanMethod>,
}

/// Arguments of `dynascope eval residue`.
#[derive(Debug, Args)]
pub struct ResidueArguments {
    #[command(flatten)]
    data: Data,
}

/// A source, or the trivial one that every source has to beat: the same sphere for every residue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Predictor(Option<Source>);

impl Predictor {
    const SPHERE: &'static str = "sphere";

    fn parser() -> impl TypedValueParser<Value = Self> {
        let sphere = PossibleValue::new(Self::SPHERE).help("The same sphere for every residue");
        let known = sources::possible().into_iter().chain([sphere]);
        PossibleValuesParser::new(known).map(|id| Self(Source::from_id(&id)))
    }

    fn name(self) -> String {
        self.0.map_or(Self::SPHERE, Source::id).to_owned()
    }

    /// `None` for the sphere. The motion network is asked about the environment of the measurement.
    fn source(self, chain: &MeasuredChain) -> Option<Source> {
        Some(match self.0? {
            Source::Learned(_) => Source::Learned(motion::environment(chain)),
            other => other,
        })
    }
}

/// Runs `dynascope eval`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    let (data, scores) = match arguments {
        Arguments::Motion(a) => (
            &a.data,
            Run::new(&a.data, global, console).motion(&a.source, &a.set)?,
        ),
        Arguments::Residue(a) => (&a.data, Run::new(&a.data, global, console).residue()?),
        Arguments::Stability(a) => {
            let data = &a.mutations.data;
            let run = Run::new(data, global, console);
            (
                data,
                run.stability(&a.mutations.method, a.folds.as_deref())?,
            )
        }
        Arguments::Fitness(a) => {
            let assays = stability::scans(&a.data.folder)?;
            let run = Run::new(&a.data, global, console);
            let scores = run.mutations("fitness", &assays, &a.method, None)?;
            (&a.data, scores)
        }
    };
    console.finish();
    anyhow::ensure!(
        !scores.is_empty(),
        "{}: nothing to evaluate in split '{}'",
        data.folder.display(),
        data.split
    );
    report::table(&scores)?;
    if let Some(path) = &data.csv {
        report::csv(&scores, path)?;
    }
    Ok(Outcome::Done)
}

/// One evaluation: every prediction is a request to the engine, as the program makes it.
struct Run<'a> {
    data: &'a Data,
    console: &'a Console,
    engine: Engine,
    weights: Weights,
    scores: Vec<Score>,
}

impl<'a> Run<'a> {
    fn new(data: &'a Data, global: &Global, console: &'a Console) -> Self {
        Self {
            data,
            console,
            engine: global.engine(),
            weights: match &data.weights {
                Some(path) => Weights::Path(path.clone()),
                None => Weights::Installed,
            },
            scores: Vec::new(),
        }
    }

    fn add(
        &mut self,
        (set, subject, predictor): (&str, &str, &str),
        scored: impl IntoIterator<Item = motion::Scored>,
    ) {
        self.scores
            .extend(scored.into_iter().map(|(metric, value)| Score {
                set: set.to_owned(),
                subject: subject.to_owned(),
                predictor: predictor.to_owned(),
                metric,
                value,
            }));
    }

    /// A chain that cannot be predicted is named and left out; everything else ends the run.
    fn known<T>(&self, subject: &str, result: Result<T, EngineError>) -> anyhow::Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error @ (EngineError::Analysis(_) | EngineError::Model(_))) => {
                self.console.warn(&format!("{subject}: left out: {error}"));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn motion(mut self, predictors: &[Predictor], sets: &[String]) -> anyhow::Result<Vec<Score>> {
        let default = if embedded::contains(embedded::MOTION) || self.data.weights.is_some() {
            Source::Learned(Environment::default())
        } else {
            Source::ParameterFree
        };
        let default = Predictor(Some(default));
        let predictors = match predictors {
            [] => &[default],
            some => some,
        };
        let mut pooled = Vec::new();
        let found = chains::sets(&self.data.folder, &self.data.split)?;
        let is_wanted = |set: &String| sets.is_empty() || sets.contains(set);
        for set in found.into_iter().filter(is_wanted) {
            let chains = chains::chains(&self.data.folder, &set, &self.data.split)?;
            self.console.note(&format!(
                "{set}.{}: {} chains",
                self.data.split,
                chains.len()
            ));
            for &predictor in predictors {
                let mut together = (Vec::new(), Vec::new());
                for chain in &chains {
                    let predicted = self.chain(chain, predictor)?;
                    if let Some((rmsf, predicted)) = chain.rmsf.as_ref().zip(predicted) {
                        together.0.extend(rmsf);
                        together.1.extend(predicted);
                    }
                }
                if !together.0.is_empty() {
                    let name = format!("{set}, {} residues together", together.0.len());
                    pooled.push((name, predictor.name(), together));
                }
            }
        }
        for (name, predictor, (simulated, predicted)) in pooled {
            let scored = motion::pooled(&simulated, &predicted);
            self.add((&name, "all", &predictor), scored);
        }
        Ok(self.scores)
    }

    /// Scores one chain; gives the RMSF that was predicted, `None` where none could be.
    fn chain(
        &mut self,
        chain: &MeasuredChain,
        predictor: Predictor,
    ) -> anyhow::Result<Option<Profile>> {
        let dynamics = match predictor.source(chain) {
            None => Arc::new(motion::sphere(&chain.protein)),
            Some(source) => {
                let found = self.dynamics(chain, source);
                let Some(found) = self.known(&chain.id, found)? else {
                    return Ok(None);
                };
                found
            }
        };
        let scored = motion::scores(chain, &dynamics, self.console)?;
        self.add((&chain.set, &chain.id, &predictor.name()), scored);
        Ok(Some(dynamics.rmsf_angstrom()))
    }

    fn dynamics(
        &mut self,
        chain: &MeasuredChain,
        source: Source,
    ) -> Result<Arc<GaussianDynamics>, EngineError> {
        let request = DynamicsRequest {
            protein: Arc::new(chain.protein.clone()),
            structure: Arc::new(alone(&chain.protein)),
            source: Some(source),
            weights: self.weights.clone(),
            run: None,
        };
        if motion::judges_pairs(chain) {
            return Ok(self.engine.ask(&request, self.console)?.dynamics);
        }
        let marginals = MarginalsRequest(request);
        Ok(Arc::new(self.engine.ask(&marginals, self.console)?))
    }

    fn scan(&mut self, protein: &Protein, method: ScanMethod) -> Result<ScanReport, EngineError> {
        let request = ScanRequest {
            protein: Arc::new(protein.clone()),
            method,
            weights: self.weights.clone(),
            alignment: None,
            properties: Vec::new(),
            combining: Combining::default(),
            first: 0..0,
        };
        self.engine.ask(&request, self.console)
    }

    fn residue(mut self) -> anyhow::Result<Vec<Score>> {
        for set in chains::sets(&self.data.folder, &self.data.split)? {
            let mut all = Vec::new();
            for chain in chains::chains(&self.data.folder, &set, &self.data.split)? {
                let found = self.scan(&chain.protein, ScanMethod::Structure);
                let log_p = self.known(&chain.id, found)?;
                let Some(log_p) = log_p.and_then(|report| report.log_probabilities) else {
                    continue;
                };
                let sites = mutations::recovered(&log_p, &chain.protein.amino_acids());
                self.add((&set, &chain.id, "structure"), mutations::residues(&sites));
                all.extend(sites);
            }
            let pooled = mutations::residues(&all);
            let name = format!("{set}, {} residues together", all.len());
            self.add((&name, "all", "structure"), pooled);
        }
        Ok(self.scores)
    }

    fn stability(self, methods: &[ScanMethod], folds: Option<&Path>) -> anyhow::Result<Vec<Score>> {
        let Some(out) = folds else {
            let domains = stability::stability(&self.data.folder, &self.data.split)?;
            return self.mutations("stability", &domains, methods, None);
        };
        let domains = stability::stability(&self.data.folder, "train")?;
        let methods = [ScanMethod::Stability];
        self.mutations("cross-validation", &domains, &methods, Some(out))
    }

    /// With `folds`, each protein is predicted by the network that was trained without its fold.
    fn mutations(
        mut self,
        set: &str,
        proteins: &[MeasuredProtein],
        methods: &[ScanMethod],
        folds: Option<&Path>,
    ) -> anyhow::Result<Vec<Score>> {
        let fold_of = stability::folds();
        for &method in methods {
            for one in proteins {
                if let Some(out) = folds {
                    let fold = fold_of.get(&one.name);
                    let fold = fold.with_context(|| format!("{} is not in any fold", one.name))?;
                    self.weights = Weights::Path(fold_file(out, *fold));
                }
                let found = self.scan(&one.protein, method);
                let Some(report) = self.known(&one.name, found)? else {
                    continue;
                };
                let damage = mutations::damage(&report.map, &one.substitutions);
                let in_kcal = method == ScanMethod::Stability;
                let scored = judged(set, &damage, &one.substitutions, in_kcal);
                self.add((set, &one.name, method.id()), scored);
            }
        }
        for one in proteins {
            let published = |s: &Measured| s.published.unwrap_or(f64::NAN);
            let damage: Vec<f64> = one.substitutions.iter().map(published).collect();
            if damage.iter().any(|x| x.is_finite()) {
                let scored = judged(set, &damage, &one.substitutions, true);
                self.add((set, &one.name, "published"), scored);
            }
        }
        Ok(self.scores)
    }
}

fn judged(
    set: &str,
    damage: &[f64],
    substitutions: &[Measured],
    in_kcal: bool,
) -> Vec<motion::Scored> {
    let measured: Vec<f64> = substitutions.iter().map(|s| s.value).collect();
    if set == "fitness" {
        mutations::fitness(damage, &measured)
    } else {
        mutations::stability(damage, &measured, in_kcal)
    }
}

/// A structure that holds this chain only.
fn alone(protein: &Protein) -> Structure {
    let id = protein.residues.first().map(|r| r.id.chain.clone());
    let chain = Chain::new(id.unwrap_or_default(), protein.residues.clone());
    let model = Model::new(protein.model, vec![chain]);
    Structure {
        b_column: protein.b_column,
        ..Structure::new(protein.name.clone(), vec![model])
    }
}

//! What the engine answers: results with their provenance and warnings.

use std::sync::Arc;
use std::time::Duration;

use crate::analysis::ensemble::Ensemble;
use crate::analysis::flexibility::ModeShape;
use crate::analysis::perturbation::PerturbationScan;
use crate::analysis::{GaussianDynamics, MutationMap, ScanMethod, Source};
use crate::numeric::{Matrix, Profile, Vec3};
use crate::protein::{Protein, SecondaryStructure, Variant};

/// The setting that says what the Å of the RMSF mean.
pub const ANGSTROM: &str = "angstrom";

/// Where a result comes from; written into every file.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// Version of dynascope.
    pub version: &'static str,
    /// Source or method id.
    pub source: String,
    /// Model id, `-` for physics.
    pub model: String,
    /// First 16 hex digits of the SHA-256 of the weights, `-` for physics.
    pub weights_hash: String,
    /// `cpu`, `cuda:0`, `metal`.
    pub device: String,
    /// `f32`, `f64`, `bf16`, `f16`.
    pub dtype: String,
    /// What else decides the result: `name=value` pairs.
    pub settings: Vec<(String, String)>,
    /// Time the computation took; not written into files, which stay equal from run to run.
    pub elapsed: Duration,
}

impl Provenance {
    /// The value of that setting.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(n, _)| n == name)?;
        Some(&found.1)
    }

    /// `name: value` pairs in the order in which every file writes them; time is left out.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs: Vec<(String, String)> = [
            ("program", format!("dynascope {}", self.version)),
            ("source", self.source.clone()),
            ("model", self.model.clone()),
            ("weights", self.weights_hash.clone()),
            ("device", self.device.clone()),
            ("dtype", self.dtype.clone()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        pairs.extend(self.settings.iter().cloned());
        pairs
    }
}

/// The answer to a [`super::Request`] of the same name.
#[derive(Debug, Clone)]
pub enum Report {
    /// See [`super::request::DynamicsRequest`].
    Dynamics(DynamicsReport),
    /// See [`super::request::SampleRequest`].
    Sample(SampleReport),
    /// See [`super::request::ScanRequest`].
    Scan(ScanReport),
    /// See [`super::request::ScoreRequest`].
    Score(ScoreReport),
    /// See [`super::request::WhatIfRequest`].
    WhatIf(WhatIfReport),
    /// See [`super::request::CollectiveRequest`].
    Collective(CollectiveReport),
}

impl Report {
    /// Where the result comes from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        match self {
            Self::Dynamics(r) => &r.provenance,
            Self::Sample(r) => &r.provenance,
            Self::Scan(r) => &r.provenance,
            Self::Score(r) => &r.provenance,
            Self::WhatIf(r) => &r.provenance,
            Self::Collective(r) => &r.provenance,
        }
    }

    /// Partial trouble, in words.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        match self {
            Self::Dynamics(r) => &r.warnings,
            Self::Sample(r) => &r.warnings,
            Self::Scan(r) => &r.warnings,
            Self::Score(r) => &r.warnings,
            Self::WhatIf(r) => &r.warnings,
            Self::Collective(r) => &r.warnings,
        }
    }
}

/// How a protein moves: everything that the screen shows and the files hold. Profiles and lists have
/// one entry a residue of `protein`.
#[derive(Debug, Clone)]
pub struct DynamicsReport {
    /// The residues it is about.
    pub protein: Arc<Protein>,
    /// The Gaussian.
    pub dynamics: Arc<GaussianDynamics>,
    /// From the coordinates.
    pub secondary_structure: Vec<SecondaryStructure>,
    /// Root mean square fluctuation in Å, NaN where not known.
    pub rmsf_angstrom: Profile,
    /// Smallest eigenvalue of the covariance over the largest, 1 = a sphere; NaN where not known.
    pub anisotropy: Profile,
    /// Unit vectors of the largest motion, world frame, sign arbitrary.
    pub principal_axes: Vec<Option<Vec3>>,
    /// B-factors of the Cα in Å² as in the file (pLDDT where the protein says so), NaN where absent.
    pub b_factor: Profile,
    /// Experiments of this file beside the prediction, the best first; may be empty.
    pub comparisons: Vec<Comparison>,
    /// Positions about which domains turn.
    pub hinges: Vec<usize>,
    /// The dynamic domain of each residue; empty when not computed.
    pub domains: Vec<Option<usize>>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Partial trouble, in words.
    pub warnings: Vec<String>,
}

/// What a prediction is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Experiment {
    /// B-factors of the Cα.
    BFactors,
    /// Anisotropic displacement tensors of the Cα.
    Anisou,
    /// The spread of the models of an NMR file after superposition.
    NmrModels,
}

impl Experiment {
    /// What the screen and files call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BFactors => "B-factors",
            Self::Anisou => "ANISOU",
            Self::NmrModels => "NMR models",
        }
    }
}

/// Prediction against experiment, residue by residue.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What it is compared with.
    pub with: Experiment,
    /// The experiment as RMSF in Å, NaN where left out.
    pub observed_angstrom: Profile,
    /// Pearson's r of the RMSF.
    pub pearson: f64,
    /// Spearman's ρ of the RMSF.
    pub spearman: f64,
    /// Root mean square difference in Å.
    pub rmsd_angstrom: f64,
    /// Residues compared.
    pub n: usize,
    /// What was left out and how many: (reason, residues).
    pub excluded: Vec<(String, usize)>,
}

/// Structures drawn from the Gaussian.
#[derive(Debug, Clone)]
pub struct SampleReport {
    /// What was sampled.
    pub dynamics: Arc<DynamicsReport>,
    /// The samples, kept or not.
    pub ensemble: Ensemble,
    /// Where it comes from, with seed and count.
    pub provenance: Provenance,
    /// Partial trouble, in words.
    pub warnings: Vec<String>,
}

/// Motions of the whole chain, and who answers pushes.
#[derive(Debug, Clone)]
pub struct CollectiveReport {
    /// Whose dynamics.
    pub source: Source,
    /// The largest first; empty where residues move independently.
    pub modes: Vec<ModeShape>,
    /// Responses to pushes at every residue.
    pub responses: PerturbationScan,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Partial trouble, in words.
    pub warnings: Vec<String>,
}

/// The map of all single substitutions.
#[derive(Debug, Clone)]
pub struct ScanReport {
    /// What was scanned.
    pub protein: Arc<Protein>,
    /// The map.
    pub map: MutationMap,
    /// (L, 20) natural log-probabilities of the methods that have them.
    pub log_probabilities: Option<Matrix>,
    /// exp(−mean masked log-likelihood) of the wild type, for the masked marginals.
    pub pseudo_perplexity: Option<f64>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Partial trouble, in words.
    pub warnings: Vec<String>,
}

/// Scores of given variants.
#[derive(Debug, Clone)]
pub struct ScoreReport {
    /// What was mutated.
    pub protein: Arc<Protein>,
    /// How the scores were made.
    pub method: ScanMethod,
    /// Names of the columns of [`VariantScore::properties`].
    pub properties: Vec<String>,
    /// In the order of the request.
    pub scores: Vec<VariantScore>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Partial trouble, in words.
    pub warnings: Vec<String>,
}

/// The score of one variant.
#[derive(Debug, Clone)]
pub struct VariantScore {
    /// What changes.
    pub variant: Variant,
    /// All substitutions together; NaN where it could not be scored.
    pub score: f64,
    /// The sum of its single substitutions' scores.
    pub additive: f64,
    /// One number a dynamic property.
    pub properties: Vec<f64>,
    /// Why a number is missing.
    pub note: Option<String>,
}

/// Predicted dynamic properties of variants beside the wild type's.
#[derive(Debug, Clone)]
pub struct WhatIfReport {
    /// What was mutated.
    pub protein: Arc<Protein>,
    /// The chain that was predicted: the rows of the profiles are these positions of the target.
    pub segment: std::ops::Range<usize>,
    /// Names of the columns of the profiles: `sasa_mean`, `rmsf_nor`, …
    pub channels: Vec<String>,
    /// Names of the pair maps: `vdw`, `corr`, …
    pub pair_channels: Vec<String>,
    /// The wild type.
    pub wild_type: PredictedDynamics,
    /// The variants in the order of the request.
    pub mutants: Vec<MutantDynamics>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Partial trouble, in words.
    pub warnings: Vec<String>,
}

/// What a network predicts of the dynamics of one sequence.
#[derive(Debug, Clone)]
pub struct PredictedDynamics {
    /// (L, channels).
    pub profiles: Matrix,
    /// One (L, L) map a pair channel; empty when not asked for.
    pub pairs: Vec<Matrix>,
}

/// The same of a variant.
#[derive(Debug, Clone)]
pub struct MutantDynamics {
    /// What changes.
    pub variant: Variant,
    /// Its prediction.
    pub dynamics: PredictedDynamics,
    /// Relative change of each property against the wild type: (name, r).
    pub relative_change: Vec<(String, f64)>,
}

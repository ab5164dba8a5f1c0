//! Answers: results with their provenance and warnings.

use std::sync::Arc;

use crate::analysis::ensemble::Ensemble;
use crate::analysis::flexibility::ModeShape;
use crate::analysis::perturbation::PerturbationScan;
use crate::analysis::{GaussianDynamics, MutationMap, ScanMethod, Source};
use crate::numeric::{Matrix, Profile, Vec3};
use crate::protein::{Protein, SecondaryStructure, Substitution, Variant};

use super::{PaeReport, Provenance, RunReport, TwoStructuresReport};

/// The answer to the [`super::Request`] of the same name.
#[derive(Debug, Clone)]
pub enum Report {
    Dynamics(Arc<DynamicsReport>),
    /// Of a second source.
    Overlay(Arc<DynamicsReport>),
    Sample(Arc<SampleReport>),
    Scan(Arc<ScanReport>),
    Score(Arc<ScoreReport>),
    WhatIf(Arc<WhatIfReport>),
    Collective(Arc<CollectiveReport>),
    TwoStructures(Arc<TwoStructuresReport>),
    Conservation(Arc<ConservationReport>),
    /// None where none lies beside the model.
    Pae(Option<Arc<PaeReport>>),
    Fetch(Arc<FetchReport>),
}

/// What became of published weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchReport {
    /// In words.
    pub text: String,
    /// What can be scored with them, once they are here.
    pub methods: Vec<ScanMethod>,
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
    /// The frames that were counted, of a simulation.
    pub run: Option<Arc<RunReport>>,
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
    /// The user's own simulation.
    SimulationRun,
}

impl Experiment {
    /// What the screen and files call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BFactors => "B-factors",
            Self::Anisou => "ANISOU",
            Self::NmrModels => "NMR models",
            Self::SimulationRun => "the simulation",
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

/// What an alignment says of each residue; NaN where it has no column.
#[derive(Debug, Clone)]
pub struct ConservationReport {
    /// The residues it is about.
    pub protein: Arc<Protein>,
    /// 0 to 1, see [`crate::analysis::conservation::Columns::conservation`].
    pub conservation: Profile,
    /// Weights of the sequences that have a residue there (Neff of the column).
    pub depth: Profile,
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

impl ScanReport {
    /// Why a substitution has no score.
    #[must_use]
    pub fn note(&self, s: Substitution) -> Option<String> {
        let score = self.map.score_of(s.index, s.mutant);
        let method = self.map.method;
        (!score.is_finite()).then(|| method.why_unscored(&self.protein, &[s]))
    }

    /// Whether every substitution has a score.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.map.substitutions().all(|s| self.note(s).is_none())
    }
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

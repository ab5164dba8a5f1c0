//! Questions: plain values, comparable, cheap to clone.

use std::path::PathBuf;
use std::sync::Arc;

use super::{
    CollectiveReport, Combination, ConservationReport, DynamicsReport, FetchReport, Fill,
    Normalisation, PaeRequest, Provenance, SampleReport, ScanReport, ScoreReport, SimulationRun,
    Slot, TwoStructuresReport, WhatIfReport,
};
use crate::analysis::{GaussianDynamics, ScanMethod, Source};
use crate::protein::{Protein, Structure, Variant};

/// Something that can be asked. The same question always has the same answer.
pub trait Question {
    /// What answers it.
    type Answer;

    /// What the answer is for.
    fn slot(&self) -> Slot;

    /// The residues that it is about, where it is not about an answer that is there.
    fn about(&self) -> Option<&Protein> {
        None
    }
}

impl Question for DynamicsRequest {
    type Answer = DynamicsReport;

    fn slot(&self) -> Slot {
        Slot::Dynamics
    }

    fn about(&self) -> Option<&Protein> {
        Some(&self.protein)
    }
}

impl Question for MarginalsRequest {
    type Answer = GaussianDynamics;

    fn slot(&self) -> Slot {
        self.0.slot()
    }

    fn about(&self) -> Option<&Protein> {
        self.0.about()
    }
}

impl Question for SampleRequest {
    type Answer = SampleReport;

    fn slot(&self) -> Slot {
        Slot::Ensemble
    }

    fn about(&self) -> Option<&Protein> {
        Some(&self.dynamics.protein)
    }
}

impl Question for ScanRequest {
    type Answer = ScanReport;

    fn slot(&self) -> Slot {
        Slot::Scan(self.method)
    }

    fn about(&self) -> Option<&Protein> {
        Some(&self.protein)
    }
}

impl Question for ScoreRequest {
    type Answer = ScoreReport;

    fn slot(&self) -> Slot {
        Slot::Score(self.method)
    }

    fn about(&self) -> Option<&Protein> {
        Some(&self.protein)
    }
}

impl Question for WhatIfRequest {
    type Answer = WhatIfReport;

    fn slot(&self) -> Slot {
        Slot::WhatIf
    }
}

impl Question for CollectiveRequest {
    type Answer = CollectiveReport;

    fn slot(&self) -> Slot {
        Slot::Collective
    }
}

impl Question for TwoStructuresRequest {
    type Answer = TwoStructuresReport;

    fn slot(&self) -> Slot {
        Slot::Overlay
    }

    fn about(&self) -> Option<&Protein> {
        Some(&self.first.protein)
    }
}

impl Question for FetchRequest {
    type Answer = FetchReport;

    fn slot(&self) -> Slot {
        Slot::Fetch
    }
}

impl Question for ConservationRequest {
    type Answer = ConservationReport;

    fn slot(&self) -> Slot {
        Slot::Conservation
    }

    fn about(&self) -> Option<&Protein> {
        Some(&self.protein)
    }
}

/// One job: any of the questions, where they wait in one line.
#[derive(Debug, Clone)]
pub enum Request {
    Dynamics(DynamicsRequest),
    /// Dynamics to lie over those on screen.
    Overlay(DynamicsRequest),
    Sample(SampleRequest),
    Scan(ScanRequest),
    Score(ScoreRequest),
    WhatIf(WhatIfRequest),
    Collective(CollectiveRequest),
    TwoStructures(TwoStructuresRequest),
    Conservation(ConservationRequest),
    Pae(PaeRequest),
    Fetch(FetchRequest),
}

impl Request {
    /// What the answer is for.
    #[must_use]
    pub fn slot(&self) -> Slot {
        match self {
            Self::Dynamics(q) => q.slot(),
            Self::Overlay(_) => Slot::Overlay,
            Self::Sample(q) => q.slot(),
            Self::Scan(q) => q.slot(),
            Self::Score(q) => q.slot(),
            Self::WhatIf(q) => q.slot(),
            Self::Collective(q) => q.slot(),
            Self::TwoStructures(q) => q.slot(),
            Self::Conservation(q) => q.slot(),
            Self::Pae(q) => q.slot(),
            Self::Fetch(q) => q.slot(),
        }
    }

    /// What is asked for, in a word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dynamics(_) => "dynamics",
            Self::Overlay(_) => "second source",
            Self::Sample(_) => "ensemble",
            Self::Scan(_) => "scan",
            Self::Score(_) => "score",
            Self::WhatIf(_) => "what-if",
            Self::Collective(_) => "modes and responses",
            Self::TwoStructures(_) => "comparison of two structures",
            Self::Conservation(_) => "conservation",
            Self::Pae(_) => "predicted aligned error",
            Self::Fetch(_) => "fetch",
        }
    }
}

/// Asks what a published model is, and to bring it here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest {
    /// Its name.
    pub id: String,
    /// Whether to download it, or only to say what that would mean.
    pub bring: bool,
}

/// The weights of a request: the shipped or installed ones, or the user's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Weights {
    /// Embedded in the binary, or in the offline cache.
    #[default]
    Installed,
    /// A file or directory given by `--weights`.
    Path(PathBuf),
}

/// Asks for [`crate::analysis::GaussianDynamics`] and what follows from it.
#[derive(Debug, Clone)]
pub struct DynamicsRequest {
    /// The residues under study.
    pub protein: Arc<Protein>,
    /// The whole file, for the experiment (NMR models) to compare with.
    pub structure: Arc<Structure>,
    /// Who predicts. `None` = the best that this protein allows.
    pub source: Option<Source>,
    /// Weights of a learned source.
    pub weights: Weights,
    /// A simulation: the source's own where that is [`Source::SimulationRun`], which it then is unless another
    /// is asked for; of another source it is the experiment.
    pub run: Option<Arc<SimulationRun>>,
}

/// Asks what differs between two structures. The source of the first is that of both; where it names none,
/// the best that both allow.
#[derive(Debug, Clone)]
pub struct TwoStructuresRequest {
    pub first: DynamicsRequest,
    pub second: DynamicsRequest,
}

/// Asks how far and which way each residue moves alone: the marginals of the same dynamics, without what
/// couples them.
#[derive(Debug, Clone)]
pub struct MarginalsRequest(pub DynamicsRequest);

/// Asks for samples of the whole chain's Gaussian.
#[derive(Debug, Clone)]
pub struct SampleRequest {
    /// The dynamics to sample.
    pub dynamics: DynamicsRequest,
    /// How many.
    pub count: usize,
    /// Seed of the random numbers.
    pub seed: u64,
}

/// Asks for the modes and the perturbation responses of a Gaussian.
#[derive(Debug, Clone)]
pub struct CollectiveRequest {
    /// The Gaussian.
    pub dynamics: Arc<GaussianDynamics>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// How many modes.
    pub modes: usize,
}

/// How the changes of several dynamic properties become one score.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Combining {
    /// One number from several.
    pub combination: Combination,
    /// What happens to the changes before.
    pub normalisation: Normalisation,
}

/// Asks for a [`crate::analysis::MutationMap`].
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// What is scanned; each chain is a sequence of its own.
    pub protein: Arc<Protein>,
    /// How.
    pub method: ScanMethod,
    /// Weights of the method; for [`ScanMethod::Combined`] those of the language model.
    pub weights: Weights,
    /// Aligned sequences, for the methods that read them.
    pub alignment: Option<PathBuf>,
    /// Dynamic properties that make the score; empty = the method's default (`sasa_mean`, `psi`).
    pub properties: Vec<String>,
    /// How their changes make the score.
    pub combining: Combining,
    /// Positions to score first (what is on screen).
    pub first: std::ops::Range<usize>,
}

/// Asks for the scores of given variants.
#[derive(Debug, Clone)]
pub struct ScoreRequest {
    /// What is mutated.
    pub protein: Arc<Protein>,
    /// How.
    pub method: ScanMethod,
    /// Weights of the method; for [`ScanMethod::Combined`] those of the language model.
    pub weights: Weights,
    /// Aligned sequences, for the methods that read them.
    pub alignment: Option<PathBuf>,
    /// Dynamic properties that make the score; empty = the method's default.
    pub properties: Vec<String>,
    /// How their changes make the score.
    pub combining: Combining,
    /// The variants.
    pub variants: Vec<Variant>,
    /// For multi-mutants of the masked marginals.
    pub fill: Fill,
}

/// Asks how conserved each residue is.
#[derive(Debug, Clone)]
pub struct ConservationRequest {
    /// The residues; each chain is looked for in the alignment.
    pub protein: Arc<Protein>,
    /// Aligned sequences.
    pub alignment: PathBuf,
}

/// Asks for the predicted dynamic properties of variants beside the wild type's.
#[derive(Debug, Clone)]
pub struct WhatIfRequest {
    /// What is mutated.
    pub protein: Arc<Protein>,
    /// [`ScanMethod::EsmDance`] or [`ScanMethod::SeqDance`].
    pub method: ScanMethod,
    /// Weights of the method.
    pub weights: Weights,
    /// The variants, each a set of substitutions.
    pub variants: Vec<Variant>,
}

//! What can be asked and what is answered: plain data, comparable and cheap to clone, below the engine.

mod answer;
mod citation;
mod pae;
mod provenance;
mod question;
mod simulation;
mod slot;
mod two_structures;

pub use answer::{
    CollectiveReport, Comparison, ConservationReport, DynamicsReport, Experiment, FetchReport,
    MutantDynamics, PredictedDynamics, Report, SampleReport, ScanReport, ScoreReport, VariantScore,
    WhatIfReport,
};
pub use citation::{Citation, citations, cited_in};
pub use pae::{PaeReport, PaeRequest};
pub use provenance::{ANGSTROM, Provenance};
pub use question::{
    CollectiveRequest, Combining, ConservationRequest, DynamicsRequest, FetchRequest,
    MarginalsRequest, Question, Request, SampleRequest, ScanRequest, ScoreRequest,
    TwoStructuresRequest, Weights, WhatIfRequest,
};
pub use simulation::{FrameRange, RunReport, SimulationRun};
pub use slot::Slot;
pub use two_structures::TwoStructuresReport;

pub use crate::analysis::mutation_scan::{Combination, Fill, Normalisation};

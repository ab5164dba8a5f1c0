//! The science: pure functions on plain data. No I/O, no clock, no thread of its own.

pub mod combined;
pub mod comparison;
pub mod conservation;
pub mod coupling;
pub mod elastic_network;
pub mod ensemble;
pub mod error;
pub mod evaluation;
pub mod flexibility;
pub mod gaussian;
pub mod motion_features;
pub mod mutation_map;
pub mod mutation_scan;
pub mod parts;
pub mod perturbation;
pub mod predicted_error;
pub mod residue_table;
pub mod surface;
pub mod triage;
pub mod two_structures;

pub use error::AnalysisError;
pub use gaussian::{GaussianDynamics, Source};
pub use mutation_map::{MutationMap, ScanMethod};

//! What the engine answers: results with their provenance and warnings.

use std::time::Duration;

use crate::analysis::{GaussianDynamics, MutationMap};

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

/// The answer to a [`super::Request`] of the same name.
#[derive(Debug, Clone)]
pub enum Report {
    /// See [`super::request::DynamicsRequest`].
    Dynamics(DynamicsReport),
    /// See [`super::request::ScanRequest`].
    Scan(ScanReport),
}

/// How a protein moves.
#[derive(Debug, Clone)]
pub struct DynamicsReport {
    /// The Gaussian.
    pub dynamics: GaussianDynamics,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Partial trouble, in words.
    pub warnings: Vec<String>,
}

/// The map of all single substitutions.
#[derive(Debug, Clone)]
pub struct ScanReport {
    /// The map.
    pub map: MutationMap,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Partial trouble, in words.
    pub warnings: Vec<String>,
}

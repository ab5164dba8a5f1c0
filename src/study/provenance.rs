//! Where a result comes from.

use std::time::Duration;

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
        let cited: Vec<&str> = self
            .citations()
            .iter()
            .map(|c| c.doi.unwrap_or(c.key))
            .collect();
        pairs.push(("cite".to_owned(), cited.join("; ")));
        pairs
    }
}

//! SeqDance and ESMDance: dynamic properties from a sequence (Hou, Zhao, Shen 2026, PNAS).
//!
//! Two heads over an ESM-2 encoder: a residue head, and a pair head that also reads every attention
//! map. The pair head runs in blocks of rows and makes the rows of the maps again from queries and
//! keys, so that neither a pair tensor nor a map is ever held. Outputs cover `<cls>` and `<eos>`.

mod host;
mod network;
pub mod property;
mod tensor;

use std::sync::Arc;

use network::Network;
pub use property::{PAIR_CHANNELS, Property, RESIDUE_CHANNELS};

use super::device::Compute;
use super::error::{ModelError, check_finite};
use super::esm2::budget::Budget;
use super::esm2::{self, Config};
use super::tokenizer::Token;
use super::weights::WeightsFile;
use crate::numeric::Matrix;
use crate::progress::Checkpoint;

/// A model that predicts dynamic properties from tokens, `<cls>` and `<eos>` included.
pub trait DynamicsModel: Sync {
    /// Residue properties: for each sequence (length, [`RESIDUE_CHANNELS`]).
    ///
    /// # Errors
    /// [`ModelError::OutOfMemory`] when fewer sequences at once might fit; [`ModelError::Cancelled`].
    fn residues(
        &self,
        sequences: &[Vec<Token>],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError>;

    /// What sequences that differ from this one by substitutions are computed beside, where that is
    /// faster (`many` will come) or more exact; `None` where it is neither.
    ///
    /// # Errors
    /// As [`DynamicsModel::residues`].
    fn trace(
        &self,
        sequence: &[Token],
        many: bool,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Option<Trace>, ModelError>;

    /// Residue properties of sequences as long as that of a trace, beside it. Where the trace
    /// [is rounded](Trace::is_rounded), the differences from it are rounded to about 2 · 10⁻⁴ of
    /// themselves in every layer.
    ///
    /// # Errors
    /// As [`DynamicsModel::residues`].
    fn residues_beside(
        &self,
        trace: &Trace,
        sequences: &[Vec<Token>],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError>;

    /// Residue properties of one sequence, and its pair properties handed to `sink` in blocks of rows
    /// from first to last: index of the first row, then (row, column, [`PAIR_CHANNELS`]).
    ///
    /// # Errors
    /// As [`DynamicsModel::residues`].
    fn residues_and_pairs(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<Vec<f32>, ModelError>;

    /// How many sequences of so many tokens are worth predicting at once; at least 1.
    fn batch_size(&self, tokens: usize) -> usize;

    /// The longest sequence in tokens that is computed whole; it does not change while a model is loaded.
    fn longest(&self) -> usize;

    /// Everything that is predicted for one sequence.
    ///
    /// # Errors
    /// As [`DynamicsModel::residues`].
    fn predict(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Prediction, ModelError> {
        let mut pairs = Vec::with_capacity(sequence.len() * sequence.len() * PAIR_CHANNELS);
        let residues = self.residues_and_pairs(sequence, checkpoint, &mut |_, rows| {
            pairs.extend_from_slice(rows);
        })?;
        Ok(Prediction {
            tokens: sequence.len(),
            residues,
            pairs,
        })
    }
}

/// One sequence on its way through the network.
pub struct Trace {
    residues: Vec<f32>,
    known: Known,
}

/// What is known of that sequence.
enum Known {
    /// What went into every linear map and what came out.
    Passes(esm2::host::Trace),
    /// Only itself.
    Tokens(Vec<Token>),
}

impl Trace {
    /// Its residue properties, (length, [`RESIDUE_CHANNELS`]).
    #[must_use]
    pub fn residues(&self) -> &[f32] {
        &self.residues
    }

    /// Whether what is computed beside it is rounded more than without.
    #[must_use]
    pub fn is_rounded(&self) -> bool {
        matches!(self.known, Known::Passes(_))
    }
}

/// All properties of one sequence, `<cls>` and `<eos>` included.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Number of tokens.
    pub tokens: usize,
    /// (token, [`RESIDUE_CHANNELS`]).
    pub residues: Vec<f32>,
    /// (token, token, [`PAIR_CHANNELS`]).
    pub pairs: Vec<f32>,
}

impl Prediction {
    /// A channel of the pair head over the residues, without `<cls>` and `<eos>`.
    #[must_use]
    pub fn pair_map(&self, channel: usize) -> Matrix {
        let residues = self.tokens.saturating_sub(2);
        Matrix::from_fn(residues, residues, |i, j| {
            let pair = (i + 1) * self.tokens + j + 1;
            f64::from(self.pairs[pair * PAIR_CHANNELS + channel])
        })
    }
}

/// An encoder with both heads.
pub struct Dance {
    weights: String,
    budget: Arc<Budget>,
    network: Box<dyn Network>,
}

impl Dance {
    /// Loads `SeqDance` or `ESMDance`; the shape comes from `config.json` or from the tensors.
    ///
    /// # Errors
    /// What [`WeightsFile`] and [`Config`] refuse.
    pub fn load(weights: &WeightsFile, compute: &Compute) -> Result<Self, ModelError> {
        Self::load_as(&Config::beside(weights, "esm2")?, weights, compute)
    }

    /// Loads a model of a known shape.
    ///
    /// # Errors
    /// What [`WeightsFile`] refuses.
    pub fn load_as(
        config: &Config,
        weights: &WeightsFile,
        compute: &Compute,
    ) -> Result<Self, ModelError> {
        let middle = middle_width(weights)?;
        let budget = Arc::new(Budget::new(config, compute));
        let network = weights.load(compute, esm2::UNUSED, |vb| {
            network::load(&vb, middle, &budget)
        })?;
        Ok(Self {
            weights: weights.name().to_owned(),
            budget,
            network,
        })
    }

    /// `f32+i16` where variants may be computed beside a [`Trace`], else the number type of the device.
    #[must_use]
    pub fn dtype_name(&self) -> &'static str {
        if self.budget.rounds_differences() {
            "f32+i16"
        } else {
            self.budget.compute().dtype_name()
        }
    }

    /// The shape of the encoder.
    #[must_use]
    pub fn config(&self) -> &Config {
        self.budget.config()
    }

    fn checked(&self, all: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>, ModelError> {
        for rows in &all {
            self.check(rows)?;
        }
        Ok(all)
    }

    fn check(&self, rows: &[f32]) -> Result<(), ModelError> {
        check_finite(rows, &self.weights, self.budget.compute().dtype_name())
    }
}

/// The width of the pair head's middle layer, which only the weights tell.
fn middle_width(weights: &WeightsFile) -> Result<usize, ModelError> {
    let tensor = "pair_middle_linear.bias";
    match weights.shape(tensor).as_deref() {
        Some(&[width]) => Ok(width),
        _ => Err(ModelError::MissingTensor {
            file: weights.name().to_owned(),
            tensor: tensor.to_owned(),
        }),
    }
}

fn slices(sequences: &[Vec<Token>]) -> Vec<&[Token]> {
    sequences.iter().map(Vec::as_slice).collect()
}

impl DynamicsModel for Dance {
    fn residues(
        &self,
        sequences: &[Vec<Token>],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        self.checked(self.network.residues(&slices(sequences), checkpoint)?)
    }

    fn trace(
        &self,
        sequence: &[Token],
        many: bool,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Option<Trace>, ModelError> {
        let trace = self.network.trace(sequence, many, checkpoint)?;
        if let Some(trace) = &trace {
            self.check(&trace.residues)?;
        }
        Ok(trace)
    }

    fn residues_beside(
        &self,
        trace: &Trace,
        sequences: &[Vec<Token>],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let sequences = slices(sequences);
        self.checked(
            self.network
                .residues_beside(trace, &sequences, checkpoint)?,
        )
    }

    fn residues_and_pairs(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        let mut broken = Ok(());
        let residues =
            self.network
                .residues_and_pairs(sequence, checkpoint, &mut |first, rows| {
                    if broken.is_ok() {
                        broken = self.check(rows);
                    }
                    sink(first, rows);
                })?;
        broken?;
        self.check(&residues)?;
        Ok(residues)
    }

    fn batch_size(&self, tokens: usize) -> usize {
        self.budget.batch_size(tokens)
    }

    fn longest(&self) -> usize {
        self.budget.longest()
    }
}

#[cfg(test)]
mod tests;

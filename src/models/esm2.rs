//! The masked protein language models ESM-2 (Lin et al. 2023), ESM-1b (Rives et al. 2021) and ESM-1v (Meier
//! et al. 2021), with the tensor names of Hugging Face `transformers` (`EsmForMaskedLM`).
//!
//! On the CPU the encoder runs on plain rows with fused operations (`host`), elsewhere in tensor
//! operations (`tensor`); which of the two is decided in one place, `network::load`. Left out:
//! the contact head and everything that only training needs.

pub(crate) mod budget;
pub mod config;
pub(crate) mod host;
mod network;
pub(crate) mod tensor;

use std::sync::Arc;

use candle_nn::VarBuilder;

pub use config::Config;

use self::budget::Budget;
use self::network::Network;
use super::device::Compute;
use super::error::{ModelError, check_finite};
use super::tokenizer::{Token, VOCABULARY};
use super::weights::WeightsFile;
use crate::progress::Checkpoint;

/// What published files hold beyond a forward pass.
pub(crate) const UNUSED: &[&str] = &[
    "contact_head",
    "inv_freq",
    "pooler",
    "position_embeddings",
    "position_ids",
];

/// Tokens of one sequence, `<cls>` and `<eos>` included, and the positions at which it is asked what
/// may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The sequence.
    pub tokens: Vec<Token>,
    /// Indices into `tokens`.
    pub positions: Vec<usize>,
}

/// A model that says how likely each token is at a position, given the others.
pub trait LanguageModel: Sync {
    /// Natural logarithms of the probabilities of all 33 tokens: for each query one after the other
    /// those of its positions, `positions.len() * VOCABULARY` numbers.
    ///
    /// # Errors
    /// [`ModelError::OutOfMemory`] when fewer queries at once might fit; [`ModelError::Cancelled`].
    fn log_probabilities(
        &self,
        queries: &[Query],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError>;

    /// How many sequences of so many tokens are worth asking at once; at least 1.
    fn batch_size(&self, tokens: usize) -> usize;

    /// The longest sequence in tokens that is computed whole; it does not change while a model is loaded.
    fn longest(&self) -> usize;
}

/// The encoder with its language-model head.
pub struct Esm2 {
    weights: String,
    budget: Arc<Budget>,
    network: Box<dyn Network>,
}

impl Esm2 {
    /// Loads a model whose `config.json` stands beside its weights, or whose size is a published one.
    ///
    /// # Errors
    /// What [`WeightsFile`] and [`Config`] refuse.
    pub fn load(weights: &WeightsFile, compute: &Compute) -> Result<Self, ModelError> {
        Self::load_as(&Config::beside(weights, "esm")?, weights, compute)
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
        let budget = Arc::new(Budget::new(config, compute));
        let own_output = config.has_own_output(weights)?;
        let equal = (!own_output).then_some(config::OUTPUT);
        let unused: Vec<&str> = UNUSED.iter().copied().chain(equal).collect();
        let network = weights.load(compute, &unused, |vb| {
            network::load(&vb, own_output, &budget)
        })?;
        Ok(Self {
            weights: weights.name().to_owned(),
            budget,
            network,
        })
    }

    /// A model whose weights are all zero: as fast as any, for measuring speed.
    ///
    /// # Errors
    /// What the device fails with.
    pub(crate) fn blank(config: &Config, compute: &Compute) -> Result<Self, ModelError> {
        let budget = Arc::new(Budget::new(config, compute));
        let vb = VarBuilder::zeros(compute.dtype, &compute.device);
        Ok(Self {
            weights: "blank".to_owned(),
            network: network::load(&vb, false, &budget)?,
            budget,
        })
    }

    /// The weights file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.weights
    }

    /// The shape of the encoder.
    #[must_use]
    pub fn config(&self) -> &Config {
        self.budget.config()
    }

    /// Logits of every token at every position: for each sequence (length, 33).
    ///
    /// # Errors
    /// As [`LanguageModel::log_probabilities`].
    pub fn logits(
        &self,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let everywhere: Vec<Vec<usize>> =
            sequences.iter().map(|s| (0..s.len()).collect()).collect();
        let everywhere: Vec<&[usize]> = everywhere.iter().map(Vec::as_slice).collect();
        self.logits_at(sequences, &everywhere, checkpoint)
    }

    /// Last hidden states: for each sequence (length, width).
    ///
    /// # Errors
    /// As [`LanguageModel::log_probabilities`].
    pub fn hidden_states(
        &self,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        self.budget.check_positions(sequences)?;
        let width = self.config().width;
        let packed = self.network.hidden_states(sequences, checkpoint)?;
        Ok(split(&packed, sequences.iter().map(|s| s.len() * width)))
    }

    /// Attention probabilities of one sequence: (layer and head, query, key), layer-major.
    ///
    /// # Errors
    /// As [`LanguageModel::log_probabilities`].
    pub fn attention_maps(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, ModelError> {
        self.budget.check_positions(&[sequence])?;
        self.network.attention_maps(sequence, checkpoint)
    }

    fn logits_at(
        &self,
        sequences: &[&[Token]],
        positions: &[&[usize]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        self.budget.check_positions(sequences)?;
        let packed = self.network.logits(sequences, positions, checkpoint)?;
        check_finite(&packed, &self.weights, self.budget.compute().dtype_name())?;
        Ok(split(
            &packed,
            positions.iter().map(|p| p.len() * VOCABULARY),
        ))
    }
}

impl LanguageModel for Esm2 {
    fn log_probabilities(
        &self,
        queries: &[Query],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let sequences: Vec<&[Token]> = queries.iter().map(|q| q.tokens.as_slice()).collect();
        let positions: Vec<&[usize]> = queries.iter().map(|q| q.positions.as_slice()).collect();
        let mut logits = self.logits_at(&sequences, &positions, checkpoint)?;
        for row in logits
            .iter_mut()
            .flat_map(|l| l.chunks_exact_mut(VOCABULARY))
        {
            log_softmax(row);
        }
        Ok(logits)
    }

    fn batch_size(&self, tokens: usize) -> usize {
        self.budget.batch_size(tokens)
    }

    fn longest(&self) -> usize {
        self.budget.longest()
    }
}

/// Logarithms of probabilities from logits, or from anything that differs from them by a constant.
pub(crate) fn log_softmax(row: &mut [f32]) {
    let largest = row.iter().fold(f32::NEG_INFINITY, |a, &v| a.max(v));
    let sum: f32 = row.iter().map(|v| (v - largest).exp()).sum();
    let shift = largest + sum.ln();
    for v in row {
        *v -= shift;
    }
}

/// Cuts packed values into parts of given lengths.
pub(crate) fn split(packed: &[f32], lengths: impl Iterator<Item = usize>) -> Vec<Vec<f32>> {
    let mut rest = packed;
    lengths
        .map(|length| {
            let (part, tail) = rest.split_at(length);
            rest = tail;
            part.to_vec()
        })
        .collect()
}

#[cfg(test)]
mod family_tests;
#[cfg(test)]
mod tests;

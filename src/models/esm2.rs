//! ESM-2, the masked protein language model (Lin et al. 2023), with the tensor names of Hugging Face
//! `transformers` (`EsmForMaskedLM`).
//!
//! On the CPU the encoder runs on plain rows with fused operations (`host`), elsewhere in tensor
//! operations (`tensor`); which of the two is decided in one place, [`Esm2::load_as`]. Left out:
//! the contact head and everything that only training needs.

mod budget;
pub mod config;
pub(crate) mod host;
pub(crate) mod tensor;

use candle_nn::VarBuilder;

pub use config::Config;

use super::device::Compute;
use super::error::ModelError;
use super::kernels::read::numbers;
use super::tokenizer::{Token, VOCABULARY};
use super::weights::WeightsFile;
use crate::progress::Checkpoint;

/// What published files hold beyond a forward pass.
pub(crate) const UNUSED: &[&str] = &[
    "contact_head",
    "decoder",
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

    /// The longest sequence in tokens that fits the memory that is free now.
    fn longest(&self) -> usize;
}

/// The encoder with its language-model head.
pub struct Esm2 {
    config: Config,
    compute: Compute,
    path: Path,
}

enum Path {
    Host(host::Encoder, host::Head),
    Tensor(tensor::Encoder, tensor::Head),
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
        let path = weights.load(compute, UNUSED, |vb| Path::load(&vb, config, compute))?;
        Ok(Self {
            config: config.clone(),
            compute: compute.clone(),
            path,
        })
    }

    /// A model whose weights are all zero: as fast as any, for measuring speed.
    ///
    /// # Errors
    /// What the device fails with.
    pub(crate) fn blank(config: &Config, compute: &Compute) -> Result<Self, ModelError> {
        let vb = VarBuilder::zeros(compute.dtype, &compute.device);
        Ok(Self {
            path: Path::load(&vb, config, compute)?,
            config: config.clone(),
            compute: compute.clone(),
        })
    }

    /// The shape of the encoder.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
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
        let width = self.config.width;
        let packed = match &self.path {
            Path::Host(encoder, _) => encoder
                .encode(sequences, None, checkpoint, |_, rows, _| rows)?
                .concat(),
            Path::Tensor(encoder, _) => {
                let states = encoder.encode(sequences, checkpoint)?;
                let mut packed = Vec::new();
                for (i, sequence) in sequences.iter().enumerate() {
                    let rows = states.get(i)?.narrow(0, 0, sequence.len())?;
                    packed.extend(numbers(&rows)?);
                }
                packed
            }
        };
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
        match &self.path {
            Path::Host(encoder, _) => {
                let (_, attention) = encoder.encode_with_attention(sequence, checkpoint)?;
                let mut maps = Vec::new();
                attention.rows(&(0..sequence.len()), &mut maps);
                Ok(maps)
            }
            Path::Tensor(encoder, _) => {
                let (_, attention) = encoder.encode_with_attention(sequence, checkpoint)?;
                let maps = attention.rows(0, sequence.len())?;
                Ok(numbers(&maps)?)
            }
        }
    }

    fn logits_at(
        &self,
        sequences: &[&[Token]],
        positions: &[&[usize]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let packed = match &self.path {
            Path::Host(encoder, head) => encoder
                .encode(
                    sequences,
                    Some(positions),
                    checkpoint,
                    |_, rows, threads| head.logits(encoder, &rows, threads),
                )?
                .concat(),
            Path::Tensor(encoder, head) => {
                let longest = sequences.iter().map(|s| s.len()).max().unwrap_or(0);
                let mut packed = Vec::new();
                encoder.encode_each(
                    sequences,
                    self.compute.device_batch(&self.config, longest),
                    checkpoint,
                    |states, range| {
                        let length = states.dim(1)?;
                        let rows: Vec<u32> = (0..)
                            .zip(&positions[range])
                            .flat_map(|(i, p)| p.iter().map(move |&at| (i * length + at) as u32))
                            .collect();
                        head.logits(encoder, states, &rows)
                    },
                    |_, logits| packed.extend(logits),
                )?;
                packed
            }
        };
        Ok(split(
            &packed,
            positions.iter().map(|p| p.len() * VOCABULARY),
        ))
    }
}

impl Path {
    fn load(vb: &VarBuilder<'_>, config: &Config, compute: &Compute) -> candle_core::Result<Self> {
        let (encoder, head) = (vb.pp("esm"), vb.pp("lm_head"));
        Ok(if compute.is_fused() {
            Self::Host(
                host::Encoder::load(&encoder, config)?,
                host::Head::load(&head, config)?,
            )
        } else {
            Self::Tensor(
                tensor::Encoder::load(&encoder, config)?,
                tensor::Head::load(&head, config)?,
            )
        })
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
        self.compute.batch_size(&self.config, tokens)
    }

    fn longest(&self) -> usize {
        self.compute.longest(&self.config)
    }
}

fn log_softmax(row: &mut [f32]) {
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
mod tests;

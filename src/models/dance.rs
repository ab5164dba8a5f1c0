//! SeqDance and ESMDance: dynamic properties from a sequence (Hou, Zhao, Shen 2026, PNAS).
//!
//! Two heads over an ESM-2 encoder: a residue head, and a pair head that also reads every attention
//! map. The pair head runs in blocks of rows and makes the rows of the maps again from queries and
//! keys, so that neither a pair tensor nor a map is ever held. Outputs cover `<cls>` and `<eos>`.

mod host;
pub mod property;
mod tensor;

use candle_nn::VarBuilder;

use property::activate_residues;
pub use property::{PAIR_CHANNELS, Property, RESIDUE_CHANNELS};

use super::device::Compute;
use super::error::ModelError;
use super::esm2::{self, Config, split};
use super::kernels::matmul::Threads;
use super::kernels::read::numbers;
use super::tokenizer::Token;
use super::weights::WeightsFile;
use crate::numeric::{Matrix, Profile};
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

    /// What makes sequences that differ from this one by substitutions take less time, or `None` where
    /// nothing does.
    ///
    /// # Errors
    /// As [`DynamicsModel::residues`].
    fn trace(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Option<Trace>, ModelError>;

    /// Residue properties of sequences as long as that of a trace, beside it: the differences from it
    /// are rounded to about 2 · 10⁻⁴ of themselves in every layer.
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

    /// The longest sequence in tokens that fits the memory that is free now.
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
    encoder: esm2::host::Trace,
}

impl Trace {
    /// Its residue properties, (length, [`RESIDUE_CHANNELS`]).
    #[must_use]
    pub fn residues(&self) -> &[f32] {
        &self.residues
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
    /// A channel of the residue head along the residues, without `<cls>` and `<eos>`.
    #[must_use]
    pub fn residue_profile(&self, channel: usize) -> Profile {
        (1..self.tokens.saturating_sub(1))
            .map(|token| f64::from(self.residues[token * RESIDUE_CHANNELS + channel]))
            .collect()
    }

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
    config: Config,
    compute: Compute,
    path: Path,
}

enum Path {
    Host(Box<(esm2::host::Encoder, host::Heads)>),
    Tensor(Box<(esm2::tensor::Encoder, tensor::Heads)>),
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
        let path = weights.load(compute, esm2::UNUSED, |vb| {
            Path::load(&vb, config, middle, compute)
        })?;
        Ok(Self {
            config: config.clone(),
            compute: compute.clone(),
            path,
        })
    }

    /// `f32+i16` where variants may be computed beside a [`Trace`], else the number type of the device.
    #[must_use]
    pub fn dtype_name(&self) -> &'static str {
        if self.compute.rounds_differences() {
            "f32+i16"
        } else {
            self.compute.dtype_name()
        }
    }

    /// The shape of the encoder.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
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

impl Path {
    fn load(
        vb: &VarBuilder<'_>,
        config: &Config,
        middle: usize,
        compute: &Compute,
    ) -> candle_core::Result<Self> {
        let encoder = vb.pp("esm2");
        Ok(if compute.is_fused() {
            Self::Host(Box::new((
                esm2::host::Encoder::load(&encoder, config)?,
                host::Heads::load(vb, config, middle)?,
            )))
        } else {
            Self::Tensor(Box::new((
                esm2::tensor::Encoder::load(&encoder, config)?,
                tensor::Heads::load(vb, config, middle)?,
            )))
        })
    }
}

impl DynamicsModel for Dance {
    fn residues(
        &self,
        sequences: &[Vec<Token>],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let slices: Vec<&[Token]> = sequences.iter().map(Vec::as_slice).collect();
        let lengths = sequences.iter().map(|s| s.len() * RESIDUE_CHANNELS);
        match &self.path {
            Path::Host(model) => {
                let (encoder, heads) = &**model;
                let packed = encoder.encode(&slices, None, checkpoint, |_, rows, threads| {
                    heads.residues(&rows, threads)
                })?;
                Ok(split(&packed.concat(), lengths))
            }
            Path::Tensor(model) => {
                let (encoder, heads) = &**model;
                let longest = slices.iter().map(|s| s.len()).max().unwrap_or(0);
                let mut all = Vec::with_capacity(sequences.len());
                encoder.encode_each(
                    &slices,
                    self.compute.device_batch(&self.config, longest),
                    checkpoint,
                    |states, _| heads.residues(states),
                    |range, mut padded| {
                        activate_residues(&mut padded);
                        let length = padded.len() / range.len();
                        let lengths = slices[range].iter().map(|s| s.len() * RESIDUE_CHANNELS);
                        let rows = padded.chunks_exact(length).zip(lengths);
                        all.extend(rows.map(|(rows, length)| rows[..length].to_vec()));
                    },
                )?;
                Ok(all)
            }
        }
    }

    fn trace(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Option<Trace>, ModelError> {
        let Path::Host(model) = &self.path else {
            return Ok(None);
        };
        if !self
            .compute
            .is_trace_worthwhile(&self.config, sequence.len())
        {
            return Ok(None);
        }
        let (encoder, heads) = &**model;
        let (states, trace) = encoder.encode_with_trace(sequence, checkpoint)?;
        Ok(Some(Trace {
            residues: heads.residues(&states, Threads::All),
            encoder: trace,
        }))
    }

    fn residues_beside(
        &self,
        trace: &Trace,
        sequences: &[Vec<Token>],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let Path::Host(model) = &self.path else {
            return self.residues(sequences, checkpoint);
        };
        let (encoder, heads) = &**model;
        let slices: Vec<&[Token]> = sequences.iter().map(Vec::as_slice).collect();
        let then = |_, rows: Vec<f32>, threads| heads.residues(&rows, threads);
        let packed = encoder.encode_beside(&trace.encoder, &slices, checkpoint, then)?;
        let lengths = sequences.iter().map(|s| s.len() * RESIDUE_CHANNELS);
        Ok(split(&packed.concat(), lengths))
    }

    fn residues_and_pairs(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        match &self.path {
            Path::Host(model) => {
                let (encoder, heads) = &**model;
                let (states, attention) = encoder.encode_with_attention(sequence, checkpoint)?;
                heads.pairs(&states, &attention, checkpoint, sink)?;
                Ok(heads.residues(&states, Threads::All))
            }
            Path::Tensor(model) => {
                let (encoder, heads) = &**model;
                let (states, attention) = encoder.encode_with_attention(sequence, checkpoint)?;
                heads.pairs(&states, &attention, checkpoint, sink)?;
                let mut residues = numbers(&heads.residues(&states)?)?;
                activate_residues(&mut residues);
                Ok(residues)
            }
        }
    }

    fn batch_size(&self, tokens: usize) -> usize {
        self.compute.batch_size(&self.config, tokens)
    }

    fn longest(&self) -> usize {
        self.compute.longest(&self.config)
    }
}

#[cfg(test)]
mod tests;

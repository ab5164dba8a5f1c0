//! The model of dynamics on one kind of device: plain rows on the CPU, tensors elsewhere.

use std::sync::Arc;

use candle_nn::VarBuilder;

use super::property::{RESIDUE_CHANNELS, activate_residues};
use super::{Known, Trace, host, tensor};
use crate::models::error::ModelError;
use crate::models::esm2::budget::Budget;
use crate::models::esm2::{self, split};
use crate::models::kernels::matmul::Threads;
use crate::models::kernels::read::numbers;
use crate::models::tokenizer::Token;
use crate::progress::Checkpoint;

/// Encoder and heads.
pub(super) trait Network: Send + Sync {
    /// Residue properties: for each sequence (length, 50).
    fn residues(
        &self,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError>;

    /// What sequences that differ from this one by substitutions are computed beside; `many` of them
    /// will come.
    fn trace(
        &self,
        sequence: &[Token],
        many: bool,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Option<Trace>, ModelError>;

    /// Residue properties beside a trace of this network.
    fn residues_beside(
        &self,
        trace: &Trace,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError>;

    /// Residue properties of one sequence, and its pair properties in blocks of rows.
    fn residues_and_pairs(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<Vec<f32>, ModelError>;
}

/// The one place where it is decided which of the two runs; `middle` is the width of the pair head's
/// middle layer.
pub(super) fn load(
    vb: &VarBuilder<'_>,
    middle: usize,
    budget: &Arc<Budget>,
) -> candle_core::Result<Box<dyn Network>> {
    let (config, encoder) = (budget.config(), vb.pp("esm2"));
    Ok(if budget.compute().is_fused() {
        Box::new(OnHost {
            encoder: esm2::host::Encoder::load(&encoder, config)?,
            heads: host::Heads::load(vb, config, middle)?,
            budget: Arc::clone(budget),
        })
    } else {
        Box::new(OnDevice {
            encoder: esm2::tensor::Encoder::load(&encoder, budget)?,
            heads: tensor::Heads::load(vb, config, middle)?,
            budget: Arc::clone(budget),
        })
    })
}

fn lengths(sequences: &[&[Token]]) -> impl Iterator<Item = usize> {
    sequences.iter().map(|s| s.len() * RESIDUE_CHANNELS)
}

struct OnHost {
    encoder: esm2::host::Encoder,
    heads: host::Heads,
    budget: Arc<Budget>,
}

impl Network for OnHost {
    fn residues(
        &self,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let head = |_, rows: Vec<f32>, threads| self.heads.residues(&rows, threads);
        let packed = self.encoder.encode(sequences, None, checkpoint, head)?;
        Ok(split(&packed.concat(), lengths(sequences)))
    }

    fn trace(
        &self,
        sequence: &[Token],
        many: bool,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Option<Trace>, ModelError> {
        if !many || !self.budget.is_trace_worthwhile(sequence.len()) {
            return Ok(None);
        }
        let (states, trace) = self.encoder.encode_with_trace(sequence, checkpoint)?;
        Ok(Some(Trace {
            residues: self.heads.residues(&states, Threads::All),
            known: Known::Passes(trace),
        }))
    }

    fn residues_beside(
        &self,
        trace: &Trace,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let Known::Passes(known) = &trace.known else {
            return self.residues(sequences, checkpoint);
        };
        let head = |_, rows: Vec<f32>, threads| self.heads.residues(&rows, threads);
        let packed = self
            .encoder
            .encode_beside(known, sequences, checkpoint, head)?;
        Ok(split(&packed.concat(), lengths(sequences)))
    }

    fn residues_and_pairs(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        let (states, attention) = self.encoder.encode_with_attention(sequence, checkpoint)?;
        self.heads.pairs(&states, &attention, checkpoint, sink)?;
        Ok(self.heads.residues(&states, Threads::All))
    }
}

struct OnDevice {
    encoder: esm2::tensor::Encoder,
    heads: tensor::Heads,
    budget: Arc<Budget>,
}

impl OnDevice {
    /// Hands over the padded rows of each batch, those of the companion first.
    fn each_batch(
        &self,
        sequences: &[&[Token]],
        companion: Option<&[Token]>,
        checkpoint: &dyn Checkpoint,
        mut then: impl FnMut(&[f32], &[&[Token]]),
    ) -> Result<(), ModelError> {
        self.encoder.encode_each(
            sequences,
            companion,
            checkpoint,
            |states, _| self.heads.residues(states),
            |range, mut padded| {
                activate_residues(&mut padded);
                then(&padded, &sequences[range]);
            },
        )
    }
}

impl Network for OnDevice {
    fn residues(
        &self,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let mut all = Vec::with_capacity(sequences.len());
        self.each_batch(sequences, None, checkpoint, |padded, batch| {
            let rows = padded.chunks_exact(padded.len() / batch.len());
            let rows = rows.zip(lengths(batch));
            all.extend(rows.map(|(rows, length)| rows[..length].to_vec()));
        })?;
        Ok(all)
    }

    /// In half precision a sequence's numbers depend on its company by more than a mutant changes them:
    /// the sequence itself will ride in every batch.
    fn trace(
        &self,
        sequence: &[Token],
        _many: bool,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Option<Trace>, ModelError> {
        if self.budget.compute().dtype_name() == "f32" {
            return Ok(None);
        }
        Ok(Some(Trace {
            residues: self.residues(&[sequence], checkpoint)?.concat(),
            known: Known::Tokens(sequence.to_vec()),
        }))
    }

    fn residues_beside(
        &self,
        trace: &Trace,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let Known::Tokens(tokens) = &trace.known else {
            return self.residues(sequences, checkpoint);
        };
        let mut all = Vec::with_capacity(sequences.len());
        self.each_batch(sequences, Some(tokens), checkpoint, |padded, batch| {
            let (own, mutants) = padded.split_at(padded.len() / (batch.len() + 1));
            let changed =
                |(mutant, (own, reference)): (&f32, (&f32, &f32))| reference + (mutant - own);
            all.extend(mutants.chunks_exact(own.len()).map(|mutant| {
                let known = own.iter().zip(&trace.residues);
                mutant.iter().zip(known).map(changed).collect::<Vec<f32>>()
            }));
        })?;
        Ok(all)
    }

    fn residues_and_pairs(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        let (states, attention) = self.encoder.encode_with_attention(sequence, checkpoint)?;
        self.heads.pairs(&states, &attention, checkpoint, sink)?;
        let mut residues = numbers(&self.heads.residues(&states)?)?;
        activate_residues(&mut residues);
        Ok(residues)
    }
}

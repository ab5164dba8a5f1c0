//! The language model on one kind of device: plain rows on the CPU, tensors elsewhere.

use std::sync::Arc;

use candle_nn::VarBuilder;

use super::budget::Budget;
use super::{host, tensor};
use crate::models::error::ModelError;
use crate::models::kernels::read::numbers;
use crate::models::tokenizer::{Token, VOCABULARY};
use crate::progress::Checkpoint;

/// Encoder and head; all answers are packed, sequence after sequence.
pub(super) trait Network: Send + Sync {
    /// Logits of every token at some positions of each sequence.
    fn logits(
        &self,
        sequences: &[&[Token]],
        positions: &[&[usize]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, ModelError>;

    /// Last hidden states, (position, width).
    fn hidden_states(
        &self,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, ModelError>;

    /// Attention probabilities of one sequence: (layer and head, query, key), layer-major.
    fn attention_maps(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, ModelError>;
}

/// The one place where it is decided which of the two runs. The output matrix is that of the embedding
/// or the head's own.
pub(super) fn load(
    vb: &VarBuilder<'_>,
    own_output: bool,
    budget: &Arc<Budget>,
) -> candle_core::Result<Box<dyn Network>> {
    let config = budget.config();
    let (encoder, head) = (vb.pp("esm"), vb.pp("lm_head"));
    let embedding = encoder.pp("embeddings").pp("word_embeddings");
    let output = if own_output {
        head.pp("decoder")
    } else {
        embedding
    };
    let output = output.get((VOCABULARY, config.width), "weight")?;
    Ok(if budget.compute().is_fused() {
        Box::new(OnHost {
            encoder: host::Encoder::load(&encoder, config)?,
            head: host::Head::load(&head, &output, config)?,
        })
    } else {
        Box::new(OnDevice {
            encoder: tensor::Encoder::load(&encoder, budget)?,
            head: tensor::Head::load(&head, output, config)?,
        })
    })
}

struct OnHost {
    encoder: host::Encoder,
    head: host::Head,
}

impl Network for OnHost {
    fn logits(
        &self,
        sequences: &[&[Token]],
        positions: &[&[usize]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, ModelError> {
        let Self { encoder, head } = self;
        let groups = encoder.encode(
            sequences,
            Some(positions),
            checkpoint,
            |_, rows, threads| head.logits(&rows, threads),
        )?;
        Ok(groups.concat())
    }

    fn hidden_states(
        &self,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, ModelError> {
        let groups = self
            .encoder
            .encode(sequences, None, checkpoint, |_, rows, _| rows)?;
        Ok(groups.concat())
    }

    fn attention_maps(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, ModelError> {
        let (_, attention) = self.encoder.encode_with_attention(sequence, checkpoint)?;
        let mut maps = Vec::new();
        attention.rows(&(0..sequence.len()), &mut maps);
        Ok(maps)
    }
}

struct OnDevice {
    encoder: tensor::Encoder,
    head: tensor::Head,
}

impl Network for OnDevice {
    fn logits(
        &self,
        sequences: &[&[Token]],
        positions: &[&[usize]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, ModelError> {
        let mut packed = Vec::new();
        self.encoder.encode_each(
            sequences,
            None,
            checkpoint,
            |states, range| {
                let length = states.dim(1)?;
                let rows: Vec<u32> = (0..)
                    .zip(&positions[range])
                    .flat_map(|(i, p)| p.iter().map(move |&at| (i * length + at) as u32))
                    .collect();
                self.head.logits(states, &rows)
            },
            |_, logits| packed.extend(logits),
        )?;
        Ok(packed)
    }

    fn hidden_states(
        &self,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, ModelError> {
        let mut packed = Vec::new();
        let width = self.encoder.width();
        self.encoder.encode_each(
            sequences,
            None,
            checkpoint,
            |states, _| Ok(states.clone()),
            |range, states| {
                let padded = states.len() / range.len();
                for (sequence, states) in sequences[range].iter().zip(states.chunks_exact(padded)) {
                    packed.extend_from_slice(&states[..sequence.len() * width]);
                }
            },
        )?;
        Ok(packed)
    }

    fn attention_maps(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, ModelError> {
        let (_, attention) = self.encoder.encode_with_attention(sequence, checkpoint)?;
        Ok(numbers(&attention.rows(0, sequence.len())?)?)
    }
}

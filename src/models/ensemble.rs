//! Language models of one family whose opinions are averaged, as the five of ESM-1v are.

use super::device::Compute;
use super::error::ModelError;
use super::esm2::{Config, Esm2, LanguageModel, Query, log_softmax};
use super::tokenizer::VOCABULARY;
use super::weights::WeightsFile;
use crate::progress::{Checkpoint, Part};

/// One model, or several of one shape. The logarithms of probabilities are averaged, and thereby the
/// scores, which are differences of two at one position; then they are made probabilities again.
pub struct Ensemble {
    members: Vec<Esm2>,
}

impl Ensemble {
    /// Loads one model from each.
    ///
    /// # Errors
    /// As [`Esm2::load`]; [`ModelError::Config`] when they are not of one shape, or there is none.
    pub fn load(weights: &[WeightsFile], compute: &Compute) -> Result<Self, ModelError> {
        let refuse = |file: &str, reason: &str| ModelError::Config {
            file: file.to_owned(),
            reason: reason.to_owned(),
        };
        let load = |file| Esm2::load(file, compute);
        let members = weights.iter().map(load).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = members.first() else {
            return Err(refuse("weights", "there are none"));
        };
        if let Some(other) = members.iter().find(|m| m.config() != first.config()) {
            let reason = "not of the shape of the others that it is averaged with";
            return Err(refuse(other.name(), reason));
        }
        Ok(Self { members })
    }

    /// The shape of each.
    #[must_use]
    pub fn config(&self) -> &Config {
        self.members[0].config()
    }

    /// How many are averaged.
    #[must_use]
    pub fn size(&self) -> usize {
        self.members.len()
    }
}

impl LanguageModel for Ensemble {
    fn log_probabilities(
        &self,
        queries: &[Query],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let (first, others) = (&self.members[0], &self.members[1..]);
        let share = |i: usize| Part {
            whole: checkpoint,
            from: i as f64 / self.members.len() as f64,
            to: (i + 1) as f64 / self.members.len() as f64,
        };
        if others.is_empty() {
            return first.log_probabilities(queries, checkpoint);
        }
        let mut sum = first.log_probabilities(queries, &share(0))?;
        for (i, other) in others.iter().enumerate() {
            let own = other.log_probabilities(queries, &share(i + 1))?;
            for (sum, own) in sum.iter_mut().flatten().zip(own.iter().flatten()) {
                *sum += own;
            }
        }
        for row in sum
            .iter_mut()
            .flat_map(|all| all.chunks_exact_mut(VOCABULARY))
        {
            for value in row.iter_mut() {
                *value /= self.members.len() as f32;
            }
            log_softmax(row);
        }
        Ok(sum)
    }

    fn batch_size(&self, tokens: usize) -> usize {
        let sizes = self.members.iter().map(|m| m.batch_size(tokens));
        sizes.min().unwrap_or(1)
    }

    fn longest(&self) -> usize {
        let longest = self.members.iter().map(LanguageModel::longest);
        longest.min().unwrap_or(1)
    }
}

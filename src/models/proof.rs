//! Are these the published weights? What published language models give on three sequences, as others
//! computed it from the authors' own files, beside what weights at hand give.

use super::device::Compute;
use super::error::ModelError;
use super::esm2::{LanguageModel, Query};
use super::tokenizer::{Token, VOCABULARY};
use crate::numeric::stats::spearman;
use crate::progress::Checkpoint;
use crate::protein::AminoAcid;

const PUBLISHED: &[u8] = include_bytes!("../../assets/proof/esm2.safetensors");

/// Log-probabilities of the 20 amino acids at some places of some sequences.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    queries: Vec<Query>,
    /// Over queries, their positions, amino acids in the order of [`AminoAcid::ALL`].
    expected: Vec<f32>,
}

/// How far weights are from a reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distance {
    /// Numbers compared.
    pub compared: usize,
    /// Largest difference of two log-probabilities.
    pub largest: f32,
    /// Mean of all differences.
    pub mean: f32,
    /// Spearman's rank correlation over all numbers.
    pub rank_correlation: f64,
    tolerance: (f32, f64),
}

impl Distance {
    /// Whether the weights are the published ones, as far as the arithmetic lets it be seen.
    #[must_use]
    pub fn is_small(&self) -> bool {
        let (largest, rank_correlation) = self.tolerance;
        self.largest <= largest && self.rank_correlation >= rank_correlation
    }
}

impl std::fmt::Display for Distance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (largest, rank_correlation) = self.tolerance;
        write!(
            f,
            "{} published log-probabilities: largest difference {:.4} (at most {largest}), mean {:.4}, rank correlation {:.6} (at least {rank_correlation})",
            self.compared, self.largest, self.mean, self.rank_correlation
        )
    }
}

impl Reference {
    /// That of a published model, by its name in the manifest; `None` where nothing is known.
    ///
    /// # Errors
    /// When the reference itself is damaged.
    pub fn published(id: &str) -> Result<Option<Self>, ModelError> {
        let damaged = |error: safetensors::SafeTensorError| ModelError::NotSafetensors {
            file: "proof".to_owned(),
            reason: error.to_string(),
        };
        let file = safetensors::SafeTensors::deserialize(PUBLISHED).map_err(damaged)?;
        let Ok(expected) = file.tensor(id) else {
            return Ok(None);
        };
        let tokens = file.tensor("tokens").map_err(damaged)?.data();
        let places = file.tensor("places").map_err(damaged)?.data();
        let ends = file.tensor("ends").map_err(damaged)?.data();
        let mut queries = Vec::new();
        let (mut first, mut first_place) = (0, 0);
        for end in ends.as_chunks::<2>().0 {
            let (end, last_place) = (usize::from(end[0]), usize::from(end[1]));
            queries.push(Query {
                tokens: tokens[first..end].to_vec(),
                positions: places[first_place..last_place]
                    .iter()
                    .map(|&p| usize::from(p))
                    .collect(),
            });
            (first, first_place) = (end, last_place);
        }
        let words = expected.data().as_chunks::<4>().0;
        Ok(Some(Self {
            queries,
            expected: words.iter().map(|word| f32::from_le_bytes(*word)).collect(),
        }))
    }

    /// One of sequences and what is expected at some of their positions: `expected` is in the order of
    /// [`AminoAcid::ALL`].
    #[must_use]
    pub fn new(queries: Vec<Query>, expected: Vec<f32>) -> Self {
        Self { queries, expected }
    }

    /// Runs a model on the sequences.
    ///
    /// # Errors
    /// What the model fails with.
    pub fn distance(
        &self,
        model: &dyn LanguageModel,
        compute: &Compute,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Distance, ModelError> {
        let all = model.log_probabilities(&self.queries, checkpoint)?;
        let rows = all.iter().flat_map(|rows| rows.chunks_exact(VOCABULARY));
        let found: Vec<f32> = rows
            .flat_map(|row| residues().map(move |token| row[usize::from(token)]))
            .collect();
        let differences = found.iter().zip(&self.expected).map(|(a, b)| (a - b).abs());
        let as_f64 = |values: &[f32]| values.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        // The reference was computed on a GPU, where products may have been rounded to 10 bits (TF32).
        let tolerance = match compute.dtype_name() {
            "f32" => (0.05, 0.9995),
            _ => (0.5, 0.99),
        };
        Ok(Distance {
            compared: found.len(),
            largest: differences.clone().fold(0.0, f32::max),
            mean: differences.sum::<f32>() / found.len().max(1) as f32,
            rank_correlation: spearman(&as_f64(&found), &as_f64(&self.expected)),
            tolerance,
        })
    }
}

fn residues() -> impl Iterator<Item = Token> {
    AminoAcid::ALL.into_iter().map(super::tokenizer::token_of)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::esm2::{Config, Esm2};
    use crate::models::tokenizer::tokenize;
    use crate::models::weights::WeightsFile;

    #[test]
    fn published_numbers_are_those_of_probabilities() {
        for id in ["esm2-8m", "esm2-35m", "esm2-150m", "esm2-650m", "esm2-3b"] {
            let reference = Reference::published(id).unwrap().unwrap();
            let places: usize = reference.queries.iter().map(|q| q.positions.len()).sum();
            assert_eq!(
                (reference.queries.len(), 20 * places),
                (3, reference.expected.len())
            );
            for row in reference.expected.chunks(20) {
                let sum: f32 = row.iter().map(|x| x.exp()).sum();
                assert!((0.9..1.001).contains(&sum), "{id}: {sum}");
            }
        }
        assert_eq!(Reference::published("esm3").unwrap(), None);
    }

    /// Tiny weights that stand for published ones, and their own numbers.
    #[test]
    fn weights_are_near_their_own_numbers_and_far_from_others() {
        let text = include_str!("../../tests/golden/esm2/config.json");
        let config = Config::parse("config.json", text).unwrap();
        let bytes = include_bytes!("../../tests/golden/esm2/model.safetensors");
        let weights = WeightsFile::embedded("esm2", bytes).unwrap();
        let golden = include_bytes!("../../tests/golden/esm2/expected.safetensors");
        let golden = safetensors::SafeTensors::deserialize(golden).unwrap();
        let logits = golden.tensor("single.logits").unwrap();
        let logits: Vec<f32> = logits
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|word| f32::from_le_bytes(*word))
            .collect();
        let tokens = tokenize(
            "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG",
        );
        let positions = vec![3, 20, 76];
        let mut expected = Vec::new();
        for &position in &positions {
            let row = &logits[position * VOCABULARY..][..VOCABULARY];
            let sum: f64 = row.iter().map(|&x| f64::from(x).exp()).sum();
            expected.extend(residues().map(|t| row[usize::from(t)] - sum.ln() as f32));
        }
        let reference = Reference::new(vec![Query { tokens, positions }], expected.clone());
        for compute in [Compute::cpu(), Compute::cpu_unfused()] {
            let model = Esm2::load_as(&config, &weights, &compute).unwrap();
            let near = reference.distance(&model, &compute, &()).unwrap();
            assert!(
                near.is_small() && near.largest < 1e-4 && near.compared == 60,
                "{near}"
            );
            let mut others = expected.clone();
            others.rotate_left(1);
            let other = Reference::new(reference.queries.clone(), others);
            let far = other.distance(&model, &compute, &()).unwrap();
            assert!(!far.is_small() && far.rank_correlation < 0.9, "{far}");
        }
    }
}

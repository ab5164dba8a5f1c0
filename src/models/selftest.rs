//! Tiny reference models inside the binary: does this device give the numbers it should?
//!
//! Random weights of two layers and width 16, and what PyTorch computed from them in float64
//! (`assets/selftest/make.py`). They prove the arithmetic of a device, not any published weights.

mod shipped;

use super::dance::{Dance, DynamicsModel};
use super::device::Compute;
use super::error::ModelError;
use super::esm2::{Config, Esm2, LanguageModel, Query};
use super::tokenizer::{MASK, Token, tokenize};
use super::weights::WeightsFile;

const ESM2: &[u8] = include_bytes!("../../assets/selftest/esm2.safetensors");
const DANCE: &[u8] = include_bytes!("../../assets/selftest/dance.safetensors");
const EXPECTED: &[u8] = include_bytes!("../../assets/selftest/expected.safetensors");

/// One model on one device.
#[derive(Debug)]
pub struct Trial {
    /// `esm2`, `dance`, or a shipped network.
    pub model: &'static str,
    /// What it gave, or why it gave nothing.
    pub outcome: Result<Check, ModelError>,
}

/// What one model gave on one device.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The numbers it ran in: `f32`, `bf16`, `f16`.
    pub dtype: &'static str,
    /// Numbers compared.
    pub compared: usize,
    /// Largest difference from the reference, relative where that is above 1.
    pub difference: f32,
    /// Largest difference between a sequence alone and in a batch of others, likewise; shipped networks
    /// run alone.
    pub batch_difference: Option<f32>,
    /// What both may be at most with this number type.
    pub tolerance: f32,
    /// Of all numbers to the bit: equal wherever the device computed the same.
    pub bits: u32,
}

impl Check {
    /// Whether both differences are small enough.
    #[must_use]
    pub fn passed(&self) -> bool {
        let batch = self.batch_difference.unwrap_or(0.0);
        self.difference <= self.tolerance && batch <= self.tolerance
    }
}

/// Runs every reference model on a device, and every shipped network beside what it gave when it was
/// shipped. A model that fails does not keep the next from running.
///
/// # Errors
/// When the references themselves are damaged.
pub fn run(compute: &Compute) -> Result<Vec<Trial>, ModelError> {
    let reference = Reference::read()?;
    let trial = |model, outcome| Trial { model, outcome };
    let mut trials = vec![
        trial("esm2", esm2(compute, &reference)),
        trial("dance", dance(compute, &reference)),
    ];
    trials.extend(shipped::run(compute)?);
    Ok(trials)
}

/// FNV-1a of the bits of all numbers.
fn bits(numbers: &[f32]) -> u32 {
    let bytes = numbers.iter().flat_map(|x| x.to_bits().to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|word| f32::from_le_bytes(*word)).collect()
}

fn shape() -> Config {
    let mut config = Config::new(2, 16, 2);
    config.feed_forward = 32;
    config
}

struct Reference {
    tokens: Vec<Token>,
    logits: Vec<f32>,
    residues: Vec<f32>,
    pairs: Vec<f32>,
}

impl Reference {
    fn read() -> Result<Self, ModelError> {
        let file = safetensors::SafeTensors::deserialize(EXPECTED).map_err(damaged)?;
        let bytes = |name: &str| file.tensor(name).map(|view| view.data()).map_err(damaged);
        let numbers = |name: &str| bytes(name).map(floats);
        Ok(Self {
            tokens: bytes("tokens")?.to_vec(),
            logits: numbers("logits")?,
            residues: numbers("residues")?,
            pairs: numbers("pairs")?,
        })
    }

    /// The reference sequence among others, longer and shorter.
    fn company(&self) -> Vec<Vec<Token>> {
        vec![
            tokenize("MKVLAAGRTWYHEDCPQNFIS"),
            self.tokens.clone(),
            tokenize("GW"),
        ]
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn damaged(error: safetensors::SafeTensorError) -> ModelError {
    ModelError::NotSafetensors {
        file: "selftest".to_owned(),
        reason: error.to_string(),
    }
}

fn esm2(compute: &Compute, reference: &Reference) -> Result<Check, ModelError> {
    let weights = WeightsFile::embedded("selftest esm2", ESM2)?;
    let model = Esm2::load_as(&shape(), &weights, compute)?;
    let alone = model.logits(&[&reference.tokens], &())?.concat();
    let company = reference.company();
    let slices: Vec<&[Token]> = company.iter().map(Vec::as_slice).collect();
    let together = model.logits(&slices, &())?;
    Ok(Check {
        dtype: compute.dtype_name(),
        compared: alone.len(),
        difference: difference(&alone, &reference.logits),
        batch_difference: Some(difference(&together[1], &alone)),
        tolerance: tolerance(compute),
        bits: bits(&alone),
    })
}

fn dance(compute: &Compute, reference: &Reference) -> Result<Check, ModelError> {
    let weights = WeightsFile::embedded("selftest dance", DANCE)?;
    let model = Dance::load_as(&shape(), &weights, compute)?;
    let alone = model.predict(&reference.tokens, &())?;
    let together = model.residues(&reference.company(), &())?;
    let residues = difference(&alone.residues, &reference.residues);
    let pairs = difference(&alone.pairs, &reference.pairs);
    Ok(Check {
        dtype: compute.dtype_name(),
        compared: alone.residues.len() + alone.pairs.len(),
        difference: residues.max(pairs),
        batch_difference: Some(difference(&together[1], &alone.residues)),
        tolerance: tolerance(compute),
        bits: bits(&alone.residues) ^ bits(&alone.pairs),
    })
}

fn tolerance(compute: &Compute) -> f32 {
    match compute.dtype_name() {
        "f32" => 1e-4,
        "f16" => 2e-2,
        _ => 0.15,
    }
}

/// Infinite when a number is missing or is none.
fn difference(ours: &[f32], theirs: &[f32]) -> f32 {
    if ours.len() != theirs.len() || ours.iter().any(|v| !v.is_finite()) {
        return f32::INFINITY;
    }
    let pairs = ours.iter().zip(theirs);
    pairs
        .map(|(a, b)| (a - b).abs() / b.abs().max(1.0))
        .fold(0.0, f32::max)
}

/// Work for measuring speed: masked rows through an ESM-2 of the published 8M shape with blank
/// weights. Whoever runs it holds the clock.
pub struct Workload {
    model: Esm2,
    queries: Vec<Query>,
}

impl Workload {
    /// Makes the model on the device.
    ///
    /// # Errors
    /// What the device fails with.
    pub fn new(compute: &Compute) -> Result<Self, ModelError> {
        let config = Config::new(6, 320, 20);
        let model = Esm2::blank(&config, compute)?;
        let letters = "MKVLAAGRTWYHEDCPQNFIS".repeat(12);
        let rows = model.batch_size(letters.len() + 2).min(32);
        let queries = (1..=rows)
            .map(|position| {
                let mut tokens = tokenize(&letters);
                tokens[position] = MASK;
                Query {
                    tokens,
                    positions: vec![position],
                }
            })
            .collect();
        Ok(Self { model, queries })
    }

    /// Runs it once and says how many tokens went through.
    ///
    /// # Errors
    /// What the device fails with.
    pub fn run(&self) -> Result<usize, ModelError> {
        self.model.log_probabilities(&self.queries, &())?;
        Ok(self.queries.iter().map(|q| q.tokens.len()).sum())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_passes_on_both_paths() {
        for compute in [Compute::cpu(), Compute::cpu_unfused()] {
            let trials = run(&compute).unwrap();
            assert_eq!(trials.len(), 6);
            for trial in trials {
                let check = trial.outcome.unwrap();
                let model = trial.model;
                assert!(check.passed() && check.compared > 300, "{model} {check:?}");
            }
        }
    }

    /// The types of a GPU go through every operation, and lose no more than they may.
    #[test]
    fn half_precision_passes_in_tensor_operations() {
        for dtype in [candle_core::DType::BF16, candle_core::DType::F16] {
            let (compute, reference) = (Compute::cpu_unfused_in(dtype), Reference::read().unwrap());
            for check in [esm2(&compute, &reference), dance(&compute, &reference)] {
                let check = check.unwrap();
                assert!(check.passed(), "{dtype:?} {check:?}");
            }
        }
    }

    #[test]
    fn a_wrong_number_does_not_pass() {
        assert!(difference(&[1.0, f32::NAN], &[1.0, 1.0]).is_infinite());
        assert!(difference(&[1.0], &[1.0, 1.0]).is_infinite());
        let mut reference = Reference::read().unwrap();
        reference.logits[7] += 1e-2;
        assert!(!esm2(&Compute::cpu(), &reference).unwrap().passed());
    }

    /// A GPU's operations, their layouts under the strictest rule, from one residue to hundreds.
    #[test]
    fn every_length_is_the_same_by_tensor_operations_in_every_number_type() {
        let kinds = [
            (Compute::cpu_unfused(), 1e-4),
            (Compute::cpu_unfused_in(candle_core::DType::F16), 2e-2),
            (Compute::cpu_unfused_in(candle_core::DType::BF16), 0.15),
        ];
        for length in [1, 2, 60, 300] {
            let tokens = tokenize(&"MKVLAAGRTWYHEDCPQNFIS".repeat(20)[..length]);
            let exact = everything(&tokens, &Compute::cpu());
            for (compute, most) in &kinds {
                let apart = difference(&everything(&tokens, compute), &exact);
                let dtype = compute.dtype_name();
                assert!(apart < *most, "{dtype}, {length} residues: {apart}");
            }
        }
    }

    fn everything(tokens: &[Token], compute: &Compute) -> Vec<f32> {
        let file = |bytes| WeightsFile::embedded("selftest", bytes).unwrap();
        let esm2 = Esm2::load_as(&shape(), &file(ESM2), compute).unwrap();
        let dance = Dance::load_as(&shape(), &file(DANCE), compute).unwrap();
        let mut all = esm2.logits(&[tokens], &()).unwrap().concat();
        all.extend(esm2.attention_maps(tokens, &()).unwrap());
        let prediction = dance.predict(tokens, &()).unwrap();
        all.extend(prediction.residues);
        all.extend(prediction.pairs);
        all
    }
}

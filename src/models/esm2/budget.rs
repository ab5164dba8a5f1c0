//! How much of an encoder's work fits a device at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::config::Config;
use super::host::Trace;
use crate::models::device::Compute;
use crate::models::error::ModelError;
use crate::models::kernels::int16::is_fast;
use crate::models::tokenizer::Token;

/// Tokens a thread of the CPU works on at once: more would only leave the cache.
const TOKENS_A_THREAD: usize = 2048;
/// Most tokens of a batch on a GPU: more would not be faster.
const TOKENS_ON_A_GPU: usize = 65_536;
/// Such batches asked for at once, so that the host works on one while the GPU computes another.
const BATCHES_IN_A_ROW: usize = 4;
/// Where free memory cannot be asked.
const ASSUMED_FREE_BYTES: u64 = 4 << 30;
/// candle's softmax and layer norm for GPUs count the numbers of a tensor in 32 bits with a sign:
/// beyond, they would read and write at wild addresses.
const MOST_NUMBERS: usize = i32::MAX as usize;

/// What one model may do at once on its device.
pub(crate) struct Budget {
    config: Config,
    compute: Compute,
    longest: usize,
    /// Most tokens of a batch, once one has run out of memory.
    ceiling: AtomicUsize,
}

impl Budget {
    /// The longest sequence is fixed here, so that the windows of a scan do not depend on what ran
    /// before.
    pub fn new(config: &Config, compute: &Compute) -> Self {
        Self {
            longest: longest(config, usable(compute), compute.is_fused())
                .min(config.most_tokens().unwrap_or(usize::MAX)),
            config: config.clone(),
            compute: compute.clone(),
            ceiling: AtomicUsize::new(usize::MAX),
        }
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    /// The longest sequence in tokens that is encoded whole.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// How many sequences of so many tokens are worth encoding at once; at least 1.
    pub fn batch_size(&self, tokens: usize) -> usize {
        if self.compute.is_fused() {
            return (rayon::current_num_threads() * TOKENS_A_THREAD / tokens.max(1))
                .max(rayon::current_num_threads());
        }
        BATCHES_IN_A_ROW * self.device_batch(tokens)
    }

    /// How many sequences of so many tokens a GPU encodes at once; at least 1.
    pub fn device_batch(&self, tokens: usize) -> usize {
        let known = self.ceiling.load(Ordering::Relaxed) / tokens.max(1);
        sequences_at_once(&self.config, tokens, usable(&self.compute)).clamp(1, known.max(1))
    }

    /// How many to try after a batch of `sequences` has run out of memory: half. Later batches keep to
    /// it.
    pub fn shrink(&self, sequences: usize, tokens: usize) -> usize {
        let fewer = (sequences / 2).max(1);
        self.ceiling.store(fewer * tokens, Ordering::Relaxed);
        fewer
    }

    /// Refuses sequences for which there are not enough learned positions.
    pub fn check_positions(&self, sequences: &[&[Token]]) -> Result<(), ModelError> {
        let longest = sequences.iter().map(|s| s.len()).max().unwrap_or(0);
        match self.config.most_tokens() {
            Some(most) if longest > most => Err(ModelError::UnsupportedInput {
                reason: format!(
                    "{longest} tokens at once: this model has learned {most} positions ({} residues with start and end); use windows",
                    most.saturating_sub(2)
                ),
            }),
            _ => Ok(()),
        }
    }

    /// Refuses a sequence that a GPU cannot count.
    pub fn check(&self, tokens: usize) -> Result<(), ModelError> {
        let most = countable(&self.config);
        if tokens <= most {
            return Ok(());
        }
        Err(ModelError::UnsupportedInput {
            reason: format!(
                "{tokens} tokens at once are more than the kernels of a GPU count with {} heads (at most {most}); use windows, or --device cpu",
                self.config.heads
            ),
        })
    }

    /// What to say of one sequence for which memory does not suffice.
    pub fn too_long(&self, tokens: usize, what: &str) -> ModelError {
        ModelError::UnsupportedInput {
            reason: format!(
                "one sequence of {tokens} tokens does not fit the memory of {} ({what}); use windows, a smaller model, or --device cpu",
                self.compute.device_name()
            ),
        }
    }

    /// Whether differences from a known sequence are multiplied as 16-bit integers: where `f32` was not
    /// asked for and the CPU is fast at it.
    pub fn rounds_differences(&self) -> bool {
        self.compute.may_round && self.compute.is_fused() && is_fast()
    }

    /// Whether substituted sequences are faster beside a trace, and a trace fits.
    pub fn is_trace_worthwhile(&self, tokens: usize) -> bool {
        self.rounds_differences() && Trace::bytes(&self.config, tokens) <= usable(&self.compute)
    }
}

fn usable(compute: &Compute) -> u64 {
    compute.free_memory().unwrap_or(ASSUMED_FREE_BYTES) / 2
}

/// How many sequences of so many tokens a GPU with so much memory encodes at once; at least 1.
fn sequences_at_once(config: &Config, tokens: usize, usable: u64) -> usize {
    let tokens = tokens.max(1);
    let fits = usable / sequence_bytes(config, tokens, false);
    let counted = MOST_NUMBERS / (config.heads * tokens * tokens);
    (fits as usize)
        .min(counted)
        .min(TOKENS_ON_A_GPU / tokens)
        .max(1)
}

/// The longest sequence in tokens whose attention scores a GPU counts.
fn countable(config: &Config) -> usize {
    (MOST_NUMBERS / config.heads).isqrt()
}

/// The longest sequence in tokens whose encoding fits.
fn longest(config: &Config, usable: u64, fused: bool) -> usize {
    let (mut fits, mut too_long) = (1, 1 << 20);
    while fits + 1 < too_long {
        let middle = usize::midpoint(fits, too_long);
        if sequence_bytes(config, middle, fused) <= usable {
            fits = middle;
        } else {
            too_long = middle;
        }
    }
    if fused {
        fits
    } else {
        fits.min(countable(config))
    }
}

/// Bytes that one sequence takes on its way through a layer: rows of several widths, and on a GPU
/// the scores of all heads, hidden keys added, their softmax, and that in the number type of the
/// products.
fn sequence_bytes(config: &Config, tokens: usize, fused: bool) -> u64 {
    let rows = tokens * (8 * config.width + 2 * config.feed_forward);
    let scores = if fused {
        64 * tokens * rayon::current_num_threads()
    } else {
        4 * config.heads * tokens * tokens
    };
    4 * (rows + scores) as u64
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_never_empty_and_a_long_chain_fits() {
        let cpu = Budget::new(&Config::new(12, 480, 20), &Compute::cpu());
        for tokens in [0, 1, 500, 100_000] {
            assert!(cpu.batch_size(tokens) >= 1);
        }
        assert!(cpu.batch_size(50) > cpu.batch_size(1000));
        assert!(cpu.longest() > 2);
    }

    /// However large the card.
    #[test]
    fn no_batch_has_more_scores_than_a_gpu_counts() {
        let sizes = [(6, 320), (12, 480), (30, 640), (33, 1280)];
        let sizes = sizes.map(|(layers, width)| Config::new(layers, width, 20));
        let larger = [Config::new(36, 2560, 40), Config::new(48, 5120, 40)];
        for config in sizes.iter().chain(&larger) {
            let longest = longest(config, u64::MAX / 2, false);
            let scores = |batch: usize, tokens: usize| batch * config.heads * tokens * tokens;
            assert!(scores(1, longest) <= MOST_NUMBERS && scores(1, longest + 1) > MOST_NUMBERS);
            for tokens in (1000..=12_000).step_by(125).filter(|t| *t <= longest) {
                for memory in [8 << 30, 140 << 30, u64::MAX / 2] {
                    let batch = sequences_at_once(config, tokens, memory);
                    assert!((1..=TOKENS_ON_A_GPU).contains(&batch));
                    assert!(scores(batch, tokens) <= MOST_NUMBERS, "{tokens} {batch}");
                }
            }
        }
        assert_eq!(countable(&sizes[0]), 10_362);
        assert_eq!(countable(&larger[0]), 7327);
        // 65 536 tokens would be 39 sequences of 1 660.
        assert_eq!(sequences_at_once(&sizes[0], 1660, u64::MAX / 2), 38);
        assert_eq!(sequences_at_once(&sizes[0], 3000, u64::MAX / 2), 11);
    }

    #[test]
    fn what_a_gpu_cannot_count_is_refused_in_words() {
        let budget = Budget::new(&Config::new(6, 320, 20), &Compute::cpu_unfused());
        budget.check(10_362).unwrap();
        let error = budget.check(12_000).unwrap_err().to_string();
        assert!(
            error.contains("12000 tokens") && error.contains("10362"),
            "{error}"
        );
        assert!(budget.longest() <= 10_362);
    }

    #[test]
    fn what_ran_out_of_memory_is_halved_for_good() {
        let budget = Budget::new(&Config::new(6, 320, 20), &Compute::cpu_unfused());
        let before = budget.device_batch(100);
        assert_eq!(budget.shrink(8, 100), 4);
        assert!(before > 4 && budget.device_batch(100) == 4 && budget.device_batch(1000) == 1);
    }
}

//! How much of an encoder's work fits the memory of a device at once.

use super::config::Config;
use super::host::Trace;
use crate::models::device::Compute;
use crate::models::kernels::int16::is_fast;

/// Tokens a thread of the CPU works on at once: more would only leave the cache.
const TOKENS_A_THREAD: usize = 2048;
/// Most tokens of a batch on a GPU: more would not be faster.
const TOKENS_ON_A_GPU: usize = 65_536;
/// Such batches asked for at once, so that the host works on one while the GPU computes another.
const BATCHES_IN_A_ROW: usize = 4;
/// Where free memory cannot be asked.
const ASSUMED_FREE_BYTES: u64 = 4 << 30;

impl Compute {
    /// How many sequences of so many tokens are worth encoding at once; at least 1.
    pub(crate) fn batch_size(&self, config: &Config, tokens: usize) -> usize {
        if self.is_fused() {
            return (rayon::current_num_threads() * TOKENS_A_THREAD / tokens.max(1))
                .max(rayon::current_num_threads());
        }
        BATCHES_IN_A_ROW * self.device_batch(config, tokens)
    }

    /// How many sequences of so many tokens a GPU encodes at once; at least 1.
    pub(crate) fn device_batch(&self, config: &Config, tokens: usize) -> usize {
        let tokens = tokens.max(1);
        let fits = self.usable_bytes() / self.sequence_bytes(config, tokens);
        (fits as usize).min(TOKENS_ON_A_GPU / tokens).max(1)
    }

    /// The longest sequence in tokens whose encoding fits.
    pub(crate) fn longest(&self, config: &Config) -> usize {
        let usable = self.usable_bytes();
        let (mut fits, mut too_long) = (1, 1 << 20);
        while fits + 1 < too_long {
            let middle = usize::midpoint(fits, too_long);
            if self.sequence_bytes(config, middle) <= usable {
                fits = middle;
            } else {
                too_long = middle;
            }
        }
        fits
    }

    /// Whether differences from a known sequence are multiplied as 16-bit integers: where `f32` was not
    /// asked for and the CPU is fast at it.
    pub(crate) fn rounds_differences(&self) -> bool {
        self.may_round && self.is_fused() && is_fast()
    }

    /// Whether substituted sequences are faster beside a trace, and a trace fits.
    pub(crate) fn is_trace_worthwhile(&self, config: &Config, tokens: usize) -> bool {
        self.rounds_differences() && Trace::bytes(config, tokens) <= self.usable_bytes()
    }

    fn usable_bytes(&self) -> u64 {
        self.free_memory().unwrap_or(ASSUMED_FREE_BYTES) / 2
    }

    /// Bytes that one sequence takes on its way through a layer: rows of several widths, and on a GPU
    /// the scores of all heads, hidden keys added, their softmax, and that in the number type of the
    /// products.
    fn sequence_bytes(&self, config: &Config, tokens: usize) -> u64 {
        let rows = tokens * (8 * config.width + 2 * config.feed_forward);
        let scores = if self.is_fused() {
            64 * tokens * rayon::current_num_threads()
        } else {
            4 * config.heads * tokens * tokens
        };
        4 * (rows + scores) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_never_empty_and_a_long_chain_fits() {
        let (cpu, config) = (Compute::cpu(), Config::new(12, 480, 20));
        for tokens in [0, 1, 500, 100_000] {
            assert!(cpu.batch_size(&config, tokens) >= 1);
        }
        assert!(cpu.batch_size(&config, 50) > cpu.batch_size(&config, 1000));
        assert!(cpu.longest(&config) > 2);
    }
}

//! See `dynascope_fuzz::fasta`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dynascope_fuzz::fasta(bytes));

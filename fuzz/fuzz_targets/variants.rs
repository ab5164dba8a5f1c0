//! See `dynascope_fuzz::variants`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dynascope_fuzz::variants(bytes));

//! See `dynascope_fuzz::journal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dynascope_fuzz::journal(bytes));

//! See `dynascope_fuzz::structure`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dynascope_fuzz::structure(bytes));

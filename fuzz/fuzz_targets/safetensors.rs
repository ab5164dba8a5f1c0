//! See `dynascope_fuzz::safetensors`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dynascope_fuzz::safetensors(bytes));

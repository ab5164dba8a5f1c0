//! See `dynascope_fuzz::mmcif`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dynascope_fuzz::mmcif(bytes));

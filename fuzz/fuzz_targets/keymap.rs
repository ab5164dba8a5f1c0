//! See `dynascope_fuzz::keymap`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dynascope_fuzz::keymap(bytes));

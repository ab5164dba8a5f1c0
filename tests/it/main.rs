//! The one integration binary.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod cli;
mod session;
mod sources;
mod tidy;

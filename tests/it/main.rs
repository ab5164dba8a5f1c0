//! The one integration binary.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod cli;
mod session;
mod sources;
mod tidy;

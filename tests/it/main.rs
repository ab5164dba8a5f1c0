//! The one integration binary.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod alignments;
mod cli;
mod compare;
mod entries;
mod golden;
mod imports;
mod jobs;
mod leaving;
mod lists;
mod mutations;
mod pae;
mod parts;
mod pinned;
mod session;
mod simulation;
mod sources;
mod stopping;
mod structures;
mod tidy;
mod weights;

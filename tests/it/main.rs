//! The one integration binary.

mod cli;
mod session;
mod tidy;

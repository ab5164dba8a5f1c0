//! The one integration binary.

mod session;
mod tidy;

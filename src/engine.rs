//! What runs requests: owns the loaded models and the result cache, on whatever thread it is called.
//!
//! The terminal calls it through [`worker`], the sub-commands directly; equal requests give equal
//! reports.

pub mod cache;
pub mod report;
pub mod request;
pub mod worker;

pub use report::Report;
pub use request::Request;

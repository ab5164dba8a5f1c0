//! The neural networks: plain inputs, plain outputs. No candle type leaves this module.

pub mod dance;
pub mod device;
pub mod dynaprot;
pub mod embedded;
pub mod ensemble;
pub mod error;
pub mod esm2;
pub(crate) mod kernels;
pub(crate) mod layers;
pub mod motion;
pub mod proof;
pub mod residue;
pub mod selftest;
pub mod stability;
pub mod tokenizer;
pub mod weights;

//! See how a protein moves and what mutations do to it.
//!
//! The modules in reading order, lowest layer first: values and parsers ([`printable`],
//! [`progress`], [`numeric`], [`protein`]), the neural networks ([`models`]), the science on plain data
//! ([`analysis`]), questions and answers ([`study`]), what runs it ([`engine`]) and writes it
//! ([`export`]), the state of the terminal
//! program ([`app`]), its picture ([`ui`]), and the two edges ([`tui`], [`cli`]).
//! `docs/architecture.md` has the map and the invariants.

pub mod color;
pub mod printable;
pub mod progress;

pub mod numeric;
pub mod protein;

pub mod dataset;

pub mod models;

pub mod analysis;

pub mod study;

pub mod engine;
pub mod export;

pub mod app;
pub mod session;
pub mod ui;

pub mod cli;
#[cfg(feature = "train")]
pub mod train;
pub mod tui;

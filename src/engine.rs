//! What runs requests: owns the loaded models and the result cache, on whatever thread it is called.
//!
//! The terminal calls it through [`worker`], the sub-commands directly; equal requests give equal
//! reports.

mod alignment;
pub mod cache;
mod collective;
mod combined;
mod comparisons;
mod dynamics;
pub mod entries;
pub mod error;
pub mod fetch;
pub mod files;
mod gapless;
mod loaded;
pub mod named_part;
pub mod open;
mod pae;
mod provenance;
pub mod recognise;
mod scan;
mod score;
mod simulation;
pub mod store;
mod trajectory;
mod two_structures;
pub mod worker;

use std::path::PathBuf;

use crate::models::device::{DeviceChoice, DtypeChoice};
use crate::models::error::ModelError;
use crate::progress::{Cancelled, Checkpoint, Part};
use crate::study::Question;

use cache::Cache;
use loaded::Networks;

pub use crate::study::{Report, Request};
pub use error::EngineError;

/// Who watches a run: told how far it is, asked whether to go on, given what is ready.
pub trait Observer: Checkpoint {
    /// A new step begins; progress may count anew.
    fn phase(&self, _name: &'static str) {}

    /// A part of the result is ready.
    fn partial(&self, _part: Partial) {}
}

impl Observer for () {}

/// A stretch of a job: its phases go on from where those before it ended.
pub(crate) struct Stretch<'a> {
    /// Who watches the whole job.
    pub whole: &'a dyn Observer,
    /// Fraction of the whole that is done when it begins.
    pub from: f64,
    /// Fraction of the whole that is done when it ends.
    pub to: f64,
}

impl Checkpoint for Stretch<'_> {
    fn reached(&self, done: usize, total: usize) -> Result<(), Cancelled> {
        let Self { whole, from, to } = *self;
        Part { whole, from, to }.reached(done, total)
    }
}

impl Observer for Stretch<'_> {
    fn phase(&self, name: &'static str) {
        self.whole.phase(name);
    }

    fn partial(&self, part: Partial) {
        self.whole.partial(part);
    }
}

/// A part of a result, ready before the whole.
#[derive(Debug, Clone, PartialEq)]
pub enum Partial {
    /// Rows of the mutation map.
    ScanRows(Vec<ScanRow>),
}

/// All substitutions of one position.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanRow {
    /// 0-based position.
    pub index: usize,
    /// In the order of [`crate::protein::AminoAcid::ALL`].
    pub scores: [f64; 20],
}

/// How an engine is set up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EngineOptions {
    /// Where the networks run.
    pub device: DeviceChoice,
    /// With which numbers.
    pub dtype: DtypeChoice,
    /// Where results are kept between runs; `None` = nowhere.
    pub cache_dir: Option<PathBuf>,
    /// Where downloaded weights are; `None` = the platform's data directory.
    pub weights_dir: Option<PathBuf>,
}

/// Runs requests. Models load on first use and stay.
pub struct Engine {
    options: EngineOptions,
    cache: Cache,
    networks: Networks,
    last_run: simulation::LastRun,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine that has loaded nothing yet.
    #[must_use]
    pub fn new(options: EngineOptions) -> Self {
        Self {
            cache: Cache::new(options.cache_dir.clone()),
            networks: Networks::default(),
            last_run: simulation::LastRun::default(),
            options,
        }
    }

    /// How it was set up.
    #[must_use]
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// Answers a question.
    ///
    /// # Errors
    /// Why it could not be answered; [`EngineError::Cancelled`] when the observer said so.
    pub fn ask<Q: Ask>(
        &mut self,
        question: &Q,
        observer: &dyn Observer,
    ) -> Result<Q::Answer, EngineError> {
        let _span = tracing::info_span!("request", slot = ?question.slot()).entered();
        let answer = question.answer(self, observer);
        if let Err(EngineError::Model(ModelError::DeviceLost { what })) = &answer {
            self.networks.lose_device(what);
        }
        answer
    }
}

/// A question that the engine knows how to answer.
pub trait Ask: Question {
    /// Does the work of [`Engine::ask`].
    ///
    /// # Errors
    /// As there.
    fn answer(
        &self,
        engine: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<Self::Answer, EngineError>;
}

impl worker::Run for Engine {
    fn run(&mut self, request: &Request, observer: &dyn Observer) -> Result<Report, EngineError> {
        Ok(match request {
            Request::Dynamics(q) => Report::Dynamics(self.ask(q, observer)?.into()),
            Request::Overlay(q) => Report::Overlay(self.ask(q, observer)?.into()),
            Request::Sample(q) => Report::Sample(self.ask(q, observer)?.into()),
            Request::Scan(q) => Report::Scan(self.ask(q, observer)?.into()),
            Request::Score(q) => Report::Score(self.ask(q, observer)?.into()),
            Request::Fetch(q) => Report::Fetch(self.ask(q, observer)?.into()),
            Request::WhatIf(q) => Report::WhatIf(self.ask(q, observer)?.into()),
            Request::Collective(q) => Report::Collective(self.ask(q, observer)?.into()),
            Request::TwoStructures(q) => Report::TwoStructures(self.ask(q, observer)?.into()),
            Request::Conservation(q) => Report::Conservation(self.ask(q, observer)?.into()),
            Request::Pae(q) => Report::Pae(self.ask(q, observer)?.map(Into::into)),
        })
    }

    /// A panic may have left a model half-way: load anew.
    fn recover(&mut self) {
        *self = Self::new(self.options.clone());
    }
}

impl From<Cancelled> for EngineError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

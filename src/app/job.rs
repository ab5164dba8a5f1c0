//! The jobs that run behind the screen, as the state sees them.

use std::time::Duration;

use crate::analysis::{ScanMethod, Source};
use crate::study::Report;

/// What a job is for: one runs a kind, a newer one replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobKind {
    /// The dynamics of the protein on screen.
    Dynamics,
    /// The map of substitutions of a method.
    Scan(ScanMethod),
    /// The dynamics of a second source.
    Overlay,
    /// An ensemble.
    Sample,
    /// Modes and responses.
    Collective,
    /// Conservation by the user's alignment.
    Conservation,
    /// The dynamics of a mutant.
    WhatIf,
}

/// What becomes of a job.
#[derive(Debug, Clone)]
pub enum JobEvent {
    /// It runs.
    Started,
    /// It got on.
    Progress {
        /// What it does now; may be empty.
        phase: &'static str,
        /// Steps finished.
        done: usize,
        /// All steps.
        total: usize,
    },
    /// Rows of a map, ready before the rest: position and its 20 scores.
    Rows(Vec<(usize, Vec<f64>)>),
    /// The answer.
    Finished(Report),
    /// It was stopped.
    Cancelled,
    /// It could not be done, in words.
    Failed(String),
}

/// A job that is queued or runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What for.
    pub kind: JobKind,
    /// What the status line calls it.
    pub label: String,
    /// For dynamics, who predicts.
    pub source: Option<Source>,
    /// Clock when it began to run.
    pub started: Option<Duration>,
    /// Steps finished and all steps.
    pub progress: Option<(usize, usize)>,
    /// What it does now; may be empty.
    pub phase: &'static str,
}

impl Job {
    /// The part that is done, 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> Option<f64> {
        let (done, total) = self.progress?;
        (total > 0).then(|| (done as f64 / total as f64).clamp(0.0, 1.0))
    }

    /// Time left at the pace so far, once enough is done to tell.
    #[must_use]
    pub fn time_left(&self, clock: Duration) -> Option<Duration> {
        let fraction = self.fraction().filter(|f| *f > 0.02)?;
        let spent = clock.checked_sub(self.started?)?;
        (spent > Duration::from_millis(500)).then(|| spent.mul_f64(1.0 / fraction - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_follows_the_pace() {
        let job = Job {
            kind: JobKind::Scan(ScanMethod::Stability),
            label: String::new(),
            source: None,
            started: Some(Duration::from_secs(10)),
            progress: Some((25, 100)),
            phase: "",
        };
        assert_eq!(
            job.time_left(Duration::from_secs(12)),
            Some(Duration::from_secs(6))
        );
        assert_eq!(job.time_left(Duration::from_secs(10)), None);
    }
}

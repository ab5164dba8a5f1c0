//! The jobs that run behind the screen, as the state sees them.

use std::time::Duration;

use crate::analysis::Source;
use crate::study::Report;

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

/// By so much the part done falls where steps are counted anew; threads may report out of order by less.
const RECOUNTED: f64 = 0.1;

/// A job that is queued or runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What the status line calls it.
    pub label: String,
    /// For dynamics, who predicts.
    pub source: Option<Source>,
    /// Clock when it began to run.
    pub started: Option<Duration>,
    /// Clock and part done where its steps were counted anew.
    pub recounted: Option<(Duration, f64)>,
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

    /// Takes news of its progress. Where much less is done than before, a new count has begun.
    pub fn advance(&mut self, progress: (usize, usize), clock: Duration) {
        let before = self.fraction();
        self.progress = Some(progress);
        if let Some(now) = self
            .fraction()
            .filter(|now| before.is_some_and(|before| now + RECOUNTED < before))
        {
            self.recounted = Some((clock, now));
        }
    }

    /// Time left at the pace of the present count, once enough of it is done to tell.
    #[must_use]
    pub fn time_left(&self, clock: Duration) -> Option<Duration> {
        let (began, from) = self.recounted.or(Some((self.started?, 0.0)))?;
        let fraction = self.fraction().filter(|f| f - from > 0.02)?;
        let spent = clock.checked_sub(began)?;
        let pace = (1.0 - fraction) / (fraction - from);
        (spent > Duration::from_millis(500)).then(|| spent.mul_f64(pace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_follows_the_pace() {
        let mut job = Job {
            label: String::new(),
            source: None,
            started: Some(Duration::from_secs(10)),
            recounted: None,
            progress: Some((25, 100)),
            phase: "",
        };
        assert_eq!(
            job.time_left(Duration::from_secs(12)),
            Some(Duration::from_secs(6))
        );
        assert_eq!(job.time_left(Duration::from_secs(10)), None);
        // A second count knows nothing of how long the first took.
        job.advance((100, 100), Duration::from_secs(30));
        job.advance((0, 50), Duration::from_secs(30));
        job.advance((25, 50), Duration::from_secs(31));
        assert_eq!(
            job.time_left(Duration::from_secs(31)),
            Some(Duration::from_secs(1))
        );
    }
}

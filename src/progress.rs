//! How long work reports progress and hears that nobody wants it any more.

/// The work was cancelled by whoever asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Called by long work between layers, row blocks and batches.
///
/// `()` is the checkpoint of work that nobody watches.
pub trait Checkpoint: Sync {
    /// `done` of `total` steps are finished.
    ///
    /// # Errors
    /// [`Cancelled`] when the work should stop; return it to the caller at once.
    fn reached(&self, done: usize, total: usize) -> Result<(), Cancelled>;
}

impl Checkpoint for () {
    fn reached(&self, _done: usize, _total: usize) -> Result<(), Cancelled> {
        Ok(())
    }
}

/// One step of a longer job, inside of which is asked often.
pub struct Step<'a> {
    whole: &'a dyn Checkpoint,
    done: usize,
    total: usize,
}

impl<'a> Step<'a> {
    /// The step after `done` of `total`.
    #[must_use]
    pub fn new(whole: &'a dyn Checkpoint, done: usize, total: usize) -> Self {
        Self { whole, done, total }
    }
}

impl Checkpoint for Step<'_> {
    fn reached(&self, _done: usize, _total: usize) -> Result<(), Cancelled> {
        self.whole.reached(self.done, self.total)
    }
}

/// A stretch of a longer job: the stage's own steps become the part from `from` to `to` (fractions of
/// the whole, 0 to 1).
pub struct Part<'a> {
    /// Who watches the whole job.
    pub whole: &'a dyn Checkpoint,
    /// Fraction of the whole that is done when the stage begins.
    pub from: f64,
    /// Fraction of the whole that is done when the stage ends.
    pub to: f64,
}

impl<'a> Part<'a> {
    /// The first `share` of the whole.
    #[must_use]
    pub fn first_of(whole: &'a dyn Checkpoint, share: f64) -> Self {
        let (from, to) = (0.0, share);
        Self { whole, from, to }
    }

    /// What comes after the first `share`.
    #[must_use]
    pub fn rest_of(whole: &'a dyn Checkpoint, share: f64) -> Self {
        let (from, to) = (share, 1.0);
        Self { whole, from, to }
    }
}

impl Checkpoint for Part<'_> {
    fn reached(&self, done: usize, total: usize) -> Result<(), Cancelled> {
        let share = done as f64 / total.max(1) as f64;
        let thousandths = 1000.0 * (self.from + (self.to - self.from) * share);
        self.whole.reached(thousandths.round() as usize, 1000)
    }
}

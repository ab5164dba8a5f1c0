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

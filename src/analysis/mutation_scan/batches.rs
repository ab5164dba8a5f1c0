//! Work in batches that shrink when memory runs out, and that hear of a cancellation in between.

use crate::models::error::ModelError;
use crate::progress::{Cancelled, Checkpoint};

/// Lets a model hear of a cancellation inside a batch while progress counts what the scan has done.
pub(super) struct Within<'a> {
    pub checkpoint: &'a dyn Checkpoint,
    pub done: usize,
    pub total: usize,
}

impl Checkpoint for Within<'_> {
    fn reached(&self, _: usize, _: usize) -> Result<(), Cancelled> {
        self.checkpoint.reached(self.done, self.total)
    }
}

/// Runs `work` on batches of `items`, each as large as `size` says of its first item. A batch that
/// does not fit the memory is halved, down to one item, and stays so. `finished` gets the index of a
/// batch's first item and its results.
pub(super) fn in_batches<T, R>(
    items: &[T],
    size: impl Fn(&T) -> usize,
    checkpoint: &dyn Checkpoint,
    mut work: impl FnMut(&[T], &dyn Checkpoint) -> Result<Vec<R>, ModelError>,
    mut finished: impl FnMut(usize, Vec<R>),
) -> Result<(), ModelError> {
    let mut done = 0;
    let mut most = usize::MAX;
    while done < items.len() {
        checkpoint.reached(done, items.len())?;
        let wanted = size(&items[done]).clamp(1, most);
        let batch = &items[done..(done + wanted).min(items.len())];
        let within = Within {
            checkpoint,
            done,
            total: items.len(),
        };
        match work(batch, &within) {
            Ok(results) => {
                finished(done, results);
                done += batch.len();
            }
            Err(ModelError::OutOfMemory { .. }) if batch.len() > 1 => most = batch.len() / 2,
            Err(error) => return Err(error),
        }
    }
    checkpoint.reached(items.len(), items.len())?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn run(most: usize, items: &[u32]) -> (Vec<usize>, Result<Vec<u32>, ModelError>) {
        let (mut sizes, mut all) = (Vec::new(), Vec::new());
        let result = in_batches(
            items,
            |_| 8,
            &(),
            |batch, _| {
                if batch.len() > most {
                    return Err(ModelError::OutOfMemory {
                        what: "test".to_owned(),
                    });
                }
                sizes.push(batch.len());
                Ok(batch.to_vec())
            },
            |first, results| {
                assert_eq!(first, all.len());
                all.extend(results);
            },
        );
        (sizes, result.map(|()| all))
    }

    #[test]
    fn batches_are_halved_and_never_empty() {
        let items: Vec<u32> = (0..20).collect();
        let (sizes, all) = run(3, &items);
        assert_eq!(sizes, [2; 10]);
        assert_eq!(all.unwrap(), items);
        let (_, none) = run(0, &items);
        assert!(matches!(none, Err(ModelError::OutOfMemory { .. })));
        assert!(run(8, &[]).1.unwrap().is_empty());
    }
}

//! Makes batches on other threads while the device computes; their order stays.

use std::sync::mpsc::{Receiver, sync_channel};

/// Calls `consume` with a function that gives `make(first)`, `make(first + 1)`, … one after the other.
/// Each item depends on its number alone, so the result is the same for any number of `workers`.
pub fn prefetched<T: Send, R>(
    workers: usize,
    first: usize,
    make: impl Fn(usize) -> T + Sync,
    consume: impl FnOnce(&mut dyn FnMut() -> Option<T>) -> R,
) -> R {
    let workers = workers.max(1);
    std::thread::scope(|scope| {
        let make = &make;
        let queues: Vec<Receiver<T>> = (0..workers)
            .map(|worker| {
                let (send, receive) = sync_channel(1);
                scope.spawn(move || {
                    let mut item = first + worker;
                    while send.send(make(item)).is_ok() {
                        item += workers;
                    }
                });
                receive
            })
            .collect();
        let mut next = 0;
        let mut take = || {
            let item = queues[next % workers].recv().ok();
            next += 1;
            item
        };
        let result = consume(&mut take);
        drop(queues);
        result
    })
}

/// How many threads make batches: all processors but one.
#[must_use]
pub fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1).clamp(1, 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_in_order_from_any_number_of_workers() {
        for workers in [1, 3] {
            let items = prefetched(
                workers,
                5,
                |i| i * i,
                |next| (0..20).filter_map(|_| next()).collect::<Vec<_>>(),
            );
            assert_eq!(items, (5..25).map(|i| i * i).collect::<Vec<_>>());
        }
    }
}

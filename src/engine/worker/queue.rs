//! The jobs that wait and the one that runs, under one lock; stopping is one atomic.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::JobId;
use crate::study::{Request, Slot};

const GO_ON: u8 = 0;
const OVERTAKEN: u8 = 1;
const CANCELLED: u8 = 2;

/// Whether a job should stop: read by checkpoints with one load.
#[derive(Debug, Default)]
pub(super) struct Stop(AtomicU8);

impl Stop {
    /// The job should return at its next checkpoint.
    pub(super) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed) != GO_ON
    }

    /// Nobody waits for it any more.
    pub(super) fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed) == CANCELLED
    }

    /// It should make room and run again later.
    pub(super) fn overtaken(&self) -> bool {
        self.0.load(Ordering::Relaxed) == OVERTAKEN
    }

    fn cancel(&self) {
        self.0.store(CANCELLED, Ordering::Relaxed);
    }

    fn overtake(&self) {
        // Never turns a cancellation back.
        let _ = self
            .0
            .compare_exchange(GO_ON, OVERTAKEN, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// One job.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: JobId,
    pub(super) slot: Slot,
    pub(super) request: Arc<Request>,
    pub(super) stop: Arc<Stop>,
    /// It ran before and was overtaken.
    pub(super) started: bool,
}

impl Job {
    /// The same job, to be run again.
    pub(super) fn again(&self) -> Self {
        Self {
            id: self.id,
            slot: self.slot,
            request: Arc::clone(&self.request),
            stop: Arc::default(),
            started: true,
        }
    }
}

#[derive(Debug, Default)]
struct Jobs {
    next_id: u64,
    waiting: VecDeque<Job>,
    running: Option<(Slot, Arc<Stop>)>,
    closed: bool,
}

/// Shared by the handle and the thread.
#[derive(Debug, Default)]
pub(super) struct Queue {
    jobs: Mutex<Jobs>,
    changed: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Files a job; gives the jobs that it removed from the queue.
    pub(super) fn submit(&self, request: Request) -> (JobId, Vec<(JobId, Slot)>) {
        let slot = request.slot();
        let mut jobs = self.lock();
        let removed = jobs.remove(|s| s == slot);
        match &jobs.running {
            Some((running, stop)) if *running == slot => stop.cancel(),
            Some((running, stop)) if slot.rank() < running.rank() => stop.overtake(),
            _ => {}
        }
        let id = JobId(jobs.next_id);
        jobs.next_id += 1;
        let job = Job {
            id,
            slot,
            request: Arc::new(request),
            stop: Arc::default(),
            started: false,
        };
        jobs.insert(job, false);
        self.changed.notify_one();
        (id, removed)
    }

    /// Puts an overtaken job before the others of its rank; refuses when it was cancelled meanwhile.
    pub(super) fn put_back(&self, job: Job) -> bool {
        let mut jobs = self.lock();
        let cancelled = jobs.running.take().is_none_or(|(_, stop)| stop.cancelled());
        if cancelled || jobs.closed {
            return false;
        }
        jobs.insert(job, true);
        true
    }

    /// Cancels the slot's job; gives the jobs that were removed from the queue.
    pub(super) fn cancel(&self, slot: Slot) -> Vec<(JobId, Slot)> {
        let mut jobs = self.lock();
        if let Some((_, stop)) = jobs.running.as_ref().filter(|(s, _)| *s == slot) {
            stop.cancel();
        }
        jobs.remove(|s| s == slot)
    }

    /// Cancels every job.
    pub(super) fn cancel_all(&self) -> Vec<(JobId, Slot)> {
        let mut jobs = self.lock();
        if let Some((_, stop)) = &jobs.running {
            stop.cancel();
        }
        jobs.remove(|_| true)
    }

    /// Cancels every job and lets the thread end.
    pub(super) fn close(&self) -> Vec<(JobId, Slot)> {
        let removed = self.cancel_all();
        self.lock().closed = true;
        self.changed.notify_one();
        removed
    }

    /// Waits for a job; `None` when the queue is closed.
    pub(super) fn next(&self) -> Option<Job> {
        let mut jobs = self.lock();
        loop {
            if jobs.closed {
                return None;
            }
            if let Some(job) = jobs.waiting.pop_front() {
                jobs.running = Some((job.slot, Arc::clone(&job.stop)));
                return Some(job);
            }
            jobs = self
                .changed
                .wait(jobs)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The running job is over.
    pub(super) fn done(&self) {
        self.lock().running = None;
    }
}

impl Jobs {
    /// By rank, then by age; `first` puts it before its equals.
    fn insert(&mut self, job: Job, first: bool) {
        let rank = job.slot.rank();
        let at = self
            .waiting
            .iter()
            .position(|other| other.slot.rank() > rank || (first && other.slot.rank() == rank));
        self.waiting.insert(at.unwrap_or(self.waiting.len()), job);
    }

    fn remove(&mut self, which: impl Fn(Slot) -> bool) -> Vec<(JobId, Slot)> {
        let (gone, kept): (Vec<_>, Vec<_>) =
            self.waiting.drain(..).partition(|job| which(job.slot));
        self.waiting = kept.into();
        gone.into_iter().map(|job| (job.id, job.slot)).collect()
    }
}

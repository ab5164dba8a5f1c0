//! One thread that owns the engine: submit, supersede, cancel, progress, crash.
//!
//! Every job that was submitted ends in exactly one of `Finished`, `Cancelled`, `Failed` and
//! `Crashed`. A short job overtakes a running scan: the scan stops at its next checkpoint, waits, and
//! runs again afterwards under its own id (the engine keeps the rows that were ready).

mod queue;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{EngineError, Observer, Partial, Report, Request};
use crate::progress::{Cancelled, Checkpoint};
use crate::study::Slot;
use queue::{Job, Queue};

/// Longest wait for the thread when the handle is dropped. A job hears of it within a twentieth of a
/// second; one that does not is stuck, and the program goes without it.
const FAREWELL: Duration = Duration::from_millis(500);

/// Least time between two progress events of a phase.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(40);

/// What the worker's thread owns. [`super::Engine`] outside of tests.
pub trait Run: Send + 'static {
    /// Answers a request.
    ///
    /// # Errors
    /// Why it could not be answered.
    fn run(&mut self, request: &Request, observer: &dyn Observer) -> Result<Report, EngineError>;

    /// Called after a panic, before the next job.
    fn recover(&mut self) {}
}

/// The number of a job; never used twice by a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// What happened to a job.
#[derive(Debug, Clone)]
pub struct WorkerEvent {
    /// Which.
    pub job: JobId,
    /// What it is for.
    pub slot: Slot,
    /// What happened.
    pub kind: EventKind,
}

/// What can happen to a job.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// It runs.
    Started,
    /// It has got so far.
    Progress {
        /// What it does now; empty before the first phase.
        phase: &'static str,
        /// Steps done.
        done: usize,
        /// Of so many.
        total: usize,
    },
    /// A part of the result is ready.
    Partial(Partial),
    /// It is done.
    Finished(Report),
    /// It was cancelled or superseded.
    Cancelled,
    /// It could not be done.
    Failed(Arc<EngineError>),
    /// A fault of the program; the worker lives on.
    Crashed {
        /// The panic's message.
        message: String,
    },
}

impl EventKind {
    /// Whether the job is over.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Finished(_) | Self::Cancelled | Self::Failed(_) | Self::Crashed { .. }
        )
    }
}

type Sink = Arc<dyn Fn(WorkerEvent) + Send + Sync>;

/// The handle. Dropping it cancels everything, and waits shortly for the thread to end.
pub struct Worker {
    queue: Arc<Queue>,
    sink: Sink,
    thread: Option<JoinHandle<()>>,
    /// Closed when the thread has done its last job.
    ended: Receiver<()>,
}

impl Worker {
    /// Starts the thread. `sink` hears of every event, from the worker's thread or, for jobs that
    /// never ran, from the caller's: send it into a channel (`move |e| drop(sender.send(e))`).
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(
        runner: impl Run,
        sink: impl Fn(WorkerEvent) + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let sink: Sink = Arc::new(sink);
        let (at_work, ended) = channel();
        let thread = {
            let (queue, sink) = (Arc::clone(&queue), Arc::clone(&sink));
            std::thread::Builder::new()
                .name("engine".to_owned())
                .spawn(move || {
                    serve(runner, &queue, &sink);
                    drop(at_work);
                })?
        };
        Ok(Self {
            queue,
            sink,
            thread: Some(thread),
            ended,
        })
    }

    /// Files a job; an older job of its slot is cancelled.
    #[expect(
        clippy::must_use_candidate,
        reason = "some only wait for the newest job of a slot"
    )]
    pub fn submit(&self, request: Request) -> JobId {
        let (id, superseded) = self.queue.submit(request);
        self.report_cancelled(superseded);
        id
    }

    /// Cancels the slot's job, queued or running.
    pub fn cancel(&self, slot: Slot) {
        let dropped = self.queue.cancel(slot);
        self.report_cancelled(dropped);
    }

    /// Cancels every job.
    pub fn cancel_all(&self) {
        let dropped = self.queue.cancel_all();
        self.report_cancelled(dropped);
    }

    fn report_cancelled(&self, jobs: Vec<(JobId, Slot)>) {
        for (job, slot) in jobs {
            (self.sink)(WorkerEvent {
                job,
                slot,
                kind: EventKind::Cancelled,
            });
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let dropped = self.queue.close();
        self.report_cancelled(dropped);
        if self.ended.recv_timeout(FAREWELL) == Err(RecvTimeoutError::Timeout) {
            log::error!("the engine's thread does not stop: left behind");
        } else if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the engine's thread ended in a panic");
        }
    }
}

fn serve(mut runner: impl Run, queue: &Queue, sink: &Sink) {
    while let Some(job) = queue.next() {
        let send = |kind| {
            sink(WorkerEvent {
                job: job.id,
                slot: job.slot,
                kind,
            });
        };
        if !job.started {
            send(EventKind::Started);
        }
        let watch = Watch::new(&job, sink);
        let outcome = catch_unwind(AssertUnwindSafe(|| runner.run(&job.request, &watch)));
        let overtaken = job.stop.overtaken();
        let kind = match outcome {
            Ok(Err(EngineError::Cancelled)) if overtaken => {
                if queue.put_back(job.again()) {
                    continue;
                }
                EventKind::Cancelled
            }
            // A result that comes in although nobody waits for it any more is dropped.
            Ok(_) if job.stop.cancelled() => EventKind::Cancelled,
            Ok(Err(EngineError::Cancelled)) => EventKind::Cancelled,
            Ok(Ok(report)) => EventKind::Finished(report),
            Ok(Err(error)) => EventKind::Failed(Arc::new(error)),
            Err(panic) => {
                runner.recover();
                EventKind::Crashed {
                    message: message_of(panic.as_ref()),
                }
            }
        };
        queue.done();
        send(kind);
    }
}

/// What a panic said.
pub(crate) fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

/// The observer of one job.
struct Watch<'a> {
    job: &'a Job,
    sink: &'a Sink,
    last: Mutex<(&'static str, Option<Instant>)>,
}

impl<'a> Watch<'a> {
    fn new(job: &'a Job, sink: &'a Sink) -> Self {
        Self {
            job,
            sink,
            last: Mutex::new(("", None)),
        }
    }

    fn send(&self, kind: EventKind) {
        (self.sink)(WorkerEvent {
            job: self.job.id,
            slot: self.job.slot,
            kind,
        });
    }

    /// The phase, when an event about it is due: the first of a phase, then one an interval.
    fn due(&self) -> Option<&'static str> {
        let mut last = self.last.try_lock().ok()?;
        let now = Instant::now();
        if last
            .1
            .is_some_and(|t| now.duration_since(t) < PROGRESS_INTERVAL)
        {
            return None;
        }
        last.1 = Some(now);
        Some(last.0)
    }
}

impl Checkpoint for Watch<'_> {
    fn reached(&self, done: usize, total: usize) -> Result<(), Cancelled> {
        if self.job.stop.asked() {
            return Err(Cancelled);
        }
        if let Some(phase) = self.due() {
            self.send(EventKind::Progress { phase, done, total });
        }
        Ok(())
    }
}

impl Observer for Watch<'_> {
    fn phase(&self, name: &'static str) {
        if let Ok(mut last) = self.last.lock() {
            *last = (name, None);
        }
    }

    fn partial(&self, part: Partial) {
        if !self.job.stop.cancelled() {
            self.send(EventKind::Partial(part));
        }
    }
}

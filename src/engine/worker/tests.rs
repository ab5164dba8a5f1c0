//! The worker's contract, clause by clause, with an engine that does what the test tells it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;
use crate::analysis::MutationMap;
use crate::analysis::ScanMethod;
use crate::engine::ScanRow;
use crate::protein::{Protein, Sequence, Structure};
use crate::study::{
    Combining, DynamicsRequest, Fill, Provenance, ScanReport, ScanRequest, ScoreRequest, Weights,
};

/// What the fake engine should do next.
enum Order {
    /// Pass a checkpoint; tell its outcome.
    Check,
    Emit,
    Finish,
    Fail,
    Panic,
}

#[derive(Debug, PartialEq)]
enum Note {
    Entered(Option<String>),
    Checked(bool),
    Recovered,
}

struct Fake {
    orders: Receiver<Order>,
    notes: Sender<Note>,
}

impl Run for Fake {
    fn run(&mut self, _: &Request, observer: &dyn Observer) -> Result<Report, EngineError> {
        let name = std::thread::current().name().map(str::to_owned);
        let _ = self.notes.send(Note::Entered(name));
        observer.phase("orders");
        loop {
            match self.orders.recv().unwrap_or(Order::Check) {
                Order::Check => {
                    let outcome = observer.reached(1, 2);
                    let _ = self.notes.send(Note::Checked(outcome.is_ok()));
                    outcome?;
                }
                Order::Emit => observer.partial(Partial::ScanRows(vec![ScanRow {
                    index: 3,
                    scores: [0.5; 20],
                }])),
                Order::Finish => return Ok(answer()),
                Order::Fail => return Err(EngineError::Unsupported("no".to_owned())),
                Order::Panic => panic!("as told"),
            }
        }
    }

    fn recover(&mut self) {
        let _ = self.notes.send(Note::Recovered);
    }
}

fn protein() -> Arc<Protein> {
    Arc::new(Protein::of_sequence(&Sequence::new("s", "ACD").unwrap()))
}

fn request(slot: Slot) -> Request {
    let dynamics = || DynamicsRequest {
        protein: protein(),
        structure: Arc::new(Structure::of_sequence(&Sequence::new("s", "ACD").unwrap())),
        run: None,
        source: None,
        weights: Weights::Installed,
    };
    let (properties, combining) = (Vec::new(), Combining::default());
    match slot {
        Slot::Dynamics => Request::Dynamics(dynamics()),
        Slot::Overlay => Request::Overlay(dynamics()),
        Slot::Scan(method) => Request::Scan(ScanRequest {
            protein: protein(),
            method,
            weights: Weights::Installed,
            alignment: None,
            properties,
            combining,
            first: 0..0,
        }),
        Slot::Score(method) => Request::Score(ScoreRequest {
            protein: protein(),
            method,
            weights: Weights::Installed,
            alignment: None,
            properties,
            combining,
            variants: Vec::new(),
            fill: Fill::default(),
        }),
        other => panic!("no test asks for {other:?}"),
    }
}

/// Any answer.
fn answer() -> Report {
    Report::Scan(Arc::new(ScanReport {
        protein: protein(),
        map: MutationMap::unscored(ScanMethod::Stability, vec![None; 3]),
        log_probabilities: None,
        pseudo_perplexity: None,
        provenance: Provenance {
            version: "0",
            source: String::new(),
            model: String::new(),
            weights_hash: String::new(),
            device: String::new(),
            dtype: String::new(),
            settings: Vec::new(),
            elapsed: Duration::ZERO,
        },
        warnings: Vec::new(),
    }))
}

const MASKED: Slot = Slot::Scan(ScanMethod::MaskedMarginals);

struct Rig {
    worker: Option<Worker>,
    orders: Sender<Order>,
    notes: Receiver<Note>,
    events: Receiver<WorkerEvent>,
}

impl Rig {
    fn new() -> Self {
        let (orders, order_receiver) = channel();
        let (note_sender, notes) = channel();
        let (event_sender, events) = channel();
        let fake = Fake {
            orders: order_receiver,
            notes: note_sender,
        };
        let worker = Worker::spawn(fake, move |e| drop(event_sender.send(e))).unwrap();
        Self {
            worker: Some(worker),
            orders,
            notes,
            events,
        }
    }

    fn submit(&self, slot: Slot) -> JobId {
        let worker = self.worker.as_ref().unwrap();
        worker.submit(request(slot))
    }

    fn order(&self, order: Order) {
        self.orders.send(order).unwrap();
    }

    fn event(&self) -> (JobId, &'static str) {
        let event = self.events.recv().unwrap();
        let name = match event.kind {
            EventKind::Started => "started",
            EventKind::Progress { .. } => "progress",
            EventKind::Partial(_) => "partial",
            EventKind::Finished(_) => "finished",
            EventKind::Cancelled => "cancelled",
            EventKind::Failed(_) => "failed",
            EventKind::Crashed { .. } => "crashed",
        };
        (event.job, name)
    }

    fn entered(&self) {
        assert!(matches!(self.notes.recv().unwrap(), Note::Entered(_)));
    }
}

#[test]
fn a_job_starts_reports_and_finishes_on_the_named_thread() {
    let rig = Rig::new();
    let id = rig.submit(MASKED);
    assert_eq!(
        rig.notes.recv().unwrap(),
        Note::Entered(Some("engine".to_owned()))
    );
    for order in [Order::Check, Order::Emit, Order::Finish] {
        rig.order(order);
    }
    for name in ["started", "progress", "partial", "finished"] {
        assert_eq!(rig.event(), (id, name));
    }
}

#[test]
fn a_newer_job_of_the_slot_supersedes_the_running_one() {
    let rig = Rig::new();
    let old = rig.submit(MASKED);
    rig.entered();
    let new = rig.submit(MASKED);
    assert!(new > old);
    rig.order(Order::Check);
    assert_eq!(rig.notes.recv().unwrap(), Note::Checked(false));
    rig.entered();
    rig.order(Order::Finish);
    assert_eq!(rig.event(), (old, "started"));
    assert_eq!(rig.event(), (old, "cancelled"));
    assert_eq!(rig.event(), (new, "started"));
    assert_eq!(rig.event(), (new, "finished"));
}

#[test]
fn a_newer_job_of_the_slot_supersedes_the_queued_one() {
    let rig = Rig::new();
    let running = rig.submit(Slot::Dynamics);
    rig.entered();
    let old = rig.submit(MASKED);
    let new = rig.submit(MASKED);
    assert_eq!(rig.event(), (running, "started"));
    assert_eq!(rig.event(), (old, "cancelled"));
    rig.order(Order::Finish);
    rig.order(Order::Finish);
    assert_eq!(rig.event(), (running, "finished"));
    assert_eq!(rig.event(), (new, "started"));
    assert_eq!(rig.event(), (new, "finished"));
}

#[test]
fn another_slot_waits_for_its_turn() {
    let rig = Rig::new();
    let first = rig.submit(Slot::Dynamics);
    let second = rig.submit(Slot::Overlay);
    rig.order(Order::Finish);
    rig.order(Order::Finish);
    for expected in [
        (first, "started"),
        (first, "finished"),
        (second, "started"),
        (second, "finished"),
    ] {
        assert_eq!(rig.event(), expected);
    }
}

#[test]
fn cancelling_stops_the_running_job_and_drops_the_queued_one() {
    let rig = Rig::new();
    let running = rig.submit(Slot::Dynamics);
    rig.entered();
    let queued = rig.submit(Slot::Overlay);
    let worker = rig.worker.as_ref().unwrap();
    worker.cancel(Slot::Overlay);
    worker.cancel(Slot::Dynamics);
    rig.order(Order::Check);
    assert_eq!(rig.event(), (running, "started"));
    assert_eq!(rig.event(), (queued, "cancelled"));
    assert_eq!(rig.event(), (running, "cancelled"));
}

#[test]
fn a_result_that_comes_after_its_cancellation_is_dropped() {
    let rig = Rig::new();
    let id = rig.submit(Slot::Dynamics);
    rig.entered();
    rig.worker.as_ref().unwrap().cancel(Slot::Dynamics);
    rig.order(Order::Emit);
    rig.order(Order::Finish);
    assert_eq!(rig.event(), (id, "started"));
    assert_eq!(rig.event(), (id, "cancelled"));
}

#[test]
fn a_short_job_overtakes_a_running_scan_which_then_runs_again() {
    let rig = Rig::new();
    let scan = rig.submit(MASKED);
    rig.entered();
    let short = rig.submit(Slot::Dynamics);
    rig.order(Order::Check);
    assert_eq!(rig.notes.recv().unwrap(), Note::Checked(false));
    rig.entered();
    rig.order(Order::Finish);
    rig.entered();
    rig.order(Order::Finish);
    for expected in [
        (scan, "started"),
        (short, "started"),
        (short, "finished"),
        (scan, "finished"),
    ] {
        assert_eq!(rig.event(), expected);
    }
}

#[test]
fn an_overtaken_scan_can_still_be_cancelled() {
    let rig = Rig::new();
    let scan = rig.submit(MASKED);
    rig.entered();
    let short = rig.submit(Slot::Dynamics);
    rig.worker.as_ref().unwrap().cancel(MASKED);
    rig.order(Order::Check);
    rig.order(Order::Finish);
    for expected in [
        (scan, "started"),
        (scan, "cancelled"),
        (short, "started"),
        (short, "finished"),
    ] {
        assert_eq!(rig.event(), expected);
    }
}

#[test]
fn a_failure_is_reported_with_its_reason() {
    let rig = Rig::new();
    let id = rig.submit(Slot::Score(ScanMethod::Stability));
    rig.order(Order::Fail);
    assert_eq!(rig.event(), (id, "started"));
    let event = rig.events.recv().unwrap();
    assert!(matches!(event.kind, EventKind::Failed(e) if e.to_string() == "no"));
}

#[test]
fn a_panic_is_a_crash_and_the_worker_lives() {
    let rig = Rig::new();
    let id = rig.submit(Slot::Score(ScanMethod::Stability));
    rig.entered();
    rig.order(Order::Panic);
    assert_eq!(rig.event(), (id, "started"));
    let event = rig.events.recv().unwrap();
    assert!(matches!(event.kind, EventKind::Crashed { message } if message == "as told"));
    assert_eq!(rig.notes.recv().unwrap(), Note::Recovered);
    let next = rig.submit(Slot::Score(ScanMethod::Stability));
    rig.order(Order::Finish);
    assert_eq!(rig.event(), (next, "started"));
    assert_eq!(rig.event(), (next, "finished"));
}

#[test]
fn dropping_the_handle_cancels_everything_and_joins() {
    let mut rig = Rig::new();
    let running = rig.submit(Slot::Dynamics);
    rig.entered();
    let queued = rig.submit(Slot::Overlay);
    // The fake sees no more orders, so it passes checkpoints until one stops it.
    let (orders, _) = channel();
    drop(std::mem::replace(&mut rig.orders, orders));
    drop(rig.worker.take());
    let last: Vec<_> = rig
        .events
        .iter()
        .filter(|e| e.kind.is_final())
        .map(|e| (e.job, matches!(e.kind, EventKind::Cancelled)))
        .collect();
    assert_eq!(last, [(queued, true), (running, true)]);
}

#[test]
fn a_job_that_passes_no_checkpoint_does_not_hold_the_handle() {
    let mut rig = Rig::new();
    let stuck = rig.submit(Slot::Dynamics);
    rig.entered();
    // The fake waits for an order that never comes: dropping the handle must return all the same.
    drop(rig.worker.take());
    assert_eq!(rig.event(), (stuck, "started"));
    assert!(rig.events.try_recv().is_err(), "it cannot have ended");
}

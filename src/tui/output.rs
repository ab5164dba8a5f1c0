//! The wire to the terminal: what is written is collected, counted, and sent at once.

use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Bytes sent so far, readable while the terminal owns the wire.
#[derive(Debug, Clone, Default)]
pub(super) struct Counter(Rc<Cell<u64>>);

impl Counter {
    pub(super) fn bytes(&self) -> u64 {
        self.0.get()
    }
}

/// Collects a frame and sends it with one write.
#[derive(Debug)]
pub(super) struct Wire<W: Write> {
    out: W,
    frame: Vec<u8>,
    counter: Counter,
}

impl<W: Write> Wire<W> {
    pub(super) fn new(out: W, counter: Counter) -> Self {
        Self {
            out,
            frame: Vec::with_capacity(1 << 16),
            counter,
        }
    }
}

impl<W: Write> Write for Wire<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        self.counter
            .0
            .set(self.counter.0.get() + self.frame.len() as u64);
        let sent = self.out.write_all(&self.frame);
        self.frame.clear();
        sent?;
        self.out.flush()
    }
}

/// Least time between two frames that answer the user.
const ANSWER_INTERVAL: Duration = Duration::from_millis(8);
/// Least time between two frames that only time asks for.
const MOTION_INTERVAL: Duration = Duration::from_millis(50);
/// Bytes a second that motion may take, unless the user says less.
const MOTION_BYTES_PER_SECOND: f64 = 40_000.0;

/// When the next frame may go out: the slower the wire, the fewer frames.
#[derive(Debug)]
pub(super) struct Pace {
    bytes_per_second: Option<f64>,
    last: Instant,
    answer_at: Instant,
    motion_at: Instant,
}

impl Pace {
    /// With an optional limit in kB/s.
    pub(super) fn new(max_kbps: Option<u32>, now: Instant) -> Self {
        Self {
            bytes_per_second: max_kbps.map(|k| f64::from(k.max(1)) * 1000.0),
            last: now,
            answer_at: now,
            motion_at: now,
        }
    }

    /// A frame of so many bytes took that long to send.
    pub(super) fn sent(&mut self, now: Instant, bytes: u64, took: Duration) {
        let limited = |per_second: f64| Duration::from_secs_f64(bytes as f64 / per_second);
        let wire = took * 2;
        let answer = self.bytes_per_second.map_or(Duration::ZERO, limited);
        let motion = limited(
            self.bytes_per_second
                .map_or(MOTION_BYTES_PER_SECOND, |b| b.min(MOTION_BYTES_PER_SECOND)),
        );
        self.last = now;
        self.answer_at = now + answer.max(ANSWER_INTERVAL).max(wire);
        self.motion_at = now + motion.max(MOTION_INTERVAL).max(wire);
    }

    /// When a frame that answers the user may go out.
    pub(super) fn answer_at(&self) -> Instant {
        self.answer_at
    }

    /// When a frame that only time asks for may go out.
    pub(super) fn motion_at(&self) -> Instant {
        self.motion_at
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_one_write_and_is_counted() {
        #[derive(Default)]
        struct Writes(Vec<Vec<u8>>);
        impl Write for Writes {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(bytes.to_vec());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let counter = Counter::default();
        let mut wire = Wire::new(Writes::default(), counter.clone());
        wire.write_all(b"abc").unwrap();
        wire.write_all(b"de").unwrap();
        assert_eq!(counter.bytes(), 0);
        wire.flush().unwrap();
        wire.flush().unwrap();
        assert_eq!(wire.out.0, [b"abcde".to_vec()]);
        assert_eq!(counter.bytes(), 5);
    }

    #[test]
    fn the_limit_spaces_frames_out() {
        let start = Instant::now();
        let mut pace = Pace::new(Some(10), start);
        pace.sent(start, 5_000, Duration::from_millis(1));
        assert_eq!(pace.answer_at() - start, Duration::from_millis(500));
        let mut free = Pace::new(None, start);
        free.sent(start, 5_000, Duration::from_millis(1));
        assert_eq!(free.answer_at() - start, ANSWER_INTERVAL);
        assert_eq!(free.motion_at() - start, Duration::from_millis(125));
    }
}

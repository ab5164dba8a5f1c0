//! Leaving: a signal or a lost terminal ends the program, at the latest a second later.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal as _};
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::guard;

/// From the wish to leave until the process goes without the loop: it may compute, or wait for a
/// terminal that takes no bytes.
const GRACE: Duration = Duration::from_millis(900);

/// Tells the loop to end, and ends the process where the loop does not.
pub(super) fn watch() -> io::Result<UnboundedReceiver<()>> {
    let (asked, receiver) = unbounded_channel();
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT])?;
    let by_signal = asked.clone();
    thread("signals", move || {
        if signals.forever().next().is_some() {
            leave(&by_signal);
        }
    })?;
    thread("terminal", move || match lost() {
        Ok(()) => leave(&asked),
        // Signals still come.
        Err(error) => log::warn!("a lost terminal will not be noticed: {error}"),
    })?;
    Ok(receiver)
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let named = std::thread::Builder::new().name(name.to_owned());
    named.spawn(work).map(drop)
}

fn leave(asked: &UnboundedSender<()>) {
    // A loop that has ended is on its way out.
    let _ = asked.send(());
    std::thread::sleep(GRACE);
    guard::restore_without_waiting();
    std::process::exit(1);
}

/// Waits until there is no terminal any more. The reader of keys cannot tell: at the end of the file
/// crossterm reads again, for ever.
fn lost() -> io::Result<()> {
    let opened;
    let terminal = if io::stdin().is_terminal() {
        io::stdin().as_raw_fd()
    } else {
        opened = File::open("/dev/tty")?;
        opened.as_raw_fd()
    };
    let mut poll = Poll::new()?;
    let mut source = SourceFd(&terminal);
    poll.registry()
        .register(&mut source, Token(0), Interest::READABLE)?;
    let mut events = Events::with_capacity(4);
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            other => other?,
        }
        if events.iter().any(|e| e.is_read_closed() || e.is_error()) {
            return Ok(());
        }
    }
}

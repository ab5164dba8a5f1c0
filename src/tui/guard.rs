//! The terminal as we found it: taken over on start, given back however the program ends.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::ResetColor;
use crossterm::terminal::{
    DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{execute, queue};

/// Presses, releases and drags, with coordinates beyond 223; no reports of mere motion.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";
/// Ends a synchronised update that a fault may have left open.
const END_UPDATE: &[u8] = b"\x1b[?2026l";

/// Longest that a process on its way out waits for its terminal.
const LONGEST_RESTORE: Duration = Duration::from_millis(100);

/// Whether the terminal is taken over; only the panic hook and the guard look at it.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Holds the terminal. Dropping it gives the terminal back.
#[derive(Debug)]
pub(super) struct Guard {
    _private: (),
}

impl Guard {
    /// Takes the terminal over: raw mode, alternate screen, bracketed paste.
    pub(super) fn take() -> io::Result<Self> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let guard = Self { _private: () };
        let mut out = io::stdout();
        execute!(
            out,
            EnterAlternateScreen,
            EnableBracketedPaste,
            DisableLineWrap,
            Hide
        )?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Switches the mouse reports on or off.
pub(super) fn switch_mouse(out: &mut impl Write, on: bool) -> io::Result<()> {
    out.write_all(if on { MOUSE_ON } else { MOUSE_OFF })?;
    out.flush()
}

/// Gives the terminal back, once.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // The terminal may be gone; there is nobody left to tell. Its modes come first: setting them never
    // waits.
    let _ = disable_raw_mode();
    let mut out = io::stdout();
    let _ = out.write_all(END_UPDATE);
    let _ = out.write_all(MOUSE_OFF);
    let _ = queue!(
        out,
        ResetColor,
        DisableBracketedPaste,
        EnableLineWrap,
        LeaveAlternateScreen,
        Show
    );
    let _ = out.flush();
}

/// Gives the terminal back as far as it can be done at once: one that takes no bytes would hold us.
pub(super) fn restore_without_waiting() {
    let (done, waiting) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        restore();
        drop(done);
    });
    // Ends when the sender is gone, or when it is time.
    let _: Result<(), _> = waiting.recv_timeout(LONGEST_RESTORE);
}

/// A panic of this thread gives the terminal back before it is reported; one of any other thread goes
/// to the log, since that thread's owner answers for it.
pub(super) fn install_panic_hook() {
    let main = std::thread::current().id();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == main {
            restore();
            report(panic);
        } else {
            log::error!("{panic}");
        }
    }));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use std::io::Read;

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    use super::*;

    /// Set where this test runs itself again, on a terminal of its own.
    const FALL: &str = "DYNASCOPE_TEST_FALLS";

    #[test]
    fn a_panic_gives_the_terminal_back_before_it_is_reported() {
        if std::env::var_os(FALL).is_some() {
            install_panic_hook();
            let _guard = Guard::take().unwrap();
            switch_mouse(&mut io::stdout(), true).unwrap();
            panic!("the roof fell in");
        }
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let before = pair.master.get_termios().unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--nocapture"]);
        command.arg(concat!(
            "tui::guard::tests::",
            "a_panic_gives_the_terminal_back_before_it_is_reported"
        ));
        command.env(FALL, "1");
        let mut child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let reading = std::thread::spawn(move || {
            let mut seen = Vec::new();
            // A terminal nobody holds any more is an error, not an end, on Linux.
            let _ = reader.read_to_end(&mut seen);
            String::from_utf8_lossy(&seen).into_owned()
        });
        assert!(!child.wait().unwrap().success());
        assert!(pair.master.get_termios().unwrap() == before);
        drop(pair);
        let seen = reading.join().unwrap();
        let at = |text: &str| {
            seen.rfind(text)
                .unwrap_or_else(|| panic!("{text:?}: {seen}"))
        };
        let reported = at("the roof fell in");
        assert!(at("\x1b[?1049h") < at("\x1b[?1049l"));
        for given_back in ["\x1b[?1049l", "\x1b[?25h", "\x1b[?1000l", "\x1b[?2004l"] {
            assert!(at(given_back) < reported, "{given_back:?}: {seen}");
        }
    }
}

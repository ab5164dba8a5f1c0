//! What the user reads: data on stdout, and on stderr warnings, errors and, on a terminal, progress.

use std::io::{self, IsTerminal as _, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::options::Global;
use crate::engine::Observer;
use crate::printable;
use crate::progress::{Cancelled, Checkpoint};

/// Standard output: as it is into files and pipes, printable on a terminal.
pub fn stdout() -> Box<dyn Write> {
    let out = io::stdout();
    if out.is_terminal() {
        Box::new(printable::Writer::new(out.lock()))
    } else {
        Box::new(out.lock())
    }
}

/// Writes to stderr.
#[derive(Debug)]
pub struct Console {
    quiet: bool,
    bar: ProgressBar,
}

impl Console {
    /// Progress is shown on a terminal only, and not with `--quiet`.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        let shown = !global.quiet && io::stderr().is_terminal();
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        Self {
            quiet: global.quiet,
            bar,
        }
    }

    /// Says something that a user of a terminal wants to know.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// Says that something is partly wrong.
    pub fn warn(&self, text: &str) {
        if !self.quiet {
            self.line(&format!("warning: {text}"));
        }
    }

    /// Says that something is wrong.
    pub fn error(&self, text: &str) {
        self.line(&format!("error: {text}"));
    }

    /// A closed stderr is nobody's error.
    fn line(&self, text: &str) {
        let text = printable::text(text);
        self.bar
            .suspend(|| drop(writeln!(io::stderr().lock(), "{text}")));
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Checkpoint for Console {
    fn reached(&self, done: usize, total: usize) -> Result<(), Cancelled> {
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        Ok(())
    }
}

impl Observer for Console {
    fn phase(&self, name: &'static str) {
        self.bar.reset();
        self.bar.set_message(name);
    }
}

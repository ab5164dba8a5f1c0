//! What the user reads: data on stdout, and on stderr warnings, errors and, on a terminal, progress.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::options::Global;
use crate::engine::entries::Entries;
use crate::engine::{Observer, open};
use crate::printable;
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::{Around, Opened};

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
    /// Whether entries that are not here are to be downloaded; `None` = that is not said.
    fetch: Option<bool>,
    /// Neighbours of the structures that are opened.
    around: Around,
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
            fetch: (global.fetch || global.offline).then_some(global.fetch),
            around: global.around(),
            bar,
        }
    }

    /// Opens what the user names; an entry that is not here is downloaded first where that was asked for.
    pub fn open(&self, what: &str) -> anyhow::Result<Opened> {
        self.bring(what)?;
        Ok(open::open(Path::new(what), None)?.with_around(&self.around)?)
    }

    /// Neighbours of the structures that are opened.
    #[must_use]
    pub fn around(&self) -> &Around {
        &self.around
    }

    /// Downloads an entry that is named and not here, where that was asked for.
    pub fn bring(&self, what: &str) -> anyhow::Result<()> {
        if let (Some(entry), Some(fetch)) = (open::entry_of(Path::new(what)), self.fetch) {
            let brought = Entries::of_user(!fetch).fetch(&entry, self);
            self.finish();
            brought?;
        }
        Ok(())
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

//! What was done, one command per line: carried out from the top, it makes the same files again.

use super::command::Command;
use super::settings::is_of_the_screen;
use super::snapshot::Snapshot;

#[derive(Debug, Clone, Default)]
pub struct Journal {
    lines: Vec<Command>,
    /// The state that they lead to.
    last: Snapshot,
    changes: u64,
}

impl Journal {
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.lines.iter().map(Command::to_line)
    }

    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Writes down what has changed since the last line.
    pub(super) fn record(&mut self, now: Snapshot) {
        for line in now.since(&self.last) {
            self.push(line);
        }
        self.last = now;
    }

    pub(super) fn push(&mut self, line: Command) {
        let same = |last: &Command| std::mem::discriminant(last) == std::mem::discriminant(&line);
        if is_of_the_screen(&line) && self.lines.last().is_some_and(same) {
            self.lines.pop();
        }
        self.lines.push(line);
        self.changes += 1;
    }

    /// Takes a line back that came to nothing.
    pub(super) fn withdraw(&mut self, line: &Command) {
        if let Some(at) = self.lines.iter().rposition(|l| l == line) {
            self.lines.remove(at);
            self.changes += 1;
        }
    }
}

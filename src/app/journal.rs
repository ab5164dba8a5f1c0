//! What was done, one command a line: carried out from the top, it makes the same files again.

use super::command::Command;
use super::keeping::Snapshot;
use super::settings::is_of_the_screen;
use super::state::State;

#[derive(Debug, Clone, Default)]
pub struct Journal {
    /// Oldest first.
    lines: Vec<Command>,
    /// The state that they lead to.
    last: Snapshot,
    /// Changes so far.
    changes: u64,
}

impl Journal {
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.lines.iter().map(Command::to_line)
    }

    /// Grows with every change.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    fn push(&mut self, line: Command) {
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

impl State {
    /// Writes down what has changed since the last line.
    pub(super) fn write_journal(&mut self) {
        let now = Snapshot::of(self);
        for line in now.since(&self.journal.last) {
            self.journal.push(line);
        }
        self.journal.last = now;
    }

    /// Writes down something that leaves no trace in the state.
    pub(super) fn write_line(&mut self, line: Command) {
        self.write_journal();
        self.journal.push(line);
    }
}

//! What was done, one command a line: read aloud from the top, it makes the same files again.

use super::state::State;
use super::work::Work;

/// Commands of which only the last of several in a row matters.
const LAST_COUNTS: &[&str] = &[
    "at",
    "turn",
    "zoom",
    "panel",
    "expand",
    "color",
    "curve",
    "threshold",
    "order",
    "theme",
    "sort",
    "filter",
    "select",
];

/// The lines so far, and the work that they lead to.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    /// Oldest first.
    pub lines: Vec<String>,
    /// What is worth keeping after the last line.
    pub work: Work,
}

impl Journal {
    fn push(&mut self, line: String) {
        let verb = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        let new = verb(&line);
        let replaces = LAST_COUNTS.contains(&new.as_str());
        if replaces && self.lines.last().is_some_and(|last| verb(last) == new) {
            self.lines.pop();
        }
        self.lines.push(line);
    }

    /// Takes a line back that came to nothing.
    pub fn withdraw(&mut self, line: &str) {
        if let Some(at) = self.lines.iter().rposition(|l| l == line) {
            self.lines.remove(at);
        }
    }
}

impl State {
    /// Writes down what has changed since the last line.
    pub(super) fn write_journal(&mut self) {
        let now = self.work();
        if now == self.journal.work {
            return;
        }
        for line in now.lines_since(&self.journal.work) {
            self.journal.push(line);
        }
        self.journal.work = now;
    }

    /// Writes down something that leaves no trace in the state.
    pub(super) fn write_line(&mut self, line: String) {
        self.write_journal();
        self.journal.push(line);
    }
}

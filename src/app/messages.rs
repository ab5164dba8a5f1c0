//! What the program says: the newest on the status line, all of it in a list.

use std::collections::VecDeque;
use std::time::Duration;

const MOST: usize = 500;

/// A line for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub level: Level,
    pub text: String,
}

impl Notice {
    pub fn info(text: impl Into<String>) -> Self {
        Self {
            level: Level::Info,
            text: text.into(),
        }
    }

    pub fn error(text: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            text: text.into(),
        }
    }

    /// Done, but not as hoped.
    pub fn warning(text: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            text: text.into(),
        }
    }
}

/// How bad a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Info,
    /// Done, but not as hoped.
    Warning,
    Error,
}

/// A notice, and when it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub at: Duration,
    pub notice: Notice,
}

#[derive(Debug, Clone, Default)]
pub struct Messages {
    said: VecDeque<Said>,
    /// How many of them came since the last key.
    fresh: usize,
}

impl Messages {
    pub(super) fn say(&mut self, at: Duration, notice: Notice) {
        self.fresh = (self.fresh + 1).min(MOST);
        self.said.push_back(Said { at, notice });
        if self.said.len() > MOST {
            self.said.pop_front();
        }
    }

    /// A key was pressed: what is on the status line was seen.
    pub fn seen(&mut self) {
        self.fresh = 0;
    }

    #[must_use]
    pub fn all(&self) -> &VecDeque<Said> {
        &self.said
    }

    /// Those since the last key, oldest first.
    #[must_use]
    pub fn fresh(&self) -> impl DoubleEndedIterator<Item = &Notice> + ExactSizeIterator {
        let from = self.said.len() - self.fresh.min(self.said.len());
        self.said.range(from..).map(|said| &said.notice)
    }

    /// The one for the status line: the gravest since the last key, the newest of several.
    #[must_use]
    pub fn shown(&self) -> Option<&Notice> {
        self.fresh().max_by_key(|notice| notice.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_message_hides_no_graver_one_and_none_is_lost() {
        let mut messages = Messages::default();
        assert_eq!(messages.shown(), None);
        for notice in [
            Notice::info("a"),
            Notice::error("b"),
            Notice::warning("c"),
            Notice::error("d"),
            Notice::info("e"),
        ] {
            messages.say(Duration::ZERO, notice);
        }
        assert_eq!(messages.shown(), Some(&Notice::error("d")));
        assert_eq!(messages.fresh().len(), 5);
        messages.seen();
        assert_eq!((messages.shown(), messages.all().len()), (None, 5));
        messages.say(Duration::ZERO, Notice::info("f"));
        assert_eq!(messages.shown(), Some(&Notice::info("f")));
        for _ in 0..2 * MOST {
            messages.say(Duration::ZERO, Notice::info("g"));
        }
        assert_eq!(messages.all().len(), MOST);
    }
}

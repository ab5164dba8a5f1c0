//! A line of text that is being typed, with its history.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::marks::MarkKey;
use crate::export::product::Family;

/// What the line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    /// `:`
    Command,
    /// `/`
    Search,
    /// A note on what was highlighted when it was begun.
    Note(MarkKey),
    /// Rows of the triage table.
    Filter,
    /// Rows of the table of residues.
    ResidueFilter,
    /// The name of a file to write.
    File(Family),
}

impl PromptKind {
    /// What stands before the text.
    #[must_use]
    pub fn sigil(self) -> &'static str {
        match self {
            Self::Command => ":",
            Self::Search => "/",
            Self::Note(_) => "note: ",
            Self::Filter => "filter: ",
            Self::ResidueFilter => "residues: ",
            Self::File(_) => "write to: ",
        }
    }
}

/// Lines typed before, oldest first.
#[derive(Debug, Clone, Default)]
pub struct LineHistory {
    lines: Vec<String>,
}

impl LineHistory {
    /// Adds a line, unless it is empty or the last one again.
    pub fn push(&mut self, line: &str) {
        if !line.is_empty() && self.lines.last().is_none_or(|l| l != line) {
            self.lines.push(line.to_owned());
        }
    }

    /// The line `back` from the newest (0).
    #[must_use]
    pub fn get(&self, back: usize) -> Option<&str> {
        let at = self.lines.len().checked_sub(back + 1)?;
        Some(&self.lines[at])
    }
}

/// The line and where in it the next character goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub kind: PromptKind,
    text: String,
    caret: usize,
    recalled: Option<usize>,
    /// What it was opened with.
    before: String,
}

/// What a key did to the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// The text or the caret changed, or nothing.
    Edited,
    Entered,
    /// Esc, or backspace on an empty line.
    Left,
    Complete,
}

impl Prompt {
    #[must_use]
    pub fn new(kind: PromptKind) -> Self {
        Self {
            kind,
            text: String::new(),
            caret: 0,
            recalled: None,
            before: String::new(),
        }
    }

    /// A line with text in it.
    #[must_use]
    pub fn with_text(kind: PromptKind, text: &str) -> Self {
        let mut prompt = Self::new(kind);
        prompt.set(text);
        text.clone_into(&mut prompt.before);
        prompt
    }

    /// What it was opened with.
    #[must_use]
    pub fn before(&self) -> &str {
        &self.before
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn caret(&self) -> usize {
        self.caret
    }

    /// Replaces the text; the caret goes to its end.
    pub fn set(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.caret = self.text.chars().count();
    }

    /// Inserts pasted or typed text; line breaks and control characters become spaces.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let at = self.offset(self.caret);
        self.text.insert_str(at, &clean);
        self.caret += clean.chars().count();
    }

    fn offset(&self, characters: usize) -> usize {
        self.text
            .char_indices()
            .nth(characters)
            .map_or(self.text.len(), |(at, _)| at)
    }

    fn delete(&mut self, from: usize, to: usize) {
        let (a, b) = (self.offset(from), self.offset(to));
        self.text.replace_range(a..b, "");
        self.caret = from;
    }

    fn word_start(&self) -> usize {
        let before: Vec<char> = self.text.chars().take(self.caret).collect();
        let trimmed = before.iter().rposition(|c| *c != ' ').map_or(0, |i| i + 1);
        before[..trimmed]
            .iter()
            .rposition(|c| *c == ' ')
            .map_or(0, |i| i + 1)
    }

    pub fn key(&mut self, key: KeyEvent, history: &LineHistory) -> Typed {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Typed::Entered,
            KeyCode::Esc => return Typed::Left,
            KeyCode::Char('c') if control => return Typed::Left,
            KeyCode::Tab => return Typed::Complete,
            KeyCode::Backspace if self.text.is_empty() => return Typed::Left,
            KeyCode::Backspace if self.caret > 0 => self.delete(self.caret - 1, self.caret),
            KeyCode::Char('w') if control => self.delete(self.word_start(), self.caret),
            KeyCode::Char('u') if control => self.delete(0, self.caret),
            KeyCode::Delete => self.delete(self.caret, self.caret + 1),
            KeyCode::Left => self.caret = self.caret.saturating_sub(1),
            KeyCode::Right => self.caret = (self.caret + 1).min(self.text.chars().count()),
            KeyCode::Home => self.caret = 0,
            KeyCode::End => self.caret = self.text.chars().count(),
            KeyCode::Char('a') if control => self.caret = 0,
            KeyCode::Char('e') if control => self.caret = self.text.chars().count(),
            KeyCode::Up => self.recall(history, 1),
            KeyCode::Down => self.recall(history, -1),
            KeyCode::Char(c) if !control => self.insert(c.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        Typed::Edited
    }

    fn recall(&mut self, history: &LineHistory, step: isize) {
        let next = self.recalled.map_or(-1, |r| r as isize) + step;
        if next < 0 {
            self.recalled = None;
            self.set("");
        } else if let Some(line) = history.get(next as usize) {
            let line = line.to_owned();
            self.recalled = Some(next as usize);
            self.set(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(prompt: &mut Prompt, codes: &[KeyCode]) {
        for code in codes {
            prompt.key(
                KeyEvent::new(*code, KeyModifiers::NONE),
                &LineHistory::default(),
            );
        }
    }

    #[test]
    fn a_line_is_edited_by_character_not_by_byte() {
        let mut prompt = Prompt::new(PromptKind::Note((0, None)));
        prompt.insert("Åß∂\nx");
        assert_eq!(prompt.text(), "Åß∂ x");
        type_in(
            &mut prompt,
            &[KeyCode::Left, KeyCode::Left, KeyCode::Backspace],
        );
        assert_eq!(prompt.text(), "Åß x");
        type_in(
            &mut prompt,
            &[KeyCode::Home, KeyCode::Delete, KeyCode::Char('A')],
        );
        assert_eq!(prompt.text(), "Aß x");
        prompt.key(
            KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL),
            &LineHistory::default(),
        );
        assert_eq!(prompt.text(), "ß x");
    }

    #[test]
    fn history_goes_back_and_forth() {
        let mut history = LineHistory::default();
        for line in ["one", "two", "two"] {
            history.push(line);
        }
        let mut prompt = Prompt::new(PromptKind::Command);
        let up = KeyEvent::new(KeyCode::Up, KeyModifiers::NONE);
        let down = KeyEvent::new(KeyCode::Down, KeyModifiers::NONE);
        prompt.key(up, &history);
        assert_eq!(prompt.text(), "two");
        prompt.key(up, &history);
        prompt.key(up, &history);
        assert_eq!(prompt.text(), "one");
        prompt.key(down, &history);
        assert_eq!(prompt.text(), "two");
        prompt.key(down, &history);
        assert_eq!(prompt.text(), "");
    }
}

//! The help that is also the command palette: every action, found by a few letters or by its key.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::actions::{ACTIONS, Action};
use super::keymap::Keymap;
use super::prompt::{LineHistory, Prompt, PromptKind, Typed};

/// One line of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaletteLine {
    /// What it runs.
    pub action: Action,
    /// Its keys, joined by spaces.
    pub keys: String,
}

/// The open palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// What is typed.
    pub prompt: Prompt,
    /// What matches, best first.
    pub lines: Vec<PaletteLine>,
    /// The line that Enter runs.
    pub selected: usize,
}

/// What a key did to the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// Still open.
    Open,
    /// Closed without a choice.
    Closed,
    /// Closed: run this.
    Run(Action),
}

impl Palette {
    /// With everything in it.
    #[must_use]
    pub fn new(keymap: &Keymap) -> Self {
        Self {
            prompt: Prompt::new(PromptKind::Command),
            lines: matches("", keymap),
            selected: 0,
        }
    }

    /// Types a key.
    pub fn key(&mut self, key: KeyEvent, keymap: &Keymap) -> Chosen {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Up => self.step(-1),
            KeyCode::Down | KeyCode::Tab => self.step(1),
            KeyCode::Char('p') if control => self.step(-1),
            KeyCode::Char('n') if control => self.step(1),
            KeyCode::PageUp => self.step(-10),
            KeyCode::PageDown => self.step(10),
            _ => match self.prompt.key(key, &LineHistory::default()) {
                Typed::Left => return Chosen::Closed,
                Typed::Entered => {
                    return self
                        .lines
                        .get(self.selected)
                        .map_or(Chosen::Closed, |line| Chosen::Run(line.action));
                }
                Typed::Edited | Typed::Complete => self.refresh(keymap),
            },
        }
        Chosen::Open
    }

    /// Types pasted text.
    pub fn paste(&mut self, text: &str, keymap: &Keymap) {
        self.prompt.insert(text);
        self.refresh(keymap);
    }

    /// Moves the choice.
    pub fn step(&mut self, step: isize) {
        let last = self.lines.len().saturating_sub(1) as isize;
        self.selected = (self.selected as isize + step).clamp(0, last) as usize;
    }

    fn refresh(&mut self, keymap: &Keymap) {
        let lines = matches(self.prompt.text(), keymap);
        if lines != self.lines {
            self.lines = lines;
            self.selected = 0;
        }
    }
}

/// The actions that match what is typed, best first; all of them, in the order of the table, when
/// nothing is.
#[must_use]
pub fn matches(typed: &str, keymap: &Keymap) -> Vec<PaletteLine> {
    let lines = ACTIONS.iter().map(|info| {
        let keys: Vec<String> = keymap.keys(info.action).map(|c| c.to_string()).collect();
        let line = PaletteLine {
            action: info.action,
            keys: keys.join(" "),
        };
        (line, keys, info)
    });
    if typed.trim().is_empty() {
        return lines.map(|(line, ..)| line).collect();
    }
    let pattern = Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut characters = Vec::new();
    let mut scored: Vec<(u32, PaletteLine)> = lines
        .filter_map(|(line, keys, info)| {
            if keys.iter().any(|key| key == typed) {
                return Some((u32::MAX, line));
            }
            let text = format!("{} {} {}", info.help, info.id, line.keys);
            let score = pattern.score(Utf32Str::new(&text, &mut characters), &mut matcher)?;
            Some((score, line))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, line)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_found_by_name_and_by_key() {
        let keymap = Keymap::default();
        assert_eq!(matches("", &keymap).len(), ACTIONS.len());
        assert_eq!(matches("m", &keymap)[0].action, Action::Mark);
        assert_eq!(
            matches("ctrl-e", &keymap)[0].action,
            Action::PrintMarksAndQuit
        );
        assert_eq!(matches("copy marks", &keymap)[0].action, Action::Copy);
        assert_eq!(
            matches("prev chain", &keymap)[0].action,
            Action::PreviousChain
        );
        assert!(matches("xyzzyx", &keymap).is_empty());
    }

    #[test]
    fn enter_runs_what_is_chosen() {
        let keymap = Keymap::default();
        let mut palette = Palette::new(&keymap);
        for c in "undo".chars() {
            palette.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), &keymap);
        }
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(palette.key(enter, &keymap), Chosen::Run(Action::Undo));
        palette.paste("xyzzy", &keymap);
        palette.step(5);
        assert_eq!(palette.key(enter, &keymap), Chosen::Closed);
    }
}

//! The help that is also the command palette: every command, found by a few letters, a synonym or its key.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::command::argument::Values;
use super::command::{Command, Entry, TABLE};
use super::keymap::Keymap;
use super::prompt::{LineHistory, Prompt, PromptKind, Typed};

/// A command, or the beginning of one whose argument is to be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaletteLine {
    /// As it is said after `:`.
    pub line: String,
    pub help: String,
    /// How its argument is written; empty where it has none, or one already.
    pub form: &'static str,
    /// Its keys, joined by spaces.
    pub keys: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    pub prompt: Prompt,
    pub lines: Vec<PaletteLine>,
    pub selected: usize,
}

/// What a key did to the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    Open,
    Closed,
    Line(PaletteLine),
}

impl Palette {
    #[must_use]
    pub fn new(keymap: &Keymap) -> Self {
        Self {
            prompt: Prompt::new(PromptKind::Command),
            lines: matches("", keymap),
            selected: 0,
        }
    }

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
                    let chosen = self.lines.get(self.selected).cloned();
                    return chosen.map_or(Chosen::Closed, Chosen::Line);
                }
                Typed::Edited | Typed::Complete => self.refresh(keymap),
            },
        }
        Chosen::Open
    }

    pub fn paste(&mut self, text: &str, keymap: &Keymap) {
        self.prompt.insert(text);
        self.refresh(keymap);
    }

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

/// The commands that match what is typed, best first; all of them, in the order of the table, when nothing
/// is. What a command can be given, where that has a name, is found too.
#[must_use]
pub fn matches(typed: &str, keymap: &Keymap) -> Vec<PaletteLine> {
    let typed = typed.trim();
    let whole = TABLE.iter().map(|entry| (line_of(entry, keymap), entry));
    if typed.is_empty() {
        return whole.map(|(line, _)| line).collect();
    }
    let pattern = Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut characters = Vec::new();
    let choices = TABLE.iter().flat_map(|entry| choices_of(entry, keymap));
    let mut scored: Vec<(u32, PaletteLine)> = whole
        .chain(choices)
        .filter_map(|(line, entry)| {
            if line.keys.split(' ').any(|key| key == typed) {
                return Some((u32::MAX, line));
            }
            if entry.is_called(typed) && (line.line == entry.name || !line.form.is_empty()) {
                return Some((u32::MAX - 1, line));
            }
            let text = format!(
                "{} {} {} {}",
                line.help, line.line, entry.synonyms, line.keys
            );
            let score = pattern.score(Utf32Str::new(&text, &mut characters), &mut matcher)?;
            Some((score, line))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, line)| line).collect()
}

fn keys_of(line: &str, keymap: &Keymap) -> String {
    let Ok(command) = Command::parse(line) else {
        return String::new();
    };
    let keys: Vec<String> = keymap.keys(&command).map(|c| c.to_string()).collect();
    keys.join(" ")
}

fn line_of(entry: &Entry, keymap: &Keymap) -> PaletteLine {
    let takes_argument = entry.takes_argument();
    PaletteLine {
        line: format!("{}{}", entry.name, if takes_argument { " " } else { "" }),
        help: entry.help.to_owned(),
        form: entry.form,
        keys: if takes_argument {
            String::new()
        } else {
            keys_of(entry.name, keymap)
        },
    }
}

/// A command with each of the names that it can be given.
fn choices_of<'a>(
    entry: &'a Entry,
    keymap: &'a Keymap,
) -> impl Iterator<Item = (PaletteLine, &'a Entry)> {
    let names = match entry.values {
        Values::Named(names) => names(),
        _ => Vec::new(),
    };
    names.into_iter().map(move |(name, about)| {
        let line = format!("{} {name}", entry.name);
        let what = if about.is_empty() { name } else { about };
        let choice = PaletteLine {
            help: format!("{}: {what}", entry.help),
            form: "",
            keys: keys_of(&line, keymap),
            line,
        };
        (choice, entry)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(typed: &str) -> String {
        let lines = matches(typed, &Keymap::default());
        lines.first().map_or_else(String::new, |l| l.line.clone())
    }

    #[test]
    fn everything_is_found_by_name_by_synonym_and_by_key() {
        let keymap = Keymap::default();
        assert_eq!(matches("", &keymap).len(), TABLE.len());
        for (typed, wanted) in [
            ("m", "mark"),
            ("ctrl-e", "print-and-quit"),
            ("copy marks", "copy"),
            ("prev chain", "previous-chain"),
            ("quit", "quit"),
            ("save", "export"),
            ("flexible", "flexibility"),
            ("DMS", "data "),
            ("weights", "weights "),
            ("dynaprot", "source dynaprot"),
        ] {
            assert_eq!(first(typed), wanted, "{typed}");
        }
        for typed in ["overlay", "stability", "ΔΔG"] {
            let lines = matches(typed, &keymap);
            let found = |name: &str| lines.iter().take(6).any(|l| l.line.starts_with(name));
            assert!(found("data ") || found("scan "), "{typed} {lines:?}");
        }
        assert!(matches("xyzzyx", &keymap).is_empty());
    }

    #[test]
    fn enter_takes_what_is_chosen() {
        let keymap = Keymap::default();
        let mut palette = Palette::new(&keymap);
        for c in "undo".chars() {
            palette.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), &keymap);
        }
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        let chosen = palette.key(enter, &keymap);
        assert!(matches!(chosen, Chosen::Line(line) if line.line == "undo"));
        palette.paste("xyzzy", &keymap);
        palette.step(5);
        assert_eq!(palette.key(enter, &keymap), Chosen::Closed);
    }
}

//! Which key does what: as the table of commands says, changed by the user's TOML file.

use std::collections::BTreeMap;
use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::command::{Command, TABLE};

/// A key with its modifiers, as the keymap file writes it: `h`, `ctrl-e`, `pageup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    control: bool,
    alt: bool,
}

const NAMED: &[(&str, KeyCode)] = &[
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
];

impl Chord {
    /// The chord of a key event. Shift is part of the character and of `backtab`.
    #[must_use]
    pub fn of(key: KeyEvent) -> Self {
        let code = match key.code {
            KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(c.to_ascii_lowercase())
            }
            code => code,
        };
        Self {
            code,
            control: key.modifiers.contains(KeyModifiers::CONTROL),
            alt: key.modifiers.contains(KeyModifiers::ALT),
        }
    }

    /// Reads a chord as the keymap file writes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (mut rest, mut control, mut alt) = (text, false, false);
        loop {
            if let Some(after) = rest.strip_prefix("ctrl-").filter(|r| !r.is_empty()) {
                (rest, control) = (after, true);
            } else if let Some(after) = rest.strip_prefix("alt-").filter(|r| !r.is_empty()) {
                (rest, alt) = (after, true);
            } else {
                break;
            }
        }
        let code = Self::parse_code(rest)?;
        Some(Self { code, control, alt })
    }

    fn parse_code(text: &str) -> Option<KeyCode> {
        if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Some(*code);
        }
        let mut characters = text.chars();
        match (characters.next()?, characters.next()) {
            (c, None) => Some(KeyCode::Char(c)),
            ('f', Some(_)) => text[1..]
                .parse()
                .ok()
                .filter(|n| (1..=12).contains(n))
                .map(KeyCode::F),
            _ => None,
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            write!(f, "ctrl-")?;
        }
        if self.alt {
            write!(f, "alt-")?;
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return write!(f, "{name}");
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "f{n}"),
            _ => write!(f, "?"),
        }
    }
}

/// What is wrong with a keymap file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct KeymapError {
    /// 1-based line.
    pub line: usize,
    /// What is wrong and what to do.
    pub what: String,
}

#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<(Chord, Command)>,
}

impl Default for Keymap {
    fn default() -> Self {
        let keys = TABLE.iter().flat_map(|entry| {
            let chords = entry.keys.split(' ').filter_map(Chord::parse);
            chords.filter_map(|chord| Some((chord, Command::parse(entry.name).ok()?)))
        });
        Self {
            bindings: keys.collect(),
        }
    }
}

impl Keymap {
    #[must_use]
    pub fn command(&self, key: KeyEvent) -> Option<&Command> {
        let chord = Chord::of(key);
        let binding = self.bindings.iter().find(|(c, _)| *c == chord);
        binding.map(|(_, command)| command)
    }

    /// The keys of a command, first the one to show.
    pub fn keys<'a>(&'a self, command: &'a Command) -> impl Iterator<Item = Chord> + 'a {
        let bindings = self.bindings.iter();
        bindings
            .filter(move |(_, c)| c == command)
            .map(|(chord, _)| *chord)
    }

    /// The key to show for a command; empty where it has none.
    #[must_use]
    pub fn key_name(&self, command: &Command) -> String {
        let key = self.keys(command).next();
        key.map_or_else(String::new, |c| c.to_string())
    }

    /// Changes the keys of the commands that a TOML text names (`mark = "m"`, `"source anm" = ["f5"]`);
    /// a key taken from another command leaves that one.
    ///
    /// # Errors
    /// The first fault, with its line; nothing is changed then.
    pub fn merge(&mut self, text: &str) -> Result<(), KeymapError> {
        let table: BTreeMap<toml::Spanned<String>, toml::Spanned<Keys>> = toml::from_str(text)
            .map_err(|e| KeymapError {
                line: line_of(text, e.span().map_or(0, |s| s.start)),
                what: e.message().trim().replace('\n', "; "),
            })?;
        let mut merged = self.bindings.clone();
        let mut named: BTreeMap<&str, &str> = BTreeMap::new();
        for (id, keys) in &table {
            let at = |start: usize, what: String| KeymapError {
                line: line_of(text, start),
                what,
            };
            let command = Command::parse(id.get_ref()).map_err(|why| at(id.span().start, why))?;
            merged.retain(|(_, c)| *c != command);
            for key in keys.get_ref().list() {
                let chord = Chord::parse(key).ok_or_else(|| {
                    at(
                        keys.span().start,
                        format!(
                            "'{key}' is not a key; write `x`, `ctrl-x`, `alt-x`, `f5`, `pageup`"
                        ),
                    )
                })?;
                if let Some(other) = named.insert(key, id.get_ref()) {
                    let what = format!("'{key}' is a key of {other} already");
                    return Err(at(keys.span().start, what));
                }
                merged.retain(|(c, _)| *c != chord);
                merged.push((chord, command.clone()));
            }
        }
        self.bindings = merged;
        Ok(())
    }
}

#[derive(serde::Deserialize)]
#[serde(
    untagged,
    expecting = "a key is a text, `\"x\"`, and several are a list, `[\"x\", \"f1\"]`"
)]
enum Keys {
    One(String),
    Several(Vec<String>),
}

impl Keys {
    fn list(&self) -> &[String] {
        match self {
            Self::One(key) => std::slice::from_ref(key),
            Self::Several(keys) => keys,
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn press(c: char, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), modifiers)
    }

    #[test]
    fn every_command_without_an_argument_has_keys_that_are_read_and_written_alike() {
        let map = Keymap::default();
        for entry in TABLE.iter().filter(|e| !e.takes_argument()) {
            let command = Command::parse(entry.name).unwrap();
            let keys: Vec<String> = map.keys(&command).map(|c| c.to_string()).collect();
            assert_eq!(keys.join(" "), entry.keys, "{}", entry.name);
            assert!(!keys.is_empty(), "{}", entry.name);
        }
        let shown = [Command::Help, Command::Left, Command::Quit].map(|c| map.key_name(&c));
        assert_eq!(shown, ["?", "h", "q"]);
        assert_eq!(Chord::parse("hello"), None);
        assert_eq!(Chord::parse(""), None);
        assert_eq!(Chord::parse("f13"), None);
        assert_eq!(Chord::parse("ctrl--").unwrap().to_string(), "ctrl--");
    }

    #[test]
    fn shifted_and_controlled_letters_are_told_apart() {
        let map = Keymap::default();
        assert_eq!(
            map.command(press('m', KeyModifiers::NONE)),
            Some(&Command::Mark)
        );
        assert_eq!(
            map.command(press('M', KeyModifiers::SHIFT)),
            Some(&Command::WriteNote)
        );
        assert_eq!(
            map.command(press('e', KeyModifiers::CONTROL)),
            Some(&Command::PrintMarksAndQuit)
        );
        assert_eq!(map.command(press('e', KeyModifiers::ALT)), None);
    }

    #[test]
    fn the_users_keys_replace_and_take_over() {
        let mut map = Keymap::default();
        map.merge("mark = [\"x\", \"q\"]\nquit = \"ctrl-q\"\n")
            .unwrap();
        assert_eq!(
            map.command(press('x', KeyModifiers::NONE)),
            Some(&Command::Mark)
        );
        assert_eq!(map.command(press('m', KeyModifiers::NONE)), None);
        assert_eq!(map.key_name(&Command::Quit), "ctrl-q");
        map.merge("\"color chain\" = \"C\"").unwrap();
        let color = Command::Color(crate::app::panel::ColorBy::Chain);
        assert_eq!(map.command(press('C', KeyModifiers::SHIFT)), Some(&color));
    }

    #[test]
    fn faults_name_their_line_and_change_nothing() {
        let mut map = Keymap::default();
        let wrong = map
            .merge("# mine\nmark = \"x\"\nfly = \"y\"\n")
            .unwrap_err();
        assert_eq!(wrong.line, 3);
        assert!(wrong.what.contains("fly"));
        assert_eq!(map.merge("mark = \"hello\"").unwrap_err().line, 1);
        let number = map.merge("\nmark = 3\n").unwrap_err();
        assert_eq!(number.line, 2);
        assert!(number.what.contains("are a list"), "{number}");
        assert_eq!(map.merge("mark = \"x\"\n\nquit =").unwrap_err().line, 3);
        let twice = map.merge("mark = \"x\"\nquit = \"x\"").unwrap_err();
        assert_eq!(twice.to_string(), "line 2: 'x' is a key of mark already");
        assert_eq!(
            map.command(press('m', KeyModifiers::NONE)),
            Some(&Command::Mark)
        );
    }
}

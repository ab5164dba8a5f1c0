//! Which key does what: the shipped TOML file, changed by the user's.

use std::collections::BTreeMap;
use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::actions::Action;

/// The keys of every action.
const SHIPPED: &str = include_str!("../../assets/keymap.toml");

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

/// Which key does what.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<(Chord, Action)>,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut keymap = Self {
            bindings: Vec::new(),
        };
        keymap
            .merge(SHIPPED)
            .expect("the shipped keymap has no faults");
        keymap
    }
}

impl Keymap {
    /// The action of a key.
    #[must_use]
    pub fn action(&self, key: KeyEvent) -> Option<Action> {
        let chord = Chord::of(key);
        self.bindings
            .iter()
            .find(|(c, _)| *c == chord)
            .map(|(_, action)| *action)
    }

    /// The keys of an action, first the one to show.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = Chord> {
        self.bindings
            .iter()
            .filter(move |(_, a)| *a == action)
            .map(|(chord, _)| *chord)
    }

    /// The key to show for an action; empty where it has none.
    #[must_use]
    pub fn key_name(&self, action: Action) -> String {
        self.keys(action)
            .next()
            .map_or_else(String::new, |c| c.to_string())
    }

    /// Changes the keys of the actions that a TOML text names (`mark = "m"`, `help = ["?", "f1"]`);
    /// a key taken from another action leaves that one.
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
            let action = Action::from_id(id.get_ref()).ok_or_else(|| {
                at(
                    id.span().start,
                    format!("no action is called '{}'; `?` lists them", id.get_ref()),
                )
            })?;
            merged.retain(|(_, a)| *a != action);
            for key in keys.get_ref().list() {
                let chord = Chord::parse(key).ok_or_else(|| {
                    at(
                        keys.span().start,
                        format!("'{key}' is no key; write `x`, `ctrl-x`, `alt-x`, `f5`, `pageup`"),
                    )
                })?;
                if let Some(other) = named.insert(key, id.get_ref()) {
                    let what = format!("'{key}' is a key of {other} already");
                    return Err(at(keys.span().start, what));
                }
                merged.retain(|(c, _)| *c != chord);
                merged.push((chord, action));
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
    use crate::app::actions::ACTIONS;

    fn press(c: char, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), modifiers)
    }

    #[test]
    fn every_action_has_keys_that_are_read_and_written_alike() {
        let map = Keymap::default();
        for info in ACTIONS {
            assert!(map.keys(info.action).count() > 0, "{}", info.id);
            for chord in map.keys(info.action) {
                assert_eq!(Chord::parse(&chord.to_string()), Some(chord));
            }
        }
        let shown = [Action::Help, Action::Left, Action::Quit].map(|a| map.key_name(a));
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
            map.action(press('m', KeyModifiers::NONE)),
            Some(Action::Mark)
        );
        assert_eq!(
            map.action(press('M', KeyModifiers::SHIFT)),
            Some(Action::WriteNote)
        );
        assert_eq!(
            map.action(press('e', KeyModifiers::CONTROL)),
            Some(Action::PrintMarksAndQuit)
        );
        assert_eq!(map.action(press('e', KeyModifiers::ALT)), None);
    }

    #[test]
    fn the_users_keys_replace_and_take_over() {
        let mut map = Keymap::default();
        map.merge("mark = [\"x\", \"q\"]\nquit = \"ctrl-q\"\n")
            .unwrap();
        assert_eq!(
            map.action(press('x', KeyModifiers::NONE)),
            Some(Action::Mark)
        );
        assert_eq!(map.action(press('m', KeyModifiers::NONE)), None);
        assert_eq!(map.key_name(Action::Quit), "ctrl-q");
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
            map.action(press('m', KeyModifiers::NONE)),
            Some(Action::Mark)
        );
    }
}

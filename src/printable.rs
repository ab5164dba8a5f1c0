//! Text from files on its way to a terminal: what would command the terminal is shown instead.
//!
//! A FASTA header, a chain's name or a file's can hold escape sequences, which set titles, move the
//! cursor, or make some terminals answer as if the user had typed.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Control characters as `\x1b`; line ends and tabs stay.
#[must_use]
pub fn text(text: &str) -> Cow<'_, str> {
    shown(text, |c| is_command(c) && !matches!(c, '\n' | '\t'))
}

/// The same for what is to stay one line.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    shown(text, is_command)
}

/// Controls (C0, DEL, C1), and what turns the direction of the text around it.
fn is_command(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn shown(text: &str, is_shown: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_shown) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_shown(c) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\x{:02x}", c as u32);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Passes on what is written, with [`text`] for what is text.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    /// The beginning of a character whose end is not written yet.
    held: Vec<u8>,
}

impl<W: Write> Writer<W> {
    pub fn new(out: W) -> Self {
        let held = Vec::new();
        Self { out, held }
    }

    fn pass_on(&mut self, complete: usize) -> io::Result<()> {
        let rest = self.held.split_off(complete);
        let whole = std::mem::replace(&mut self.held, rest);
        self.out
            .write_all(text(&String::from_utf8_lossy(&whole)).as_bytes())
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        let complete = match std::str::from_utf8(&self.held) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.held.len(),
        };
        self.pass_on(complete)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on(self.held.len())?;
        self.out.flush()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown() {
        assert_eq!(text("a\x1b]0;title\x07b"), "a\\x1b]0;title\\x07b");
        assert_eq!(text("\u{9b}31m\x7f\r"), "\\x9b31m\\x7f\\x0d");
        assert_eq!(text("one\ttwo\nthree ΔΔG 鎖"), "one\ttwo\nthree ΔΔG 鎖");
        assert_eq!(text("\u{202e}dcba"), "\\x202edcba");
        assert_eq!(line("one\ntwo"), "one\\x0atwo");
    }

    #[test]
    fn a_character_may_come_in_two_parts() {
        let mut out = Writer::new(Vec::new());
        for byte in "Å\x1b[0m 鎖\u{9b}".bytes() {
            out.write_all(&[byte]).unwrap();
        }
        out.write_all(b"\xff\xe9").unwrap();
        out.flush().unwrap();
        assert_eq!(
            String::from_utf8(out.out).unwrap(),
            "Å\\x1b[0m 鎖\\x9b\u{fffd}\u{fffd}"
        );
    }
}

//! Text on the user's clipboard, through the terminal (OSC 52), so that it works over ssh; longer text
//! goes to a file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;

use crate::engine::files;

/// Bytes of text beyond which terminals cut an OSC 52 off.
const LONGEST: usize = 74_000;

/// The sequence that puts text on the clipboard, wrapped so that tmux or screen passes it on.
pub(super) fn osc52(text: &str, tmux: bool, screen: bool) -> String {
    let payload = base64::engine::general_purpose::STANDARD.encode(text);
    let plain = format!("\x1b]52;c;{payload}\x07");
    if tmux {
        // Both ways into tmux: its own clipboard, and through to the terminal outside.
        let doubled = plain.replace('\x1b', "\x1b\x1b");
        format!("{plain}\x1bPtmux;{doubled}\x1b\\")
    } else if screen {
        format!("\x1bP{plain}\x1b\\")
    } else {
        plain
    }
}

/// What became of a copy.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Copied {
    Terminal,
    /// Too long: written to a file.
    File(PathBuf),
}

/// Copies, or writes to a file in `folder` what is too long for the terminal.
pub(super) fn copy(text: &str, out: &mut impl Write, folder: &Path) -> io::Result<Copied> {
    if text.len() > LONGEST {
        let path = folder.join("copied.txt");
        files::keep(&path, text.as_bytes())?;
        return Ok(Copied::File(path));
    }
    let tmux = std::env::var_os("TMUX").is_some();
    let screen = std::env::var_os("STY").is_some();
    out.write_all(osc52(text, tmux, screen).as_bytes())?;
    out.flush()?;
    Ok(Copied::Terminal)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn multiplexers_are_passed_through() {
        assert_eq!(osc52("hi", false, false), "\x1b]52;c;aGk=\x07");
        assert_eq!(
            osc52("hi", true, false),
            "\x1b]52;c;aGk=\x07\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\"
        );
        assert_eq!(osc52("hi", false, true), "\x1bP\x1b]52;c;aGk=\x07\x1b\\");
    }

    #[test]
    fn what_is_too_long_goes_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let text = "A".repeat(LONGEST + 1);
        let mut out = Vec::new();
        let Copied::File(path) = copy(&text, &mut out, folder.path()).unwrap() else {
            unreachable!("it is too long")
        };
        assert!(out.is_empty());
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    }
}

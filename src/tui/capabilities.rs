//! What the terminal can show, asked of the environment and, for its background, of the terminal
//! itself with a time-out.

use std::time::Duration;

use crate::ui::theme::{Background, ColorDepth, Glyphs};

/// Longest wait for a terminal that does not answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// What a terminal says of its background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// That it is of that kind.
    Background(Background),
    Other,
    /// Nothing: it must not be asked again, since a late answer would read as keys.
    Silence,
}

/// Asks the terminal for its background; every terminal in use answers at least with what it is, which
/// comes last.
pub(super) fn ask() -> Answer {
    use terminal_colorsaurus::{Error, QueryOptions, ThemeMode, theme_mode};
    let mut options = QueryOptions::default();
    options.timeout = ANSWER_TIMEOUT;
    match theme_mode(options) {
        Ok(ThemeMode::Light) => Answer::Background(Background::Light),
        Ok(ThemeMode::Dark) => Answer::Background(Background::Dark),
        Err(Error::Timeout(_) | Error::Io(_)) => Answer::Silence,
        Err(_) => Answer::Other,
    }
}

/// Colours, from `NO_COLOR`, `COLORTERM` and `TERM`.
pub(super) fn color_depth(variable: impl Fn(&str) -> Option<String>) -> ColorDepth {
    let term = variable("TERM").unwrap_or_default();
    let said = variable("COLORTERM").unwrap_or_default();
    let monochrome = ["dumb", "vt100", "vt102", "vt220", "vt320"];
    if variable("NO_COLOR").is_some_and(|v| !v.is_empty()) || monochrome.contains(&term.as_str()) {
        ColorDepth::None
    } else if matches!(said.as_str(), "truecolor" | "24bit")
        || term.ends_with("-direct")
        || ["kitty", "ghostty", "alacritty", "foot", "wezterm"]
            .iter()
            .any(|t| term.contains(t))
    {
        ColorDepth::True
    } else if term.contains("256") || variable("TMUX").is_some() {
        ColorDepth::Indexed256
    } else {
        ColorDepth::Ansi16
    }
}

/// Characters, from the locale: the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set decides.
pub(super) fn glyphs(variable: impl Fn(&str) -> Option<String>) -> Glyphs {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| variable(name).filter(|v| !v.is_empty()));
    let plain = ["vt100", "vt102", "vt220", "dumb"];
    let is_utf8 = locale.is_some_and(|l| {
        let l = l.to_ascii_lowercase();
        l.contains("utf-8") || l.contains("utf8")
    });
    let term = variable("TERM").unwrap_or_default();
    if is_utf8 && !plain.contains(&term.as_str()) {
        Glyphs::Unicode
    } else {
        Glyphs::Ascii
    }
}

/// Dark or light as the environment says: `COLORFGBG` is "foreground;background" in ANSI numbers.
pub(super) fn background(variable: impl Fn(&str) -> Option<String>) -> Option<Background> {
    let said = variable("COLORFGBG")?;
    let number: u8 = said.rsplit(';').next()?.parse().ok()?;
    Some(if matches!(number, 7 | 9..=15) {
        Background::Light
    } else {
        Background::Dark
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn colours_follow_the_environment() {
        for (pairs, depth) in [
            (
                &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..],
                ColorDepth::True,
            ),
            (&[("TERM", "xterm-256color")], ColorDepth::Indexed256),
            (&[("TERM", "xterm-kitty")], ColorDepth::True),
            (&[("TERM", "xterm")], ColorDepth::Ansi16),
            (&[("TERM", "vt100")], ColorDepth::None),
            (
                &[("TERM", "xterm-256color"), ("NO_COLOR", "1")],
                ColorDepth::None,
            ),
            (
                &[("TERM", "xterm-256color"), ("NO_COLOR", "")],
                ColorDepth::Indexed256,
            ),
        ] {
            assert_eq!(color_depth(environment(pairs)), depth, "{pairs:?}");
        }
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        for (pairs, is_ascii) in [
            (&[("LANG", "en_US.UTF-8")][..], false),
            (&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")], true),
            (&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")], false),
            (&[], true),
            (&[("LANG", "C.UTF-8"), ("TERM", "vt100")], true),
        ] {
            assert_eq!(glyphs(environment(pairs)).is_ascii(), is_ascii, "{pairs:?}");
        }
    }

    #[test]
    fn the_background_may_be_in_the_environment() {
        assert_eq!(
            background(environment(&[("COLORFGBG", "0;15")])),
            Some(Background::Light)
        );
        assert_eq!(
            background(environment(&[("COLORFGBG", "15;default;0")])),
            Some(Background::Dark)
        );
        assert_eq!(background(environment(&[])), None);
    }
}

//! Themes from TOML, with the line of every fault.

use std::ops::Range;

use ratatui::style::Modifier;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Glyphs, Kinds, Look, Role, Theme};
use crate::color::{Background, ColorDepth, DivergingKind, Rgb, SequentialKind};

/// Why a theme file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ThemeError {
    /// 1-based.
    pub line: usize,
    /// What is wrong and what would be right.
    pub problem: String,
}

struct Source<'a> {
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, span: &Range<usize>, problem: impl Into<String>) -> ThemeError {
        let before = self.text.as_bytes().iter().take(span.start);
        ThemeError {
            line: 1 + before.filter(|b| **b == b'\n').count(),
            problem: problem.into(),
        }
    }

    fn text<'v>(&self, value: &'v Spanned<DeValue<'_>>, what: &str) -> Result<&'v str, ThemeError> {
        let found = value.get_ref();
        found.as_str().ok_or_else(|| {
            self.error(
                &value.span(),
                format!("{what} is text in quotes, not {}", found.type_str()),
            )
        })
    }

    fn flag(&self, value: &Spanned<DeValue<'_>>, what: &str) -> Result<bool, ThemeError> {
        let found = value.get_ref().as_bool();
        found.ok_or_else(|| self.error(&value.span(), format!("{what} is true or false")))
    }

    fn table<'v, 'i>(
        &self,
        value: &'v Spanned<DeValue<'i>>,
        what: &str,
    ) -> Result<&'v DeTable<'i>, ThemeError> {
        let found = value.get_ref();
        found.as_table().ok_or_else(|| {
            self.error(
                &value.span(),
                format!("{what} is a table, not {}", found.type_str()),
            )
        })
    }

    fn color(&self, value: &Spanned<DeValue<'_>>) -> Result<Option<Rgb>, ThemeError> {
        let text = self.text(value, "a colour")?;
        if text == "default" {
            return Ok(None);
        }
        Rgb::from_hex(text).map(Some).ok_or_else(|| {
            self.error(
                &value.span(),
                format!("'{text}' is not a colour; write \"#rrggbb\" or \"default\""),
            )
        })
    }

    fn one_of<T>(
        &self,
        value: &Spanned<DeValue<'_>>,
        what: &str,
        known: impl Fn(&str) -> Option<T>,
        names: &str,
    ) -> Result<T, ThemeError> {
        let text = self.text(value, what)?;
        known(text).ok_or_else(|| {
            self.error(
                &value.span(),
                format!("there is no {what} '{text}'; choose from {names}"),
            )
        })
    }

    fn look(&self, value: &Spanned<DeValue<'_>>, base: Look) -> Result<Look, ThemeError> {
        if value.get_ref().is_str() {
            return Ok(Look {
                fg: self.color(value)?,
                ..base
            });
        }
        let mut look = base;
        for (key, entry) in self.table(value, "a style")? {
            let flag = match key.get_ref().as_ref() {
                "fg" => {
                    look.fg = self.color(entry)?;
                    continue;
                }
                "bg" => {
                    look.bg = self.color(entry)?;
                    continue;
                }
                "bold" => Modifier::BOLD,
                "dim" => Modifier::DIM,
                "italic" => Modifier::ITALIC,
                "underlined" => Modifier::UNDERLINED,
                "reversed" => Modifier::REVERSED,
                other => {
                    return Err(self.error(
                        &key.span(),
                        format!("a style has no '{other}'; it has fg, bg, bold, dim, italic, underlined, reversed"),
                    ));
                }
            };
            let on = self.flag(entry, key.get_ref())?;
            look.modifiers.set(flag, on);
            look.mono.set(flag, on);
        }
        Ok(look)
    }
}

/// Reads a theme of the user's, over the shipped one that it names.
pub(super) fn parse(text: &str, depth: ColorDepth, glyphs: Glyphs) -> Result<Theme, ThemeError> {
    let shipped = |name: &str| Theme::builtin(name, depth, glyphs);
    parse_over(text, shipped, (depth, glyphs))
}

/// Reads a theme over another one, which is asked for by its name.
pub(super) fn parse_over(
    text: &str,
    base: impl Fn(&str) -> Option<Theme>,
    (depth, glyphs): (ColorDepth, Glyphs),
) -> Result<Theme, ThemeError> {
    let source = Source { text };
    let parsed = DeTable::parse(text)
        .map_err(|e| source.error(&e.span().unwrap_or(0..0), e.message().to_owned()))?;
    let root = parsed.get_ref();
    let based = match root.get("base") {
        Some(v) => source.one_of(v, "theme", &base, &Theme::BUILTIN.join(", "))?,
        None => base("dark").unwrap_or_else(|| Theme::blank(depth, glyphs, Vec::new())),
    };
    let mut theme = based;
    let mut kinds = Kinds {
        sequential: theme.sequential.kind,
        motion: theme.motion.kind,
        diverging: theme.diverging.kind,
    };
    for (key, value) in root {
        match key.get_ref().as_ref() {
            "base" => {}
            "name" => source.text(value, "the name")?.clone_into(&mut theme.name),
            "background" => {
                theme.background = source.one_of(value, "background", background, "dark, light")?;
            }
            "paper" => {
                if let Some(paper) = source.color(value)? {
                    theme.paper = paper;
                }
            }
            "colors" => {
                if !source.flag(value, "colors")? {
                    theme.depth = ColorDepth::None;
                }
            }
            "styles" => styles(&source, value, &mut theme)?,
            "scales" => scales(&source, value, &mut kinds)?,
            other => {
                let problem = format!(
                    "a theme has no '{other}'; it has name, base, background, paper, colors, styles, scales"
                );
                return Err(source.error(&key.span(), problem));
            }
        }
    }
    theme.rescale(kinds);
    theme.restyle();
    Ok(theme)
}

fn background(name: &str) -> Option<Background> {
    match name {
        "dark" => Some(Background::Dark),
        "light" => Some(Background::Light),
        _ => None,
    }
}

fn styles(
    source: &Source<'_>,
    value: &Spanned<DeValue<'_>>,
    theme: &mut Theme,
) -> Result<(), ThemeError> {
    for (key, entry) in source.table(value, "styles")? {
        let Some(role) = Role::from_id(key.get_ref()) else {
            let names: Vec<_> = Role::ALL.iter().map(|r| r.id()).collect();
            let problem = format!(
                "there is no style '{}'; the styles are {}",
                key.get_ref(),
                names.join(", ")
            );
            return Err(source.error(&key.span(), problem));
        };
        let look = source.look(entry, theme.looks[role as usize])?;
        if let (Role::Screen, Some(bg)) = (role, look.bg) {
            theme.paper = bg;
        }
        theme.looks[role as usize] = look;
    }
    Ok(())
}

fn scales(
    source: &Source<'_>,
    value: &Spanned<DeValue<'_>>,
    kinds: &mut Kinds,
) -> Result<(), ThemeError> {
    let sequential = |entry: &Spanned<DeValue<'_>>| {
        let names = SequentialKind::ALL.map(SequentialKind::id).join(", ");
        source.one_of(entry, "sequential scale", SequentialKind::from_id, &names)
    };
    for (key, entry) in source.table(value, "scales")? {
        match key.get_ref().as_ref() {
            "sequential" => kinds.sequential = sequential(entry)?,
            "motion" => kinds.motion = sequential(entry)?,
            "diverging" => {
                let names = DivergingKind::ALL.map(DivergingKind::id).join(", ");
                kinds.diverging =
                    source.one_of(entry, "diverging scale", DivergingKind::from_id, &names)?;
            }
            other => {
                let problem = format!(
                    "there is no scale '{other}'; the scales are sequential, motion, diverging"
                );
                return Err(source.error(&key.span(), problem));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use ratatui::style::Color;

    use super::*;

    fn read(text: &str) -> Result<Theme, ThemeError> {
        parse(text, ColorDepth::True, Glyphs::Unicode)
    }

    #[test]
    fn what_is_said_changes_and_the_rest_stays() {
        let theme = read(
            "name = \"mine\"\nbase = \"light\"\n[scales]\nsequential = \"cividis\"\n[styles]\naccent = \"#010203\"\ncursor = { bg = \"#0000ff\", bold = false }\n",
        )
        .unwrap();
        assert_eq!(theme.name, "mine");
        assert_eq!(theme.background, Background::Light);
        assert_eq!(theme.sequential.kind, SequentialKind::Cividis);
        assert_eq!(theme.color(Role::Accent), Color::Rgb(1, 2, 3));
        let cursor = theme.style(Role::Cursor);
        assert_eq!(cursor.bg, Some(Color::Rgb(0, 0, 255)));
        assert!(!cursor.add_modifier.contains(Modifier::BOLD));
        let light = Theme::for_background(Background::Light, ColorDepth::True, Glyphs::Unicode);
        assert_eq!(theme.style(Role::Error), light.style(Role::Error));
    }

    #[test]
    fn faults_name_their_line() {
        for (text, line, word) in [
            ("name = \"a\"\n[styles]\nacent = \"#010203\"\n", 3, "acent"),
            ("[styles]\n\naccent = \"blue\"\n", 3, "#rrggbb"),
            ("[styles]\ncursor = { bold = 1 }\n", 2, "true or false"),
            ("[styles]\ncursor = { blink = true }\n", 2, "blink"),
            ("name = \"a\"\nbase = \"solar\"\n", 2, "dark, light"),
            ("name = 3\n", 1, "text in quotes"),
            ("\ncolors = \"none\"\n", 2, "true or false"),
            ("[scales]\nmotion = \"x\"\n", 2, "cividis"),
            ("# a\n\nname = \n", 3, ""),
            ("[scales]\ndiverging = \"rainbow\"\n", 2, "blue-red"),
            ("[scales]\nqualitative = \"x\"\n", 2, "qualitative"),
            ("colour = 1\n", 1, "colour"),
            ("styles = 1\n", 1, "table"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(error.problem.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn an_empty_file_is_the_dark_theme() {
        assert_eq!(read("").unwrap().name, "dark");
    }
}

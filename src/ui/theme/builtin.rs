//! The built-in themes.

use ratatui::style::Modifier;

use super::{Background, Look, Rgb, Role};

/// One row a role: foreground, background (`""`: the terminal's own), attributes.
type Row = (&'static str, &'static str, Modifier);

const NONE: Modifier = Modifier::empty();
const BOLD: Modifier = Modifier::BOLD;
const DIM: Modifier = Modifier::DIM;
const LINE: Modifier = Modifier::UNDERLINED;
const BACK: Modifier = Modifier::REVERSED;

/// The looks of a built-in theme, with its background and the colour that distance fades into.
pub(super) fn looks(name: &str) -> Option<(Background, Rgb, Vec<Look>)> {
    let (background, paper, row): (_, _, fn(Role) -> Row) = match name {
        "dark" | "monochrome" => (Background::Dark, Rgb(16, 16, 20), dark),
        "light" => (Background::Light, Rgb(252, 252, 250), light),
        "high-contrast" => (Background::Dark, Rgb(0, 0, 0), black),
        "high-contrast-light" => (Background::Light, Rgb(255, 255, 255), white),
        _ => return None,
    };
    let looks = Role::ALL
        .iter()
        .map(|&role| look(row(role), mono(role)))
        .collect();
    Some((background, paper, looks))
}

fn look((fg, bg, modifiers): Row, mono: Modifier) -> Look {
    Look {
        fg: Rgb::from_hex(fg),
        bg: Rgb::from_hex(bg),
        modifiers,
        mono,
    }
}

fn mono(role: Role) -> Modifier {
    match role {
        Role::Cursor => BACK | BOLD,
        Role::Selection | Role::Bar => BACK,
        Role::Accent | Role::Title | Role::Key | Role::Mark | Role::FocusBorder => BOLD,
        Role::Warning | Role::Match => BOLD | LINE,
        Role::Error => BOLD | BACK,
        Role::Dim | Role::Missing | Role::Border => DIM,
        Role::Good
        | Role::Screen
        | Role::Text
        | Role::CursorLine
        | Role::WildType
        | Role::Helix
        | Role::Strand
        | Role::Coil
        | Role::Experiment
        | Role::Overlay
        | Role::Trace
        | Role::Pair => NONE,
    }
}

#[expect(clippy::match_same_arms, reason = "one line a role, to be tuned alone")]
fn dark(role: Role) -> Row {
    match role {
        Role::Screen | Role::Text => ("", "", NONE),
        Role::Dim => ("#83838f", "", NONE),
        Role::Accent => ("#7cc7ff", "", NONE),
        Role::Title => ("#e6e6ec", "", BOLD),
        Role::Border => ("#454552", "", NONE),
        Role::FocusBorder => ("#7cc7ff", "", NONE),
        Role::Cursor => ("#141418", "#ffd75f", BOLD),
        Role::CursorLine => ("", "#2d2d37", NONE),
        Role::Selection => ("#f4f4f8", "#3a4a6b", NONE),
        Role::Mark => ("#ff87d7", "", BOLD),
        Role::Match => ("#ffd75f", "", BOLD),
        Role::Warning => ("#ffb454", "", NONE),
        Role::Error => ("#ff6b6b", "", BOLD),
        Role::Good => ("#86d992", "", NONE),
        Role::WildType => ("#a8a8b4", "", NONE),
        Role::Helix => ("#ff79a8", "", NONE),
        Role::Strand => ("#ffd166", "", NONE),
        Role::Coil => ("#7d7d8a", "", NONE),
        Role::Experiment => ("#f4f4f8", "", NONE),
        Role::Overlay => ("#9ae6b4", "", NONE),
        Role::Key => ("#ffd75f", "", BOLD),
        Role::Bar => ("#c9c9d2", "#24242c", NONE),
        Role::Missing => ("#565662", "", NONE),
        Role::Trace => ("#b8b8c4", "", NONE),
        Role::Pair => ("#ffd75f", "", NONE),
    }
}

#[expect(clippy::match_same_arms, reason = "one line a role, to be tuned alone")]
fn light(role: Role) -> Row {
    match role {
        Role::Screen | Role::Text => ("", "", NONE),
        Role::Dim => ("#6c6c76", "", NONE),
        Role::Accent => ("#0b5cad", "", NONE),
        Role::Title => ("#1c1c22", "", BOLD),
        Role::Border => ("#bdbdc6", "", NONE),
        Role::FocusBorder => ("#0b5cad", "", NONE),
        Role::Cursor => ("#ffffff", "#7a2fbf", BOLD),
        Role::CursorLine => ("", "#e7e7ee", NONE),
        Role::Selection => ("#101014", "#c5d9f5", NONE),
        Role::Mark => ("#b0107a", "", BOLD),
        Role::Match => ("#9a3b00", "", BOLD),
        Role::Warning => ("#9a5200", "", NONE),
        Role::Error => ("#b3161b", "", BOLD),
        Role::Good => ("#1b7a34", "", NONE),
        Role::WildType => ("#6c6c76", "", NONE),
        Role::Helix => ("#c2185b", "", NONE),
        Role::Strand => ("#9a6400", "", NONE),
        Role::Coil => ("#85858f", "", NONE),
        Role::Experiment => ("#101014", "", NONE),
        Role::Overlay => ("#1b7a34", "", NONE),
        Role::Key => ("#7a2fbf", "", BOLD),
        Role::Bar => ("#2b2b33", "#e4e4ea", NONE),
        Role::Missing => ("#b4b4bd", "", NONE),
        Role::Trace => ("#55555f", "", NONE),
        Role::Pair => ("#7a2fbf", "", NONE),
    }
}

fn black(role: Role) -> Row {
    match role {
        Role::Screen | Role::Text => ("#ffffff", "#000000", NONE),
        Role::Dim | Role::WildType | Role::Coil => ("#c8c8c8", "", NONE),
        Role::Border => ("#a0a0a0", "", NONE),
        Role::Accent | Role::FocusBorder => ("#00ffff", "", BOLD),
        Role::Title | Role::Trace | Role::Experiment => ("#ffffff", "", BOLD),
        Role::Cursor => ("#000000", "#ffff00", BOLD),
        Role::CursorLine => ("", "#303030", NONE),
        Role::Selection => ("#000000", "#87d7ff", NONE),
        Role::Mark => ("#ff87ff", "", BOLD),
        Role::Warning | Role::Strand => ("#ffd700", "", BOLD),
        Role::Error => ("#ff5f5f", "", BOLD),
        Role::Good | Role::Overlay => ("#5fff5f", "", NONE),
        Role::Helix => ("#ff87af", "", BOLD),
        Role::Match | Role::Key | Role::Pair => ("#ffff00", "", BOLD),
        Role::Bar => ("#000000", "#ffffff", NONE),
        Role::Missing => ("#808080", "", NONE),
    }
}

fn white(role: Role) -> Row {
    match role {
        Role::Screen | Role::Text => ("#000000", "#ffffff", NONE),
        Role::Dim | Role::WildType | Role::Coil => ("#444444", "", NONE),
        Role::Border => ("#666666", "", NONE),
        Role::Accent | Role::FocusBorder => ("#0000d7", "", BOLD),
        Role::Title | Role::Trace | Role::Experiment => ("#000000", "", BOLD),
        Role::Cursor => ("#ffffff", "#5f00af", BOLD),
        Role::CursorLine => ("", "#dadada", NONE),
        Role::Selection => ("#ffffff", "#005f87", NONE),
        Role::Mark | Role::Helix => ("#af005f", "", BOLD),
        Role::Warning | Role::Strand => ("#875f00", "", BOLD),
        Role::Error => ("#af0000", "", BOLD),
        Role::Good | Role::Overlay => ("#005f00", "", NONE),
        Role::Match | Role::Key | Role::Pair => ("#5f00af", "", BOLD),
        Role::Bar => ("#ffffff", "#000000", NONE),
        Role::Missing => ("#8a8a8a", "", NONE),
    }
}

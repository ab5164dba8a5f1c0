//! Themes: what each part of the screen looks like, on any terminal.
//!
//! A view asks for a [`Role`], never for a colour. A theme is made for one [`ColorDepth`] and one set of
//! [`Glyphs`]; without colour the roles differ by bold, dim, underlined and reversed.

mod builtin;
pub mod depth;
mod file;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier, Style};

pub use self::depth::{ColorDepth, Rgb};
pub use self::file::ThemeError;
pub use super::color_scale::Background;
use super::color_scale::{Diverging, DivergingKind, Sequential, SequentialKind, Shade};
pub use super::glyphs::Glyphs;

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)*) => {
        /// What a part of the screen is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $($(#[$doc])* $name,)* }

        impl Role {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name in theme files.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }
        }
    };
}

roles! {
    /// The screen itself: its background where the theme paints one.
    Screen = "screen",
    Text = "text",
    /// What may be overlooked: rulers, units, empty states.
    Dim = "dim",
    /// What stands out without warning.
    Accent = "accent",
    /// Titles of panels and columns.
    Title = "title",
    Border = "border",
    /// Border of the panel that has the keys.
    FocusBorder = "focus_border",
    Cursor = "cursor",
    /// The column, row or line that the cursor is in.
    CursorLine = "cursor_line",
    Selection = "selection",
    /// A marked residue or mutant.
    Mark = "mark",
    /// Text that a search or a query matched.
    Match = "match",
    Warning = "warning",
    Error = "error",
    Good = "good",
    /// The wild type in a mutation map.
    WildType = "wild_type",
    Helix = "helix",
    Strand = "strand",
    Coil = "coil",
    /// Experimental values laid over predicted ones.
    Experiment = "experiment",
    Overlay = "overlay",
    /// A key in the hint bar and the palette.
    Key = "key",
    /// The status line and the hint bar.
    Bar = "bar",
    /// Values that are not known.
    Missing = "missing",
    /// The backbone where nothing colours it.
    Trace = "trace",
    /// A line between two residues.
    Pair = "pair",
}

impl Role {
    /// The role of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|r| r.id() == id)
    }
}

/// How a role looks, before the terminal is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    fg: Option<Rgb>,
    bg: Option<Rgb>,
    modifiers: Modifier,
    /// In place of `modifiers` where there is no colour.
    mono: Modifier,
}

/// Which scales a theme has.
#[derive(Debug, Clone, Copy)]
struct Kinds {
    sequential: SequentialKind,
    motion: SequentialKind,
    diverging: DivergingKind,
}

impl Default for Kinds {
    fn default() -> Self {
        Self {
            sequential: SequentialKind::Viridis,
            motion: SequentialKind::Motion,
            diverging: DivergingKind::BlueRed,
        }
    }
}

/// Everything about the look of the program on one terminal.
#[derive(Debug, Clone)]
pub struct Theme {
    /// The name in options and files.
    pub name: String,
    pub background: Background,
    pub depth: ColorDepth,
    pub glyphs: Glyphs,
    pub sequential: Sequential,
    /// For how much a residue moves: blue = rigid, red = mobile.
    pub motion: Sequential,
    /// For values with a sign.
    pub diverging: Diverging,
    paper: Rgb,
    looks: Vec<Look>,
    styles: Vec<Style>,
}

impl Theme {
    /// Names of the built-in themes.
    pub const BUILTIN: [&'static str; 5] = [
        builtin::SHIPPED[0].0,
        builtin::SHIPPED[1].0,
        builtin::SHIPPED[2].0,
        builtin::SHIPPED[3].0,
        builtin::SHIPPED[4].0,
    ];

    /// The built-in theme of that name.
    #[must_use]
    pub fn builtin(name: &str, depth: ColorDepth, glyphs: Glyphs) -> Option<Self> {
        builtin::theme(name, depth, glyphs)
    }

    /// A theme that says nothing yet.
    fn blank(depth: ColorDepth, glyphs: Glyphs, looks: Vec<Look>) -> Self {
        let (background, kinds) = (Background::Dark, Kinds::default());
        Self {
            name: String::new(),
            background,
            depth,
            glyphs,
            sequential: Sequential::new(kinds.sequential, background, depth, glyphs),
            motion: Sequential::new(kinds.motion, background, depth, glyphs),
            diverging: Diverging::new(kinds.diverging, background, depth, glyphs),
            paper: Rgb(0, 0, 0),
            looks,
            styles: Vec::new(),
        }
    }

    fn rescale(&mut self, kinds: Kinds) {
        let (background, depth, glyphs) = (self.background, self.depth, self.glyphs);
        self.sequential = Sequential::new(kinds.sequential, background, depth, glyphs);
        self.motion = Sequential::new(kinds.motion, background, depth, glyphs);
        self.diverging = Diverging::new(kinds.diverging, background, depth, glyphs);
    }

    /// The default dark or light theme.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "both names are built in")]
    pub fn for_background(background: Background, depth: ColorDepth, glyphs: Glyphs) -> Self {
        let name = match background {
            Background::Dark => "dark",
            Background::Light => "light",
        };
        Self::builtin(name, depth, glyphs).expect("dark and light are built in")
    }

    /// A theme from the text of a TOML file.
    ///
    /// ```toml
    /// name = "mine"
    /// base = "dark"                # what is not said here is taken from there
    /// background = "dark"          # or "light"
    /// [scales]
    /// sequential = "cividis"       # viridis, cividis, inferno, motion
    /// motion = "cividis"           # how much a residue moves
    /// diverging = "purple-orange"  # blue-red, purple-orange, teal-brown
    /// [styles]
    /// accent = "#7fd0ff"
    /// cursor = { fg = "#000000", bg = "#ffd75f", bold = true }
    /// ```
    ///
    /// # Errors
    /// [`ThemeError`] with the line of the first fault.
    pub fn from_toml(text: &str, depth: ColorDepth, glyphs: Glyphs) -> Result<Self, ThemeError> {
        file::parse(text, depth, glyphs)
    }

    /// The same theme for a terminal of that background: where it is the other one, the theme paints its own.
    #[must_use]
    pub fn on(mut self, terminal: Background) -> Self {
        let screen = &mut self.looks[Role::Screen as usize];
        if terminal != self.background && screen.bg.is_none() {
            screen.bg = Some(self.paper);
            screen.fg = Some(match self.background {
                Background::Dark => Rgb(216, 216, 220),
                Background::Light => Rgb(28, 28, 34),
            });
            self.restyle();
        }
        self
    }

    fn restyle(&mut self) {
        self.styles = self.looks.iter().map(|l| styled(*l, self.depth)).collect();
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// The foreground colour of a role.
    #[must_use]
    pub fn color(&self, role: Role) -> Color {
        self.style(role).fg.unwrap_or(Color::Reset)
    }

    /// Whether a cell filled with a colour can carry a value: 256 colours and more.
    #[must_use]
    pub fn is_rich(&self) -> bool {
        matches!(self.depth, ColorDepth::True | ColorDepth::Indexed256)
    }

    /// Whether a cell can carry two values, one above the other: half blocks in as many colours.
    #[must_use]
    pub fn has_halves(&self) -> bool {
        self.is_rich() && !self.glyphs.is_ascii()
    }

    /// Whether there is any colour.
    #[must_use]
    pub fn has_color(&self) -> bool {
        self.depth != ColorDepth::None
    }

    /// A true colour sunk by `t` (0 to 1) into the background, as distance does; other colours stay.
    #[must_use]
    pub fn faded(&self, color: Color, t: f64) -> Color {
        match color {
            Color::Rgb(r, g, b) => Rgb(r, g, b).mix(self.paper, t).at(ColorDepth::True),
            other => other,
        }
    }

    /// Fills a cell with the value of a shade.
    pub fn fill(&self, cell: &mut Cell, shade: Shade) {
        if self.is_rich() {
            cell.set_char(' ').set_bg(shade.color);
        } else {
            cell.set_char(shade.glyph).set_fg(shade.color);
        }
    }

    /// Fills a cell with a shade and writes a character that reads upon it.
    pub fn fill_with(&self, cell: &mut Cell, shade: Shade, character: char) {
        cell.set_char(character);
        if self.is_rich() {
            cell.set_bg(shade.color).set_fg(shade.ink);
        } else {
            cell.set_fg(shade.color);
        }
    }

    /// Hatches a cell: the value is not known.
    pub fn missing(&self, cell: &mut Cell) {
        cell.set_char(self.glyphs.missing())
            .set_style(self.style(Role::Missing));
    }
}

fn styled(look: Look, depth: ColorDepth) -> Style {
    let mut style = Style::new();
    if depth == ColorDepth::None {
        return style.add_modifier(look.mono);
    }
    style = style.add_modifier(look.modifiers);
    if let Some(fg) = look.fg {
        style = style.fg(fg.at(depth));
    }
    if let Some(bg) = look.bg {
        style = style.bg(bg.at(depth));
    }
    style
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_has_every_role_at_every_depth() {
        for name in Theme::BUILTIN {
            for depth in [
                ColorDepth::True,
                ColorDepth::Indexed256,
                ColorDepth::Ansi16,
                ColorDepth::None,
            ] {
                let theme = Theme::builtin(name, depth, Glyphs::Unicode).unwrap();
                for role in Role::ALL {
                    let style = theme.style(*role);
                    if theme.depth == ColorDepth::None {
                        assert!(style.fg.is_none() && style.bg.is_none(), "{name} {role:?}");
                    }
                }
            }
        }
        assert!(Theme::builtin("no such", ColorDepth::True, Glyphs::Ascii).is_none());
    }

    #[test]
    fn text_reads_on_its_background() {
        for name in ["dark", "light", "high-contrast", "high-contrast-light"] {
            let theme = Theme::builtin(name, ColorDepth::True, Glyphs::Unicode).unwrap();
            for role in Role::ALL {
                if matches!(
                    role,
                    Role::Screen | Role::Border | Role::Missing | Role::CursorLine
                ) {
                    continue;
                }
                let look = theme.looks[*role as usize];
                let Some(fg) = look.fg else { continue };
                let contrast = fg.contrast(look.bg.unwrap_or(theme.paper));
                assert!(contrast > 3.0, "{name} {role:?}: {contrast:.1}");
            }
        }
    }

    #[test]
    fn what_stands_on_the_status_line_reads_there() {
        for name in ["dark", "light", "high-contrast", "high-contrast-light"] {
            let theme = Theme::builtin(name, ColorDepth::True, Glyphs::Unicode).unwrap();
            let bar = theme.looks[Role::Bar as usize].bg.unwrap_or(theme.paper);
            for role in [
                Role::Dim,
                Role::Accent,
                Role::Good,
                Role::Warning,
                Role::Error,
                Role::Mark,
            ] {
                let Some(fg) = theme.looks[role as usize].fg else {
                    continue;
                };
                let contrast = fg.contrast(bar);
                assert!(contrast > 3.0, "{name} {role:?}: {contrast:.1}");
            }
        }
    }

    #[test]
    fn without_colour_the_cursor_is_reversed() {
        let theme = Theme::builtin("monochrome", ColorDepth::True, Glyphs::Ascii).unwrap();
        assert!(
            theme
                .style(Role::Cursor)
                .add_modifier
                .contains(Modifier::REVERSED)
        );
        assert_eq!(theme.depth, ColorDepth::None);
    }

    #[test]
    fn far_things_fade_into_the_background() {
        let theme = Theme::for_background(Background::Dark, ColorDepth::True, Glyphs::Unicode);
        assert_eq!(
            theme.faded(Color::Rgb(200, 0, 0), 0.0),
            Color::Rgb(200, 0, 0)
        );
        assert_eq!(theme.faded(Color::Red, 0.5), Color::Red);
    }
}

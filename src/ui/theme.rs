//! Themes: what each part of the screen looks like, on any terminal.
//!
//! A view asks for a [`Role`], never for a colour. A theme is made for one [`ColorDepth`] and one set of
//! [`Glyphs`]; without colour the roles differ by bold, dim, underlined and reversed.

mod builtin;
pub mod depth;
mod file;

use std::sync::OnceLock;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier, Style};

use self::depth::{numbered, shown};
pub use self::file::ThemeError;
use super::color_scale::{Diverging, Sequential, Shade, kinds};
pub use super::glyphs::Glyphs;
use crate::color::terminal::{nearest, xterm};
pub use crate::color::{Background, ColorDepth, Rgb};
use crate::color::{DivergingKind, MARK_CONTRAST, SequentialKind, TEXT_CONTRAST};

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

    /// The contrast that it keeps with what it stands on: of text, of a mark, or none.
    fn contrast(self) -> f64 {
        match self {
            Self::Screen | Self::CursorLine => 0.0,
            Self::Border
            | Self::FocusBorder
            | Self::WildType
            | Self::Helix
            | Self::Strand
            | Self::Coil
            | Self::Experiment
            | Self::Overlay
            | Self::Missing
            | Self::Trace
            | Self::Pair => MARK_CONTRAST,
            _ => TEXT_CONTRAST,
        }
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
    /// For chains and domains.
    kinds: Vec<Color>,
    paper: Rgb,
    looks: Vec<Look>,
    styles: Vec<Style>,
    /// Of each of 256 colours, how it looks far and farther away.
    sunk: OnceLock<Vec<[Color; DISTANCES]>>,
}

/// Steps of distance where there are 256 colours.
const DISTANCES: usize = 3;

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
        let (background, chosen) = (Background::Dark, Kinds::default());
        Self {
            name: String::new(),
            background,
            depth,
            glyphs,
            sequential: Sequential::new(chosen.sequential, background, depth, glyphs),
            motion: Sequential::new(chosen.motion, background, depth, glyphs),
            diverging: Diverging::new(chosen.diverging, background, depth, glyphs),
            kinds: kinds(background, depth),
            paper: background.paper(),
            looks,
            styles: Vec::new(),
            sunk: OnceLock::new(),
        }
    }

    fn rescale(&mut self, chosen: Kinds) {
        let (background, depth, glyphs) = (self.background, self.depth, self.glyphs);
        self.sequential = Sequential::new(chosen.sequential, background, depth, glyphs);
        self.motion = Sequential::new(chosen.motion, background, depth, glyphs);
        self.diverging = Diverging::new(chosen.diverging, background, depth, glyphs);
        self.kinds = kinds(background, depth);
    }

    /// The colour of a chain or a domain.
    #[must_use]
    pub fn kind(&self, number: usize) -> Color {
        self.kinds[number % self.kinds.len()]
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
        let styled = |(role, look): (&Role, &Look)| self.styled(*role, *look);
        self.styles = Role::ALL.iter().zip(&self.looks).map(styled).collect();
        self.sunk = OnceLock::new();
    }

    /// Of the backgrounds that text without its own stands on, the one that a colour is nearest to.
    fn hardest_paper(&self, color: Rgb) -> Rgb {
        let painted = [Role::Bar, Role::CursorLine].map(|role| {
            let wanted = self.looks.get(role as usize).and_then(|l| l.bg);
            wanted.map_or(self.paper, |bg| shown(bg, self.depth, (self.paper, 0.0)).1)
        });
        painted.into_iter().fold(self.paper, |hardest, paper| {
            if color.contrast(paper) < color.contrast(hardest) {
                paper
            } else {
                hardest
            }
        })
    }

    /// What a role looks like on this terminal: the nearest colours that it has of those that stand out.
    fn styled(&self, role: Role, look: Look) -> Style {
        let mut style = Style::new();
        if self.depth == ColorDepth::None {
            return style.add_modifier(look.mono);
        }
        style = style.add_modifier(look.modifiers);
        let mut paper = self.paper;
        if let Some(wanted) = look.bg {
            let (color, looks) = shown(wanted, self.depth, (paper, 0.0));
            style = style.bg(color);
            paper = looks;
        }
        if let Some(wanted) = look.fg {
            if look.bg.is_none() {
                paper = self.hardest_paper(wanted);
            }
            style = style.fg(shown(wanted, self.depth, (paper, role.contrast())).0);
        }
        style
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

    /// A colour sunk by `t` (0 to 1) into the background, as distance does, as far as it can be told from it;
    /// where there are 16 colours or none it stays.
    #[must_use]
    pub fn faded(&self, color: Color, t: f64) -> Color {
        match color {
            Color::Rgb(r, g, b) => {
                let Rgb(r, g, b) = self.sunk(Rgb(r, g, b), t);
                Color::Rgb(r, g, b)
            }
            Color::Indexed(number) => {
                let steps = self.sunk.get_or_init(|| self.sunk_steps());
                let step = (t * (DISTANCES + 1) as f64).round() as usize;
                let at = step.min(DISTANCES).checked_sub(1);
                at.map_or(color, |at| steps[usize::from(number)][at])
            }
            other => other,
        }
    }

    fn sunk(&self, color: Rgb, t: f64) -> Rgb {
        let ways =
            (0..10).map(|tenths| color.mix(self.paper, t * (1.0 - f64::from(tenths) / 10.0)));
        let mut seen = ways.filter(|c| c.contrast(self.paper) >= MARK_CONTRAST);
        seen.next().unwrap_or(color)
    }

    fn sunk_steps(&self) -> Vec<[Color; DISTANCES]> {
        let look = (self.paper, MARK_CONTRAST);
        let of = |number: u8| {
            std::array::from_fn(|step| {
                let t = (step + 1) as f64 / (DISTANCES + 1) as f64;
                let sunk = self.sunk(xterm(number), t);
                numbered(nearest(sunk, ColorDepth::Indexed256, look))
            })
        };
        (0..=255).map(of).collect()
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

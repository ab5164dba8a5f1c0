//! The list that finds an action: a query, what matches it, and the keys.
//!
//! ```text
//! ╭─ Actions ────────────────────╮
//! │ ❯ flex▏                      │
//! │▌Colour by flexibility      c │   matched letters stand out
//! │ Flexibility bars           2 │
//! │ what the chosen one does     │
//! ╰───────────────────── 2 / 92 ─╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::pen::{Pen, shortened, width_of};
use crate::ui::theme::{Role, Theme};

/// One action.
#[derive(Debug, Clone, Copy)]
pub struct PaletteEntry<'a> {
    /// What it is called.
    pub name: &'a str,
    /// The keys that do it.
    pub keys: &'a str,
    /// One sentence.
    pub help: &'a str,
    /// Indices of the characters of `name` that the query matched.
    pub matched: &'a [u32],
}

/// See the module.
#[derive(Debug, Clone, Copy)]
pub struct Palette<'a> {
    /// In the frame.
    pub title: &'a str,
    /// What was typed.
    pub query: &'a str,
    /// What matches, best first.
    pub entries: &'a [PaletteEntry<'a>],
    /// The chosen one.
    pub selected: usize,
    /// How many there are without a query.
    pub total: usize,
    /// Look.
    pub theme: &'a Theme,
}

impl Palette<'_> {
    /// A place for the popup in the middle of a screen.
    #[must_use]
    pub fn area(&self, screen: Rect) -> Rect {
        let width = screen
            .width
            .saturating_sub(4)
            .min(76)
            .max(screen.width.min(20));
        let height = (self.total as u16)
            .saturating_add(4)
            .min(screen.height * 3 / 4)
            .max(screen.height.min(7));
        Rect {
            x: screen.x + (screen.width - width) / 2,
            y: screen.y + (screen.height - height) / 3,
            width,
            height,
        }
    }

    fn first(&self, shown: usize) -> usize {
        self.selected
            .saturating_sub(shown.saturating_sub(1))
            .min(self.entries.len().saturating_sub(shown))
    }

    /// The entry under a cell.
    #[must_use]
    pub fn hit(&self, area: Rect, column: u16, row: u16) -> Option<usize> {
        let shown = usize::from(area.height.saturating_sub(4));
        if !area.contains((column, row).into()) || row < area.y + 2 {
            return None;
        }
        let line = usize::from(row - area.y - 2);
        let at = self.first(shown) + line;
        (line < shown && at < self.entries.len()).then_some(at)
    }

    fn draw_entry(&self, pen: &mut Pen<'_>, y: u16, at: usize) {
        let theme = self.theme;
        let entry = &self.entries[at];
        let chosen = at == self.selected;
        let base = if chosen {
            theme.style(Role::Selection)
        } else {
            theme.style(Role::Text)
        };
        let end = pen.width() - 1;
        if chosen {
            for x in 1..end {
                pen.put(x, y, ' ', base);
            }
            pen.put(
                1,
                y,
                theme.glyphs.choose('▌', '>'),
                base.patch(theme.style(Role::Accent)),
            );
        }
        let keys = width_of(entry.keys);
        let room = end.saturating_sub(4 + keys);
        let name = shortened(entry.name, room, theme.glyphs.choose('…', '~'));
        let mut x = 2;
        for (index, character) in name.chars().enumerate() {
            let hit = entry.matched.contains(&(index as u32));
            let style = if hit {
                base.patch(theme.style(Role::Match))
            } else {
                base
            };
            x = pen.text(x, y, character.encode_utf8(&mut [0; 4]), style);
        }
        pen.text_before(
            end.saturating_sub(1),
            y,
            entry.keys,
            base.patch(theme.style(Role::Key)),
        );
    }
}

impl Widget for &Palette<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Some(mut pen) = Pen::new(buf, area) else {
            return;
        };
        let theme = self.theme;
        boxed(&mut pen, self.title, theme);
        if pen.height() < 3 || pen.width() < 8 {
            return;
        }
        let prompt = theme.glyphs.text("❯ ", "> ");
        let x = pen.text(2, 1, prompt, theme.style(Role::Accent));
        let x = pen.text(x, 1, self.query, theme.style(Role::Text));
        pen.put(
            x.min(pen.width() - 2),
            1,
            theme.glyphs.choose('▏', '_'),
            theme.style(Role::Accent),
        );
        pen.put(
            pen.width() - 1,
            1,
            theme.glyphs.vertical(),
            theme.style(Role::FocusBorder),
        );
        let shown = usize::from(pen.height().saturating_sub(4));
        let first = self.first(shown);
        for line in 0..shown.min(self.entries.len()) {
            self.draw_entry(&mut pen, line as u16 + 2, first + line);
        }
        let (bottom, width) = (pen.height() - 1, pen.width());
        if self.entries.is_empty() {
            pen.text(2, 2, "nothing matches", theme.style(Role::Dim));
        } else if let Some(entry) = self.entries.get(self.selected)
            && pen.height() >= 5
        {
            let help = shortened(entry.help, width - 4, theme.glyphs.choose('…', '~'));
            pen.text(2, bottom - 1, &help, theme.style(Role::Dim));
        }
        let count = format!(" {} / {} ", self.entries.len(), self.total);
        if width_of(&count) + 4 < width {
            pen.text_before(width - 2, bottom, &count, theme.style(Role::Dim));
        }
    }
}

/// A cleared box with a rounded frame and a title.
pub(super) fn boxed(pen: &mut Pen<'_>, title: &str, theme: &Theme) {
    let (width, height) = (pen.width(), pen.height());
    let style = theme.style(Role::FocusBorder);
    for y in 0..height {
        for x in 0..width {
            if let Some(cell) = pen.cell(x, y) {
                cell.reset();
                cell.set_style(theme.style(Role::Screen));
            }
        }
    }
    if width < 2 || height < 2 {
        return;
    }
    let glyphs = theme.glyphs;
    for x in 1..width - 1 {
        pen.put(x, 0, glyphs.horizontal(), style);
        pen.put(x, height - 1, glyphs.horizontal(), style);
    }
    for y in 1..height - 1 {
        pen.put(0, y, glyphs.vertical(), style);
        pen.put(width - 1, y, glyphs.vertical(), style);
    }
    let corners = [
        (0, 0, '╭'),
        (width - 1, 0, '╮'),
        (0, height - 1, '╰'),
        (width - 1, height - 1, '╯'),
    ];
    for (x, y, corner) in corners {
        pen.put(x, y, glyphs.choose(corner, '+'), style);
    }
    if width > 6 && !title.is_empty() {
        let title = format!(" {} ", shortened(title, width - 6, glyphs.choose('…', '~')));
        pen.text(2, 0, &title, Style::new().patch(theme.style(Role::Title)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::{
        ascii, assert_ascii, draw, every_size, lines, themes, truecolor,
    };

    const ENTRIES: [PaletteEntry<'static>; 2] = [
        PaletteEntry {
            name: "Colour by flexibility",
            keys: "c",
            help: "paints the backbone",
            matched: &[10, 11],
        },
        PaletteEntry {
            name: "Quit",
            keys: "q",
            help: "leaves",
            matched: &[],
        },
    ];

    fn palette(theme: &Theme) -> Palette<'_> {
        Palette {
            title: "Actions",
            query: "fl",
            entries: &ENTRIES,
            selected: 1,
            total: 92,
            theme,
        }
    }

    #[test]
    fn shows_what_matched_and_the_keys() {
        let theme = truecolor();
        let buffer = draw(&palette(&theme), 32, 7);
        assert_eq!(
            lines(&buffer),
            [
                "╭─ Actions ────────────────────╮",
                "│ ❯ fl▏                        │",
                "│ Colour by flexibility      c │",
                "│▌Quit                       q │",
                "│                              │",
                "│ leaves                       │",
                "╰───────────────────── 2 / 92 ─╯",
            ]
        );
        assert_eq!(buffer[(12, 2)].fg, theme.color(Role::Match));
        assert_eq!(palette(&theme).hit(Rect::new(0, 0, 32, 7), 5, 3), Some(1));
        assert_eq!(palette(&theme).hit(Rect::new(0, 0, 32, 7), 5, 4), None);
    }

    #[test]
    fn every_terminal_and_size() {
        for theme in themes() {
            every_size(|area, buffer| (&palette(&theme)).render(area, buffer));
            let none = Palette {
                entries: &[],
                selected: 4,
                ..palette(&theme)
            };
            every_size(|area, buffer| (&none).render(area, buffer));
            every_size(|area, _| assert!(area.union(none.area(area)) == area || area.is_empty()));
        }
        let theme = ascii();
        assert_ascii(&draw(&palette(&theme), 32, 7));
    }
}

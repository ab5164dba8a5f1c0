//! A table that scrolls: sortable header, marks, coloured cells. Only visible rows are asked for.
//!
//! ```text
//!   mutant      llr ▾  ΔΔG  rmsf │   the sorted column has its arrow
//! ◆ A:G42P     -6.21  3.10  0.41 █   ◆ marked
//!   A:L55P     -5.90  2.75  0.38 █   the cursor's row is tinted
//!   A:R123E    -5.10     ╱  0.52 │   ╱ not known
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::pen::{Pen, shortened, width_of};
use crate::ui::color_scale::Shade;
use crate::ui::theme::{Role, Theme};

/// Side on which a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    #[default]
    Left,
    Right,
}

#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    pub title: &'a str,
    pub width: u16,
    pub align: Align,
    /// Whether it takes the room that is left.
    pub grows: bool,
}

#[derive(Debug, Clone, Default)]
pub struct TableCell {
    /// Empty = not known, hatched.
    pub text: String,
    pub shade: Option<Shade>,
    pub role: Option<Role>,
}

impl TableCell {
    /// Text without a colour of its own.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// A number with that many decimals; NaN is not known.
    #[must_use]
    pub fn number(value: f64, decimals: usize) -> Self {
        if value.is_nan() {
            return Self::default();
        }
        Self::text(format!("{value:.decimals$}"))
    }

    /// The same with the colour of its value.
    #[must_use]
    pub fn shaded(mut self, shade: Shade) -> Self {
        self.shade = Some(shade);
        self
    }
}

/// What of a table is under the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableHit {
    /// The header of a column.
    Header(usize),
    Row(usize),
}

#[derive(Clone, Copy)]
pub struct DataTable<'a> {
    /// From left to right; what does not fit is left out.
    pub columns: &'a [Column<'a>],
    /// First column shown after the first, which always is.
    pub first_column: usize,
    pub rows: usize,
    /// The cell of a row and column.
    pub cell: &'a dyn Fn(usize, usize) -> TableCell,
    /// Whether a row is marked.
    pub is_marked: &'a dyn Fn(usize) -> bool,
    /// Sorted by that column, ascending or not.
    pub sort: Option<(usize, bool)>,
    pub start: usize,
    pub cursor: Option<usize>,
    pub theme: &'a Theme,
}

impl std::fmt::Debug for DataTable<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DataTable of {} rows", self.rows)
    }
}

/// A column that fits: its index, where it starts, how wide it is.
struct Placed {
    index: usize,
    x: u16,
    width: u16,
}

impl DataTable<'_> {
    /// Rows that an area shows.
    #[must_use]
    pub fn capacity(area: Rect) -> usize {
        usize::from(area.height.saturating_sub(1))
    }

    /// What is under a cell.
    #[must_use]
    pub fn hit(&self, area: Rect, column: u16, row: u16) -> Option<TableHit> {
        if !area.contains((column, row).into()) {
            return None;
        }
        if row > area.y {
            let index = self.start + usize::from(row - area.y - 1);
            return (index < self.rows).then_some(TableHit::Row(index));
        }
        let x = column - area.x;
        let placed = self.placed(area.width);
        placed
            .iter()
            .rev()
            .find(|p| x >= p.x)
            .map(|p| TableHit::Header(p.index))
    }

    /// The columns that fit: two cells for the mark, one for the scroll bar.
    fn placed(&self, width: u16) -> Vec<Placed> {
        let end = width.saturating_sub(2);
        let mut placed: Vec<Placed> = Vec::new();
        let mut x = 2;
        let hidden = 1..self.first_column.max(1);
        for (index, column) in self.columns.iter().enumerate() {
            if hidden.contains(&index) {
                continue;
            }
            let wanted = column.width.max(1);
            if x + wanted > end {
                if placed.is_empty() && end > x {
                    placed.push(Placed {
                        index,
                        x,
                        width: end - x,
                    });
                }
                break;
            }
            placed.push(Placed {
                index,
                x,
                width: wanted,
            });
            x += wanted + 1;
        }
        let left = end.saturating_sub(x.saturating_sub(1));
        if let Some(at) = placed.iter().position(|p| self.columns[p.index].grows) {
            placed[at].width += left;
            for later in &mut placed[at + 1..] {
                later.x += left;
            }
        }
        placed
    }

    fn ellipsis(&self) -> char {
        self.theme.glyphs.choose('…', '~')
    }

    fn draw_header(&self, pen: &mut Pen<'_>, placed: &[Placed]) {
        let theme = self.theme;
        for p in placed {
            let column = &self.columns[p.index];
            let sorted = self.sort.filter(|(index, _)| *index == p.index);
            let arrow = match sorted {
                Some((_, true)) => theme.glyphs.text("▴", "^"),
                Some((_, false)) => theme.glyphs.text("▾", "v"),
                None => "",
            };
            let role = if sorted.is_some() {
                Role::Accent
            } else {
                Role::Title
            };
            let title = shortened(
                column.title,
                p.width.saturating_sub(width_of(arrow)),
                self.ellipsis(),
            );
            let x = match column.align {
                Align::Left => p.x,
                Align::Right => p.x + p.width - width_of(&title) - width_of(arrow).min(p.width),
            };
            let end = pen.text(x, 0, &title, theme.style(role));
            pen.text(end, 0, arrow, theme.style(role));
        }
        if placed
            .last()
            .is_some_and(|p| p.index + 1 < self.columns.len())
        {
            let more = theme.glyphs.choose('›', '>');
            pen.put(pen.width() - 1, 0, more, theme.style(Role::Dim));
        }
    }

    fn draw_row(&self, pen: &mut Pen<'_>, placed: &[Placed], row: usize, y: u16) {
        let theme = self.theme;
        let is_cursor = self.cursor == Some(row);
        if is_cursor {
            pen.paint_row(y, theme.style(Role::CursorLine));
            let cursor = theme.style(Role::Cursor).bg;
            let sign = cursor.map_or(theme.style(Role::Accent), |c| Style::new().fg(c));
            pen.put(0, y, theme.glyphs.choose('▌', '>'), sign);
        }
        if (self.is_marked)(row) {
            pen.put(1, y, theme.glyphs.mark(), theme.style(Role::Mark));
        }
        for p in placed {
            let cell = (self.cell)(row, p.index);
            if cell.text.is_empty() {
                let at = if self.columns[p.index].align == Align::Right {
                    p.x + p.width - 1
                } else {
                    p.x
                };
                pen.put(at, y, theme.glyphs.missing(), theme.style(Role::Missing));
                continue;
            }
            let text = shortened(&cell.text, p.width, self.ellipsis());
            let mut style = theme.style(cell.role.unwrap_or(Role::Text));
            if let (Some(shade), true) = (cell.shade, theme.has_color()) {
                style = if theme.is_rich() {
                    style.bg(shade.color).fg(shade.ink)
                } else {
                    style.fg(shade.color)
                };
            } else if is_cursor && !theme.has_color() {
                style = style.patch(theme.style(Role::Cursor));
            }
            let x = match self.columns[p.index].align {
                Align::Left => p.x,
                Align::Right => p.x + p.width - width_of(&text),
            };
            if cell.shade.is_some() && theme.is_rich() {
                for fill in p.x..p.x + p.width {
                    pen.put(fill, y, ' ', style);
                }
            }
            pen.text(x, y, &text, style);
        }
    }

    fn draw_bar(&self, pen: &mut Pen<'_>) {
        let shown = pen.height() - 1;
        if self.rows <= usize::from(shown) || shown == 0 || pen.width() < 4 {
            return;
        }
        let theme = self.theme;
        let thumb = (usize::from(shown) * usize::from(shown) / self.rows).max(1);
        let room = usize::from(shown) - thumb;
        let last = (self.rows - usize::from(shown)).max(1);
        let top = self.start.min(last) * room / last;
        for y in 0..usize::from(shown) {
            let here = (top..top + thumb).contains(&y);
            let glyph = if here {
                theme.glyphs.choose('█', '#')
            } else {
                theme.glyphs.vertical()
            };
            let role = if here { Role::Dim } else { Role::Border };
            pen.put(pen.width() - 1, y as u16 + 1, glyph, theme.style(role));
        }
    }
}

impl Widget for &DataTable<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Some(mut pen) = Pen::new(buf, area) else {
            return;
        };
        let placed = self.placed(pen.width());
        self.draw_header(&mut pen, &placed);
        for y in 1..pen.height() {
            let row = self.start + usize::from(y) - 1;
            if row < self.rows {
                self.draw_row(&mut pen, &placed, row, y);
            }
        }
        self.draw_bar(&mut pen);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::{
        ascii, assert_ascii, draw, every_size, lines, themes, truecolor,
    };

    const COLUMNS: [Column<'static>; 3] = [
        Column {
            title: "mutant",
            width: 7,
            align: Align::Left,
            grows: true,
        },
        Column {
            title: "llr",
            width: 6,
            align: Align::Right,
            grows: false,
        },
        Column {
            title: "note",
            width: 5,
            align: Align::Left,
            grows: false,
        },
    ];

    fn with<'a>(theme: &'a Theme, cell: &'a dyn Fn(usize, usize) -> TableCell) -> DataTable<'a> {
        DataTable {
            columns: &COLUMNS,
            first_column: 1,
            rows: 100,
            cell,
            is_marked: &|row| row == 1,
            sort: Some((1, false)),
            start: 0,
            cursor: Some(2),
            theme,
        }
    }

    #[test]
    fn rows_marks_sort_and_cursor() {
        let theme = truecolor();
        let cell = |row: usize, column: usize| match column {
            0 => TableCell::text(format!("A:G{row}P")),
            1 if row == 0 => TableCell::number(f64::NAN, 2),
            1 => TableCell::number(-(row as f64), 2).shaded(theme.diverging.shade(0.5)),
            _ => TableCell::text("long remark"),
        };
        let table = with(&theme, &cell);
        let buffer = draw(&table, 26, 4);
        assert_eq!(
            lines(&buffer),
            [
                "  mutant      llr▾ note",
                "  A:G0P          ╱ long… █",
                " ◆A:G1P      -1.00 long… │",
                "▌ A:G2P      -2.00 long… │"
            ]
        );
        assert_eq!(buffer[(13, 2)].bg, theme.diverging.shade(0.5).color);
        assert_eq!(buffer[(3, 3)].bg, theme.style(Role::CursorLine).bg.unwrap());
        let area = Rect::new(0, 0, 26, 4);
        assert_eq!(table.hit(area, 14, 0), Some(TableHit::Header(1)));
        assert_eq!(table.hit(area, 3, 2), Some(TableHit::Row(1)));
    }

    #[test]
    fn every_terminal_and_size() {
        for theme in themes() {
            let cell = |_: usize, column: usize| TableCell::text(["x", "", "日本語"][column]);
            let table = with(&theme, &cell);
            every_size(|area, buffer| (&table).render(area, buffer));
            let empty = DataTable {
                rows: 0,
                columns: &[],
                start: 9,
                ..table
            };
            every_size(|area, buffer| (&empty).render(area, buffer));
        }
        let theme = ascii();
        let cell = |_: usize, _: usize| TableCell::text("abcdefghijklmnop");
        assert_ascii(&draw(&with(&theme, &cell), 20, 5));
    }
}

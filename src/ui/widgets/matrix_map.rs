//! An N × N map of couplings as a square of pixels, with zoom, a crosshair and its margins.
//!
//! ```text
//!     ─━━►─≈≈≈≈≈      secondary structure of the columns
//!  10 ▀▀▄▄████▀▀      two pixels a cell where there is colour, glyphs two columns wide elsewhere
//!     ▀▀··■···▀▀      the cursor's pixel, and its row and column dotted
//!  20 ▄▄  ██▄▄▀▀
//!       10  ▲17       author numbers
//! -1 ▒▒▒  ░░░ +1  mean of 4 × 4 residues
//! ```

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::widgets::Widget;

use super::bars::number;
use super::columns::{Columns, round_step};
use super::legend::{Legend, Scale};
use super::pen::{Pen, width_of};

use super::sequence_strip::{ruler, secondary_glyph, secondary_track};
use crate::numeric::{Matrix, Pyramid};
use crate::structure::SecondaryStructure;
use crate::ui::color_scale::Shade;
use crate::ui::theme::{Role, Theme};

/// The square of the matrix that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapView {
    /// First row.
    pub row: usize,
    /// First column.
    pub column: usize,
    /// Rows and columns.
    pub span: usize,
}

/// See the module.
#[derive(Debug, Clone, Copy)]
pub struct MatrixMap<'a> {
    /// N × N; NaN is hatched.
    pub matrix: &'a Matrix,
    /// Averages of the matrix, for wide views of large ones.
    pub pyramid: Option<&'a Pyramid>,
    /// What is shown; `None` = everything.
    pub view: Option<MapView>,
    /// The value that has the strongest colour.
    pub limit: f64,
    /// Values nearer to zero are drawn as zero.
    pub threshold: f64,
    /// Row and column of the cursor.
    pub cursor: Option<(usize, usize)>,
    /// Author numbers; may be empty.
    pub numbers: &'a [i32],
    /// May be empty.
    pub secondary: &'a [SecondaryStructure],
    /// May be empty.
    pub bonded: &'a [bool],
    /// Unit or name beside the legend.
    pub label: &'a str,
    /// Look.
    pub theme: &'a Theme,
}

/// Where the parts are, in cells from the top left of the area.
struct Layout {
    left: u16,
    top: u16,
    /// Pixels of a side.
    side: u16,
    /// Residues of a pixel row and column.
    rows: Columns,
    columns: Columns,
    has_track: bool,
    has_ruler: bool,
    has_legend: bool,
}

impl<'a> MatrixMap<'a> {
    /// The whole matrix from −1 to 1, with nothing else.
    #[must_use]
    pub fn new(matrix: &'a Matrix, theme: &'a Theme) -> Self {
        Self {
            matrix,
            pyramid: None,
            view: None,
            limit: 1.0,
            threshold: 0.0,
            cursor: None,
            numbers: &[],
            secondary: &[],
            bonded: &[],
            label: "",
            theme,
        }
    }

    /// Cells a pixel: (columns, pixels a cell row).
    fn pixel(&self) -> (u16, u16) {
        if self.theme.is_rich() { (1, 2) } else { (2, 1) }
    }

    fn layout(&self, width: u16, height: u16) -> Layout {
        let n = self.matrix.rows().min(self.matrix.columns());
        let view = self.view.unwrap_or(MapView {
            row: 0,
            column: 0,
            span: n,
        });
        let has_track = !self.secondary.is_empty() && height >= 8 && width >= 12;
        let has_ruler = !self.numbers.is_empty() && height >= 6;
        let has_legend = height >= 5;
        let numbers = if has_ruler && width >= 16 {
            self.number_width() + 1
        } else {
            0
        };
        let left = numbers + u16::from(has_track);
        let top = u16::from(has_track);
        let (cells, stacked) = self.pixel();
        let free = height - top - u16::from(has_ruler) - u16::from(has_legend);
        let side = (width.saturating_sub(left) / cells).min(free.saturating_mul(stacked));
        let span = view.span.min(n);
        let window = |from: usize| {
            let from = from.min(n - span);
            Columns::new(from..from + span, side, side.max(1))
        };
        Layout {
            left,
            top,
            side,
            rows: window(view.row),
            columns: window(view.column),
            has_track,
            has_ruler,
            has_legend,
        }
    }

    fn number_width(&self) -> u16 {
        let ends = [self.numbers.first(), self.numbers.last()];
        ends.into_iter()
            .flatten()
            .map(|n| width_of(&n.to_string()))
            .max()
            .unwrap_or(0)
    }

    /// The row and column under a cell.
    #[must_use]
    pub fn hit(&self, area: Rect, column: u16, row: u16) -> Option<(usize, usize)> {
        if !area.contains((column, row).into()) {
            return None;
        }
        let layout = self.layout(area.width, area.height);
        let (cells, stacked) = self.pixel();
        let x = (column - area.x).checked_sub(layout.left)? / cells;
        let y = (row - area.y).checked_sub(layout.top)? * stacked;
        let (rows, columns) = (layout.rows.residues(y), layout.columns.residues(x));
        (!rows.is_empty() && !columns.is_empty()).then(|| (middle(&rows), middle(&columns)))
    }

    fn value(&self, rows: Range<usize>, columns: Range<usize>) -> f64 {
        let value = match self.pyramid {
            Some(pyramid) if rows.len() > 1 || columns.len() > 1 => {
                pyramid.mean(self.matrix, rows, columns)
            }
            _ => mean(self.matrix, rows, columns),
        };
        if value.abs() < self.threshold {
            0.0
        } else {
            value
        }
    }

    fn shade(&self, layout: &Layout, x: u16, y: u16) -> Option<Shade> {
        let (rows, columns) = (layout.rows.residues(y), layout.columns.residues(x));
        let value = self.value(rows, columns);
        (!value.is_nan()).then(|| self.theme.diverging.around_zero(value, self.limit))
    }

    /// The colour of a pixel: the cursor's, the dotted crosshair's, or the value's.
    fn color(&self, layout: &Layout, cross: &Crosshair, x: u16, y: u16) -> Option<Color> {
        let cursor = self.theme.style(Role::Cursor).bg.unwrap_or(Color::Reset);
        match cross.at(x, y) {
            At::Cursor => Some(cursor),
            At::Dot => Some(self.theme.color(Role::Dim)),
            At::Elsewhere => self.shade(layout, x, y).map(|s| s.color),
        }
    }

    fn draw_rich(&self, pen: &mut Pen<'_>, layout: &Layout, cross: &Crosshair) {
        let (width, height) = (layout.columns.width(), layout.rows.width());
        for y in (0..height).step_by(2) {
            for x in 0..width {
                let upper = self.color(layout, cross, x, y);
                let lower = if y + 1 < height {
                    self.color(layout, cross, x, y + 1)
                } else {
                    None
                };
                let Some(cell) = pen.cell(layout.left + x, layout.top + y / 2) else {
                    continue;
                };
                match (upper, lower) {
                    (Some(upper), Some(lower)) => {
                        cell.set_char('▀').set_fg(upper).set_bg(lower);
                    }
                    (Some(upper), None) => {
                        cell.set_char('▀').set_fg(upper);
                    }
                    (None, Some(lower)) => {
                        cell.set_char('▄').set_fg(lower);
                    }
                    (None, None) => self.theme.missing(cell),
                }
            }
        }
    }

    fn draw_glyphs(&self, pen: &mut Pen<'_>, layout: &Layout, cross: &Crosshair) {
        let theme = self.theme;
        for y in 0..layout.rows.width() {
            for x in 0..layout.columns.width() {
                let shade = self.shade(layout, x, y);
                for half in 0..2 {
                    let Some(cell) = pen.cell(layout.left + 2 * x + half, layout.top + y) else {
                        continue;
                    };
                    match shade {
                        Some(shade) => theme.fill(cell, shade),
                        None => theme.missing(cell),
                    }
                    match cross.at(x, y) {
                        At::Cursor => {
                            cell.set_style(theme.style(Role::Cursor));
                        }
                        At::Dot if cell.symbol() == " " && half == 0 => {
                            cell.set_char(theme.glyphs.choose('·', '.'))
                                .set_style(theme.style(Role::Dim));
                        }
                        At::Dot | At::Elsewhere => {}
                    }
                }
            }
        }
    }

    fn draw_left(&self, pen: &mut Pen<'_>, layout: &Layout) {
        let theme = self.theme;
        let (_, stacked) = self.pixel();
        if layout.has_track {
            for y in (0..layout.rows.width()).step_by(usize::from(stacked)) {
                let residue = layout.rows.residues(y).start;
                let Some(&here) = self.secondary.get(residue) else {
                    continue;
                };
                let (glyph, role) = secondary_glyph(here, None, theme.glyphs);
                let glyph = match glyph {
                    '━' | '►' | '╾' => '┃',
                    '─' => '│',
                    other => other,
                };
                pen.put(
                    layout.left - 1,
                    layout.top + y / stacked,
                    glyph,
                    theme.style(role),
                );
            }
        }
        let end = layout.left - u16::from(layout.has_track);
        if end < 2 {
            return;
        }
        let per_line = layout.rows.per_column() * usize::from(stacked);
        let step = round_step(
            (2 * per_line)
                .div_ceil(usize::from(layout.rows.cells()))
                .max(5),
        );
        let row_of = |residue| Some(layout.top + layout.rows.columns(residue)?.start / stacked);
        let cursor = self
            .cursor
            .and_then(|(row, _)| Some((row_of(row)?, self.numbers.get(row)?)));
        for residue in layout.rows.window() {
            let (Some(y), Some(&number)) = (row_of(residue), self.numbers.get(residue)) else {
                continue;
            };
            let clear = cursor.is_none_or(|(at, _)| at.abs_diff(y) > 0);
            if number.rem_euclid(step) == 0 && clear {
                pen.text_before(end - 1, y, &number.to_string(), theme.style(Role::Dim));
            }
        }
        if let Some((y, number)) = cursor {
            pen.text_before(end - 1, y, &number.to_string(), theme.style(Role::Cursor));
        }
    }

    fn draw_below(&self, pen: &mut Pen<'_>, layout: &Layout) {
        let (cells, stacked) = self.pixel();
        let y = layout.top + layout.rows.width().div_ceil(stacked);
        if layout.has_ruler {
            let wide = Columns::new(
                layout.columns.window(),
                layout.columns.width() * cells,
                cells * layout.side.max(1),
            );
            let column = self.cursor.map(|(_, c)| c);
            ruler(pen, layout.left, y, &wide, self.numbers, column, self.theme);
        }
        if layout.has_legend {
            let block = layout.rows.per_column();
            let note = if block > 1 {
                format!(
                    "{}  mean of {block} {} {block}",
                    self.label,
                    self.theme.glyphs.choose('×', 'x')
                )
            } else {
                self.label.to_owned()
            };
            let (low, high) = (
                format!("-{}", number(self.limit)),
                format!("+{}", number(self.limit)),
            );
            let legend = Legend {
                scale: Scale::Diverging(&self.theme.diverging),
                low: &low,
                high: &high,
                note: note.trim(),
                theme: self.theme,
            };
            legend.draw(pen, y + u16::from(layout.has_ruler));
        }
    }
}

impl Widget for &MatrixMap<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Some(mut pen) = Pen::new(buf, area) else {
            return;
        };
        let layout = self.layout(pen.width(), pen.height());
        let cross = Crosshair::new(self.cursor, &layout);
        if layout.has_track {
            let (cells, _) = self.pixel();
            let wide = Columns::new(
                layout.columns.window(),
                layout.columns.width() * cells,
                cells * layout.side.max(1),
            );
            secondary_track(
                &mut pen,
                layout.left,
                0,
                &wide,
                self.secondary,
                self.bonded,
                self.theme,
            );
        }
        if self.theme.is_rich() {
            self.draw_rich(&mut pen, &layout, &cross);
        } else {
            self.draw_glyphs(&mut pen, &layout, &cross);
        }
        self.draw_left(&mut pen, &layout);
        self.draw_below(&mut pen, &layout);
    }
}

fn middle(range: &Range<usize>) -> usize {
    range.start + (range.len() - 1) / 2
}

/// The mean of the known entries of a block; NaN where none is known.
fn mean(matrix: &Matrix, rows: Range<usize>, columns: Range<usize>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for i in rows {
        for &v in matrix.row(i).get(columns.clone()).unwrap_or_default() {
            if !v.is_nan() {
                sum += v;
                n += 1.0;
            }
        }
    }
    sum / n
}

/// The pixels of the cursor.
struct Crosshair {
    x: Range<u16>,
    y: Range<u16>,
}

enum At {
    Cursor,
    Dot,
    Elsewhere,
}

impl Crosshair {
    fn new(cursor: Option<(usize, usize)>, layout: &Layout) -> Self {
        let nowhere = u16::MAX..u16::MAX;
        let (row, column) = cursor.unwrap_or((usize::MAX, usize::MAX));
        Self {
            x: layout.columns.columns(column).unwrap_or(nowhere.clone()),
            y: layout.rows.columns(row).unwrap_or(nowhere),
        }
    }

    fn at(&self, x: u16, y: u16) -> At {
        match (self.x.contains(&x), self.y.contains(&y)) {
            (true, true) => At::Cursor,
            (true, false) if y % 4 == 1 && x == self.x.start => At::Dot,
            (false, true) if x % 4 == 1 && y == self.y.start => At::Dot,
            _ => At::Elsewhere,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::{
        ascii, assert_ascii, assert_colorless, draw, every_size, lines, mono, themes, truecolor,
    };

    fn waves(n: usize) -> Matrix {
        Matrix::from_fn(n, n, |i, j| ((i as f64 - j as f64) / 3.0).cos())
    }

    #[test]
    fn two_pixels_a_cell_with_their_colours() {
        let theme = truecolor();
        let matrix = Matrix::from_fn(4, 4, |i, j| if i == j { 1.0 } else { -0.5 });
        let buffer = draw(&MatrixMap::new(&matrix, &theme), 4, 2);
        let (one, minus) = (
            theme.diverging.shade(1.0).color,
            theme.diverging.shade(-0.5).color,
        );
        let at = |x, y| {
            (
                buffer[(x, y)].symbol().to_owned(),
                buffer[(x, y)].fg,
                buffer[(x, y)].bg,
            )
        };
        assert_eq!(at(0, 0), ("▀".to_owned(), one, minus));
        assert_eq!(at(1, 0), ("▀".to_owned(), minus, one));
        assert_eq!(at(3, 1), ("▀".to_owned(), minus, one));
    }

    #[test]
    fn the_cursor_and_the_mouse_agree() {
        let theme = truecolor();
        let matrix = waves(30);
        let numbers: Vec<i32> = (1..=30).collect();
        let map = MatrixMap {
            cursor: Some((12, 20)),
            numbers: &numbers,
            ..MatrixMap::new(&matrix, &theme)
        };
        let area = Rect::new(0, 0, 60, 24);
        let buffer = draw(&map, 60, 24);
        let yellow = theme.style(Role::Cursor).bg.unwrap();
        let found: Vec<(usize, usize)> = (0..24u16)
            .flat_map(|y| (0..60u16).map(move |x| (x, y)))
            .filter(|&(x, y)| {
                buffer[(x, y)].symbol() == "▀"
                    && (buffer[(x, y)].fg == yellow || buffer[(x, y)].bg == yellow)
            })
            .filter_map(|(x, y)| map.hit(area, x, y))
            .collect();
        assert!(
            !found.is_empty() && found.iter().all(|(r, c)| r.abs_diff(12) <= 1 && *c == 20),
            "{found:?}"
        );
    }

    #[test]
    fn without_colour_signs_are_glyphs() {
        let theme = mono();
        let matrix = Matrix::from_values(2, 2, vec![1.0, -1.0, 0.0, f64::NAN]).unwrap();
        let buffer = draw(&MatrixMap::new(&matrix, &theme), 4, 2);
        assert_eq!(lines(&buffer), ["██≡≡", "  ╱╱"]);
        assert_colorless(&buffer);
    }

    #[test]
    fn a_wide_view_is_averaged_and_says_so() {
        let theme = truecolor();
        let matrix = waves(200);
        let text = lines(&draw(
            &MatrixMap {
                label: "correlation",
                ..MatrixMap::new(&matrix, &theme)
            },
            60,
            26,
        ))
        .join("\n");
        assert!(text.contains("correlation  mean of 4 × 4"), "{text}");
        let view = Some(MapView {
            row: 195,
            column: 3,
            span: 20,
        });
        let map = MatrixMap {
            view,
            ..MatrixMap::new(&matrix, &theme)
        };
        assert_eq!(map.hit(Rect::new(0, 0, 40, 21), 0, 0), Some((180, 3)));
    }

    #[test]
    fn every_terminal_and_size() {
        let matrix = waves(37);
        let numbers: Vec<i32> = (-3..34).collect();
        let secondary = vec![SecondaryStructure::Strand; 37];
        for theme in themes() {
            let map = MatrixMap {
                cursor: Some((3, 36)),
                numbers: &numbers,
                secondary: &secondary,
                threshold: 0.2,
                label: "r",
                ..MatrixMap::new(&matrix, &theme)
            };
            every_size(|area, buffer| (&map).render(area, buffer));
            let empty = Matrix::default();
            every_size(|area, buffer| (&MatrixMap::new(&empty, &theme)).render(area, buffer));
        }
        let theme = ascii();
        assert_ascii(&draw(
            &MatrixMap {
                cursor: Some((3, 9)),
                numbers: &numbers,
                ..MatrixMap::new(&matrix, &theme)
            },
            60,
            24,
        ));
    }
}

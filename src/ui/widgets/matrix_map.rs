//! An N × N map of couplings as a square of pixels, with zoom, a crosshair and its margins.
//!
//! ```text
//!     ─━━►─≈≈≈≈≈      secondary structure of the columns
//!  10 ▀▀▄▄████▀▀      two pixels a cell where there are colours and half blocks, cells two columns wide elsewhere
//!     ▀▀··■···▀▀      the cursor's pixel, and its row and column dotted
//!  20 ▄▄  ██▄▄▀▀
//!       10  ▲17       author numbers
//! -1 ▒▒▒  ░░░ +1  mean of 4 × 4 residues
//! ```

mod margins;
mod profile;

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::widgets::Widget;

use super::columns::{Columns, Division};
use super::pen::{Pen, width_of};
use super::sequence_strip::secondary_track;
use crate::numeric::{Matrix, Pyramid};
use crate::protein::SecondaryStructure;
use crate::ui::color_scale::Shade;
use crate::ui::theme::{Role, Theme};
use crate::ui::widgets::axis::number;

/// The square of the matrix that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapView {
    pub row: usize,
    pub column: usize,
    pub span: usize,
}

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
    /// Values are sizes, from zero to the limit, rather than on both sides of zero.
    pub from_zero: bool,
    /// Values nearer to zero are drawn as zero.
    pub threshold: f64,
    /// Row and column of the cursor.
    pub cursor: Option<(usize, usize)>,
    /// The cursor's column as bars beside the map, where there is room.
    pub profile: bool,
    /// Author numbers; may be empty.
    pub numbers: &'a [i32],
    /// May be empty.
    pub secondary: &'a [SecondaryStructure],
    /// May be empty.
    pub bonded: &'a [bool],
    /// Where chains or domains begin: lines across the map; may be empty.
    pub divisions: &'a [Division],
    /// Unit or name beside the legend.
    pub label: &'a str,
    pub theme: &'a Theme,
}

/// Where the parts are, in cells from the top left of the area.
struct Layout {
    left: u16,
    top: u16,
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
            from_zero: false,
            threshold: 0.0,
            cursor: None,
            profile: false,
            numbers: &[],
            secondary: &[],
            bonded: &[],
            divisions: &[],
            label: "",
            theme,
        }
    }

    /// Cells a pixel: (columns, pixels a cell row).
    fn pixel(&self) -> (u16, u16) {
        if self.theme.has_halves() {
            (1, 2)
        } else {
            (2, 1)
        }
    }

    fn layout(&self, width: u16, height: u16) -> Layout {
        let n = self.matrix.rows().min(self.matrix.columns());
        let view = self.view.unwrap_or(MapView {
            row: 0,
            column: 0,
            span: n,
        });
        let has_track = !self.secondary.is_empty() && height >= 9 && width >= 12;
        let has_ruler = !self.numbers.is_empty() && height >= 6;
        let has_legend = height >= 10;
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
        (!value.is_nan()).then(|| self.shade_of(value))
    }

    fn shade_of(&self, value: f64) -> Shade {
        if self.from_zero {
            self.theme.sequential.between(value, 0.0, self.limit)
        } else {
            self.theme.diverging.around_zero(value, self.limit)
        }
    }

    /// What the ends of the scale are called.
    fn ends(&self) -> (String, String) {
        let most = number(self.limit);
        if self.from_zero {
            ("0".to_owned(), most)
        } else {
            (format!("-{most}"), format!("+{most}"))
        }
    }

    /// The colour of a pixel: the cursor's, the dotted crosshair's, or the value's.
    fn color(&self, layout: &Layout, cross: &Crosshair, x: u16, y: u16) -> Option<Color> {
        let cursor = self.theme.style(Role::Cursor).bg.unwrap_or(Color::Reset);
        match cross.at(x, y) {
            At::Cursor => Some(cursor),
            At::Dot => Some(self.theme.color(Role::Experiment)),
            At::Elsewhere if self.is_divided(layout, x, y) => Some(self.theme.color(Role::Dim)),
            At::Elsewhere => self.shade(layout, x, y).map(|s| s.color),
        }
    }

    /// Whether a pixel is a dot of the line where a chain or a domain begins.
    fn is_divided(&self, layout: &Layout, x: u16, y: u16) -> bool {
        let begins = |columns: &Columns, at: u16| {
            let here = columns.residues(at);
            let first = columns.window().start;
            let inside = |d: &Division| d.at > first && here.contains(&d.at);
            at > 0 && self.divisions.iter().any(inside)
        };
        (x + y).is_multiple_of(2) && (begins(&layout.columns, x) || begins(&layout.rows, y))
    }

    fn draw_halves(&self, pen: &mut Pen<'_>, layout: &Layout, cross: &Crosshair) {
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
                        At::Elsewhere if half == 0 && self.is_divided(layout, x, y) => {
                            cell.set_char(theme.glyphs.choose('┊', ':'))
                                .set_style(theme.style(Role::Dim));
                        }
                        At::Dot | At::Elsewhere => {}
                    }
                }
            }
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
        if self.theme.has_halves() {
            self.draw_halves(&mut pen, &layout, &cross);
        } else {
            self.draw_glyphs(&mut pen, &layout, &cross);
        }
        self.draw_profile(&mut pen, &layout);
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
mod tests;

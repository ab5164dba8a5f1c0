//! A value a residue as bars or a line, in the same columns as the sequence.
//!
//! ```text
//! 2.0┤ ▂           ┊    ├1.0  max of 3 residues a column; a curve of another level has its axis at the right
//!    │ █  ▔▁     ▃▅┊    │     ▔▁ the experiment, laid over
//! 1.0┤▅█▃▂ ▁▂▁  ▂██┊ ╱  │     ╱ not known
//!    │█████████████┊██  │     the cursor's column is tinted
//! Å 0┤█████████████┊██  ├0
//!         10   ▲17  B           B: another chain begins
//! ```

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::widgets::Widget;

use super::axis::{number, round_up, tick_step, two_digits};
use super::columns::{Columns, Division};
use super::dots::Dots;
use super::pen::{Pen, width_of};
use super::sequence_strip::ruler;
use crate::ui::theme::{Role, Theme};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BarMode {
    /// A bar a column, filled in eighths.
    #[default]
    Bars,
    /// A line of braille dots.
    Line,
}

/// What a column of several residues shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reduce {
    #[default]
    Max,
    Mean,
}

#[derive(Debug, Clone, Copy)]
pub struct ResidueBars<'a> {
    /// One value a residue, NaN where not known; negative values draw as 0.
    pub values: &'a [f64],
    /// A second curve laid over, in the same unit: the experiment.
    pub experiment: &'a [f64],
    /// A third curve: another source.
    pub overlay: &'a [f64],
    /// Top of an axis of the experiment's own, of another level.
    pub experiment_top: Option<f64>,
    /// The same of the third curve.
    pub overlay_top: Option<f64>,
    /// Where chains begin; may be empty.
    pub divisions: &'a [Division],
    /// Author numbers for the ruler; may be empty.
    pub numbers: &'a [i32],
    /// Residues shown, from and to (exclusive).
    pub window: (usize, usize),
    /// Top of the axis; `None` = a round number over all values.
    pub top: Option<f64>,
    /// Unit beside the axis: `Å`.
    pub unit: &'a str,
    pub mode: BarMode,
    /// For several residues a column.
    pub reduce: Reduce,
    /// Values that have the first and last colour of the motion scale; `None` = 0 and the top.
    pub range: Option<(f64, f64)>,
    /// Colours of residues in place of the motion scale; may be empty.
    pub colors: &'a [Color],
    /// Marked residues; may be empty.
    pub marked: &'a [bool],
    pub cursor: Option<usize>,
    pub theme: &'a Theme,
}

/// Where the parts of the plot are.
struct Layout {
    left: u16,
    right: u16,
    rows: u16,
    has_ruler: bool,
    columns: Columns,
}

impl<'a> ResidueBars<'a> {
    /// Bars of all values, with nothing else.
    #[must_use]
    pub fn new(values: &'a [f64], theme: &'a Theme) -> Self {
        Self {
            values,
            experiment: &[],
            overlay: &[],
            experiment_top: None,
            overlay_top: None,
            divisions: &[],
            numbers: &[],
            window: (0, values.len()),
            top: None,
            unit: "",
            mode: BarMode::Bars,
            reduce: Reduce::Max,
            range: None,
            colors: &[],
            marked: &[],
            cursor: None,
            theme,
        }
    }

    /// Columns that the axis takes at the left of an area.
    #[must_use]
    pub fn axis_width(&self, width: u16) -> u16 {
        let top = self.axis_top();
        let ticks = width_of(&number(top)).max(width_of(&number(tick_step(top, 8))));
        let label = ticks.max(width_of(self.unit) + 2);
        if width >= 24 { label + 1 } else { 0 }
    }

    /// The axis at the right, of the first curve that has its own.
    fn own_axis(&self) -> Option<(f64, Role)> {
        let experiment = self.experiment_top.map(|top| (top, Role::Experiment));
        experiment.or(self.overlay_top.map(|top| (top, Role::Overlay)))
    }

    fn own_axis_width(&self, width: u16) -> u16 {
        let axis = self.own_axis().filter(|_| width >= 40);
        axis.map_or(0, |(top, _)| width_of(&number(top)) + 1)
    }

    /// The residue under a cell.
    #[must_use]
    pub fn hit(&self, area: Rect, column: u16, row: u16) -> Option<usize> {
        let inside = area.contains((column, row).into());
        let residues = self.residues_at(area, column).filter(|_| inside)?;
        Some(residues.start + (residues.len() - 1) / 2)
    }

    /// The residues of a column of the screen.
    #[must_use]
    pub fn residues_at(&self, area: Rect, column: u16) -> Option<Range<usize>> {
        if column < area.left() || column >= area.right() || area.height == 0 {
            return None;
        }
        let layout = self.layout(area.width, area.height);
        let x = (column - area.x).checked_sub(layout.left)?;
        Some(layout.columns.residues(x)).filter(|r| !r.is_empty())
    }

    fn layout(&self, width: u16, height: u16) -> Layout {
        let left = self.axis_width(width);
        let right = self.own_axis_width(width);
        let has_ruler = !self.numbers.is_empty() && height >= 3;
        let to = self.window.1.min(self.values.len());
        Layout {
            left,
            right,
            rows: height - u16::from(has_ruler),
            has_ruler,
            columns: Columns::new(self.window.0.min(to)..to, width - left - right, 4),
        }
    }

    fn axis_top(&self) -> f64 {
        self.top.unwrap_or_else(|| {
            let shared = |values: &'a [f64], own: Option<f64>| {
                let values = if own.is_some() { &[] } else { values };
                values.iter()
            };
            let all = self
                .values
                .iter()
                .chain(shared(self.experiment, self.experiment_top))
                .chain(shared(self.overlay, self.overlay_top));
            round_up(all.copied().filter(|v| v.is_finite()).fold(0.0, f64::max))
        })
    }

    fn reduced(&self, values: &[f64], residues: Range<usize>) -> f64 {
        let known = values
            .get(residues)
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|v| v.is_finite());
        match self.reduce {
            Reduce::Max => known.fold(f64::NAN, f64::max),
            Reduce::Mean => {
                let (sum, n) = known.fold((0.0, 0.0), |(s, n), v| (s + v, n + 1.0));
                sum / n
            }
        }
    }

    fn color(&self, residues: &Range<usize>, value: f64, top: f64) -> Color {
        if let Some(&color) = self.colors.get(residues.start) {
            return color;
        }
        let (low, high) = self.range.unwrap_or((0.0, top));
        self.theme.motion.between(value, low, high).color
    }

    fn draw_axis(&self, pen: &mut Pen<'_>, layout: &Layout, top: f64) {
        if layout.left == 0 {
            return;
        }
        let (theme, x) = (self.theme, layout.left - 1);
        let dim = theme.style(Role::Dim);
        let bottom = layout.rows - 1;
        for y in 0..layout.rows {
            pen.put(x, y, theme.glyphs.vertical(), dim);
        }
        let tick = theme.glyphs.choose('┤', '+');
        pen.put(x, bottom, tick, dim);
        pen.text_before(x, bottom, "0", dim);
        pen.text(0, bottom, self.unit, dim);
        let step = tick_step(top, usize::from(layout.rows / 2));
        for k in 1..=usize::from(layout.rows) {
            let value = step * k as f64;
            let y = (f64::from(layout.rows) * (1.0 - value / top)).round();
            if !(0.0..f64::from(bottom)).contains(&y) {
                break;
            }
            pen.put(x, y as u16, tick, dim);
            pen.text_before(x, y as u16, &number(value), dim);
        }
    }

    fn draw_own_axis(&self, pen: &mut Pen<'_>, layout: &Layout) {
        let Some((top, role)) = self.own_axis().filter(|_| layout.right > 0) else {
            return;
        };
        let (x, style) = (pen.width() - layout.right, self.theme.style(role));
        let (line, tick) = (
            self.theme.glyphs.vertical(),
            self.theme.glyphs.choose('├', '+'),
        );
        for y in 0..layout.rows {
            pen.put(x, y, line, style);
        }
        for (y, value) in [(0, top), (layout.rows - 1, 0.0)] {
            pen.put(x, y, tick, style);
            pen.text(x + 1, y, &number(value), style);
        }
    }

    fn draw_divisions(&self, pen: &mut Pen<'_>, layout: &Layout) {
        let line = self.theme.glyphs.choose('┊', ':');
        let inside = self
            .divisions
            .iter()
            .filter(|d| d.at > layout.columns.window().start);
        for columns in inside.filter_map(|d| layout.columns.columns(d.at)) {
            for y in 0..layout.rows {
                let cell = pen.cell(layout.left + columns.start, y);
                if let Some(cell) = cell.filter(|c| c.symbol() == " ") {
                    cell.set_char(line)
                        .set_style(self.theme.style(Role::Border));
                }
            }
        }
    }

    fn draw_bars(&self, pen: &mut Pen<'_>, layout: &Layout, top: f64) {
        for column in 0..layout.columns.width() {
            let residues = layout.columns.residues(column);
            let value = self.reduced(self.values, residues.clone());
            // Wide bars keep a gap on their right.
            let cells = layout.columns.cells();
            if cells > 2 && column % cells == cells - 1 {
                continue;
            }
            if value.is_nan() {
                if let Some(cell) = pen.cell(layout.left + column, layout.rows - 1) {
                    self.theme.missing(cell);
                }
                continue;
            }
            let eighths = filled_eighths(value, top, layout.rows);
            let color = self.color(&residues, value, top);
            for y in 0..layout.rows {
                let level = eighths.saturating_sub(8 * usize::from(layout.rows - 1 - y));
                if level > 0
                    && let Some(cell) = pen.cell(layout.left + column, y)
                {
                    cell.set_char(self.theme.glyphs.eighths(level))
                        .set_fg(color);
                }
            }
            if value > top * 1.001
                && let Some(cell) = pen.cell(layout.left + column, 0)
            {
                cell.set_char(self.theme.glyphs.choose('▲', '^'));
            }
        }
    }

    /// How far bars go that are cut off, beside their arrows: of several close together the largest.
    fn draw_cut_off(&self, pen: &mut Pen<'_>, layout: &Layout, top: f64) {
        const CLOSE: u16 = 5;
        let width = layout.columns.width();
        let value = |column: u16| self.reduced(self.values, layout.columns.residues(column));
        let cut = |columns: Range<u16>| columns.rev().find(|c| value(*c) > top * 1.001);
        let mut column = 0;
        while column < width {
            let from = column;
            column += 1;
            if cut(from..column).is_none() {
                continue;
            }
            while let Some(next) = cut(column..(column + CLOSE).min(width)) {
                column = next + 1;
            }
            let largest = (from..column).map(value).fold(0.0, f64::max);
            let text = number(two_digits(largest));
            let style = self.theme.style(Role::Text);
            if column + width_of(&text) <= width {
                pen.text(layout.left + column, 0, &text, style);
            } else {
                pen.text_before(layout.left + from, 0, &text, style);
            }
        }
    }

    /// What a column shows where it stands for several residues.
    #[must_use]
    pub fn reduction(&self, area: Rect) -> Option<String> {
        let several = self.layout(area.width, area.height).columns.per_column();
        let how = match self.reduce {
            Reduce::Max => "max",
            Reduce::Mean => "mean",
        };
        (several > 1).then(|| format!("{how} of {several} a column"))
    }

    fn draw_line(&self, pen: &mut Pen<'_>, layout: &Layout, top: f64) {
        let mut dots = Dots::new(layout.columns.width(), layout.rows);
        let mut last: Option<(i32, i32)> = None;
        let height = 4 * i32::from(layout.rows);
        for column in 0..layout.columns.width() {
            let residues = layout.columns.residues(column);
            let value = self.reduced(self.values, residues.clone());
            if value.is_nan() {
                last = None;
                if let Some(cell) = pen.cell(layout.left + column, layout.rows - 1) {
                    self.theme.missing(cell);
                }
                continue;
            }
            let y = height
                - 1
                - (value / top * f64::from(height - 1))
                    .round()
                    .clamp(0.0, f64::from(height)) as i32;
            let at = (2 * i32::from(column), y);
            dots.line(last.unwrap_or(at), at, self.color(&residues, value, top));
            last = Some(at);
        }
        if let Some(mut plot) = pen.part(layout.left, 0, layout.columns.width(), layout.rows) {
            dots.draw(&mut plot, self.theme.glyphs);
        }
    }

    /// A curve of short strokes over the bars: high, middle or low in a cell.
    fn draw_curve(&self, pen: &mut Pen<'_>, layout: &Layout, top: f64, values: &[f64], role: Role) {
        let theme = self.theme;
        let cut_off = theme.glyphs.choose('▲', '^');
        for column in 0..layout.columns.width() {
            let value = self.reduced(values, layout.columns.residues(column));
            if value.is_nan() {
                continue;
            }
            let rows = f64::from(layout.rows);
            let height = (value / top * rows).clamp(0.0, rows - 1e-6);
            let y = layout.rows - 1 - height.floor() as u16;
            let third = ((height.fract()) * 3.0) as usize;
            let stroke = theme
                .glyphs
                .text("▁─▔", "_-^")
                .chars()
                .nth(third)
                .unwrap_or('-');
            let stroke = if value > top * 1.001 { cut_off } else { stroke };
            let Some(cell) = pen.cell(layout.left + column, y) else {
                continue;
            };
            // Over a full bar the stroke keeps the bar as its background.
            let full = cell.symbol() == "█";
            if full && theme.has_color() {
                let bar = cell.fg;
                cell.set_bg(bar);
            }
            let style = if full {
                theme.style(Role::Screen).fg(theme.color(role))
            } else {
                theme.style(role)
            };
            cell.set_char(stroke).set_style(style);
        }
    }

    fn draw_cursor(&self, pen: &mut Pen<'_>, layout: &Layout) {
        let Some(cursor) = self.cursor.and_then(|c| layout.columns.columns(c)) else {
            return;
        };
        let tint = self.theme.style(Role::CursorLine);
        let line = self.theme.glyphs.choose('┊', ':');
        for column in cursor {
            for y in 0..layout.rows {
                let Some(cell) = pen.cell(layout.left + column, y) else {
                    continue;
                };
                if !self.theme.has_color() && cell.symbol() == " " {
                    cell.set_char(line);
                } else if cell.bg == Color::Reset {
                    cell.set_style(tint);
                }
            }
        }
    }

    fn draw_marks(&self, pen: &mut Pen<'_>, layout: &Layout) {
        for residue in layout.columns.window() {
            if self.marked.get(residue) == Some(&true)
                && let Some(columns) = layout.columns.columns(residue)
            {
                let mark = self.theme.glyphs.mark();
                pen.put(
                    layout.left + columns.start,
                    0,
                    mark,
                    self.theme.style(Role::Mark),
                );
            }
        }
    }
}

impl Widget for &ResidueBars<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Some(mut pen) = Pen::new(buf, area) else {
            return;
        };
        let layout = self.layout(pen.width(), pen.height());
        let top = self.axis_top();
        self.draw_axis(&mut pen, &layout, top);
        match self.mode {
            BarMode::Bars => self.draw_bars(&mut pen, &layout, top),
            BarMode::Line => self.draw_line(&mut pen, &layout, top),
        }
        self.draw_divisions(&mut pen, &layout);
        for (values, own, role) in [
            (self.overlay, self.overlay_top, Role::Overlay),
            (self.experiment, self.experiment_top, Role::Experiment),
        ] {
            self.draw_curve(&mut pen, &layout, own.unwrap_or(top), values, role);
        }
        self.draw_own_axis(&mut pen, &layout);
        if self.mode == BarMode::Bars && layout.rows >= 3 {
            self.draw_cut_off(&mut pen, &layout, top);
        }
        self.draw_cursor(&mut pen, &layout);
        self.draw_marks(&mut pen, &layout);
        if layout.has_ruler {
            ruler(
                &mut pen,
                (layout.left, layout.rows),
                &layout.columns,
                self.numbers,
                self.cursor,
                self.divisions,
                self.theme,
            );
        }
    }
}

/// A bar's height in eighths of a cell: a known value above zero shows at least one.
fn filled_eighths(value: f64, top: f64, rows: u16) -> usize {
    let all = 8.0 * f64::from(rows);
    let eighths = (value / top * all).round().clamp(0.0, all) as usize;
    if value > 0.0 { eighths.max(1) } else { eighths }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

//! The couplings of the cursor's residue beside the rows of the map.
//!
//! ```text
//! ≈≈≈━━━►──   -0.6 0 +0.6
//! ▀▀▄▄████▀▀    ──┤        minus to the left
//! ▀▀··■···▀▀      ├────    plus to the right
//!    10  ▲17      to 17
//! ```

use ratatui::style::Style;

use super::{Layout, MatrixMap};
use crate::ui::theme::Role;
use crate::ui::widgets::pen::{Pen, width_of};

/// Columns between the map and the bars.
const GAP: u16 = 2;
/// Fewest columns that bars need.
const LEAST: u16 = 9;
/// Most columns that bars take.
const MOST: u16 = 25;

impl MatrixMap<'_> {
    /// Bars from a line of zero, one a row of cells: the strongest of the residues there.
    pub(super) fn draw_profile(&self, pen: &mut Pen<'_>, layout: &Layout) {
        let Some((_, column)) = self.cursor.filter(|_| self.profile) else {
            return;
        };
        let (cells, stacked) = self.pixel();
        let left = layout.left + layout.columns.width() * cells + GAP;
        let room = pen.width().saturating_sub(left).min(MOST);
        if room < LEAST || column >= self.matrix.columns() {
            return;
        }
        let theme = self.theme;
        // Sizes have the whole width, from the left.
        let half = if self.from_zero {
            room - 1
        } else {
            (room - 1) / 2
        };
        let zero = left + if self.from_zero { 0 } else { half };
        let (line, bar) = (theme.glyphs.vertical(), theme.glyphs.choose('━', '='));
        let dim = theme.style(Role::Dim);
        if layout.top > 0 {
            let (low, high) = self.ends();
            pen.text(left, layout.top - 1, &low, dim);
            pen.put(zero, layout.top - 1, '0', dim);
            pen.text_before(zero + half + 1, layout.top - 1, &high, dim);
        }
        if let (true, Some(site)) = (layout.has_ruler, self.numbers.get(column)) {
            let below = layout.top + layout.rows.width().div_ceil(stacked);
            let said = format!("to {site}");
            let x = (zero + 1).saturating_sub(width_of(&said) / 2 + 1).max(left);
            pen.text(x, below, &said, dim);
        }
        for y in (0..layout.rows.width()).step_by(usize::from(stacked)) {
            let row = layout.top + y / stacked;
            pen.put(zero, row, line, theme.style(Role::Border));
            let last = (y + stacked).min(layout.rows.width()) - 1;
            let residues = layout.rows.residues(y).start..layout.rows.residues(last).end;
            let strongest = residues
                .filter(|r| *r != column)
                .map(|r| self.matrix[(r, column)])
                .filter(|v| v.is_finite() && v.abs() >= self.threshold)
                .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
            let share = (strongest / self.limit).clamp(-1.0, 1.0);
            let length = (share.abs() * f64::from(half)).round() as u16;
            let mut style = Style::new();
            if theme.has_color() {
                style = style.fg(self.shade_of(strongest).color);
            }
            for step in 1..=length {
                let x = if share < 0.0 {
                    zero - step
                } else {
                    zero + step
                };
                pen.put(x, row, bar, style);
            }
        }
    }
}

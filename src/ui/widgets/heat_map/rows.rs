//! The body of the map: one row, two rows, or half a row of cells an amino acid.

use ratatui::style::Color;

use super::layout::{Layout, Rows};
use super::{HeatMap, half_or_paper};
use crate::protein::AminoAcid;
use crate::ui::theme::Role;
use crate::ui::widgets::pen::Pen;

impl HeatMap<'_> {
    pub(super) fn draw_body(&self, pen: &mut Pen<'_>, layout: &Layout) {
        match layout.rows {
            Rows::Whole(cells) => {
                for (row, &amino_acid) in self.order.iter().enumerate() {
                    for line in 0..cells {
                        let y = layout.body.start + row as u16 * cells + line;
                        self.draw_row(pen, layout, y, amino_acid, line == 0);
                    }
                }
            }
            Rows::Halves => {
                for (row, pair) in self.order.chunks_exact(2).enumerate() {
                    self.draw_pair(
                        pen,
                        layout,
                        layout.body.start + row as u16,
                        pair[0],
                        pair[1],
                    );
                }
            }
            Rows::From(first) => {
                for (y, &amino_acid) in layout.body.clone().zip(self.order.iter().skip(first)) {
                    self.draw_row(pen, layout, y, amino_acid, true);
                }
            }
        }
    }

    fn name_role(&self, amino_acid: AminoAcid) -> Role {
        if self.cursor.is_some_and(|(_, a)| a == amino_acid) {
            Role::Cursor
        } else {
            Role::Dim
        }
    }

    /// A row of cells of one amino acid; glyphs on its first line only.
    fn draw_row(
        &self,
        pen: &mut Pen<'_>,
        layout: &Layout,
        y: u16,
        amino_acid: AminoAcid,
        first: bool,
    ) {
        let theme = self.theme;
        if layout.left > 0 && first {
            pen.put(
                1,
                y,
                amino_acid.letter(),
                theme.style(self.name_role(amino_acid)),
            );
        }
        for column in 0..layout.columns.width() {
            let positions = layout.columns.residues(column);
            // Glyphs stand in the middle of wide cells.
            let cells = layout.columns.cells();
            let center = first && column % cells == (cells - 1) / 2;
            let Some(cell) = pen.cell(layout.left + column, y) else {
                continue;
            };
            if self.is_wild_type(&positions, amino_acid) {
                cell.set_char(if center {
                    theme.glyphs.wild_type()
                } else {
                    ' '
                });
                cell.set_style(theme.style(Role::WildType));
            } else {
                let score = self.score_of(positions.clone(), amino_acid);
                if score.is_nan() {
                    theme.missing(cell);
                } else {
                    theme.fill(cell, self.shade(score));
                    if center && self.is_marked(&positions, amino_acid) {
                        theme.fill_with(cell, self.shade(score), theme.glyphs.mark());
                    }
                }
            }
            if self.is_cursor(&positions, amino_acid) {
                let character = if center { amino_acid.letter() } else { ' ' };
                cell.set_char(character)
                    .set_style(theme.style(Role::Cursor));
            }
        }
    }

    /// A row of cells of two amino acids: the upper and the lower half.
    fn draw_pair(
        &self,
        pen: &mut Pen<'_>,
        layout: &Layout,
        y: u16,
        upper: AminoAcid,
        lower: AminoAcid,
    ) {
        let theme = self.theme;
        if layout.left > 0 {
            pen.put(0, y, upper.letter(), theme.style(self.name_role(upper)));
            pen.put(1, y, lower.letter(), theme.style(self.name_role(lower)));
        }
        let cursor = theme.style(Role::Cursor).bg.unwrap_or(Color::Reset);
        for column in 0..layout.columns.width() {
            let positions = layout.columns.residues(column);
            let color = |amino_acid| {
                if self.is_cursor(&positions, amino_acid) {
                    return Some(cursor);
                }
                let score = self.score_of(positions.clone(), amino_acid);
                (!score.is_nan()).then(|| self.shade(score).color)
            };
            let (top, bottom) = (color(upper), color(lower));
            let center = column % layout.columns.cells() == (layout.columns.cells() - 1) / 2;
            let Some(cell) = pen.cell(layout.left + column, y) else {
                continue;
            };
            // A wild type is a dot at its height; the other half gives the cell its colour.
            for (amino_acid, other, dot) in [(upper, bottom, '˙'), (lower, top, '.')] {
                if self.is_wild_type(&positions, amino_acid)
                    && !self.is_cursor(&positions, amino_acid)
                {
                    cell.set_char(if center { dot } else { ' ' });
                    cell.set_fg(theme.color(Role::Text))
                        .set_bg(half_or_paper(other));
                }
            }
            if [upper, lower]
                .iter()
                .any(|a| self.is_wild_type(&positions, *a) && !self.is_cursor(&positions, *a))
            {
                continue;
            }
            match (top, bottom) {
                (None, None) => theme.missing(cell),
                (Some(top), None) => {
                    cell.set_char('▀').set_fg(top);
                }
                (None, Some(bottom)) => {
                    cell.set_char('▄').set_fg(bottom);
                }
                (Some(top), Some(bottom)) => {
                    cell.set_char('▀').set_fg(top).set_bg(bottom);
                }
            }
        }
    }
}

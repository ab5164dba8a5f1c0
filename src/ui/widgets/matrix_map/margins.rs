//! Numbers, secondary structure and legend around the map.

use super::{Layout, MatrixMap};
use crate::ui::theme::Role;
use crate::ui::widgets::columns::{Columns, round_step};
use crate::ui::widgets::legend::{Legend, Scale};
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::sequence_strip::{ruler, secondary_glyph};

impl MatrixMap<'_> {
    pub(super) fn draw_left(&self, pen: &mut Pen<'_>, layout: &Layout) {
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

    pub(super) fn draw_below(&self, pen: &mut Pen<'_>, layout: &Layout) {
        let (cells, stacked) = self.pixel();
        let y = layout.top + layout.rows.width().div_ceil(stacked);
        if layout.has_ruler {
            let wide = Columns::new(
                layout.columns.window(),
                layout.columns.width() * cells,
                cells * layout.side.max(1),
            );
            let column = self.cursor.map(|(_, c)| c);
            ruler(
                pen,
                (layout.left, y),
                &wide,
                self.numbers,
                column,
                self.divisions,
                self.theme,
            );
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
            let (low, high) = self.ends();
            let legend = Legend {
                scale: if self.from_zero {
                    Scale::Sequential(&self.theme.sequential)
                } else {
                    Scale::Diverging(&self.theme.diverging)
                },
                low: &low,
                high: &high,
                note: note.trim(),
                theme: self.theme,
            };
            legend.draw(pen, y + u16::from(layout.has_ruler));
        }
    }
}

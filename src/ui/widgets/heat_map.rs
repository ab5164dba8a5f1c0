//! The 20 × L map of single substitutions.
//!
//! ```text
//!           10        20        30     author numbers
//!   MRIILLGAPGAGKGTQAQFIMEKYGIPQISTG   wild type
//!   ━━━━━►──≈≈≈≈≈≈≈≈≈≈≈≈≈──━━━━►───    secondary structure
//! Å ▁▁▂▁▁▁▃▅▆▅▃▁▁▁▁▁▂▁▁▁▂▂▃▄▂▁▁▁▁▂▃    tracks, each with its own range
//! A ██▒▒░░•▒▒░░                        one row an amino acid, • the wild type, ◆ marked, ╱ not scored
//! V ██▒▒░░█▒•░░
//! ⋮
//!   ▂▃▅▂▁[▁▂▃▅▂]▁▂▃▁▁▂▅▂▃▁▂▁▁▂▃▅▂      mean of each position of the whole sequence, the window bracketed
//! +6 ▒▒▒   ░░░ -6  nat
//! ```

mod layout;
mod rows;

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::widgets::Widget;

use self::layout::Layout;
use super::axis::number;
use super::columns::{Columns, Division};
use super::legend::{Legend, Scale};
use super::pen::Pen;
use super::sequence_strip::{ruler, secondary_track};
use crate::numeric::Matrix;
use crate::protein::{AminoAcid, SecondaryStructure};
use crate::ui::color_scale::Shade;
use crate::ui::theme::{Role, Theme};

/// A row of small bars above the map.
#[derive(Debug, Clone, Copy)]
pub struct Track<'a> {
    /// One or two characters at the left.
    pub label: &'a str,
    /// One value a position, NaN where not known.
    pub values: &'a [f64],
    /// The value of a full bar.
    pub top: f64,
}

#[derive(Debug, Clone, Copy)]
pub struct HeatMap<'a> {
    /// (L, 20), columns in the order of [`AminoAcid::ALL`]; NaN is hatched.
    pub score: &'a Matrix,
    /// The residue at each position.
    pub wild_type: &'a [Option<AminoAcid>],
    /// Rows from top to bottom.
    pub order: &'a [AminoAcid; 20],
    /// Positions shown, from and to (exclusive).
    pub window: (usize, usize),
    /// The score that has the strongest colour.
    pub limit: f64,
    /// Whether a larger score means more damage: damage is drawn red either way.
    pub high_is_damaging: bool,
    /// The cell of the cursor.
    pub cursor: Option<(usize, AminoAcid)>,
    pub marked: &'a [(usize, AminoAcid)],
    /// Author numbers; may be empty.
    pub numbers: &'a [i32],
    /// May be empty.
    pub secondary: &'a [SecondaryStructure],
    /// May be empty.
    pub bonded: &'a [bool],
    /// Where chains begin; may be empty.
    pub divisions: &'a [Division],
    /// Positions at which two windows of a long sequence meet.
    pub seams: &'a [usize],
    pub tracks: &'a [Track<'a>],
    /// Mean score of each position, for the overview strip; may be empty.
    pub means: &'a [f64],
    /// Method and unit, beside the legend.
    pub label: &'a str,
    pub theme: &'a Theme,
}

impl<'a> HeatMap<'a> {
    /// A map with nothing else.
    #[must_use]
    pub fn new(score: &'a Matrix, wild_type: &'a [Option<AminoAcid>], theme: &'a Theme) -> Self {
        Self {
            score,
            wild_type,
            order: &AminoAcid::BY_PROPERTY,
            window: (0, score.rows()),
            limit: 1.0,
            high_is_damaging: false,
            cursor: None,
            marked: &[],
            numbers: &[],
            secondary: &[],
            bonded: &[],
            divisions: &[],
            seams: &[],
            tracks: &[],
            means: &[],
            label: "",
            theme,
        }
    }

    /// Positions that fit into `width` columns with one column each.
    #[must_use]
    pub fn capacity(width: u16) -> usize {
        usize::from(width.saturating_sub(layout::LEFT))
    }

    /// The position and amino acid under a cell. In the overview strip: the position, with the cursor's
    /// amino acid.
    #[must_use]
    pub fn hit(&self, area: Rect, column: u16, row: u16) -> Option<(usize, AminoAcid)> {
        if !area.contains((column, row).into()) {
            return None;
        }
        let layout = self.layout(area.width, area.height);
        let x = (column - area.x).checked_sub(layout.left)?;
        let y = row - area.y;
        if layout.overview == Some(y) {
            let all = Columns::new(0..self.score.rows(), area.width - layout.left, 1);
            let residues = all.residues(x);
            let amino_acid = self.cursor.map_or(self.order[0], |(_, a)| a);
            return (!residues.is_empty()).then_some((residues.start, amino_acid));
        }
        let residues = layout.columns.residues(x);
        let amino_acid = layout.amino_acid_at(y, self.order)?;
        (!residues.is_empty()).then(|| (residues.start + (residues.len() - 1) / 2, amino_acid))
    }

    /// The mean score of the positions of a column; NaN where none is scored.
    fn score_of(&self, positions: Range<usize>, amino_acid: AminoAcid) -> f64 {
        let (mut sum, mut known) = (0.0, 0.0);
        for position in positions.start..positions.end.min(self.score.rows()) {
            let value = self.score[(position, amino_acid.index())];
            if !value.is_nan() && self.wild_type.get(position) != Some(&Some(amino_acid)) {
                sum += value;
                known += 1.0;
            }
        }
        sum / known
    }

    /// The shade of a score: red = damaging.
    fn shade(&self, score: f64) -> Shade {
        let signed = if self.high_is_damaging { score } else { -score };
        self.theme.diverging.around_zero(signed, self.limit)
    }

    fn is_wild_type(&self, positions: &Range<usize>, amino_acid: AminoAcid) -> bool {
        positions.len() == 1 && self.wild_type.get(positions.start) == Some(&Some(amino_acid))
    }

    fn is_cursor(&self, positions: &Range<usize>, amino_acid: AminoAcid) -> bool {
        self.cursor
            .is_some_and(|(p, a)| positions.contains(&p) && a == amino_acid)
    }

    fn is_marked(&self, positions: &Range<usize>, amino_acid: AminoAcid) -> bool {
        positions
            .clone()
            .any(|p| self.marked.binary_search(&(p, amino_acid)).is_ok())
    }

    fn draw_head(&self, pen: &mut Pen<'_>, layout: &Layout) {
        let (theme, x) = (self.theme, layout.left);
        let cursor = self.cursor.map(|(p, _)| p);
        if let Some(y) = layout.ruler {
            ruler(
                pen,
                (x, y),
                &layout.columns,
                self.numbers,
                cursor,
                self.divisions,
                theme,
            );
        }
        if let Some(y) = layout.letters {
            self.draw_letters(pen, layout, y);
        }
        if let Some(y) = layout.secondary {
            secondary_track(
                pen,
                x,
                y,
                &layout.columns,
                self.secondary,
                self.bonded,
                theme,
            );
        }
        for (track, y) in self.tracks.iter().zip(layout.tracks.clone()) {
            pen.text(0, y, track.label, theme.style(Role::Dim));
            for column in 0..layout.columns.width() {
                let value = largest(track.values, layout.columns.residues(column));
                if let Some(cell) = pen.cell(x + column, y) {
                    if value.is_nan() {
                        theme.missing(cell);
                    } else {
                        let t = value / track.top;
                        cell.set_char(
                            theme
                                .glyphs
                                .eighths((t * 8.0).ceil().clamp(1.0, 8.0) as usize),
                        );
                        cell.set_fg(theme.motion.shade(t).color);
                    }
                }
            }
        }
    }

    fn draw_letters(&self, pen: &mut Pen<'_>, layout: &Layout, y: u16) {
        for column in 0..layout.columns.width() {
            let positions = layout.columns.residues(column);
            let first = layout
                .columns
                .columns(positions.start)
                .is_none_or(|c| c.start == column);
            let letter = match self.wild_type.get(positions.start).copied().flatten() {
                _ if positions.len() > 1 => self.theme.glyphs.choose('·', '.'),
                Some(a) if first => a.letter(),
                None if first => 'X',
                _ => ' ',
            };
            let is_cursor = self.cursor.is_some_and(|(p, _)| positions.contains(&p));
            let is_seam = self.seams.iter().any(|s| positions.contains(s));
            let role = match (is_cursor, is_seam) {
                (true, _) => Role::Cursor,
                (_, true) => Role::Warning,
                _ => Role::Text,
            };
            pen.put(layout.left + column, y, letter, self.theme.style(role));
        }
    }

    fn draw_overview(&self, pen: &mut Pen<'_>, layout: &Layout, y: u16) {
        let theme = self.theme;
        let all = Columns::new(
            0..self.means.len(),
            pen.width().saturating_sub(layout.left),
            1,
        );
        if layout.left >= 3 {
            pen.text(0, y, "avg", theme.style(Role::Dim));
        }
        let window = layout.columns.window();
        for column in 0..all.width() {
            let positions = all.residues(column);
            let value = strongest(self.means, positions.clone());
            let seen = positions.start < window.end && window.start < positions.end;
            let has_cursor = self.cursor.is_some_and(|(p, _)| positions.contains(&p));
            let Some(cell) = pen.cell(layout.left + column, y) else {
                continue;
            };
            if value.is_nan() {
                theme.missing(cell);
            } else {
                theme.fill(cell, self.shade(value));
            }
            if has_cursor {
                cell.set_char(theme.glyphs.mark())
                    .set_style(theme.style(Role::Cursor));
            } else if seen {
                let line = theme.glyphs.choose('▔', '^');
                cell.set_char(line).set_fg(theme.color(Role::Accent));
            }
        }
    }

    fn draw_legend(&self, pen: &mut Pen<'_>, y: u16) {
        let value = number(self.limit);
        let (low, high) = if self.high_is_damaging {
            (format!("-{value}"), format!("+{value} damaging"))
        } else {
            (format!("+{value}"), format!("-{value} damaging"))
        };
        let legend = Legend {
            scale: Scale::Diverging(&self.theme.diverging),
            low: &low,
            high: &high,
            note: self.label,
            theme: self.theme,
        };
        legend.draw(pen, y);
    }
}

impl Widget for &HeatMap<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Some(mut pen) = Pen::new(buf, area) else {
            return;
        };
        let layout = self.layout(pen.width(), pen.height());
        self.draw_head(&mut pen, &layout);
        self.draw_body(&mut pen, &layout);
        if let Some(y) = layout.overview {
            self.draw_overview(&mut pen, &layout, y);
        }
        if let Some(y) = layout.legend {
            self.draw_legend(&mut pen, y);
        }
    }
}

fn largest(values: &[f64], positions: Range<usize>) -> f64 {
    let end = positions.end.min(values.len());
    let known = values.get(positions.start..end).unwrap_or_default();
    known.iter().copied().fold(f64::NAN, f64::max)
}

/// The value furthest from zero.
fn strongest(values: &[f64], positions: Range<usize>) -> f64 {
    let end = positions.end.min(values.len());
    let known = values.get(positions.start..end).unwrap_or_default();
    known
        .iter()
        .copied()
        .fold(f64::NAN, |a, b| if a.abs() >= b.abs() { a } else { b })
}

/// A colour for a cell of which only the upper or lower half is known.
fn half_or_paper(color: Option<Color>) -> Color {
    color.unwrap_or(Color::Reset)
}

#[cfg(test)]
mod tests;

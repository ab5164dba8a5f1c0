//! Which parts of the map fit, and where: the parts around the body give way first.

use std::ops::Range;

use super::HeatMap;
use crate::protein::AminoAcid;
use crate::ui::widgets::columns::Columns;

/// Columns for the names of the rows.
pub(super) const LEFT: u16 = 3;

/// How the twenty rows are fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// That many cells high each, from the first of the order on.
    Whole(u16),
    Halves,
    /// One a cell, from that one on.
    From(usize),
}

/// Rows of cells from the top of the area.
pub(super) struct Layout {
    pub left: u16,
    pub columns: Columns,
    pub ruler: Option<u16>,
    pub letters: Option<u16>,
    pub secondary: Option<u16>,
    pub tracks: Range<u16>,
    pub body: Range<u16>,
    pub rows: Rows,
    pub overview: Option<u16>,
    pub legend: Option<u16>,
}

impl Layout {
    /// The amino acid of a row of cells (the upper one of two).
    pub fn amino_acid_at(&self, y: u16, order: &[AminoAcid; 20]) -> Option<AminoAcid> {
        if !self.body.contains(&y) {
            return None;
        }
        let at = usize::from(y - self.body.start);
        let row = match self.rows {
            Rows::Whole(cells) => at / usize::from(cells.max(1)),
            Rows::Halves => 2 * at,
            Rows::From(first) => first + at,
        };
        order.get(row).copied()
    }
}

impl HeatMap<'_> {
    pub(super) fn layout(&self, width: u16, height: u16) -> Layout {
        let left = if width > LEFT + 3 { LEFT } else { 0 };
        let to = self.window.1.min(self.score.rows());
        let halves = self.theme.has_halves();
        // What is beside the body, most wanted first.
        let letters = height >= 4;
        let free = height - u16::from(letters);
        let body = match free {
            22.. => 20,
            10.. if halves => 10,
            _ => free - free / 4,
        };
        let mut spare = free - body;
        let mut take = |wanted: bool| {
            let taken = wanted && spare > 0;
            spare -= u16::from(taken);
            taken
        };
        let ruler = take(!self.numbers.is_empty());
        let legend = take(true);
        let secondary = take(!self.secondary.is_empty());
        let overview = take(self.means.len() > 1);
        let tracks = (0..self.tracks.len()).filter(|_| take(true)).count() as u16;

        let mut y = 0;
        let mut line = |there: bool| {
            y += u16::from(there);
            there.then(|| y - 1)
        };
        let (ruler, letters, secondary) = (line(ruler), line(letters), line(secondary));
        let tracks = y..y + tracks;
        let below = u16::from(overview) + u16::from(legend);
        let (rows, used) = self.rows(height - tracks.end - below, halves);
        let body = tracks.end..tracks.end + used;
        let overview = overview.then_some(body.end);
        Layout {
            left,
            columns: Columns::new(self.window.0.min(to)..to, width - left, 3),
            ruler,
            letters,
            secondary,
            tracks,
            legend: legend.then(|| body.end + u16::from(overview.is_some())),
            body,
            rows,
            overview,
        }
    }

    fn rows(&self, free: u16, halves: bool) -> (Rows, u16) {
        match free {
            20.. => (Rows::Whole((free / 20).min(2)), 20 * (free / 20).min(2)),
            10.. if halves => (Rows::Halves, 10),
            _ => {
                let at = self
                    .cursor
                    .and_then(|(_, a)| self.order.iter().position(|o| *o == a));
                let first = at.unwrap_or(0).saturating_sub(usize::from(free) / 2);
                (
                    Rows::From(first.min(20usize.saturating_sub(usize::from(free)))),
                    free,
                )
            }
        }
    }
}

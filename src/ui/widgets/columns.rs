//! Which residues a column of cells shows, and which columns a residue has: shared by every view
//! along the sequence, so that they line up.

use std::ops::Range;

/// Where a chain or a domain begins, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    pub at: usize,
    pub name: String,
}

impl Division {
    #[must_use]
    pub fn new(at: usize, name: &str) -> Self {
        Self {
            at,
            name: name.to_owned(),
        }
    }
}

/// A window of residues over a number of columns. A residue has a whole number of columns, or a column
/// has several residues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    first: usize,
    count: usize,
    width: u16,
    cells: u16,
}

impl Columns {
    /// The residues of `window` over `width` columns, at most `widest` columns each.
    #[must_use]
    pub fn new(window: Range<usize>, width: u16, widest: u16) -> Self {
        let count = window.len();
        let cells = usize::from(width).checked_div(count).unwrap_or(1);
        let cells = cells.clamp(1, usize::from(widest.max(1))) as u16;
        Self {
            first: window.start,
            count,
            width: width.min((count * usize::from(cells)).min(usize::from(u16::MAX)) as u16),
            cells,
        }
    }

    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    #[must_use]
    pub fn cells(&self) -> u16 {
        self.cells
    }

    #[must_use]
    pub fn window(&self) -> Range<usize> {
        self.first..self.first + self.count
    }

    /// Most residues that one column shows.
    #[must_use]
    pub fn per_column(&self) -> usize {
        self.count.div_ceil(usize::from(self.width.max(1))).max(1)
    }

    /// Residues of a column; empty right of the last.
    #[must_use]
    pub fn residues(&self, column: u16) -> Range<usize> {
        if column >= self.width {
            return self.first..self.first;
        }
        let (column, width) = (usize::from(column), usize::from(self.width));
        if self.count <= width {
            let residue = self.first + column / usize::from(self.cells);
            return residue..residue + 1;
        }
        self.first + column * self.count / width..self.first + (column + 1) * self.count / width
    }

    /// The columns of a residue; `None` outside the window.
    #[must_use]
    pub fn columns(&self, residue: usize) -> Option<Range<u16>> {
        if !self.window().contains(&residue) || self.width == 0 {
            return None;
        }
        let (at, width) = (residue - self.first, usize::from(self.width));
        if self.count <= width {
            let start = at as u16 * self.cells;
            return Some(start..start + self.cells);
        }
        let column = ((at + 1) * width).div_ceil(self.count).saturating_sub(1) as u16;
        Some(column..column + 1)
    }
}

/// The first of 1, 2, 5, 10, 20, 50 … that is at least `least`.
#[must_use]
pub fn round_step(least: usize) -> i32 {
    let decades = (0..9).flat_map(|d| [1, 2, 5].map(|s| s * 10i32.pow(d)));
    let enough = |step: &i32| usize::try_from(*step).is_ok_and(|s| s >= least);
    decades.into_iter().find(enough).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residues_and_columns_agree() {
        for count in [0, 1, 3, 40, 79, 80, 81, 333, 2000] {
            for width in [0u16, 1, 7, 80, 200] {
                let c = Columns::new(5..5 + count, width, 4);
                for residue in c.window() {
                    let Some(columns) = c.columns(residue) else {
                        assert_eq!(width, 0);
                        continue;
                    };
                    for column in columns {
                        assert!(
                            c.residues(column).contains(&residue),
                            "{count} {width} {residue}"
                        );
                    }
                }
                let shown: usize = (0..c.width())
                    .step_by(usize::from(c.cells()))
                    .map(|x| c.residues(x).len())
                    .sum();
                assert!(c.width() <= width);
                assert!(width == 0 || shown == count, "{count} {width}: {shown}");
                assert!(c.residues(c.width()).is_empty());
            }
        }
    }

    #[test]
    fn steps_are_round() {
        assert_eq!(
            [1, 2, 3, 6, 11, 21, 51, 700].map(round_step),
            [1, 2, 5, 10, 20, 50, 100, 1000]
        );
    }
}

//! Overlapping windows over a sequence that is too long to be read whole.

use std::ops::Range;

use crate::models::tokenizer::{Token, tokenize};

/// Residues that the published models were trained on; windows are not longer.
const TRAINED_LENGTH: usize = 1022;

/// The windows of a sequence, and which of them a residue belongs to: where it is most central.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    starts: Vec<usize>,
    width: usize,
    length: usize,
}

impl Windows {
    /// One window where the sequence fits, else windows that overlap by half.
    pub fn new(length: usize, longest: Option<usize>, fitting_tokens: usize) -> Self {
        let fits = fitting_tokens.saturating_sub(2).max(2);
        let limit = longest.map_or(fits, |l| l.clamp(2, fits));
        if length <= limit {
            return Self {
                starts: vec![0],
                width: length,
                length,
            };
        }
        let width = limit.min(TRAINED_LENGTH);
        let count = (length - width).div_ceil(width / 2) + 1;
        let starts = (0..count)
            .map(|i| i * (length - width) / (count - 1))
            .collect();
        Self {
            starts,
            width,
            length,
        }
    }

    /// Number of windows.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// Residues of a window.
    pub fn range(&self, window: usize) -> Range<usize> {
        let start = self.starts[window];
        start..start + self.width
    }

    /// Tokens of a window, `<cls>` and `<eos>` included.
    pub fn tokens(&self, window: usize, letters: &str) -> Vec<Token> {
        tokenize(&letters[self.range(window)])
    }

    /// The window in which a residue is most central, the earlier of two.
    pub fn of(&self, position: usize) -> usize {
        let off_centre = |&window: &usize| {
            let range = self.range(window);
            (2 * position + 1).abs_diff(range.start + range.end)
        };
        let covering = (0..self.count()).filter(|&w| self.range(w).contains(&position));
        covering.min_by_key(off_centre).unwrap_or(0)
    }

    /// Positions whose window is another than that of the position before.
    pub fn seams(&self) -> Vec<usize> {
        (1..self.length)
            .filter(|&i| self.of(i) != self.of(i - 1))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_that_fits_has_one_window_and_no_seam() {
        let windows = Windows::new(3000, None, 10_000);
        assert_eq!((windows.count(), windows.range(0)), (1, 0..3000));
        assert!(windows.seams().is_empty());
        assert_eq!(Windows::new(1, None, 3).range(0), 0..1);
    }

    #[test]
    fn windows_cover_everything_overlap_and_centre() {
        for (length, longest) in [
            (3000, Some(1022)),
            (25, Some(10)),
            (11, Some(10)),
            (2000, None),
        ] {
            let windows = Windows::new(length, longest, 1500);
            assert!(windows.count() > 1);
            assert_eq!(windows.range(0).start, 0);
            assert_eq!(windows.range(windows.count() - 1).end, length);
            for i in 0..length {
                let range = windows.range(windows.of(i));
                assert!(range.contains(&i));
                let margin = (i - range.start).min(range.end - 1 - i);
                let inner = i >= windows.width / 4 && i < length - windows.width / 4;
                assert!(!inner || margin + 1 >= windows.width / 4, "{length} {i}");
            }
            assert_eq!(windows.seams().len(), windows.count() - 1);
        }
    }
}

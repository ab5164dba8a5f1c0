//! Writing into a part of a buffer by its own coordinates, clipped to it.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthChar;

/// A clipped view of a buffer: (0, 0) is the top left of its area.
pub(super) struct Pen<'b> {
    buffer: &'b mut Buffer,
    area: Rect,
}

impl<'b> Pen<'b> {
    /// A pen for the part of `area` that lies in the buffer; `None` where nothing does.
    pub fn new(buffer: &'b mut Buffer, area: Rect) -> Option<Self> {
        let area = area.intersection(*buffer.area());
        (!area.is_empty()).then_some(Self { buffer, area })
    }

    pub fn width(&self) -> u16 {
        self.area.width
    }

    pub fn height(&self) -> u16 {
        self.area.height
    }

    /// A pen for a part of this one, in its coordinates.
    pub fn part(&mut self, x: u16, y: u16, width: u16, height: u16) -> Option<Pen<'_>> {
        let part = Rect::new(
            self.area.x.saturating_add(x),
            self.area.y.saturating_add(y),
            width,
            height,
        )
        .intersection(self.area);
        Pen::new(self.buffer, part)
    }

    pub fn cell(&mut self, x: u16, y: u16) -> Option<&mut Cell> {
        if x >= self.area.width || y >= self.area.height {
            return None;
        }
        self.buffer.cell_mut((self.area.x + x, self.area.y + y))
    }

    pub fn put(&mut self, x: u16, y: u16, character: char, style: Style) {
        if let Some(cell) = self.cell(x, y) {
            cell.set_char(character).set_style(style);
        }
    }

    /// Writes text from (x, y) to the right, as much as fits; the column after it.
    pub fn text(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        let mut at = x;
        for character in text.chars() {
            let width = character.width().unwrap_or(0) as u16;
            if width == 0 {
                continue;
            }
            if at.saturating_add(width) > self.area.width {
                break;
            }
            self.put(at, y, character, style);
            for covered in 1..width {
                if let Some(cell) = self.cell(at + covered, y) {
                    cell.reset();
                }
            }
            at += width;
        }
        at
    }

    /// Writes text that ends before column `end`.
    pub fn text_before(&mut self, end: u16, y: u16, text: &str, style: Style) {
        let width = width_of(text);
        self.text(end.saturating_sub(width), y, text, style);
    }

    /// Paints the style over a row.
    pub fn paint_row(&mut self, y: u16, style: Style) {
        for x in 0..self.area.width {
            if let Some(cell) = self.cell(x, y) {
                cell.set_style(style);
            }
        }
    }
}

/// Columns that a text takes.
pub(super) fn width_of(text: &str) -> u16 {
    text.chars()
        .map(|c| c.width().unwrap_or(0))
        .sum::<usize>()
        .min(usize::from(u16::MAX)) as u16
}

/// The text cut to `width` columns, its end replaced by `…` (or `~`) where it is longer.
pub(super) fn shortened(text: &str, width: u16, ellipsis: char) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for character in text.chars() {
        let next = used + character.width().unwrap_or(0) as u16;
        if next + 1 > width {
            break;
        }
        cut.push(character);
        used = next;
    }
    if width > 0 {
        cut.push(ellipsis);
    }
    cut
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_outside() {
        let mut buffer = Buffer::empty(Rect::new(2, 2, 4, 2));
        let mut pen = Pen::new(&mut buffer, Rect::new(0, 0, 5, 3)).unwrap();
        assert_eq!((pen.width(), pen.height()), (3, 1));
        assert_eq!(pen.text(1, 0, "abc", Style::new()), 3);
        pen.text(0, 9, "x", Style::new());
        assert!(pen.part(7, 7, 1, 1).is_none());
        assert_eq!(buffer[(3, 2)].symbol(), "a");
        assert_eq!(buffer[(5, 2)].symbol(), " ");
        assert!(Pen::new(&mut buffer, Rect::new(9, 9, 4, 4)).is_none());
    }

    #[test]
    fn long_text_ends_in_an_ellipsis() {
        assert_eq!(shortened("adenylate", 5, '…'), "aden…");
        assert_eq!(shortened("abc", 3, '…'), "abc");
        assert_eq!(shortened("abc", 0, '…'), "");
        assert_eq!(shortened("日本語", 4, '…'), "日…");
    }
}

//! A picture of dots, 2 × 4 a cell, shown in braille or in the nearest ASCII.

use ratatui::style::Color;

use super::pen::Pen;
use crate::ui::glyphs::Glyphs;

/// Dots over an area of cells; a cell has one colour, that of its last dot.
pub(super) struct Dots {
    width: usize,
    height: usize,
    bits: Vec<u8>,
    colors: Vec<Color>,
}

/// The bit of a dot by row and column (U+2800 + bits).
pub(super) const BRAILLE: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Dots {
    pub fn new(width: u16, height: u16) -> Self {
        let (width, height) = (usize::from(width), usize::from(height));
        Self {
            width,
            height,
            bits: vec![0; width * height],
            colors: vec![Color::Reset; width * height],
        }
    }

    pub fn set(&mut self, x: i32, y: i32, color: Color) {
        if x < 0 || y < 0 {
            return;
        }
        let (x, y) = (x as usize, y as usize);
        if x >= 2 * self.width || y >= 4 * self.height {
            return;
        }
        let at = y / 4 * self.width + x / 2;
        self.bits[at] |= BRAILLE[y % 4][x % 2];
        self.colors[at] = color;
    }

    /// A line from one dot to another.
    pub fn line(&mut self, from: (i32, i32), to: (i32, i32), color: Color) {
        let steps = (to.0 - from.0)
            .abs()
            .max((to.1 - from.1).abs())
            .clamp(1, 100_000);
        for i in 0..=steps {
            let t = f64::from(i) / f64::from(steps);
            let at = |a: i32, b: i32| (f64::from(a) + f64::from(b - a) * t).round() as i32;
            self.set(at(from.0, to.0), at(from.1, to.1), color);
        }
    }

    /// Draws the cells that have dots.
    pub fn draw(&self, pen: &mut Pen<'_>, glyphs: Glyphs) {
        for (at, &bits) in self.bits.iter().enumerate().filter(|(_, bits)| **bits != 0) {
            let (x, y) = ((at % self.width) as u16, (at / self.width) as u16);
            if let Some(cell) = pen.cell(x, y) {
                cell.set_char(character(bits, glyphs))
                    .set_fg(self.colors[at]);
            }
        }
    }
}

/// The character that shows those dots.
pub(super) fn character(bits: u8, glyphs: Glyphs) -> char {
    if glyphs.is_ascii() {
        return ascii(bits);
    }
    char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ')
}

fn ascii(bits: u8) -> char {
    let rows: u8 = (0..4)
        .filter(|&r| bits & (BRAILLE[r][0] | BRAILLE[r][1]) != 0)
        .map(|r| 1 << r)
        .sum();
    match (rows, bits.count_ones()) {
        (0, _) => ' ',
        (0b0001, _) => '\'',
        (0b0010 | 0b0100 | 0b0110 | 0b0011, _) => '-',
        (0b1000 | 0b1100, _) => '_',
        (_, 0..=5) => '|',
        _ => '#',
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn a_line_joins_its_ends() {
        let mut dots = Dots::new(3, 1);
        dots.line((0, 0), (5, 3), Color::Red);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        dots.draw(
            &mut Pen::new(&mut buffer, Rect::new(0, 0, 3, 1)).unwrap(),
            Glyphs::Unicode,
        );
        assert_eq!(buffer[(0, 0)].symbol(), "⠑");
        assert_eq!(buffer[(2, 0)].symbol(), "⢄");
        assert_eq!(buffer[(1, 0)].fg, Color::Red);
        dots.set(-1, 0, Color::Red);
        dots.set(99, 99, Color::Red);
    }
}

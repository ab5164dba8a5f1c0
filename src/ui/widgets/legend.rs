//! What colours mean: a strip of the scale between its ends.
//!
//! ```text
//! rigid 0 ▒▒▒▒▓▓▓▓████ 2.5 Å mobile      -1 ≡≡==--  ░░▒▒██ +1
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::pen::{Pen, width_of};
use crate::ui::color_scale::{Diverging, Sequential, Shade};
use crate::ui::theme::{Role, Theme};

/// The scale of a legend.
#[derive(Debug, Clone, Copy)]
pub enum Scale<'a> {
    Sequential(&'a Sequential),
    Diverging(&'a Diverging),
    /// Around zero, drawn from plus to minus: the colours of a score whose minus is the red end.
    Reversed(&'a Diverging),
}

impl Scale<'_> {
    /// The shade at `t` of the strip, 0 = left, 1 = right.
    fn shade(&self, t: f64) -> Shade {
        match self {
            Self::Sequential(s) => s.shade(t),
            Self::Diverging(s) | Self::Reversed(s) => s.shade(2.0 * t - 1.0),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Legend<'a> {
    pub scale: Scale<'a>,
    pub low: &'a str,
    pub high: &'a str,
    /// Right of everything, where there is room.
    pub note: &'a str,
    pub theme: &'a Theme,
}

impl Legend<'_> {
    pub(super) fn draw(&self, pen: &mut Pen<'_>, y: u16) {
        let dim = self.theme.style(Role::Dim);
        let labels = width_of(self.low) + width_of(self.high) + 2;
        let free = pen.width().saturating_sub(labels);
        // The strip gives way to the note down to 8 columns.
        let beside_note = free.saturating_sub(width_of(self.note) + 2);
        let strip = if beside_note >= 8 { beside_note } else { free }.min(24);
        if strip < 3 {
            pen.text(0, y, self.high, dim);
            return;
        }
        let start = pen.text(0, y, self.low, dim) + u16::from(!self.low.is_empty());
        for x in 0..strip {
            let t = f64::from(x) / f64::from(strip - 1);
            if let Some(cell) = pen.cell(start + x, y) {
                self.theme.fill(cell, self.scale.shade(t));
            }
        }
        let end = pen.text(start + strip + 1, y, self.high, dim);
        if end + 2 + width_of(self.note) <= pen.width() {
            pen.text(end + 2, y, self.note, dim);
        }
    }
}

impl Widget for &Legend<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        if let Some(mut pen) = Pen::new(buf, area) {
            self.draw(&mut pen, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::{ascii, draw, every_size, lines, themes, truecolor};

    #[test]
    fn both_ends_have_their_colour() {
        let theme = truecolor();
        let legend = Legend {
            scale: Scale::Diverging(&theme.diverging),
            low: "-1",
            high: "+1",
            note: "correlation",
            theme: &theme,
        };
        let buffer = draw(&legend, 40, 1);
        assert_eq!(buffer[(3, 0)].bg, theme.diverging.shade(-1.0).color);
        assert_eq!(buffer[(23, 0)].bg, theme.diverging.shade(1.0).color);
        assert!(lines(&buffer)[0].ends_with("+1  correlation"));
        let theme = ascii();
        let plain = Legend {
            scale: Scale::Diverging(&theme.diverging),
            theme: &theme,
            ..legend
        };
        assert_eq!(lines(&draw(&plain, 21, 1))[0], "-1 EEE==-- ++**### +1");
    }

    #[test]
    fn every_terminal_and_size() {
        for theme in themes() {
            let legend = Legend {
                scale: Scale::Sequential(&theme.motion),
                low: "rigid",
                high: "mobile",
                note: "",
                theme: &theme,
            };
            every_size(|area, buffer| (&legend).render(area, buffer));
        }
    }
}

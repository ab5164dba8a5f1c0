//! A framed list over the panels, one line of it chosen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, BorderType, Clear, Widget as _};

use super::text;
use crate::ui::theme::{Role, Theme};

pub(super) struct Popup {
    pub outer: Rect,
    pub list: Rect,
    pub first: usize,
}

impl Popup {
    /// Of that width and height, `head` rows above the list, so that the chosen line is seen.
    pub fn new(area: Rect, (width, height): (u16, u16), head: u16, selected: usize) -> Self {
        let outer = Rect {
            x: area.x + (area.width - width) / 2,
            y: area.y + (area.height - height) / 3,
            width,
            height,
        };
        let list = Rect {
            x: outer.x + 1,
            y: outer.y + 1 + head,
            width: width.saturating_sub(2),
            height: height.saturating_sub(2 + head),
        };
        Self {
            outer,
            list,
            first: (selected + 1).saturating_sub(usize::from(list.height.max(1))),
        }
    }

    /// Clears its place and draws the frame.
    pub fn draw(&self, theme: &Theme, title: &str, buf: &mut Buffer) {
        Clear.render(self.outer, buf);
        buf.set_style(self.outer, theme.style(Role::Screen));
        let block = Block::bordered().border_style(theme.style(Role::FocusBorder));
        let block = if theme.glyphs.is_ascii() {
            block.border_set(ASCII)
        } else {
            block.border_type(BorderType::Rounded)
        };
        block.render(self.outer, buf);
        let top = Rect {
            height: 1,
            ..self.outer
        };
        let title = format!(" {title} ");
        text::put(theme, top, 2, 0, &title, theme.style(Role::Title), buf);
    }

    /// The lines that are shown, each with its row in the list.
    pub fn shown<'a, T>(&self, lines: &'a [T]) -> impl Iterator<Item = (usize, u16, &'a T)> {
        let first = self.first;
        let shown = lines.iter().enumerate().skip(first);
        shown
            .take(usize::from(self.list.height))
            .map(move |(at, line)| (at, (at - first) as u16, line))
    }

    /// Says on the frame how many lines there are above and below those shown.
    pub fn draw_more(&self, count: usize, theme: &Theme, buf: &mut Buffer) {
        let below = count.saturating_sub(self.first + usize::from(self.list.height));
        let ends = [
            (self.outer.y, self.first, "above"),
            (self.outer.bottom().saturating_sub(1), below, "below"),
        ];
        for (y, more, where_) in ends.into_iter().filter(|(_, more, _)| *more > 0) {
            let line = Rect {
                y,
                height: 1,
                width: self.outer.width.saturating_sub(2),
                ..self.outer
            };
            let said = format!(" {more} more {where_} ");
            text::put_right(theme, line, 0, 0, &said, theme.style(Role::Key), buf);
        }
    }

    /// Paints the row of the chosen line.
    pub fn choose(&self, row: u16, theme: &Theme, buf: &mut Buffer) {
        let line = Rect {
            y: self.list.y + row,
            height: 1,
            ..self.list
        };
        buf.set_style(line, theme.style(Role::Selection));
    }

    /// The line that a cell is on, whether or not there is one.
    pub fn line_at(&self, column: u16, row: u16) -> Option<usize> {
        let inside = self.list.contains((column, row).into());
        inside.then(|| self.first + usize::from(row - self.list.y))
    }
}

const ASCII: ratatui::symbols::border::Set<'static> = ratatui::symbols::border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

//! The two lines at the foot of the screen: what is going on, and which keys help now.
//!
//! ```text
//!  learned · motion-1 · cpu f32          scanning 42 % · 0:07 left · 12 KB
//!  ? help  Tab panel  m mark  c colour  e expand  q quit
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::pen::{Pen, shortened, width_of};
use crate::ui::theme::{Role, Theme};

/// A part of the status line.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    /// The text.
    pub text: &'a str,
    /// Its style over the bar.
    pub role: Role,
    /// What is narrower drops the smallest first.
    pub priority: u8,
}

/// See the module: facts at the left, progress at the right.
#[derive(Debug, Clone, Copy)]
pub struct StatusLine<'a> {
    /// From the left.
    pub left: &'a [Segment<'a>],
    /// Up to the right end.
    pub right: &'a [Segment<'a>],
    /// Look.
    pub theme: &'a Theme,
}

impl StatusLine<'_> {
    /// The least priority that is shown in that width.
    fn least(&self, width: u16) -> u8 {
        let all = || {
            self.left
                .iter()
                .chain(self.right)
                .filter(|s| !s.text.is_empty())
        };
        let needed = |least: u8| {
            all()
                .filter(|s| s.priority >= least)
                .map(|s| width_of(s.text) + 3)
                .sum::<u16>()
        };
        let mut levels: Vec<u8> = all().map(|s| s.priority).collect();
        levels.sort_unstable();
        let highest = levels.last().copied().unwrap_or(0);
        levels
            .into_iter()
            .find(|least| needed(*least) <= width)
            .unwrap_or(highest)
    }

    fn draw(&self, pen: &mut Pen<'_>, segments: &[&Segment<'_>], mut x: u16) {
        let theme = self.theme;
        let bar = theme.style(Role::Bar);
        let between = theme.glyphs.text(" · ", " | ");
        for (index, segment) in segments.iter().enumerate() {
            if index > 0 {
                x = pen.text(
                    x,
                    0,
                    between,
                    bar.patch(theme.style(Role::Dim))
                        .bg(bar.bg.unwrap_or_default()),
                );
            }
            let style = if segment.role == Role::Text {
                bar
            } else {
                bar.patch(theme.style(segment.role))
            };
            let text = shortened(
                segment.text,
                pen.width().saturating_sub(x),
                theme.glyphs.choose('…', '~'),
            );
            x = pen.text(x, 0, &text, style);
        }
    }
}

impl Widget for &StatusLine<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Some(mut pen) = Pen::new(buf, area) else {
            return;
        };
        let bar = self.theme.style(Role::Bar);
        for x in 0..pen.width() {
            pen.put(x, 0, ' ', bar);
        }
        let least = self.least(pen.width());
        let shown = |segments: &'_ [Segment<'_>]| -> Vec<usize> {
            (0..segments.len())
                .filter(|i| segments[*i].priority >= least && !segments[*i].text.is_empty())
                .collect()
        };
        let (left, right) = (shown(self.left), shown(self.right));
        let right: Vec<&Segment<'_>> = right.iter().map(|i| &self.right[*i]).collect();
        let left: Vec<&Segment<'_>> = left.iter().map(|i| &self.left[*i]).collect();
        let wide: u16 = right
            .iter()
            .map(|s| width_of(s.text) + 3)
            .sum::<u16>()
            .saturating_sub(2);
        self.draw(&mut pen, &left, 1);
        if !right.is_empty() {
            let start = pen.width().saturating_sub(wide);
            self.draw(&mut pen, &right, start);
        }
    }
}

/// The keys that help now: as many as fit.
#[derive(Debug, Clone, Copy)]
pub struct HintBar<'a> {
    /// Key and what it does, most wanted first.
    pub hints: &'a [(&'a str, &'a str)],
    /// Look.
    pub theme: &'a Theme,
}

impl HintBar<'_> {
    fn places(&self, width: u16) -> Vec<(usize, u16)> {
        let mut x = 1;
        let mut places = Vec::new();
        for (index, (key, label)) in self.hints.iter().enumerate() {
            let wide = width_of(key) + 1 + width_of(label);
            if x + wide <= width {
                places.push((index, x));
                x += wide + 2;
            }
        }
        places
    }

    /// The hint under a cell.
    #[must_use]
    pub fn hit(&self, area: Rect, column: u16, row: u16) -> Option<usize> {
        if !area.contains((column, row).into()) {
            return None;
        }
        let x = column - area.x;
        let places = self.places(area.width);
        places
            .iter()
            .rev()
            .find(|(_, at)| x >= *at)
            .map(|(index, _)| *index)
    }
}

impl Widget for &HintBar<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Some(mut pen) = Pen::new(buf, area) else {
            return;
        };
        for (index, x) in self.places(pen.width()) {
            let (key, label) = self.hints[index];
            let x = pen.text(x, 0, key, self.theme.style(Role::Key));
            pen.text(x + 1, 0, label, self.theme.style(Role::Dim));
        }
    }
}

/// A small curve in one row.
#[derive(Debug, Clone, Copy)]
pub struct Sparkline<'a> {
    /// NaN is hatched.
    pub values: &'a [f64],
    /// Top of the row; `None` = the largest value.
    pub top: Option<f64>,
    /// Look.
    pub theme: &'a Theme,
}

impl Widget for &Sparkline<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Some(mut pen) = Pen::new(buf, area) else {
            return;
        };
        let theme = self.theme;
        let largest = || {
            self.values
                .iter()
                .copied()
                .filter(|v| v.is_finite())
                .fold(0.0, f64::max)
        };
        let top = self.top.unwrap_or_else(largest);
        let columns = super::Columns::new(0..self.values.len(), pen.width(), 1);
        for x in 0..columns.width() {
            let here = self.values.get(columns.residues(x)).unwrap_or_default();
            let value = here.iter().copied().fold(f64::NAN, f64::max);
            let Some(cell) = pen.cell(x, 0) else { continue };
            if value.is_nan() {
                theme.missing(cell);
                continue;
            }
            let t = if top > 0.0 { value / top } else { 0.0 };
            cell.set_char(
                theme
                    .glyphs
                    .eighths((t * 8.0).ceil().clamp(1.0, 8.0) as usize),
            );
            cell.set_fg(theme.motion.shade(t).color);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::{
        ascii, assert_ascii, draw, every_size, lines, themes, truecolor,
    };

    fn line<'a>(
        theme: &'a Theme,
        left: &'a [Segment<'a>],
        right: &'a [Segment<'a>],
    ) -> StatusLine<'a> {
        StatusLine { left, right, theme }
    }

    const LEFT: [Segment<'static>; 2] = [
        Segment {
            text: "1ake",
            role: Role::Accent,
            priority: 9,
        },
        Segment {
            text: "cpu f32",
            role: Role::Text,
            priority: 2,
        },
    ];
    const RIGHT: [Segment<'static>; 1] = [Segment {
        text: "scanning 42 %",
        role: Role::Warning,
        priority: 5,
    }];

    #[test]
    fn less_room_drops_the_least_wanted() {
        let theme = truecolor();
        let status = line(&theme, &LEFT, &RIGHT);
        assert_eq!(
            lines(&draw(&status, 40, 1))[0],
            " 1ake · cpu f32           scanning 42 %"
        );
        assert_eq!(lines(&draw(&status, 24, 1))[0], " 1ake     scanning 42 %");
        assert_eq!(lines(&draw(&status, 6, 1))[0], " 1ake");
    }

    #[test]
    fn hints_fit_and_answer_to_the_mouse() {
        let theme = truecolor();
        let bar = HintBar {
            hints: &[("?", "help"), ("Tab", "panel"), ("q", "quit")],
            theme: &theme,
        };
        assert_eq!(lines(&draw(&bar, 26, 1))[0], " ? help  Tab panel  q quit");
        assert_eq!(lines(&draw(&bar, 16, 1))[0], " ? help  q quit");
        assert_eq!(bar.hit(Rect::new(0, 0, 26, 1), 10, 0), Some(1));
    }

    #[test]
    fn every_terminal_and_size() {
        for theme in themes() {
            every_size(|area, buffer| (&line(&theme, &LEFT, &RIGHT)).render(area, buffer));
            every_size(|area, buffer| {
                (&HintBar {
                    hints: &[("?", "help")],
                    theme: &theme,
                })
                    .render(area, buffer);
            });
            let spark = Sparkline {
                values: &[0.0, 1.0, f64::NAN, 2.0],
                top: None,
                theme: &theme,
            };
            every_size(|area, buffer| (&spark).render(area, buffer));
        }
        let theme = ascii();
        assert_ascii(&draw(&line(&theme, &LEFT, &RIGHT), 40, 1));
    }
}

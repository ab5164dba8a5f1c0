//! The sequence with its numbers and secondary structure.
//!
//! ```text
//!          10        20        30    author numbers, last digit over its residue
//! MRIILLGAPGAGKGTQAQFIMEKYGIPQISTG   letters; cursor, selection and marks in their styles
//! ━━━━━►──≈≈≈≈≈≈≈≈≈≈≈≈≈╴ ━━━━►───   helix ≈, strand ━►, coil ─, chain break ╴
//! ```
//! Five rows and more wrap the sequence into blocks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::Widget;

use super::columns::{Columns, Division, round_step};
use super::pen::{Pen, width_of};
use crate::protein::SecondaryStructure;
use crate::ui::theme::{Glyphs, Role, Theme};

#[derive(Debug, Clone, Copy)]
pub struct SequenceStrip<'a> {
    pub letters: &'a [char],
    /// Author numbers; may be empty.
    pub numbers: &'a [i32],
    /// May be empty.
    pub secondary: &'a [SecondaryStructure],
    /// Whether residue i is bonded to i + 1; may be empty.
    pub bonded: &'a [bool],
    /// Marked residues; may be empty.
    pub marked: &'a [bool],
    /// A colour a residue for the letters; may be empty.
    pub colors: &'a [Color],
    /// Selected residues, from and to (exclusive).
    pub selection: Option<(usize, usize)>,
    /// Residues that are selected one by one; may be empty.
    pub selected: &'a [bool],
    /// Where chains begin; may be empty.
    pub divisions: &'a [Division],
    pub cursor: Option<usize>,
    pub start: usize,
    pub theme: &'a Theme,
}

impl<'a> SequenceStrip<'a> {
    /// A strip of letters with nothing else.
    #[must_use]
    pub fn new(letters: &'a [char], theme: &'a Theme) -> Self {
        Self {
            letters,
            numbers: &[],
            secondary: &[],
            bonded: &[],
            marked: &[],
            colors: &[],
            selection: None,
            selected: &[],
            divisions: &[],
            cursor: None,
            start: 0,
            theme,
        }
    }

    /// Rows of one block and blocks that fit.
    fn blocks(&self, height: u16) -> (u16, u16) {
        let rows = 1 + u16::from(!self.numbers.is_empty()) + u16::from(!self.secondary.is_empty());
        if height <= rows {
            return (height, 1);
        }
        (rows, ((height + 1) / (rows + 1)).max(1))
    }

    /// Residues that an area shows.
    #[must_use]
    pub fn capacity(&self, area: Rect) -> usize {
        usize::from(area.width) * usize::from(self.blocks(area.height).1)
    }

    /// The residue under a cell.
    #[must_use]
    pub fn hit(&self, area: Rect, column: u16, row: u16) -> Option<usize> {
        if !area.contains((column, row).into()) {
            return None;
        }
        let (rows, blocks) = self.blocks(area.height);
        let block = (row - area.y) / (rows + 1).max(1);
        let at = self.start
            + usize::from(block) * usize::from(area.width)
            + usize::from(column - area.x);
        (block < blocks && at < self.letters.len()).then_some(at)
    }

    fn letter_style(&self, residue: usize) -> Style {
        let theme = self.theme;
        let mut style = theme.style(Role::Text);
        if let (Some(&color), true) = (self.colors.get(residue), theme.has_color()) {
            style = style.fg(color);
        }
        if self.marked.get(residue).copied().unwrap_or(false) {
            style = style.patch(theme.style(Role::Mark));
        }
        if self
            .selection
            .is_some_and(|(from, to)| (from..to).contains(&residue))
            || self.selected.get(residue) == Some(&true)
        {
            style = style.patch(theme.style(Role::Selection));
        }
        if self.cursor == Some(residue) {
            style = style.patch(theme.style(Role::Cursor));
        }
        style
    }

    fn draw_block(&self, pen: &mut Pen<'_>, y: u16, rows: u16, from: usize) {
        let to = (from + usize::from(pen.width())).min(self.letters.len());
        let columns = Columns::new(from..to, pen.width(), 1);
        let has_ruler = !self.numbers.is_empty() && rows >= 2;
        let letters_at = y + u16::from(has_ruler);
        if has_ruler {
            ruler(
                pen,
                (0, y),
                &columns,
                self.numbers,
                self.cursor,
                self.divisions,
                self.theme,
            );
        }
        for (x, residue) in (from..to).enumerate() {
            pen.put(
                x as u16,
                letters_at,
                self.letters[residue],
                self.letter_style(residue),
            );
        }
        if !self.secondary.is_empty() && rows >= 2 + u16::from(has_ruler) {
            secondary_track(
                pen,
                0,
                letters_at + 1,
                &columns,
                self.secondary,
                self.bonded,
                self.theme,
            );
        }
    }
}

impl Widget for &SequenceStrip<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Some(mut pen) = Pen::new(buf, area) else {
            return;
        };
        let (rows, blocks) = self.blocks(pen.height());
        for block in 0..blocks {
            let from = self.start + usize::from(block) * usize::from(pen.width());
            if from < self.letters.len() {
                self.draw_block(&mut pen, block * (rows + 1), rows, from);
            }
        }
    }
}

/// Author numbers below columns that others draw.
#[derive(Debug, Clone, Copy)]
pub struct Ruler<'a> {
    pub columns: Columns,
    pub numbers: &'a [i32],
    pub cursor: Option<usize>,
    pub theme: &'a Theme,
}

impl Widget for &Ruler<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        if let Some(mut pen) = Pen::new(buf, area) {
            let (columns, numbers) = (&self.columns, self.numbers);
            ruler(
                &mut pen,
                (0, 0),
                columns,
                numbers,
                self.cursor,
                &[],
                self.theme,
            );
        }
    }
}

/// Author numbers over the columns from `x` on: round ones, as many as fit, and the cursor's; where a chain
/// begins, its name.
pub(super) fn ruler(
    pen: &mut Pen<'_>,
    (x, y): (u16, u16),
    columns: &Columns,
    numbers: &[i32],
    cursor: Option<usize>,
    divisions: &[Division],
    theme: &Theme,
) {
    let window = columns.window();
    let shown = numbers.get(window.clone()).unwrap_or_default();
    let widest = shown
        .iter()
        .map(|n| width_of(&n.to_string()))
        .max()
        .unwrap_or(1);
    let room = usize::from(widest + 2) * columns.per_column();
    let step = round_step(room.div_ceil(usize::from(columns.cells())).max(5));
    let mut taken: Vec<(u16, u16)> = Vec::new();
    let mut put = |(from, to): (u16, u16), text: &str, role: Role| {
        // One column between any two.
        if taken.iter().all(|(a, b)| to < *a || from > *b) {
            pen.text(x + from, y, text, theme.style(role));
            taken.push((from, to));
        }
    };
    let at_cursor = cursor.filter(|c| window.contains(c));
    if let Some((from, to, text)) = at_cursor.and_then(|c| place(columns, numbers, c)) {
        put((from, to), &text, Role::Cursor);
    }
    for division in divisions {
        if let Some(place) = columns.columns(division.at) {
            let end = place.start + width_of(&division.name);
            put((place.start, end), &division.name, Role::Title);
        }
    }
    for residue in window {
        let is_round = numbers
            .get(residue)
            .is_some_and(|n| n.rem_euclid(step) == 0);
        if let Some((from, to, text)) = place(columns, numbers, residue).filter(|_| is_round) {
            put((from, to), &text, Role::Dim);
        }
    }
}

/// The columns of a residue's number: its last digit is over the residue where there is room.
fn place(columns: &Columns, numbers: &[i32], residue: usize) -> Option<(u16, u16, String)> {
    let text = numbers.get(residue)?.to_string();
    let last = columns.columns(residue)?.end;
    let from = last.saturating_sub(width_of(&text));
    Some((from, from + width_of(&text), text))
}

/// Secondary structure along the columns from `x` on.
pub(super) fn secondary_track(
    pen: &mut Pen<'_>,
    x: u16,
    y: u16,
    columns: &Columns,
    secondary: &[SecondaryStructure],
    bonded: &[bool],
    theme: &Theme,
) {
    for column in 0..columns.width() {
        let residues = columns.residues(column);
        let Some(&here) = secondary.get(residues.start) else {
            break;
        };
        let is_break = residues.clone().any(|r| bonded.get(r) == Some(&false));
        let is_last_cell = columns.residues(column + 1).start != residues.start;
        let next = secondary.get(residues.end).copied();
        let (character, role) = if is_break && is_last_cell {
            (theme.glyphs.choose('╴', '|'), Role::Dim)
        } else {
            secondary_glyph(here, next.filter(|_| is_last_cell), theme.glyphs)
        };
        pen.put(x + column, y, character, theme.style(role));
    }
}

/// The character and style of a residue's secondary structure, given what follows.
#[must_use]
pub fn secondary_glyph(
    here: SecondaryStructure,
    next: Option<SecondaryStructure>,
    glyphs: Glyphs,
) -> (char, Role) {
    use SecondaryStructure as S;
    if glyphs.is_ascii() {
        let role = match here {
            S::AlphaHelix | S::Helix310 | S::PiHelix => Role::Helix,
            S::Strand | S::Bridge => Role::Strand,
            S::Turn | S::Bend | S::Coil => Role::Coil,
        };
        return (here.letter(), role);
    }
    match here {
        S::AlphaHelix => ('≈', Role::Helix),
        S::Helix310 | S::PiHelix => ('~', Role::Helix),
        S::Strand if next.is_some_and(|n| n != S::Strand) => ('►', Role::Strand),
        S::Strand => ('━', Role::Strand),
        S::Bridge => ('╾', Role::Strand),
        S::Turn | S::Bend | S::Coil => ('─', Role::Coil),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::ui::widgets::testing::{ascii, draw, every_size, lines, mono, truecolor};

    fn example(theme: &Theme) -> SequenceStrip<'_> {
        use SecondaryStructure::{AlphaHelix as H, Coil as C, Strand as E};
        SequenceStrip {
            numbers: &[-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 10],
            secondary: &[C, E, E, E, C, H, H, H, H, C, C, C],
            bonded: &[
                true, true, true, true, true, true, true, true, true, false, true,
            ],
            marked: &[
                false, false, true, false, false, false, false, false, false, false, false, false,
            ],
            cursor: Some(5),
            selection: Some((7, 9)),
            ..SequenceStrip::new(
                &['M', 'K', 'T', 'A', 'Y', 'I', 'A', 'K', 'Q', 'R', 'Q', 'I'],
                theme,
            )
        }
    }

    #[test]
    fn letters_numbers_and_structure() {
        let theme = truecolor();
        let buffer = draw(&example(&theme), 14, 3);
        assert_eq!(
            lines(&buffer),
            ["  0  3 5  10", "MKTAYIAKQRQI", "─━━►─≈≈≈≈╴──"]
        );
        assert_eq!(buffer[(5, 1)].bg, theme.style(Role::Cursor).bg.unwrap());
        assert_eq!(buffer[(2, 1)].fg, theme.color(Role::Mark));
        assert_eq!(buffer[(7, 1)].bg, theme.style(Role::Selection).bg.unwrap());
        assert_eq!(buffer[(6, 2)].fg, theme.color(Role::Helix));
    }

    #[test]
    fn wraps_and_points() {
        let theme = mono();
        let strip = example(&theme);
        let area = Rect::new(0, 0, 6, 7);
        let buffer = draw(&strip, 6, 7);
        assert_eq!(lines(&buffer)[5], "AKQRQI");
        assert_eq!(strip.capacity(area), 12);
        assert_eq!(strip.hit(area, 2, 5), Some(8));
        assert_eq!(strip.hit(area, 6, 5), None);
    }

    #[test]
    fn every_terminal_and_size() {
        for theme in [truecolor(), mono(), ascii()] {
            every_size(|area, buffer| (&example(&theme)).render(area, buffer));
            every_size(|area, buffer| (&SequenceStrip::new(&[], &theme)).render(area, buffer));
        }
        let theme = ascii();
        let all = lines(&draw(&example(&theme), 20, 3)).join("");
        assert!(all.is_ascii(), "{all}");
    }
}

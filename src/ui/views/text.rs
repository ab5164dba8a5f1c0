//! Lines of text and the rules above panels.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::app::state::State;
use crate::ui::theme::{Role, Theme};
use crate::ui::widgets::Division;

/// Where the chains of what is open begin, by name; none where there is one chain.
pub(super) fn divisions(state: &State) -> Vec<Division> {
    let Some(subject) = state.desk.subject.as_ref().filter(|s| s.chains.len() > 1) else {
        return Vec::new();
    };
    let mut found: Vec<Division> = Vec::with_capacity(subject.chains.len());
    for (index, chain) in subject.chain_of.iter().enumerate() {
        if found.len() == *chain {
            found.push(Division::new(index, &subject.chains[*chain]));
        }
    }
    found
}

/// Text that the terminal can show: where only ASCII can, the characters of this program are replaced.
pub(super) fn plain(theme: &Theme, text: &str) -> String {
    if !theme.glyphs.is_ascii() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'Å' => out.push('A'),
            'Δ' => out.push('d'),
            'ρ' => out.push_str("rho"),
            'α' => out.push('a'),
            '·' => out.push('|'),
            '×' => out.push('x'),
            '²' => out.push('2'),
            '±' => out.push_str("+-"),
            '−' | '–' | '—' => out.push('-'),
            '…' => out.push_str(".."),
            '→' => out.push_str("->"),
            '≤' => out.push_str("<="),
            '≥' => out.push_str(">="),
            '↑' => out.push('^'),
            '↓' => out.push('v'),
            c if c.is_ascii() => out.push(c),
            _ => out.push('?'),
        }
    }
    out
}

/// Writes text from `x` on; what does not fit is cut. The column after it.
pub(super) fn put(
    theme: &Theme,
    area: Rect,
    x: u16,
    y: u16,
    text: &str,
    style: Style,
    buf: &mut Buffer,
) -> u16 {
    if x >= area.width || y >= area.height {
        return x;
    }
    let room = usize::from(area.width - x);
    let text = plain(theme, text);
    let (end, _) = buf.set_stringn(area.x + x, area.y + y, &text, room, style);
    end - area.x
}

/// A role on the reversed bars of header and status: dim text would be a grey block without colours.
pub(super) fn on_bar(theme: &Theme, role: Role) -> Style {
    let style = theme.style(Role::Bar).patch(theme.style(role));
    if theme.has_color() {
        style
    } else {
        style.remove_modifier(Modifier::DIM)
    }
}

pub(super) fn width(theme: &Theme, text: &str) -> u16 {
    plain(theme, text).width() as u16
}

/// Spans of text, each with its role, from `x` on. The column after them.
pub(super) fn spans(
    theme: &Theme,
    area: Rect,
    at: (u16, u16),
    spans: &[(&str, Role)],
    buf: &mut Buffer,
) -> u16 {
    spans.iter().fold(at.0, |x, (text, role)| {
        put(theme, area, x, at.1, text, theme.style(*role), buf)
    })
}

/// Text with its right end at the right edge of the area, unless it would reach left of `from`.
pub(super) fn put_right(
    theme: &Theme,
    area: Rect,
    from: u16,
    y: u16,
    text: &str,
    style: Style,
    buf: &mut Buffer,
) -> bool {
    let wanted = width(theme, text);
    let fits = area.width >= from + wanted && y < area.height;
    if fits {
        put(theme, area, area.width - wanted, y, text, style, buf);
    }
    fits
}

/// The rule above a panel: its title at the left, a note at the right.
pub(super) fn rule(
    theme: &Theme,
    panel: Rect,
    title: &str,
    note: &str,
    focused: bool,
    buf: &mut Buffer,
) {
    if panel.height == 0 {
        return;
    }
    let (line, title_role) = if focused {
        (Role::FocusBorder, Role::Accent)
    } else {
        (Role::Border, Role::Title)
    };
    let glyph = if focused {
        theme.glyphs.choose('━', '=')
    } else {
        theme.glyphs.horizontal()
    };
    for x in panel.left()..panel.right() {
        buf[(x, panel.y)]
            .set_char(glyph)
            .set_style(theme.style(line));
    }
    let end = put(
        theme,
        panel,
        1,
        0,
        &format!(" {title} "),
        theme.style(title_role),
        buf,
    );
    if note.is_empty() {
        return;
    }
    // The note loses its first parts before it is left out.
    let mut rest = note;
    loop {
        let text = format!(" {rest} ");
        let wanted = width(theme, &text);
        if panel.width > end + wanted + 1 {
            let x = panel.width - wanted - 1;
            put(theme, panel, x, 0, &text, theme.style(Role::Dim), buf);
            return;
        }
        match rest.rsplit_once(" · ") {
            Some((shorter, _)) => rest = shorter,
            None => return,
        }
    }
}

/// Lines in the middle of an empty panel: what it needs, and which key gets it.
pub(super) fn empty(theme: &Theme, area: Rect, lines: &[&str], buf: &mut Buffer) {
    let wrapped: Vec<String> = lines
        .iter()
        .flat_map(|line| wrap(line, usize::from(area.width.saturating_sub(4).max(8))))
        .collect();
    let top = area.height.saturating_sub(wrapped.len() as u16) / 2;
    for (i, line) in wrapped.iter().enumerate() {
        let x = area.width.saturating_sub(width(theme, line)) / 2;
        let style = theme.style(Role::Dim);
        put(theme, area, x, top + i as u16, line, style, buf);
    }
}

/// Breaks a line at spaces.
pub(super) fn wrap(line: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split_whitespace() {
        let fits = lines
            .last()
            .is_some_and(|l| l.is_empty() || l.width() + 1 + word.width() <= columns);
        if !fits {
            lines.push(String::new());
        }
        if let Some(last) = lines.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), [""]);
        assert_eq!(wrap("unbreakable", 3), ["unbreakable"]);
    }
}

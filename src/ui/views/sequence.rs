//! Letters, numbers, secondary structure.
//!
//! ```text
//! ─ 1 sequence ───────────────────────────────── A:42 GLY ─
//!          10        20        30
//! MRIILLGAPGAGKGTQAQFIMEKYGIPQISTG
//! ━━━━━►──≈≈≈≈≈≈≈≈≈≈≈≈≈╴ ━━━━►───
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::text;
use crate::app::message::Place;
use crate::app::panel::Panel;
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::ui::layout::window;
use crate::ui::theme::Theme;
use crate::ui::widgets::SequenceStrip;

/// Draws the panel; the note of its rule.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    let Some(subject) = &state.desk.subject else {
        return String::new();
    };
    let marked: Vec<bool> = (0..subject.len())
        .map(|i| state.desk.marks.touches(i))
        .collect();
    let letters = letters(subject);
    let strip = strip(state, theme, &marked, &letters);
    if let Some(strip) = strip {
        let start = start(state, &strip, area);
        let selection = selection(state);
        (&SequenceStrip {
            selection,
            divisions: &text::divisions(state),
            start,
            ..strip
        })
            .render(area, buf);
    }
    let chain = subject
        .chains
        .get(subject.chain_of[state.desk.cursor.residue]);
    let unseen = letters.iter().filter(|l| l.is_ascii_lowercase()).count();
    match chain.map(String::as_str) {
        None | Some("") => String::new(),
        Some(chain) if unseen == 0 => format!("chain {chain}"),
        Some(chain) => {
            let all = letters.len();
            format!("chain {chain} · lower case: {unseen} of {all} not in the structure")
        }
    }
}

/// Lower case where the structure lacks the residue.
fn letters(subject: &Subject) -> Vec<char> {
    let seen = |i: usize| subject.protein.residues[i].id.is_seen();
    let letters = subject.letters.iter().enumerate();
    letters
        .map(|(i, l)| if seen(i) { *l } else { l.to_ascii_lowercase() })
        .collect()
}

/// The match of the search that the cursor is in.
fn selection(state: &State) -> Option<(usize, usize)> {
    let here = state.desk.cursor.residue;
    let inside = |m: &&crate::app::search::Match| (m.index..m.index + m.length).contains(&here);
    state
        .desk
        .matches
        .iter()
        .find(inside)
        .filter(|m| m.length > 1)
        .map(|m| (m.index, m.index + m.length))
}

fn strip<'a>(
    state: &'a State,
    theme: &'a Theme,
    marked: &'a [bool],
    letters: &'a [char],
) -> Option<SequenceStrip<'a>> {
    let subject = state.desk.subject.as_ref()?;
    Some(SequenceStrip {
        numbers: &subject.numbers,
        secondary: &subject.secondary,
        bonded: &subject.bonded,
        marked,
        selected: state.desk.selection.as_deref().unwrap_or_default(),
        cursor: Some(state.desk.cursor.residue),
        ..SequenceStrip::new(letters, theme)
    })
}

fn start(state: &State, strip: &SequenceStrip<'_>, area: Rect) -> usize {
    window(state.len(), strip.capacity(area), state.desk.cursor.residue).0
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Option<Place> {
    let letters = &state.desk.subject.as_ref()?.letters;
    let strip = strip(state, theme, &[], letters)?;
    let strip = SequenceStrip {
        start: start(state, &strip, area),
        ..strip
    };
    let residue = strip.hit(area, at.0, at.1)?;
    Some(Place::Residue(Panel::Sequence, residue))
}

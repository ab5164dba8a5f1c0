//! The keys that matter in the focused panel.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{status, text};
use crate::app::Command;
use crate::app::panel::Panel;
use crate::app::state::State;
use crate::ui::theme::{Role, Theme};

pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if status::rest(state, theme, area, buf) {
        return;
    }
    // What always holds stands at the right, and is never cut by what the panel has to say.
    let always = [
        (Command::Help, "help"),
        (Command::CommandLine, "command"),
        (Command::Quit, "quit"),
    ];
    let wide = |(command, word): &(Command, &str)| {
        let key = state.program.keymap.key_name(command);
        let both = text::width(theme, &key) + 1 + text::width(theme, word) + 2;
        (key, both)
    };
    let tail: u16 = always.iter().map(|hint| wide(hint).1).sum();
    let put = |hint: &(Command, &str), x: u16, end: u16, buf: &mut Buffer| {
        let (key, wanted) = wide(hint);
        if key.is_empty() {
            return Some(x);
        }
        if x + wanted > end + 2 {
            return None;
        }
        let x = text::put(theme, area, x, 0, &key, theme.style(Role::Key), buf) + 1;
        Some(text::put(theme, area, x, 0, hint.1, theme.style(Role::Dim), buf) + 2)
    };
    let own: &[(Command, &str)] = if state.desk.what_if.open {
        WHAT_IF
    } else {
        hints(state.view.focus)
    };
    let (mut x, end) = (1, area.width.saturating_sub(tail));
    for hint in own {
        match put(hint, x, end, buf) {
            Some(next) => x = next,
            None => break,
        }
    }
    let mut x = x.max(area.width.saturating_sub(tail));
    for hint in &always {
        x = put(hint, x, area.width, buf).unwrap_or(area.width);
    }
}

const WHAT_IF: &[(Command, &str)] = &[
    (Command::Down, "next property"),
    (Command::Up, "property before"),
    (Command::Right, "residue"),
    (Command::Undo, "takes the last mutant away"),
    (Command::Back, "back"),
];

fn hints(focus: Panel) -> &'static [(Command, &'static str)] {
    match focus {
        Panel::Sequence => &[
            (Command::NextPanel, "panel"),
            (Command::ToggleExpanded, "alone"),
            (Command::Search, "find"),
            (Command::NextChain, "chain"),
            (Command::Mark, "mark"),
            (Command::NextSource, "source"),
            (Command::Copy, "copy"),
        ],
        Panel::Flexibility => &[
            (Command::NextPanel, "panel"),
            (Command::ToggleExpanded, "alone"),
            (Command::NextSource, "source"),
            (Command::NextCurve, "curve"),
            (Command::Push, "push"),
            (Command::NextCompared, "compare"),
            (Command::AskExport, "files"),
            (Command::ZoomIn, "zoom"),
            (Command::Search, "find"),
            (Command::Mark, "mark"),
        ],
        Panel::Coupling => &[
            (Command::NextPanel, "panel"),
            (Command::ToggleExpanded, "alone"),
            (Command::ZoomIn, "zoom"),
            (Command::Down, "partner"),
            (Command::Accept, "keep, swap"),
            (Command::NextReading, "DCCM, LMI, PAE"),
            (Command::NextThreshold, "threshold"),
            (Command::NextOrder, "by domain"),
            (Command::Difference, "difference"),
            (Command::NextSource, "source"),
        ],
        Panel::Structure => &[
            (Command::NextPanel, "panel"),
            (Command::ToggleExpanded, "alone"),
            (Command::Left, "turn"),
            (Command::Spin, "spin"),
            (Command::Animate, "ensemble"),
            (Command::NextMode, "modes"),
            (Command::NextColor, "colour"),
            (Command::Push, "push"),
            (Command::AskExport, "files"),
            (Command::ZoomIn, "zoom"),
        ],
        Panel::Mutations => &[
            (Command::NextPanel, "panel"),
            (Command::ToggleExpanded, "alone"),
            (Command::NextMethod, "score"),
            (Command::Accept, "what if"),
            (Command::Mark, "mark"),
            (Command::NextOrder, "order"),
            (Command::ZoomIn, "zoom"),
            (Command::AskExport, "files"),
            (Command::FocusTriage, "triage"),
            (Command::PrintMarksAndQuit, "print marks, quit"),
        ],
        Panel::Residues => &[
            (Command::NextPanel, "panel"),
            (Command::ToggleExpanded, "alone"),
            (Command::SortNext, "sort"),
            (Command::SortReverse, "reverse"),
            (Command::AskFilter, "filter"),
            (Command::Mark, "mark"),
            (Command::MarkShown, "mark all"),
            (Command::WriteNote, "note"),
            (Command::AskExport, "files"),
        ],
        Panel::Variants => &[
            (Command::NextPanel, "panel"),
            (Command::ToggleExpanded, "alone"),
            (Command::SortNext, "sort"),
            (Command::Mark, "mark"),
            (Command::Accept, "what if"),
            (Command::AskExport, "files"),
        ],
        Panel::Triage => &[
            (Command::NextPanel, "panel"),
            (Command::ToggleExpanded, "alone"),
            (Command::Accept, "what if"),
            (Command::SortNext, "sort"),
            (Command::SortReverse, "reverse"),
            (Command::AskFilter, "filter"),
            (Command::Mark, "mark"),
            (Command::MarkShown, "mark all"),
            (Command::AskExport, "files"),
            (Command::WriteNote, "note"),
            (Command::PrintMarksAndQuit, "print marks, quit"),
        ],
    }
}

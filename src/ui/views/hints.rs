//! The keys that matter in the focused panel.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text;
use crate::app::actions::Action;
use crate::app::panel::Panel;
use crate::app::state::State;
use crate::ui::theme::{Role, Theme};

/// Draws the row.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut x = 1;
    for (action, word) in hints(state.view.focus) {
        let key = state.keymap.key_name(*action);
        if key.is_empty() {
            continue;
        }
        let wanted = text::width(theme, &key) + 1 + text::width(theme, word) + 2;
        if x + wanted > area.width {
            return;
        }
        x = text::put(theme, area, x, 0, &key, theme.style(Role::Key), buf) + 1;
        x = text::put(theme, area, x, 0, word, theme.style(Role::Dim), buf) + 2;
    }
}

fn hints(focus: Panel) -> &'static [(Action, &'static str)] {
    match focus {
        Panel::Sequence => &[
            (Action::Help, "help"),
            (Action::NextPanel, "panel"),
            (Action::Search, "find"),
            (Action::NextChain, "chain"),
            (Action::Mark, "mark"),
            (Action::NextSource, "source"),
            (Action::Expand, "expand"),
            (Action::Copy, "copy"),
            (Action::Quit, "quit"),
        ],
        Panel::Flexibility => &[
            (Action::Help, "help"),
            (Action::NextPanel, "panel"),
            (Action::NextSource, "source"),
            (Action::Curve, "curve"),
            (Action::Push, "push"),
            (Action::Compare, "compare"),
            (Action::Export, "files"),
            (Action::ZoomIn, "zoom"),
            (Action::Search, "find"),
            (Action::Mark, "mark"),
            (Action::Expand, "expand"),
            (Action::Quit, "quit"),
            (Action::Command, "command"),
        ],
        Panel::Coupling => &[
            (Action::Help, "help"),
            (Action::NextPanel, "panel"),
            (Action::ZoomIn, "zoom"),
            (Action::Down, "partner"),
            (Action::Accept, "fix pair"),
            (Action::Threshold, "threshold"),
            (Action::Order, "by domain"),
            (Action::Difference, "difference"),
            (Action::NextSource, "source"),
            (Action::Expand, "expand"),
            (Action::Quit, "quit"),
        ],
        Panel::Structure => &[
            (Action::Help, "help"),
            (Action::NextPanel, "panel"),
            (Action::Left, "turn"),
            (Action::Spin, "spin"),
            (Action::Animate, "ensemble"),
            (Action::NextMode, "modes"),
            (Action::ColorBy, "colour"),
            (Action::Push, "push"),
            (Action::Export, "files"),
            (Action::ZoomIn, "zoom"),
            (Action::Expand, "expand"),
            (Action::Quit, "quit"),
        ],
        Panel::Mutations => &[
            (Action::Help, "help"),
            (Action::NextPanel, "panel"),
            (Action::NextMethod, "score"),
            (Action::Accept, "what if"),
            (Action::Mark, "mark"),
            (Action::Order, "order"),
            (Action::ZoomIn, "zoom"),
            (Action::Export, "files"),
            (Action::FocusTriage, "triage"),
            (Action::Expand, "expand"),
            (Action::PrintMarksAndQuit, "print marks, quit"),
        ],
        Panel::Triage => &[
            (Action::Help, "help"),
            (Action::NextPanel, "panel"),
            (Action::Accept, "what if"),
            (Action::SortNext, "sort"),
            (Action::SortReverse, "reverse"),
            (Action::Filter, "filter"),
            (Action::Mark, "mark"),
            (Action::WriteNote, "note"),
            (Action::Expand, "expand"),
            (Action::PrintMarksAndQuit, "print marks, quit"),
        ],
    }
}

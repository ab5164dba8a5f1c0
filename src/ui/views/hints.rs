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
    let mut x = 1;
    for (command, word) in hints(state.view.focus) {
        let key = state.program.keymap.key_name(command);
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

fn hints(focus: Panel) -> &'static [(Command, &'static str)] {
    match focus {
        Panel::Sequence => &[
            (Command::Help, "help"),
            (Command::NextPanel, "panel"),
            (Command::Search, "find"),
            (Command::NextChain, "chain"),
            (Command::Mark, "mark"),
            (Command::NextSource, "source"),
            (Command::ToggleExpanded, "expand"),
            (Command::Copy, "copy"),
            (Command::Quit, "quit"),
        ],
        Panel::Flexibility => &[
            (Command::Help, "help"),
            (Command::NextPanel, "panel"),
            (Command::NextSource, "source"),
            (Command::NextCurve, "curve"),
            (Command::Push, "push"),
            (Command::NextCompared, "compare"),
            (Command::AskExport, "files"),
            (Command::ZoomIn, "zoom"),
            (Command::Search, "find"),
            (Command::Mark, "mark"),
            (Command::ToggleExpanded, "expand"),
            (Command::Quit, "quit"),
            (Command::CommandLine, "command"),
        ],
        Panel::Coupling => &[
            (Command::Help, "help"),
            (Command::NextPanel, "panel"),
            (Command::ZoomIn, "zoom"),
            (Command::Down, "partner"),
            (Command::Accept, "fix pair"),
            (Command::NextReading, "DCCM or LMI"),
            (Command::NextThreshold, "threshold"),
            (Command::NextOrder, "by domain"),
            (Command::Difference, "difference"),
            (Command::NextSource, "source"),
            (Command::ToggleExpanded, "expand"),
            (Command::Quit, "quit"),
        ],
        Panel::Structure => &[
            (Command::Help, "help"),
            (Command::NextPanel, "panel"),
            (Command::Left, "turn"),
            (Command::Spin, "spin"),
            (Command::Animate, "ensemble"),
            (Command::NextMode, "modes"),
            (Command::NextColor, "colour"),
            (Command::Push, "push"),
            (Command::AskExport, "files"),
            (Command::ZoomIn, "zoom"),
            (Command::ToggleExpanded, "expand"),
            (Command::Quit, "quit"),
        ],
        Panel::Mutations => &[
            (Command::Help, "help"),
            (Command::NextPanel, "panel"),
            (Command::NextMethod, "score"),
            (Command::Accept, "what if"),
            (Command::Mark, "mark"),
            (Command::NextOrder, "order"),
            (Command::ZoomIn, "zoom"),
            (Command::AskExport, "files"),
            (Command::FocusTriage, "triage"),
            (Command::ToggleExpanded, "expand"),
            (Command::PrintMarksAndQuit, "print marks, quit"),
        ],
        Panel::Triage => &[
            (Command::Help, "help"),
            (Command::NextPanel, "panel"),
            (Command::Accept, "what if"),
            (Command::SortNext, "sort"),
            (Command::SortReverse, "reverse"),
            (Command::AskFilter, "filter"),
            (Command::Mark, "mark"),
            (Command::WriteNote, "note"),
            (Command::ToggleExpanded, "expand"),
            (Command::PrintMarksAndQuit, "print marks, quit"),
        ],
    }
}

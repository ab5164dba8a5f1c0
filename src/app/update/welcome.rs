//! The screen before a file is open: a list to choose from.

use super::{parts, run};
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::state::State;

pub(super) fn press(state: &mut State, command: Command) -> Vec<Effect> {
    let last = state.welcome.lines().count().saturating_sub(1);
    let selected = &mut state.welcome.selected;
    match command {
        Command::Up => *selected = selected.saturating_sub(1),
        Command::Down => *selected = (*selected + 1).min(last),
        Command::PageLeft => *selected = selected.saturating_sub(10),
        Command::PageRight => *selected = (*selected + 10).min(last),
        Command::Start => *selected = 0,
        Command::End => *selected = last,
        Command::Left => return up_a_folder(state),
        Command::Right | Command::Accept => return open_line(state),
        Command::Back if state.subject.is_some() => state.picking = false,
        Command::Quit
        | Command::Help
        | Command::CommandLine
        | Command::NextTheme
        | Command::ToggleMouse
        | Command::PrintMarksAndQuit => return run::run(state, command),
        _ => {}
    }
    Vec::new()
}

fn up_a_folder(state: &mut State) -> Vec<Effect> {
    let parent = state.welcome.folder.parent();
    parent.map_or_else(Vec::new, |parent| vec![Effect::List(parent.to_owned())])
}

/// Opens the chosen line.
pub(super) fn open_line(state: &mut State) -> Vec<Effect> {
    let chosen = state.welcome.lines().nth(state.welcome.selected).cloned();
    match chosen {
        Some(entry) if entry.is_folder => vec![Effect::List(entry.path)],
        Some(entry) => parts::open(state, entry.path),
        None => Vec::new(),
    }
}

//! The screen before a file is open: a list to choose from.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{parts, run};
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::state::State;

/// Characters are typed; the other keys move in the list, or are the program's.
pub(super) fn press(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let is_plain = !key
        .modifiers
        .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    let command = state.program.keymap.command(key).cloned();
    let welcome = &mut state.program.welcome;
    let is_empty = welcome.typed.is_empty();
    match key.code {
        // They begin no name.
        KeyCode::Char(':' | '?') if is_empty => {}
        KeyCode::Char(c) if is_plain => {
            welcome.typed.push(c);
            welcome.selected = 0;
            return Vec::new();
        }
        KeyCode::Backspace if !is_empty => {
            welcome.typed.pop();
            welcome.selected = 0;
            return Vec::new();
        }
        KeyCode::Backspace => return up_a_folder(state),
        KeyCode::Esc if !is_empty => {
            welcome.typed.clear();
            return Vec::new();
        }
        _ => {}
    }
    command.map_or_else(Vec::new, |command| run_here(state, command))
}

fn run_here(state: &mut State, command: Command) -> Vec<Effect> {
    let last = state.program.welcome.lines().count().saturating_sub(1);
    let selected = &mut state.program.welcome.selected;
    match command {
        Command::Up => *selected = selected.saturating_sub(1),
        Command::Down => *selected = (*selected + 1).min(last),
        Command::PageLeft => *selected = selected.saturating_sub(10),
        Command::PageRight => *selected = (*selected + 10).min(last),
        Command::Start => *selected = 0,
        Command::End => *selected = last,
        Command::Left => return up_a_folder(state),
        Command::Right | Command::Accept => return open_line(state),
        Command::Back if state.desk.subject.is_some() => state.program.picking = false,
        Command::Quit
        | Command::Help
        | Command::CommandLine
        | Command::Messages
        | Command::ToggleMouse
        | Command::PrintMarksAndQuit => return run::run(state, command),
        _ => {}
    }
    Vec::new()
}

fn up_a_folder(state: &mut State) -> Vec<Effect> {
    let parent = state.program.welcome.folder.parent();
    parent.map_or_else(Vec::new, |parent| vec![Effect::List(parent.to_owned())])
}

/// Opens the chosen line, or where no line holds what was typed, that as a path.
pub(super) fn open_line(state: &mut State) -> Vec<Effect> {
    let welcome = &mut state.program.welcome;
    let chosen = welcome.lines().nth(welcome.selected).cloned();
    let typed = std::mem::take(&mut welcome.typed);
    match chosen {
        Some(entry) if entry.is_folder => vec![Effect::List(entry.path)],
        Some(entry) => parts::open(state, entry.path),
        None if typed.is_empty() => Vec::new(),
        None => parts::open(state, typed.into()),
    }
}

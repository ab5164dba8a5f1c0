//! Keys: to what is being typed, to the welcome screen, or through the keymap to an action.

use std::sync::Arc;

use crossterm::event::{KeyEvent, KeyEventKind};

use super::{collective, dynamics, export, jobs, line, measured, motion, what_if};
use crate::app::actions::Action;
use crate::app::effect::Effect;
use crate::app::message::Notice;
use crate::app::palette::{Chosen, Palette};
use crate::app::panel::{Graphics, Panel};
use crate::app::prompt::{Prompt, PromptKind};
use crate::app::state::{Overlay, State};
use crate::app::subject::Subject;

/// A key was pressed.
pub(super) fn press(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    state.notice = None;
    state.anchor = None;
    match std::mem::take(&mut state.overlay) {
        Overlay::Palette(mut palette) => match palette.key(key, &state.keymap) {
            Chosen::Open => state.overlay = Overlay::Palette(palette),
            Chosen::Closed => {}
            Chosen::Run(action) => return perform(state, action),
        },
        Overlay::Prompt(prompt) => return line::typed(state, prompt, key),
        Overlay::Export(dialog) => export::typed(state, dialog, key),
        Overlay::Replace(product, path) => return export::replace(state, product, &path, key),
        Overlay::None => {
            if let Some(action) = state.keymap.action(key) {
                return if state.shows_welcome() {
                    welcome(state, action)
                } else {
                    perform(state, action)
                };
            }
        }
    }
    Vec::new()
}

/// Text was pasted.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let welcome = state.shows_welcome();
    match &mut state.overlay {
        Overlay::Palette(palette) => palette.paste(text, &state.keymap),
        Overlay::Prompt(prompt) => {
            prompt.insert(text.trim_end_matches(['\n', '\r']));
            line::preview(state);
        }
        // A pasted path opens.
        Overlay::None if welcome => {
            let path = text.trim().trim_matches(['\'', '"']).to_owned();
            return open(state, path.into());
        }
        Overlay::None | Overlay::Export(_) | Overlay::Replace(..) => {}
    }
    Vec::new()
}

/// Opens a file.
pub(super) fn open(state: &mut State, path: std::path::PathBuf) -> Vec<Effect> {
    state.opening = Some(path.display().to_string());
    vec![Effect::Open(path)]
}

fn welcome(state: &mut State, action: Action) -> Vec<Effect> {
    let last = state.welcome.lines().count().saturating_sub(1);
    let selected = &mut state.welcome.selected;
    match action {
        Action::Up => *selected = selected.saturating_sub(1),
        Action::Down => *selected = (*selected + 1).min(last),
        Action::PageLeft => *selected = selected.saturating_sub(10),
        Action::PageRight => *selected = (*selected + 10).min(last),
        Action::Start => *selected = 0,
        Action::End => *selected = last,
        Action::Left => return up_a_folder(state),
        Action::Right | Action::Accept => return open_line(state),
        Action::Back if state.subject.is_some() => state.picking = false,
        Action::Quit
        | Action::Help
        | Action::Command
        | Action::Theme
        | Action::Mouse
        | Action::PrintMarksAndQuit => return perform(state, action),
        _ => {}
    }
    Vec::new()
}

fn up_a_folder(state: &mut State) -> Vec<Effect> {
    state
        .welcome
        .folder
        .parent()
        .map_or_else(Vec::new, |parent| vec![Effect::List(parent.to_owned())])
}

/// Opens the chosen line of the welcome screen.
pub(super) fn open_line(state: &mut State) -> Vec<Effect> {
    let chosen = state.welcome.lines().nth(state.welcome.selected).cloned();
    match chosen {
        Some(entry) if entry.is_folder => vec![Effect::List(entry.path)],
        Some(entry) => open(state, entry.path),
        None => Vec::new(),
    }
}

/// Does what an action says.
pub(super) fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    if state.what_if.open
        && let Some(effects) = what_if::act(state, action)
    {
        return effects;
    }
    match action {
        Action::Left | Action::Right | Action::Up | Action::Down => motion::arrow(state, action),
        Action::PageLeft | Action::PageRight => motion::page(state, action),
        Action::Start | Action::End => motion::end(state, action),
        Action::NextPanel => motion::focus(state, state.view.focus.step(1)),
        Action::PreviousPanel => motion::focus(state, state.view.focus.step(-1)),
        Action::FocusSequence => motion::focus(state, Panel::Sequence),
        Action::FocusFlexibility => motion::focus(state, Panel::Flexibility),
        Action::FocusCoupling => motion::focus(state, Panel::Coupling),
        Action::FocusStructure => motion::focus(state, Panel::Structure),
        Action::FocusMutations => motion::focus(state, Panel::Mutations),
        Action::FocusTriage => motion::focus(state, Panel::Triage),
        Action::Expand => state.view.expanded = !state.view.expanded,
        Action::ZoomIn => motion::zoom(state, 1),
        Action::ZoomOut => motion::zoom(state, -1),
        Action::ZoomReset => motion::zoom(state, 0),
        Action::ColorBy => recolor(state),
        Action::Spin => state.view.spinning = !state.view.spinning,
        Action::Animate => return dynamics::animate(state),
        Action::Reseed => return dynamics::reseed(state),
        Action::NextMode => return collective::step_mode(state, 1),
        Action::PreviousMode => return collective::step_mode(state, -1),
        Action::SwingMore => collective::swing(state, state.view.amplitude * 1.25),
        Action::SwingLess => collective::swing(state, state.view.amplitude / 1.25),
        Action::Graphics => graphics(state, state.view.graphics.next(state.cell_pixels.is_some())),
        Action::Push => dynamics::push(state),
        Action::Curve => return dynamics::curve(state, state.view.curve.next()),
        Action::Compare => return collective::next_compared(state),
        Action::Difference => return collective::toggle_difference(state),
        Action::Threshold => dynamics::next_threshold(state),
        Action::Order if state.view.focus == Panel::Coupling => collective::by_domain(state),
        Action::Order => reorder(state),
        Action::SortNext => state.sort_triage(true),
        Action::SortReverse => state.sort_triage(false),
        Action::NextMatch => motion::match_step(state, true),
        Action::PreviousMatch => motion::match_step(state, false),
        Action::Search => prompt(state, PromptKind::Search, ""),
        Action::Command => prompt(state, PromptKind::Command, ""),
        Action::Filter => {
            let text = state.triage.filter_text.clone();
            prompt(state, PromptKind::Filter, &text);
        }
        Action::WriteNote => write_note(state),
        Action::Help => state.overlay = Overlay::Palette(Palette::new(&state.keymap)),
        Action::Accept => return accept(state),
        Action::Mark => mark(state),
        Action::Undo => state.undo(true),
        Action::Redo => state.undo(false),
        Action::Resume => return line::say(state, "resume"),
        Action::Export => export::choose(state),
        Action::Theme => next_theme(state),
        Action::Back => back(state),
        Action::OpenFile => {
            state.picking = true;
            return vec![Effect::List(state.welcome.folder.clone())];
        }
        Action::NextSource => return jobs::next_source(state),
        Action::NextMethod => return measured::next_score(state),
        Action::NextChain => return chain(state, 1),
        Action::PreviousChain => return chain(state, -1),
        Action::NextModel => return model(state, 1),
        Action::PreviousModel => return model(state, -1),
        Action::CancelJob => return jobs::cancel(state),
        Action::Copy => return copy(state),
        Action::Mouse => return mouse(state, !state.mouse),
        Action::PrintMarksAndQuit => return vec![Effect::Quit(state.marked_names())],
        Action::Quit => return vec![Effect::Quit(Vec::new())],
    }
    Vec::new()
}

fn prompt(state: &mut State, kind: PromptKind, text: &str) {
    state.overlay = Overlay::Prompt(Prompt::with_text(kind, text));
}

fn recolor(state: &mut State) {
    state.view.color_by = state.view.color_by.next();
    state.say(Notice::info(format!(
        "structure coloured by {}",
        state.view.color_by.name()
    )));
}

/// Draws the structure another way.
pub(super) fn graphics(state: &mut State, graphics: Graphics) {
    if graphics == Graphics::Pixels && state.cell_pixels.is_none() {
        let text = "this terminal did not say that it shows pictures (kitty, sixel, iTerm2)";
        state.say(Notice::warning(text));
        return;
    }
    state.view.graphics = graphics;
    state.say(Notice::info(format!("structure in {}", graphics.id())));
}

fn reorder(state: &mut State) {
    state.view.order = state.view.order.next();
    state.say(Notice::info(format!(
        "amino acids ordered by {}",
        match state.view.order.name() {
            "alphabetical" => "letter",
            other => other,
        }
    )));
}

fn accept(state: &mut State) -> Vec<Effect> {
    if matches!(state.view.focus, Panel::Mutations | Panel::Triage) {
        return what_if::ask(state);
    }
    if state.view.focus == Panel::Coupling {
        state.cursor.partner = match state.cursor.partner {
            Some(_) => None,
            None => Some(state.cursor.residue),
        };
        state.refresh_triage();
    }
    Vec::new()
}

fn write_note(state: &mut State) {
    match state.mark_key() {
        Some(key) => {
            let note = state.marks.note(key).unwrap_or("").to_owned();
            prompt(state, PromptKind::Note(key), &note);
        }
        None => state.say(Notice::warning(state.nothing_here())),
    }
}

fn mark(state: &mut State) {
    let Some(key) = state.mark_key() else {
        state.say(Notice::warning(state.nothing_here()));
        return;
    };
    let name = state.mark_name(key);
    let said = if state.marks.toggle(key) {
        format!(
            "marked {name} · {} in all · ctrl-e prints them",
            state.marks.len()
        )
    } else {
        format!("unmarked {name}")
    };
    state.say(Notice::info(said));
}

fn next_theme(state: &mut State) {
    let at = state.themes.iter().position(|t| *t == state.theme);
    let next = at.map_or(0, |i| (i + 1) % state.themes.len());
    if let Some(name) = state.themes.get(next) {
        state.theme.clone_from(name);
        state.say(Notice::info(format!("theme {}", state.theme)));
    }
}

fn back(state: &mut State) {
    if state.view.expanded {
        state.view.expanded = false;
    } else if state.response.is_some() {
        state.response = None;
    } else if state.view.mode.is_some() {
        state.view.mode = None;
    } else if state.cursor.partner.is_some() {
        state.cursor.partner = None;
    } else {
        state.matches.clear();
        state.selection = None;
        state.selection_text.clear();
    }
}

/// Switches mouse reporting.
pub(super) fn mouse(state: &mut State, on: bool) -> Vec<Effect> {
    state.mouse = on;
    state.say(Notice::info(if on {
        "mouse on: click, drag, wheel"
    } else {
        "mouse off: the terminal selects text"
    }));
    vec![Effect::Mouse(on)]
}

fn chain(state: &mut State, step: isize) -> Vec<Effect> {
    let Some(subject) = state.subject.clone() else {
        return Vec::new();
    };
    if !subject.has_coordinates() {
        return record(state, &subject, step);
    }
    let all = subject.all_chains();
    if all.len() < 2 {
        state.say(Notice::info("there is no other chain"));
        return Vec::new();
    }
    let at = subject
        .chains
        .first()
        .and_then(|c| all.iter().position(|a| a == c))
        .unwrap_or(0) as isize;
    let next = (at + step).rem_euclid(all.len() as isize) as usize;
    choose(
        state,
        &subject,
        subject.model,
        Some(vec![all[next].clone()]),
    )
}

/// Another sequence of the file.
fn record(state: &mut State, subject: &Subject, step: isize) -> Vec<Effect> {
    let count = subject.records.len() as isize;
    if count < 2 {
        state.say(Notice::info("the file has one sequence"));
        return Vec::new();
    }
    let next = (subject.record as isize + step).rem_euclid(count) as usize;
    let records = Arc::clone(&subject.records);
    Subject::of_record(records, next, subject.path.clone())
        .map_or_else(Vec::new, |subject| super::opened(state, Ok(subject)))
}

fn model(state: &mut State, step: isize) -> Vec<Effect> {
    let Some(subject) = state.subject.clone() else {
        return Vec::new();
    };
    let count = subject.model_count() as isize;
    if count < 2 {
        state.say(Notice::info("the file has one model"));
        return Vec::new();
    }
    let next = (subject.model as isize + step).rem_euclid(count) as usize;
    choose(state, &subject, next, Some(subject.chains.clone()))
}

/// Takes another part of the open file.
pub(super) fn choose(
    state: &mut State,
    subject: &Subject,
    model: usize,
    chains: Option<Vec<String>>,
) -> Vec<Effect> {
    if !subject.has_coordinates() {
        state.say(Notice::info("a sequence has no chains and models"));
        return Vec::new();
    }
    state.opening = Some(subject.name.clone());
    vec![Effect::Choose {
        structure: Arc::clone(&subject.structure),
        path: subject.path.clone(),
        model,
        chains,
    }]
}

fn copy(state: &mut State) -> Vec<Effect> {
    let names = state.marked_names();
    if names.is_empty() && state.mark_key().is_none() {
        state.say(Notice::warning(state.nothing_here()));
        return Vec::new();
    }
    let text = if names.is_empty() {
        state.describe_cursor()
    } else {
        names.join("\n")
    };
    vec![Effect::Copy(text)]
}

//! What each command does.

use super::{
    alignment, beside, collective, dynamics, export, fetch, jobs, marks, measured, motion, pae,
    parts, prompts, scans, screen, simulation, sources, undo, variants, what_if,
};
use crate::app::command::Command;
use crate::app::command::argument::{Compared, FileName, Ordinal, Text};
use crate::app::effect::Effect;
use crate::app::messages::Notice;
use crate::app::palette::PaletteLine;
use crate::app::panel::Panel;
use crate::app::program::Overlay;
use crate::app::settings;
use crate::app::state::State;

/// Does what a line says.
pub(super) fn line(state: &mut State, text: &str) -> Vec<Effect> {
    match Command::parse(text) {
        Ok(command) => run(state, command),
        Err(reason) => {
            state.say(Notice::error(reason));
            Vec::new()
        }
    }
}

/// Runs what was chosen in the palette, or asks for its argument.
pub(super) fn chosen(state: &mut State, chosen: &PaletteLine) -> Vec<Effect> {
    if chosen.form.is_empty() {
        return line(state, &chosen.line);
    }
    prompts::command(state, &chosen.line);
    Vec::new()
}

pub(super) fn run(state: &mut State, command: Command) -> Vec<Effect> {
    if state.desk.what_if.open
        && let Some(effects) = what_if::act(state, &command)
    {
        return effects;
    }
    if settings::set(&mut state.view, &command) || moved(state, &command) {
        return Vec::new();
    }
    match command {
        Command::NextSource => return sources::next_source(state),
        Command::Source(source) => return sources::ask_dynamics(state, Some(source)),
        Command::NextMethod => return measured::next_score(state),
        Command::Scan(method) => return scans::ask_map(state, method),
        Command::Fetch(id) => return fetch::ask(state, id.as_str(), false),
        Command::Bring(id) => return fetch::ask(state, id.as_str(), true),
        Command::Weights(path) => return vec![Effect::ReadWeights(path.as_str().into())],
        Command::Data(None) => measured::forget(state),
        Command::Variants(None) => variants::forget(state),
        Command::Variants(Some(asked)) => {
            return vec![Effect::ReadVariants(asked.as_str().to_owned())];
        }
        Command::Data(Some(path)) => return vec![Effect::ReadData(path.as_str().into())],
        Command::Msa(path) => {
            return alignment::give(state, path.as_ref().map_or("", FileName::as_str));
        }
        Command::Pae(path) => {
            return pae::give(state, path.as_ref().map_or("", FileName::as_str));
        }
        Command::Cancel => return jobs::cancel(state),
        Command::Animate => return dynamics::animate(state),
        Command::Reseed => return dynamics::reseed(state),
        Command::Ensemble(seed) => return dynamics::ensemble(state, seed),
        Command::NextCurve => return dynamics::next_curve(state),
        Command::Curve(curve) => return dynamics::curve(state, curve),
        Command::Push => dynamics::push(state),
        Command::NextThreshold => dynamics::next_threshold(state),
        Command::Threshold(cutoff) => dynamics::threshold(state, cutoff),
        Command::NextMode => return collective::step_mode(state, 1),
        Command::PreviousMode => return collective::step_mode(state, -1),
        Command::Mode(mode) => return collective::choose_mode(state, mode.map(Ordinal::index)),
        Command::SwingMore => collective::swing(state, state.view.amplitude * 1.25),
        Command::SwingLess => collective::swing(state, state.view.amplitude / 1.25),
        Command::Amplitude(deviations) => collective::swing(state, deviations.0),
        Command::NextCompared => return collective::next_compared(state),
        Command::Compare(Some(Compared::Structure(name))) => {
            return beside::open(state, name.as_str());
        }
        Command::Compare(Some(Compared::Source(source))) => {
            return collective::compare(state, Some(source));
        }
        Command::Trajectory(runs) => return simulation::take(state, runs),
        Command::Compare(None) => return collective::compare(state, None),
        Command::Difference => return collective::toggle_difference(state),
        Command::Accept => return accept(state),
        Command::AskExport => export::choose(state),
        Command::Export(to) => return export::ask(state, to.family, to.path.as_str(), false),
        Command::Replace(to) => return export::ask(state, to.family, to.path.as_str(), true),
        Command::ToggleMouse => return screen::mouse(state, !state.program.mouse),
        Command::Mouse(on) => return screen::mouse(state, on),
        Command::PrintMarksAndQuit => return vec![Effect::Quit(state.marked_names())],
        Command::Quit => return vec![Effect::Quit(Vec::new())],
        Command::Copy => return marks::copy(state),
        other => return edit(state, other),
    }
    Vec::new()
}

/// What moves the cursor, the focus or a view.
fn moved(state: &mut State, command: &Command) -> bool {
    match command {
        Command::Left => motion::arrow(state, -1, 0),
        Command::Right => motion::arrow(state, 1, 0),
        Command::Up => motion::arrow(state, 0, -1),
        Command::Down => motion::arrow(state, 0, 1),
        Command::PageLeft => motion::page(state, -1),
        Command::PageRight => motion::page(state, 1),
        Command::Start => motion::end(state, false),
        Command::End => motion::end(state, true),
        Command::NextPanel => motion::focus(state, state.view.focus.step(1)),
        Command::PreviousPanel => motion::focus(state, state.view.focus.step(-1)),
        Command::FocusSequence => motion::focus(state, Panel::Sequence),
        Command::FocusFlexibility => motion::focus(state, Panel::Flexibility),
        Command::FocusCoupling => motion::focus(state, Panel::Coupling),
        Command::FocusStructure => motion::focus(state, Panel::Structure),
        Command::FocusMutations => motion::focus(state, Panel::Mutations),
        Command::FocusTriage => motion::focus(state, Panel::Triage),
        Command::FocusResidues => motion::focus(state, Panel::Residues),
        Command::FocusVariants => motion::focus(state, Panel::Variants),
        Command::NextResidue => motion::step_residue(state, 1),
        Command::PreviousResidue => motion::step_residue(state, -1),
        Command::Panel(panel) => motion::focus(state, *panel),
        Command::ToggleExpanded => state.view.expanded = !state.view.expanded,
        Command::ZoomIn => motion::zoom(state, 1),
        Command::ZoomOut => motion::zoom(state, -1),
        Command::ZoomReset => motion::zoom(state, 0),
        Command::Spin => state.view.spinning = !state.view.spinning,
        Command::NextMatch => motion::match_step(state, true),
        Command::PreviousMatch => motion::match_step(state, false),
        Command::Find(text) => motion::search(state, text.as_str()),
        Command::At(spot) => marks::at(state, spot),
        Command::NextColor => screen::recolor(state),
        Command::NextReading => screen::reread(state),
        Command::NextGraphics => {
            let next = state
                .view
                .graphics
                .next(state.program.cell_pixels.is_some());
            screen::graphics(state, next);
        }
        Command::Graphics(graphics) => screen::graphics(state, *graphics),
        Command::NextOrder if state.view.focus == Panel::Coupling => collective::by_domain(state),
        Command::NextOrder => screen::reorder(state),
        Command::NextTheme => screen::next_theme(state),
        Command::Theme(name) => screen::theme(state, name.as_str()),
        Command::Back => screen::back(state),
        _ => return false,
    }
    true
}

/// What changes what the user made of the protein, asks for something to be typed, or opens another.
fn edit(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::Mark => marks::toggle(state),
        Command::MarkNamed(name) => marks::mark(state, name.as_str()),
        Command::Unmark(name) => marks::unmark(state, name.as_str()),
        Command::Note(remark) => marks::note(state, &remark),
        Command::WriteNote => prompts::note(state),
        Command::AskFilter => prompts::filter(state),
        Command::Filter(text) => {
            state.filter_triage(text.as_ref().map_or("", |t| t.as_str()));
        }
        Command::SortNext if state.view.focus == Panel::Variants => {
            if let Some(list) = &mut state.desk.variants {
                list.next_order();
            }
        }
        Command::SortNext if state.view.focus == Panel::Residues => state.sort_residues(true),
        Command::SortReverse if state.view.focus == Panel::Residues => state.sort_residues(false),
        Command::SortNext => state.sort_triage(true),
        Command::SortReverse => state.sort_triage(false),
        Command::Top(top) => state.show_top(top.map(|n| n.index() + 1)),
        Command::Residues(by) => state.sort_residues_by(by.measure, by.order),
        Command::ResidueFilter(text) => {
            filter_residues(state, text.as_ref().map_or("", |t| t.as_str()));
        }
        Command::MarkShown => marks::mark_shown(state),
        Command::Sort(by) => state.sort_triage_by(by.measure, by.order),
        Command::Select(text) => marks::select(state, text.as_ref().map_or("", |t| t.as_str())),
        Command::Undo => undo::step(state, true),
        Command::Redo => undo::step(state, false),
        Command::Resume => marks::resume(state),
        Command::Search => prompts::search(state),
        Command::CommandLine => prompts::command(state, ""),
        Command::Help => prompts::palette(state),
        Command::Messages => state.program.overlay = Overlay::Messages(0),
        Command::AskFile => return parts::ask(state),
        Command::Open(path) => return parts::open(state, path.as_str().into()),
        Command::Sequence(path) => {
            return parts::sequence(state, path.as_ref().map(FileName::as_str));
        }
        Command::Assembly(id) => return parts::assembly(state, id.as_ref().map(Text::as_str)),
        Command::Context(counts) => return parts::context(state, counts),
        Command::Chain(chains) => return parts::chains(state, chains.0),
        Command::NextChain => return parts::next_chain(state, 1),
        Command::PreviousChain => return parts::next_chain(state, -1),
        Command::Model(number) => return parts::model(state, number.0.index()),
        Command::NextModel => return parts::next_model(state, 1),
        Command::PreviousModel => return parts::next_model(state, -1),
        Command::Record(number) => return parts::record(state, number.index()),
        _ => {}
    }
    Vec::new()
}

fn filter_residues(state: &mut State, text: &str) {
    let said = match state.show_residues(text) {
        Ok(()) => Notice::info(format!(
            "{} residues shown",
            state.desk.residues.shown.len()
        )),
        Err(fault) => Notice::error(fault.to_string()),
    };
    state.say(said);
}

fn accept(state: &mut State) -> Vec<Effect> {
    match state.view.focus {
        Panel::Mutations | Panel::Triage | Panel::Variants => return what_if::ask(state),
        Panel::Coupling => motion::fix_partner(state),
        _ => {}
    }
    Vec::new()
}

//! The mouse: click a residue, pair or cell; drag to turn or to select; wheel to zoom or scroll.

use super::{export, motion, run, welcome};
use crate::app::effect::Effect;
use crate::app::message::{Gesture, Place, Pointer};
use crate::app::messages::Notice;
use crate::app::palette::{Palette, PaletteLine};
use crate::app::panel::Panel;
use crate::app::program::Overlay;
use crate::app::state::State;

/// Radians a cell of dragging turns the structure.
const DRAG_TURN: f64 = 0.05;

pub(super) fn point(state: &mut State, pointer: Pointer) -> Vec<Effect> {
    if let Overlay::Palette(palette) = &mut state.program.overlay {
        return in_palette(palette, pointer).map_or_else(Vec::new, |line| {
            state.program.overlay = Overlay::None;
            run::chosen(state, &line)
        });
    }
    if let Overlay::Export(dialog) = &mut state.program.overlay {
        match (pointer.gesture, pointer.place) {
            (Gesture::Press, Place::Line(line)) => {
                if let Some(product) = dialog.lines.get(line).copied() {
                    export::name(state, product);
                }
            }
            (Gesture::Press, _) => state.program.overlay = Overlay::None,
            (Gesture::WheelUp, _) => dialog.step(-3),
            (Gesture::WheelDown, _) => dialog.step(3),
            (Gesture::Drag { .. } | Gesture::Release, _) => {}
        }
        return Vec::new();
    }
    if let Overlay::Messages(rows) = &mut state.program.overlay {
        match pointer.gesture {
            Gesture::WheelUp => *rows = rows.saturating_sub(3),
            Gesture::WheelDown => *rows += 3,
            Gesture::Press => state.program.overlay = Overlay::None,
            Gesture::Drag { .. } | Gesture::Release => {}
        }
        return Vec::new();
    }
    if state.shows_welcome() {
        return in_welcome(state, pointer);
    }
    match pointer.gesture {
        Gesture::Press => press(state, pointer.place),
        Gesture::Release => {
            if let Some(residue) = state.desk.grasped.take() {
                motion::go_to(state, residue);
            }
        }
        Gesture::Drag { columns, rows } => drag(state, pointer.place, columns, rows),
        Gesture::WheelUp => wheel(state, pointer.place, 1),
        Gesture::WheelDown => wheel(state, pointer.place, -1),
    }
    Vec::new()
}

fn in_palette(palette: &mut Palette, pointer: Pointer) -> Option<PaletteLine> {
    match (pointer.gesture, pointer.place) {
        (Gesture::Press, Place::Line(line)) => return palette.lines.get(line).cloned(),
        (Gesture::WheelUp, _) => palette.step(-3),
        (Gesture::WheelDown, _) => palette.step(3),
        _ => {}
    }
    None
}

fn in_welcome(state: &mut State, pointer: Pointer) -> Vec<Effect> {
    let last = state.program.welcome.lines().count().saturating_sub(1);
    let selected = &mut state.program.welcome.selected;
    match (pointer.gesture, pointer.place) {
        (Gesture::Press, Place::Line(line)) if line <= last => {
            *selected = line;
            return welcome::open_line(state);
        }
        (Gesture::WheelUp, _) => *selected = selected.saturating_sub(3),
        (Gesture::WheelDown, _) => *selected = (*selected + 3).min(last),
        _ => {}
    }
    Vec::new()
}

fn press(state: &mut State, place: Place) {
    if let Some(panel) = panel_of(place) {
        motion::focus(state, panel);
    }
    state.desk.anchor = along_the_chain(place);
    // It may become a turn, which leaves the cursor where it is.
    state.desk.grasped = match place {
        Place::Residue(Panel::Structure, residue) => Some(residue),
        _ => None,
    };
    if state.desk.grasped.is_none() {
        to(state, place);
    }
}

fn panel_of(place: Place) -> Option<Panel> {
    match place {
        Place::Residue(panel, _) | Place::Panel(panel) | Place::Column(panel, _) => Some(panel),
        Place::Pair(..) => Some(Panel::Coupling),
        Place::Substitution(..) => Some(Panel::Mutations),
        Place::Row(_) => Some(Panel::Triage),
        Place::Variant(_) => Some(Panel::Variants),
        Place::Line(_) | Place::Nowhere => None,
    }
}

fn to(state: &mut State, place: Place) {
    match place {
        Place::Residue(_, index) => motion::go_to(state, index),
        Place::Pair(residue, partner) => {
            motion::go_to(state, residue);
            state.desk.cursor.partner = Some(partner.min(state.len().saturating_sub(1)));
        }
        Place::Substitution(index, mutant) => {
            motion::go_to(state, index);
            state.desk.cursor.mutant = Some(mutant);
        }
        Place::Row(row) => state.choose_triage_row(row),
        Place::Variant(row) => state.choose_variant(row),
        Place::Column(panel, column) => state.sort_by_column(panel, column),
        Place::Panel(_) | Place::Line(_) | Place::Nowhere => {}
    }
}

fn drag(state: &mut State, place: Place, columns: i16, rows: i16) {
    if state.view.focus == Panel::Structure {
        state.desk.grasped = None;
        let full = std::f64::consts::TAU;
        let view = &mut state.view;
        view.yaw = (view.yaw + f64::from(columns) * DRAG_TURN).rem_euclid(full);
        view.pitch = (view.pitch + f64::from(rows) * DRAG_TURN * 2.0).rem_euclid(full);
    } else if panel_of(place) == Some(state.view.focus) {
        to(state, place);
        if let (Some(from), Some(end)) = (state.desk.anchor, along_the_chain(place)) {
            select(state, from.min(end), from.max(end));
        }
    }
}

/// The residue of the sequence or of the bars: dragging there selects a range.
fn along_the_chain(place: Place) -> Option<usize> {
    match place {
        Place::Residue(Panel::Sequence | Panel::Flexibility, residue) => Some(residue),
        _ => None,
    }
}

fn select(state: &mut State, first: usize, last: usize) {
    let Some(subject) = state.desk.subject.clone().filter(|s| last < s.len()) else {
        return;
    };
    state.desk.selection = Some(
        (0..subject.len())
            .map(|i| (first..=last).contains(&i))
            .collect(),
    );
    state.desk.selection_text.clear();
    let chain = subject.chain_of[first];
    if subject.has_coordinates() && subject.chain_of[last] == chain {
        let (name, from, to) = (
            &subject.chains[chain],
            subject.numbers[first],
            subject.numbers[last],
        );
        state.desk.selection_text = format!("chain {name} and resi {from}-{to}");
    }
    let (from, to) = (&subject.labels[first], &subject.labels[last]);
    let count = last - first + 1;
    state.say(Notice::info(format!(
        "{from} to {to} selected, {count} residues · esc clears"
    )));
}

fn wheel(state: &mut State, place: Place, by: i8) {
    let before = state.view.focus;
    match panel_of(place) {
        Some(Panel::Triage | Panel::Residues | Panel::Variants) => {
            motion::step_row(state, isize::from(-by) * 3);
        }
        Some(panel @ (Panel::Structure | Panel::Coupling)) => {
            state.view.focus = panel;
            motion::zoom(state, by);
            state.view.focus = before;
        }
        Some(_) => {
            let to = state.desk.cursor.residue as isize - isize::from(by) * 3;
            motion::go_to(state, to.max(0) as usize);
        }
        None => {}
    }
}

//! One file a panel: each turns a part of the state into cells, and a cell back into what it stands for.

pub mod coupling;
pub mod detail;
pub mod export;
pub mod flexibility;
pub mod header;
pub mod hints;
pub mod messages;
pub mod mutations;
pub mod palette;
mod popup;
pub mod prompt;
pub mod residues;
pub mod sequence;
pub mod status;
pub mod structure;
mod text;
pub mod too_small;
mod tracks;
pub mod triage;
pub mod variants;
pub mod welcome;
mod what_if;

use image::RgbaImage;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::{areas, inner};
use super::theme::Theme;
use crate::app::message::Place;
use crate::app::panel::Panel;
use crate::app::state::State;

/// Draws every panel, the header and the lines at the foot.
pub(super) fn draw_panels(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let areas = areas(area, &state.view);
    header::draw(state, theme, areas.header, buf);
    if state.desk.what_if.open {
        let (top, end) = (areas.header.bottom(), areas.status.top());
        let body = Rect {
            y: top,
            height: end.saturating_sub(top),
            ..area
        };
        what_if::draw(state, theme, body, buf);
        status::draw(state, theme, areas.status, buf);
        hints::draw(state, theme, areas.hints, buf);
        return;
    }
    for (panel, place) in &areas.panels {
        let note = match panel {
            Panel::Sequence => sequence::draw(state, theme, inner(*place), buf),
            Panel::Flexibility => flexibility::draw(state, theme, inner(*place), buf),
            Panel::Coupling => coupling::draw(state, theme, inner(*place), buf),
            Panel::Structure => structure::draw(state, theme, inner(*place), buf),
            Panel::Mutations => mutations::draw(state, theme, inner(*place), buf),
            Panel::Triage => triage::draw(state, theme, inner(*place), buf),
            Panel::Residues => residues::draw(state, theme, inner(*place), buf),
            Panel::Variants => variants::draw(state, theme, inner(*place), buf),
        };
        let title = format!("{} {}", panel.digit(), panel.title());
        let focused = *panel == state.view.focus;
        text::rule(theme, *place, &title, &note, focused, buf);
    }
    detail::draw(state, theme, areas.detail, buf);
    status::draw(state, theme, areas.status, buf);
    hints::draw(state, theme, areas.hints, buf);
}

/// The picture of the structure and its cells, where it is drawn as one.
pub(super) fn picture(state: &State, theme: &Theme, area: Rect) -> Option<(Rect, RgbaImage)> {
    state.picture_cell()?;
    if state.desk.what_if.open {
        return None;
    }
    let areas = areas(area, &state.view);
    let shown = areas.panels.iter().find(|(p, _)| *p == Panel::Structure)?;
    structure::picture(state, theme, inner(shown.1))
}

/// What a cell of the panels stands for.
pub(super) fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Place {
    if state.desk.what_if.open {
        return Place::Nowhere;
    }
    let areas = areas(area, &state.view);
    let Some((panel, place)) = areas.panels.iter().find(|(_, r)| r.contains(at.into())) else {
        return Place::Nowhere;
    };
    let body = inner(*place);
    let found = match panel {
        Panel::Sequence => sequence::hit(state, theme, body, at),
        Panel::Flexibility => flexibility::hit(state, theme, body, at),
        Panel::Coupling => coupling::hit(state, theme, body, at),
        Panel::Structure => structure::hit(state, theme, body, at),
        Panel::Mutations => mutations::hit(state, theme, body, at),
        Panel::Triage => triage::hit(state, theme, body, at),
        Panel::Residues => residues::hit(state, theme, body, at),
        Panel::Variants => variants::hit(state, theme, body, at),
    };
    found.unwrap_or(Place::Panel(*panel))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

//! The backbone in space, coloured, with the axes of its motion.
//!
//! ```text
//! ─ 4 structure ───────────────────── RMSF · largest 2.61 Å · axes 2 sd ─
//!        ⢀⣠⣤⡀
//!    N ⣴⠟⠉  ⠙⣧   ◉ A:42
//!  rigid 0.31 ▒▒▒▓▓▓███ 2.04 Å mobile
//! ```

mod coloring;

use image::RgbaImage;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use self::coloring::{AXIS_DEVIATIONS, Coloring};
use super::text;
use crate::app::collective::swung;
use crate::app::message::Place;
use crate::app::panel::{Graphics, Panel};
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::numeric::Vec3;
use crate::protein::SecondaryStructure;
use crate::ui::theme::{Role, Theme};
use crate::ui::widgets::canvas3d::{Beside, Frame, Label, upright};
use crate::ui::widgets::{Camera, Canvas3D, RenderMode};

/// How fast the animation goes from one conformation to the next.
const CONFORMATIONS_A_SECOND: f64 = 1.5;
/// How often a mode swings to and fro.
const SWINGS_A_SECOND: f64 = 0.4;

/// Draws the panel; the note of its rule.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    let Some(subject) = state.desk.subject.as_ref().filter(|s| s.has_coordinates()) else {
        let lines = ["a sequence has no coordinates", "O opens a structure file"];
        text::empty(theme, area, &lines, buf);
        return String::new();
    };
    let coloring = Coloring::new(state, subject, theme);
    let (above, below) = parts(area);
    with_canvas(state, theme, &coloring, |canvas| canvas.render(above, buf));
    coloring.draw_legend(theme, below, buf);
    let grey = state.beside().map(|b| format!("grey {}", b.name()));
    let shown = state.view.neighbours && !subject.surroundings.is_empty();
    let around = shown.then(|| "grey neighbours".to_owned());
    let said = [motion_note(state), grey, around, Some(coloring.note)];
    said.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The structure, and below it the line of the legend.
fn parts(area: Rect) -> (Rect, Rect) {
    let legend = u16::from(area.height >= 7);
    let above = Rect {
        height: area.height - legend,
        ..area
    };
    let below = Rect {
        y: above.bottom(),
        height: legend,
        ..area
    };
    (above, below)
}

/// Does something with the structure as it is now.
fn with_canvas<T>(
    state: &State,
    theme: &Theme,
    coloring: &Coloring<'_>,
    with: impl FnOnce(&Canvas3D<'_>) -> T,
) -> Option<T> {
    let subject = state.desk.subject.as_ref()?;
    let marked: Vec<bool> = (0..subject.len())
        .map(|i| state.desk.marks.touches(i))
        .collect();
    let moved = conformation(state);
    let canvas = canvas(state, theme, moved.as_deref())?;
    let around = Some(&subject.surroundings).filter(|_| state.view.neighbours);
    let strands: Vec<_> = around
        .iter()
        .flat_map(|a| &a.strands)
        .map(|s| (s.points.as_slice(), s.joined.as_slice()))
        .collect();
    Some(with(&Canvas3D {
        beside: Beside {
            strands: &strands,
            bonds: around.map_or(&[], |a| &a.bonds),
            atoms: around.map_or(&[], |a| &a.atoms),
        },
        colors: &coloring.colors,
        radii: &radii(subject),
        marked: &marked,
        selected: state.desk.selection.as_deref().unwrap_or_default(),
        labels: &labels(state, subject),
        ..canvas
    }))
}

/// The ends of the chains, with the chain's name where there are several, and the partner of the pair.
fn labels(state: &State, subject: &Subject) -> Vec<Label> {
    let several = subject.chains.len() > 1;
    let name = |end: &str, i: usize| {
        let chain = &subject.chains[subject.chain_of[i]];
        if several {
            format!("{chain} {end}")
        } else {
            end.to_owned()
        }
    };
    let known: Vec<usize> = (0..subject.len())
        .filter(|i| subject.alpha_carbons[*i].is_some())
        .collect();
    let mut labels = Vec::new();
    for (at, i) in known.iter().enumerate() {
        // The cursor's own name stands there.
        if *i == state.desk.cursor.residue {
            continue;
        }
        let is_of_chain = |other: Option<&usize>| {
            other.is_some_and(|o| subject.chain_of[*o] == subject.chain_of[*i])
        };
        if !is_of_chain(at.checked_sub(1).and_then(|b| known.get(b))) {
            labels.push(Label::new(*i, name("N", *i), Role::Dim));
        } else if !is_of_chain(known.get(at + 1)) {
            labels.push(Label::new(*i, name("C", *i), Role::Dim));
        }
    }
    let partner = state.desk.cursor.partner;
    if let Some(p) = partner.filter(|p| *p != state.desk.cursor.residue && *p < subject.len()) {
        labels.push(Label::new(p, subject.labels[p].clone(), Role::Pair));
    }
    labels
}

/// The picture of the structure in pixels and the cells it covers, where it is drawn as one; the theme
/// is one of true colours.
#[must_use]
pub fn picture(state: &State, theme: &Theme, area: Rect) -> Option<(Rect, RgbaImage)> {
    let subject = state
        .desk
        .subject
        .as_ref()
        .filter(|s| s.has_coordinates())?;
    let coloring = Coloring::new(state, subject, theme);
    with_canvas(state, theme, &coloring, |canvas| {
        canvas.picture(parts(area).0)
    })?
}

/// What moves the structure, in words.
fn motion_note(state: &State) -> Option<String> {
    if let Some((collective, mode)) = state.swinging() {
        return Some(format!(
            "mode {} ({:.0} %), {:.1} sd",
            state.view.mode.unwrap_or(0) + 1,
            100.0 * collective.share(mode),
            state.view.amplitude
        ));
    }
    let ensemble = state.ensemble().filter(|_| state.view.animating)?;
    Some(ensemble.count_text())
}

/// Å of the trace: helices and strands are thicker than what joins them.
fn radii(subject: &Subject) -> Vec<f64> {
    let radius = |s: &SecondaryStructure| match s {
        SecondaryStructure::AlphaHelix
        | SecondaryStructure::Helix310
        | SecondaryStructure::PiHelix => 0.75,
        SecondaryStructure::Strand | SecondaryStructure::Bridge => 0.65,
        _ => 0.32,
    };
    subject.secondary.iter().map(radius).collect()
}

/// Where the atoms are now, while they move.
fn conformation(state: &State) -> Option<Vec<Option<Vec3>>> {
    if let (Some((_, mode)), Some(subject)) = (state.swinging(), &state.desk.subject) {
        let phase = state.program.clock.as_secs_f64() * SWINGS_A_SECOND * std::f64::consts::TAU;
        let deviations = state.view.amplitude * phase.sin();
        return Some(swung(&subject.alpha_carbons, mode, deviations));
    }
    let ensemble = state
        .ensemble()
        .filter(|e| state.view.animating && e.moves())?;
    Some(ensemble.at(state.program.clock.as_secs_f64() * CONFORMATIONS_A_SECOND))
}

fn canvas<'a>(
    state: &'a State,
    theme: &'a Theme,
    moved: Option<&'a [Option<Vec3>]>,
) -> Option<Canvas3D<'a>> {
    let subject = state.desk.subject.as_ref()?;
    let dynamics = state.dynamics();
    let beside = state.beside();
    let view = &state.view;
    let index = state.desk.cursor.residue;
    let rotation = upright(&subject.alpha_carbons);
    let camera = Camera {
        rotation,
        zoom: view.magnification,
        ..Camera::default()
    }
    .turned(view.yaw, 0.0)
    .turned(0.0, -view.pitch);
    Some(Canvas3D {
        bonded: &subject.bonded,
        frame: Frame::turning(
            beside.map_or(&subject.alpha_carbons, |b| &b.both),
            &rotation,
            view.pitch,
        )
        .map(|frame| frame.towards(subject.alpha_carbons[index], view.magnification - 1.0)),
        ghosts: beside.map_or(&[], |b| &b.laid_over),
        mode: match (state.picture_cell(), view.graphics) {
            (Some((wide, high)), _) => RenderMode::Pixels(wide, high),
            (None, Graphics::HalfBlock) => RenderMode::HalfBlock,
            (None, Graphics::Pixels | Graphics::Braille) => RenderMode::Braille,
        },
        axes: dynamics
            .filter(|_| moved.is_none())
            .map_or(&[], |d| &d.axes),
        ellipsoid: dynamics
            .filter(|_| moved.is_none())
            .and_then(|d| d.report().dynamics.marginals[index]),
        exaggeration: AXIS_DEVIATIONS,
        cursor: Some(index),
        label: &subject.labels[index],
        pair: state
            .desk
            .cursor
            .partner
            .filter(|p| *p != index)
            .map(|p| (index, p)),
        ..Canvas3D::new(moved.unwrap_or(&subject.alpha_carbons), camera, theme)
    })
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Option<Place> {
    let residue = canvas(state, theme, None)?.hit(parts(area).0, at.0, at.1)?;
    Some(Place::Residue(Panel::Structure, residue))
}

//! The backbone in space, coloured, with the axes of its motion.
//!
//! ```text
//! ─ 4 structure ──── RMSF up to 2.61 Å · colours 0.31–2.04 · axes 2 sd ─
//!        ⢀⣠⣤⡀
//!      ⣴⠟⠉  ⠙⣧   ◉ A:42
//! ```

use image::RgbaImage;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::widgets::Widget as _;

use super::{text, tracks};
use crate::analysis::mutation_map::Direction;
use crate::app::collective::swung;
use crate::app::message::Place;
use crate::app::panel::{ColorBy, Graphics, Panel};
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::numeric::Vec3;
use crate::numeric::stats::quantile;
use crate::protein::{BColumn, SecondaryStructure};
use crate::ui::theme::{Role, Theme};
use crate::ui::widgets::canvas3d::{Frame, upright};
use crate::ui::widgets::{Camera, Canvas3D, RenderMode};

/// Standard deviations that an axis shows on either side.
const AXIS_DEVIATIONS: f64 = 2.0;
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
    let (colors, note) = colors(state, subject, theme);
    with_canvas(state, theme, &colors, |canvas| canvas.render(area, buf));
    let grey = state.beside().map(|b| format!("grey {}", b.name()));
    let said = [motion_note(state), grey, Some(note)];
    said.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Does something with the structure as it is now.
fn with_canvas<T>(
    state: &State,
    theme: &Theme,
    colors: &[Color],
    with: impl FnOnce(&Canvas3D<'_>) -> T,
) -> Option<T> {
    let subject = state.desk.subject.as_ref()?;
    let marked: Vec<bool> = (0..subject.len())
        .map(|i| state.desk.marks.touches(i) || state.desk.selection.as_ref().is_some_and(|s| s[i]))
        .collect();
    let moved = conformation(state);
    let canvas = canvas(state, theme, moved.as_deref())?;
    Some(with(&Canvas3D {
        colors,
        radii: &radii(subject),
        marked: &marked,
        ..canvas
    }))
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
    let (colors, _) = colors(state, subject, theme);
    with_canvas(state, theme, &colors, |canvas| canvas.picture(area))?
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
        ),
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

/// One colour a residue, and what the colours mean.
fn colors(state: &State, subject: &Subject, theme: &Theme) -> (Vec<Color>, String) {
    if let Some(response) = &state.desk.response {
        let site = &subject.labels[response.site];
        let colors = along(&response.profile, response.range, theme);
        return (colors, format!("answer to a push at {site}"));
    }
    let chosen = match state.view.color_by {
        ColorBy::Rmsf => by_rmsf(state, theme),
        ColorBy::BColumn => by_b_column(subject, theme),
        ColorBy::Coupling => by_coupling(state, subject, theme),
        ColorBy::Score => by_score(state, theme),
        ColorBy::Secondary => Some(by_secondary(subject, theme)),
        ColorBy::Chain => Some(by_chain(subject, theme)),
        ColorBy::Domain => by_domain(state, theme),
        ColorBy::Conservation => by_conservation(state, theme),
    };
    chosen.unwrap_or_else(|| {
        (
            Vec::new(),
            format!("no {} to colour by", state.view.color_by.name()),
        )
    })
}

/// Colours of the motion scale between two values.
fn along(values: &[f64], (low, high): (f64, f64), theme: &Theme) -> Vec<Color> {
    values
        .iter()
        .map(|v| {
            if v.is_finite() {
                theme.motion.between(*v, low, high).color
            } else {
                theme.color(Role::Missing)
            }
        })
        .collect()
}

fn by_rmsf(state: &State, theme: &Theme) -> Option<(Vec<Color>, String)> {
    let dynamics = state.dynamics()?;
    let (low, high) = dynamics.rmsf_range_angstrom;
    let colors = along(dynamics.rmsf_angstrom(), (low, high), theme);
    let largest = quantile(dynamics.rmsf_angstrom(), 1.0);
    let note = format!(
        "RMSF up to {largest:.2} Å · colours {low:.2}–{high:.2} · axes {AXIS_DEVIATIONS} sd"
    );
    Some((colors, note))
}

fn by_b_column(subject: &Subject, theme: &Theme) -> Option<(Vec<Color>, String)> {
    if !subject.b_column.iter().any(|b| b.is_finite()) {
        return None;
    }
    let (low, high) = (
        quantile(&subject.b_column, 0.02),
        quantile(&subject.b_column, 0.98),
    );
    let colors = along(&subject.b_column, (low, high), theme);
    let note = match subject.b_meaning {
        BColumn::BFactor => format!("B {low:.0}–{high:.0} Å²"),
        other => format!("{} {low:.0}–{high:.0}", other.what()),
    };
    Some((colors, note))
}

fn by_coupling(state: &State, subject: &Subject, theme: &Theme) -> Option<(Vec<Color>, String)> {
    let dynamics = state.dynamics()?;
    let row = dynamics.correlation().row(state.desk.cursor.residue);
    let limit = dynamics.correlation_limit;
    let colors = row
        .iter()
        .map(|c| theme.diverging.around_zero(*c, limit).color);
    let label = &subject.labels[state.desk.cursor.residue];
    Some((colors.collect(), format!("coupling to {label} ±{limit}")))
}

fn by_score(state: &State, theme: &Theme) -> Option<(Vec<Color>, String)> {
    let view = state.map()?;
    // Red is damage, whichever way the score runs.
    let sign = match view.direction {
        Direction::HigherIsDamaging => 1.0,
        Direction::HigherIsTolerated => -1.0,
    };
    let colors = view
        .position_mean
        .iter()
        .map(|s| theme.diverging.around_zero(sign * s, view.limit).color);
    Some((colors.collect(), format!("mean {}", view.title)))
}

fn by_secondary(subject: &Subject, theme: &Theme) -> (Vec<Color>, String) {
    let colors = subject.secondary.iter().map(|s| {
        theme.color(match s {
            SecondaryStructure::AlphaHelix
            | SecondaryStructure::Helix310
            | SecondaryStructure::PiHelix => Role::Helix,
            SecondaryStructure::Strand | SecondaryStructure::Bridge => Role::Strand,
            _ => Role::Coil,
        })
    });
    (colors.collect(), "secondary structure".to_owned())
}

fn by_chain(subject: &Subject, theme: &Theme) -> (Vec<Color>, String) {
    let last = subject.chains.len().saturating_sub(1).max(1) as f64;
    let colors = subject
        .chain_of
        .iter()
        .map(|c| theme.sequential.between(*c as f64, -0.3 * last, last).color);
    (
        colors.collect(),
        format!("chains {}", subject.chains.join(" ")),
    )
}

fn by_domain(state: &State, theme: &Theme) -> Option<(Vec<Color>, String)> {
    let dynamics = state.dynamics()?;
    let count = tracks::domain_count(dynamics);
    let domains = &dynamics.report().domains;
    if count == 0 {
        return None;
    }
    let colors = domains
        .iter()
        .map(|d| tracks::domain_color(theme, *d, count));
    Some((colors.collect(), format!("{count} dynamic domains")))
}

fn by_conservation(state: &State, theme: &Theme) -> Option<(Vec<Color>, String)> {
    let report = state.desk.results.conservation.as_ref()?;
    let colors = along(&report.conservation, (0.0, 1.0), theme);
    Some((colors, "conservation 0–1, red = most".to_owned()))
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Option<Place> {
    let residue = canvas(state, theme, None)?.hit(area, at.0, at.1)?;
    Some(Place::Residue(Panel::Structure, residue))
}

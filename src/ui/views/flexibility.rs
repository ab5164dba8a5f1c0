//! RMSF along the sequence, with the experiment over it.
//!
//! ```text
//! ━ 2 flexibility ━━━━━━━━━━━━ pfANM · r 0.72 with B-factors (214) ━
//! 2.4┤        ▂▇▅            ▁
//!    │▅▂▁ ▁▂▅▇███▇▃▁▁▂▁ ▂▃▅▆▇█▇▅▃▂
//! Å 0┤███████████████████████████
//!      10        20        30
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::{text, tracks};
use crate::app::dynamics::source_name;
use crate::app::message::Place;
use crate::app::panel::{Curve, Panel};
use crate::app::state::State;
use crate::numeric::stats::{pearson, quantile};
use crate::study::Slot;
use crate::ui::layout::window;
use crate::ui::theme::Theme;

use crate::ui::widgets::bars::round_up;
use crate::ui::widgets::{BarMode, Reduce, ResidueBars};

/// Draws the panel; the note of its rule.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    let marked: Vec<bool> = (0..state.len())
        .map(|i| state.desk.marks.touches(i))
        .collect();
    let responses = responses(state);
    let Some(bars) = bars(state, theme, &marked, &responses) else {
        text::empty(theme, area, &lines_without_data(state), buf);
        return String::new();
    };
    let plot = plot(state, area);
    (&bars).render(plot, buf);
    let mut lines = (plot.bottom()..area.bottom()).map(|y| Rect {
        y,
        height: 1,
        ..area
    });
    if let (true, Some(beside)) = (has_change(state, area), state.beside())
        && let Some(line) = lines.next()
    {
        tracks::draw_change(beside, &bars, theme, (plot, line), buf);
    }
    if let (Some(dynamics), Some(line)) = (state.dynamics(), lines.next()) {
        tracks::draw(dynamics, &bars, theme, (plot, line), buf);
    }
    let said = [Some(note(state)), bars.reduction(plot)];
    said.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Where the bars are: over the lines of the change to a second structure and of the domains.
fn plot(state: &State, area: Rect) -> Rect {
    let has_track = state.dynamics().is_some_and(|d| tracks::any(d)) && area.height >= 6;
    Rect {
        height: area.height - u16::from(has_track) - u16::from(has_change(state, area)),
        ..area
    }
}

fn has_change(state: &State, area: Rect) -> bool {
    state.beside().is_some() && area.height >= 7
}

fn note(state: &State) -> String {
    let (Some(dynamics), Some(subject)) = (state.dynamics(), &state.desk.subject) else {
        return String::new();
    };
    let source = source_name(dynamics.source());
    if let Some(response) = &state.desk.response {
        let site = &subject.labels[response.site];
        return format!("answer to a push at {site}, its own way = 1 · {source}");
    }
    match state.view.curve {
        Curve::Distance => {
            return state.beside().map_or_else(String::new, |beside| {
                let rmsd = beside.report().displacement.rmsd_core_angstrom;
                format!("Cα to {}, core superposed to {rmsd:.2} Å", beside.name())
            });
        }
        Curve::Anisotropy => return format!("anisotropy, 1 = every direction alike · {source}"),
        Curve::FlexibilityIndex => return format!("DFI, its mean = 1 · {source}"),
        Curve::Effectors => return format!("moves others when pushed · {source}"),
        Curve::Sensors => return format!("moved by pushes at others · {source}"),
        Curve::CouplingIndex => {
            let site = &subject.labels[state.desk.cursor.residue];
            return format!("DCI with {site}, 1 = the mean · {source}");
        }
        Curve::Bars | Curve::Line => {}
    }
    let mut parts = vec![format!("RMSF · {source}")];
    if let Some(comparison) = dynamics.comparison().filter(|c| c.pearson.is_finite()) {
        parts.push(format!(
            "r {:.2} with {} (n {})",
            comparison.pearson,
            comparison.with.name(),
            comparison.n
        ));
    }
    if let Some(beside) = state.beside() {
        parts.push(format!("over it {}", beside.name()));
    }
    if let Some(other) = state.compared() {
        parts.push(format!(
            "over it {}, r {:.2}",
            source_name(other.source()),
            pearson(dynamics.rmsf_angstrom(), other.rmsf_angstrom())
        ));
    }
    parts.join(" · ")
}

/// The profile of a curve that pushes at every residue give; empty until they are computed.
fn responses(state: &State) -> Vec<f64> {
    let Some(collective) = state.collective() else {
        return Vec::new();
    };
    let scan = &collective.report().responses;
    match state.view.curve {
        Curve::FlexibilityIndex => {
            let n = scan.dynamic_flexibility_index.len() as f64;
            let shares = scan.dynamic_flexibility_index.iter();
            shares.map(|share| share * n).collect()
        }
        Curve::Effectors => scan.effectiveness.clone(),
        Curve::Sensors => scan.sensitivity.clone(),
        Curve::CouplingIndex => scan.dynamic_coupling_index(&[state.desk.cursor.residue]),
        Curve::Bars | Curve::Line | Curve::Distance | Curve::Anisotropy => Vec::new(),
    }
}

fn bars<'a>(
    state: &'a State,
    theme: &'a Theme,
    marked: &'a [bool],
    responses: &'a [f64],
) -> Option<ResidueBars<'a>> {
    let (subject, dynamics) = (state.desk.subject.as_ref()?, state.dynamics()?);
    let view = window(
        subject.len(),
        (subject.len() >> state.view.track_zoom).max(1),
        state.desk.cursor.residue,
    );
    let plain = ResidueBars {
        numbers: &subject.numbers,
        window: view,
        marked,
        cursor: Some(state.desk.cursor.residue),
        ..ResidueBars::new(dynamics.rmsf_angstrom(), theme)
    };
    if let Some(response) = &state.desk.response {
        return Some(ResidueBars {
            values: &response.profile,
            range: Some(response.range),
            // The site itself stands out of the picture.
            top: Some(round_up(1.2 * response.range.1)),
            ..plain
        });
    }
    if state.view.curve == Curve::Distance {
        return Some(ResidueBars {
            values: state.beside()?.distance_angstrom(),
            unit: theme.glyphs.angstrom(),
            ..plain
        });
    }
    if state.view.curve == Curve::Anisotropy {
        return Some(ResidueBars {
            values: &dynamics.report().anisotropy,
            // A needle stands out, a sphere does not.
            range: Some((1.0, 0.0)),
            top: Some(1.0),
            reduce: Reduce::Mean,
            ..plain
        });
    }
    if state.view.curve.needs_responses() {
        let high = quantile(responses, 0.97);
        return (!responses.is_empty()).then(|| ResidueBars {
            values: responses,
            range: Some((quantile(responses, 0.03), high)),
            top: Some(round_up(1.2 * high)),
            ..plain
        });
    }
    let beside = state.beside().map(|beside| &*beside.rmsf_angstrom);
    let compared = beside.or(state.compared().map(|other| other.rmsf_angstrom()));
    Some(ResidueBars {
        experiment: dynamics.comparison().map_or(&[], |c| &c.observed_angstrom),
        overlay: compared.unwrap_or_default(),
        top: Some(round_up(axis_top(state)?)),
        range: Some(dynamics.rmsf_range_angstrom),
        unit: theme.glyphs.angstrom(),
        mode: if state.view.curve == Curve::Line {
            BarMode::Line
        } else {
            BarMode::Bars
        },
        ..plain
    })
}

/// The top of the axis in Å: room for every curve, but not for a few wild ends.
fn axis_top(state: &State) -> Option<f64> {
    let dynamics = state.dynamics()?;
    let observed = dynamics
        .comparison()
        .map_or(f64::NAN, |c| quantile(&c.observed_angstrom, 0.98));
    let other = state.compared().map_or(f64::NAN, |o| o.axis_top_angstrom);
    Some(dynamics.axis_top_angstrom.max(observed).max(other))
}

/// What is said while there is nothing to draw.
pub(super) fn lines_without_data(state: &State) -> Vec<&'static str> {
    if state.desk.jobs.contains_key(&Slot::Collective) {
        vec!["the responses to pushes are being computed"]
    } else if state.view.curve == Curve::Distance && state.dynamics().is_some() {
        vec!["there is no second structure", ":compare FILE opens one"]
    } else if state.desk.jobs.contains_key(&Slot::Dynamics) {
        vec!["the motion is being computed"]
    } else if state.desk.subject.is_some() && !state.has_coordinates() {
        vec!["a sequence has no coordinates", "O opens a structure file"]
    } else {
        vec!["no dynamics yet", "s tries the next source"]
    }
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Option<Place> {
    let responses = responses(state);
    let residue = bars(state, theme, &[], &responses)?.hit(plot(state, area), at.0, at.1)?;
    Some(Place::Residue(Panel::Flexibility, residue))
}

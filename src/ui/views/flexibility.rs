//! RMSF along the sequence, with the experiment over it.
//!
//! ```text
//! ━ 2 flexibility ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ RMSF · pfANM ━
//!  █ predicted  ─ B-factors r 0.72 · ρ 0.70 · RMSD 0.21 Å · n 214
//! 2.0┤        ▂▇▅            ▁
//!    │▅▂▁ ▁▂▅▇███▇▃▁▁▂▁ ▂▃▅▆▇█▇▅▃▂
//! Å 0┤███████████████████████████
//!      10        20        30
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::{text, tracks};
use crate::app::dynamics::{Dynamics, source_name};
use crate::app::message::Place;
use crate::app::panel::{Curve, Panel};
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::numeric::stats::{pearson, quantile};
use crate::study::Slot;
use crate::ui::layout::window;
use crate::ui::theme::{Role, Theme};
use crate::ui::widgets::axis::round_up;
use crate::ui::widgets::{BarMode, Division, Reduce, ResidueBars};

/// Draws the panel; the note of its rule.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    let marked: Vec<bool> = (0..state.len())
        .map(|i| state.desk.marks.touches(i))
        .collect();
    let responses = responses(state);
    let divisions = text::divisions(state);
    let Some(bars) = bars(state, theme, &marked, &responses, &divisions) else {
        text::empty(theme, area, &lines_without_data(state), buf);
        return String::new();
    };
    let plot = plot(state, area);
    (&bars).render(plot, buf);
    if plot.y > area.y {
        legend(state, theme, area, buf);
    }
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
    let mut said = note(state);
    if plot.y == area.y {
        said.extend(agreement(state));
    }
    said.extend(bars.reduction(plot));
    said.join(" · ")
}

/// Where the bars are: over the lines of the change to a second structure and of the domains, below that of the
/// legend.
fn plot(state: &State, area: Rect) -> Rect {
    let has_track = state.dynamics().is_some_and(|d| tracks::any(d)) && area.height >= 6;
    let has_legend = area.height >= 7
        && shows_rmsf(state)
        && (overlaid(state).is_some() || comparison(state).is_some());
    Rect {
        y: area.y + u16::from(has_legend),
        height: area.height
            - u16::from(has_track)
            - u16::from(has_legend)
            - u16::from(has_change(state, area)),
        ..area
    }
}

fn has_change(state: &State, area: Rect) -> bool {
    state.beside().is_some() && area.height >= 7
}

fn shows_rmsf(state: &State) -> bool {
    state.desk.response.is_none() && matches!(state.view.curve, Curve::Bars | Curve::Line)
}

/// The experiment that is drawn.
fn comparison(state: &State) -> Option<&crate::study::Comparison> {
    state.dynamics()?.comparison()
}

/// What is drawn, in which unit, and from whom.
fn note(state: &State) -> Vec<String> {
    let (Some(dynamics), Some(subject)) = (state.dynamics(), &state.desk.subject) else {
        return Vec::new();
    };
    let source = source_name(dynamics.source()).to_owned();
    if let Some(response) = &state.desk.response {
        let site = &subject.labels[response.site];
        return vec![
            format!("answer to a push at {site}, its own way = 1"),
            source,
        ];
    }
    let what = match state.view.curve {
        Curve::Distance => {
            return state.beside().map_or_else(Vec::new, |beside| {
                let rmsd = beside.report().displacement.rmsd_core_angstrom;
                vec![format!(
                    "Cα to {}, core superposed to {rmsd:.2} Å",
                    beside.name()
                )]
            });
        }
        Curve::Anisotropy => "anisotropy, 1 = every direction alike".to_owned(),
        Curve::FlexibilityIndex => "DFI, its mean = 1".to_owned(),
        Curve::Effectors => "moves others when pushed".to_owned(),
        Curve::Sensors => "moved by pushes at others".to_owned(),
        Curve::CouplingIndex => {
            let site = &subject.labels[state.desk.cursor.residue];
            format!("DCI with {site}, 1 = the mean")
        }
        Curve::Bars | Curve::Line => "RMSF".to_owned(),
    };
    let mut said = vec![what, source];
    said.extend(confidence(subject, state.desk.cursor.residue));
    said
}

/// How sure the model is of a residue, in the words of the AlphaFold Database: a loose end that moves is often
/// one that was not predicted well.
fn confidence(subject: &Subject, residue: usize) -> Option<String> {
    let atoms = &subject.protein.residues[residue].atoms;
    let alpha = atoms.iter().find(|a| a.name == "CA")?;
    let plddt = subject.structure.b_column.plddt(alpha.b_factor)?;
    let word = match plddt {
        p if p > 90.0 => "very high",
        p if p > 70.0 => "confident",
        p if p > 50.0 => "low",
        _ => "very low",
    };
    Some(format!(
        "{} pLDDT {plddt:.0}, {word}",
        subject.labels[residue]
    ))
}

/// How the experiment agrees, in the short form of the rule.
fn agreement(state: &State) -> Option<String> {
    let comparison = comparison(state).filter(|_| shows_rmsf(state))?;
    let with = comparison.with.name();
    Some(if comparison.pearson.is_finite() {
        format!("{with} r {:.2} (n {})", comparison.pearson, comparison.n)
    } else {
        format!("{with}: r is not defined")
    })
}

/// Which curve is whose, how they agree, and on which axis they stand.
fn legend(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(dynamics) = state.dynamics() else {
        return;
    };
    let (bar, stroke) = (theme.glyphs.text("█", "#"), theme.glyphs.text("─", "-"));
    let own_axis = |values: &[f64]| {
        let top = own_top(dynamics, values);
        top.map_or_else(String::new, |top| format!(" · own axis to {top} Å"))
    };
    let bar_style = theme.style(Role::Text).fg(theme.motion.shade(0.6).color);
    let dim = theme.style(Role::Dim);
    let mut x = text::put(theme, area, 1, 0, bar, bar_style, buf);
    x = text::put(theme, area, x, 0, " predicted, Å", dim, buf) + 2;
    if let Some(c) = comparison(state) {
        let said = if c.pearson.is_finite() {
            format!(
                " {} r {:.2} · ρ {:.2} · RMSD {:.2} Å · n {}",
                c.with.name(),
                c.pearson,
                c.spearman,
                c.rmsd_angstrom,
                c.n
            )
        } else {
            format!(" {}: r is not defined · n {}", c.with.name(), c.n)
        };
        let said = format!("{said}{}", own_axis(&c.observed_angstrom));
        x = text::put(
            theme,
            area,
            x,
            0,
            stroke,
            theme.style(Role::Experiment),
            buf,
        );
        x = text::put(theme, area, x, 0, &said, dim, buf) + 2;
    }
    if let (Some(name), Some(values)) = (overlaid_name(state), overlaid(state)) {
        let r = pearson(dynamics.rmsf_angstrom(), values);
        let said = format!(" {name} r {r:.2}{}", own_axis(values));
        x = text::put(theme, area, x, 0, stroke, theme.style(Role::Overlay), buf);
        text::put(theme, area, x, 0, &said, dim, buf);
    }
}

/// What lies over the bars: a second structure, or a second source.
fn overlaid(state: &State) -> Option<&[f64]> {
    let beside = state.beside().map(|beside| &*beside.rmsf_angstrom);
    beside.or(state.compared().map(|other| other.rmsf_angstrom()))
}

fn overlaid_name(state: &State) -> Option<String> {
    let beside = state.beside().map(|beside| beside.name());
    beside.or(state
        .compared()
        .map(|other| source_name(other.source()).to_owned()))
}

/// The top of an axis of its own in Å, for values of another level: half of the prediction's, or twice.
fn own_top(dynamics: &Dynamics, values: &[f64]) -> Option<f64> {
    let level = quantile(values, 0.5) / quantile(dynamics.rmsf_angstrom(), 0.5);
    let is_other = level.is_finite() && !(0.5..=2.0).contains(&level);
    is_other.then(|| round_up(quantile(values, 0.98)))
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
    divisions: &'a [Division],
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
        divisions,
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
    let experiment = comparison(state).map_or(&[][..], |c| &c.observed_angstrom);
    let overlay = overlaid(state).unwrap_or_default();
    Some(ResidueBars {
        experiment,
        overlay,
        experiment_top: own_top(dynamics, experiment),
        overlay_top: own_top(dynamics, overlay),
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

/// The top of the axis in Å: room for every curve of its level, but not for a few wild ends.
fn axis_top(state: &State) -> Option<f64> {
    let dynamics = state.dynamics()?;
    let shared = |values: &[f64], top: f64| {
        if own_top(dynamics, values).is_some() {
            f64::NAN
        } else {
            top
        }
    };
    let observed = comparison(state).map_or(f64::NAN, |c| {
        let values = &c.observed_angstrom;
        shared(values, quantile(values, 0.98))
    });
    let other = overlaid(state).map_or(f64::NAN, |values| shared(values, quantile(values, 0.98)));
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
    let residue = bars(state, theme, &[], &responses, &[])?.hit(plot(state, area), at.0, at.1)?;
    Some(Place::Residue(Panel::Flexibility, residue))
}

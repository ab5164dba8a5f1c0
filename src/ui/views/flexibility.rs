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
use crate::app::job::JobKind;
use crate::app::message::Place;
use crate::app::panel::{Curve, Panel};
use crate::app::results::source_name;
use crate::app::state::State;
use crate::ui::layout::window;
use crate::ui::theme::Theme;

use crate::ui::widgets::bars::round_up;
use crate::ui::widgets::{BarMode, Reduce, ResidueBars};

/// Draws the panel; the note of its rule.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    let marked: Vec<bool> = (0..state.len()).map(|i| state.marks.touches(i)).collect();
    let Some(bars) = bars(state, theme, &marked) else {
        text::empty(theme, area, &lines_without_data(state), buf);
        return String::new();
    };
    let tracks = state
        .dynamics()
        .filter(|d| area.height >= 6 && tracks::any(d));
    let plot = plot(state, area);
    (&bars).render(plot, buf);
    if let Some(dynamics) = tracks {
        let line = Rect {
            y: plot.bottom(),
            height: 1,
            ..area
        };
        tracks::draw(dynamics, &bars, theme, (plot, line), buf);
    }
    note(state)
}

/// Where the bars are: over the line of the domains.
fn plot(state: &State, area: Rect) -> Rect {
    let has_track = state.dynamics().is_some_and(|d| tracks::any(d)) && area.height >= 6;
    Rect {
        height: area.height - u16::from(has_track),
        ..area
    }
}

fn note(state: &State) -> String {
    let Some(dynamics) = state.dynamics() else {
        return String::new();
    };
    let source = source_name(dynamics.source());
    if let (Some(response), Some(subject)) = (&state.response, &state.subject) {
        let site = &subject.labels[response.site];
        return format!("answer to a push at {site}, its own way = 1 · {source}");
    }
    if state.view.curve == Curve::Anisotropy {
        return format!("anisotropy, 1 = every direction alike · {source}");
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
    parts.join(" · ")
}

fn bars<'a>(state: &'a State, theme: &'a Theme, marked: &'a [bool]) -> Option<ResidueBars<'a>> {
    let (subject, dynamics) = (state.subject.as_ref()?, state.dynamics()?);
    let view = window(
        subject.len(),
        (subject.len() >> state.view.track_zoom).max(1),
        state.cursor.residue,
    );
    let plain = ResidueBars {
        numbers: &subject.numbers,
        window: view,
        marked,
        cursor: Some(state.cursor.residue),
        ..ResidueBars::new(dynamics.rmsf_angstrom(), theme)
    };
    if let Some(response) = &state.response {
        return Some(ResidueBars {
            values: &response.profile,
            range: Some(response.range),
            // The site itself stands out of the picture.
            top: Some(round_up(1.2 * response.range.1)),
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
    Some(ResidueBars {
        experiment: dynamics.comparison().map_or(&[], |c| &c.observed_angstrom),
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

/// What is said while there is nothing to draw.
pub(super) fn lines_without_data(state: &State) -> Vec<&'static str> {
    if state.jobs.contains_key(&JobKind::Dynamics) {
        vec!["how the protein moves is being computed"]
    } else if state.subject.as_ref().is_some_and(|s| s.protein.is_none()) {
        vec!["a sequence has no coordinates", "O opens a structure file"]
    } else {
        vec!["no dynamics yet", "s asks the next source"]
    }
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Option<Place> {
    let residue = bars(state, theme, &[])?.hit(plot(state, area), at.0, at.1)?;
    Some(Place::Residue(Panel::Flexibility, residue))
}

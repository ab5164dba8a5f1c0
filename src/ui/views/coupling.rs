//! The N × N correlation, from −1 to 1.
//!
//! ```text
//! ─ 3 coupling ─────────── A:17 × A:88 +0.61 ─
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::{flexibility, text};
use crate::app::message::Place;
use crate::app::state::State;
use crate::ui::layout::window;
use crate::ui::theme::Theme;
use crate::ui::widgets::{MapView, MatrixMap};

/// Draws the panel; the note of its rule.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    let (Some(map), Some(subject), Some(dynamics)) =
        (map(state, theme), &state.subject, state.dynamics())
    else {
        text::empty(theme, area, &flexibility::lines_without_data(state), buf);
        return String::new();
    };
    (&map).render(area, buf);
    let (i, j) = pair(state);
    let value = dynamics.correlation()[(i, j)];
    let mut note = format!(
        "{} × {} · {value:+.2}",
        subject.labels[i], subject.labels[j]
    );
    if let (true, Some(a), Some(b)) = (i != j, subject.alpha_carbons[i], subject.alpha_carbons[j]) {
        note = format!("{note} · {:.1} Å apart", (a - b).norm());
    }
    if state.view.threshold > 0.0 {
        note = format!("{note} · beyond ±{}", state.view.threshold);
    }
    note
}

fn pair(state: &State) -> (usize, usize) {
    let i = state.cursor.residue;
    (i, state.cursor.partner.unwrap_or(i))
}

fn map<'a>(state: &'a State, theme: &'a Theme) -> Option<MatrixMap<'a>> {
    let (subject, dynamics) = (state.subject.as_ref()?, state.dynamics()?);
    let (i, j) = pair(state);
    let n = subject.len();
    let view = (state.view.map_zoom > 0).then(|| {
        let span = (n >> state.view.map_zoom).max(n.min(8));
        MapView {
            row: window(n, span, j).0,
            column: window(n, span, i).0,
            span,
        }
    });
    Some(MatrixMap {
        view,
        threshold: state.view.threshold,
        pyramid: Some(&dynamics.pyramid),
        cursor: Some((j, i)),
        numbers: &subject.numbers,
        secondary: &subject.secondary,
        bonded: &subject.bonded,
        ..MatrixMap::new(dynamics.correlation(), theme)
    })
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Option<Place> {
    let (row, column) = map(state, theme)?.hit(area, at.0, at.1)?;
    Some(Place::Pair(column, row))
}

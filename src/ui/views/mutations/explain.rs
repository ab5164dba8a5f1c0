//! The lines under the map that say what the cell of the cursor means.
//!
//! ```text
//!  A42G +1.32 kcal/mol, higher = more damaging · rank 811 of 4066 · worse than 80 %
//!  changes most: sasa_mean 0.21 · psi 0.13
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::mutation_map::Direction;
use crate::app::map_view::MapView;
use crate::app::state::State;
use crate::protein::AminoAcid;
use crate::ui::theme::{Role, Theme};
use crate::ui::views::text;

/// Rows from which on there is room for the lines.
const ROOM: u16 = 15;
const LINES: u16 = 2;

/// The part of the panel that the lines leave.
pub(super) fn above(area: Rect) -> Rect {
    let lines = if area.height >= ROOM { LINES } else { 0 };
    Rect {
        height: area.height - lines,
        ..area
    }
}

pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(view) = state.map().filter(|_| area.height >= ROOM) else {
        return;
    };
    let Some((first, second)) = lines(state, view) else {
        return;
    };
    let y = area.height - LINES;
    text::put(theme, area, 1, y, &first, theme.style(Role::Text), buf);
    text::put(theme, area, 1, y + 1, &second, theme.style(Role::Dim), buf);
}

fn lines(state: &State, view: &MapView) -> Option<(String, String)> {
    let (subject, mutant) = (state.desk.subject.as_ref()?, state.desk.cursor.mutant?);
    let index = state.desk.cursor.residue;
    let name = subject.mutant_name(index, mutant);
    let direction = match view.direction {
        Direction::HigherIsTolerated => "higher = better tolerated",
        Direction::HigherIsDamaging => "higher = more damaging",
    };
    if subject.amino_acids.get(index) == Some(&Some(mutant)) {
        let label = format!("{} is the wild type", subject.labels[index]);
        return Some((label, format!("{}, {direction}", view.unit)));
    }
    let score = view.map.score_of(index, mutant);
    if !score.is_finite() {
        return Some((format!("{name} is not scored"), String::new()));
    }
    let first = format!(
        "{name} {score:+.2} {} · rank {} of {} · worse than {:.0} %",
        view.unit,
        view.rank(score),
        view.sorted.len(),
        100.0 * view.damage_percentile(score)
    );
    let mut second = vec![direction.to_owned()];
    if view.center != 0.0 {
        second.push(format!("no colour = median {:+.2}", view.center));
    }
    if view.refined.get(index) == Some(&false) {
        second.push("wild-type marginal, not yet masked".to_owned());
    }
    let changes = changes(view, index, mutant);
    if !changes.is_empty() {
        second.insert(0, format!("changes most: {}", changes.join(" · ")));
    }
    Some((first, second.join(" · ")))
}

/// The properties that change most, with their relative changes.
fn changes(view: &MapView, index: usize, mutant: AminoAcid) -> Vec<String> {
    let properties = view.map.properties.iter();
    let mut known: Vec<(&str, f64)> = properties
        .map(|(name, values)| {
            let name = name.strip_prefix("d_").unwrap_or(name);
            (name, values[(index, mutant.index())])
        })
        .filter(|(_, value)| value.is_finite())
        .collect();
    known.sort_by(|a, b| b.1.total_cmp(&a.1));
    let most = known.iter().take(3);
    most.map(|(name, value)| format!("{name} {value:.2}"))
        .collect()
}

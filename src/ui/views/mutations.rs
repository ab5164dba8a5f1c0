//! The 20 × L map of substitutions.
//!
//! ```text
//! ─ 5 mutations ──────── fits the backbone · A42G −1.32 nat · rank 811 of 4066 ─
//! ```

mod explain;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::text;
use crate::analysis::mutation_map::Direction;
use crate::app::map_view::method_name;
use crate::app::measured::MeasuredShown;
use crate::app::message::Place;
use crate::app::state::State;
use crate::protein::AminoAcid;
use crate::study::Slot;
use crate::ui::layout::window;
use crate::ui::theme::Theme;
use crate::ui::widgets::{HeatMap, Track};

/// Draws the panel; the note of its rule.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    if state.map().is_none() {
        let lines = lines_without_data(state);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        text::empty(theme, area, &lines, buf);
        return String::new();
    }
    let rows = state.amino_acid_rows();
    let marked: Vec<(usize, AminoAcid)> = state
        .desk
        .marks
        .iter()
        .filter_map(|((index, mutant), _)| Some((index, mutant?)))
        .collect();
    let tracks = tracks(state, theme);
    explain::draw(state, theme, area, buf);
    let area = explain::above(area);
    if let Some(map) = map(state, theme, &rows, area) {
        (&HeatMap {
            marked: &marked,
            divisions: &text::divisions(state),
            tracks: &tracks,
            ..map
        })
            .render(area, buf);
    }
    note(state)
}

fn note(state: &State) -> String {
    let Some(view) = state.map() else {
        return String::new();
    };
    let mut parts = vec![view.title.clone()];
    if let (Some(score), Some(mutant), Some(subject)) = (
        state.score_under_cursor(),
        state.desk.cursor.mutant,
        &state.desk.subject,
    ) {
        let index = state.desk.cursor.residue;
        if subject.amino_acids[index] == Some(mutant) {
            parts.push("wild type".to_owned());
        } else {
            let worse = view.damage_percentile(score) * 100.0;
            parts.push(format!(
                "{} {score:+.2} {}",
                subject.mutant_name(index, mutant),
                view.unit
            ));
            parts.push(format!("worse than {worse:.0} %"));
        }
    }
    let done = view.refined.iter().filter(|r| **r).count();
    if done < view.refined.len() {
        parts.insert(1, format!("{done} of {} refined", view.refined.len()));
    }
    if let Some(found) = state.desk.measured.as_ref().and_then(|m| m.agreement) {
        let with = method_name(found.method);
        let against = match state.view.measured_shown {
            MeasuredShown::No => "your data".to_owned(),
            _ => with.to_owned(),
        };
        parts.insert(
            1,
            format!("ρ {:+.2} with {against} (n {})", found.spearman, found.n),
        );
    }
    parts.join(" · ")
}

fn tracks<'a>(state: &'a State, theme: &Theme) -> Vec<Track<'a>> {
    let motion = state.dynamics().map(|dynamics| Track {
        label: theme.glyphs.angstrom(),
        values: dynamics.rmsf_angstrom(),
        top: dynamics.rmsf_range_angstrom.1.max(1e-9),
    });
    let conservation = state.desk.results.conservation.as_ref();
    let conservation = conservation.map(|report| Track {
        label: "C",
        values: &report.conservation,
        top: 1.0,
    });
    motion.into_iter().chain(conservation).collect()
}

fn map<'a>(
    state: &'a State,
    theme: &'a Theme,
    rows: &'a [AminoAcid; 20],
    area: Rect,
) -> Option<HeatMap<'a>> {
    let (subject, view) = (state.desk.subject.as_ref()?, state.map()?);
    let capacity = HeatMap::capacity(area.width);
    let visible = match state.view.heat_zoom {
        zoom @ ..0 => capacity << -zoom,
        zoom => capacity >> zoom,
    };
    Some(HeatMap {
        order: rows,
        window: window(subject.len(), visible.max(1), state.desk.cursor.residue),
        limit: view.limit,
        high_is_damaging: view.direction == Direction::HigherIsDamaging,
        cursor: Some((
            state.desk.cursor.residue,
            state.desk.cursor.mutant.unwrap_or(rows[0]),
        )),
        numbers: &subject.numbers,
        secondary: &subject.secondary,
        bonded: &subject.bonded,
        seams: &view.map.seams,
        means: &view.position_mean,
        label: view.unit,
        ..HeatMap::new(view.colored(), &view.map.wild_type, theme)
    })
}

fn lines_without_data(state: &State) -> Vec<String> {
    let Some(method) = state.view.method else {
        return vec![
            "no mutation scores yet".into(),
            "S tries the next method".into(),
        ];
    };
    if state.desk.jobs.contains_key(&Slot::Scan(method)) {
        return vec![format!("{}: being scored", method_name(method))];
    }
    if let Some(reason) = state.desk.results.refused_methods.get(&method) {
        return vec![
            format!("{}: {reason}", method_name(method)),
            "S tries the next method".into(),
        ];
    }
    vec![
        method_name(method).to_owned(),
        "S tries the next method".into(),
    ]
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Option<Place> {
    let rows = state.amino_acid_rows();
    let tracks = tracks(state, theme);
    let area = explain::above(area);
    let map = HeatMap {
        tracks: &tracks,
        ..map(state, theme, &rows, area)?
    };
    let (index, mutant) = map.hit(area, at.0, at.1)?;
    Some(Place::Substitution(index, mutant))
}

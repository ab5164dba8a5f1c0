//! Dynamic domains and hinges in the columns of the bars above.
//!
//! ```text
//!  dom ━━━━━━◆━━━━━━━◆━━━━━━
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::text;
use crate::app::beside::Beside;
use crate::app::dynamics::Dynamics;
use crate::ui::theme::{Role, Theme};
use crate::ui::widgets::ResidueBars;

/// The colour of a dynamic domain.
pub(super) fn domain_color(theme: &Theme, domain: Option<usize>) -> Color {
    domain.map_or_else(|| theme.color(Role::Missing), |d| theme.kind(d))
}

pub(super) fn domain_count(dynamics: &Dynamics) -> usize {
    let domains = &dynamics.report().domains;
    domains.iter().flatten().max().map_or(0, |d| d + 1)
}

/// Whether there is anything to draw.
pub(super) fn any(dynamics: &Dynamics) -> bool {
    let report = dynamics.report();
    !report.hinges.is_empty() || domain_count(dynamics) > 1
}

/// Draws the change of the RMSF to a second structure, one row in the columns of `bars`: of several residues
/// the largest change.
pub(super) fn draw_change(
    beside: &Beside,
    bars: &ResidueBars<'_>,
    theme: &Theme,
    (above, area): (Rect, Rect),
    buf: &mut Buffer,
) {
    let change = &beside.report().rmsf_change_angstrom;
    if bars.axis_width(above.width) >= 4 {
        let label = theme.glyphs.choose('Δ', 'd').to_string();
        text::put(theme, area, 0, 0, &label, theme.style(Role::Dim), buf);
    }
    for x in area.left()..area.right() {
        let Some(residues) = bars.residues_at(above, x) else {
            continue;
        };
        let known = change[residues].iter().filter(|c| c.is_finite());
        let largest = known.max_by(|a, b| a.abs().total_cmp(&b.abs()));
        let (Some(largest), Some(cell)) = (largest, buf.cell_mut((x, area.y))) else {
            continue;
        };
        let shade = theme
            .diverging
            .around_zero(*largest, beside.rmsf_limit_angstrom);
        let mark = match (theme.has_color(), *largest > 0.0) {
            (true, _) => theme.glyphs.choose('━', '='),
            (false, true) => '+',
            (false, false) => '-',
        };
        cell.set_char(mark).set_fg(shade.color);
    }
}

/// Draws the line into `area`, one row in the columns of `bars`, which fill `above`.
pub(super) fn draw(
    dynamics: &Dynamics,
    bars: &ResidueBars<'_>,
    theme: &Theme,
    (above, area): (Rect, Rect),
    buf: &mut Buffer,
) {
    let report = dynamics.report();
    let (line, turn) = (theme.glyphs.choose('━', '='), theme.glyphs.choose('◆', '^'));
    if bars.axis_width(above.width) >= 4 {
        text::put(theme, area, 0, 0, "dom", theme.style(Role::Dim), buf);
    }
    for x in area.left()..area.right() {
        let Some(residues) = bars.residues_at(above, x) else {
            continue;
        };
        let domain = report.domains.get(residues.start).copied().flatten();
        let Some(cell) = buf.cell_mut((x, area.y)) else {
            continue;
        };
        if report.hinges.iter().any(|h| residues.contains(h)) {
            cell.set_char(turn).set_style(theme.style(Role::Warning));
        } else if domain.is_some() {
            let mark = if theme.has_color() {
                line
            } else {
                char::from_digit(domain.unwrap_or(0) as u32 + 1, 36).unwrap_or(line)
            };
            cell.set_char(mark).set_fg(domain_color(theme, domain));
        }
    }
}

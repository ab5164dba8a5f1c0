//! What the structure is coloured by, and the line that says what the colours mean.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::widgets::Widget as _;

use super::super::{text, tracks};
use crate::analysis::mutation_map::Direction;
use crate::app::dynamics::source_name;
use crate::app::panel::ColorBy;
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::numeric::stats::quantile;
use crate::protein::{BColumn, SecondaryStructure};
use crate::ui::theme::{Role, Theme};
use crate::ui::widgets::{Legend, Scale};

/// Standard deviations that an axis shows on either side.
pub(super) const AXIS_DEVIATIONS: f64 = 2.0;

/// One colour a residue, what they are in words, and their key.
pub(super) struct Coloring<'a> {
    pub colors: Vec<Color>,
    /// For the rule of the panel.
    pub note: String,
    key: Key<'a>,
}

enum Key<'a> {
    None,
    /// A scale with the names of its ends.
    Scale(Scale<'a>, String, String),
    Kinds(Vec<(String, Color)>),
}

impl<'a> Coloring<'a> {
    pub fn new(state: &State, subject: &Subject, theme: &'a Theme) -> Self {
        if let Some(response) = &state.desk.response {
            let site = &subject.labels[response.site];
            let (low, high) = response.range;
            return Self {
                colors: along(&response.profile, response.range, theme),
                note: format!("answer to a push at {site}"),
                key: Key::Scale(
                    Scale::Sequential(&theme.motion),
                    format!("still {low:.1}"),
                    format!("{high:.2} of its own way"),
                ),
            };
        }
        let chosen = match state.view.color_by {
            ColorBy::Rmsf => by_rmsf(state, theme),
            ColorBy::Anisotropy => by_anisotropy(state, theme),
            ColorBy::BColumn => by_b_column(subject, theme),
            ColorBy::Coupling => by_coupling(state, subject, theme),
            ColorBy::Score => by_score(state, theme),
            ColorBy::Secondary => Some(by_secondary(subject, theme)),
            ColorBy::Chain => Some(by_chain(subject, theme)),
            ColorBy::Domain => by_domain(state, theme),
            ColorBy::Conservation => by_conservation(state, theme),
            ColorBy::PaeDomain => by_pae_domain(state, theme),
        };
        chosen.unwrap_or_else(|| Self {
            colors: Vec::new(),
            note: format!("no {} to colour by", state.view.color_by.name()),
            key: Key::None,
        })
    }

    /// Draws the key into a line.
    pub fn draw_legend(&self, theme: &Theme, line: Rect, buf: &mut Buffer) {
        match &self.key {
            Key::None => {}
            Key::Scale(scale, low, high) => {
                let (low, high) = (text::plain(theme, low), text::plain(theme, high));
                let legend = Legend {
                    scale: *scale,
                    low: &low,
                    high: &high,
                    note: "",
                    theme,
                };
                let inset = Rect {
                    x: line.x + 1.min(line.width),
                    width: line.width.saturating_sub(1),
                    ..line
                };
                (&legend).render(inset, buf);
            }
            Key::Kinds(kinds) => {
                let mut x = 1;
                for (name, color) in kinds {
                    let sign = theme.glyphs.text("■", "#");
                    let style = theme.style(Role::Text).fg(*color);
                    let wanted = 2 + text::width(theme, name);
                    if x + wanted > line.width {
                        text::put(theme, line, x, 0, "…", theme.style(Role::Dim), buf);
                        return;
                    }
                    text::put(theme, line, x, 0, sign, style, buf);
                    x = text::put(theme, line, x + 2, 0, name, theme.style(Role::Dim), buf) + 2;
                }
            }
        }
    }
}

/// Colours of the motion scale between two values.
fn along(values: &[f64], (low, high): (f64, f64), theme: &Theme) -> Vec<Color> {
    let color = |v: &f64| {
        if v.is_finite() {
            theme.motion.between(*v, low, high).color
        } else {
            theme.color(Role::Missing)
        }
    };
    values.iter().map(color).collect()
}

/// Whether values lie beyond a range, as the names of its ends say it.
fn beyond(values: &[f64], (low, high): (f64, f64)) -> (&'static str, &'static str) {
    let under = values.iter().any(|v| *v < low - 1e-9);
    let over = values.iter().any(|v| *v > high + 1e-9);
    (if under { "≤" } else { "" }, if over { "≥" } else { "" })
}

fn by_rmsf<'a>(state: &State, theme: &'a Theme) -> Option<Coloring<'a>> {
    let dynamics = state.dynamics()?;
    let values = dynamics.rmsf_angstrom();
    let (low, high) = dynamics.rmsf_range_angstrom;
    let (under, over) = beyond(values, (low, high));
    let largest = quantile(values, 1.0);
    Some(Coloring {
        colors: along(values, (low, high), theme),
        note: format!(
            "RMSF · {} · largest {largest:.2} Å · axes {AXIS_DEVIATIONS} sd",
            source_name(dynamics.source())
        ),
        key: Key::Scale(
            Scale::Sequential(&theme.motion),
            format!("rigid {under}{low:.2}"),
            format!("{over}{high:.2} Å mobile"),
        ),
    })
}

fn by_anisotropy<'a>(state: &State, theme: &'a Theme) -> Option<Coloring<'a>> {
    let values = &state.dynamics()?.report().anisotropy;
    values.iter().any(|v| v.is_finite()).then(|| Coloring {
        // A needle stands out, a sphere does not.
        colors: along(values, (1.0, 0.0), theme),
        note: "anisotropy: smallest variance over largest".to_owned(),
        key: Key::Scale(
            Scale::Sequential(&theme.motion),
            "every direction 1".to_owned(),
            "0 one only".to_owned(),
        ),
    })
}

fn by_b_column<'a>(subject: &Subject, theme: &'a Theme) -> Option<Coloring<'a>> {
    let values = &subject.b_column;
    if !values.iter().any(|b| b.is_finite()) {
        return None;
    }
    let range = (quantile(values, 0.02), quantile(values, 0.98));
    let (under, over) = beyond(values, range);
    let (what, unit) = match subject.b_meaning {
        BColumn::BFactor => ("B-factor", " Å²"),
        other => (other.what(), ""),
    };
    // Where trust is told, what is trusted least is red.
    let is_trust = subject.b_meaning.is_told() && what.contains("pLDDT");
    let (from, to) = if is_trust { (range.1, range.0) } else { range };
    let (first, last) = if is_trust {
        (over, under)
    } else {
        (under, over)
    };
    Some(Coloring {
        colors: along(values, (from, to), theme),
        note: what.to_owned(),
        key: Key::Scale(
            Scale::Sequential(&theme.motion),
            format!("{first}{from:.0}"),
            format!("{last}{to:.0}{unit}"),
        ),
    })
}

fn by_coupling<'a>(state: &State, subject: &Subject, theme: &'a Theme) -> Option<Coloring<'a>> {
    let dynamics = state.dynamics()?;
    let row = dynamics.correlation().row(state.desk.cursor.residue);
    let limit = dynamics.correlation_limit;
    let colors = row
        .iter()
        .map(|c| theme.diverging.around_zero(*c, limit).color);
    let label = &subject.labels[state.desk.cursor.residue];
    Some(Coloring {
        colors: colors.collect(),
        note: format!("coupling to {label} · {}", source_name(dynamics.source())),
        key: Key::Scale(
            Scale::Diverging(&theme.diverging),
            format!("against −{limit}"),
            format!("+{limit} along with {label}"),
        ),
    })
}

fn by_score<'a>(state: &State, theme: &'a Theme) -> Option<Coloring<'a>> {
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
    let (low, high) = (
        view.center - sign * view.limit,
        view.center + sign * view.limit,
    );
    Some(Coloring {
        colors: colors.collect(),
        note: format!("mean of each position: {}", view.title),
        key: Key::Scale(
            Scale::Diverging(&theme.diverging),
            format!("tolerated {low:+.1}"),
            format!("{high:+.1} {} damaging", view.unit),
        ),
    })
}

fn by_conservation<'a>(state: &State, theme: &'a Theme) -> Option<Coloring<'a>> {
    let report = state.desk.results.conservation.as_ref()?;
    Some(Coloring {
        colors: along(&report.conservation, (0.0, 1.0), theme),
        note: "conservation".to_owned(),
        key: Key::Scale(
            Scale::Sequential(&theme.motion),
            "varies 0".to_owned(),
            "1 kept".to_owned(),
        ),
    })
}

fn by_secondary(subject: &Subject, theme: &Theme) -> Coloring<'static> {
    let colors = subject.secondary.iter().map(|s| {
        theme.color(match s {
            SecondaryStructure::AlphaHelix
            | SecondaryStructure::Helix310
            | SecondaryStructure::PiHelix => Role::Helix,
            SecondaryStructure::Strand | SecondaryStructure::Bridge => Role::Strand,
            _ => Role::Coil,
        })
    });
    let kinds = [
        ("helix", Role::Helix),
        ("strand", Role::Strand),
        ("coil, turn", Role::Coil),
    ];
    Coloring {
        colors: colors.collect(),
        note: "secondary structure".to_owned(),
        key: Key::Kinds(
            kinds
                .map(|(name, role)| (name.to_owned(), theme.color(role)))
                .to_vec(),
        ),
    }
}

fn by_chain(subject: &Subject, theme: &Theme) -> Coloring<'static> {
    let chains = subject.chains.iter().enumerate();
    Coloring {
        colors: subject.chain_of.iter().map(|c| theme.kind(*c)).collect(),
        note: format!("chains {}", subject.chains.join(" ")),
        key: Key::Kinds(
            chains
                .map(|(at, name)| (format!("chain {name}"), theme.kind(at)))
                .collect(),
        ),
    }
}

fn by_domain(state: &State, theme: &Theme) -> Option<Coloring<'static>> {
    kinds_of(
        &state.dynamics()?.report().domains,
        "dynamic domains",
        theme,
    )
}

fn by_pae_domain(state: &State, theme: &Theme) -> Option<Coloring<'static>> {
    let pae = state.desk.results.pae.as_ref()?;
    kinds_of(&pae.report().domains, "domains of the PAE", theme)
}

/// One colour a domain; none where there is no domain.
fn kinds_of(domains: &[Option<usize>], what: &str, theme: &Theme) -> Option<Coloring<'static>> {
    let count = domains.iter().flatten().max()? + 1;
    let size = |d: usize| domains.iter().filter(|o| **o == Some(d)).count();
    let name = |d: usize| format!("domain {} ({} residues)", d + 1, size(d));
    Some(Coloring {
        colors: domains
            .iter()
            .map(|d| tracks::domain_color(theme, *d))
            .collect(),
        note: format!("{count} {what}"),
        key: Key::Kinds((0..count).map(|d| (name(d), theme.kind(d))).collect()),
    })
}

//! The residue under the cursor, with everything known about it.
//!
//! ```text
//! ─ A:42 GLY ─────────────────────────────────────────────
//!  RMSF 0.64 Å  rank 38 of 214 · anisotropy 0.71 · B 23.1 Å²
//!  touches A:88 F 5.2 Å · A:12 L 6.0 Å        moves with A:88 +0.61 · A:12 −0.40
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text;
use crate::analysis::{ScanMethod, residue_table};
use crate::app::dynamics::{Dynamics, NEAR};
use crate::app::map_view::method_name;
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::protein::touching::TOUCH_ANGSTROM;
use crate::protein::{AminoAcid, BColumn, SecondaryStructure};
use crate::ui::layout::inner;
use crate::ui::theme::{Role, Theme};

/// Draws the strip or the panel, by the room there is.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(subject) = state.desk.subject.as_ref().filter(|_| area.height > 0) else {
        return;
    };
    let index = state.desk.cursor.residue;
    let title = format!(
        "{} {}",
        subject.labels[index], subject.protein.residues[index].name
    );
    text::rule(theme, area, &title, secondary(subject, index), false, buf);
    let body = inner(area);
    let groups = groups(state, subject);
    if body.width < 64 && body.height >= 10 {
        draw_column(theme, &groups, body, buf);
    } else {
        draw_lines(theme, &groups, body, buf);
    }
}

/// Group after group, as many on a line as fit; of a group too long for a line its first values.
fn draw_lines(theme: &Theme, groups: &[Group], body: Rect, buf: &mut Buffer) {
    let (mut x, mut y) = (1, 0);
    for (label, values) in groups {
        let room = body.width.saturating_sub(text::width(theme, label) + 2);
        let mut text = values.join(" · ");
        let mut shown = values.len();
        while shown > 1 && text::width(theme, &text) > room {
            shown -= 1;
            text = values[..shown].join(" · ");
        }
        let wanted = text::width(theme, label) + 1 + text::width(theme, &text);
        if x > 1 && x + wanted > body.width {
            (x, y) = (1, y + 1);
        }
        if y >= body.height {
            return;
        }
        x = text::put(theme, body, x, y, label, theme.style(Role::Dim), buf) + 1;
        x = text::put(theme, body, x, y, &text, theme.style(Role::Text), buf) + 3;
    }
}

/// A value a line, or more where it is long; the groups' names in a column of their own, where they are short.
fn draw_column(theme: &Theme, groups: &[Group], body: Rect, buf: &mut Buffer) {
    const INDENT: u16 = 12;
    let mut y = 0;
    for (label, values) in groups {
        text::put(theme, body, 1, y, label, theme.style(Role::Dim), buf);
        // A long name has the line for itself.
        y += u16::from(text::width(theme, label) + 2 > INDENT);
        let columns = usize::from(body.width.saturating_sub(INDENT).max(8));
        for line in values.iter().flat_map(|value| text::wrap(value, columns)) {
            text::put(theme, body, INDENT, y, &line, theme.style(Role::Text), buf);
            y += 1;
        }
    }
}

/// Partners named, where there is room.
const PARTNERS: usize = 10;

/// What is said, and its values.
type Group = (&'static str, Vec<String>);

fn secondary(subject: &Subject, index: usize) -> &'static str {
    if !subject.has_coordinates() {
        return "";
    }
    match subject.secondary[index] {
        SecondaryStructure::AlphaHelix => "α-helix",
        SecondaryStructure::Bridge => "β-bridge",
        SecondaryStructure::Strand => "strand",
        SecondaryStructure::Helix310 => "3-10 helix",
        SecondaryStructure::PiHelix => "π-helix",
        SecondaryStructure::Turn => "turn",
        SecondaryStructure::Bend => "bend",
        SecondaryStructure::Coil => "coil",
    }
}

fn groups(state: &State, subject: &Subject) -> Vec<Group> {
    let index = state.desk.cursor.residue;
    let mut groups = Vec::new();
    if let Some(dynamics) = state.dynamics() {
        groups.push(("RMSF", motion(dynamics, index)));
    }
    groups.extend(state.dynamics().and_then(|d| domain(d, index)));
    let b = subject.b_column[index];
    if b.is_finite() {
        groups.push(match subject.b_meaning {
            BColumn::BFactor => ("B", vec![format!("{b:.1} Å²")]),
            other => (other.what(), vec![format!("{b:.1}")]),
        });
    }
    if let Some(dynamics) = state.dynamics() {
        let partners = dynamics.strongest_partners(index, PARTNERS);
        if !partners.is_empty() {
            let mut list: Vec<String> = partners
                .iter()
                .map(|(j, c)| format!("{} {c:+.2}", subject.labels[*j]))
                .collect();
            list.push(format!("nearer than {NEAR} along the chain: left out"));
            groups.push(("moves with", list));
        }
    }
    if !subject.contacts[index].is_empty() {
        let list = subject.contacts[index]
            .iter()
            .take(8)
            .map(|(j, d)| format!("{} {d:.1} Å", subject.labels[*j]))
            .collect();
        groups.push(("touches", list));
    }
    groups.extend(touched(subject, index));
    groups.extend(scores(state, subject, index));
    groups.extend(extremes(state, index));
    groups.extend(fitting(state, index));
    if let Some(note) = state.mark_key().and_then(|key| state.desk.marks.note(key)) {
        let text = if note.is_empty() { "marked" } else { note };
        groups.push(("mark", vec![text.to_owned()]));
    }
    groups
}

/// The neighbours that it touches.
fn touched(subject: &Subject, index: usize) -> Option<Group> {
    let touches = subject.touches.get(index).filter(|t| !t.is_empty())?;
    let all = &subject.protein.context.neighbours;
    let named = touches.iter().take(PARTNERS);
    let mut list: Vec<String> = named
        .map(|t| format!("{} {:.1} Å", all[t.neighbour].label(), t.distance_angstrom))
        .collect();
    list.push(format!("heavy atoms within {TOUCH_ANGSTROM} Å"));
    Some(("neighbours", list))
}

fn motion(dynamics: &Dynamics, index: usize) -> Vec<String> {
    let rmsf = dynamics.rmsf_angstrom()[index];
    if rmsf.is_nan() {
        return vec!["not known".to_owned()];
    }
    let mut parts = vec![
        format!("{rmsf:.2} Å"),
        format!(
            "rank {} of {}",
            dynamics.rank[index] + 1,
            dynamics.rank.len()
        ),
    ];
    if let Some(a) = dynamics
        .report()
        .anisotropy
        .get(index)
        .filter(|a| a.is_finite())
    {
        parts.push(format!("anisotropy {a:.2}"));
    }
    parts
}

/// Its dynamic domain, and whether the protein turns there.
fn domain(dynamics: &Dynamics, index: usize) -> Option<Group> {
    let report = dynamics.report();
    let count = report.domains.iter().flatten().max().map_or(0, |d| d + 1);
    let is_hinge = report.hinges.contains(&index);
    let domain = report
        .domains
        .get(index)
        .copied()
        .flatten()
        .filter(|_| count > 1);
    let mut said: Vec<String> = domain
        .map(|d| format!("{} of {count}", d + 1))
        .into_iter()
        .collect();
    said.extend(is_hinge.then(|| "a hinge".to_owned()));
    (!said.is_empty()).then_some(("domain", said))
}

/// The probabilities of the twenty residues at a site given the backbone, in percent, likeliest first.
fn fitting(state: &State, index: usize) -> Option<Group> {
    let view = state.desk.results.maps.get(&ScanMethod::Structure)?;
    let row = view.report.as_ref()?.log_probabilities.as_ref()?;
    let row = (index < row.rows()).then(|| row.row(index))?;
    let mut all: Vec<(AminoAcid, f64)> = AminoAcid::ALL
        .into_iter()
        .map(|a| (a, 100.0 * row[a.index()].exp()))
        .filter(|(_, percent)| percent.is_finite())
        .collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (likely, rest): (Vec<_>, Vec<_>) = all.iter().partition(|(_, percent)| *percent >= 0.5);
    let letters: Vec<char> = rest.iter().map(|(a, _)| a.letter()).collect();
    let named = likely.chunks(3).map(|three| {
        let three = three.iter();
        let three: Vec<String> = three
            .map(|(a, p)| format!("{} {p:.0}", a.letter()))
            .collect();
        three.join(" ")
    });
    let others = letters
        .chunks(10)
        .map(|ten| format!("<1 {}", ten.iter().collect::<String>()));
    let lines: Vec<String> = named.chain(others).collect();
    (!all.is_empty()).then_some(("fits, %", lines))
}

/// The substitutions at a site that the score on screen calls best tolerated, and most damaging.
fn extremes(state: &State, index: usize) -> Option<Group> {
    let view = state.scored_map()?;
    let (best, worst) = residue_table::extremes(&view.map, view.direction, index);
    let (best, worst) = (best?, worst?);
    let one = |what: &str, (mutant, score)| format!("{what} {mutant} {score:+.2}");
    let unit = format!("{}, {}", view.unit, view.title);
    Some(("here", vec![one("best", best), one("worst", worst), unit]))
}

fn scores(state: &State, subject: &Subject, index: usize) -> impl Iterator<Item = Group> {
    let mutant = state
        .desk
        .cursor
        .mutant
        .filter(|m| subject.amino_acids[index] != Some(*m));
    state.desk.results.maps.values().filter_map(move |view| {
        let score = view.map.score_of(index, mutant?);
        let name = subject.mutant_name(index, mutant?);
        score.is_finite().then(|| {
            let text = format!("{name} {score:+.2} {}", view.unit);
            (method_name(view.map.method), vec![text])
        })
    })
}

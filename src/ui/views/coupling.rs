//! The N × N correlation, from −1 to 1, or mutual information, from 0 to 1.
//!
//! ```text
//! ─ 3 coupling ─────────── A:17 × A:88 +0.61 ─
//! ```

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::{flexibility, text};
use crate::app::beside::Beside;
use crate::app::dynamics::source_name;
use crate::app::message::Place;
use crate::app::pae::{MOST_ANGSTROM, Pae};
use crate::app::panel::Reading;
use crate::app::state::State;
use crate::protein::SecondaryStructure;
use crate::ui::layout::window;
use crate::ui::theme::Theme;
use crate::ui::widgets::{Division, MapView, MatrixMap};

/// Draws the panel; the note of its rule.
pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> String {
    let (Some(order), Some(subject)) = (Order::new(state), &state.desk.subject) else {
        text::empty(theme, area, &flexibility::lines_without_data(state), buf);
        return String::new();
    };
    let Some(map) = map(state, theme, &order) else {
        return String::new();
    };
    (&map).render(area, buf);
    let (i, j) = pair(state);
    let value = map.matrix[(order.place(j), order.place(i))];
    // What is cut first stands last.
    let mut said = vec![
        format!("{} × {}", subject.labels[i], subject.labels[j]),
        if shown_pae(state).is_some() {
            format!("C {:+.2}", correlation(state, i, j))
        } else {
            format!("{value:+.2}")
        },
    ];
    if let Some(pae) = &state.desk.results.pae {
        said.push(pae.of_pair((i, j), &subject.labels));
    }
    if let Some(beside) = change(state) {
        said.push(format!(
            "{} − {}",
            beside.name(),
            beside.report().names()[0]
        ));
    } else if let Some(difference) = state.difference() {
        let (a, b) = (source_name(difference.of.0), source_name(difference.of.1));
        said.push(format!("{a} − {b}"));
    } else if shown_pae(state).is_some() {
        said.extend(pae_domains(state, i, j));
    } else if state.view.reading == Reading::PredictedError {
        said.push("no PAE: `:pae FILE`".to_owned());
    } else if state.view.reading == Reading::MutualInformation {
        said.push("LMI".to_owned());
    }
    if let (true, Some(a), Some(b)) = (i != j, subject.alpha_carbons[i], subject.alpha_carbons[j]) {
        said.push(format!("{:.1} Å apart", (a - b).norm()));
    }
    if state.view.threshold > 0.0 {
        said.push(format!("beyond ±{}", state.view.threshold));
    }
    if order.residues.is_some() {
        said.push("by domain".to_owned());
    }
    if state.difference().is_none() {
        let source = state.dynamics().map(|d| source_name(d.source()).to_owned());
        said.extend(source);
    }
    said.join(" · ")
}

/// The second structure, while the map shows the change of the couplings to it.
fn change(state: &State) -> Option<&Beside> {
    state
        .beside()
        .filter(|_| state.view.difference)
        .map(|b| &**b)
}

/// The PAE, while the map shows it.
fn shown_pae(state: &State) -> Option<&Pae> {
    let is_asked = state.view.reading == Reading::PredictedError
        && state.difference().is_none()
        && change(state).is_none();
    state.desk.results.pae.as_deref().filter(|_| is_asked)
}

fn correlation(state: &State, i: usize, j: usize) -> f64 {
    state
        .dynamics()
        .map_or(f64::NAN, |d| d.correlation()[(i, j)])
}

/// `PAE domains 1 × 2`.
fn pae_domains(state: &State, i: usize, j: usize) -> Option<String> {
    let domains = &state.desk.results.pae.as_ref()?.report().domains;
    let name = |at: usize| domains[at].map_or_else(|| "-".to_owned(), |d| format!("{}", d + 1));
    Some(format!("PAE domains {} × {}", name(i), name(j)))
}

fn pair(state: &State) -> (usize, usize) {
    let i = state.desk.cursor.residue;
    (i, state.desk.cursor.partner.unwrap_or(i))
}

/// The residues along the map, with what stands at its margins.
struct Order<'a> {
    /// `None` = along the chain.
    residues: Option<&'a [usize]>,
    numbers: Cow<'a, [i32]>,
    secondary: Cow<'a, [SecondaryStructure]>,
    bonded: Cow<'a, [bool]>,
    /// Where chains, or domains, begin.
    divisions: Vec<Division>,
}

impl<'a> Order<'a> {
    /// `None` without dynamics.
    fn new(state: &'a State) -> Option<Self> {
        let (subject, dynamics) = (state.desk.subject.as_ref()?, state.dynamics()?);
        // A difference has no domains of its own.
        let differs =
            state.difference().is_some() || change(state).is_some() || shown_pae(state).is_some();
        let wanted = state.view.by_domain && !differs;
        let Some(order) = dynamics.domain_order.as_ref().filter(|_| wanted) else {
            return Some(Self {
                residues: None,
                numbers: Cow::Borrowed(&subject.numbers),
                secondary: Cow::Borrowed(&subject.secondary),
                bonded: Cow::Borrowed(&subject.bonded),
                divisions: text::divisions(state),
            });
        };
        let neighbours = |w: &[usize]| w[1] == w[0] + 1 && subject.bonded[w[0]];
        Some(Self {
            residues: Some(order),
            numbers: order.iter().map(|i| subject.numbers[*i]).collect(),
            secondary: order.iter().map(|i| subject.secondary[*i]).collect(),
            bonded: order.windows(2).map(neighbours).collect(),
            divisions: domains_along(order, &dynamics.report().domains),
        })
    }

    /// Where a residue is on the map.
    fn place(&self, residue: usize) -> usize {
        let found = self
            .residues
            .and_then(|r| r.iter().position(|i| *i == residue));
        found.unwrap_or(residue)
    }

    /// Which residue is at a place.
    fn residue(&self, place: usize) -> usize {
        self.residues.map_or(place, |r| r[place])
    }
}

/// Where each domain begins, by its number.
fn domains_along(order: &[usize], domains: &[Option<usize>]) -> Vec<Division> {
    let domain = |at: usize| domains.get(order[at]).copied().flatten();
    let begins = |at: &usize| *at == 0 || domain(*at) != domain(*at - 1);
    let name = |at: usize| domain(at).map_or_else(|| "-".to_owned(), |d| format!("#{}", d + 1));
    let starts = (0..order.len()).filter(begins);
    starts.map(|at| Division::new(at, &name(at))).collect()
}

fn map<'a>(state: &'a State, theme: &'a Theme, order: &'a Order<'a>) -> Option<MatrixMap<'a>> {
    let (subject, dynamics) = (state.desk.subject.as_ref()?, state.dynamics()?);
    let (i, j) = pair(state);
    let (i, j) = (order.place(i), order.place(j));
    let n = subject.len();
    let view = (state.view.map_zoom > 0).then(|| {
        let span = (n >> state.view.map_zoom).max(n.min(8));
        MapView {
            row: window(n, span, j).0,
            column: window(n, span, i).0,
            span,
        }
    });
    let is_ordered = order.residues.is_some();
    let other = match state.view.reading {
        Reading::Correlation | Reading::PredictedError if is_ordered => {
            dynamics.correlation_by_domain()
        }
        Reading::Correlation | Reading::PredictedError => None,
        Reading::MutualInformation => Some(dynamics.mutual_information(is_ordered)),
    };
    let (matrix, pyramid, limit) = match (state.difference(), other) {
        _ if change(state).is_some() => {
            let beside = change(state)?;
            let map = &beside.correlation_change;
            (&map.matrix, &map.pyramid, beside.correlation_limit)
        }
        _ if let Some(pae) = shown_pae(state) => (&pae.map.matrix, &pae.map.pyramid, MOST_ANGSTROM),
        (Some(d), _) => (&d.map.matrix, &d.map.pyramid, d.limit),
        (None, Some(map)) => (&map.matrix, &map.pyramid, dynamics.correlation_limit),
        (None, None) => (
            dynamics.correlation(),
            &*dynamics.pyramid,
            dynamics.correlation_limit,
        ),
    };
    Some(MatrixMap {
        view,
        limit,
        from_zero: shown_pae(state).is_some(),
        // It is one of correlations.
        threshold: if shown_pae(state).is_some() {
            0.0
        } else {
            state.view.threshold
        },
        pyramid: Some(pyramid),
        cursor: Some((j, i)),
        profile: true,
        numbers: &order.numbers,
        secondary: &order.secondary,
        bonded: &order.bonded,
        divisions: &order.divisions,
        label: match state.view.reading {
            _ if state.difference().is_some() || change(state).is_some() => {
                "difference of correlations"
            }
            Reading::PredictedError if shown_pae(state).is_some() => "PAE in Å, row = laid on",
            Reading::Correlation | Reading::PredictedError => "correlation (DCCM)",
            Reading::MutualInformation => "mutual information (LMI)",
        },
        ..MatrixMap::new(matrix, theme)
    })
}

/// What a cell stands for.
#[must_use]
pub fn hit(state: &State, theme: &Theme, area: Rect, at: (u16, u16)) -> Option<Place> {
    let order = Order::new(state)?;
    let (row, column) = map(state, theme, &order)?.hit(area, at.0, at.1)?;
    Some(Place::Pair(order.residue(column), order.residue(row)))
}

//! Commands that say what the user makes of the screen: marks, notes, filters, panels. The journal
//! writes them, so each is read back to the very same thing.

use crate::analysis::triage::{Measure, Order};
use crate::app::panel::{AminoAcidOrder, Curve, Panel};

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The cursor goes there; with the partner of a pair.
    At(String, Option<String>),
    /// Marks a residue or a substitution.
    Mark(String),
    /// Takes a mark away.
    Unmark(String),
    /// Marks with a note.
    Note(String, String),
    /// Rows of the triage table; empty = all.
    Filter(String),
    /// Order of the triage table.
    Sort(Measure, Order),
    /// Gives a panel the keys.
    Panel(Panel),
    /// The focused panel alone, or all.
    Expand(bool),
    /// What the flexibility panel draws.
    Curve(Curve),
    /// Couplings nearer to zero are left out.
    Threshold(f64),
    /// Rows of the mutation map.
    Order(AminoAcidOrder),
    /// Pitch and yaw in radians, magnification.
    Turn([f64; 3]),
    /// Steps of the flexibility bars, the mutation map and the coupling map.
    Zoom(u8, i8, u8),
    /// Sequence of a file by its place, from 1.
    Record(usize),
    /// Draws the ensemble of a seed.
    Ensemble(u64),
    /// Takes the last step back.
    Undo,
    /// Takes it again.
    Redo,
    /// Takes up the marks of an earlier session.
    Resume,
}

/// Names of the commands with what follows them.
pub const CHANGES: &[(&str, &str)] = &[
    ("at", "A:42 | A:Q42W | A:42 with A:57"),
    (
        "curve",
        "bars | line | anisotropy | dfi | effectors | sensors | dci",
    ),
    ("ensemble", "SEED"),
    ("expand", "on | off"),
    ("filter", "rmsf < 1 and llr > -2 | none"),
    ("mark", "A42G | A:42"),
    ("note", "A42G what is thought of it"),
    ("order", "property | alphabetical | mean"),
    ("panel", "NAME"),
    ("record", "NUMBER of the sequence in the file"),
    ("redo", ""),
    ("resume", "takes up the marks kept from before"),
    ("sort", "COLUMN ascending | descending"),
    ("threshold", "0.2"),
    ("turn", "PITCH YAW MAGNIFICATION"),
    ("undo", ""),
    ("unmark", "A42G | A:42"),
    ("zoom", "BARS MAP COUPLING, steps"),
];

/// Names of the curves.
pub const CURVES: &[(&str, Curve)] = &[
    ("bars", Curve::Bars),
    ("line", Curve::Line),
    ("anisotropy", Curve::Anisotropy),
    ("dfi", Curve::FlexibilityIndex),
    ("effectors", Curve::Effectors),
    ("sensors", Curve::Sensors),
    ("dci", Curve::CouplingIndex),
];

/// Reads a change; `None` when the name is none of one.
#[must_use]
pub fn parse(name: &str, rest: &str) -> Option<Result<Change, String>> {
    Some(match name {
        "at" => at(rest),
        "mark" => needed(rest, "what? `:mark A42G` or `:mark A:42`").map(Change::Mark),
        "unmark" => needed(rest, "what? `:unmark A42G`").map(Change::Unmark),
        "note" => note(rest),
        "filter" => Ok(Change::Filter(
            if rest == "none" { "" } else { rest }.to_owned(),
        )),
        "sort" => sort(rest),
        "panel" => {
            named(rest, "panel", Panel::ALL.map(|p| (p.title(), p)).as_slice()).map(Change::Panel)
        }
        "expand" => named(rest, "choice", &[("on", true), ("off", false)]).map(Change::Expand),
        "curve" => named(rest, "curve", CURVES).map(Change::Curve),
        "order" => {
            let orders = [
                AminoAcidOrder::Property,
                AminoAcidOrder::Alphabetical,
                AminoAcidOrder::Mean,
            ];
            named(rest, "order", orders.map(|o| (o.name(), o)).as_slice()).map(Change::Order)
        }
        "threshold" => match rest.parse::<f64>() {
            Ok(value) if (0.0..1.0).contains(&value) => Ok(Change::Threshold(value)),
            _ => Err("a threshold from 0 to 1: `:threshold 0.2`".to_owned()),
        },
        "turn" => turn(rest),
        "zoom" => zoom(rest),
        "record" => match rest.parse() {
            Ok(number) if number > 0 => Ok(Change::Record(number)),
            _ => Err("which sequence? `:record 2`".to_owned()),
        },
        "ensemble" => rest
            .parse()
            .map(Change::Ensemble)
            .map_err(|_| "which seed? `:ensemble 1`".to_owned()),
        "undo" => Ok(Change::Undo),
        "redo" => Ok(Change::Redo),
        "resume" => Ok(Change::Resume),
        _ => return None,
    })
}

fn needed(rest: &str, otherwise: &str) -> Result<String, String> {
    if rest.is_empty() {
        Err(otherwise.to_owned())
    } else {
        Ok(rest.to_owned())
    }
}

fn named<T: Copy>(name: &str, what: &str, table: &[(&str, T)]) -> Result<T, String> {
    let found = table.iter().find(|(n, _)| *n == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = table.iter().map(|(n, _)| *n).collect();
        format!("no {what} '{name}': {}", names.join(", "))
    })
}

fn at(rest: &str) -> Result<Change, String> {
    let (name, partner) = match rest.split_once(" with ") {
        Some((name, partner)) => (name, Some(partner.trim().to_owned())),
        None => (rest, None),
    };
    needed(name.trim(), "where? `:at A:42` or `:at A:42 with A:57`")
        .map(|name| Change::At(name, partner))
}

fn note(rest: &str) -> Result<Change, String> {
    match rest.split_once(char::is_whitespace) {
        Some((name, text)) => Ok(Change::Note(name.to_owned(), text.trim().to_owned())),
        None => Err("on what, and what? `:note A42G near the lid`".to_owned()),
    }
}

fn sort(rest: &str) -> Result<Change, String> {
    let (name, order) = rest.split_once(' ').unwrap_or((rest, ""));
    let columns = Measure::ALL.map(|m| (m.id(), m));
    let measure = named(name, "column", &columns)?;
    let orders = [
        ("", Order::damaging_first(measure)),
        ("ascending", Order::Ascending),
        ("descending", Order::Descending),
    ];
    named(order.trim(), "order", &orders).map(|order| Change::Sort(measure, order))
}

fn turn(rest: &str) -> Result<Change, String> {
    let numbers: Vec<f64> = rest.split(' ').filter_map(|w| w.parse().ok()).collect();
    match numbers[..] {
        [pitch, yaw, magnification]
            if pitch.is_finite() && yaw.is_finite() && (0.2..=12.0).contains(&magnification) =>
        {
            Ok(Change::Turn([pitch, yaw, magnification]))
        }
        _ => Err("pitch and yaw in radians, magnification: `:turn 0.25 0.4 1`".to_owned()),
    }
}

fn zoom(rest: &str) -> Result<Change, String> {
    let numbers: Vec<i8> = rest.split(' ').filter_map(|w| w.parse().ok()).collect();
    match numbers[..] {
        [bars @ 0..=6, map @ -5..=2, coupling @ 0..=6] => {
            Ok(Change::Zoom(bars as u8, map, coupling as u8))
        }
        _ => Err("steps of the bars, the mutation map and the coupling map: `:zoom 0 0 0`".into()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read() {
        let read = |text: &str| {
            let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
            parse(name, rest).unwrap()
        };
        assert_eq!(
            read("at A:Q42W with A:57"),
            Ok(Change::At("A:Q42W".into(), Some("A:57".into())))
        );
        assert_eq!(
            read("note A:42 near the  lid"),
            Ok(Change::Note("A:42".into(), "near the  lid".into()))
        );
        assert_eq!(
            read("sort ddg ascending"),
            Ok(Change::Sort(Measure::Stability, Order::Ascending))
        );
        assert_eq!(read("zoom 1 -3 2"), Ok(Change::Zoom(1, -3, 2)));
        for wrong in [
            "at",
            "mark",
            "note A42G",
            "sort x",
            "panel x",
            "zoom 1 2",
            "turn 1 2 nan",
            "threshold 2",
            "record 0",
            "ensemble x",
            "expand",
            "curve",
            "order",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        for (name, _) in CHANGES {
            assert!(parse(name, "").is_some(), "{name}");
        }
        assert!(parse("fly", "").is_none());
    }
}

//! Plain lists: whether lines or words are variants.

use super::columns::{self, is_variant};
use super::grid::Lines;
use super::layout::sample;
use crate::protein::names::{NameError, parse_variant};

/// Part of the lines that name nothing but variants.
pub(super) fn list_share(lines: &Lines<'_>) -> f64 {
    let sample = sample(&lines.list);
    let text = |line: &str| line.split('#').next().unwrap_or("").trim().to_owned();
    let are_variants = |line: &str| {
        let mut words = line.split([' ', ',', '\t']).filter(|w| !w.is_empty());
        is_variant(line) || words.all(is_variant)
    };
    let named = sample.iter().filter(|(_, line)| are_variants(&text(line)));
    let headed = sample
        .first()
        .is_some_and(|(_, l)| columns::is_known(l.trim()));
    let all = sample.len() - usize::from(headed && sample.len() > 1);
    named.count() as f64 / all.max(1) as f64
}

pub(super) fn is_table(lines: &Lines<'_>) -> bool {
    lines.list[0].1.contains([',', '\t', ';']) && lines.list.len() > 1
}

pub(super) fn cells(lines: &Lines<'_>) -> Vec<String> {
    let first = lines.list[0].1.split([',', '\t', ';']);
    first
        .map(|c| c.trim().trim_matches('"').to_owned())
        .collect()
}

/// Whether blanks and commas set variants apart, rather than the parts of one: in a single line, where
/// parts are joined by `:` or `+` instead, where a line ends with a comma, and where one place comes
/// twice in a line.
pub(super) fn are_words(list: &[(usize, &str)]) -> bool {
    let spaced = |line: &str| line.trim().contains([' ', ',', '\t']);
    let wraps = |line: &str| line.ends_with(',');
    let twice = |line: &str| matches!(parse_variant(line), Err(NameError::Twice(_)));
    let joined = |line: &str| {
        let words = line.split([' ', ',', '\t']);
        let mut multiple = words.filter_map(|w| parse_variant(w).ok());
        multiple.any(|v| v.substitutions.len() > 1)
    };
    let is_foldx = |line: &str| line.ends_with(';');
    if list.iter().all(|(_, l)| is_foldx(l)) {
        return false;
    }
    let names = |line: &str| {
        let mut words = line.split([' ', ',', '\t']).filter(|w| !w.is_empty());
        words.all(is_variant) || !is_variant(line)
    };
    (list.len() == 1 && names(list[0].1))
        || list
            .iter()
            .any(|(_, l)| wraps(l) || (spaced(l) && twice(l)))
        || (list.iter().any(|(_, l)| joined(l)) && list.iter().any(|(_, l)| spaced(l)))
}

//! A list of scored variants in order, and as a table for people.

use std::io::{self, Write};
use std::str::FromStr;

use crate::analysis::ScanMethod;
use crate::analysis::mutation_map::Direction;
use crate::export::scored::Scored;
use crate::export::table::ScoredLine;
use crate::study::ScoreReport;

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// As it was given.
    Row,
    /// The best tolerated first, what has no score last.
    Method(ScanMethod),
}

impl FromStr for SortBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "row" {
            return Ok(Self::Row);
        }
        let method = ScanMethod::from_id(text).map(Self::Method);
        method.ok_or_else(|| format!("'{text}' is no method, nor row"))
    }
}

impl SortBy {
    /// Refuses a method that is not scored by.
    pub fn among(sort: Option<Self>, methods: &[ScanMethod]) -> anyhow::Result<Option<Self>> {
        if let Some(Self::Method(method)) = sort {
            anyhow::ensure!(
                methods.contains(&method),
                "--sort {0}: add {0} to --method",
                method.id()
            );
        }
        Ok(sort)
    }

    /// Puts the lines in order; equal ones stay as they were.
    pub fn arrange(self, scored: &mut Scored) {
        let Self::Method(method) = self else {
            return;
        };
        let Some(report) = scored.reports.iter().find(|r| r.method == method) else {
            return;
        };
        let sign = match method.direction() {
            Direction::HigherIsDamaging => 1.0,
            Direction::HigherIsTolerated => -1.0,
        };
        let damage = |line: &ScoredLine| sign * score(line, report);
        let lines = &mut scored.list.lines;
        lines.sort_by(|a, b| {
            let (a, b) = (damage(a), damage(b));
            a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(&b))
        });
    }
}

fn score(line: &ScoredLine, report: &ScoreReport) -> f64 {
    line.score(report).map_or(f64::NAN, |s| s.score)
}

/// Writes the table: a line a variant, a column a method.
pub fn table(scored: &Scored, by: SortBy, out: &mut impl Write) -> io::Result<()> {
    let Some(first) = scored.reports.first() else {
        return Ok(());
    };
    let lines = &scored.list.lines;
    let name = |line: &ScoredLine| match line.score(first) {
        Some(s) => first.protein.variant_name(&s.variant),
        None => line.written.clone(),
    };
    let names: Vec<String> = lines.iter().map(name).collect();
    let wide = names
        .iter()
        .map(|n| n.chars().count())
        .max()
        .unwrap_or(0)
        .max(7);
    let width = |report: &ScoreReport| report.method.id().len().max(9);
    let place = lines.len().to_string().len().max(3);
    writeln!(out, "{}", first.protein.name)?;
    write!(out, "{:>place$}  {:<wide$}", "", "variant")?;
    for report in &scored.reports {
        write!(out, "  {:>1$}", report.method.id(), width(report))?;
    }
    writeln!(out)?;
    for (i, (line, name)) in lines.iter().zip(&names).enumerate() {
        let place_of = match by {
            SortBy::Row => line.row,
            SortBy::Method(_) => i + 1,
        };
        write!(out, "{place_of:>place$}  {name:<wide$}")?;
        for report in &scored.reports {
            let score = score(line, report);
            let text = if score.is_finite() {
                format!("{score:.2}")
            } else {
                "-".to_owned()
            };
            write!(out, "  {text:>0$}", width(report))?;
        }
        let note = scored.notes(line);
        writeln!(out, "{}{note}", if note.is_empty() { "" } else { "  " })?;
    }
    writeln!(out)?;
    for report in &scored.reports {
        let direction = report.provenance.setting("direction").unwrap_or_default();
        writeln!(
            out,
            "{}: {}, {direction}",
            report.method.id(),
            report.method.unit()
        )?;
    }
    if let SortBy::Method(method) = by {
        writeln!(
            out,
            "in the order of {}, the best tolerated first",
            method.id()
        )?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::samples;

    #[test]
    fn the_best_tolerated_come_first_whichever_way_the_score_runs() {
        let mut scored = samples::scored();
        let order = |scored: &Scored| -> Vec<usize> {
            scored.list.lines.iter().map(|line| line.row).collect()
        };
        SortBy::Row.arrange(&mut scored);
        assert_eq!(order(&scored), [1, 2, 3, 4]);
        SortBy::Method(ScanMethod::Stability).arrange(&mut scored);
        assert_eq!(order(&scored), [3, 1, 2, 4]);
        SortBy::Method(ScanMethod::Structure).arrange(&mut scored);
        assert_eq!(order(&scored), [2, 1, 3, 4]);
        let asked = SortBy::among(
            Some(SortBy::Method(ScanMethod::Lor)),
            &[ScanMethod::Structure],
        );
        assert!(
            asked
                .unwrap_err()
                .to_string()
                .contains("add lor to --method")
        );
    }

    #[test]
    fn a_table_says_what_its_numbers_mean() {
        let mut scored = samples::scored();
        let by = SortBy::Method(ScanMethod::Stability);
        by.arrange(&mut scored);
        let mut out = Vec::new();
        table(&scored, by, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "     variant  stability  structure");
        assert!(
            lines[2].starts_with("  1  L8G") && lines[2].ends_with("-0.50      -4.00"),
            "{text}"
        );
        assert!(
            lines[5].contains("nowhere") && lines[5].ends_with("no residue 999"),
            "{text}"
        );
        assert!(
            text.contains("stability: kcal/mol, higher = more damaging"),
            "{text}"
        );
        assert!(
            text.ends_with("in the order of stability, the best tolerated first\n"),
            "{text}"
        );
    }
}

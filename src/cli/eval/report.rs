//! The table of an evaluation for people, and its scores as CSV.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;

use crate::analysis::evaluation::{Score, Summary, summaries};
use crate::cli::console;

/// Writes one line a set, metric and predictor to standard output.
pub fn table(scores: &[Score]) -> anyhow::Result<()> {
    write(&summaries(scores), &mut console::stdout()).context("standard output")
}

fn write(summaries: &[Summary], out: &mut impl Write) -> io::Result<()> {
    let mut set = "";
    for s in summaries {
        if s.set != set {
            writeln!(
                out,
                "{}{}\n  {:<34}{:<14}{:>5}{:>9}  {:<19}{:>9}  95 % interval",
                if set.is_empty() { "" } else { "\n" },
                s.set,
                "",
                "",
                "n",
                "mean",
                "95 % interval",
                "median"
            )?;
            set = &s.set;
        }
        writeln!(
            out,
            "  {:<34}{:<14}{:>5}{:>9}  {:<19}{:>9}  {}",
            s.metric,
            s.predictor,
            s.n,
            number(s.mean),
            interval(s.mean_interval),
            number(s.median),
            interval(s.median_interval)
        )?;
    }
    Ok(())
}

fn interval((low, high): (f64, f64)) -> String {
    if low.is_finite() && high.is_finite() {
        format!("{low:.3} to {high:.3}")
    } else {
        String::new()
    }
}

fn number(value: f64) -> String {
    if value.is_finite() {
        format!("{value:.3}")
    } else {
        "–".to_owned()
    }
}

/// Writes every score.
pub fn csv(scores: &[Score], path: &Path) -> anyhow::Result<()> {
    let named = || path.display().to_string();
    let mut file = csv::Writer::from_path(path).with_context(named)?;
    file.write_record(["set", "subject", "predictor", "metric", "value"])?;
    for s in scores {
        let value = if s.value.is_finite() {
            format!("{:.6}", s.value)
        } else {
            String::new()
        };
        file.write_record([&s.set, &s.subject, &s.predictor, s.metric, &value])?;
    }
    file.flush().with_context(named)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_heading_a_set_and_a_line_a_metric() {
        let score = |set: &str, value| Score {
            set: set.into(),
            subject: "x".into(),
            predictor: "gnm".into(),
            metric: "RMSF Spearman",
            value,
        };
        let mut out = Vec::new();
        let all = summaries(&[score("a", 0.5), score("a", 0.7), score("b", 0.1)]);
        write(&all, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("a\n"), "{text}");
        assert!(text.contains("RMSF Spearman"));
        assert!(text.contains("0.600  "), "{text}");
        assert_eq!(text.lines().count(), 7);

        let mut out = Vec::new();
        write(&summaries(&[score("a", f64::NAN)]), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("–") && !text.contains("NaN"), "{text}");
    }
}

//! Given variants with their scores: by one method, as a table of that method; by several, a column each.

use std::io::{self, Write};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::table::{ScoredLine, ScoredList, number, written_columns};
use super::{json, rounded, table};
use crate::study::ScoreReport;

/// Scores of the variants of a list, by one method or several.
#[derive(Debug, Clone)]
pub struct Scored {
    /// At least one, each of the same protein and variants.
    pub reports: Vec<Arc<ScoreReport>>,
    /// The list that they were given by.
    pub list: ScoredList,
}

impl Scored {
    /// Why scores are missing; of several methods each with its name.
    #[must_use]
    pub fn notes(&self, line: &ScoredLine) -> String {
        if let Err(refused) = &line.outcome {
            return refused.reason.clone();
        }
        let several = self.reports.len() > 1;
        let notes = self.reports.iter().filter_map(|report| {
            let note = line.note(report)?;
            Some(if several {
                format!("{}: {note}", report.method.id())
            } else {
                note
            })
        });
        notes.collect::<Vec<_>>().join("; ")
    }

    /// Where the scores come from: one object, or a list of several.
    #[must_use]
    pub fn provenance(&self) -> Value {
        match &self.reports[..] {
            [one] => json::provenance(&one.provenance),
            several => several
                .iter()
                .map(|r| json::provenance(&r.provenance))
                .collect(),
        }
    }

    /// Writes a table, see [`table::scores`]; of several methods `row,mutant`, one column a method, `note`,
    /// `written` and the list's own columns.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn csv(&self, out: impl Write) -> io::Result<()> {
        if let [one] = &self.reports[..] {
            return table::scores(one, &self.list, out);
        }
        let mut writer = csv::Writer::from_writer(out);
        let mut header = vec!["row".to_owned(), "mutant".to_owned()];
        header.extend(self.reports.iter().map(|r| r.method.id().to_owned()));
        header.extend(["note", "written"].map(String::from));
        written_columns(&mut header, &self.list);
        writer.write_record(&header)?;
        for line in &self.list.lines {
            let mut fields = vec![line.row.to_string(), self.mutant(line)];
            for report in &self.reports {
                let score = line.score(report).map(|s| number(s.score));
                fields.push(score.unwrap_or_default());
            }
            fields.push(self.notes(line));
            fields.push(line.written.clone());
            fields.extend(line.fields.iter().cloned());
            writer.write_record(fields)?;
        }
        writer.flush()
    }

    /// The name of a line's variant; what was written where it has no place.
    #[must_use]
    pub fn mutant(&self, line: &ScoredLine) -> String {
        let first = self.reports.first();
        let placed = first.and_then(|r| Some(r.protein.variant_name(&line.score(r)?.variant)));
        placed.unwrap_or_else(|| line.written.clone())
    }

    /// Writes JSON, see [`json::scores`]; of several methods with an object of scores by method a line.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn json(&self, out: impl Write) -> io::Result<()> {
        if let [one] = &self.reports[..] {
            return json::scores(one, &self.list, out);
        }
        let warnings: Vec<&String> = self.reports.iter().flat_map(|r| &r.warnings).collect();
        let methods = self.reports.iter().map(|r| {
            let direction = r.provenance.setting("direction");
            json!({ "method": r.method.id(), "unit": r.method.unit(), "direction": direction })
        });
        let file = json!({
            "provenance": self.provenance(),
            "warnings": warnings,
            "name": self.reports.first().map(|r| r.protein.name.as_str()),
            "methods": methods.collect::<Vec<_>>(),
            "variants": self.list.lines.iter().map(|line| self.object(line)).collect::<Vec<_>>(),
        });
        json::finish(&file, out)
    }

    fn object(&self, line: &ScoredLine) -> Value {
        let scores = self.reports.iter().map(|report| {
            let score = line.score(report).and_then(|s| rounded(s.score));
            (report.method.id().to_owned(), score.into())
        });
        let mut object = Map::new();
        object.insert("row".into(), line.row.into());
        object.insert("written".into(), line.written.clone().into());
        let placed = line.outcome.is_ok().then(|| self.mutant(line));
        object.insert("mutant".into(), placed.into());
        object.insert("scores".into(), Value::Object(scores.collect()));
        let note = Some(self.notes(line)).filter(|n| !n.is_empty());
        object.insert("note".into(), note.into());
        if !self.list.columns.is_empty() {
            let own = self
                .list
                .columns
                .iter()
                .cloned()
                .zip(line.fields.iter().cloned());
            let own = own.map(|(name, value)| (name, value.into()));
            object.insert("columns".into(), Value::Object(own.collect()));
        }
        Value::Object(object)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use crate::export::samples;

    #[test]
    fn several_methods_have_a_column_each() {
        let mut out = Vec::new();
        samples::scored().csv(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "row,mutant,stability,structure,note,written,written_note"
        );
        assert_eq!(lines[1], "1,K6A,0.5,-2,,K6A,mine");
        assert_eq!(lines[4], "4,nowhere,,,no residue 999,nowhere,");
    }

    #[test]
    fn each_method_says_its_direction() {
        let mut out = Vec::new();
        samples::scored().json(&mut out).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["provenance"][1]["source"], "structure");
        assert_eq!(value["methods"][0]["direction"], "higher = more damaging");
        assert_eq!(value["variants"][2]["scores"]["structure"], -4.0);
        assert_eq!(value["variants"][3]["mutant"], serde_json::Value::Null);
    }
}

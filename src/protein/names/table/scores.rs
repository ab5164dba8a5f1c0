//! The column of scores in a table: named, or told from counts, row numbers, positions and errors.

use super::columns::{SCORE, plain};
use super::{TableError, VariantTable};

/// Words in names of numbers that are no scores.
const OTHERS: &[&str] = &[
    "count", "counts", "barcode", "barcodes", "n", "num", "reads", "depth", "times", "seen", "se",
    "sd", "std", "sem", "stderr", "error", "err", "sigma", "var", "variance", "ci", "lower",
    "upper", "pval", "pvalue", "p", "fdr", "q", "qvalue", "index", "idx", "id", "row", "pos",
    "position", "site", "residue", "number", "bin", "rank", "unnamed", "epsilon", "df", "length",
    "marked",
];

/// Numbers beside the variants.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreColumn {
    pub name: String,
    /// One a row; NaN where there is none.
    pub values: Vec<f64>,
    /// Columns that could be meant instead.
    pub others: Vec<String>,
    /// What was decided in reading it.
    pub remarks: Vec<String>,
}

impl VariantTable {
    /// The column of that name, in either case, or the one that holds scores.
    ///
    /// # Errors
    /// [`TableError`] that names the columns there are.
    pub fn scores(&self, wanted: Option<&str>) -> Result<ScoreColumn, TableError> {
        let candidates = self.candidates();
        let place = match wanted {
            Some(name) => {
                let is_it = |c: &String| c == name || plain(c) == plain(name);
                let found = self.columns.iter().position(is_it);
                found.ok_or_else(|| TableError::NoSuchColumn {
                    wanted: name.to_owned(),
                    columns: self.columns.clone(),
                })?
            }
            None => *candidates
                .first()
                .ok_or_else(|| TableError::NoScores(self.columns.clone()))?,
        };
        let (values, commas) = self.numbers(place);
        if values.iter().all(|v| v.is_nan()) {
            return Err(TableError::NoNumbers(self.columns[place].clone()));
        }
        let others = candidates.into_iter().filter(|c| *c != place);
        Ok(ScoreColumn {
            name: self.columns[place].clone(),
            others: others.map(|c| self.columns[c].clone()).collect(),
            remarks: self.remarks_on(place, &values, commas),
            values,
        })
    }

    fn remarks_on(&self, place: usize, values: &[f64], commas: bool) -> Vec<String> {
        let mut remarks = Vec::new();
        if commas {
            remarks.push("with decimal commas".to_owned());
        }
        let field = |i: usize| self.rows[i].fields.get(place).map_or("", String::as_str);
        let missing = |i: &usize| values[*i].is_nan();
        let is_word = |i: &usize| missing(i) && !super::super::variant::is_missing(field(*i));
        let words: Vec<usize> = (0..values.len()).filter(is_word).collect();
        if let Some(&first) = words.first() {
            let (n, line) = (words.len(), self.rows[first].line);
            remarks.push(format!(
                "{n} without a number, first '{}' in line {line}",
                field(first)
            ));
        }
        remarks
    }

    /// Columns that may hold scores, the likeliest first.
    fn candidates(&self) -> Vec<usize> {
        let columns: Vec<(usize, Vec<f64>)> = (0..self.columns.len())
            .map(|c| (c, self.numbers(c).0))
            .filter(|(_, values)| is_numeric(values))
            .collect();
        let named = SCORE.iter().flat_map(|name| {
            let columns = columns.iter().map(|c| c.0);
            columns.filter(move |c| plain(&self.columns[*c]) == *name)
        });
        let fractions = columns
            .iter()
            .any(|(c, v)| !self.is_other(*c) && !is_whole(v));
        let free = columns.iter().filter(|(c, values)| {
            let counted = is_whole(values) && (fractions || is_consecutive(values));
            !self.is_other(*c) && !counted
        });
        let mut found: Vec<usize> = Vec::new();
        for column in named.chain(free.map(|c| c.0)) {
            if !found.contains(&column) {
                found.push(column);
            }
        }
        found
    }

    fn is_other(&self, column: usize) -> bool {
        let name = &self.columns[column];
        let lower = name.to_lowercase();
        let mut words = lower.split(|c: char| !c.is_alphanumeric());
        name.is_empty() || words.any(|word| OTHERS.contains(&word))
    }

    /// A column as numbers, NaN where a field is none, and whether they have decimal commas.
    fn numbers(&self, column: usize) -> (Vec<f64>, bool) {
        let fields = || {
            let field =
                |r: &'_ super::VariantRow| r.fields.get(column).cloned().unwrap_or_default();
            self.rows.iter().map(field)
        };
        let is_plain = |f: &String| !f.contains(',');
        let one_comma = |f: &String| f.matches(',').count() == 1;
        let digits = |f: &String| number(&f.replace(',', ".")).is_finite();
        let commas = fields().any(|f| one_comma(&f) && digits(&f))
            && fields().all(|f| !f.contains('.') && (is_plain(&f) || one_comma(&f)));
        let read = |f: String| number(&if commas { f.replace(',', ".") } else { f });
        (fields().map(read).collect(), commas)
    }
}

fn number(field: &str) -> f64 {
    let text = field.trim().replace('−', "-");
    text.parse()
        .ok()
        .filter(|v: &f64| v.is_finite())
        .unwrap_or(f64::NAN)
}

/// At least half of the rows hold numbers.
fn is_numeric(values: &[f64]) -> bool {
    let known = values.iter().filter(|v| v.is_finite()).count();
    known > 0 && 2 * known >= values.len()
}

/// Counts and row numbers: whole and never negative.
fn is_whole(values: &[f64]) -> bool {
    let known = || values.iter().filter(|v| v.is_finite());
    known().all(|v| *v >= 0.0 && v.fract() == 0.0)
}

/// 0, 1, 2 … or 1, 2, 3 …
fn is_consecutive(values: &[f64]) -> bool {
    values.len() > 2 && values.windows(2).all(|w| w[1] - w[0] == 1.0)
}

//! Filters over the table: `chain A and resi 20-60 and llr > -2 and not mut P,G`.

use super::{Measure, Triage};
use crate::sequence::AminoAcid;

/// Why text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {column}: {problem}")]
pub struct FilterError {
    /// 1-based.
    pub column: usize,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// A condition on rows.
///
/// - `chain A,B` · `resi 20-60,72,-3` (author numbers) · `wt G` · `mut A,V,L` · `ss H,E`
/// - a column compared with a number: `llr > -2`, `rmsf <= 1`, `ddg`, `structure`, `dynamics`, `burial`,
///   `coupling`; `pct.llr < 5` compares its percentile. What is not known matches nothing.
/// - `and`, `or`, `not`, parentheses.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    root: Node,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Chain(Vec<String>),
    Residue(Vec<(i32, i32)>),
    WildType(Vec<AminoAcid>),
    Mutant(Vec<AminoAcid>),
    Secondary(Vec<char>),
    Compare {
        measure: Measure,
        percentile: bool,
        relation: Relation,
        with: f64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Relation {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// [`FilterError`] with the place of the first fault.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let mut parser = Parser {
            tokens: tokens(text),
            at: 0,
            end: text.chars().count() + 1,
        };
        let root = parser.any()?;
        match parser.peek() {
            None => Ok(Self { root }),
            Some(extra) => Err(parser.error(format!(
                "'{extra}' does not follow; join conditions with and, or"
            ))),
        }
    }

    /// Whether a row is shown.
    #[must_use]
    pub fn matches(&self, triage: &Triage, row: usize) -> bool {
        self.root.matches(triage, row)
    }
}

impl Node {
    fn matches(&self, triage: &Triage, row: usize) -> bool {
        let substitution = &triage.rows()[row];
        match self {
            Self::All(nodes) => nodes.iter().all(|n| n.matches(triage, row)),
            Self::Any(nodes) => nodes.iter().any(|n| n.matches(triage, row)),
            Self::Not(node) => !node.matches(triage, row),
            Self::Chain(names) => triage.id(row).is_some_and(|id| names.contains(&id.chain)),
            Self::Residue(ranges) => {
                let number = triage.id(row).map_or(
                    i32::try_from(substitution.index + 1).unwrap_or(i32::MAX),
                    |id| id.number,
                );
                ranges
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&number))
            }
            Self::WildType(set) => set.contains(&substitution.wild_type),
            Self::Mutant(set) => set.contains(&substitution.mutant),
            Self::Secondary(set) => triage
                .secondary(row)
                .is_some_and(|s| set.contains(&s.letter())),
            Self::Compare {
                measure,
                percentile,
                relation,
                with,
            } => {
                let value = if *percentile {
                    triage.percentile(*measure, row).unwrap_or(f64::NAN)
                } else {
                    triage.value(*measure, row)
                };
                !value.is_nan() && relation.holds(value, *with)
            }
        }
    }
}

impl Relation {
    fn from_symbol(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "=" | "==" => Self::Equal,
            "!=" => Self::NotEqual,
            _ => return None,
        })
    }

    fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
            Self::Equal => (a - b).abs() < 1e-12,
            Self::NotEqual => (a - b).abs() >= 1e-12,
        }
    }
}

/// Words, comparisons and parentheses, each with its 1-based place.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let mut tokens: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (at, c) in text.chars().enumerate() {
        let kind = |c: char| (c.is_whitespace(), "()".contains(c), "<>=!".contains(c));
        let (space, paren, relation) = kind(c);
        let joins = open
            && tokens
                .last()
                .and_then(|(_, t)| t.chars().last())
                .is_some_and(|last| {
                    let (_, was_paren, was_relation) = kind(last);
                    !was_paren && was_relation == relation
                });
        match (space, paren) {
            (true, _) => open = false,
            (_, true) => {
                tokens.push((at + 1, c.to_string()));
                open = false;
            }
            _ if joins => {
                if let Some((_, token)) = tokens.last_mut() {
                    token.push(c);
                }
            }
            _ => {
                tokens.push((at + 1, c.to_string()));
                open = true;
            }
        }
    }
    tokens
}

struct Parser {
    tokens: Vec<(usize, String)>,
    at: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(|(_, t)| t.as_str())
    }

    fn take(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at)?.1.clone();
        self.at += 1;
        Some(token)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|t| t.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn error(&self, problem: impl Into<String>) -> FilterError {
        FilterError {
            column: self
                .tokens
                .get(self.at)
                .map_or(self.end, |(column, _)| *column),
            problem: problem.into(),
        }
    }

    fn any(&mut self) -> Result<Node, FilterError> {
        let mut nodes = vec![self.all()?];
        while self.take_word("or") {
            nodes.push(self.all()?);
        }
        Ok(if nodes.len() == 1 {
            nodes.remove(0)
        } else {
            Node::Any(nodes)
        })
    }

    fn all(&mut self) -> Result<Node, FilterError> {
        let mut nodes = vec![self.condition()?];
        while self.take_word("and") {
            nodes.push(self.condition()?);
        }
        Ok(if nodes.len() == 1 {
            nodes.remove(0)
        } else {
            Node::All(nodes)
        })
    }

    fn condition(&mut self) -> Result<Node, FilterError> {
        if self.take_word("not") {
            return Ok(Node::Not(Box::new(self.condition()?)));
        }
        if self.take_word("(") {
            let inner = self.any()?;
            return if self.take_word(")") {
                Ok(inner)
            } else {
                Err(self.error("a ')' is missing"))
            };
        }
        let Some(word) = self.peek().map(str::to_ascii_lowercase) else {
            return Err(self.error("a condition is missing, such as 'llr < -3' or 'chain A'"));
        };
        match word.as_str() {
            "chain" => self
                .list("a chain", |t| Some(t.to_owned()))
                .map(Node::Chain),
            "resi" => self
                .list("a residue number or range such as 20-60", range)
                .map(Node::Residue),
            "wt" => self.list("an amino acid", amino_acid).map(Node::WildType),
            "mut" => self.list("an amino acid", amino_acid).map(Node::Mutant),
            "ss" => self
                .list("one of H E G I B T S -", structure_letter)
                .map(Node::Secondary),
            field => self.comparison(field),
        }
    }

    /// The parts of the next word, split at commas and plus signs.
    fn list<T>(
        &mut self,
        what: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, FilterError> {
        self.at += 1;
        let Some(word) = self.peek().filter(|t| !["(", ")"].contains(t)) else {
            return Err(self.error(format!("{what} is missing")));
        };
        let parts = word.split([',', '+']).filter(|p| !p.is_empty());
        let read: Result<Vec<T>, String> =
            parts.map(|p| read(p).ok_or_else(|| p.to_owned())).collect();
        match read {
            Ok(values) => {
                self.at += 1;
                Ok(values)
            }
            Err(part) => Err(self.error(format!("'{part}' is not {what}"))),
        }
    }

    fn comparison(&mut self, field: &str) -> Result<Node, FilterError> {
        let percentile = field.starts_with("pct.");
        let name = field.strip_prefix("pct.").unwrap_or(field);
        let Some(measure) = Measure::from_id(name) else {
            let known = Measure::ALL.map(Measure::id).join(", ");
            return Err(self.error(format!(
                "there is no '{name}'; use chain, resi, wt, mut, ss, {known}"
            )));
        };
        self.at += 1;
        let Some(relation) = self.peek().and_then(Relation::from_symbol) else {
            return Err(self.error(format!("after '{name}' comes one of < <= > >= = !=")));
        };
        self.at += 1;
        let Some(with) = self.peek().and_then(|t| t.parse().ok()) else {
            return Err(self.error("a number is missing"));
        };
        self.take();
        Ok(Node::Compare {
            measure,
            percentile,
            relation,
            with,
        })
    }
}

fn amino_acid(text: &str) -> Option<AminoAcid> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => AminoAcid::from_letter(letter),
        _ => AminoAcid::from_three_letters(text),
    }
}

fn structure_letter(text: &str) -> Option<char> {
    let letter = text.chars().next()?.to_ascii_uppercase();
    (text.chars().count() == 1 && "HEGIBTS-".contains(letter)).then_some(letter)
}

/// `20`, `-3`, `20-60`, `-5--2`.
fn range(text: &str) -> Option<(i32, i32)> {
    if let Ok(one) = text.parse() {
        return Some((one, one));
    }
    let dash = 1 + text.get(1..)?.find(['-', ':'])?;
    Some((text[..dash].parse().ok()?, text[dash + 1..].parse().ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::analysis::triage::tests::example;

    fn shown(text: &str) -> Vec<String> {
        let triage = example();
        let filter = Filter::parse(text).unwrap();
        triage
            .sorted(None, Some(&filter))
            .into_iter()
            .map(|row| triage.name(row))
            .collect()
    }

    #[test]
    fn conditions() {
        assert_eq!(shown("chain B").len(), 19);
        assert_eq!(shown("chain A,B").len(), 57);
        assert_eq!(shown("resi -2 and mut A"), ["A:M-2A"]);
        assert_eq!(shown("resi -3-0 and mut ALA"), ["A:M-2A"]);
        assert_eq!(shown("(wt K or wt T) and mut W"), ["A:K1W", "B:T1aW"]);
        assert_eq!(shown("not (chain A) and mut p,g"), ["B:T1aG", "B:T1aP"]);
        assert_eq!(shown("ss H and mut W"), ["A:M-2W"]);
        assert_eq!(shown("LLR<-3.5").len(), 4);
        assert_eq!(shown("llr >= -0.3 and rmsf < 1 and mut C,D"), ["A:M-2C"]);
        assert_eq!(shown("pct.rmsf > 60 and mut A"), ["A:K1A"]);
    }

    #[test]
    fn what_is_not_known_matches_nothing() {
        assert!(shown("ddg > -100").is_empty());
        assert!(shown("ddg < 100").is_empty());
        assert_eq!(shown("rmsf > 0").len(), 38);
    }

    #[test]
    fn faults_have_a_place() {
        for (text, column, word) in [
            ("", 1, "missing"),
            ("llr", 4, "< <="),
            ("llr > x", 7, "number"),
            ("llr > 2 rmsf", 9, "and"),
            ("foo > 2", 1, "burial"),
            ("(chain A", 9, "')'"),
            ("chain A and", 12, "condition"),
            ("resi 3-x", 6, "20-60"),
            ("mut Z", 5, "amino acid"),
            ("chain", 6, "chain"),
        ] {
            let error = Filter::parse(text).unwrap_err();
            assert_eq!(error.column, column, "{text}: {error}");
            assert!(error.problem.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused() {
        let pieces = [
            "llr", "<", "(", ")", "not", "and", "or", "resi", "1-", "-", "é", "chain", ",", "pct.",
            "ss",
        ];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    drop(Filter::parse(&format!("{a} {b}{c}")));
                }
            }
        }
    }
}

//! From text to the tree of a selection.

use super::token::{Token, tokens};
use super::{
    CLASSES, Columns, Comparison, INTERFACE, NEIGHBOURS, NumberRange, SecondaryStructure, Term,
};
use crate::protein::AminoAcid;
use crate::protein::names::parse_residue;

/// Deeper nesting than this is refused.
const MAX_DEPTH: usize = 200;

/// Where a selection cannot be read, and what is expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct SelectError {
    /// Counted from 1; one past the end where something is missing.
    pub column: usize,
    /// What is wrong and what to write.
    pub message: String,
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    end: usize,
    depth: usize,
    /// Within how many `within … of` this stands: there neighbours can be named.
    around: usize,
    columns: Columns<'a>,
}

pub(super) fn parse(text: &str, columns: Columns<'_>) -> Result<Term, SelectError> {
    let mut parser = Parser {
        tokens: tokens(text),
        at: 0,
        end: text.chars().count() + 1,
        depth: 0,
        around: 0,
        columns,
    };
    if parser.tokens.is_empty() {
        return Err(parser.error("nothing is selected; write for example chain A and resi 20-60"));
    }
    let term = parser.or()?;
    match parser.peek() {
        None => Ok(term),
        Some(token) if token.is(")") => Err(parser.error("this ')' closes nothing")),
        Some(token) => {
            let message = format!(
                "'{}' is not expected here; join terms with and, or",
                token.text
            );
            Err(parser.error(&message))
        }
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes(&mut self, words: &[&str]) -> bool {
        let found = self.peek().is_some_and(|t| words.iter().any(|w| t.is(w)));
        self.at += usize::from(found);
        found
    }

    /// At the next token.
    fn error(&self, message: &str) -> SelectError {
        SelectError {
            column: self.peek().map_or(self.end, |t| t.column),
            message: message.to_owned(),
        }
    }

    fn or(&mut self) -> Result<Term, SelectError> {
        let mut left = self.and()?;
        while self.takes(&["or", "|", "||"]) {
            left = Term::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Term, SelectError> {
        let mut left = self.tight()?;
        while self.takes(&["and", "&", "&&"]) {
            left = Term::And(Box::new(left), Box::new(self.tight()?));
        }
        Ok(left)
    }

    fn tight(&mut self) -> Result<Term, SelectError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("too deeply nested"));
        }
        let term = self.unary();
        self.depth -= 1;
        term
    }

    fn unary(&mut self) -> Result<Term, SelectError> {
        if self.takes(&["not", "!"]) {
            return Ok(Term::Not(Box::new(self.tight()?)));
        }
        // Residues are the smallest thing here, so every selection is by residue.
        if self.takes(&["byres", "br."]) {
            return self.tight();
        }
        if self.takes(&["within"]) {
            let distance = self.number("a distance in Å, as in within 8 of resi 42")?;
            if !self.takes(&["of"]) {
                return Err(self.error("'of' is expected, as in within 8 of resi 42"));
            }
            self.around += 1;
            let inner = self.tight();
            self.around -= 1;
            return Ok(Term::Within(distance, Box::new(inner?)));
        }
        if self.takes(&["("]) {
            let inner = self.or()?;
            if !self.takes(&[")"]) {
                return Err(self.error("a ')' is missing"));
            }
            return Ok(inner);
        }
        self.simple()
    }

    fn simple(&mut self) -> Result<Term, SelectError> {
        let Some(token) = self.peek().cloned() else {
            return Err(self.error("a term is missing, such as chain A, resi 20-60 or ss H"));
        };
        let word = token.text.to_ascii_lowercase();
        let class = CLASSES.iter().find(|(name, _)| *name == word);
        if let Some((_, letters)) = class {
            self.at += 1;
            return Ok(Term::AminoAcid(letters));
        }
        let keyword = |names: &[&str]| names.contains(&word.as_str());
        if keyword(&[
            "all", "*", "none", "helix", "sheet", "strand", "coil", "loop",
        ]) {
            self.at += 1;
            return Ok(constant(&word));
        }
        if let Some((name, kind)) = NEIGHBOURS.iter().find(|(name, _)| *name == word) {
            if self.around == 0 {
                let message =
                    format!("{name} is no residue of the protein; write within 5 of {name}");
                return Err(self.error(&message));
            }
            self.at += 1;
            return Ok(Term::Neighbours(*kind));
        }
        if word == INTERFACE && !self.is_compared() {
            self.at += 1;
            return Ok(Term::Interface);
        }
        let column = |names: &[&str]| names.iter().any(|f| f.eq_ignore_ascii_case(&word));
        if word == "b" || word == INTERFACE || column(self.columns.numbers) {
            return self.comparison();
        }
        if column(self.columns.flags) {
            self.at += 1;
            return Ok(Term::Compare(word, Comparison::Greater, 0.0));
        }
        if column(self.columns.amino_acids) {
            self.at += 1;
            return self.amino_acids(&word).map(|list| Term::OneOf(word, list));
        }
        if keyword(&[
            "chain", "c.", "resi", "i.", "index", "resn", "r.", "name", "n.", "ss",
        ]) {
            self.at += 1;
            return self.list_term(&word);
        }
        Err(self.unknown(&token.text))
    }

    /// Whether the word here is compared with something.
    fn is_compared(&self) -> bool {
        let next = self.tokens.get(self.at + 1);
        next.is_some_and(|t| t.text.starts_with(['<', '>', '=']) || t.text == "!=")
    }

    fn unknown(&self, word: &str) -> SelectError {
        let mut known = vec![
            "chain",
            "resi",
            "resn",
            "index",
            "ss",
            "name",
            "b",
            "interface",
            "within",
            "byres",
        ];
        let columns = &self.columns;
        known.extend(
            columns
                .amino_acids
                .iter()
                .chain(columns.flags)
                .chain(columns.numbers),
        );
        self.error(&format!(
            "'{word}' is not a selection keyword; choose from {}",
            known.join(", ")
        ))
    }

    fn comparison(&mut self) -> Result<Term, SelectError> {
        let field = self
            .next()
            .map_or_else(String::new, |t| t.text.to_ascii_lowercase());
        let sign = self.peek().map_or("", |t| t.text.as_str());
        let comparison = match sign {
            "<" => Comparison::Less,
            "<=" => Comparison::LessEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterEqual,
            "=" | "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            _ => return Err(self.error(&format!("a comparison is expected, as in {field} > 1"))),
        };
        self.at += 1;
        let value = self.number("a number")?;
        Ok(Term::Compare(field, comparison, value))
    }

    fn number(&mut self, what: &str) -> Result<f64, SelectError> {
        let value = self.peek().and_then(|t| t.text.parse::<f64>().ok());
        let value = value.filter(|v| v.is_finite());
        let value = value.ok_or_else(|| self.error(&format!("{what} is expected")))?;
        self.at += 1;
        Ok(value)
    }

    fn list_term(&mut self, word: &str) -> Result<Term, SelectError> {
        let Some(token) = self
            .peek()
            .cloned()
            .filter(|t| !matches!(t.text.as_str(), "(" | ")"))
        else {
            return Err(self.error(&format!("'{word}' needs a value, as in {}", example(word))));
        };
        let items = || token.text.split([',', '+']).filter(|i| !i.is_empty());
        let upper = || items().map(str::to_ascii_uppercase).collect();
        let term = match word {
            "chain" | "c." => Term::Chain(items().map(str::to_owned).collect()),
            "resn" | "r." => Term::ResidueName(upper()),
            "name" | "n." => Term::AtomName(upper()),
            "ss" => Term::Secondary(self.classes(&token.text)?),
            _ => {
                let ranges: Option<Vec<NumberRange>> = items().map(range).collect();
                let ranges = ranges.filter(|r| !r.is_empty()).ok_or_else(|| {
                    self.error(&format!(
                        "'{}' is not a residue range; write 42, 42A or 20-60,75",
                        token.text
                    ))
                })?;
                if word == "index" {
                    Term::Index(ranges.iter().map(|r| (r.first, r.last)).collect())
                } else {
                    Term::Number(ranges)
                }
            }
        };
        self.at += 1;
        Ok(term)
    }

    fn amino_acids(&mut self, word: &str) -> Result<Vec<AminoAcid>, SelectError> {
        let example = || format!("'{word}' needs amino acids, as in {word} A,V");
        let text = self.peek().map_or("", |t| t.text.as_str());
        let items = text.split([',', '+']).filter(|i| !i.is_empty());
        let read = |item: &str| match item.len() {
            1 => item.chars().next().and_then(AminoAcid::from_letter),
            _ => AminoAcid::from_three_letters(item),
        };
        let list: Option<Vec<AminoAcid>> = items.map(read).collect();
        let list = list.filter(|l| !l.is_empty());
        let list = list.ok_or_else(|| self.error(&example()))?;
        self.at += 1;
        Ok(list)
    }

    fn classes(&self, text: &str) -> Result<Vec<SecondaryStructure>, SelectError> {
        let letters = text.chars().filter(|c| !matches!(c, ',' | '+'));
        letters
            .map(SecondaryStructure::from_letter)
            .collect::<Option<Vec<_>>>()
            .filter(|c| !c.is_empty())
            .ok_or_else(|| {
                self.error("the classes are H G I E B T S and -; or write helix, sheet, coil")
            })
    }
}

fn constant(word: &str) -> Term {
    use SecondaryStructure as S;
    match word {
        "all" | "*" => Term::All,
        "none" => Term::None,
        "helix" => Term::Secondary(vec![S::AlphaHelix, S::Helix310, S::PiHelix]),
        "sheet" | "strand" => Term::Secondary(vec![S::Strand, S::Bridge]),
        _ => Term::Secondary(vec![S::Turn, S::Bend, S::Coil]),
    }
}

fn example(word: &str) -> &'static str {
    match word {
        "chain" | "c." => "chain A",
        "resn" | "r." => "resn ALA+GLY",
        "name" | "n." => "name CA",
        "ss" => "ss H",
        "index" => "index 1-10",
        _ => "resi 20-60,75",
    }
}

/// `42`, `42A`, `-3`, `20-60`, `-5--1`, `20:60`.
fn range(item: &str) -> Option<NumberRange> {
    if let Some(one) = parse_residue(item)
        .filter(|r| r.wild_type.is_none() && r.id.chain.is_empty())
        .map(|r| r.id)
    {
        return Some(NumberRange {
            first: one.number,
            last: one.number,
            code: one.insertion_code,
        });
    }
    let split = item
        .char_indices()
        .skip(1)
        .find(|(_, c)| matches!(c, '-' | ':'))?
        .0;
    let (first, last) = (item[..split].parse().ok()?, item[split + 1..].parse().ok()?);
    let code = None;
    (first <= last).then_some(NumberRange { first, last, code })
}

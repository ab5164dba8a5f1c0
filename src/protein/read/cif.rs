//! CIF as words and tables; what the words mean is the next file's business.
//!
//! Our own, because pdbtbx's lexer stops at the first irregular value, reads one block and keeps no line
//! numbers; files of users have several blocks, broken rows and text fields, and messages name lines.

/// A word of a CIF file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token<'a> {
    pub line: usize,
    pub text: &'a str,
    /// In quotes or in a text field: never a tag, keyword or `?`.
    quoted: bool,
}

impl<'a> Token<'a> {
    fn is_tag(&self) -> bool {
        !self.quoted && self.text.starts_with('_')
    }

    fn keyword(&self, word: &str) -> bool {
        !self.quoted
            && self.text.len() >= word.len()
            && self.text.as_bytes()[..word.len()].eq_ignore_ascii_case(word.as_bytes())
    }

    fn ends_values(&self) -> bool {
        self.is_tag()
            || ["loop_", "data_", "save_", "global_", "stop_"]
                .iter()
                .any(|w| self.keyword(w))
    }

    /// The value, empty for `.` and `?`.
    pub fn value(&self) -> &'a str {
        if !self.quoted && matches!(self.text, "." | "?") {
            ""
        } else {
            self.text.trim()
        }
    }
}

/// Splits CIF text into words, line by line; text fields are one word.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Tokens<'a> {
    fn text_field(&mut self) -> Token<'a> {
        let start = self.at + 1;
        let end = self.text[start..]
            .find("\n;")
            .map_or(self.text.len(), |e| start + e);
        let token = Token {
            line: self.line,
            text: &self.text[start..end],
            quoted: true,
        };
        self.line += token.text.matches('\n').count() + 1;
        self.at = (end + 2).min(self.text.len());
        token
    }

    fn quoted(&mut self, quote: u8) -> Token<'a> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut end = start;
        while end < bytes.len() && bytes[end] != b'\n' {
            let closes = bytes.get(end + 1).is_none_or(u8::is_ascii_whitespace);
            if bytes[end] == quote && closes {
                break;
            }
            end += 1;
        }
        self.at = if bytes.get(end) == Some(&quote) {
            end + 1
        } else {
            end
        };
        Token {
            line: self.line,
            text: &self.text[start..end],
            quoted: true,
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let bytes = self.text.as_bytes();
        loop {
            match *bytes.get(self.at)? {
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                }
                b if b.is_ascii_whitespace() => self.at += 1,
                b'#' => {
                    while bytes.get(self.at).is_some_and(|&b| b != b'\n') {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
        let line_start = self.at == 0 || bytes[self.at - 1] == b'\n';
        match bytes[self.at] {
            b';' if line_start => return Some(self.text_field()),
            quote @ (b'\'' | b'"') => return Some(self.quoted(quote)),
            _ => {}
        }
        let start = self.at;
        while bytes.get(self.at).is_some_and(|b| !b.is_ascii_whitespace()) {
            self.at += 1;
        }
        Some(Token {
            line: self.line,
            text: &self.text[start..self.at],
            quoted: false,
        })
    }
}

/// A loop, or neighbouring items of one category as a loop of one row.
#[derive(Default)]
pub(super) struct Table<'a> {
    /// In lower case.
    pub tags: Vec<String>,
    pub values: Vec<Token<'a>>,
}

impl<'a> Table<'a> {
    pub fn column(&self, tag: &str) -> Option<usize> {
        self.tags.iter().position(|t| t == tag)
    }

    pub fn rows(&self) -> impl Iterator<Item = &[Token<'a>]> {
        self.values.chunks_exact(self.tags.len().max(1))
    }

    /// `_atom_site` of `_atom_site.id`.
    pub fn category(&self) -> &str {
        let tag = self.tags.first().map_or("", String::as_str);
        tag.split('.').next().unwrap_or(tag)
    }
}

/// What a CIF file is made of.
pub(super) enum Part<'a> {
    /// `data_NAME`, on this line.
    Block(&'a str, usize),
    Table(Table<'a>),
}

/// Hands over the parts in the order of the file, one at a time: a table may be most of a file.
pub(super) fn each<'a>(text: &'a str, mut take: impl FnMut(Part<'a>)) {
    let mut tokens = Tokens {
        text,
        at: 0,
        line: 1,
    }
    .peekable();
    let mut items = Table::default();
    while let Some(token) = tokens.next() {
        let is_item = token.is_tag() && tokens.peek().is_some_and(|t| !t.ends_values());
        let tag = token.text.to_ascii_lowercase();
        let goes_on = is_item && tag.split('.').next() == Some(items.category());
        if !items.tags.is_empty() && !goes_on {
            take(Part::Table(std::mem::take(&mut items)));
        }
        if token.keyword("data_") {
            take(Part::Block(&token.text[5..], token.line));
        } else if token.keyword("loop_") {
            let mut table = Table::default();
            while let Some(tag) = tokens.next_if(Token::is_tag) {
                table.tags.push(tag.text.to_ascii_lowercase());
            }
            while let Some(value) = tokens.next_if(|t| !t.ends_values()) {
                table.values.push(value);
            }
            take(Part::Table(table));
        } else if is_item {
            items.tags.push(tag);
            items.values.extend(tokens.next());
        }
    }
    if !items.tags.is_empty() {
        take(Part::Table(items));
    }
}

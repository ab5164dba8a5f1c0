//! Words and signs of the selection language, with their columns.

/// A word or sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Counted from 1.
    pub column: usize,
    pub text: String,
}

impl Token {
    /// Whether the token is this word, in either case.
    pub fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }
}

/// Splits the text; a list may have blanks after its commas and plus signs.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let characters: Vec<char> = text.chars().collect();
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let start = at;
        let c = characters[at];
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        at += 1;
        if is_sign(c) {
            let pair = characters.get(at).copied();
            if matches!(
                (c, pair),
                ('<' | '>' | '=' | '!', Some('=')) | ('&', Some('&')) | ('|', Some('|'))
            ) {
                at += 1;
            }
        } else {
            while at < characters.len()
                && !characters[at].is_whitespace()
                && !is_sign(characters[at])
            {
                at += 1;
            }
        }
        let word: String = characters[start..at].iter().collect();
        let separator = |c: char| matches!(c, ',' | '+');
        match found.last_mut() {
            Some(last)
                if !is_sign(c)
                    && (last.text.ends_with(separator)
                        || (word.starts_with(separator) && !last.text.ends_with(is_sign))) =>
            {
                last.text.push_str(&word);
            }
            _ => found.push(Token {
                column: start + 1,
                text: word,
            }),
        }
    }
    found
}

fn is_sign(c: char) -> bool {
    matches!(c, '(' | ')' | '<' | '>' | '=' | '!' | '&' | '|')
}

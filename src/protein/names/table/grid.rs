//! Lines and cells of a table, before it is known what the columns are.

/// The cells of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// 1-based line of the text.
    pub line: usize,
    pub cells: Vec<String>,
}

/// The lines of a text that hold something.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines<'a> {
    /// With their 1-based numbers.
    pub list: Vec<(usize, &'a str)>,
    /// The last line before them that begins with `#`, without it: a header, or a remark.
    pub hashed: Option<(usize, &'a str)>,
    /// The first line with a quotation mark that has no partner.
    pub lone_quote: Option<usize>,
}

/// How cells stand apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    Character(u8),
    Blanks,
}

impl Delimiter {
    /// The more telling first.
    pub const ALL: [Self; 5] = [
        Self::Character(b'\t'),
        Self::Character(b';'),
        Self::Character(b','),
        Self::Character(b'|'),
        Self::Blanks,
    ];

    /// How many cells a line has, quotation marks not minded.
    fn count(self, line: &str) -> usize {
        match self {
            Self::Character(c) => line.bytes().filter(|b| *b == c).count() + 1,
            Self::Blanks => line.split_whitespace().count(),
        }
    }
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut lines = Self::default();
        let all = text
            .split('\n')
            .flat_map(|line| line.trim_end_matches('\r').split('\r'));
        for (number, line) in all.enumerate() {
            let trimmed = line.trim();
            if let Some(remark) = trimmed.strip_prefix('#') {
                if lines.list.is_empty() {
                    lines.hashed = Some((number + 1, remark.trim_start_matches('#')));
                }
            } else if !trimmed.is_empty() && !is_rule(trimmed) {
                lines.list.push((number + 1, line));
            }
        }
        lines
    }

    /// The cells of every line.
    pub(super) fn records(&mut self, delimiter: Delimiter) -> Vec<Record> {
        match delimiter {
            Delimiter::Blanks => self.list.iter().map(blank_separated).collect(),
            Delimiter::Character(character) => self.quoted(character),
        }
    }

    fn quoted(&mut self, delimiter: u8) -> Vec<Record> {
        let broken = self.broken(Delimiter::Character(delimiter));
        self.lone_quote = broken.first().map(|&at| self.list[at].0);
        let mut text = String::new();
        for (at, (_, line)) in self.list.iter().enumerate() {
            if broken.contains(&at) {
                text.extend(line.chars().filter(|c| *c != '"'));
            } else {
                text.push_str(line);
            }
            text.push('\n');
        }
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let record = |record: csv::StringRecord| {
            let at = record.position().map_or(1, csv::Position::line) as usize;
            Record {
                line: self.list.get(at.saturating_sub(1)).map_or(at, |l| l.0),
                cells: record.iter().map(clean).collect(),
            }
        };
        // The text is UTF-8 and rows may differ in length: nothing is left that could fail.
        reader.records().flatten().map(record).collect()
    }

    /// Lines whose quotation marks do not close, unless they open and close a cell of several lines.
    fn broken(&self, delimiter: Delimiter) -> Vec<usize> {
        let odd = |line: &str| line.bytes().filter(|b| *b == b'"').count() % 2 == 1;
        let open: Vec<usize> = (0..self.list.len())
            .filter(|&i| odd(self.list[i].1))
            .collect();
        let width = self.list.first().map_or(1, |l| delimiter.count(l.1));
        let is_row = |i: usize| width > 1 && delimiter.count(self.list[i].1) >= width;
        let is_cell = |pair: &[usize]| {
            pair.len() == 2 && (pair[0] + 1..pair[1]).all(|i| !is_row(i)) && !is_row(pair[1])
        };
        if open.chunks(2).all(is_cell) {
            Vec::new()
        } else {
            open
        }
    }
}

fn blank_separated((line, text): &(usize, &str)) -> Record {
    Record {
        line: *line,
        cells: text.split_whitespace().map(clean).collect(),
    }
}

/// A line of a table that holds none of its cells: `sep=;` of spreadsheets, the rule below a header.
fn is_rule(line: &str) -> bool {
    let is_separator = line.strip_prefix("sep=").is_some_and(|rest| rest.len() < 2);
    is_separator || (line.contains("--") && line.chars().all(|c| "|-:+ =".contains(c)))
}

/// A cell without the quotation marks and blanks around it.
fn clean(cell: &str) -> String {
    cell.trim().trim_matches(['"', '\'']).trim().to_owned()
}

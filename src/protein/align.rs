//! Global alignment of a sequence with the sequence of a structure, and the mapping between both.

mod blosum;

use std::ops::Range;

use blosum::score;

use super::AminoAcid;

/// Twice the score of a gap's first position, and of each further one (10 and 0.5 in BLOSUM units).
const OPEN: i32 = 20;
const EXTEND: i32 = 1;
/// More cells than this are not filled; such long sequences are matched along one diagonal.
const MAX_CELLS: usize = 400_000_000;

/// A gap is not moved over more letters than this.
const FARTHEST: usize = 20;

/// A column of an alignment: positions in both sequences.
type Column = (Option<usize>, Option<usize>);

/// Which positions of two sequences belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment {
    /// Columns: positions (0-based) in both, one of them missing in a gap.
    pub columns: Vec<(Option<usize>, Option<usize>)>,
    a_to_b: Vec<Option<usize>>,
    b_to_a: Vec<Option<usize>>,
    identical: usize,
    aligned: usize,
}

/// An ungapped stretch of an alignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Positions in the first sequence.
    pub a: Range<usize>,
    /// Positions in the second.
    pub b: Range<usize>,
}

impl Alignment {
    fn new(columns: Vec<(Option<usize>, Option<usize>)>, a: &[u8], b: &[u8]) -> Self {
        let mut alignment = Self {
            a_to_b: vec![None; a.len()],
            b_to_a: vec![None; b.len()],
            identical: 0,
            aligned: 0,
            columns,
        };
        for &(i, j) in &alignment.columns {
            if let (Some(i), Some(j)) = (i, j) {
                alignment.a_to_b[i] = Some(j);
                alignment.b_to_a[j] = Some(i);
                alignment.aligned += 1;
                alignment.identical += usize::from(a[i] == b[j]);
            }
        }
        alignment
    }

    /// The position in the second sequence that belongs to one of the first.
    #[must_use]
    pub fn a_to_b(&self, a: usize) -> Option<usize> {
        self.a_to_b.get(a).copied().flatten()
    }

    /// The position in the first sequence that belongs to one of the second.
    #[must_use]
    pub fn b_to_a(&self, b: usize) -> Option<usize> {
        self.b_to_a.get(b).copied().flatten()
    }

    /// Pairs with the same letter.
    #[must_use]
    pub fn identical(&self) -> usize {
        self.identical
    }

    /// Pairs.
    #[must_use]
    pub fn aligned(&self) -> usize {
        self.aligned
    }

    /// Share of the pairs that have the same letter, 0 without pairs.
    #[must_use]
    pub fn identity(&self) -> f64 {
        self.identical as f64 / self.aligned.max(1) as f64
    }

    /// The ungapped stretches, in order.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::new();
        for &(i, j) in &self.columns {
            let (Some(i), Some(j)) = (i, j) else { continue };
            match segments.last_mut() {
                Some(last) if last.a.end == i && last.b.end == j => {
                    last.a.end += 1;
                    last.b.end += 1;
                }
                _ => segments.push(Segment {
                    a: i..i + 1,
                    b: j..j + 1,
                }),
            }
        }
        segments
    }

    /// Moves gaps of the second sequence over equal letters to where `broken` says that it is interrupted
    /// before a position; the letters alone do not tell which of several equal ones is missing. `a` and `b`
    /// are what was aligned.
    #[must_use]
    pub fn with_gaps_at(&self, a: &str, b: &str, broken: &dyn Fn(usize) -> bool) -> Self {
        let (a, b) = (a.as_bytes(), b.as_bytes());
        let mut parts = vec![Segment { a: 0..0, b: 0..0 }];
        parts.extend(self.segments());
        parts.push(Segment {
            a: a.len()..a.len(),
            b: b.len()..b.len(),
        });
        for k in 1..parts.len() {
            let (left, right) = (parts[k - 1].clone(), parts[k].clone());
            let is_gap = left.b.end == right.b.start && left.a.end < right.a.start;
            let inside = 0 < left.b.end && left.b.end < b.len();
            if !is_gap || (inside && broken(left.b.end)) {
                continue;
            }
            let room = left.b.len().min(FARTHEST);
            let back = (1..room).take_while(|s| a[right.a.start - s] == b[left.b.end - s]);
            let back = back.map(|s| -(s as isize));
            let room = right.b.len().min(FARTHEST);
            let on = (1..room).take_while(|s| a[left.a.end + s - 1] == b[right.b.start + s - 1]);
            let shifts = back.chain(on.map(|s| s as isize));
            let place = |s: &isize| left.b.end.saturating_add_signed(*s);
            let Some(shift) = shifts.filter(|s| broken(place(s))).min_by_key(|s| s.abs()) else {
                continue;
            };
            let moved = |at: usize| at.saturating_add_signed(shift);
            (parts[k - 1].a.end, parts[k - 1].b.end) = (moved(left.a.end), moved(left.b.end));
            (parts[k].a.start, parts[k].b.start) = (moved(right.a.start), moved(right.b.start));
        }
        Self::new(columns_of(&parts), a, b)
    }

    /// The alignment as text, `width` columns a block: the first sequence, a line with `|` under
    /// equal and `.` under other pairs, the second; each with the number of its first letter from
    /// the labels given.
    #[must_use]
    pub fn to_text(
        &self,
        a: (&str, &dyn Fn(usize) -> String),
        b: (&str, &dyn Fn(usize) -> String),
        width: usize,
    ) -> String {
        let mut text = String::new();
        for block in self.columns.chunks(width.max(1)) {
            let row = |letters: &str, of: &dyn Fn(&Column) -> Option<usize>| {
                let letter = |c| {
                    of(c)
                        .and_then(|i| letters.as_bytes().get(i))
                        .map_or('-', |&l| l as char)
                };
                block.iter().map(letter).collect::<String>()
            };
            let first: &dyn Fn(&Column) -> Option<usize> = &|c| c.0;
            let second: &dyn Fn(&Column) -> Option<usize> = &|c| c.1;
            let (upper, lower) = (row(a.0, first), row(b.0, second));
            let marks: String = upper
                .chars()
                .zip(lower.chars())
                .map(|(x, y)| match (x, y) {
                    ('-', _) | (_, '-') => ' ',
                    _ if x == y => '|',
                    _ => '.',
                })
                .collect();
            let start = |of: &dyn Fn(&Column) -> Option<usize>, name: &dyn Fn(usize) -> String| {
                block.iter().find_map(of).map_or(String::new(), name)
            };
            let (left, below) = (start(first, a.1), start(second, b.1));
            let indent = left.len().max(below.len()).max(6);
            let lines = [
                (left.as_str(), &upper),
                ("", &marks),
                (below.as_str(), &lower),
            ];
            for (label, line) in lines {
                text.push_str(format!("{label:>indent$} {line}").trim_end());
                text.push('\n');
            }
            text.push('\n');
        }
        text
    }
}

/// The columns of ungapped stretches, the first and the last at the ends of both sequences.
fn columns_of(parts: &[Segment]) -> Vec<Column> {
    let mut columns = Vec::new();
    let (mut a, mut b) = (0, 0);
    for part in parts {
        columns.extend((a..part.a.start).map(|i| (Some(i), None)));
        columns.extend((b..part.b.start).map(|j| (None, Some(j))));
        columns.extend(
            part.a
                .clone()
                .zip(part.b.clone())
                .map(|(i, j)| (Some(i), Some(j))),
        );
        (a, b) = (part.a.end, part.b.end);
    }
    columns
}

/// How alike two residues are, by BLOSUM62 in half bits.
#[must_use]
pub fn similarity(a: AminoAcid, b: AminoAcid) -> i32 {
    score(a.letter() as u8, b.letter() as u8)
}

/// The best global alignment by BLOSUM62 with affine gaps, gaps at either end free.
#[must_use]
pub fn global(a: &str, b: &str) -> Alignment {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let columns = if (a.len() + 1).saturating_mul(b.len() + 1) > MAX_CELLS {
        diagonal(a, b)
    } else {
        trace(&fill(a, b), a.len(), b.len())
    };
    Alignment::new(columns, a, b)
}

/// Where a cell's best path comes from, for its three states, in one byte.
const DIAGONAL: u8 = 0;
const UP: u8 = 1;
const LEFT: u8 = 2;
const UP_EXTENDS: u8 = 4;
const LEFT_EXTENDS: u8 = 8;

/// Gotoh's recursion over rows; keeps the directions only.
fn fill(a: &[u8], b: &[u8]) -> Vec<u8> {
    const LOW: i32 = i32::MIN / 2;
    let width = b.len() + 1;
    let mut from = vec![0_u8; (a.len() + 1) * width];
    let mut best = vec![0_i32; width];
    let mut up = vec![LOW; width];
    from[1..width].fill(LEFT);
    for i in 1..=a.len() {
        let mut diagonal = std::mem::replace(&mut best[0], 0);
        let mut left = LOW;
        from[i * width] = UP;
        for j in 1..width {
            // Gaps beyond either end of the other sequence cost nothing.
            let (open_up, extend_up) = if j == b.len() { (0, 0) } else { (OPEN, EXTEND) };
            let (open_left, extend_left) = if i == a.len() { (0, 0) } else { (OPEN, EXTEND) };
            let mut code = 0;
            let (opened, extended) = (best[j] - open_up, up[j] - extend_up);
            up[j] = opened.max(extended);
            if extended > opened {
                code |= UP_EXTENDS;
            }
            let (opened, extended) = (best[j - 1] - open_left, left - extend_left);
            left = opened.max(extended);
            if extended > opened {
                code |= LEFT_EXTENDS;
            }
            let matched = diagonal + 2 * score(a[i - 1], b[j - 1]);
            diagonal = best[j];
            let (value, state) = if matched >= up[j] && matched >= left {
                (matched, DIAGONAL)
            } else if up[j] >= left {
                (up[j], UP)
            } else {
                (left, LEFT)
            };
            best[j] = value;
            from[i * width + j] = code | state;
        }
    }
    from
}

fn trace(from: &[u8], rows: usize, columns: usize) -> Vec<(Option<usize>, Option<usize>)> {
    let (mut i, mut j) = (rows, columns);
    let mut path = Vec::with_capacity(rows.max(columns));
    let mut gap = DIAGONAL;
    while i > 0 || j > 0 {
        let code = from[i * (columns + 1) + j];
        let state = if gap == DIAGONAL { code & 3 } else { gap };
        match state {
            UP => {
                gap = if code & UP_EXTENDS != 0 { UP } else { DIAGONAL };
                i -= 1;
                path.push((Some(i), None));
            }
            LEFT => {
                gap = if code & LEFT_EXTENDS != 0 {
                    LEFT
                } else {
                    DIAGONAL
                };
                j -= 1;
                path.push((None, Some(j)));
            }
            _ => {
                i -= 1;
                j -= 1;
                path.push((Some(i), Some(j)));
            }
        }
    }
    path.reverse();
    path
}

/// Without gaps: the shift under which most words of six letters agree.
#[expect(clippy::cast_possible_wrap, reason = "no sequence has 2^63 letters")]
fn diagonal(a: &[u8], b: &[u8]) -> Vec<(Option<usize>, Option<usize>)> {
    use std::collections::HashMap;
    let mut words: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (i, word) in a.windows(6).enumerate() {
        words.entry(word).or_default().push(i);
    }
    let mut votes: HashMap<i64, usize> = HashMap::new();
    for (j, word) in b.windows(6).enumerate() {
        for &i in words.get(word).into_iter().flatten().take(8) {
            *votes.entry(j as i64 - i as i64).or_default() += 1;
        }
    }
    let shift = votes
        .into_iter()
        .max_by_key(|&(shift, n)| (n, -shift.abs()))
        .map_or(0, |(shift, _)| shift);
    let (a_len, b_len) = (a.len() as i64, b.len() as i64);
    let first = 0.min(-shift);
    let last = a_len.max(b_len - shift);
    let inside = |k: i64, length: i64| (0..length).contains(&k).then_some(k as usize);
    (first..last)
        .map(|i| (inside(i, a_len), inside(i + shift, b_len)))
        .filter(|c| *c != (None, None))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UBIQUITIN: &str =
        "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";

    #[test]
    fn a_sequence_aligns_with_itself() {
        let same = global(UBIQUITIN, UBIQUITIN);
        assert_eq!(same.identical(), 76);
        assert_eq!(same.segments(), [Segment { a: 0..76, b: 0..76 }]);
    }

    #[test]
    fn missing_ends_and_loops_are_gaps() {
        // A tag before, residues 20-27 not seen, the last four cut.
        let fasta = format!("GSHMHHHH{UBIQUITIN}");
        let seen = format!("{}{}", &UBIQUITIN[..19], &UBIQUITIN[27..72]);
        let found = global(&fasta, &seen);
        assert_eq!(found.identical(), 64);
        assert_eq!(found.aligned(), 64);
        assert_eq!(found.segments().len(), 2);
        assert_eq!(found.a_to_b(8), Some(0));
        assert_eq!(found.a_to_b(7), None);
        assert_eq!(found.b_to_a(63), Some(8 + 71));
        assert_eq!(global(&seen, &fasta).b_to_a(8), Some(0));
    }

    #[test]
    fn mutations_stay_paired() {
        let mutant = UBIQUITIN.replacen("KAKIQ", "KWWIQ", 1);
        let found = global(UBIQUITIN, &mutant);
        assert_eq!((found.aligned(), found.identical()), (76, 74));
        assert!((found.identity() - 74.0 / 76.0).abs() < 1e-12);
    }

    #[test]
    fn empty_and_foreign_letters_are_defined() {
        assert_eq!(global("", "ACD").columns.len(), 3);
        assert_eq!(global("", "").columns.len(), 0);
        assert_eq!(global("ACX?D", "ACXXD").aligned(), 5);
    }

    #[test]
    fn the_text_numbers_each_block() {
        let found = global("MACD", "ACE");
        let text = found.to_text(
            ("MACD", &|i| (i + 1).to_string()),
            ("ACE", &|i| format!("A:{}", i + 40)),
            60,
        );
        assert_eq!(text, "     1 MACD\n        ||.\n  A:40 -ACE\n\n");
    }

    #[test]
    fn very_long_sequences_keep_to_one_diagonal() {
        let long = UBIQUITIN.repeat(3);
        let columns = diagonal(long.as_bytes(), &long.as_bytes()[10..150]);
        let found = Alignment::new(columns, long.as_bytes(), &long.as_bytes()[10..150]);
        assert_eq!(found.identical(), 140);
    }
}

//! Alignments of related sequences, and what they say about one chain.

mod read;

use std::ops::Range;

use super::{AminoAcid, Mapping, Protein, Residue, Sequence};

/// What a gap, and a letter that is not a standard residue, is in [`Homologs::cells`].
pub const GAP: u8 = 20;

/// Rows that are aligned with a chain, those that share most words with it.
const CANDIDATES: usize = 3;

/// A row is a chain's own sequence from this part of identical pairs on: point mutants of a construct are.
const LEAST_IDENTITY: f64 = 0.9;

/// ... and when this part of the shorter of both agrees.
const LEAST_SHARED: f64 = 0.5;

/// Aligned sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Msa {
    /// The file's name.
    pub file: String,
    names: Vec<String>,
    /// Row by row: capital letters, `-` in gaps.
    cells: Vec<u8>,
    width: usize,
    /// The columns of each chain of a complex whose sequences were joined, as ColabFold does; else all.
    parts: Vec<Range<usize>>,
}

/// Why a file is no alignment, or none of a protein.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MsaError {
    /// It cannot be unpacked.
    #[error("{0}")]
    Unreadable(String),
    /// No format that is read.
    #[error(
        "{0}: holds no aligned sequences; A3M, A2M, Stockholm and aligned FASTA are read, plain or gzip"
    )]
    Foreign(String),
    /// A row is wrong.
    #[error("{file}, line {line}: {what}")]
    Malformed {
        file: String,
        /// From 1.
        line: usize,
        what: String,
    },
    /// No row is the chain's sequence.
    #[error(
        "{file}: no row is the sequence of {protein}: '{row}' comes nearest to {chain}, {identical} of {of} residues agree; give the alignment of this protein"
    )]
    NoQuery {
        file: String,
        protein: String,
        chain: String,
        row: String,
        /// Pairs that agree.
        identical: usize,
        /// Residues of the shorter of both.
        of: usize,
    },
}

/// The alignment as one of its rows, the query, has it: only columns in which the query has a standard
/// residue.
#[derive(Debug, Clone, PartialEq)]
pub struct Homologs {
    /// First the query, second the chain.
    pub mapping: Mapping,
    /// (rows, width): [`AminoAcid::index`] or [`GAP`]; the query comes first, the others as in the file.
    pub cells: Vec<u8>,
    /// Residues of the query.
    pub width: usize,
}

impl Homologs {
    /// Number of rows.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.cells.len() / self.width.max(1)
    }
}

impl Msa {
    /// Reads A3M, A2M, Stockholm or aligned FASTA, plain or gzip; the content tells which. Insertions that
    /// A3M and A2M write in lower case are left out.
    ///
    /// # Errors
    /// [`MsaError`] with the line of the first fault.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, MsaError> {
        let unpacked = super::read::unpacked(file, bytes);
        let unpacked = unpacked.map_err(|e| MsaError::Unreadable(e.to_string()))?;
        read::parse(file, &unpacked)
    }

    /// Number of sequences.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "a file without sequences is refused"
    )]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    fn row(&self, index: usize) -> &[u8] {
        &self.cells[index * self.width..(index + 1) * self.width]
    }

    /// The alignment about a chain of a protein: its own sequence is looked for among the rows, the first
    /// of equally good ones is taken.
    ///
    /// # Errors
    /// [`MsaError::NoQuery`] when no row is the chain's sequence.
    pub fn about(&self, chain: &[Residue], protein: &Protein) -> Result<Homologs, MsaError> {
        let letters: Vec<u8> = chain.iter().map(|r| r.letter() as u8).collect();
        let mut best: Option<Query> = None;
        for (row, part) in self.candidates(&letters) {
            let found = self.query(row, part, chain, protein);
            let better = |b: &Query| found.as_ref().is_some_and(|f| f.identical > b.identical);
            if best.as_ref().is_none_or(better) {
                best = found.or(best);
            }
        }
        match best {
            Some(query) if query.is_own(&letters) => Ok(self.cut(query)),
            nearest => Err(self.no_query(nearest.as_ref(), chain, protein, letters.len())),
        }
    }

    fn no_query(
        &self,
        nearest: Option<&Query>,
        chain: &[Residue],
        protein: &Protein,
        length: usize,
    ) -> MsaError {
        let name = chain.first().map_or("", |r| r.id.chain.as_str());
        let of = |q: &Query| q.mapping.sequence.len().min(length);
        MsaError::NoQuery {
            file: self.file.clone(),
            protein: protein.name.clone(),
            chain: match name {
                "" => "it".to_owned(),
                name => format!("chain {name}"),
            },
            row: self.names[nearest.map_or(0, |q| q.row)].clone(),
            identical: nearest.map_or(0, |q| q.identical),
            of: nearest.map_or(length, of),
        }
    }

    /// The rows, each with the columns of a part, that share most words with a chain.
    fn candidates(&self, chain: &[u8]) -> Vec<(usize, &Range<usize>)> {
        let words = Words::of(chain);
        let mut found: Vec<(usize, usize, &Range<usize>)> = Vec::new();
        for row in 0..self.len() {
            for part in &self.parts {
                let cells = &self.row(row)[part.clone()];
                found.push((words.shared(cells), row, part));
            }
        }
        found.sort_by_key(|(shared, ..)| std::cmp::Reverse(*shared));
        let best = found.into_iter().take(CANDIDATES);
        best.map(|(_, row, part)| (row, part)).collect()
    }

    /// A row as the query of a chain; `None` where it has no standard residue.
    fn query(
        &self,
        row: usize,
        part: &Range<usize>,
        chain: &[Residue],
        protein: &Protein,
    ) -> Option<Query> {
        let standard = |column: &usize| state(self.row(row)[*column]) != GAP;
        let columns: Vec<usize> = part.clone().filter(standard).collect();
        let letter = |column: &usize| self.row(row)[*column] as char;
        let letters: String = columns.iter().map(letter).collect();
        let sequence = Sequence::new(self.names[row].as_str(), letters).ok()?;
        let mapping = Mapping::new(&sequence, chain, &protein.name);
        Some(Query {
            row,
            columns,
            identical: mapping.alignment.identical(),
            mapping,
        })
    }

    fn cut(&self, query: Query) -> Homologs {
        let width = query.columns.len();
        let others = (0..self.len()).filter(|row| *row != query.row);
        let mut cells = Vec::with_capacity(self.len() * width);
        for row in std::iter::once(query.row).chain(others) {
            let row = self.row(row);
            cells.extend(query.columns.iter().map(|column| state(row[*column])));
        }
        Homologs {
            mapping: query.mapping,
            cells,
            width,
        }
    }
}

fn state(letter: u8) -> u8 {
    AminoAcid::from_letter(letter as char).map_or(GAP, |a| a.index() as u8)
}

/// Which words of five letters a sequence has, a bit each.
struct Words(Vec<u64>);

impl Words {
    const LETTERS: u32 = 5;

    fn of(letters: &[u8]) -> Self {
        let mut words = Self(vec![0; 1 << (5 * Self::LETTERS - 6)]);
        for word in Self::codes(letters) {
            words.0[word >> 6] |= 1 << (word & 63);
        }
        words
    }

    /// The words of a row that are among them.
    fn shared(&self, cells: &[u8]) -> usize {
        let is_here = |word: &usize| self.0[word >> 6] >> (word & 63) & 1 == 1;
        Self::codes(cells).filter(is_here).count()
    }

    /// The words of the letters without gaps, five bits a letter.
    fn codes(cells: &[u8]) -> impl Iterator<Item = usize> + '_ {
        let letters = cells.iter().filter(|c| **c != b'-');
        let mut word = 0;
        let words = letters.map(move |letter| {
            word = (word << 5 | usize::from(letter & 31)) & ((1 << (5 * Self::LETTERS)) - 1);
            word
        });
        words.skip(Self::LETTERS as usize - 1)
    }
}

/// A row that may be a chain's own sequence.
struct Query {
    row: usize,
    columns: Vec<usize>,
    mapping: Mapping,
    identical: usize,
}

impl Query {
    /// Whether it is the sequence of a chain with these letters; an X of the chain agrees with everything.
    fn is_own(&self, chain: &[u8]) -> bool {
        let pairs = self.mapping.alignment.columns.iter();
        let told = |(a, b): &(Option<usize>, Option<usize>)| {
            a.is_some() && b.is_some_and(|b| chain[b] != b'X')
        };
        let told = pairs.filter(|pair| told(pair)).count() as f64;
        let known = chain.iter().filter(|c| **c != b'X').count();
        let shorter = known.min(self.columns.len()) as f64;
        let identical = self.identical as f64;
        identical >= LEAST_IDENTITY * told && identical >= LEAST_SHARED * shorter && identical > 0.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

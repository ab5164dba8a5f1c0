//! What bytes hold, told by their content and not by their name: structures, or sequences.

use std::borrow::Cow;
use std::sync::Arc;

use super::encoding::characters;
use super::fasta::{self, FastaError};
use super::names::is_called;
use super::read::{self, ReadError};
use super::{
    Around, AssemblyError, Chain, ChainChoice, ChainError, Model, Neighbour, NeighbourKind,
    Sequence, Structure,
};

/// Bytes that are looked at to tell what they are.
const ENOUGH: usize = 64 << 10;

/// Letters without a header are a sequence from this length on; a shorter word is none.
pub const SHORTEST_SEQUENCE: usize = 10;

/// Endings that say FASTA where the content says nothing.
const FASTA_ENDINGS: [&str; 5] = [".fa", ".fasta", ".faa", ".fas", ".seq"];

/// The records of one file, example, stream or text, and what should be known about them. A sequence
/// becomes a structure without atoms when it is asked for: a proteome has ten million residues.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    name: String,
    records: Vec<Record>,
    /// What the reader had to say.
    pub warnings: Vec<String>,
    /// Records that are no sequences.
    pub refused: Vec<FastaError>,
}

#[derive(Debug, Clone, PartialEq)]
enum Record {
    Structure(Arc<Structure>),
    Sequence(Sequence),
}

/// Why nothing could be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The structure cannot be read.
    #[error(transparent)]
    Structure(#[from] ReadError),
    /// The sequences cannot be read.
    #[error(transparent)]
    Sequences(#[from] FastaError),
    /// No bundled example has that name.
    #[error("there is no example '{asked}'; choose from {known}")]
    NoExample {
        /// The name.
        asked: String,
        /// The names there are.
        known: String,
    },
    /// An entry of a data bank that was not downloaded.
    #[error(
        "{entry} is not on this machine; --fetch downloads it from {server} (on screen `:open` asks)"
    )]
    NotHere {
        /// The entry in words.
        entry: String,
        /// Who has it.
        server: String,
    },
    /// A chain that the structure lacks.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// An assembly that the structure lacks.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// Sequences are needed.
    #[error("{0}: a structure; give a FASTA file or the letters of a sequence")]
    NotSequences(String),
}

impl Opened {
    /// Reads PDB, mmCIF or FASTA, plain or gzip, or letters alone. `name` is the file's, `-` for
    /// standard input.
    ///
    /// # Errors
    /// [`OpenError`] naming the file and the line or record.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, OpenError> {
        let bytes = read::unpacked(name, bytes)?;
        if is_sequences(name, &bytes) {
            let records = fasta::parse(name, &bytes)?;
            return Ok(Self {
                refused: records.refused,
                ..Self::of_sequences(name, records.sequences)
            });
        }
        let packed = matches!(bytes, Cow::Owned(_));
        let (structure, warnings) = read::read_unpacked(name, &bytes, packed)?;
        Ok(Self {
            warnings: warnings.iter().map(ToString::to_string).collect(),
            ..Self::of_structure(Arc::new(structure))
        })
    }

    /// A structure that is there already.
    #[must_use]
    pub fn of_structure(structure: Arc<Structure>) -> Self {
        Self {
            name: structure.name.clone(),
            records: vec![Record::Structure(structure)],
            warnings: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Structures with the chosen chains alone.
    ///
    /// # Errors
    /// [`OpenError::Chain`] naming the chains there are.
    pub fn with_chains(mut self, chains: &ChainChoice) -> Result<Self, OpenError> {
        let ChainChoice::Named(names) = chains else {
            return Ok(self);
        };
        for record in &mut self.records {
            if let Record::Structure(structure) = record {
                structure.protein(0, chains)?;
                let is_named = |chain: &Chain| names.contains(&chain.id);
                let models = &mut Arc::make_mut(structure).models;
                for model in models.iter_mut() {
                    set_apart(model, is_named);
                }
                models.retain(|m| !m.chains.is_empty());
            }
        }
        Ok(self)
    }

    /// Structures whose residues have these neighbours.
    ///
    /// # Errors
    /// [`OpenError::Assembly`] with the assemblies that the file describes.
    pub fn with_around(mut self, around: &Around) -> Result<Self, OpenError> {
        for record in &mut self.records {
            if let Record::Structure(structure) = record {
                *structure = structure.with_around(around.clone())?;
            }
        }
        Ok(self)
    }

    /// Sequences that are there already.
    #[must_use]
    pub fn of_sequences(name: &str, sequences: Vec<Sequence>) -> Self {
        Self {
            name: name.to_owned(),
            records: sequences.into_iter().map(Record::Sequence).collect(),
            warnings: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Number of records.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "a file without records is refused"
    )]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// A record by its 0-based index; a sequence is a structure without atoms.
    #[must_use]
    pub fn structure(&self, record: usize) -> Option<Arc<Structure>> {
        Some(match self.records.get(record)? {
            Record::Structure(structure) => Arc::clone(structure),
            Record::Sequence(sequence) => Arc::new(Structure::of_sequence(sequence)),
        })
    }

    /// Every record, one after the other.
    pub fn structures(&self) -> impl Iterator<Item = Arc<Structure>> + '_ {
        (0..self.len()).filter_map(|record| self.structure(record))
    }

    /// Whether a record is called so.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        self.records.iter().any(|record| {
            let (own, aliases) = match record {
                Record::Structure(s) => (&s.name, &s.aliases),
                Record::Sequence(s) => (&s.name, &s.aliases),
            };
            is_called(own, name) || aliases.iter().any(|alias| is_called(alias, name))
        })
    }

    /// The sequences, where a structure would not do.
    ///
    /// # Errors
    /// [`OpenError::NotSequences`] when a record is a structure.
    pub fn sequences(self) -> Result<Vec<Sequence>, OpenError> {
        let name = self.name;
        let sequence = |record| match record {
            Record::Sequence(sequence) => Ok(sequence),
            Record::Structure(_) => Err(OpenError::NotSequences(name.clone())),
        };
        self.records.into_iter().map(sequence).collect()
    }
}

/// Chains that are not asked for become neighbours of the others.
fn set_apart(model: &mut Model, is_named: impl Fn(&Chain) -> bool) {
    let all = std::mem::take(&mut model.chains);
    let (named, apart): (Vec<Chain>, Vec<Chain>) = all.into_iter().partition(is_named);
    model.chains = named;
    let neighbours = apart.into_iter().flat_map(|chain| {
        let asym = chain.asym;
        let neighbour = move |residue| Neighbour {
            kind: NeighbourKind::Protein,
            asym: asym.clone(),
            residue,
        };
        chain.residues.into_iter().map(neighbour)
    });
    model.others = neighbours.chain(model.others.iter().cloned()).collect();
}

/// Whether a word in place of a file's name is a sequence.
#[must_use]
pub fn is_sequence(word: &str) -> bool {
    word.len() >= SHORTEST_SEQUENCE && word.chars().all(|c| c.is_ascii_alphabetic())
}

/// A header tells FASTA; so do letters alone, and the name where nothing tells a structure.
fn is_sequences(name: &str, bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(ENOUGH)];
    let (text, _) = characters(start);
    let lines = || {
        let lines = text.split(['\n', '\r']).map(str::trim);
        lines.filter(|l| !l.is_empty() && !l.starts_with(';'))
    };
    let header = lines().next().is_some_and(|l| l.starts_with('>'));
    header || are_letters(lines()) || (is_named_fasta(name) && !lines().any(is_of_structure))
}

fn are_letters<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let mut letters = 0;
    for line in lines {
        let line = line.strip_suffix('*').unwrap_or(line);
        if !line.chars().all(|c| c.is_ascii_alphabetic()) {
            return false;
        }
        letters += line.len();
    }
    letters >= SHORTEST_SEQUENCE
}

fn is_of_structure(line: &str) -> bool {
    let words = ["ATOM ", "HETATM", "HEADER ", "data_", "_atom_site."];
    words.iter().any(|word| line.starts_with(word))
}

fn is_named_fasta(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    FASTA_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const UBIQUITIN: &[u8] = include_bytes!("../../tests/structures/1ubi.pdb");

    fn packed(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    fn sizes(name: &str, bytes: &[u8]) -> Vec<usize> {
        let opened = Opened::read(name, bytes).unwrap();
        let residues = |s: Arc<Structure>| s.protein(0, &crate::protein::ChainChoice::All);
        opened
            .structures()
            .map(|s| residues(s).unwrap().len())
            .collect()
    }

    #[test]
    fn the_content_decides_and_not_the_name() {
        let fasta = b"; a comment\n>one\nMKTAYIAK\n>two\nGGGG\n";
        let letters = b"MKTAYIAKQR\nQISFVK*\n";
        for name in ["-", "x.txt", "x.pdb", "x.fasta", "x", "x.cif.gz"] {
            assert_eq!(sizes(name, fasta), [8, 4], "{name}");
            assert_eq!(sizes(name, &packed(fasta)), [8, 4], "{name}");
            assert_eq!(sizes(name, letters), [16], "{name}");
            assert_eq!(sizes(name, UBIQUITIN), [76], "{name}");
            assert_eq!(sizes(name, &packed(UBIQUITIN)), [76], "{name}");
        }
        assert_eq!(sizes("peptide.fa", b"MKT AYI\n"), [6]);
    }

    #[test]
    fn what_is_neither_is_refused_by_its_name() {
        for bytes in [&b"neither of them"[..], b"MKTAY", b"", b"\0\x01\x02"] {
            let error = Opened::read("some.txt", bytes).unwrap_err().to_string();
            assert!(error.starts_with("some.txt: "), "{error}");
        }
        let cut = &packed(UBIQUITIN)[..2000];
        assert!(
            Opened::read("x.gz", cut)
                .unwrap_err()
                .to_string()
                .contains("gzip")
        );
    }

    #[test]
    fn sequences_are_given_where_there_are_sequences() {
        let opened = Opened::read("x", b">a\nACDU\n").unwrap();
        assert_eq!(opened.sequences().unwrap()[0].letters(), "ACDU");
        let opened = Opened::read("1ubi.pdb", UBIQUITIN).unwrap();
        let refused = opened.sequences().unwrap_err().to_string();
        assert!(refused.contains("a structure"), "{refused}");
    }
}

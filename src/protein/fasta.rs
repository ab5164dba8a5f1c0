//! FASTA files: several records, lower case, stops, gaps, wrapped lines, in any encoding.

use super::encoding::characters;
use super::names::names_in_header;
use super::{Sequence, SequenceError};

/// Letters that may be bases are a peptide below this length.
const SHORTEST_NUCLEIC: usize = 10;

/// The sequences of a file, and the records that are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Records {
    pub sequences: Vec<Sequence>,
    pub refused: Vec<FastaError>,
}

/// Why text or a file gives no sequences.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FastaError {
    /// Neither a record nor letters.
    #[error("{file}: holds no sequence; give FASTA records that begin with '>'")]
    Empty {
        /// The file.
        file: String,
    },
    /// The reader behind refuses the record.
    #[error("{file}: record {record}: {reason}; repair the file")]
    Broken {
        /// The file.
        file: String,
        /// Counted from 1.
        record: usize,
        /// The reader's words.
        reason: String,
    },
    /// A record that is no protein sequence.
    #[error("{file}: record {record}: {error}")]
    Sequence {
        /// The file.
        file: String,
        /// Counted from 1.
        record: usize,
        /// The record's name, what is wrong with it and where.
        error: SequenceError,
    },
}

/// Reads FASTA records from memory. Letters become upper case; gaps and a stop at the
/// end are dropped. Text without a `>` is one bare sequence, named after the file.
///
/// # Errors
/// [`FastaError`] naming the record and the position.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Records, FastaError> {
    let clean = clean(&characters(bytes).0, file);
    let mut reader = noodles_fasta::io::Reader::new(clean.as_bytes());
    let mut records = Records::default();
    for (index, record) in reader.records().enumerate() {
        let number = index + 1;
        match record {
            Ok(record) => match sequence(&record) {
                Ok(sequence) => records.sequences.push(sequence),
                Err(error) => records.refused.push(FastaError::Sequence {
                    file: file.to_owned(),
                    record: number,
                    error,
                }),
            },
            Err(error) => {
                records.refused.push(FastaError::Broken {
                    file: file.to_owned(),
                    record: number,
                    reason: error.to_string(),
                });
                break;
            }
        }
    }
    match (records.sequences.is_empty(), records.refused.first()) {
        (true, Some(first)) => Err(first.clone()),
        (true, None) => Err(FastaError::Empty {
            file: file.to_owned(),
        }),
        (false, _) => Ok(records),
    }
}

fn sequence(record: &noodles_fasta::Record) -> Result<Sequence, SequenceError> {
    let name = String::from_utf8_lossy(record.name()).into_owned();
    let letters = String::from_utf8_lossy(record.sequence().as_ref());
    let mut sequence = bare(&name, &letters)?;
    if let Some(description) = record.description() {
        let header = format!("{name} {description}");
        sequence.aliases = names_in_header(&header);
    }
    Ok(sequence)
}

/// A sequence as people paste it: white space and gaps dropped, upper case, no stop at the end.
///
/// # Errors
/// [`SequenceError`] naming the first letter that is no residue by its position among the letters.
pub fn bare(name: &str, text: &str) -> Result<Sequence, SequenceError> {
    let letters: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.' | '~' | '_'))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let sequence = Sequence::new(name, letters.trim_end_matches('*'))?;
    match nucleic(sequence.letters()) {
        Some(what) => Err(SequenceError::Nucleic {
            name: name.to_owned(),
            what,
        }),
        None => Ok(sequence),
    }
}

/// DNA or RNA by its letters: at least nine of ten are bases, and nearly every base occurs.
fn nucleic(letters: &str) -> Option<&'static str> {
    let count = |set: &str| letters.chars().filter(|c| set.contains(*c)).count();
    let only = count("ACGTUNRYSWKMBDHV") == letters.len();
    let bases = count("ACGTUN");
    let kinds = ["A", "C", "G", "TU"]
        .iter()
        .filter(|set| count(set) > 0)
        .count();
    let enough = kinds == 4 || (kinds == 3 && letters.len() >= 30);
    let is_nucleic = letters.len() >= SHORTEST_NUCLEIC && only && bases * 10 >= letters.len() * 9;
    let what = if count("U") > 0 { "RNA" } else { "DNA" };
    (is_nucleic && enough).then_some(what)
}

/// Line ends, comments and nameless records as the reader behind wants them.
fn clean(text: &str, file: &str) -> String {
    let mut clean = String::with_capacity(text.len() + 16);
    let mut is_title = false;
    for line in text.split(['\n', '\r']).map(str::trim) {
        if line.is_empty() || line.starts_with(';') || std::mem::take(&mut is_title) {
            continue;
        }
        if let Some(definition) = line.strip_prefix('>') {
            let definition = definition.trim();
            let of_pir = pir_name(definition);
            is_title = of_pir.is_some();
            let definition = of_pir.unwrap_or(definition);
            clean.push('>');
            clean.push_str(if definition.is_empty() {
                "unnamed"
            } else {
                definition
            });
        } else {
            if clean.is_empty() {
                clean.push('>');
                clean.push_str(stem(file));
                clean.push('\n');
            }
            clean.push_str(line);
        }
        clean.push('\n');
    }
    clean
}

/// The name in a PIR header, `P1;NAME`, whose next line is a title.
fn pir_name(definition: &str) -> Option<&str> {
    let (kind, name) = definition.split_once(';')?;
    let kinds = ["P1", "F1", "DL", "DC", "RL", "RC", "N1", "N3", "XX"];
    kinds.contains(&kind).then_some(name)
}

fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let stem = name.rsplit_once('.').map_or(name, |(s, _)| s).trim();
    if stem.is_empty() { "sequence" } else { stem }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let read = parse("x.fasta", text.as_bytes()).unwrap();
        read.sequences
            .into_iter()
            .map(|s| (s.name.clone(), s.letters().to_owned()))
            .collect()
    }

    fn pair(name: &str, letters: &str) -> (String, String) {
        (name.to_owned(), letters.to_owned())
    }

    #[test]
    fn records_are_read_as_they_come() {
        let text = "\u{feff}\r\n; a comment\r\n>one  the first\r\nmkT-a\r\n\r\nYi.*\r\n> two\nACDX";
        assert_eq!(pairs(text), [pair("one", "MKTAYI"), pair("two", "ACDX")]);
        assert_eq!(
            pairs(">\nACD\r>b\rEFG\r"),
            [pair("unnamed", "ACD"), pair("b", "EFG")]
        );
    }

    #[test]
    fn the_title_of_a_pir_record_is_no_sequence() {
        let text = ">P1;ubb\nubiquitin\nMKV\nAC*\n\n>P1;b\nstructureX:1ubi:1 :A\nEFG*\n";
        assert_eq!(pairs(text), [pair("ubb", "MKVAC"), pair("b", "EFG")]);
    }

    #[test]
    fn a_bare_sequence_needs_no_header() {
        assert_eq!(pairs("ACD\nEFG\n"), [pair("x", "ACDEFG")]);
        assert_eq!(bare("q", " acd efg* ").unwrap().letters(), "ACDEFG");
    }

    #[test]
    fn every_encoding_gives_the_same_records() {
        let text = ">é a name\r\nMKV\r\nAC\r\n>b\rEFG\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", little.as_slice()].concat(),
            [b"\xfe\xff", big.as_slice()].concat(),
            little,
            big,
            text.chars().map(|c| c as u8).collect(),
        ] {
            let read = parse("x", &bytes).unwrap().sequences;
            let read: Vec<(&str, &str)> = read
                .iter()
                .map(|s| (s.name.as_str(), s.letters()))
                .collect();
            assert_eq!(read, [("é", "MKVAC"), ("b", "EFG")], "{bytes:?}");
        }
    }

    #[test]
    fn errors_name_record_and_position() {
        let message = |text: &str| {
            let read = parse("x.fa", text.as_bytes());
            let refused = read.map(|mut records| records.refused.remove(0));
            refused.unwrap_or_else(|error| error).to_string()
        };
        assert!(message("").contains("x.fa: holds no sequence"));
        assert!(message(">a\nACD\n>b\n").contains("record 2: sequence 'b' is empty"));
        let wrong = message(">a\nACD\n>b\nAC1D\n");
        assert!(
            wrong.contains("record 2: sequence 'b': '1' at position 3"),
            "{wrong}"
        );
        assert!(message(">a\nAC*D").contains("'*' at position 3"));
        assert!(message("\u{fffd}\u{fffd}").contains("position 1"));
    }

    #[test]
    fn one_bad_record_leaves_the_others() {
        let read = parse("x.fa", b">a\nACD\n>b\nAC*D\n>c\n>d\nEFG\n").unwrap();
        let names: Vec<&str> = read.sequences.iter().map(|s| s.name.as_str()).collect();
        assert_eq!((names, read.refused.len()), (vec!["a", "d"], 2));
    }

    #[test]
    fn dna_and_rna_are_refused_by_name() {
        for (letters, wanted) in [
            ("ATGCAGATCTTCGTGAAGACT", "DNA"),
            ("AUGCAGAUCUUCGUGAAGACU", "RNA"),
            ("ATGCANNNNCTTCRTGAAGACTACGT", "DNA"),
        ] {
            let error = bare("x", letters).unwrap_err().to_string();
            assert!(
                error.contains(wanted) && error.contains("translate"),
                "{error}"
            );
        }
        for peptide in [
            "GAGAGSGAGAGS",
            "AAAAAAAAAA",
            "MQIFVKTLTG",
            "GATTACA",
            "TGTGTGTGTGTG",
        ] {
            assert!(bare("x", peptide).is_ok(), "{peptide}");
        }
    }

    #[test]
    fn names_of_the_header_are_kept() {
        let text = b">sp|P0CG47|UBB_HUMAN Polyubiquitin-B OS=Homo sapiens GN=UBB PE=1\nMQIF\n";
        let read = parse("x.fa", text).unwrap();
        assert!(read.sequences[0].aliases.contains(&"UBB".to_owned()));
    }

    #[test]
    fn random_bytes_neither_panic_nor_hang() {
        use rand::{RngExt as _, SeedableRng as _};
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let seed = b"; remark\n>sp|P0CG47|UBB_HUMAN x GN=UBB\nMQIFVK*\n>\n\n>b\r\nACD-E.F\r\n>c\nACGTACGTACGT";
        for _ in 0..3000 {
            let mut bytes = seed.to_vec();
            for _ in 0..random.random_range(1..10) {
                let at = random.random_range(0..bytes.len());
                match random.random_range(0..3) {
                    0 => bytes[at] = random.random(),
                    1 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, b">\n\r; *\xff"[random.random_range(0..7)]),
                }
            }
            if let Ok(records) = parse("x.fa", &bytes) {
                assert!(!records.sequences.is_empty());
            }
        }
    }
}

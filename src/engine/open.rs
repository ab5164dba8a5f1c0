//! What the user names, opened: a file, a bundled example, standard input, or the letters of a sequence.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::entries::{Entries, Entry};
use crate::protein::open::{OpenError, Opened, is_sequence};
use crate::protein::read::{ReadError, Refusal};
use crate::protein::{FastaError, fasta};

/// Starts the name of a bundled example.
pub(super) const EXAMPLE: &str = "example:";

/// A file inside the program.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The name of the file.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    bytes: &'static [u8],
}

/// All of them.
pub const EXAMPLES: [Example; 4] = [
    Example {
        name: "1ake.pdb",
        about: "adenylate kinase, two lids that close over the substrate",
        bytes: include_bytes!("../../assets/examples/1ake.pdb"),
    },
    Example {
        name: "4ake.pdb",
        about: "the same without substrate, lids open",
        bytes: include_bytes!("../../assets/examples/4ake.pdb"),
    },
    Example {
        name: "1ubi.pdb",
        about: "ubiquitin, small and stiff with a loose tail",
        bytes: include_bytes!("../../assets/examples/1ubi.pdb"),
    },
    Example {
        name: "ubiquitin.fasta",
        about: "the sequence of ubiquitin alone",
        bytes: include_bytes!("../../assets/examples/ubiquitin.fasta"),
    },
];

impl Example {
    /// What it is opened by.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        format!("{EXAMPLE}{}", self.name).into()
    }
}

/// Opens a path, `example:NAME`, `-`, or a sequence in place of a name. `input` is what standard input held;
/// `None` = it is read now.
///
/// # Errors
/// [`OpenError`] saying what was asked for and what to do.
pub fn open(what: &Path, input: Option<&[u8]>) -> Result<Opened, OpenError> {
    let text = what.to_string_lossy();
    if text == "-" {
        return match input {
            Some(bytes) => Opened::read("-", bytes),
            None => Opened::read("-", &standard_input()?),
        };
    }
    if let Some(asked) = text.strip_prefix(EXAMPLE) {
        let example = EXAMPLES.iter().find(|e| e.name == asked);
        let example = example.ok_or_else(|| OpenError::NoExample {
            asked: asked.to_owned(),
            known: EXAMPLES.map(|e| e.name).join(", "),
        })?;
        return Opened::read(example.name, example.bytes);
    }
    if is_sequence(&text) && !what.exists() {
        let read = fasta::bare("sequence", &text);
        let sequence = read.map_err(|error| FastaError::Sequence {
            file: text.to_string(),
            record: 1,
            error,
        })?;
        return Ok(Opened::of_sequences("sequence", vec![sequence]));
    }
    if let Some(entry) = entry_of(what) {
        return of_entry(&entry);
    }
    let bytes = std::fs::read(what).map_err(|error| unreadable(&text, &error))?;
    Opened::read(&text, &bytes)
}

/// The entry of a data bank that is named, where no file has that name.
#[must_use]
pub fn entry_of(what: &Path) -> Option<Entry> {
    Entry::parse(&what.to_string_lossy()).filter(|_| !what.exists())
}

fn of_entry(entry: &Entry) -> Result<Opened, OpenError> {
    let entries = Entries::of_user(false);
    let Some(path) = entries.located(entry) else {
        return Err(OpenError::NotHere {
            entry: entry.to_string(),
            server: entries.server(entry).to_owned(),
        });
    };
    let bytes = std::fs::read(&path);
    let bytes = bytes.map_err(|error| unreadable(&path.to_string_lossy(), &error))?;
    let opened = Opened::read(&entry.file_name(), &bytes)?;
    match &entry.chains {
        Some(chains) => opened.with_chains(chains),
        None => Ok(opened),
    }
}

/// What a session calls it: the whole path of a file, the example, the sequence; nothing for standard input.
#[must_use]
pub fn lasting_name(what: &Path) -> Option<PathBuf> {
    let text = what.to_string_lossy();
    match text.as_ref() {
        "-" => None,
        text if text.starts_with(EXAMPLE) => Some(what.to_owned()),
        text if is_sequence(text) && !what.exists() => Some(what.to_owned()),
        _ if entry_of(what).is_some() => Some(what.to_owned()),
        _ => Some(std::path::absolute(what).unwrap_or_else(|_| what.to_owned())),
    }
}

/// Where another program finds it; nothing for what is no file.
#[must_use]
pub fn file_of(what: &Path) -> Option<PathBuf> {
    if let Some(entry) = entry_of(what) {
        return Entries::of_user(false).located(&entry);
    }
    lasting_name(what).filter(|path| path.is_file())
}

fn standard_input() -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| unreadable("standard input", &error))?;
    Ok(bytes)
}

fn unreadable(file: &str, error: &std::io::Error) -> ReadError {
    ReadError {
        file: file.to_owned(),
        reason: Refusal::Io(error.to_string()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn examples_files_sequences_and_streams_open_alike() {
        let residues = |opened: Opened| {
            opened.structure(0).unwrap().models[0].chains[0]
                .residues
                .len()
        };
        for example in EXAMPLES {
            let path = example.path();
            assert!(
                residues(open(&path, None).unwrap()) > 70,
                "{}",
                example.name
            );
            assert_eq!(lasting_name(&path), Some(path.clone()));
            assert_eq!(file_of(&path), None);
        }
        let unknown = open("example:x.pdb".as_ref(), None)
            .unwrap_err()
            .to_string();
        assert!(unknown.contains("1ake.pdb"), "{unknown}");
        let streamed = open("-".as_ref(), Some(EXAMPLES[2].bytes)).unwrap();
        assert_eq!(residues(streamed), 76);
        assert_eq!(lasting_name("-".as_ref()), None);
        assert_eq!(residues(open("mktayiakqrqisf".as_ref(), None).unwrap()), 14);
    }

    #[test]
    fn a_sequence_is_told_from_a_missing_file() {
        for missing in ["1ake.pdb", "protein", "no/such/file"] {
            let text = open(missing.as_ref(), None).unwrap_err().to_string();
            assert!(text.starts_with(missing), "{text}");
        }
    }
}

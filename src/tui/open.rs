//! Reading off the screen's thread: structures, sequences, bundled examples, standard input, folders.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::message::{Entry, Message};
use crate::app::subject::Subject;
use crate::protein::{
    Mapping, Sequence, Structure, chains::ChainChoice, fasta, mutation::VariantTable, read,
};

/// Endings of files that can be opened.
const READABLE: &[&str] = &[
    "pdb", "ent", "cif", "mmcif", "fa", "fasta", "faa", "fas", "seq", "gz",
];
/// Starts the path of a bundled example.
const EXAMPLE: &str = "example:";
/// A shorter word is a file that is not there, not a sequence.
const SHORTEST_SEQUENCE: usize = 10;

/// A bundled file: its name, what it is, its content.
type Example = (&'static str, &'static str, &'static [u8]);

const EXAMPLES: [Example; 3] = [
    (
        "1ake.pdb",
        "adenylate kinase, two lids that close over the substrate",
        include_bytes!("../../assets/examples/1ake.pdb"),
    ),
    (
        "1ubi.pdb",
        "ubiquitin, small and stiff with a loose tail",
        include_bytes!("../../assets/examples/1ubi.pdb"),
    ),
    (
        "ubiquitin.fasta",
        "the sequence of ubiquitin alone",
        include_bytes!("../../assets/examples/ubiquitin.fasta"),
    ),
];

/// The bundled examples as lines of the welcome screen.
pub(super) fn examples() -> Vec<Entry> {
    EXAMPLES
        .iter()
        .map(|(name, about, _)| Entry {
            is_folder: false,
            name: format!("{name:<16} {about}"),
            path: format!("{EXAMPLE}{name}").into(),
        })
        .collect()
}

/// Reads a file, a bundled example, what came on standard input, or a sequence in place of a file
/// name; takes the first chain of a structure, or those that are asked for.
pub(super) fn open(
    path: &Path,
    input: Option<&[u8]>,
    choice: &ChainChoice,
) -> Result<Subject, String> {
    let text = path.to_string_lossy();
    if let (Some(bytes), "-") = (input, text.as_ref()) {
        return from_bytes("standard input", bytes, None, choice);
    }
    if let Some(wanted) = text.strip_prefix(EXAMPLE) {
        let found = EXAMPLES.iter().find(|(name, ..)| *name == wanted);
        let (name, _, bytes) = found.ok_or_else(|| format!("no example is called {wanted}"))?;
        return from_bytes(name, bytes, Some(path), choice);
    }
    if !path.exists() && is_bare_sequence(&text) {
        let sequence = fasta::bare("sequence", &text).map_err(|e| e.to_string())?;
        return sequences(&[sequence], Some(path), &text);
    }
    let path = &*std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if is_sequence_file(path) {
        let records = fasta::read(path).map_err(|e| e.to_string())?;
        return sequences(&records, Some(path), &text);
    }
    let (structure, warnings) = read::read(path).map_err(|e| e.to_string())?;
    let warnings = warnings.iter().map(ToString::to_string).collect();
    let path = Some(path.to_owned());
    part(&Arc::new(structure), path, 0, choice, warnings)
}

fn from_bytes(
    name: &str,
    bytes: &[u8],
    path: Option<&Path>,
    choice: &ChainChoice,
) -> Result<Subject, String> {
    let first = bytes.iter().copied().find(|b| !b.is_ascii_whitespace());
    if first == Some(b'>') {
        let records = fasta::parse(name, bytes).map_err(|e| e.to_string())?;
        return sequences(&records, path, name);
    }
    let text = std::str::from_utf8(bytes).map_or("", str::trim);
    if is_bare_sequence(text) {
        let sequence = fasta::bare("sequence", text).map_err(|e| e.to_string())?;
        return sequences(&[sequence], None, name);
    }
    let (structure, warnings) = read::read_bytes(name, bytes).map_err(|e| e.to_string())?;
    let warnings = warnings.iter().map(ToString::to_string).collect();
    let path = path.map(Path::to_owned);
    part(&Arc::new(structure), path, 0, choice, warnings)
}

/// The first of several records; the others are a key away.
fn sequences(records: &[Sequence], path: Option<&Path>, name: &str) -> Result<Subject, String> {
    let records = records.iter().map(Structure::of_sequence).map(Arc::new);
    Subject::of_record(records.collect(), 0, path.map(Path::to_owned))
        .ok_or_else(|| format!("{name}: no sequence"))
}

fn is_bare_sequence(text: &str) -> bool {
    text.len() >= SHORTEST_SEQUENCE && text.chars().all(|c| c.is_ascii_alphabetic())
}

fn is_sequence_file(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".fa", ".fasta", ".faa", ".fas", ".seq"]
        .iter()
        .any(|e| name.ends_with(e))
}

/// Takes chains of a model of an open structure.
pub(super) fn part(
    structure: &Arc<Structure>,
    path: Option<PathBuf>,
    model: usize,
    choice: &ChainChoice,
    warnings: Vec<String>,
) -> Result<Subject, String> {
    let protein = structure
        .protein(model, choice)
        .map_err(|e| e.to_string())?;
    Ok(Subject {
        path,
        warnings,
        ..Subject::new(Arc::clone(structure), model, protein)
    })
}

/// The subject completed by the sequences of a FASTA file; as it was, with the reason as a warning, where
/// none fits.
pub(super) fn completed(mut subject: Subject, sequences: Option<&Path>) -> Subject {
    let Some(path) = sequences.filter(|_| subject.has_coordinates()) else {
        return subject;
    };
    let read = fasta::read(path).map_err(|e| e.to_string());
    let complete = |s: Vec<Sequence>| subject.protein.completed_by(&s).map_err(|e| e.to_string());
    let built = read.and_then(complete);
    let construct = match built {
        Ok(construct) => construct,
        Err(reason) => {
            subject.warnings.insert(0, reason);
            return subject;
        }
    };
    let mut warnings: Vec<String> = construct.mappings.iter().map(Mapping::summary).collect();
    let alone = construct.left_alone.iter();
    warnings.extend(alone.map(|c| format!("chain {c}: no sequence fits")));
    warnings.append(&mut subject.warnings);
    Subject {
        path: subject.path,
        warnings,
        ..Subject::new(subject.structure, subject.model, construct.protein)
    }
}

/// What a folder holds that can be entered or opened; hidden names are left out.
pub(super) fn list(folder: &Path) -> Message {
    let mut entries: Vec<Entry> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|found| {
            let name = found.file_name().to_string_lossy().into_owned();
            let path = found.path();
            let is_folder = path.is_dir();
            let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("");
            let readable = is_folder || READABLE.contains(&ending.to_ascii_lowercase().as_str());
            (readable && !name.starts_with('.')).then_some(Entry {
                is_folder,
                name,
                path,
            })
        })
        .collect();
    entries.sort_by(|a, b| {
        b.is_folder
            .cmp(&a.is_folder)
            .then_with(|| a.name.cmp(&b.name))
    });
    Message::Listed {
        folder: folder.to_owned(),
        entries,
    }
}

/// Reads a table of mutants with what was measured of them.
pub(super) fn table(path: &Path) -> Result<VariantTable, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    VariantTable::parse(&text).map_err(|e| format!("{}: {e}", path.display()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_example_opens() {
        for example in examples() {
            let subject = open(&example.path, None, &ChainChoice::First).unwrap();
            assert!(subject.len() > 70, "{}", example.name);
            assert_eq!(subject.path.as_ref(), Some(&example.path));
        }
    }

    #[test]
    fn standard_input_is_told_apart_by_its_content() {
        let open = |text: &str| open("-".as_ref(), Some(text.as_bytes()), &ChainChoice::First);
        let records = open(">one\nMKTAYIAK\n>two\nGGGG\n").unwrap();
        assert_eq!((records.len(), records.records.len()), (8, 2));
        assert_eq!(open("mktayiakqrqisf\n").unwrap().len(), 14);
        let structure = String::from_utf8_lossy(EXAMPLES[1].2).into_owned();
        assert_eq!(open(&structure).unwrap().len(), 76);
        assert!(open("neither of them").is_err());
    }

    #[test]
    fn a_long_word_that_is_no_file_is_a_sequence() {
        let open = |text: &str| open(text.as_ref(), None, &ChainChoice::First);
        assert_eq!(open("MKTAYIAKQRQISFVKSHFSRQ").unwrap().len(), 22);
        assert!(open("no-such-file.pdb").is_err());
        assert!(open("missing").is_err());
    }
}

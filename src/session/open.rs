//! Reading off the screen's thread: structures, sequences, bundled examples, standard input, folders.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::save::at_home;
use crate::analysis::ScanMethod;
use crate::app::measured::{OwnScores, Wish};
use crate::app::message::Message;
use crate::app::program::Missing;
use crate::app::subject::{Subject, on_screen};
use crate::app::welcome::Entry;
use crate::engine;
use crate::engine::entries::Entries;
use crate::engine::open::{EXAMPLES, Example};
use crate::protein::names::{VariantTable, decode};
use crate::protein::{Around, Mapping, Opened, Sequence, Structure, chains::ChainChoice};

/// Endings of files that can be opened.
const READABLE: &[&str] = &[
    "pdb", "ent", "cif", "mmcif", "fa", "fasta", "faa", "fas", "seq", "gz",
];
/// The bundled examples as lines of the welcome screen.
pub(crate) fn examples() -> Vec<Entry> {
    let entry = |example: &Example| Entry {
        is_folder: false,
        name: format!("{:<16} {}", example.name, example.about),
        path: example.path(),
    };
    EXAMPLES.iter().map(entry).collect()
}

/// Takes the first record; of a structure its first chain, or those that are asked for.
pub(crate) fn open(
    path: &Path,
    input: Option<&[u8]>,
    choice: &ChainChoice,
    around: &Around,
) -> Result<Subject, String> {
    let opened = engine::open::open(path, Some(input.unwrap_or_default()));
    let (opened, missed) = surrounded(opened.map_err(|e| e.to_string())?, around)?;
    let name = engine::open::lasting_name(path);
    let mut subject = Subject::of_record(Arc::new(opened), 0, choice, name)?;
    subject.warnings.extend(missed);
    Ok(subject)
}

/// The records with the neighbours that are wished for; an assembly that another file had is let go, and said.
fn surrounded(opened: Opened, around: &Around) -> Result<(Opened, Option<String>), String> {
    match opened.clone().with_around(around) {
        Ok(opened) => Ok((opened, None)),
        Err(fault) => {
            let without = Around {
                assembly: None,
                counts: around.counts,
            };
            let opened = opened.with_around(&without).map_err(|e| e.to_string())?;
            Ok((opened, Some(fault.to_string())))
        }
    }
}

/// The entry that is named, where it is not on this machine.
pub(crate) fn missing(path: &Path) -> Option<Missing> {
    let entry = engine::open::entry_of(path)?;
    let entries = Entries::of_user(false);
    entries.located(&entry).is_none().then(|| Missing {
        path: path.to_owned(),
        server: entries.server(&entry).to_owned(),
        entry: entry.to_string(),
    })
}

/// Downloads the entry that is named.
pub(crate) fn fetched(path: &Path) -> Result<(), String> {
    let Some(entry) = engine::open::entry_of(path) else {
        return Ok(());
    };
    let brought = Entries::of_user(false).fetch(&entry, &());
    brought.map(|_| ()).map_err(|e| e.to_string())
}

/// Takes chains of a model of an open structure.
pub(crate) fn part(
    structure: &Arc<Structure>,
    path: Option<PathBuf>,
    model: usize,
    choice: &ChainChoice,
    mut warnings: Vec<String>,
) -> Result<Subject, String> {
    let protein = structure
        .protein(model, choice)
        .map_err(|e| e.to_string())?;
    let loaded = structure.loaded(&protein).into_iter();
    warnings.extend(loaded.map(|line| on_screen(&line)));
    Ok(Subject {
        path,
        warnings,
        ..Subject::new(Arc::clone(structure), model, protein)
    })
}

/// The subject completed by the sequences of a FASTA file; as it was, with the reason as a warning, where
/// none fits.
pub(crate) fn completed(mut subject: Subject, sequences: Option<&Path>) -> Subject {
    let Some(path) = sequences.filter(|_| subject.has_coordinates()) else {
        return subject;
    };
    let read = engine::open::open(path, Some(&[])).and_then(Opened::sequences);
    let read = read.map_err(|e| e.to_string());
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
pub(crate) fn list(folder: &Path) -> Message {
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

/// The names in a folder, those of folders with a slash, in order; `~` is the user's.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(at_home(folder));
    let mut names: Vec<String> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let slash = if entry.path().is_dir() { "/" } else { "" };
            Some(format!("{name}{slash}"))
        })
        .collect();
    names.sort();
    names
}

/// Reads a table of mutants with what was measured of them, and what it is said or known about it:
/// `scores.csv:log2FC offset 1 damaging`.
pub(crate) fn table(asked: &Path) -> Result<OwnScores, String> {
    let wish = Wish::parse(&asked.to_string_lossy());
    let whole = Path::new(&wish.file).exists();
    let (file, column) = match wish.file.rsplit_once(':').filter(|_| !whole) {
        Some((file, column)) => (file, Some(column.to_owned())),
        None => (wish.file.as_str(), None),
    };
    let bytes = std::fs::read(file).map_err(|e| format!("{file}: {e}"))?;
    let decoded = decode(&bytes).map_err(|e| format!("{file}: {e}"))?;
    let table = VariantTable::parse(&decoded.text).map_err(|e| format!("{file}: {e}"))?;
    let name = Path::new(file).file_name().unwrap_or_default();
    Ok(OwnScores {
        column,
        numbering: wish.numbering,
        direction: wish.direction,
        method: method_beside(file),
        ..OwnScores::new(&name.to_string_lossy(), table)
    })
}

/// Reads a list of variants: a file, or the variants themselves, apart by blanks or commas.
pub(crate) fn variants(asked: &str) -> Result<VariantTable, String> {
    let path = at_home(Path::new(asked));
    if path.is_file() {
        let bytes = std::fs::read(&path).map_err(|e| format!("{asked}: {e}"))?;
        let decoded = decode(&bytes).map_err(|e| format!("{asked}: {e}"))?;
        return VariantTable::parse(&decoded.text).map_err(|e| format!("{asked}: {e}"));
    }
    let table = VariantTable::parse_words(asked).map_err(|e| e.to_string())?;
    if table.rows.iter().any(|r| r.variant.is_ok()) {
        return Ok(table);
    }
    Err(format!(
        "{asked}: there is no such file, and it is no variant (A42G, A42G:L55P)"
    ))
}

/// The method that made one of our own tables, by the provenance that lies beside it.
fn method_beside(file: &str) -> Option<ScanMethod> {
    let text = std::fs::read_to_string(format!("{file}.provenance.json")).ok()?;
    let provenance: serde_json::Value = serde_json::from_str(&text).ok()?;
    ScanMethod::from_id(provenance.get("source")?.as_str()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_example_opens() {
        for example in examples() {
            let subject =
                open(&example.path, None, &ChainChoice::First, &Around::default()).unwrap();
            assert!(subject.len() > 70, "{}", example.name);
            assert_eq!(subject.path.as_ref(), Some(&example.path));
        }
    }

    #[test]
    fn standard_input_holds_records() {
        let open = |text: &str| {
            let around = Around::default();
            open(
                "-".as_ref(),
                Some(text.as_bytes()),
                &ChainChoice::First,
                &around,
            )
        };
        let records = open(">one\nMKTAYIAK\n>two\nGGGG\n").unwrap();
        assert_eq!((records.len(), records.records.len()), (8, 2));
        assert!(open("neither of them").is_err() && open("").is_err());
    }
}

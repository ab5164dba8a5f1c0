//! Reading files off the screen's thread: structures, sequences, bundled examples, folders.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::message::{Entry, Message};
use crate::app::subject::{Part, Subject};
use crate::sequence::fasta;
use crate::structure::chains::ChainChoice;
use crate::structure::{Structure, read, secondary};

/// Endings of files that can be opened.
const READABLE: &[&str] = &[
    "pdb", "ent", "cif", "mmcif", "fa", "fasta", "faa", "seq", "gz",
];

/// Reads a file or a bundled example and takes its first chain, or those that are asked for.
pub(super) fn open(path: &Path, choice: &ChainChoice) -> Result<Subject, String> {
    if is_sequence(path) {
        return sequence(path);
    }
    let (structure, warnings) = read::read(path).map_err(|e| e.to_string())?;
    let warnings = warnings.iter().map(ToString::to_string).collect();
    part(
        &Arc::new(structure),
        Some(path.to_owned()),
        0,
        choice,
        warnings,
    )
}

/// The first record of a FASTA file.
fn sequence(path: &Path) -> Result<Subject, String> {
    let records = fasta::read(path).map_err(|e| e.to_string())?;
    let count = records.len();
    let first = records.into_iter().next();
    let first = first.ok_or_else(|| format!("{}: no sequence", path.display()))?;
    let mut subject = Subject::from_sequence(first, Some(path.to_owned()));
    if count > 1 {
        subject
            .warnings
            .push(format!("the first of {count} sequences is shown"));
    }
    Ok(subject)
}

fn is_sequence(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".fa", ".fasta", ".faa", ".seq"]
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
    Ok(Subject::from_protein(Part {
        secondary: secondary::assign(&protein),
        bonded: protein.bonded(),
        structure: Arc::clone(structure),
        path,
        model,
        protein,
        warnings,
    }))
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

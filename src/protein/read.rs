//! PDB and mmCIF files, plain and gzip. The only module that names pdbtbx.
//!
//! The format parsers turn text into rows, `rows` groups rows into residues, `polymer` finds the
//! protein chains among them, `hierarchy` builds their residues through pdbtbx.

mod cif;
mod hierarchy;
mod meaning;
mod mmcif;
mod modified;
mod pdb;
mod polymer;
mod report;
mod rows;

use std::borrow::Cow;
use std::io::Read as _;
use std::path::Path;

pub use report::{ReadError, Refusal, Warning};

use super::{Method, Model, SetAside, Structure};
use polymer::Polymer;
use report::Findings;
use rows::RawFile;

/// Bytes a compressed file may grow to.
const MAX_UNPACKED: u64 = 4 << 30;

/// Reads a structure file: PDB or mmCIF, plain or gzip, told apart by content.
///
/// # Errors
/// [`ReadError`] naming the file, the line where there is one, and what to do.
pub fn read(path: &Path) -> Result<(Structure, Vec<Warning>), ReadError> {
    let file = path.display().to_string();
    let bytes =
        std::fs::read(path).map_err(|e| ReadError::new(&file, Refusal::Io(e.to_string())))?;
    read_bytes(&file, &bytes)
}

/// Reads a structure from memory; `name` is the file's name, or `-` for standard input.
///
/// # Errors
/// [`ReadError`] naming the file, the line where there is one, and what to do.
pub fn read_bytes(name: &str, bytes: &[u8]) -> Result<(Structure, Vec<Warning>), ReadError> {
    let refuse = |reason| ReadError::new(name, reason);
    let unpacked = unpack(bytes).map_err(refuse)?;
    let text = ascii(unpacked.as_deref().unwrap_or(bytes)).map_err(refuse)?;
    let raw = if is_mmcif(name, &text) {
        mmcif::parse(&text)
    } else {
        pdb::parse(&text)
    };
    assemble(name, &raw).map_err(refuse)
}

/// The content of a gzip file; other files as they are.
pub(super) fn unpacked<'a>(name: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, ReadError> {
    let unpacked = unpack(bytes).map_err(|reason| ReadError::new(name, reason))?;
    Ok(unpacked.map_or(Cow::Borrowed(bytes), Cow::Owned))
}

fn unpack(bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let foreign = [
        (&b"PK\x03\x04"[..], "zip"),
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
    ];
    if let Some((_, format)) = foreign.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(Refusal::Compression(format));
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(None);
    }
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .take(MAX_UNPACKED)
        .read_to_end(&mut unpacked)
        .map_err(|e| Refusal::Gzip(e.to_string()))?;
    Ok(Some(unpacked))
}

/// One character a byte, so that columns stay columns; `?` for what is not ASCII.
fn ascii(bytes: &[u8]) -> Result<String, Refusal> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::Empty);
    }
    if bytes.iter().take(4096).filter(|&&b| b == 0).count() > 8 {
        return Err(Refusal::Binary);
    }
    let old_mac = !bytes.contains(&b'\n');
    Ok(bytes
        .iter()
        .map(|&b| match b {
            b'\r' if old_mac => '\n',
            b'\0' => ' ',
            _ if b.is_ascii() => b as char,
            _ => '?',
        })
        .collect())
}

fn is_mmcif(name: &str, text: &str) -> bool {
    let starts = |line: &str, words: &[&str]| {
        words
            .iter()
            .any(|w| line.len() >= w.len() && line[..w.len()].eq_ignore_ascii_case(w))
    };
    for line in text.lines() {
        let line = line.trim_start();
        if starts(line, &["data_", "loop_", "_atom_site.", "_entry."]) {
            return true;
        }
        if starts(line, &["ATOM ", "HETATM", "HEADER", "MODEL ", "CRYST1"]) {
            return false;
        }
    }
    let name = name.to_ascii_lowercase();
    [".cif", ".mmcif", ".cif.gz", ".mmcif.gz"]
        .iter()
        .any(|e| name.ends_with(e))
}

fn assemble(name: &str, raw: &RawFile<'_>) -> Result<(Structure, Vec<Warning>), Refusal> {
    let mut models = Vec::with_capacity(raw.models.len());
    let mut set_aside: Option<SetAside> = None;
    let mut findings = Findings::default();
    for model in &raw.models {
        let groups = rows::group(&model.rows);
        let polymer = polymer::classify(&model.rows, &groups, &raw.header);
        set_aside.get_or_insert(polymer.set_aside);
        if let Some(built) = build(model, &groups, &polymer, raw)? {
            findings.unnamed_chains = findings.unnamed_chains.max(polymer.named);
            models.push(built);
        }
    }
    let set_aside = set_aside.unwrap_or_default();
    let Some(first) = models.first() else {
        return Err(report::no_protein(raw, set_aside));
    };
    let method = meaning::method(&raw.header);
    let b_column = meaning::b_column(method, first);
    let warnings = findings.warnings(raw, &models, b_column);
    let method = if b_column == super::BColumn::Plddt {
        Method::Predicted
    } else {
        method
    };
    let structure = Structure {
        name: structure_name(name, raw),
        aliases: Vec::new(),
        models,
        set_aside,
        b_column,
        method,
    };
    Ok((structure, warnings))
}

/// `None` for a model without a single protein residue with Cα.
fn build(
    model: &rows::RawModel<'_>,
    groups: &[rows::Group],
    polymer: &Polymer,
    raw: &RawFile<'_>,
) -> Result<Option<Model>, Refusal> {
    if polymer.chains.is_empty() {
        return Ok(None);
    }
    let built = hierarchy::build(model, groups, polymer, &raw.header).map_err(|reason| {
        let line = model.rows.first().map_or(0, |r| r.line);
        Refusal::Parser { line, reason }
    })?;
    let alpha = built
        .chains
        .iter()
        .flat_map(|c| &c.residues)
        .any(|r| r.atom("CA").is_some());
    Ok(alpha.then_some(built))
}

/// The file's name without folders and endings; the entry's id for standard input.
fn structure_name(name: &str, raw: &RawFile<'_>) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut stem = file;
    for ending in [".gz", ".pdb", ".ent", ".cif", ".mmcif", ".pdb1"] {
        stem = stem.strip_suffix(ending).unwrap_or(stem);
    }
    if stem.is_empty() || stem == "-" {
        let id = raw.header.id.clone();
        return id.unwrap_or_else(|| "stdin".to_owned());
    }
    stem.to_owned()
}

#[cfg(test)]
mod tests;

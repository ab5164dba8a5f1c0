//! PDB and mmCIF files, plain and gzip. The only module that names pdbtbx.
//!
//! `pdb` and `mmcif` turn text into rows, `models` says what the file's models are to one another, `rows`
//! groups rows into residues, `polymer` finds the protein chains among them, `hierarchy` builds their
//! residues through pdbtbx, `decide` says what the B column holds.

mod around;
mod assemblies;
mod atoms;
mod bonds;
mod cif;
mod columns;
mod decide;
mod dialect;
mod geometry;
mod hierarchy;
mod line;
mod meaning;
mod mmcif;
mod models;
mod modified;
mod order;
mod pdb;
mod polymer;
mod references;
mod refusal;
mod report;
mod rows;
mod sites;
mod strands;
mod text;

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

pub use refusal::{ReadError, Refusal};
pub use report::Warning;

use super::{Around, Chain, Method, Model, SetAside, Structure};
use crate::numeric::Vec3;
use report::Findings;
use rows::RawFile;
use sites::Polymer;

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
    let bytes = unpacked(name, bytes)?;
    read_unpacked(name, &bytes, matches!(bytes, Cow::Owned(_)))
}

/// The same of what was unpacked before, if it was `packed`.
pub(super) fn read_unpacked(
    name: &str,
    bytes: &[u8],
    packed: bool,
) -> Result<(Structure, Vec<Warning>), ReadError> {
    let refuse = |reason| ReadError::new(name, reason);
    let text = text::ascii(bytes).map_err(refuse)?;
    let is_mmcif = is_mmcif(name, &text);
    let mut raw = if is_mmcif {
        mmcif::parse(&text)
    } else {
        pdb::parse(name, &text)
    };
    raw.is_verbatim &= text::is_plain(bytes) && is_named(name, is_mmcif, packed);
    if raw.models.is_empty()
        && let Some(refusal) = text::foreign(&text)
    {
        return Err(refuse(refusal));
    }
    assemble(name, &mut raw).map_err(refuse)
}

/// Every atom of a file's first model in the order of the file, waters and ligands too: name and place in Å.
/// What a trajectory of the whole system is matched with.
///
/// # Errors
/// [`ReadError`] naming the file.
pub fn atoms(name: &str, bytes: &[u8]) -> Result<Vec<(String, Vec3)>, ReadError> {
    let unpacked = unpacked(name, bytes)?;
    let text = text::ascii(&unpacked).map_err(|reason| ReadError::new(name, reason))?;
    let mut raw = if is_mmcif(name, &text) {
        mmcif::parse(&text)
    } else {
        pdb::parse(name, &text)
    };
    geometry::to_angstrom(&mut raw);
    let rows = raw.models.first().map_or(&[][..], |model| &model.rows);
    Ok(rows
        .iter()
        .map(|r| (r.name.to_owned(), r.position))
        .collect())
}

/// The content of a gzip file; other files as they are.
pub(super) fn unpacked<'a>(name: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, ReadError> {
    let unpacked = text::unpack(bytes).map_err(|reason| ReadError::new(name, reason))?;
    Ok(unpacked.map_or(Cow::Borrowed(bytes), Cow::Owned))
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

/// Whether the name says what the file is: other programs go by it.
fn is_named(name: &str, is_mmcif: bool, packed: bool) -> bool {
    let name = name.to_ascii_lowercase();
    let stem = name.strip_suffix(".gz").unwrap_or(&name);
    let endings: [&str; 2] = if is_mmcif {
        [".cif", ".mmcif"]
    } else {
        [".pdb", ".ent"]
    };
    packed == (stem != name) && endings.iter().any(|e| stem.ends_with(e))
}

fn assemble(name: &str, raw: &mut RawFile<'_>) -> Result<(Structure, Vec<Warning>), Refusal> {
    geometry::to_angstrom(raw);
    let (said, entries) = models::join(raw);
    raw.is_verbatim &= said.is_empty() && raw.header.scaled.is_none();
    let mut findings = Findings {
        said,
        ..Findings::default()
    };
    let mut built = Vec::with_capacity(raw.models.len());
    let mut set_aside: Option<SetAside> = None;
    for model in &raw.models {
        let groups = rows::group(&model.rows);
        let mut polymer = polymer::classify(&model.rows, &groups, &raw.header);
        set_aside.get_or_insert(polymer.set_aside);
        if let Some(model) = build(model, &groups, &polymer, raw)? {
            findings.unnamed_chains = findings.unnamed_chains.max(polymer.named);
            if built.is_empty() {
                findings.reordered = std::mem::take(&mut polymer.reordered);
            }
            built.push(model);
        }
    }
    let set_aside = set_aside.unwrap_or_default();
    let Some(first) = built.first() else {
        return Err(refusal::no_protein(raw, set_aside));
    };
    let stated = meaning::method(&raw.header);
    let named: HashSet<&str> = raw.models[0].rows.iter().map(|r| r.chain).collect();
    let is_named = |chain: &Chain| named.contains(chain.id.as_str());
    let is_verbatim = raw.is_verbatim && first.chains.iter().all(is_named);
    let b_column = decide::decide(&raw.header, stated, first);
    let method = meaning::with_b_column(stated, b_column);
    findings.said.extend(hint(raw, stated, method));
    let structure = Structure {
        name: structure_name(name, raw),
        aliases: Vec::new(),
        references: raw.header.references.take(),
        set_aside,
        b_column,
        method,
        is_verbatim,
        assemblies: raw.header.assemblies.take().into(),
        around: Around::default(),
        models_are: models::kinship(&built, entries, method, b_column),
        models: built,
    };
    let warnings = findings.warnings(raw, &structure);
    Ok((structure, warnings))
}

/// That the header names a predictor where it names no method.
fn hint(raw: &RawFile<'_>, stated: Method, taken: Method) -> Option<Warning> {
    let name = meaning::predictor(&raw.header).filter(|_| stated == Method::Unknown)?;
    let believed = taken == Method::Predicted;
    Some(Warning::PredictorNamed { name, believed })
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
    for ending in [
        ".gz", ".pdb", ".ent", ".cif", ".mmcif", ".pdb1", ".pqr", ".pdbqt",
    ] {
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

//! The first bytes of a weights file: what kind it is, and whether it is whole.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::models::error::ModelError;

/// The two kinds of files that hold tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Safetensors,
    /// A zip archive with a pickle, as PyTorch writes it.
    Pickle,
}

/// Tells the two kinds from each other, and both from foreign and damaged files, before anything is mapped.
pub(super) fn form_of(path: &Path) -> Result<Form, ModelError> {
    let file = path.display().to_string();
    let io = |source| ModelError::Io {
        file: path.to_owned(),
        source,
    };
    let mut start = Vec::with_capacity(16);
    File::open(path)
        .and_then(|f| f.take(16).read_to_end(&mut start))
        .map_err(io)?;
    if start.starts_with(b"PK\x03\x04") {
        return Ok(Form::Pickle);
    }
    let is_header = start.get(8) == Some(&b'{');
    let version = start
        .get(1)
        .is_some_and(|version| (2..=5).contains(version));
    if start.starts_with(&[0x80]) && version && !is_header {
        return Err(ModelError::Pickle {
            file,
            reason: "it is a bare pickle, the form that PyTorch wrote before 1.6".to_owned(),
        });
    }
    let reason = if start.is_empty() {
        "the file is empty"
    } else if is_web_page(&start) {
        "it is a web page (of a login or a proxy?), not the weights"
    } else if start.starts_with(b"version https:") {
        "it is a Git LFS pointer, not the weights themselves"
    } else if !is_header {
        "it begins neither as safetensors nor as a PyTorch file does"
    } else {
        return Ok(Form::Safetensors);
    };
    Err(ModelError::NotSafetensors {
        file,
        reason: reason.to_owned(),
    })
}

/// What to say of the first file that ends before its tensors do.
pub(super) fn first_cut(files: &[PathBuf]) -> Option<ModelError> {
    files.iter().find_map(|path| {
        let tensor = cut_tensor(path)?;
        Some(ModelError::NotSafetensors {
            file: path.display().to_string(),
            reason: format!("it is cut short: tensor '{tensor}' is not whole"),
        })
    })
}

/// The first tensor that reaches beyond the end of a file; `None` where the header is not whole.
fn cut_tensor(path: &Path) -> Option<String> {
    let (header, data) = read(path)?;
    let ends = header.into_iter().filter_map(|(name, entry)| {
        let end = entry.get("data_offsets")?.get(1)?.as_u64()?;
        Some((end, name))
    });
    let (_, name) = ends.filter(|(end, _)| *end > data).min()?;
    Some(name)
}

/// The names of the tensors of a file that opens.
pub(super) fn held_by(path: &Path) -> Result<Vec<String>, ModelError> {
    let (header, _) = read(path).ok_or_else(|| ModelError::NotSafetensors {
        file: path.display().to_string(),
        reason: "its header cannot be read".to_owned(),
    })?;
    let names = header.into_iter().map(|(name, _)| name);
    Ok(names.filter(|name| name != "__metadata__").collect())
}

/// The header, and how many bytes of data follow it.
fn read(path: &Path) -> Option<(serde_json::Map<String, serde_json::Value>, u64)> {
    let mut file = File::open(path).ok()?;
    let mut length = [0; 8];
    file.read_exact(&mut length).ok()?;
    let length = u64::from_le_bytes(length);
    let data = file
        .metadata()
        .ok()?
        .len()
        .checked_sub(length.checked_add(8)?)?;
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header).ok()?;
    Some((serde_json::from_slice(&header).ok()?, data))
}

pub(super) fn not_safetensors(path: &Path, error: &candle_core::Error) -> ModelError {
    let text = error.to_string();
    log::debug!("{text}");
    let reason = if text.contains("MetadataIncompleteBuffer")
        || text.contains("not fully covered")
        || text.contains("invalid header length")
        || text.contains("InvalidHeaderLength")
    {
        "it is cut short, or has bytes too many".to_owned()
    } else {
        // The library puts the quoted path first, which is said already.
        let line = text.lines().next().unwrap_or_default();
        line.rsplit("\" ").next().unwrap_or(line).to_owned()
    };
    ModelError::NotSafetensors {
        file: path.display().to_string(),
        reason,
    }
}

/// Whether a text begins as HTML or XML does.
fn is_web_page(start: &[u8]) -> bool {
    start.trim_ascii_start().starts_with(b"<")
}

//! The list of published models, from `weights/manifest.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::StoreError;

/// What a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The language model ESM-2.
    Esm2,
    /// `SeqDance` or `ESMDance`.
    Dance,
}

/// A model that others publish.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Published {
    /// Its name in options.
    pub id: String,
    /// `owner/name` on the hub.
    pub repository: String,
    /// Branch, tag or commit.
    pub revision: String,
    /// The files that are needed.
    pub files: Vec<String>,
    /// What it is.
    pub kind: Kind,
    /// Layers of its encoder.
    pub layers: usize,
    /// Width of its encoder.
    pub width: usize,
    /// Of the weights.
    pub licence: String,
    /// How many, in words.
    pub parameters: String,
    /// Of the download, in words, where it is known.
    pub size: Option<String>,
    /// SHA-256 in hex of the files where it is known.
    #[serde(default)]
    pub sha256: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Manifest {
    published: Vec<Published>,
}

static MANIFEST: LazyLock<Vec<Published>> = LazyLock::new(|| {
    let text = include_str!("../../../weights/manifest.toml");
    match toml::from_str::<Manifest>(text) {
        Ok(manifest) => manifest.published,
        Err(error) => {
            log::error!("weights/manifest.toml: {error}");
            Vec::new()
        }
    }
});

/// Every published model, small ones first.
#[must_use]
pub fn published() -> &'static [Published] {
    &MANIFEST
}

/// The model of that name.
///
/// # Errors
/// [`StoreError::Unknown`] with the names there are.
pub fn find(id: &str) -> Result<&'static Published, StoreError> {
    let wanted = published()
        .iter()
        .find(|m| m.id == id || m.repository == id);
    wanted.ok_or_else(|| {
        let names: Vec<&str> = published().iter().map(|m| m.id.as_str()).collect();
        StoreError::Unknown {
            id: id.to_owned(),
            known: names.join(", "),
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_whole() {
        let text = include_str!("../../../weights/manifest.toml");
        let manifest: Manifest = toml::from_str(text).unwrap();
        assert_eq!(manifest.published.len(), 7);
        for model in &manifest.published {
            assert!(model.files.iter().any(|f| f == super::super::WEIGHTS));
            assert_eq!(find(&model.id).unwrap(), model);
        }
        let error = find("esm3").unwrap_err().to_string();
        assert!(error.contains("esm2-650m"), "{error}");
    }
}

//! The list of published models, from `weights/manifest.toml`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;

use super::StoreError;

/// What a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A language model: ESM-2, ESM-1b or ESM-1v.
    Esm,
    /// ESM-2 distilled for `wt-marginals`, laid over it.
    Vesm,
    /// `SeqDance` or `ESMDance`.
    Dance,
    /// The two networks of `DynaProt`; its files are those that the hub lists.
    DynaProt,
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
    /// The files that are needed; none where the hub is asked for them.
    pub files: Vec<String>,
    /// What it is.
    pub kind: Kind,
    /// What it is for, in words.
    pub good_for: String,
    /// Its file in the cache of PyTorch, where the authors' own library keeps it.
    pub torch: Option<String>,
    /// The model that it is laid over.
    pub base: Option<String>,
    /// The models that are averaged; it has no files of its own then.
    #[serde(default)]
    pub members: Vec<String>,
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

impl Published {
    /// What has to be here for it: its members, or what it is laid over and itself.
    #[must_use]
    pub fn parts(&'static self) -> Vec<&'static Self> {
        if self.members.is_empty() {
            let base = self.base.iter().filter_map(|id| find(id).ok());
            return base.chain([self]).collect();
        }
        self.members.iter().filter_map(|id| find(id).ok()).collect()
    }
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

/// Whether a language model, by its name or path, is distilled for one pass over the sequence as it is.
#[must_use]
pub fn is_distilled(name: &str) -> bool {
    let stem = Path::new(name).file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy().to_ascii_lowercase();
    stem.starts_with("vesm")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_whole() {
        let text = include_str!("../../../weights/manifest.toml");
        let manifest: Manifest = toml::from_str(text).unwrap();
        assert_eq!(manifest.published.len(), 19);
        for model in &manifest.published {
            let listed = model.kind == Kind::DynaProt || !model.members.is_empty();
            assert_eq!(model.files.is_empty(), listed);
            for other in model.members.iter().chain(&model.base) {
                assert!(find(other).unwrap().members.is_empty(), "{other}");
            }
            let parts = find(&model.id).unwrap().parts().len();
            assert_eq!(
                parts,
                model.members.len().max(1) + usize::from(model.base.is_some())
            );
            assert_eq!(find(&model.id).unwrap(), model);
        }
        let error = find("esm3").unwrap_err().to_string();
        assert!(error.contains("esm2-650m"), "{error}");
    }
}

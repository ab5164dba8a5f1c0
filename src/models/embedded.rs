//! The weights inside the program: the files of `weights/`, by name.
//!
//! A new file is shipped by adding its name to the list; a test reminds of files that are not in it.

use super::error::ModelError;
use super::weights::WeightsFile;

/// The motion network; [`RESIDUE`] too where it reads that network's states.
pub const MOTION: &str = "motion";
/// Which residue fits a backbone.
pub const RESIDUE: &str = "residue";
/// What a substitution costs a fold.
pub const STABILITY: &str = "stability";
/// The marginal network of DynaProt.
pub const DYNAPROT_MARGINAL: &str = "dynaprot-marginal";
/// The joint network of DynaProt.
pub const DYNAPROT_JOINT: &str = "dynaprot-joint";

/// The bytes of `weights/<id>.safetensors`.
macro_rules! weights {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_bytes!(concat!("../../weights/", $id, ".safetensors")))),*]
    };
}

/// The text of `weights/<id>.config.json`.
macro_rules! configurations {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_str!(concat!("../../weights/", $id, ".config.json")))),*]
    };
}

const WEIGHTS: &[(&str, &[u8])] = weights![
    "dynaprot-joint",
    "dynaprot-marginal",
    "motion",
    "residue",
    "stability"
];
const CONFIGURATIONS: &[(&str, &str)] = configurations!["dynaprot-joint", "dynaprot-marginal"];

/// The names of what is shipped.
#[must_use]
pub fn ids() -> Vec<&'static str> {
    WEIGHTS.iter().map(|(id, _)| *id).collect()
}

/// Whether these weights are inside the program.
#[must_use]
pub fn contains(id: &str) -> bool {
    WEIGHTS.iter().any(|(known, _)| *known == id)
}

/// The weights of that name; `None` when the program has none.
///
/// # Errors
/// [`ModelError::NotSafetensors`].
pub fn open(id: &str) -> Result<Option<WeightsFile>, ModelError> {
    WEIGHTS
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(known, bytes)| WeightsFile::embedded(known, bytes))
        .transpose()
}

/// The configuration of that name, as JSON.
#[must_use]
pub fn configuration(id: &str) -> Option<&'static str> {
    let found = CONFIGURATIONS.iter().find(|(known, _)| *known == id)?;
    Some(found.1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_weights_is_listed_and_opens() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/weights");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if let Some(id) = name.strip_suffix(".safetensors") {
                assert!(contains(id), "{id}");
            }
            if let Some(id) = name.strip_suffix(".config.json") {
                assert!(configuration(id).is_some(), "{id}");
            }
        }
        for id in ids() {
            assert!(!open(id).unwrap().unwrap().tensor_names().is_empty());
        }
        assert!(open("no such").unwrap().is_none());
    }

    #[test]
    fn the_manifest_has_the_hash_of_every_file() {
        let manifest: toml::Table = include_str!("../../weights/manifest.toml").parse().unwrap();
        let text = |entry: &toml::Value, key: &str| entry[key].as_str().unwrap().to_owned();
        let shipped = manifest["shipped"].as_array().unwrap();
        let mut stated: Vec<_> = (shipped.iter())
            .map(|entry| (text(entry, "id"), text(entry, "sha256")))
            .collect();
        stated.sort();
        let mut found: Vec<_> = (ids().into_iter())
            .map(|id| {
                (
                    id.to_owned(),
                    open(id).unwrap().unwrap().sha256(&()).unwrap(),
                )
            })
            .collect();
        found.sort();
        assert_eq!(stated, found);
    }
}

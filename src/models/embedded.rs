//! The weights inside the program: the files of `weights/`, by name.
//!
//! They lie there as byte planes: the first bytes of all 16-bit numbers, then the second bytes. Signs and
//! exponents side by side are packed a tenth smaller, which the registry's limit asks for.
//! A new file is shipped by `dynascope train pack` and its name in the list; a test reminds of files that
//! are not in it.

use std::sync::OnceLock;

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

/// Weights as they lie in the program, and as a safetensors file from their first use on.
struct Shipped {
    id: &'static str,
    planes: &'static [u8],
    file: OnceLock<Vec<u8>>,
}

/// The bytes of `weights/<id>.planes`.
macro_rules! weights {
    ($($id:literal),* $(,)?) => {
        [$(Shipped {
            id: $id,
            planes: include_bytes!(concat!("../../weights/", $id, ".planes")),
            file: OnceLock::new(),
        }),*]
    };
}

/// The text of `weights/<id>.config.json`.
macro_rules! configurations {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_str!(concat!("../../weights/", $id, ".config.json")))),*]
    };
}

static WEIGHTS: [Shipped; 5] = weights![
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
    WEIGHTS.iter().map(|w| w.id).collect()
}

/// Whether these weights are inside the program.
#[must_use]
pub fn contains(id: &str) -> bool {
    WEIGHTS.iter().any(|w| w.id == id)
}

/// The weights of that name; `None` when the program has none.
///
/// # Errors
/// [`ModelError::NotSafetensors`].
pub fn open(id: &str) -> Result<Option<WeightsFile>, ModelError> {
    WEIGHTS
        .iter()
        .find(|w| w.id == id)
        .map(|w| WeightsFile::embedded(w.id, w.file.get_or_init(|| joined(w.planes))))
        .transpose()
}

/// The first bytes of all pairs, then the second ones.
#[cfg(any(test, feature = "train"))]
pub(crate) fn planes(file: &[u8]) -> Vec<u8> {
    let second = file.iter().skip(1).step_by(2);
    file.iter().step_by(2).chain(second).copied().collect()
}

/// What [`planes`] were made of.
fn joined(planes: &[u8]) -> Vec<u8> {
    let (first, second) = planes.split_at(planes.len().div_ceil(2));
    let pairs = first.iter().zip(second);
    let mut file: Vec<u8> = pairs.flat_map(|(a, b)| [*a, *b]).collect();
    file.extend(first.get(second.len()));
    file
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
            assert!(
                !name.ends_with(".safetensors"),
                "{name}: `dynascope train pack`"
            );
            if let Some(id) = name.strip_suffix(".planes") {
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
    fn planes_are_joined_to_what_they_were() {
        for file in [&b""[..], b"a", b"abcd", b"abcde"] {
            assert_eq!(joined(&planes(file)), file);
        }
        assert_eq!(planes(b"abcd"), b"acbd");
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

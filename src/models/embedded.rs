//! The weights inside the program: the files of `weights/`, by name.
//!
//! They lie there as byte planes: the first bytes of all 16-bit numbers, then the second bytes. Signs and
//! exponents side by side are packed a tenth smaller, which the registry's limit asks for. Networks that were
//! trained on from others lie there as what differs from those, which is a fifth smaller once more.
//! A new file is shipped by `dynascope train pack` and its name in the list; a test reminds of files that
//! are not in it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use safetensors::{Dtype, SafeTensors};

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

/// The tensors of a file that went on from others.
struct Origin {
    id: &'static str,
    /// How their names begin.
    prefix: &'static str,
    /// The file of the others, and how their names begin there.
    from: &'static str,
    from_prefix: &'static str,
}

const ORIGINS: [Origin; 2] = [
    Origin {
        id: MOTION,
        prefix: "networks.2.",
        from: MOTION,
        from_prefix: "networks.0.",
    },
    Origin {
        id: STABILITY,
        prefix: "trunk.",
        from: RESIDUE,
        from_prefix: "",
    },
];

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
    bytes(id)
        .map(|bytes| WeightsFile::embedded(id, bytes))
        .transpose()
}

/// The safetensors file of that name.
pub(crate) fn bytes(id: &str) -> Option<&'static [u8]> {
    let shipped = WEIGHTS.iter().find(|w| w.id == id)?;
    Some(shipped.file.get_or_init(|| {
        let mut file = joined(shipped.planes);
        relate(id, &mut file, bytes, restored);
        file
    }))
}

/// The file of weights as it is shipped; `bytes` gives the files of the others.
#[cfg(any(test, feature = "train"))]
pub(crate) fn packed<'a>(
    id: &str,
    mut file: Vec<u8>,
    bytes: impl FnOnce(&str) -> Option<&'a [u8]>,
) -> Vec<u8> {
    relate(id, &mut file, bytes, difference);
    planes(&file)
}

/// The weights that are shipped as differences from those of `id`.
#[cfg(feature = "train")]
pub(crate) fn resting_on(id: &str) -> impl Iterator<Item = &'static str> {
    let others = ORIGINS.iter().filter(move |o| o.from == id && o.id != id);
    others.map(|o| o.id)
}

/// The first bytes of all pairs, then the second ones.
#[cfg(any(test, feature = "train"))]
fn planes(file: &[u8]) -> Vec<u8> {
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

/// Replaces the numbers of tensors that went on from others by what `word` makes of them and those.
/// What is no file of safetensors stays as it is, and is refused when it is opened.
fn relate<'a>(
    id: &str,
    file: &mut [u8],
    bytes: impl FnOnce(&str) -> Option<&'a [u8]>,
    word: fn(u16, u16) -> u16,
) {
    let Some(origin) = ORIGINS.iter().find(|origin| origin.id == id) else {
        return;
    };
    let own = (origin.from == id).then(|| file.to_vec());
    let Some(from) = own.as_deref().or_else(|| bytes(origin.from)) else {
        return;
    };
    let places = half_precision(from);
    for (name, place) in half_precision(file) {
        let other = (name.strip_prefix(origin.prefix))
            .and_then(|rest| places.get(&format!("{}{rest}", origin.from_prefix)))
            .filter(|other| other.len() == place.len());
        let Some(other) = other else { continue };
        let (words, _) = file[place].as_chunks_mut();
        let (others, _) = from[other.clone()].as_chunks();
        for (bytes, other) in words.iter_mut().zip(others) {
            *bytes = word(u16::from_le_bytes(*bytes), u16::from_le_bytes(*other)).to_le_bytes();
        }
    }
}

/// Where the tensors in half precision lie in a file of safetensors.
fn half_precision(file: &[u8]) -> HashMap<String, Range<usize>> {
    let Ok((header, metadata)) = SafeTensors::read_metadata(file) else {
        return HashMap::new();
    };
    let tensors = metadata.tensors().into_iter();
    tensors
        .filter(|(_, tensor)| tensor.dtype == Dtype::F16)
        .map(|(name, tensor)| {
            let (start, end) = tensor.data_offsets;
            // Eight bytes say how long the header is.
            (name, 8 + header + start..8 + header + end)
        })
        .collect()
}

/// The steps between two numbers in half precision, those up even and those down odd: small ones have a first byte of 0.
#[cfg(any(test, feature = "train"))]
fn difference(word: u16, from: u16) -> u16 {
    let steps = rank(word).wrapping_sub(rank(from)).cast_signed();
    ((steps << 1) ^ (steps >> 15)).cast_unsigned()
}

/// The number that is so many steps away: what [`difference`] was made of.
fn restored(difference: u16, from: u16) -> u16 {
    let steps = (difference >> 1) ^ (difference & 1).wrapping_neg();
    let rank = rank(from).wrapping_add(steps);
    if rank >> 15 == 1 {
        rank & 0x7fff
    } else {
        !rank
    }
}

/// The place of a number in half precision among all, the least first.
fn rank(word: u16) -> u16 {
    if word >> 15 == 1 {
        !word
    } else {
        word | 0x8000
    }
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
    fn differences_are_restored_and_small_where_the_numbers_are_near() {
        for (word, from) in [(0, 0), (0x3c00, 0xbc00), (0x8000, 0), (0xffff, 0x7fff)] {
            assert_eq!(restored(difference(word, from), from), word);
        }
        // Next to each other, also across zero.
        for (word, from) in [(0x3c01, 0x3c00), (0xbc00, 0xbc01), (0x0000, 0x8000)] {
            assert_eq!((difference(word, from), difference(from, word)), (2, 1));
        }
    }

    #[test]
    fn every_file_lies_here_as_it_is_packed() {
        for shipped in &WEIGHTS {
            let file = bytes(shipped.id).unwrap().to_vec();
            assert!(
                packed(shipped.id, file, bytes) == shipped.planes,
                "{}",
                shipped.id
            );
        }
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

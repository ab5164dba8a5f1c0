//! Results on disk, by input, model hash and settings; half of a scan too, so that it can go on.
//!
//! An entry is a header of one line, the numbers as little-endian `f64`, and their SHA-256. What
//! cannot be read is ignored with a warning and written anew.

use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::files;
use crate::analysis::{MutationMap, ScanMethod};
use crate::models::esm2::Config;
use crate::numeric::Matrix;

/// Begins every entry; another version is another format.
const MAGIC: &[u8] = b"dynascope cache 3\n";
const HASH_BYTES: usize = 32;

/// What decides a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The key of a scan of one chain.
    #[must_use]
    pub fn new(
        method: ScanMethod,
        model: &Decides<'_>,
        letters: &str,
        properties: &[&str],
    ) -> Self {
        // Windows are what a sequence is cut into only where it is longer than what is read whole.
        let whole = letters.len() + 2 <= model.longest;
        let longest = if whole { 0 } else { model.longest };
        let parts = [
            env!("CARGO_PKG_VERSION"),
            method.id(),
            model.weights_sha256,
            &format!("{:?}", model.config),
            model.device,
            model.dtype,
            &longest.to_string(),
            letters,
            &properties.join(","),
        ];
        Self(hex(&Sha256::digest(parts.join("\n"))))
    }
}

/// What of a model decides its numbers.
#[derive(Debug, Clone)]
pub struct Decides<'a> {
    /// Of all its files.
    pub weights_sha256: &'a str,
    /// Its shape and switches.
    pub config: &'a Config,
    /// `cpu`, `cuda:0`, …
    pub device: &'a str,
    /// `f32`, `f32+i16`, …
    pub dtype: &'a str,
    /// Tokens that it reads at once.
    pub longest: usize,
}

/// The folder of results; without one nothing is kept.
#[derive(Debug, Clone, Default)]
pub struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// A cache in `folder`.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{}.scan", key.0)))
    }

    /// The scores kept under `key`, in the shape of `like`.
    #[must_use]
    pub fn read(&self, key: &Key, like: &MutationMap) -> Option<MutationMap> {
        let path = self.path(key)?;
        let bytes = std::fs::read(&path).ok()?;
        let Some(map) = decode(&bytes, like) else {
            log::warn!("{}: a damaged result is ignored", path.display());
            return None;
        };
        Some(map)
    }

    /// Keeps a map, whole or in part. That it cannot be written is no error of the scan.
    pub fn write(&self, key: &Key, map: &MutationMap) {
        let Some(path) = self.path(key) else {
            return;
        };
        if let Err(error) = files::keep(&path, &encode(map)) {
            log::warn!("{}: the result is not kept: {error}", path.display());
        }
    }
}

fn encode(map: &MutationMap) -> Vec<u8> {
    let matrices = std::iter::once(&map.score).chain(map.properties.iter().map(|(_, m)| m));
    let mut payload: Vec<u8> = matrices
        .flat_map(|m| m.values().iter().flat_map(|v| v.to_le_bytes()))
        .collect();
    payload.extend((map.seams.len() as u64).to_le_bytes());
    payload.extend(map.seams.iter().flat_map(|s| (*s as u64).to_le_bytes()));
    [MAGIC, &Sha256::digest(&payload), &payload].concat()
}

fn decode(bytes: &[u8], like: &MutationMap) -> Option<MutationMap> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (hash, payload) = rest.split_at_checked(HASH_BYTES)?;
    if Sha256::digest(payload).as_slice() != hash {
        return None;
    }
    let mut words = payload.chunks_exact(8).map(|w| w.try_into().ok());
    let mut word = || words.next().flatten();
    let mut map = like.clone();
    let matrices = std::iter::once(&mut map.score).chain(map.properties.iter_mut().map(|(_, m)| m));
    for matrix in matrices {
        let mut values = Vec::with_capacity(matrix.values().len());
        for _ in 0..matrix.values().len() {
            values.push(f64::from_le_bytes(word()?));
        }
        *matrix = Matrix::from_values(matrix.rows(), matrix.columns(), values)?;
    }
    let seams = u64::from_le_bytes(word()?) as usize;
    map.seams.clear();
    for _ in 0..seams {
        map.seams.push(u64::from_le_bytes(word()?) as usize);
    }
    words.next().is_none().then_some(map)
}

/// Two digits a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::protein::AminoAcid;

    fn map() -> MutationMap {
        let wild_type = vec![Some(AminoAcid::Ala), None];
        let mut map = MutationMap::unscored(ScanMethod::EsmDance, wild_type);
        map.properties = vec![("d_psi".to_owned(), map.score.clone())];
        map
    }

    fn key(letters: &str) -> Key {
        let config = Config::new(2, 48, 4);
        Key::new(ScanMethod::EsmDance, &model(&config), letters, &["psi"])
    }

    fn model(config: &Config) -> Decides<'_> {
        Decides {
            weights_sha256: "abc",
            config,
            device: "cpu",
            dtype: "f32",
            longest: 1000,
        }
    }

    #[test]
    fn everything_that_decides_a_number_is_in_the_key() {
        let (four, two) = (Config::new(2, 48, 4), Config::new(2, 48, 2));
        let long = "A".repeat(2000);
        let key =
            |model: &Decides<'_>, letters| Key::new(ScanMethod::SeqDance, model, letters, &[]);
        let usual = model(&four);
        let shorter = Decides {
            longest: 500,
            ..usual.clone()
        };
        for other in [
            model(&two),
            Decides {
                weights_sha256: "abd",
                ..usual.clone()
            },
            Decides {
                dtype: "bf16",
                ..usual.clone()
            },
            Decides {
                device: "cuda:0",
                ..usual.clone()
            },
        ] {
            assert_ne!(key(&usual, "AX"), key(&other, "AX"), "{other:?}");
        }
        assert_eq!(key(&usual, "AX"), key(&shorter, "AX"));
        assert_ne!(key(&usual, &long), key(&shorter, &long));
    }

    #[test]
    fn half_a_scan_comes_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().join("new")));
        assert_eq!(cache.read(&key("AX"), &map()), None);
        let mut half = map();
        half.score.row_mut(0).fill(0.1 + 0.2);
        half.properties[0].1.row_mut(0).fill(-0.0);
        half.seams = vec![1];
        cache.write(&key("AX"), &half);
        let back = cache.read(&key("AX"), &map()).unwrap();
        let bits = |m: &Matrix| m.values().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back.score), bits(&half.score));
        assert_eq!(bits(&back.properties[0].1), bits(&half.properties[0].1));
        assert_eq!(back.seams, [1]);
        assert_eq!(cache.read(&key("AC"), &map()), None);
    }

    #[test]
    fn damaged_entries_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().to_owned()));
        cache.write(&key("AX"), &map());
        let path = cache.path(&key("AX")).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in [0, 10, MAGIC.len() + 5, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(cache.read(&key("AX"), &map()), None);
        }
        let mut flipped = whole;
        *flipped.last_mut().unwrap() ^= 1;
        std::fs::write(&path, flipped).unwrap();
        assert_eq!(cache.read(&key("AX"), &map()), None);
    }
}

//! The predicted aligned error of a model: found beside it or given, read as it comes, laid on the residues.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::cache::hex;
use super::open::file_of;
use super::{Ask, Engine, EngineError, Observer};
use crate::analysis::predicted_error::{self, CUTOFF_ANGSTROM, SMALLEST};
use crate::protein::Pae;
use crate::protein::pae::PaeError;
use crate::study::{PaeReport, PaeRequest, Provenance};

/// Bytes between two looks at whether anybody still waits.
const BLOCK: usize = 1 << 18;
/// Hexadecimal digits of a hash that are shown.
const HASH_SHOWN: usize = 16;

/// The names that a PAE has beside a model of that name, the likeliest first: those of AlphaFold DB, ColabFold,
/// AlphaFold 3 (its server's, too), Boltz and Chai.
fn names_beside(model: &str) -> Vec<String> {
    let name = model.strip_suffix(".gz").unwrap_or(model);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut names = Vec::new();
    if let Some((entry, version)) = stem.split_once("-model_") {
        names.push(format!("{entry}-predicted_aligned_error_{version}.json"));
        names.push(format!("{entry}-predicted_aligned_error.json"));
    }
    for state in ["_unrelaxed_", "_relaxed_"] {
        if let Some((job, rank)) = stem.split_once(state) {
            names.push(format!("{job}_scores_{rank}.json"));
            names.push(format!("{job}_predicted_aligned_error_v1.json"));
        }
    }
    if let Some((job, number)) = stem.rsplit_once("_model_") {
        names.push(format!("{job}_full_data_{number}.json"));
    }
    if let Some(job) = stem.strip_suffix("_model") {
        names.push(format!("{job}_confidences.json"));
    }
    names.push(format!("{stem}-predicted_aligned_error.json"));
    names.push(format!("{stem}_predicted_aligned_error_v1.json"));
    names.push(format!("pae_{stem}.npz"));
    if let Some(rest) = stem.strip_prefix("pred.") {
        names.push(format!("pae.{rest}.npy"));
        names.push(format!("pae.{rest}.npz"));
        names.push(format!("scores.{rest}.npz"));
    }
    names
}

/// The file beside a model that holds its PAE.
fn beside(model: &Path) -> Option<PathBuf> {
    let model = file_of(model)?;
    let names = names_beside(model.file_name()?.to_str()?);
    let mut paths = names.into_iter().map(|name| model.with_file_name(name));
    paths.find(|path| path.is_file())
}

/// A file that is read, hashed and watched.
struct Watched<'a> {
    file: File,
    hash: Sha256,
    done: u64,
    total: u64,
    observer: &'a dyn Observer,
}

impl Read for Watched<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let reached = self
            .observer
            .reached(self.done as usize, self.total as usize);
        reached.map_err(io::Error::other)?;
        let into_block = into.len().min(BLOCK);
        let count = self.file.read(&mut into[..into_block])?;
        self.hash.update(&into[..count]);
        self.done += count as u64;
        Ok(count)
    }
}

/// The PAE in a file, and the hash of the file.
fn read(path: &Path, observer: &dyn Observer) -> Result<(Pae, String), EngineError> {
    let name = path.display().to_string();
    let unreadable = |e: io::Error| {
        EngineError::Pae(PaeError::Malformed {
            file: name.clone(),
            what: format!("cannot be read: {e}"),
        })
    };
    let file = File::open(path).map_err(unreadable)?;
    let total = file.metadata().map_err(unreadable)?.len();
    let watched = Watched {
        file,
        hash: Sha256::new(),
        done: 0,
        total,
        observer,
    };
    let mut bytes = BufReader::with_capacity(BLOCK, watched);
    let start = bytes.fill_buf().map_err(unreadable);
    let pae = match start {
        Ok(start) if start.starts_with(b"\x1f\x8b") => {
            let plain = BufReader::new(MultiGzDecoder::new(&mut bytes));
            Pae::read(&name, plain).map_err(EngineError::Pae)
        }
        Ok(_) => Pae::read(&name, &mut bytes).map_err(EngineError::Pae),
        Err(error) => Err(error),
    };
    // A fault may be that nobody waits any more.
    observer.reached(total as usize, total as usize)?;
    let pae = pae?;
    io::copy(&mut bytes, &mut io::sink()).map_err(unreadable)?;
    let hash = hex(&bytes.into_inner().hash.finalize());
    Ok((pae, hash))
}

impl Ask for PaeRequest {
    fn answer(
        &self,
        _engine: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<Option<PaeReport>, EngineError> {
        let start = Instant::now();
        let found = match &self.file {
            Some(file) => Some(file.clone()),
            None => self.model.as_deref().and_then(beside),
        };
        let Some(path) = found else {
            return Ok(None);
        };
        self.protein.require_coordinates("a PAE")?;
        observer.phase("read the PAE");
        let (pae, hash) = read(&path, observer)?;
        let (rows, by) = pae.rows(&self.structure, &self.protein)?;
        let tokens = pae.tokens();
        let error_angstrom = pae.between(&rows);
        drop(pae);
        observer.phase("domains of the PAE");
        let domains = predicted_error::domains(&error_angstrom, observer)?;
        let settings = [
            ("target", self.protein.name.clone()),
            ("file", path.display().to_string()),
            ("unit", "Å, row = laid on, column = off".to_owned()),
            ("residues_of_file", tokens.to_string()),
            ("matched", by.to_owned()),
            (
                "domains",
                format!(
                    "modularity (Louvain) of links 1/PAE below {CUTOFF_ANGSTROM} Å, at least {SMALLEST} residues"
                ),
            ),
        ];
        Ok(Some(PaeReport {
            protein: self.protein.clone(),
            error_angstrom,
            domains,
            provenance: Provenance {
                version: env!("CARGO_PKG_VERSION"),
                source: "pae".to_owned(),
                model: path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into(),
                weights_hash: hash.chars().take(HASH_SHOWN).collect(),
                device: "cpu".to_owned(),
                dtype: "f32".to_owned(),
                settings: settings.map(|(n, v)| (n.to_owned(), v)).into(),
                elapsed: start.elapsed(),
            },
        }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::io::Write as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::engine::EngineOptions;
    use crate::progress::{Cancelled, Checkpoint};
    use crate::protein::ChainChoice;

    #[test]
    fn names_are_those_of_the_predictors() {
        for (model, pae) in [
            (
                "AF-P69441-F1-model_v4.cif",
                "AF-P69441-F1-predicted_aligned_error_v4.json",
            ),
            (
                "AF-P69441-F1.cif.gz",
                "AF-P69441-F1-predicted_aligned_error.json",
            ),
            (
                "x_unrelaxed_rank_001_alphafold2_ptm_model_3_seed_000.pdb",
                "x_scores_rank_001_alphafold2_ptm_model_3_seed_000.json",
            ),
            ("fold_x_model_0.cif", "fold_x_full_data_0.json"),
            ("x_model.cif", "x_confidences.json"),
            ("x_model_1.cif", "pae_x_model_1.npz"),
            ("pred.model_idx_2.cif", "pae.model_idx_2.npy"),
        ] {
            let names = names_beside(model);
            assert!(names.iter().any(|n| n == pae), "{model}: {names:?}");
        }
    }

    /// Stops after so many looks.
    struct Impatient(AtomicUsize);

    impl Checkpoint for Impatient {
        fn reached(&self, _: usize, _: usize) -> Result<(), Cancelled> {
            match self.0.load(Ordering::Relaxed) {
                0 => Err(Cancelled),
                left => {
                    self.0.store(left - 1, Ordering::Relaxed);
                    Ok(())
                }
            }
        }
    }

    impl Observer for Impatient {}

    #[test]
    fn it_is_found_beside_the_model_read_gzipped_and_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("x_model.pdb");
        std::fs::write(&model, "only its name matters").unwrap();
        let opened = crate::engine::open::open("example:1ubi.pdb".as_ref(), None).unwrap();
        let structure = opened.structures().next().unwrap();
        let protein = Arc::new(structure.protein(0, &ChainChoice::First).unwrap());
        let n = protein.len();
        let request = PaeRequest {
            protein,
            structure,
            file: None,
            model: Some(model),
        };
        let mut engine = Engine::new(EngineOptions::default());
        assert!(engine.ask(&request, &()).unwrap().is_none());
        let block = |i: usize| i < 40;
        let rows: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                (0..n)
                    .map(|j| {
                        if block(i) == block(j) {
                            1.0
                        } else {
                            20.0 + i as f64 / 8.0
                        }
                    })
                    .collect()
            })
            .collect();
        let text = format!("{{\"pae\":{rows:?}}}");
        let path = folder.path().join("x_confidences.json");
        std::fs::write(&path, &text).unwrap();
        let report = engine.ask(&request, &()).unwrap().unwrap();
        assert_eq!(report.error_angstrom[(2, 50)], 20.25);
        assert_eq!(report.error_angstrom[(50, 2)], 26.25);
        assert_eq!(report.domain_count(), 2);
        assert_eq!(
            report.ranges(1),
            format!("{}-{n}", report.protein.residues[40].id)
        );
        let stopped = Impatient(AtomicUsize::new(1));
        let error = engine.ask(&request, &stopped).unwrap_err();
        assert!(matches!(error, EngineError::Cancelled), "{error}");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        let packed = folder.path().join("any.json.gz");
        std::fs::write(&packed, gz.finish().unwrap()).unwrap();
        let given = PaeRequest {
            file: Some(packed),
            ..request
        };
        let again = engine.ask(&given, &()).unwrap().unwrap();
        assert_eq!(again.error_angstrom, report.error_angstrom);
    }
}

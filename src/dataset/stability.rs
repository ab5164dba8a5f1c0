//! Measured substitutions: `stability/<split>.csv.gz` with `stability/pdb/<id>.pdb`, and deep
//! mutational scans: `dms/<name>.csv` with `dms/<name>.pdb`.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{DatasetError, read};
use crate::protein::names::{Numbering, Sites, parse_variant, resolve};
use crate::protein::{AminoAcid, ChainChoice, Protein};

/// The column of a published predictor, which a table may lack.
const PUBLISHED: &str = "PoPMuSiC";

/// Which fold each training domain is in; relatives share a fold.
const FOLDS: &str = include_str!("../../weights/data/stability_folds.tsv");

/// The fold of each training domain in the cross-validation.
#[must_use]
pub fn folds() -> HashMap<String, usize> {
    FOLDS
        .lines()
        .filter_map(|line| {
            let (name, fold) = line.split_once('\t')?;
            Some((name.to_owned(), fold.trim().parse().ok()?))
        })
        .collect()
}

/// Where the weights lie that were trained without one fold, beside the file that was to be written.
#[must_use]
pub fn fold_file(out: &Path, fold: usize) -> PathBuf {
    out.with_extension(format!("fold{fold}.safetensors"))
}

/// A structure and its measured single substitutions.
#[derive(Debug, Clone)]
pub struct MeasuredProtein {
    /// Name of the domain or scan.
    pub name: String,
    /// Its first chain.
    pub protein: Protein,
    /// One each.
    pub substitutions: Vec<Measured>,
}

/// A measured substitution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Position in the list of residues.
    pub site: usize,
    /// The residue there.
    pub wild_type: AminoAcid,
    /// What it became.
    pub mutant: AminoAcid,
    /// ΔΔG in kcal/mol, positive = destabilising; or fitness, higher = fitter.
    pub value: f64,
    /// A published predictor's value, where the table has one.
    pub published: Option<f64>,
}

/// The domains of one split with ΔΔG, sorted by name.
///
/// # Errors
/// [`DatasetError`] naming file and row.
pub fn stability(data: &Path, split: &str) -> Result<Vec<MeasuredProtein>, DatasetError> {
    let plain = data.join(format!("stability/{split}.csv"));
    let path = if plain.exists() {
        plain
    } else {
        data.join(format!("stability/{split}.csv.gz"))
    };
    let text = unpacked(&path)?;
    let columns = ["protein_id", "mutation_fasta", "DDG", PUBLISHED];
    let mut by_name: BTreeMap<String, Vec<[String; 3]>> = BTreeMap::new();
    for [name, mutation, value, published] in rows(&path, &text, columns)? {
        let row = [mutation, value, published];
        by_name.entry(name).or_default().push(row);
    }
    by_name
        .into_iter()
        .map(|(name, rows)| {
            let pdb = data.join(format!("stability/pdb/{name}.pdb"));
            measured(name, &pdb, &rows, Numbering::Sequence)
        })
        .collect()
}

/// The bytes of a table, unpacked where it is gzip.
pub(super) fn unpacked(path: &Path) -> Result<Vec<u8>, DatasetError> {
    let bytes = read(path)?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice())
        .read_to_end(&mut text)
        .map_err(|e| DatasetError::malformed(path, e))?;
    Ok(text)
}

/// The scans of `dms/`, sorted by name.
///
/// # Errors
/// [`DatasetError`] naming file and row.
pub fn scans(data: &Path) -> Result<Vec<MeasuredProtein>, DatasetError> {
    let folder = data.join("dms");
    let entries = std::fs::read_dir(&folder).map_err(|source| DatasetError::Io {
        path: folder.clone(),
        source,
    })?;
    let mut tables: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "csv"))
        .collect();
    tables.sort();
    tables
        .iter()
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let rows: Vec<[String; 3]> = rows(path, &read(path)?, ["mutant", "score"])?
                .into_iter()
                .filter(|[mutant, _]| !mutant.contains(':'))
                .map(|[mutant, score]| [mutant, score, String::new()])
                .collect();
            let pdb = path.with_extension("pdb");
            measured(name.into_owned(), &pdb, &rows, Numbering::Author)
        })
        .collect()
}

pub(super) fn rows<const N: usize>(
    path: &Path,
    text: &[u8],
    columns: [&str; N],
) -> Result<Vec<[String; N]>, DatasetError> {
    let malformed = |e: csv::Error| DatasetError::malformed(path, e);
    let mut reader = csv::Reader::from_reader(text);
    let headers = reader.headers().map_err(malformed)?.clone();
    let mut at = [None; N];
    for (at, name) in at.iter_mut().zip(columns) {
        *at = headers.iter().position(|h| h == name);
        if at.is_none() && name != PUBLISHED {
            return Err(DatasetError::malformed(path, format!("no column '{name}'")));
        }
    }
    reader
        .records()
        .map(|record| {
            let record = record.map_err(malformed)?;
            Ok(at.map(|i| i.and_then(|i| record.get(i)).unwrap_or_default().to_owned()))
        })
        .collect()
}

fn measured(
    name: String,
    pdb: &Path,
    rows: &[[String; 3]],
    numbering: Numbering,
) -> Result<MeasuredProtein, DatasetError> {
    let problem = |e: &dyn std::fmt::Display| DatasetError::malformed(pdb, e);
    let (structure, _) = crate::protein::read::read(pdb).map_err(|e| problem(&e))?;
    let protein = structure
        .protein(0, &ChainChoice::First)
        .map_err(|e| problem(&e))?;
    let sites = Sites::of_protein(&protein);
    let parse = |[mutation, value, published]: &[String; 3]| {
        let variant = resolve(&parse_variant(mutation).ok()?, &sites, numbering).ok()?;
        let [substitution] = variant[..] else {
            return None;
        };
        Some(Measured {
            site: substitution.index,
            wild_type: substitution.wild_type,
            mutant: substitution.mutant,
            value: value.parse().ok()?,
            published: published.parse().ok(),
        })
    };
    let substitutions = rows
        .iter()
        .map(|row| {
            parse(row).ok_or_else(|| {
                problem(&format!(
                    "{} = {} does not fit the structure",
                    row[0], row[1]
                ))
            })
        })
        .collect::<Result<_, _>>()?;
    Ok(MeasuredProtein {
        name,
        protein,
        substitutions,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_of_folds_names_four() {
        let folds = super::folds();
        let mut numbers: Vec<usize> = folds.values().copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers, [0, 1, 2, 3]);
        assert_eq!(folds.len(), 83);
    }
}

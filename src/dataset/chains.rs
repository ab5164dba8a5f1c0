//! Chains with what was measured of their motion, as evaluation reads them. What a set measures is seen
//! by its tensors: `u` (displacement tensors), `covariance`, `coupling` and `ensemble_ca` (ensembles),
//! `rmsf` (simulations) or `b_factor` alone.

use std::path::Path;

use safetensors::SafeTensors;

use super::DatasetError;
use super::dynamics::{ChainRow, Collection, HOTTER_AND_LONGER, SIMULATIONS, folder};
use crate::numeric::{Covariance3, Matrix, Profile, Vec3};
use crate::protein::{AminoAcid, BColumn, Protein, Residue, ResidueId};

/// Smaller eigenvalues of a measured tensor make it unusable, Å².
const LEAST_EIGENVALUE: f64 = 1e-4;

/// A chain and its measurements; lists have one entry a residue.
#[derive(Debug, Clone)]
pub struct MeasuredChain {
    /// The set it belongs to.
    pub set: String,
    /// `1a91_A`.
    pub id: String,
    /// Whether the displacement tensors come from rigid groups.
    pub tls: bool,
    /// Backbone atoms only; its B column is empty, so that no source sees the measurement.
    pub protein: Protein,
    /// Å², NaN where there is none.
    pub b_factor: Option<Profile>,
    /// RMSF of a simulation as at 300 K over 100 ns, Å.
    pub rmsf: Option<Profile>,
    /// Displacement tensors of a crystal, Å², world frame.
    pub displacement: Option<Vec<Option<Covariance3>>>,
    /// Covariances of an ensemble, Å², world frame.
    pub covariance: Option<Vec<Option<Covariance3>>>,
    /// (N, N) mean scalar products of the displacements of an ensemble, Å².
    pub coupling: Option<Matrix>,
    /// Cα positions of the models of an ensemble, Å, NaN where missing.
    pub ensemble: Vec<Vec<Vec3>>,
}

/// The sets of a split: the files `<set>.<split>.safetensors`, sorted.
///
/// # Errors
/// [`DatasetError::Io`].
pub fn sets(data: &Path, split: &str) -> Result<Vec<String>, DatasetError> {
    let folder = folder(data);
    let io = |source| DatasetError::Io {
        path: folder.clone(),
        source,
    };
    let ending = format!(".{split}.safetensors");
    let mut sets = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(io)? {
        let name = entry.map_err(io)?.file_name();
        if let Some(set) = name.to_string_lossy().strip_suffix(&ending) {
            sets.push(set.to_owned());
        }
    }
    sets.sort();
    Ok(sets)
}

/// The chains of one set and split, in the order of the index.
///
/// # Errors
/// [`DatasetError`] naming the file and tensor.
pub fn chains(data: &Path, set: &str, split: &str) -> Result<Vec<MeasuredChain>, DatasetError> {
    let collection = Collection::open(data, set, split)?;
    let file = collection.tensors()?;
    let backbones = collection.backbones()?;
    let rows = collection.rows.iter().zip(&backbones);
    rows.map(|(row, atoms)| {
        let reader = Reader {
            collection: &collection,
            file: &file,
            row,
        };
        reader.chain(protein(row, atoms))
    })
    .collect()
}

/// Reads the tensors of one chain.
struct Reader<'a> {
    collection: &'a Collection,
    file: &'a SafeTensors<'a>,
    row: &'a ChainRow,
}

impl Reader<'_> {
    fn chain(&self, protein: Protein) -> Result<MeasuredChain, DatasetError> {
        let n = protein.len();
        let b_factor = self.floats("b_factor", &[n])?;
        let coupling = self.floats("coupling", &[n, n])?;
        Ok(MeasuredChain {
            set: self.row.set.clone(),
            id: self.row.id.clone(),
            tls: self.row.tls,
            protein,
            b_factor,
            rmsf: self.rmsf(n)?,
            displacement: self.tensors("u", n)?,
            covariance: self.tensors("covariance", n)?,
            coupling: coupling.and_then(|values| Matrix::from_values(n, n, values)),
            ensemble: self.ensemble(n)?,
        })
    }

    fn rmsf(&self, n: usize) -> Result<Option<Profile>, DatasetError> {
        let level = match self.row.set.as_str() {
            SIMULATIONS => HOTTER_AND_LONGER.exp(),
            _ => 1.0,
        };
        let rmsf = self.floats("rmsf", &[n])?;
        Ok(rmsf.map(|rmsf| rmsf.into_iter().map(|x| x / level).collect()))
    }

    /// `None` where the chain has no such tensor.
    fn floats(&self, name: &str, shape: &[usize]) -> Result<Option<Vec<f64>>, DatasetError> {
        if self.shape(name).is_none() {
            return Ok(None);
        }
        let (found, values) = self.collection.tensor_of(self.file, &self.row.id, name)?;
        if found != shape {
            let problem = format!("{}/{name} has shape {found:?}, not {shape:?}", self.row.id);
            return Err(DatasetError::malformed(self.collection.path(), problem));
        }
        Ok(Some(values.into_iter().map(f64::from).collect()))
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        let view = self.file.tensor(&format!("{}/{name}", self.row.id)).ok()?;
        Some(view.shape().to_vec())
    }

    fn tensors(
        &self,
        name: &str,
        n: usize,
    ) -> Result<Option<Vec<Option<Covariance3>>>, DatasetError> {
        let values = self.floats(name, &[n, 3, 3])?;
        Ok(values.map(|v| v.chunks_exact(9).map(positive).collect()))
    }

    fn ensemble(&self, n: usize) -> Result<Vec<Vec<Vec3>>, DatasetError> {
        let Some(models) = self.shape("ensemble_ca").and_then(|s| s.first().copied()) else {
            return Ok(Vec::new());
        };
        let values = self.floats("ensemble_ca", &[models, n, 3])?;
        let values = values.unwrap_or_default();
        let model = |m: &[f64]| m.chunks_exact(3).map(Vec3::from_column_slice).collect();
        Ok(values.chunks_exact(3 * n.max(1)).map(model).collect())
    }
}

fn positive(values: &[f64]) -> Option<Covariance3> {
    let m = Covariance3::from_row_slice(values);
    let finite = m.iter().all(|x| x.is_finite());
    (finite && m.symmetric_eigenvalues().min() > LEAST_EIGENVALUE).then_some(m)
}

pub(crate) fn protein(row: &ChainRow, atoms: &[super::dynamics::BackboneAtoms]) -> Protein {
    let chain = row.id.rsplit('_').next().unwrap_or("A");
    let residues = row.sequence.chars().zip(atoms).zip(1..);
    Protein {
        name: row.id.clone(),
        model: 1,
        residues: residues
            .map(|((letter, atoms), number)| residue(chain, number, letter, atoms))
            .collect(),
        b_column: BColumn::Absent,
        seqres: [].into(),
        context: std::sync::Arc::default(),
    }
}

fn residue(chain: &str, number: i32, letter: char, atoms: &[[f32; 3]; 4]) -> Residue {
    let id = ResidueId {
        chain: chain.to_owned(),
        number,
        insertion_code: None,
    };
    let positions = ["N", "CA", "C", "O"].into_iter().zip(atoms);
    let positions = positions
        .filter(|(_, x)| x.iter().all(|v| v.is_finite()))
        .map(|(name, x)| (name, Vec3::new(x[0].into(), x[1].into(), x[2].into())));
    Residue::of_positions(id, AminoAcid::from_letter(letter), positions)
}

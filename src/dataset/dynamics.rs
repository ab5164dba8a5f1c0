//! Chains whose motion was measured: `dynamics/index.tsv` and `dynamics/<set>.<split>.safetensors`; domains
//! whose motion was simulated: `dynamics/md_index.tsv` and `dynamics/md.<split>.safetensors`.

use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};

use super::{DatasetError, read};

/// One row of the index.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainRow {
    /// `nmr`, `xray_aniso`, `xray_b` or `md`.
    pub set: String,
    /// `train` or `val`.
    pub split: String,
    /// PDB id and chain: `1a91_A`; of a domain that was simulated `1a91A00`.
    pub id: String,
    /// Å, where the index gives it.
    pub resolution: Option<f64>,
    /// Whether the displacement tensors come from rigid groups.
    pub tls: bool,
    /// Rank correlation of B with the inverse contact number, where known.
    pub contact_correlation: Option<f64>,
    /// One letter a residue.
    pub sequence: String,
}

/// `dynamics` under `data`, or `data` itself.
pub(crate) fn folder(data: &Path) -> PathBuf {
    let inner = data.join("dynamics");
    if inner.is_dir() {
        inner
    } else {
        data.to_owned()
    }
}

/// The set of simulated domains: mdCATH, 320 K, five runs of 464 ns each.
pub const SIMULATIONS: &str = "md";

/// What to divide the RMSF of [`SIMULATIONS`] by, as a logarithm, to have it as at 300 K over 100 ns:
/// measured against one predictor, its level is so much above that of ATLAS.
pub const HOTTER_AND_LONGER: f64 = 0.30;

/// The rows of `set` under `data`, in file order: those of its own `<set>_index.tsv`, or its rows of
/// `index.tsv`.
///
/// # Errors
/// [`DatasetError`] naming the file and row.
pub fn index(data: &Path, set: &str) -> Result<Vec<ChainRow>, DatasetError> {
    let own = folder(data).join(format!("{set}_index.tsv"));
    if own.exists() {
        let mut rows = rows(&own, "domain")?;
        // Its column `set` says where the chain's other measurements are.
        for row in &mut rows {
            set.clone_into(&mut row.set);
        }
        return Ok(rows);
    }
    let mut rows = rows(&folder(data).join("index.tsv"), "id")?;
    rows.retain(|row| row.set == set);
    Ok(rows)
}

fn rows(path: &Path, id: &str) -> Result<Vec<ChainRow>, DatasetError> {
    let bytes = read(path)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .from_reader(bytes.as_slice());
    let headers = reader
        .headers()
        .map_err(|e| DatasetError::malformed(path, e))?
        .clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|h| h == name)
            .ok_or_else(|| DatasetError::malformed(path, format!("no column '{name}'")))
    };
    let (set, split, id) = (column("set")?, column("split")?, column(id)?);
    let sequence = column("seq")?;
    let [resolution, tls, contact] = ["reso", "tls", "rho_contact"].map(|name| column(name).ok());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| DatasetError::malformed(path, e))?;
        let number = |at: Option<usize>| -> Option<f64> { record.get(at?)?.parse().ok() };
        rows.push(ChainRow {
            set: record[set].to_owned(),
            split: record[split].to_owned(),
            id: record[id].to_owned(),
            resolution: number(resolution),
            tls: number(tls).is_some_and(|x| x != 0.0),
            contact_correlation: number(contact),
            sequence: record[sequence].to_owned(),
        });
    }
    Ok(rows)
}

/// The tensors of one set and split, with their rows of the index.
pub struct Collection {
    path: PathBuf,
    bytes: Vec<u8>,
    /// Rows in the order of the index.
    pub rows: Vec<ChainRow>,
}

/// N, CA, C, O of one residue in Å, NaN where missing.
pub type BackboneAtoms = [[f32; 3]; 4];

impl Collection {
    /// Reads `dynamics/<set>.<split>.safetensors` under `data`.
    ///
    /// # Errors
    /// [`DatasetError`].
    pub fn open(data: &Path, set: &str, split: &str) -> Result<Self, DatasetError> {
        let path = folder(data).join(format!("{set}.{split}.safetensors"));
        let mut rows = index(data, set)?;
        rows.retain(|row| row.split == split);
        Self::of(path, rows)
    }

    /// The tensors of a file for rows from elsewhere.
    pub(crate) fn of(path: PathBuf, rows: Vec<ChainRow>) -> Result<Self, DatasetError> {
        let bytes = read(&path)?;
        Ok(Self { path, bytes, rows })
    }

    /// Shape and values of tensor `<id>/<name>`, stored in f32.
    ///
    /// # Errors
    /// [`DatasetError::Malformed`] when it is not there.
    pub fn tensor(&self, id: &str, name: &str) -> Result<(Vec<usize>, Vec<f32>), DatasetError> {
        let file = SafeTensors::deserialize(&self.bytes)
            .map_err(|e| DatasetError::malformed(&self.path, e))?;
        self.tensor_of(&file, id, name)
    }

    pub(crate) fn tensor_of(
        &self,
        file: &SafeTensors<'_>,
        id: &str,
        name: &str,
    ) -> Result<(Vec<usize>, Vec<f32>), DatasetError> {
        let view = file
            .tensor(&format!("{id}/{name}"))
            .map_err(|e| DatasetError::malformed(&self.path, format!("{id}/{name}: {e}")))?;
        if view.dtype() != Dtype::F32 {
            let problem = format!("{id}/{name}: not f32");
            return Err(DatasetError::malformed(&self.path, problem));
        }
        let values = view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        Ok((view.shape().to_vec(), values))
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tensors by name: `<id>/<name>`.
    ///
    /// # Errors
    /// [`DatasetError::Malformed`].
    pub(crate) fn tensors(&self) -> Result<SafeTensors<'_>, DatasetError> {
        SafeTensors::deserialize(&self.bytes).map_err(|e| DatasetError::malformed(&self.path, e))
    }

    /// The backbones of all rows.
    ///
    /// # Errors
    /// [`DatasetError::Malformed`] when one is missing or its length is not that of the sequence.
    pub fn backbones(&self) -> Result<Vec<Vec<BackboneAtoms>>, DatasetError> {
        let file = SafeTensors::deserialize(&self.bytes)
            .map_err(|e| DatasetError::malformed(&self.path, e))?;
        self.rows
            .iter()
            .map(|row| {
                let (shape, values) = self.tensor_of(&file, &row.id, "backbone")?;
                if shape != [row.sequence.len(), 4, 3] {
                    let problem = format!("{}/backbone has shape {shape:?}", row.id);
                    return Err(DatasetError::malformed(&self.path, problem));
                }
                let atom = |v: &[f32]| [v[0], v[1], v[2]];
                Ok(values
                    .chunks_exact(12)
                    .map(|r| [atom(r), atom(&r[3..]), atom(&r[6..]), atom(&r[9..])])
                    .collect())
            })
            .collect()
    }
}

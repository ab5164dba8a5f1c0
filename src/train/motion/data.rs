//! Chains with measured motion: B-factors, displacement tensors, NMR bundles.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, bail};
use rayon::prelude::*;
use safetensors::{Dtype, SafeTensors};

use crate::analysis::gaussian::Environment;
use crate::analysis::motion_features::backbone;
use crate::analysis::motion_features::elastic::amplitude_and_shape;
use crate::analysis::motion_features::local::{Backbone, six};
use crate::numeric::{Covariance3, Frame, Vec3};
use crate::protein::{AminoAcid, BColumn, Protein, Residue, ResidueId};

/// Chains with fewer complete residues are left out.
const SHORTEST: usize = 25;
/// Chains with a smaller share of complete residues are left out.
const COMPLETE: f64 = 0.9;
/// Eigenvalues of a tensor that count as positive, Å².
const POSITIVE: f64 = 1e-4;

/// Which measurement a chain comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Set {
    /// Crystal B-factors.
    XrayB,
    /// Crystal B-factors and displacement tensors.
    XrayAniso,
    /// NMR bundles.
    Nmr,
}

impl Set {
    /// All three.
    pub const ALL: [Self; 3] = [Self::XrayB, Self::XrayAniso, Self::Nmr];

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::XrayB => "xray_b",
            Self::XrayAniso => "xray_aniso",
            Self::Nmr => "nmr",
        }
    }

    /// Where its molecules were.
    #[must_use]
    pub fn environment(self) -> Environment {
        match self {
            Self::Nmr => Environment::Solution,
            _ => Environment::Crystal,
        }
    }
}

/// 3 × 3 tensors as measured.
#[derive(Debug, Clone)]
pub struct Tensors {
    /// log(tr/3), Å².
    pub amplitude: Vec<f32>,
    /// Traceless logarithm in the local frame: xx yy zz xy xz yz.
    pub shape: Vec<[f32; 6]>,
    /// Whether the tensor is complete and positive.
    pub good: Vec<bool>,
    /// The tensors in the local frame, the identity where not good.
    pub local: Vec<Covariance3>,
}

/// One chain; every list is over its complete residues.
#[derive(Debug, Clone)]
pub struct Record {
    /// `1a91_A`.
    pub id: String,
    /// What was measured.
    pub set: Set,
    /// Å, of crystals.
    pub resolution: Option<f64>,
    /// Whether the tensors come from rigid groups.
    pub tls: bool,
    /// The whole chain.
    pub protein: Protein,
    /// Indices of the complete residues.
    pub kept: Vec<usize>,
    /// Their backbone.
    pub(crate) backbone: Backbone,
    /// Their local frames.
    pub frames: Vec<Frame>,
    /// log B, clipped to three standard deviations; `None` when it hardly varies.
    pub log_b: Option<Vec<f32>>,
    /// `None` where there are none, or none to be learned from.
    pub tensors: Option<Tensors>,
    /// (N × N) Σ of the scalar products of displacements in Å², NMR only.
    pub coupling: Option<Vec<f32>>,
}

impl Record {
    /// Number of complete residues.
    #[must_use]
    pub fn residues(&self) -> usize {
        self.kept.len()
    }
}

#[derive(Debug, serde::Deserialize)]
struct Row {
    set: String,
    id: String,
    reso: String,
    tls: String,
    seq: String,
}

/// All chains of a split (`train`, `val`) that are complete enough. Rigid-group tensors are kept only
/// where nothing is learned from them.
///
/// # Errors
/// When a file is missing or damaged.
pub fn read(data: &Path, split: &str) -> anyhow::Result<Vec<Record>> {
    let folder = data.join("dynamics");
    let index = folder.join("index.tsv");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .from_path(&index)
        .with_context(|| format!("cannot read {}", index.display()))?;
    let mut rows: HashMap<(String, String), Row> = HashMap::new();
    for row in reader.deserialize::<Row>() {
        let row = row.with_context(|| format!("{}: not the expected table", index.display()))?;
        rows.insert((row.set.clone(), row.id.clone()), row);
    }
    let mut all = Vec::new();
    for set in Set::ALL {
        let path = folder.join(format!("{}.{split}.safetensors", set.name()));
        let bytes =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let tensors = SafeTensors::deserialize(&bytes)
            .with_context(|| format!("{} is damaged", path.display()))?;
        let mut ids: Vec<&str> = tensors
            .names()
            .into_iter()
            .filter_map(|name| name.strip_suffix("/backbone"))
            .collect();
        ids.sort_unstable();
        let records: Vec<Option<Record>> = ids
            .par_iter()
            .map(|id| {
                let row = rows
                    .get(&(set.name().to_owned(), (*id).to_owned()))
                    .with_context(|| format!("{}: no row for {id}", index.display()))?;
                record(&tensors, set, split, row)
                    .with_context(|| format!("{}: {id}", path.display()))
            })
            .collect::<anyhow::Result<_>>()?;
        all.extend(records.into_iter().flatten());
    }
    Ok(all)
}

fn floats(tensors: &SafeTensors<'_>, key: &str) -> anyhow::Result<Vec<f32>> {
    let view = tensors.tensor(key)?;
    if view.dtype() != Dtype::F32 {
        bail!("{key} is not f32");
    }
    Ok(view
        .data()
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect())
}

fn record(
    tensors: &SafeTensors<'_>,
    set: Set,
    split: &str,
    row: &Row,
) -> anyhow::Result<Option<Record>> {
    let id = &row.id;
    let protein = protein(id, &row.seq, &floats(tensors, &format!("{id}/backbone"))?);
    let (backbone, kept, frames) = backbone(&protein);
    let share = kept.len() as f64 / protein.len() as f64;
    if kept.len() < SHORTEST || share < COMPLETE {
        return Ok(None);
    }
    let tls = row.tls.parse::<f64>().is_ok_and(|x| x != 0.0);
    let label = match set {
        Set::XrayB => None,
        Set::XrayAniso => (!(tls && split == "train")).then_some("u"),
        Set::Nmr => Some("covariance"),
    };
    let measured = label
        .map(|label| -> anyhow::Result<Tensors> {
            let values = floats(tensors, &format!("{id}/{label}"))?;
            Ok(measured(&values, &kept, &frames))
        })
        .transpose()?;
    let log_b = match floats(tensors, &format!("{id}/b_factor")) {
        Ok(b) => log_b(&kept.iter().map(|&i| f64::from(b[i])).collect::<Vec<_>>()),
        Err(_) => None,
    };
    let coupling = match set {
        Set::Nmr => {
            let whole = floats(tensors, &format!("{id}/coupling"))?;
            let n = protein.len();
            let rows = kept.iter();
            Some(
                rows.flat_map(|&i| kept.iter().map(move |&j| (i, j)))
                    .map(|(i, j)| whole[i * n + j])
                    .collect(),
            )
        }
        _ => None,
    };
    Ok(Some(Record {
        id: id.clone(),
        set,
        resolution: row.reso.parse().ok(),
        tls,
        protein,
        kept,
        backbone,
        frames,
        log_b,
        tensors: measured,
        coupling,
    }))
}

/// A protein of N, CA, C, O (N, 4, 3), NaN where missing.
fn protein(id: &str, letters: &str, xyz: &[f32]) -> Protein {
    let residues = letters.chars().zip(xyz.chunks_exact(12)).zip(1..);
    let residues = residues.map(|((letter, xyz), number)| {
        let id = ResidueId {
            chain: id.rsplit('_').next().unwrap_or("A").to_owned(),
            number,
            insertion_code: None,
        };
        let positions = ["N", "CA", "C", "O"].into_iter().zip(xyz.chunks_exact(3));
        let positions = positions
            .filter(|(_, x)| x.iter().all(|v| v.is_finite()))
            .map(|(name, x)| (name, Vec3::new(x[0].into(), x[1].into(), x[2].into())));
        Residue::of_positions(id, AminoAcid::from_letter(letter), positions)
    });
    Protein {
        name: id.to_owned(),
        model: 1,
        residues: residues.collect(),
        b_column: BColumn::Absent,
    }
}

fn log_b(b: &[f64]) -> Option<Vec<f32>> {
    let log: Vec<f64> = b.iter().map(|b| b.max(1.0).ln()).collect();
    let mean = log.iter().sum::<f64>() / log.len() as f64;
    let square = log.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    let deviation = (square / log.len() as f64).sqrt();
    let limit = 3.0 * deviation;
    (deviation > 0.03).then(|| {
        let clipped = log.iter().map(|x| (x - mean).clamp(-limit, limit));
        clipped.map(|x| x as f32).collect()
    })
}

fn measured(values: &[f32], kept: &[usize], frames: &[Frame]) -> Tensors {
    let mut out = Tensors {
        amplitude: Vec::new(),
        shape: Vec::new(),
        good: Vec::new(),
        local: Vec::new(),
    };
    for (&i, frame) in kept.iter().zip(frames) {
        let v = &values[9 * i..9 * i + 9];
        let world = Covariance3::from_fn(|a, b| f64::from(v[3 * a + b]));
        let finite = v.iter().all(|x| x.is_finite());
        let local = if finite {
            frame.to_local(&world)
        } else {
            Covariance3::identity()
        };
        let eigen = local.symmetric_eigen();
        let good = finite && eigen.eigenvalues.min() > POSITIVE;
        let values = eigen.eigenvalues.map(|w| w.max(POSITIVE));
        let axes = eigen.eigenvectors;
        let positive = axes * Covariance3::from_diagonal(&values) * axes.transpose();
        let (amplitude, shape) = amplitude_and_shape(&positive);
        out.amplitude.push(amplitude as f32);
        out.shape.push(six(&shape));
        out.good.push(good);
        out.local
            .push(if good { local } else { Covariance3::identity() });
    }
    out
}

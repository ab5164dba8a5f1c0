//! Chains with measured motion: B-factors, displacement tensors, NMR bundles, simulations.

use std::path::Path;

use rayon::prelude::*;
use safetensors::SafeTensors;

use crate::analysis::gaussian::Environment;
use crate::analysis::motion_features::backbone;
use crate::analysis::motion_features::elastic::amplitude_and_shape;
use crate::analysis::motion_features::local::{Backbone, six};
use crate::dataset::DatasetError;
use crate::dataset::chains::protein;
use crate::dataset::dynamics::{ChainRow, Collection, HOTTER_AND_LONGER, SIMULATIONS};
use crate::numeric::{Covariance3, Frame};
use crate::protein::Protein;

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
    /// Molecular dynamics of domains.
    Simulation,
}

impl Set {
    /// What was measured in experiments.
    pub const MEASURED: [Self; 3] = [Self::XrayB, Self::XrayAniso, Self::Nmr];
    /// Simulations too.
    pub const ALL: [Self; 4] = [Self::XrayB, Self::XrayAniso, Self::Nmr, Self::Simulation];

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::XrayB => "xray_b",
            Self::XrayAniso => "xray_aniso",
            Self::Nmr => "nmr",
            Self::Simulation => SIMULATIONS,
        }
    }

    /// Where its molecules were.
    #[must_use]
    pub fn environment(self) -> Environment {
        match self {
            Self::Nmr => Environment::Solution,
            Self::Simulation => Environment::Simulation,
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
    /// log(tr Σ / 3), Å², of a simulation, as at 300 K.
    pub simulated: Option<Vec<f32>>,
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

/// The chains of these sets and a split (`train`, `val`) that are complete enough. Rigid-group tensors are
/// kept only where nothing is learned from them.
///
/// # Errors
/// When a file is missing or damaged.
pub fn read(data: &Path, sets: &[Set], split: &str) -> anyhow::Result<Vec<Record>> {
    let mut all = Vec::new();
    for &set in sets {
        let mut collection = Collection::open(data, set.name(), split)?;
        collection.rows.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let file = collection.tensors()?;
        let backbones = collection.backbones()?;
        let records: Vec<Option<Record>> = collection
            .rows
            .par_iter()
            .zip(&backbones)
            .map(|(row, atoms)| {
                let source = Source {
                    collection: &collection,
                    file: &file,
                    row,
                };
                source.record(set, protein(row, atoms))
            })
            .collect::<Result<_, _>>()?;
        all.extend(records.into_iter().flatten());
    }
    Ok(all)
}

/// The tensors of one chain.
struct Source<'a> {
    collection: &'a Collection,
    file: &'a SafeTensors<'a>,
    row: &'a ChainRow,
}

impl Source<'_> {
    fn floats(&self, name: &str) -> Result<Vec<f32>, DatasetError> {
        let (_, values) = self.collection.tensor_of(self.file, &self.row.id, name)?;
        Ok(values)
    }

    /// `None` when too little of the chain is complete.
    fn record(&self, set: Set, protein: Protein) -> Result<Option<Record>, DatasetError> {
        let row = self.row;
        let (backbone, kept, frames) = backbone(&protein);
        let share = kept.len() as f64 / protein.len() as f64;
        if kept.len() < SHORTEST || share < COMPLETE {
            return Ok(None);
        }
        let label = match set {
            Set::XrayB | Set::Simulation => None,
            Set::XrayAniso => (!(row.tls && row.split == "train")).then_some("u"),
            Set::Nmr => Some("covariance"),
        };
        let tensors = label.map(|label| self.floats(label)).transpose()?;
        let of_kept =
            |values: Vec<f32>| -> Vec<f64> { kept.iter().map(|&i| f64::from(values[i])).collect() };
        let b = self.floats("b_factor").ok().map(of_kept);
        let rmsf = match set {
            Set::Simulation => Some(of_kept(self.floats("rmsf")?)),
            _ => None,
        };
        let coupling = match set {
            Set::Nmr => Some(of_pairs(&self.floats("coupling")?, &kept, protein.len())),
            _ => None,
        };
        Ok(Some(Record {
            id: row.id.clone(),
            set,
            resolution: row.resolution,
            tls: row.tls,
            log_b: b.and_then(|b| log_b(&b)),
            tensors: tensors.map(|values| measured(&values, &kept, &frames)),
            simulated: rmsf.map(|rmsf| rmsf.into_iter().map(log_amplitude).collect()),
            coupling,
            protein,
            kept,
            backbone,
            frames,
        }))
    }
}

/// A smaller RMSF in Å counts as this.
const LEAST_RMSF: f64 = 0.05;

/// log(tr Σ / 3) at 300 K.
fn log_amplitude(rmsf: f64) -> f32 {
    let log = rmsf.max(LEAST_RMSF).ln() - HOTTER_AND_LONGER;
    (2.0 * log - 3f64.ln()) as f32
}

/// The entries (N × N) of the kept residues.
fn of_pairs(whole: &[f32], kept: &[usize], n: usize) -> Vec<f32> {
    let pairs = kept.iter().flat_map(|&i| kept.iter().map(move |&j| (i, j)));
    pairs.map(|(i, j)| whole[i * n + j]).collect()
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

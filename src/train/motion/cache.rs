//! What is slow to compute for every chain and does not change while a network trains: elastic
//! networks and the residue network's states. Computed once, in parallel, and kept on disk.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use candle_core::{Device, Tensor};
use half::f16;
use rayon::prelude::*;

use super::along::Chain;
use super::data::{Record, Set, read};
use crate::analysis::motion_features::elastic::Elastic;
use crate::analysis::motion_features::local::{neighbours, six};
use crate::analysis::motion_features::trunk_states;
use crate::models::device::Compute;
use crate::models::residue::ResidueModel;
use crate::models::weights::WeightsFile;
use crate::numeric::Covariance3;

/// A chain with everything that is computed once.
pub struct Prepared {
    /// The chain and its labels.
    pub record: Record,
    /// (N × K).
    pub neighbours: Vec<u32>,
    /// The elastic networks.
    pub(crate) elastic: Elastic,
    /// (N × 256) states of the residue network, empty without it.
    pub trunk: Vec<f16>,
    /// What the residue network reads of it, where that learns along.
    pub along: Option<Chain>,
}

/// Where the residue network is and where results are kept.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Folder of the training data.
    pub data: PathBuf,
    /// Folder of what is computed once.
    pub cache: PathBuf,
    /// Weights of the residue network whose states are read.
    pub trunk: Option<PathBuf>,
}

/// The chains of these sets and a split, at most `limit` of each set.
///
/// # Errors
/// When a file is missing or damaged, or the residue network fails.
pub fn prepare(
    sources: &Sources,
    sets: &[Set],
    split: &str,
    limit: Option<usize>,
    progress: &mut dyn Write,
) -> anyhow::Result<Vec<Prepared>> {
    let mut records = read(&sources.data, sets, split)?;
    if let Some(limit) = limit {
        let mut seen = HashMap::new();
        records.retain(|r| {
            let count = seen.entry(r.set).or_insert(0);
            *count += 1;
            *count <= limit
        });
    }
    let nearest: Vec<Vec<u32>> = records
        .par_iter()
        .map(|r| neighbours(&r.backbone.ca, &()).map(|(nearest, _)| nearest))
        .collect::<Result<_, _>>()?;
    let name = format!("elastic.{split}.{}.safetensors", records.len());
    let elastic = kept(
        &sources.cache.join(name),
        &records,
        progress,
        |i, record| pack(&Elastic::solve(&record.backbone.ca, &nearest[i], &())?),
    )?;
    let trunk = match &sources.trunk {
        Some(path) => states(sources, path, split, &records, progress)?,
        None => HashMap::new(),
    };
    records
        .into_par_iter()
        .zip(nearest)
        .map(|(record, neighbours)| {
            let id = key(&record);
            let elastic = elastic
                .get(&id)
                .context("a chain is missing from the cache")?;
            let elastic = unpack(elastic, record.residues())?;
            let trunk = match trunk.get(&id) {
                Some(states) => states.flatten_all()?.to_vec1()?,
                None => Vec::new(),
            };
            Ok(Prepared {
                record,
                neighbours,
                elastic,
                trunk,
                along: None,
            })
        })
        .collect()
}

fn states(
    sources: &Sources,
    path: &Path,
    split: &str,
    records: &[Record],
    progress: &mut dyn Write,
) -> anyhow::Result<HashMap<String, Tensor>> {
    let file = WeightsFile::open(path)?;
    let trunk = ResidueModel::load(&file, &Compute::cpu())?;
    let hash = file.sha256(&())?;
    let name = format!(
        "trunk.{}.{split}.{}.safetensors",
        &hash[..12],
        records.len()
    );
    kept(&sources.cache.join(name), records, progress, |_, record| {
        let states = trunk_states(&record.protein, &trunk, &record.kept, &())?;
        let halves: Vec<f16> = states.iter().map(|&x| f16::from_f32(x)).collect();
        Ok(Tensor::from_vec(halves, states.len(), &Device::Cpu)?)
    })
}

fn key(record: &Record) -> String {
    format!("{}/{}", record.set.name(), record.id)
}

/// One tensor a chain: read from `path` when it is there, else computed in parallel and written.
fn kept(
    path: &Path,
    records: &[Record],
    progress: &mut dyn Write,
    compute: impl Fn(usize, &Record) -> anyhow::Result<Tensor> + Sync,
) -> anyhow::Result<HashMap<String, Tensor>> {
    if path.exists() {
        let found = candle_core::safetensors::load(path, &Device::Cpu)
            .with_context(|| format!("{} is damaged: remove it", path.display()))?;
        if records.iter().all(|r| found.contains_key(&key(r))) {
            return Ok(found);
        }
    }
    let started = std::time::Instant::now();
    writeln!(progress, "computing {}", path.display())?;
    progress.flush()?;
    let next = AtomicUsize::new(0);
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(records[i].residues()));
    let tensors: HashMap<String, Tensor> = (0..records.len())
        .into_par_iter()
        .map(|_| {
            let i = order[next.fetch_add(1, Ordering::Relaxed)]; // the longest first
            let tensor = compute(i, &records[i]).with_context(|| records[i].id.clone())?;
            Ok((key(&records[i]), tensor))
        })
        .collect::<anyhow::Result<_>>()?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_extension(format!("unfinished.{}", std::process::id()));
    candle_core::safetensors::save(&tensors, &unfinished)?;
    std::fs::rename(&unfinished, path)?;
    let seconds = started.elapsed().as_secs_f64();
    writeln!(progress, "{} chains in {seconds:.0} s", records.len())?;
    Ok(tensors)
}

fn pack(elastic: &Elastic) -> anyhow::Result<Tensor> {
    let mut values: Vec<f32> = Vec::new();
    for profile in elastic.gnm.iter().chain(&elastic.amplitude) {
        values.extend(profile.iter().map(|&x| x as f32));
    }
    for shape in elastic.shape.iter().flatten() {
        values.extend(six(shape));
    }
    for edges in [&elastic.gnm_correlation, &elastic.anm_correlation] {
        values.extend(edges.iter().map(|&x| x as f32));
    }
    let count = values.len();
    Ok(Tensor::from_vec(values, count, &Device::Cpu)?)
}

fn unpack(tensor: &Tensor, n: usize) -> anyhow::Result<Elastic> {
    let values: Vec<f64> = tensor
        .to_vec1::<f32>()?
        .into_iter()
        .map(f64::from)
        .collect();
    anyhow::ensure!(values.len() >= 24 * n, "a cached chain is too short");
    let profile = |p: usize| values[p * n..(p + 1) * n].to_vec();
    let shape = |p: usize| -> Vec<Covariance3> {
        let start = 6 * n + p * 6 * n;
        values[start..start + 6 * n]
            .chunks_exact(6)
            .map(|t| Covariance3::new(t[0], t[3], t[4], t[3], t[1], t[5], t[4], t[5], t[2]))
            .collect()
    };
    let edges = &values[24 * n..];
    let (gnm, anm) = edges.split_at(edges.len() / 2);
    Ok(Elastic {
        gnm: [profile(0), profile(1), profile(2)],
        amplitude: [profile(3), profile(4), profile(5)],
        shape: [shape(0), shape(1), shape(2)],
        gnm_correlation: gnm.to_vec(),
        anm_correlation: anm.to_vec(),
    })
}

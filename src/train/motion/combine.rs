//! Several trained networks as one file, and several runs as one network.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::ensure;
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;

use super::start::load;
use super::validation::Validation;
use super::{MotionOptions, description};
use crate::models::motion::network::{Config, Network};
use crate::train::parameters::{Stored, save};

/// Writes several networks as one file and says how good they are together.
pub(super) fn merge(
    options: &MotionOptions,
    files: &[PathBuf],
    validation: &Validation,
    device: &Device,
    progress: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut tensors = Vec::new();
    for (i, file) in files.iter().enumerate() {
        let loaded = load(file, device)?.into_iter();
        tensors.extend(loaded.map(|(name, tensor)| (format!("networks.{i}.{name}"), tensor)));
    }
    writeln!(progress, "{} networks together:", files.len())?;
    finish(options, tensors, validation, device, progress)
}

/// Writes the mean of the weights that `--blend` names, and says how good it is.
pub(super) fn blend(
    options: &MotionOptions,
    validation: &Validation,
    device: &Device,
    progress: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut mean: HashMap<String, Tensor> = HashMap::new();
    let share = 1.0 / options.blend.len() as f64;
    for path in &options.blend {
        let tensors = load(path, device)?;
        let alike = mean.is_empty() || tensors.keys().all(|name| mean.contains_key(name));
        ensure!(alike, "{}: other tensors than the first", path.display());
        for (name, tensor) in tensors {
            let part = (tensor.to_dtype(DType::F32)? * share)?;
            let total = match mean.remove(&name) {
                Some(sum) => (sum + part)?,
                None => part,
            };
            mean.insert(name, total);
        }
    }
    writeln!(progress, "the mean of {} runs:", options.blend.len())?;
    finish(
        options,
        mean.into_iter().collect(),
        validation,
        device,
        progress,
    )
}

fn finish(
    options: &MotionOptions,
    mut tensors: Vec<(String, Tensor)>,
    validation: &Validation,
    device: &Device,
    progress: &mut dyn Write,
) -> anyhow::Result<()> {
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let vb = VarBuilder::from_tensors(tensors.iter().cloned().collect(), DType::F32, device);
    let several = (0..)
        .map(|i| vb.pp(format!("networks.{i}")))
        .take_while(|vb| vb.contains_tensor("norm.weight"));
    let alone = vb.contains_tensor("norm.weight").then(|| vb.clone());
    let networks = several
        .chain(alone)
        .map(|vb| Network::new(&Config::of_weights(&vb)?, &vb))
        .collect::<candle_core::Result<Vec<_>>>()?;
    let all: Vec<&Network> = networks.iter().collect();
    for (name, value) in validation.judge(&all, None, device)? {
        writeln!(progress, "  {name} {value:.4}")?;
    }
    let notes = HashMap::from([("training".to_owned(), description(options))]);
    save(&options.common.out, &tensors, notes, Stored::Half)
}

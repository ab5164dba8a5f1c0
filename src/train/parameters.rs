//! The variables of a network in training: seeded by name, in sorted order, saved in f16 or f32.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use candle_core::{DType, Device, Result, Shape, Tensor, Var};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use safetensors::tensor::{Dtype, TensorView};

/// The variables, made as a network asks for them.
#[derive(Clone)]
pub struct Parameters {
    seed: u64,
    device: Device,
    start: Arc<HashMap<String, Tensor>>,
    variables: Arc<Mutex<BTreeMap<String, Var>>>,
}

impl Parameters {
    /// Variables that start from numbers drawn by `seed` and their name.
    #[must_use]
    pub fn new(seed: u64, device: &Device) -> Self {
        Self {
            seed,
            device: device.clone(),
            start: Arc::default(),
            variables: Arc::default(),
        }
    }

    /// The same, but those named in `start` start there.
    #[must_use]
    pub fn starting_from(seed: u64, device: &Device, start: HashMap<String, Tensor>) -> Self {
        Self {
            start: Arc::new(start),
            ..Self::new(seed, device)
        }
    }

    /// What a network is built with.
    #[must_use]
    pub fn builder(&self) -> VarBuilder<'static> {
        VarBuilder::from_backend(Box::new(self.clone()), DType::F32, self.device.clone())
    }

    /// Where the variables live.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// All variables, sorted by name.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, Var)> {
        let variables = self
            .variables
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        variables
            .iter()
            .map(|(name, var)| (name.clone(), var.clone()))
            .collect()
    }

    /// Number of values in all variables.
    #[must_use]
    pub fn count(&self) -> usize {
        self.variables().iter().map(|(_, v)| v.elem_count()).sum()
    }
}

impl SimpleBackend for Parameters {
    fn get(&self, s: Shape, name: &str, h: Init, _: DType, _: &Device) -> Result<Tensor> {
        let mut variables = self
            .variables
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = variables.get(name) {
            return Ok(known.as_tensor().clone());
        }
        let value = match self.start.get(name) {
            Some(start) => start
                .to_dtype(DType::F32)?
                .to_device(&self.device)?
                .reshape(s)?,
            None => drawn(&s, h, self.seed, name, &self.device)?,
        };
        let var = Var::from_tensor(&value)?;
        variables.insert(name.to_owned(), var.clone());
        Ok(var.as_tensor().clone())
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        candle_core::bail!("{name}: a new variable needs a shape")
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.start.contains_key(name)
    }
}

/// First values, the same on every device.
fn drawn(shape: &Shape, init: Init, seed: u64, name: &str, device: &Device) -> Result<Tensor> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed ^ hash(name));
    let mut draw = || -> f64 {
        match init {
            Init::Const(value) => value,
            Init::Randn { mean, stdev } => {
                let z: f64 = StandardNormal.sample(&mut generator);
                mean + stdev * z
            }
            Init::Uniform { lo, up } => generator.random_range(lo..up),
            Init::Kaiming { .. } => f64::NAN,
        }
    };
    let values = (0..shape.elem_count())
        .map(|_| draw() as f32)
        .collect::<Vec<_>>();
    if values.iter().any(|v| v.is_nan()) {
        candle_core::bail!("{name}: this kind of first values is not supported");
    }
    Tensor::from_vec(values, shape, device)
}

/// FNV-1a.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
    })
}

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// 16-bit floats, for weights that ship.
    Half,
    /// 32-bit floats, for checkpoints.
    Full,
}

/// Writes tensors and notes to a safetensors file, whole or not at all.
///
/// # Errors
/// When a tensor cannot be read back or the file not be written.
pub fn save(
    path: &Path,
    tensors: &[(String, Tensor)],
    notes: HashMap<String, String>,
    stored: Stored,
) -> anyhow::Result<()> {
    let mut raw = Vec::new();
    for (name, tensor) in tensors {
        let values = tensor
            .flatten_all()?
            .to_dtype(DType::F32)?
            .to_vec1::<f32>()?;
        let bytes = match stored {
            Stored::Half => values
                .iter()
                .flat_map(|&v| half::f16::from_f32(v).to_le_bytes())
                .collect::<Vec<u8>>(),
            Stored::Full => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        raw.push((name.clone(), tensor.dims().to_vec(), bytes));
    }
    let dtype = match stored {
        Stored::Half => Dtype::F16,
        Stored::Full => Dtype::F32,
    };
    let views = raw
        .iter()
        .map(|(name, dims, bytes)| Ok((name, TensorView::new(dtype, dims.clone(), bytes)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let content = safetensors::serialize(views, Some(notes))?;
    let unfinished = path.with_extension("unfinished");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&unfinished, content)
        .and_then(|()| std::fs::rename(&unfinished, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn first_values_depend_on_seed_and_name_alone() {
        let draw = |seed, names: [&str; 2]| {
            let parameters = Parameters::new(seed, &Device::Cpu);
            let vb = parameters.builder();
            for name in names {
                let init = Init::Uniform { lo: -1.0, up: 1.0 };
                vb.pp(name).get_with_hints((2, 3), "weight", init).unwrap();
            }
            parameters
                .variables()
                .iter()
                .map(|(n, v)| {
                    (
                        n.clone(),
                        v.flatten_all().unwrap().to_vec1::<f32>().unwrap(),
                    )
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(1, ["a", "b"]), draw(1, ["b", "a"]));
        assert_ne!(draw(1, ["a", "b"]), draw(2, ["a", "b"]));
        assert_eq!(draw(1, ["a", "b"])[0].0, "a.weight");
    }
}

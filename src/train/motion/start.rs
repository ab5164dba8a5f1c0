//! What a training of the motion network begins with.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use candle_core::{Device, Tensor};

use super::MotionOptions;
use super::along::Along;
use crate::models::motion::network::Network;
use crate::train::parameters::Parameters;
use crate::train::residue::start_of;

/// What a run begins with.
pub(super) struct Start {
    pub parameters: Parameters,
    /// One, or as many as the file has that the run starts from.
    pub networks: Vec<Network>,
    /// The residue network where it learns along.
    pub along: Option<Along>,
}

impl Start {
    pub fn of(options: &MotionOptions, node: usize, device: &Device) -> anyhow::Result<Self> {
        let mut tensors = match &options.start {
            Some(path) => load(path, &Device::Cpu)?,
            None => HashMap::new(),
        };
        let config = options.config(node);
        if config.amplitudes == 3 {
            add_simulation(&mut tensors)?;
        }
        let several = (0..)
            .take_while(|i| tensors.contains_key(&format!("networks.{i}.norm.weight")))
            .count();
        let along = options.learns_along();
        if let Some(path) = along {
            tensors.extend(start_of(path)?);
        }
        let parameters = Parameters::starting_from(options.common.seed, device, tensors);
        let vb = parameters.builder();
        let places = match several {
            0 => vec![vb.clone()],
            n => (0..n).map(|i| vb.pp(format!("networks.{i}"))).collect(),
        };
        Ok(Self {
            networks: places
                .iter()
                .map(|place| Network::new(&config, place))
                .collect::<candle_core::Result<_>>()?,
            along: along
                .map(|path| Along::new(path, options.drop_trunk, &vb))
                .transpose()?,
            parameters,
        })
    }
}

/// Networks that know no simulation start as if it were solution.
fn add_simulation(tensors: &mut HashMap<String, Tensor>) -> candle_core::Result<()> {
    for (name, tensor) in tensors {
        let is_last = name.ends_with("amplitude.2.weight") || name.ends_with("amplitude.2.bias");
        if is_last && tensor.dim(0)? == 2 {
            *tensor = Tensor::cat(&[&*tensor, &tensor.narrow(0, 1, 1)?], 0)?;
        }
    }
    Ok(())
}

/// The tensors of a file of networks; those of network N alone, named as in a file of its own, where the path
/// ends in `:N`.
pub(super) fn load(path: &Path, device: &Device) -> anyhow::Result<HashMap<String, Tensor>> {
    let text = path.to_string_lossy();
    let chosen = text.rsplit_once(':');
    let chosen = chosen.and_then(|(file, n)| Some((file.to_owned(), n.parse::<usize>().ok()?)));
    let file = chosen.as_ref().map_or(path, |(file, _)| Path::new(file));
    let mut tensors = candle_core::safetensors::load(file, device)
        .with_context(|| format!("cannot read {}", file.display()))?;
    if let Some((_, n)) = chosen {
        let prefix = format!("networks.{n}.");
        tensors = tensors
            .into_iter()
            .filter_map(|(name, tensor)| Some((name.strip_prefix(&prefix)?.to_owned(), tensor)))
            .collect();
        anyhow::ensure!(!tensors.is_empty(), "{}: no such network", path.display());
    }
    Ok(tensors)
}

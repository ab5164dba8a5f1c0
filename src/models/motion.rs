//! How far and which way every residue moves: a small network over invariant features, averaged
//! over several independently trained copies. Three environments: crystal, solution, simulation.

mod attention;
mod edge_update;
pub(crate) mod network;

use candle_core::Tensor;

use super::device::Compute;
use super::error::{ModelError, check_finite};
use super::kernels::read::numbers;
use super::layers::Pass;
use super::layers::neighbours::Neighbours;
use super::weights::WeightsFile;
use crate::progress::{Checkpoint, Part};
use network::{Config, Graph, Network};

/// Nearest residues that a residue listens to, itself first.
pub const NEIGHBOURS: usize = 30;
/// Features of a residue without the residue network's states.
pub const PLAIN_NODE_FEATURES: usize = 76;
/// Features of a pair of neighbours.
pub const EDGE_FEATURES: usize = 49;

/// Numbers of a residue's log shapes.
const SHAPES: usize = 2 * 6;

/// Features of one chain of N residues, K = min(30, N) neighbours each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MotionInput {
    /// N.
    pub residues: usize,
    /// (N × 76).
    pub node: Vec<f32>,
    /// (N × 256) states of the residue network, empty without it.
    pub trunk: Vec<f32>,
    /// (N × K × 49).
    pub edge: Vec<f32>,
    /// (N × K): distance along the chain, −16 … 16, plus 16.
    pub relative_position: Vec<u32>,
    /// (N × K): index of the neighbour, the residue itself first.
    pub neighbours: Vec<u32>,
    /// Log shape of the parameter-free network in the local frame: xx yy zz xy xz yz.
    pub shape_prior: Vec<[f32; 6]>,
}

/// The network's answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MotionOutput {
    /// log(tr Σ / 3), Σ in Å²: crystal, solution, simulation; the last is missing where the weights were
    /// not trained on simulations.
    pub amplitude: Vec<Vec<f64>>,
    /// Traceless logarithm of Σ in the local frame, xx yy zz xy xz yz: crystal, solution.
    pub shape: [Vec<[f64; 6]>; 2],
}

/// The loaded networks.
#[derive(Debug)]
pub struct MotionModel {
    networks: Vec<Network>,
    node_features: usize,
    compute: Compute,
}

impl MotionModel {
    /// Loads one network, or several (`networks.0.…`, `networks.1.…`) that will be averaged.
    ///
    /// # Errors
    /// When a tensor is missing, superfluous or of another shape.
    pub fn load(file: &WeightsFile, compute: &Compute) -> Result<Self, ModelError> {
        let (networks, node_features) = file.load(compute, &[], |vb| {
            let several = (0..)
                .take_while(|i| vb.contains_tensor(&format!("networks.{i}.norm.weight")))
                .count();
            let parts = match several {
                0 => vec![vb],
                n => (0..n).map(|i| vb.pp(format!("networks.{i}"))).collect(),
            };
            let mut networks = Vec::with_capacity(parts.len());
            let mut node_features = PLAIN_NODE_FEATURES;
            for vb in parts {
                let config = Config::of_weights(&vb)?;
                node_features = config.node;
                networks.push(Network::new(&config, &vb)?);
            }
            Ok((networks, node_features))
        })?;
        Ok(Self {
            networks,
            node_features,
            compute: compute.clone(),
        })
    }

    /// Whether the networks read the residue network's states.
    #[must_use]
    pub fn needs_trunk(&self) -> bool {
        self.node_features > PLAIN_NODE_FEATURES
    }

    /// How many networks there are.
    #[must_use]
    pub fn networks(&self) -> usize {
        self.networks.len()
    }

    /// Log amplitude and log shape of every residue.
    ///
    /// # Errors
    /// When the features are not those the networks were trained on, or when cancelled.
    pub fn predict(
        &self,
        input: &MotionInput,
        checkpoint: &dyn Checkpoint,
    ) -> Result<MotionOutput, ModelError> {
        let graph = self.graph(input)?;
        let mut answers = Vec::new();
        for (i, network) in self.networks.iter().enumerate() {
            let part = Part {
                whole: checkpoint,
                from: i as f64 / self.networks.len() as f64,
                to: (i + 1) as f64 / self.networks.len() as f64,
            };
            let pass = Pass::watched(&part);
            answers.push(pass.outcome(network.forward(&graph, &pass, 0.0))?);
        }
        let (amplitude, shape) = combined(&answers)?;
        let (amplitude, shape) = (numbers(&amplitude)?, numbers(&shape)?);
        for values in [&amplitude, &shape] {
            check_finite(values, "motion", self.compute.dtype_name())?;
        }
        Ok(MotionOutput::from_rows(&amplitude, &shape))
    }

    fn graph(&self, input: &MotionInput) -> Result<Graph, ModelError> {
        let (device, dtype) = (&self.compute.device, self.compute.dtype);
        let n = input.residues;
        let k = input.neighbours.len().checked_div(n).unwrap_or(0);
        let trunk = input.trunk.len().checked_div(n).unwrap_or(0);
        if PLAIN_NODE_FEATURES + trunk != self.node_features {
            return Err(ModelError::UnsupportedInput {
                reason: format!(
                    "the motion network was trained on {} features a residue, not {}",
                    self.node_features,
                    PLAIN_NODE_FEATURES + trunk
                ),
            });
        }
        let floats = |x: &[f32], shape: &[usize]| -> Result<Tensor, ModelError> {
            Ok(Tensor::from_slice(x, shape, device)?.to_dtype(dtype)?)
        };
        let plain = floats(&input.node, &[n, PLAIN_NODE_FEATURES])?;
        let node = if trunk == 0 {
            plain
        } else {
            Tensor::cat(&[&plain, &floats(&input.trunk, &[n, trunk])?], 1)?
        };
        Ok(Graph {
            node,
            edge: floats(&input.edge, &[n * k, EDGE_FEATURES])?,
            relative_position: Tensor::from_slice(&input.relative_position, n * k, device)?,
            mask: Tensor::ones((n, k, 1), dtype, device)?,
            shape_prior: floats(input.shape_prior.as_flattened(), &[n, 6])?,
            neighbours: Neighbours::new(input.neighbours.clone(), (1, n, k), false, device)?,
        })
    }
}

/// Log amplitudes (N, 2 or 3) and log shapes (N, 2, 6) of several networks as those of one. Networks that
/// learned from simulations answer for simulation; where others are beside them, these alone answer for
/// crystal and solution.
pub(crate) fn combined(answers: &[(Tensor, Tensor)]) -> candle_core::Result<(Tensor, Tensor)> {
    let knows = |(amplitude, _): &&(Tensor, Tensor)| amplitude.dims().get(1) == Some(&3);
    let (simulated, measured): (Vec<_>, Vec<_>) = answers.iter().partition(knows);
    let others = if measured.is_empty() {
        &simulated
    } else {
        &measured
    };
    let mean = |all: Vec<Tensor>| Tensor::stack(&all, 0)?.mean(0);
    let columns = |of: &[&(Tensor, Tensor)], first, count| {
        let narrowed = of.iter().map(|(a, _)| a.narrow(1, first, count));
        mean(narrowed.collect::<candle_core::Result<_>>()?)
    };
    let mut amplitude = columns(others, 0, 2)?;
    if !simulated.is_empty() {
        amplitude = Tensor::cat(&[&amplitude, &columns(&simulated, 2, 1)?], 1)?;
    }
    let shape = mean(others.iter().map(|(_, t)| t.clone()).collect())?;
    Ok((amplitude, shape))
}

impl MotionOutput {
    /// From rows of 2 or 3 amplitudes and of 2 × 6 shape numbers.
    pub(crate) fn from_rows(amplitude: &[f32], shape: &[f32]) -> Self {
        let residues = shape.len() / SHAPES;
        let columns = amplitude.len().checked_div(residues).unwrap_or(0);
        let column = |k: usize| -> Vec<f64> {
            let rows = amplitude.chunks_exact(columns);
            rows.map(|row| f64::from(row[k])).collect()
        };
        let six = |k: usize| -> Vec<[f64; 6]> {
            shape
                .chunks_exact(SHAPES)
                .map(|row| std::array::from_fn(|x| f64::from(row[6 * k + x])))
                .collect()
        };
        Self {
            amplitude: (0..columns).map(column).collect(),
            shape: [six(0), six(1)],
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn who_learned_from_simulations_answers_for_them_alone() {
        let answer = |amplitude: &[f32], shape: f32| {
            let columns = amplitude.len();
            let amplitude = Tensor::from_slice(amplitude, (1, columns), &Device::Cpu).unwrap();
            let shape = Tensor::full(shape, (1, 2, 6), &Device::Cpu).unwrap();
            (amplitude, shape)
        };
        let [a, b] = [answer(&[1.0, 2.0], 1.0), answer(&[3.0, 6.0], 3.0)];
        let taught = answer(&[50.0, 60.0, 7.0], 90.0);
        let of = |answers: &[(Tensor, Tensor)]| {
            let (amplitude, shape) = combined(answers).unwrap();
            let shape = shape.flatten_all().unwrap().to_vec1::<f32>().unwrap()[0];
            (amplitude.to_vec2::<f32>().unwrap().remove(0), shape)
        };
        let mixed = of(&[a.clone(), b.clone(), taught.clone()]);
        assert_eq!(mixed, (vec![2.0, 4.0, 7.0], 2.0));
        assert_eq!(of(&[a, b]), (vec![2.0, 4.0], 2.0));
        assert_eq!(of(&[taught]), (vec![50.0, 60.0, 7.0], 90.0));
    }
}

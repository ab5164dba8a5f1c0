//! Which residue fits where: the probabilities of all twenty at each site of a backbone.
//!
//! A network of our own, trained by `dynascope train residue` on chains of the Protein Data Bank;
//! `weights/README.md` has its card. Its states are inputs of the motion and stability networks.

pub mod batch;
mod edges;
pub mod graph;
pub mod network;
mod radial;

use candle_core::Tensor;

use self::batch::{Arrays, Packing, types};
use self::graph::ResidueGraph;
use self::network::{Config, NEIGHBOURS_TENSOR, Output, Trunk};
use super::device::Compute;
use super::error::{ModelError, check_finite};
use super::kernels::read::numbers;
use super::layers::{LayerNorm, Pass};
use super::weights::WeightsFile;
use crate::numeric::Matrix;
use crate::progress::Checkpoint;
use crate::protein::Protein;

/// The residue network with its weights.
pub struct ResidueModel {
    weights: String,
    trunk: Trunk,
    config: Config,
    compute: Compute,
}

impl ResidueModel {
    /// Loads the weights; every size is read off the file.
    ///
    /// # Errors
    /// [`ModelError`] naming file and tensor.
    pub fn load(file: &WeightsFile, compute: &Compute) -> Result<Self, ModelError> {
        let config = Config::of(file, "")?;
        let compute = in_full_precision(compute);
        let trunk = file.load(&compute, &[NEIGHBOURS_TENSOR], |vb| {
            Trunk::new(&config, &vb)
        })?;
        Ok(Self {
            weights: file.name().to_owned(),
            trunk,
            config,
            compute,
        })
    }

    /// ln p of the twenty residues at each site, given the backbone and the types of all other
    /// residues: (L, 20), NaN rows where the backbone is incomplete.
    ///
    /// # Errors
    /// Cancelled, or those of the device.
    pub fn log_probabilities(
        &self,
        protein: &Protein,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Matrix, ModelError> {
        self.named(protein.len(), &self.graph(protein), checkpoint)
    }

    fn named(
        &self,
        residues: usize,
        graph: &ResidueGraph,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Matrix, ModelError> {
        self.rows((residues, 20), graph, checkpoint, |output| {
            candle_nn::ops::log_softmax(&output.logits, 1)
        })
    }

    fn graph(&self, protein: &Protein) -> ResidueGraph {
        ResidueGraph::of(protein, self.config.neighbours)
    }

    /// Numbers a residue of [`Self::trunk_states`].
    #[must_use]
    pub fn state_width(&self) -> usize {
        self.config.state_width()
    }

    /// The states after encoder and decoder, each normed: (L, [`Self::state_width`]), NaN rows where
    /// the backbone is incomplete.
    ///
    /// # Errors
    /// Cancelled, or those of the device.
    pub fn trunk_states(
        &self,
        protein: &Protein,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Matrix, ModelError> {
        let (graph, shape) = (self.graph(protein), (protein.len(), self.state_width()));
        self.rows(shape, &graph, checkpoint, |output| {
            output.states(LayerNorm::plain)
        })
    }

    /// Runs the network on the complete residues and files what `take` makes of the output.
    fn rows(
        &self,
        (residues, columns): (usize, usize),
        graph: &ResidueGraph,
        checkpoint: &dyn Checkpoint,
        take: impl FnOnce(&Output) -> candle_core::Result<Tensor>,
    ) -> Result<Matrix, ModelError> {
        let mut matrix = Matrix::filled(residues, columns, f64::NAN);
        if graph.len() == 0 {
            return Ok(matrix);
        }
        let pass = Pass::watched(checkpoint);
        let values = infer(&self.trunk, graph, &self.compute, &pass)
            .and_then(|output| numbers(&take(&output)?));
        let values = pass.outcome(values)?;
        check_finite(&values, &self.weights, "f32")?;
        for (&i, row) in graph.kept.iter().zip(values.chunks_exact(columns)) {
            for (to, &from) in matrix.row_mut(i).iter_mut().zip(row) {
                *to = f64::from(from);
            }
        }
        Ok(matrix)
    }
}

/// The same device with f32: the network is small, and its features need the digits.
pub(crate) fn in_full_precision(compute: &Compute) -> Compute {
    let mut compute = compute.clone();
    compute.dtype = candle_core::DType::F32;
    compute
}

/// One pass over one graph, every residue type visible to the neighbours.
pub(crate) fn infer(
    trunk: &Trunk,
    graph: &ResidueGraph,
    compute: &Compute,
    pass: &Pass,
) -> candle_core::Result<Output> {
    let arrays = Arrays::new(&[(graph, &graph.backbone)], Packing::Joined);
    let batch = arrays.tensors(false, &compute.device)?;
    let seen = types(&arrays.residue, &compute.device)?;
    trunk.forward(&batch, &seen, pass)
}

#[cfg(test)]
#[path = "residue/tests.rs"]
pub(crate) mod tests;

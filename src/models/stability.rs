//! What every substitution costs a fold: ΔΔG in kcal/mol, positive = destabilising.
//!
//! The residue network, fine-tuned with a head on measured stabilities, averaged with perceptrons on
//! hand-made features. Trained by `dynascope train stability`; `weights/README.md` has its card.

pub mod descriptors;
pub mod head;
pub mod perceptron;
pub mod side_chains;

use candle_core::{DType, Tensor};

use self::descriptors::SUBSTITUTION;
use self::head::Head;
use self::perceptron::{Perceptron, Standard};
use self::side_chains::SIDE_CHAIN;
use super::device::Compute;
use super::error::{ModelError, check_finite};
use super::kernels::read::numbers;
use super::layers::Pass;
use super::residue::batch::types;
use super::residue::graph::{ResidueGraph, UNKNOWN};
use super::residue::network::{Config, NEIGHBOURS_TENSOR, Trunk};
use super::residue::{in_full_precision, infer};
use super::weights::WeightsFile;
use crate::numeric::Matrix;
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::Protein;

/// Sites whose substitutions are computed at once: what they need stays small however long a chain is.
const SITES: usize = 512;

/// Share of the network in the average; the rest is the perceptrons'.
pub const NETWORK_SHARE: f64 = 0.7;

/// Trunk, head and perceptrons with their weights.
pub struct StabilityModel {
    weights: String,
    trunk: Trunk,
    head: Head,
    perceptrons: Vec<(Perceptron, Standard)>,
    config: Config,
    compute: Compute,
}

/// A protein as the stability model sees it: the complete residues and their side chains.
#[derive(Debug, Clone)]
pub struct Site {
    /// The complete residues.
    pub graph: ResidueGraph,
    /// (N, 6), `None` where the file has no side chains.
    pub side_chains: Option<Vec<[f32; SIDE_CHAIN]>>,
}

impl Site {
    /// What of `protein` is read, with that many neighbours a residue.
    ///
    /// # Errors
    /// Cancelled.
    pub fn new(
        protein: &Protein,
        neighbours: usize,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Self, Cancelled> {
        let graph = ResidueGraph::of(protein, neighbours);
        let side_chains = if side_chains::are_present(protein) {
            let all = side_chains::features(protein, checkpoint)?;
            Some(graph.kept.iter().map(|&i| all[i]).collect())
        } else {
            None
        };
        Ok(Self { graph, side_chains })
    }

    /// Inputs of the perceptrons for all twenty substitutions at each site: (N · 20, 117).
    #[must_use]
    pub fn substitutions(&self) -> Vec<[f32; SUBSTITUTION]> {
        let sites = descriptors::sites(&self.graph);
        let hidden = [0f32; SIDE_CHAIN];
        (0..self.graph.len() * 20)
            .map(|row| {
                let (i, mutant) = (row / 20, (row % 20) as u8);
                let side_chain = self.side_chains.as_ref().map_or(&hidden, |s| &s[i]);
                let wild_type = self.graph.residue[i].min(19);
                descriptors::substitution(&sites[i], side_chain, wild_type, mutant)
            })
            .collect()
    }

    /// (N, 6) with zeros where there are no side chains.
    #[must_use]
    pub fn side_chain_rows(&self) -> Vec<[f32; SIDE_CHAIN]> {
        self.side_chains
            .clone()
            .unwrap_or_else(|| vec![[0.0; SIDE_CHAIN]; self.graph.len()])
    }
}

impl StabilityModel {
    /// Loads the weights; every size is read off the file.
    ///
    /// # Errors
    /// [`ModelError`] naming file and tensor.
    pub fn load(file: &WeightsFile, compute: &Compute) -> Result<Self, ModelError> {
        let config = Config::of(file, "trunk.")?;
        let perceptrons = (0..)
            .take_while(|i| file.contains(&format!("perceptron.{i}.mean")))
            .count();
        let compute = in_full_precision(compute);
        let allowed = format!("trunk.{NEIGHBOURS_TENSOR}");
        let (trunk, head, perceptrons) = file.load(&compute, &[&allowed], |vb| {
            let load = |i: usize| {
                let vb = vb.pp("perceptron").pp(i);
                Ok((Perceptron::new(&vb)?, Standard::load(&vb)?))
            };
            Ok((
                Trunk::new(&config, &vb.pp("trunk"))?,
                Head::new(config.width, 1 + config.decoder, &vb.pp("head"))?,
                (0..perceptrons)
                    .map(load)
                    .collect::<candle_core::Result<Vec<_>>>()?,
            ))
        })?;
        Ok(Self {
            weights: file.name().to_owned(),
            trunk,
            head,
            perceptrons,
            config,
            compute,
        })
    }

    /// A model of parts that are in memory already.
    #[cfg(feature = "train")]
    pub(crate) fn assembled(
        trunk: Trunk,
        head: Head,
        perceptrons: Vec<(Perceptron, Standard)>,
        config: Config,
        device: &candle_core::Device,
    ) -> Self {
        let mut compute = Compute::cpu();
        compute.device = device.clone();
        Self {
            weights: "weights in training".to_owned(),
            trunk,
            head,
            perceptrons,
            config,
            compute,
        }
    }

    /// ΔΔG of every substitution in kcal/mol: (L, 20), 0 at the wild type, NaN rows where the backbone
    /// is incomplete or the residue no standard one.
    ///
    /// # Errors
    /// Those of the device.
    pub fn ddg(
        &self,
        protein: &Protein,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Matrix, ModelError> {
        let site = Site::new(protein, self.config.neighbours, checkpoint)?;
        self.ddg_of(&site, protein.len(), NETWORK_SHARE, checkpoint)
    }

    /// The same of a protein of `length` residues, read already, with that share of the network.
    pub(crate) fn ddg_of(
        &self,
        site: &Site,
        length: usize,
        share: f64,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Matrix, ModelError> {
        let mut matrix = Matrix::filled(length, 20, f64::NAN);
        if site.graph.len() == 0 {
            return Ok(matrix);
        }
        let network = self.by_network(site, checkpoint)?;
        let rows = match self.by_perceptrons(site, checkpoint)? {
            Some(partner) => ((network * share)? + (partner * (1.0 - share))?)?,
            None => network,
        };
        let rows = numbers(&rows)?;
        check_finite(&rows, &self.weights, "f32")?;
        for (i, row) in rows.chunks_exact(20).enumerate() {
            let own = site.graph.residue[i];
            if own != UNKNOWN {
                let to = matrix.row_mut(site.graph.kept[i]);
                for (to, &from) in to.iter_mut().zip(row) {
                    *to = f64::from(from);
                }
                to[own as usize] = 0.0;
            }
        }
        Ok(matrix)
    }

    /// (N, 20) of the network alone.
    fn by_network(&self, site: &Site, checkpoint: &dyn Checkpoint) -> Result<Tensor, ModelError> {
        let pass = Pass::watched(checkpoint);
        let device = &self.compute.device;
        let output = pass.outcome(infer(&self.trunk, &site.graph, &self.compute, &pass))?;
        let wild_type = wild_types(&site.graph);
        let mut all = Vec::new();
        for (block, wild_type) in wild_type.chunks(SITES).enumerate() {
            let (start, count) = (block * SITES, wild_type.len());
            checkpoint.reached(start, site.graph.len())?;
            let side_chains = match &site.side_chains {
                Some(rows) => {
                    let rows = &rows[start..start + count];
                    let features =
                        Tensor::from_slice(rows.as_flattened(), (count, SIDE_CHAIN), device)?;
                    Some((features, Tensor::ones((count, 1), DType::F32, device)?))
                }
                None => None,
            };
            all.push(
                self.head.forward(
                    &output.rows(start, count)?,
                    side_chains
                        .as_ref()
                        .map(|(features, shown)| (features, shown)),
                    &types(wild_type, device)?,
                    &pass,
                )?,
            );
        }
        Ok(Tensor::cat(&all, 0)?)
    }

    /// (N, 20) of the perceptrons' mean; `None` where the file has none.
    fn by_perceptrons(
        &self,
        site: &Site,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Option<Tensor>, ModelError> {
        if self.perceptrons.is_empty() {
            return Ok(None);
        }
        let mut all = Vec::new();
        for rows in site.substitutions().chunks(20 * SITES) {
            let device = &self.compute.device;
            let x = Tensor::from_slice(rows.as_flattened(), (rows.len(), SUBSTITUTION), device)?;
            let mut each = Vec::with_capacity(self.perceptrons.len());
            for (i, (net, standard)) in self.perceptrons.iter().enumerate() {
                checkpoint.reached(i, self.perceptrons.len())?;
                each.push(net.forward(&standard.apply(&x)?, &Pass::inference())?);
            }
            all.push(Tensor::stack(&each, 0)?.mean(0)?);
        }
        let all = Tensor::cat(&all, 0)?;
        Ok(Some(all.reshape((site.graph.len(), 20))?))
    }
}

/// The types of the residues, those of no standard type as the first.
pub(crate) fn wild_types(graph: &ResidueGraph) -> Vec<u8> {
    let known = |&r: &u8| if r == UNKNOWN { 0 } else { r };
    graph.residue.iter().map(known).collect()
}

#[cfg(test)]
#[path = "stability/tests.rs"]
mod tests;

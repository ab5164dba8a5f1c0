//! The residue network learns along: its states are made anew for every batch, and it goes on naming
//! the residues of the chains that it was pretrained on.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Result, Tensor};
use candle_nn::VarBuilder;
use rand_chacha::ChaCha8Rng;

use super::data::Record;
use crate::models::layers::{LayerNorm, Pass};
use crate::models::motion::network::Graph;
use crate::models::residue::batch::{Arrays, Packing, types};
use crate::models::residue::graph::{Backbone, ResidueGraph, UNKNOWN};
use crate::models::residue::network::{Config, Trunk};
use crate::train::chains::shake;
use crate::train::residue::{PREFIX, config_of, cross_entropy, neighbours_tensor};

/// Dropout inside it.
const DROPOUT: f64 = 0.2;
/// Row of a residue without states.
const NONE: u32 = u32::MAX;

/// The graph of one chain, and which of its rows belongs to each of the chain's complete residues.
pub struct Chain {
    graph: ResidueGraph,
    rows: Vec<u32>,
    named: bool,
}

impl Chain {
    /// Of a record, with that many neighbours a residue; `named`: whether the network may learn to name its
    /// residues.
    #[must_use]
    pub fn new(record: &Record, neighbours: usize, named: bool) -> Self {
        let graph = ResidueGraph::of(&record.protein, neighbours);
        let place: HashMap<usize, u32> = graph.kept.iter().copied().zip(0..).collect();
        let rows = record.kept.iter();
        let rows = rows
            .map(|i| place.get(i).copied().unwrap_or(NONE))
            .collect();
        Self { graph, rows, named }
    }
}

/// The graphs of a batch's chains as one, and where their rows go.
pub struct Joined {
    arrays: Arrays,
    /// For every padded residue of the batch its row, one past the last where there is none.
    rows: Vec<u32>,
    /// Which rows are to be named.
    named: Vec<bool>,
}

impl Joined {
    /// Joins the chains, with noise on their coordinates, for a batch padded to `length`.
    #[must_use]
    pub fn new(chains: &[&Chain], length: usize, noise: f64, rng: &mut ChaCha8Rng) -> Self {
        let shaken: Vec<Vec<Backbone>> = chains
            .iter()
            .map(|c| shake(&c.graph.backbone, noise, rng))
            .collect();
        let pairs: Vec<_> = chains
            .iter()
            .zip(&shaken)
            .map(|(c, x)| (&c.graph, x.as_slice()))
            .collect();
        let arrays = Arrays::new(&pairs, Packing::Joined);
        let mut rows = vec![arrays.rows() as u32; chains.len() * length];
        let mut named = Vec::with_capacity(arrays.rows());
        for ((chain, &start), rows) in chains
            .iter()
            .zip(&arrays.starts)
            .zip(rows.chunks_exact_mut(length))
        {
            for (row, &at) in rows.iter_mut().zip(&chain.rows) {
                if at != NONE {
                    *row = start as u32 + at;
                }
            }
            let known = |r: &u8| chain.named && *r != UNKNOWN;
            named.extend(chain.graph.residue.iter().map(known));
        }
        Self {
            arrays,
            rows,
            named,
        }
    }
}

/// The residue network in training.
pub(crate) struct Along {
    trunk: Trunk,
    neighbours: usize,
    drop: f64,
}

impl Along {
    /// Of the sizes of a file, with its variables below `trunk` in `vb`; a share of `drop` of its states
    /// is set to zero.
    ///
    /// # Errors
    /// When the file is missing or no such network.
    pub fn new(path: &Path, drop: f64, vb: &VarBuilder<'_>) -> anyhow::Result<Self> {
        Ok(Self::of(config_of(path)?, drop, vb)?)
    }

    pub(super) fn of(config: Config, drop: f64, vb: &VarBuilder<'_>) -> Result<Self> {
        let config = Config {
            dropout: DROPOUT,
            ..config
        };
        Ok(Self {
            trunk: Trunk::new(&config, &vb.pp(PREFIX.trim_end_matches('.')))?,
            neighbours: config.neighbours,
            drop,
        })
    }

    /// Moves its tensors out of those of the run, named as in a file of its own.
    ///
    /// # Errors
    /// None on the CPU.
    pub fn take_out(
        &self,
        tensors: &mut Vec<(String, Tensor)>,
    ) -> anyhow::Result<Vec<(String, Tensor)>> {
        let own = tensors.extract_if(.., |(name, _)| name.starts_with(PREFIX));
        let mut own: Vec<_> = own
            .map(|(name, tensor)| (name[PREFIX.len()..].to_owned(), tensor))
            .collect();
        own.push(neighbours_tensor(self.neighbours)?);
        Ok(own)
    }

    /// Appends the states to the features of `graph`; gives the mean cross-entropy of the naming.
    pub fn read(
        &self,
        graph: &mut Graph,
        joined: &Joined,
        training: bool,
        pass: &Pass,
        device: &Device,
    ) -> Result<Tensor> {
        let arrays = &joined.arrays;
        let batch = arrays.tensors(training, device)?;
        let output = self
            .trunk
            .forward(&batch, &types(&arrays.residue, device)?, pass)?;
        let norm = if training {
            LayerNorm::standardise
        } else {
            LayerNorm::plain
        };
        let states = output.states(norm)?;
        let nothing = Tensor::zeros((1, states.dim(1)?), states.dtype(), device)?;
        let index = Tensor::from_slice(&joined.rows, joined.rows.len(), device)?;
        let states = Tensor::cat(&[&states, &nothing], 0)?.index_select(&index, 0)?;
        let states = pass.dropout(&states, self.drop)?;
        graph.node = Tensor::cat(&[&graph.node, &states], 1)?;
        cross_entropy(&output.logits, &arrays.residue, &joined.named, 0.0)
    }
}

//! Several graphs as one: plain arrays made on any thread, then tensors on a device.

use candle_core::{Device, Result, Tensor};

use super::graph::{Backbone, EDGE, NODE, ResidueGraph, UNKNOWN};
use crate::models::layers::neighbours::Neighbours;

/// How chains lie in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// One after the other.
    Joined,
    /// Each padded to that many residues.
    Padded(usize),
}

/// The arrays of a batch of B chains of L residues (one "chain" where they are joined).
#[derive(Debug, Clone)]
pub struct Arrays {
    /// B and L.
    pub chains: (usize, usize),
    /// First row of each graph.
    pub starts: Vec<usize>,
    /// (B L,), [`UNKNOWN`] at pads.
    pub residue: Vec<u8>,
    count: usize,
    node: Vec<f32>,
    edge: Vec<f32>,
    relative_position: Vec<u32>,
    neighbours: Vec<u32>,
    mask: Vec<f32>,
}

impl Arrays {
    /// The arrays of graphs with coordinates of their own (those of the graph, or noisy ones).
    #[must_use]
    pub fn new(graphs: &[(&ResidueGraph, &[Backbone])], packing: Packing) -> Self {
        let rows = |g: &ResidueGraph| match packing {
            Packing::Joined => g.len(),
            Packing::Padded(length) => length,
        };
        let total = graphs.iter().map(|(g, _)| rows(g)).sum();
        let count = graphs.first().map_or(0, |(g, _)| g.count());
        let mut arrays = Self {
            chains: match packing {
                Packing::Joined => (1, total),
                Packing::Padded(length) => (graphs.len(), length),
            },
            starts: Vec::new(),
            residue: Vec::with_capacity(total),
            count,
            node: Vec::with_capacity(total * NODE),
            edge: Vec::with_capacity(total * count * EDGE),
            relative_position: Vec::with_capacity(total * count),
            neighbours: Vec::with_capacity(total * count),
            mask: Vec::with_capacity(total * count),
        };
        for (graph, backbone) in graphs {
            arrays.append(graph, backbone, rows(graph));
        }
        arrays
    }

    fn append(&mut self, graph: &ResidueGraph, backbone: &[Backbone], rows: usize) {
        let start = self.residue.len();
        self.starts.push(start);
        self.residue.extend(&graph.residue);
        self.node.extend(graph.nodes(backbone));
        self.edge.extend(graph.edges(backbone));
        self.relative_position.extend(graph.relative_positions());
        for (_, j, real) in graph.edges_by_index() {
            self.neighbours.push((start + j) as u32);
            self.mask.push(f32::from(u8::from(real)));
        }
        let end = start + rows;
        self.residue.resize(end, UNKNOWN);
        self.node.resize(end * NODE, 0.0);
        self.edge.resize(end * self.count * EDGE, 0.0);
        self.relative_position.resize(end * self.count, 32);
        self.mask.resize(end * self.count, 0.0);
        for i in start + graph.len()..end {
            self.neighbours
                .extend(std::iter::repeat_n(i as u32, self.count));
        }
    }

    /// Number of rows, pads included.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.residue.len()
    }

    /// The tensors; with `training`, gradients will be asked for.
    pub(crate) fn tensors(&self, training: bool, device: &Device) -> Result<Batch> {
        let (n, k) = (self.rows(), self.count);
        let (chains, length) = self.chains;
        let neighbours = self.neighbours.clone();
        Ok(Batch {
            node: Tensor::from_slice(&self.node, (n, NODE), device)?,
            edge: Tensor::from_slice(&self.edge, (n * k, EDGE), device)?,
            relative_position: Tensor::from_slice(&self.relative_position, n * k, device)?,
            mask: Tensor::from_slice(&self.mask, (n, k, 1), device)?,
            neighbours: Neighbours::new(neighbours, (chains, length, k), training, device)?,
        })
    }
}

/// A batch on a device: N residues with K neighbours each.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// (N, 19)
    pub node: Tensor,
    /// (N K, 33)
    pub edge: Tensor,
    /// (N K,) u32
    pub relative_position: Tensor,
    /// (N, K, 1): 0 where there is no neighbour.
    pub mask: Tensor,
    /// Who the neighbours are.
    pub neighbours: Neighbours,
}

/// Residue types as a tensor (N,) u32.
pub(crate) fn types(residue: &[u8], device: &Device) -> Result<Tensor> {
    let wide = residue.iter().map(|&r| u32::from(r)).collect::<Vec<_>>();
    Tensor::from_vec(wide, residue.len(), device)
}

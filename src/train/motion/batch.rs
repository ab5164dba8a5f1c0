//! Batches: chains padded to one length, with fresh noise.

use candle_core::{Device, Result, Tensor};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::along::Joined;
use super::cache::Prepared;
use super::data::Record;
use crate::models::layers::neighbours::Neighbours;
use crate::models::motion::network::Graph;
use crate::models::motion::{EDGE_FEATURES, MotionInput, NEIGHBOURS, PLAIN_NODE_FEATURES};
use crate::numeric::Vec3;
use crate::progress::Cancelled;

/// The features that say which amino acid: no noise on these.
const RESIDUE_TYPES: usize = 21;
/// Chains are sorted by length within windows of this many, so that little is padded.
const WINDOW: usize = 64;

/// Disturbances of the input in training.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    /// Standard deviation on node features, half as much on edges.
    pub features: f32,
    /// Share of neighbours left out.
    pub neighbours: f64,
    /// Share of the residue network's states set to zero.
    pub trunk: f64,
    /// Standard deviation on coordinates in Å; the geometry is computed anew.
    pub coordinates: f64,
}

impl Noise {
    /// As in prediction.
    pub const NONE: Self = Self {
        features: 0.0,
        neighbours: 0.0,
        trunk: 0.0,
        coordinates: 0.0,
    };
}

/// Padded chains on the host.
pub struct HostBatch {
    /// Indices of the chains.
    pub members: Vec<usize>,
    /// Residues a chain is padded to.
    pub length: usize,
    node: Vec<f32>,
    edge: Vec<f32>,
    relative_position: Vec<u32>,
    neighbours: Vec<u32>,
    mask: Vec<f32>,
    shape_prior: Vec<f32>,
    /// What the residue network reads, where that learns along.
    pub along: Option<Joined>,
}

/// The batches of one epoch: chains in random order, those of like length together, at most `size`
/// padded residues each.
#[must_use]
pub fn plan(lengths: &[usize], order: &[usize], size: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut order = order.to_vec();
    order.shuffle(&mut generator);
    let mut batches = Vec::new();
    for window in order.chunks_mut(WINDOW) {
        window.sort_by_key(|&i| lengths[i]);
        let mut batch: Vec<usize> = Vec::new();
        for &i in window.iter() {
            if !batch.is_empty() && (batch.len() + 1) * lengths[i] > size {
                batches.push(std::mem::take(&mut batch));
            }
            batch.push(i);
        }
        batches.push(batch);
    }
    batches.shuffle(&mut generator);
    batches
}

impl HostBatch {
    /// Pads these chains, with noise drawn from `seed`.
    ///
    /// # Errors
    /// [`Cancelled`], which work that nobody watches never is.
    pub fn new(
        chains: &[Prepared],
        members: &[usize],
        noise: Noise,
        seed: u64,
    ) -> std::result::Result<Self, Cancelled> {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let length = members
            .iter()
            .map(|&i| chains[i].record.residues())
            .max()
            .unwrap_or(1);
        let mut batch = Self {
            members: members.to_vec(),
            length,
            node: Vec::new(),
            edge: Vec::new(),
            relative_position: Vec::new(),
            neighbours: Vec::new(),
            mask: Vec::new(),
            shape_prior: Vec::new(),
            along: None,
        };
        for (slot, &i) in members.iter().enumerate() {
            batch.push(&chains[i], slot, noise, &mut generator)?;
        }
        let along: Option<Vec<_>> = members.iter().map(|&i| chains[i].along.as_ref()).collect();
        batch.along =
            along.map(|along| Joined::new(&along, length, noise.coordinates, &mut generator));
        Ok(batch)
    }

    fn push(
        &mut self,
        chain: &Prepared,
        slot: usize,
        noise: Noise,
        rng: &mut ChaCha8Rng,
    ) -> std::result::Result<(), Cancelled> {
        let n = chain.record.residues();
        let pads = self.length - n;
        let k = chain.neighbours.len() / n;
        let input = features(chain, noise.coordinates, rng)?;
        let mut draw = |deviation: f32| -> f32 {
            if deviation == 0.0 {
                return 0.0;
            }
            let z: f32 = StandardNormal.sample(rng);
            deviation * z
        };
        let trunk = chain.trunk.len() / n;
        for i in 0..n {
            let plain = &input.node[i * PLAIN_NODE_FEATURES..(i + 1) * PLAIN_NODE_FEATURES];
            self.node.extend(&plain[..RESIDUE_TYPES]);
            let rest = plain[RESIDUE_TYPES..].iter();
            self.node.extend(rest.map(|x| x + draw(noise.features)));
            let states = chain.trunk[i * trunk..(i + 1) * trunk].iter();
            self.node
                .extend(states.map(|x| x.to_f32() + draw(noise.features)));
        }
        for i in 0..n {
            let row = &input.edge[i * k * EDGE_FEATURES..(i + 1) * k * EDGE_FEATURES];
            self.edge
                .extend(row.iter().map(|x| x + draw(noise.features / 2.0)));
            self.edge
                .resize(self.edge.len() + (NEIGHBOURS - k) * EDGE_FEATURES, 0.0);
        }
        let width = PLAIN_NODE_FEATURES + trunk;
        if noise.trunk > 0.0 {
            let start = self.node.len() - n * width;
            let keep = (1.0 / (1.0 - noise.trunk)) as f32;
            for row in self.node[start..].chunks_exact_mut(width) {
                for x in &mut row[PLAIN_NODE_FEATURES..] {
                    *x *= if rng.random::<f64>() < noise.trunk {
                        0.0
                    } else {
                        keep
                    };
                }
            }
        }
        self.node.resize(self.node.len() + pads * width, 0.0);
        self.edge
            .resize(self.edge.len() + pads * NEIGHBOURS * EDGE_FEATURES, 0.0);
        let first = (slot * self.length) as u32;
        for i in 0..self.length {
            for at in 0..NEIGHBOURS {
                let real = i < n && at < k;
                let (j, shift) = if real {
                    (
                        chain.neighbours[i * k + at],
                        input.relative_position[i * k + at],
                    )
                } else {
                    (i as u32, 0)
                };
                self.neighbours.push(first + j);
                self.relative_position.push(shift);
                let counts = at == 0 || real && rng.random::<f64>() >= noise.neighbours;
                self.mask.push(f32::from(u8::from(counts)));
            }
        }
        self.shape_prior.extend(input.shape_prior.as_flattened());
        self.shape_prior
            .resize(self.shape_prior.len() + pads * 6, 0.0);
        Ok(())
    }

    /// The chains of the batch.
    #[must_use]
    pub fn records<'a>(&self, chains: &'a [Prepared]) -> Vec<&'a Record> {
        self.members.iter().map(|&i| &chains[i].record).collect()
    }

    /// Moves the batch to the device; `training` when gradients will be asked for.
    pub(crate) fn graph(&self, training: bool, device: &Device) -> Result<Graph> {
        let (b, l, k) = (self.members.len(), self.length, NEIGHBOURS);
        let n = b * l;
        Ok(Graph {
            node: Tensor::from_slice(&self.node, (n, self.node.len() / n), device)?,
            edge: Tensor::from_slice(&self.edge, (n * k, EDGE_FEATURES), device)?,
            relative_position: Tensor::from_slice(&self.relative_position, n * k, device)?,
            mask: Tensor::from_slice(&self.mask, (n, k, 1), device)?,
            shape_prior: Tensor::from_slice(&self.shape_prior, (n, 6), device)?,
            neighbours: Neighbours::new(self.neighbours.clone(), (b, l, k), training, device)?,
        })
    }
}

/// Features of the chain, from disturbed coordinates where asked for.
fn features(
    chain: &Prepared,
    deviation: f64,
    rng: &mut ChaCha8Rng,
) -> std::result::Result<MotionInput, Cancelled> {
    let backbone = &chain.record.backbone;
    if deviation == 0.0 {
        return backbone.features(&chain.elastic, &chain.neighbours, &());
    }
    let mut moved = backbone.clone();
    for x in moved.n.iter_mut().chain(&mut moved.ca).chain(&mut moved.c) {
        *x += Vec3::from_fn(|_, _| {
            let z: f64 = StandardNormal.sample(rng);
            deviation * z
        });
    }
    moved.features(&chain.elastic, &chain.neighbours, &())
}

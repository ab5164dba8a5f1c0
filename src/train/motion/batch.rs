//! Batches: chains padded to one length, with fresh noise, and what is to be learned from them.

use candle_core::{Device, Result, Tensor};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::along::Joined;
use super::cache::Prepared;
use super::data::{Record, Set};
use crate::analysis::gaussian::Environment;
use crate::models::layers::neighbours::Neighbours;
use crate::models::motion::network::Graph;
use crate::models::motion::{EDGE_FEATURES, NEIGHBOURS, PLAIN_NODE_FEATURES};
use crate::numeric::Vec3;

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
    #[must_use]
    pub fn new(chains: &[Prepared], members: &[usize], noise: Noise, seed: u64) -> Self {
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
            batch.push(&chains[i], slot, noise, &mut generator);
        }
        let along: Option<Vec<_>> = members.iter().map(|&i| chains[i].along.as_ref()).collect();
        batch.along =
            along.map(|along| Joined::new(&along, length, noise.coordinates, &mut generator));
        batch
    }

    fn push(&mut self, chain: &Prepared, slot: usize, noise: Noise, rng: &mut ChaCha8Rng) {
        let n = chain.record.residues();
        let pads = self.length - n;
        let k = chain.neighbours.len() / n;
        let input = features(chain, noise.coordinates, rng);
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
) -> crate::models::motion::MotionInput {
    let backbone = &chain.record.backbone;
    if deviation == 0.0 {
        return backbone.features(&chain.elastic, &chain.neighbours);
    }
    let mut moved = backbone.clone();
    for x in moved.n.iter_mut().chain(&mut moved.ca).chain(&mut moved.c) {
        *x += Vec3::from_fn(|_, _| {
            let z: f64 = StandardNormal.sample(rng);
            deviation * z
        });
    }
    moved.features(&chain.elastic, &chain.neighbours)
}

/// What is to be learned from a padded batch.
pub struct Targets {
    /// (B, 1, 2): 1 at the chain's environment.
    pub environment: Tensor,
    /// log B.
    pub b_factors: Profiles,
    /// log amplitude of measured tensors.
    pub amplitudes: Profiles,
    /// (B, L, 6) log shapes.
    pub shape: Tensor,
    /// (B, L): what a residue's shape weighs in the total.
    pub shape_weight: Tensor,
    /// (B, L) log amplitudes as measured, not centred.
    pub level: Tensor,
    /// (B, L): what a residue's absolute level weighs in the total.
    pub level_weight: Tensor,
}

/// One profile a chain, centred.
pub struct Profiles {
    /// (B, L): 1 where there is a value.
    pub mask: Tensor,
    /// (B, L): 1/n where there is a value.
    pub mean: Tensor,
    /// (B, L): the profile less its mean, 0 where there is none.
    pub centred: Tensor,
    /// (B,): its norm.
    pub norm: Tensor,
    /// (B,): factor of the mean squared difference.
    pub scale: Tensor,
    /// (B,): what the chain weighs in the total.
    pub weight: Tensor,
}

/// How much the parts weigh.
#[derive(Debug, Clone, Copy)]
pub struct Weights {
    /// Of the squared error of shapes.
    pub shape: f32,
    /// Of the squared error of the absolute level (NMR).
    pub level: f32,
    /// Chains at worse than 2 Å resolution weigh (2 Å / resolution) to this power.
    pub resolution: f64,
}

#[derive(Default)]
struct HostProfiles {
    mask: Vec<f32>,
    mean: Vec<f32>,
    centred: Vec<f32>,
    norm: Vec<f32>,
    scale: Vec<f32>,
    weight: Vec<f32>,
}

impl HostProfiles {
    fn push(&mut self, length: usize, profile: Option<(&[f32], &[bool])>, c: f32, weight: f32) {
        let start = self.mask.len();
        for list in [&mut self.mask, &mut self.mean, &mut self.centred] {
            list.resize(start + length, 0.0);
        }
        let (mut norm, mut scale, mut own) = (0.0, 0.0, 0.0);
        if let Some((values, good)) = profile {
            let chosen = || {
                values
                    .iter()
                    .zip(good)
                    .filter(|(_, g)| **g)
                    .map(|(v, _)| *v)
            };
            let n = chosen().count() as f32;
            let mean = chosen().sum::<f32>() / n;
            let square = chosen().map(|v| (v - mean).powi(2)).sum::<f32>();
            (norm, scale, own) = (square.sqrt(), c / (square / (n - 1.0) + 0.02), weight);
            for (i, (v, _)) in values
                .iter()
                .zip(good)
                .enumerate()
                .filter(|(_, (_, g))| **g)
            {
                self.mask[start + i] = 1.0;
                self.mean[start + i] = 1.0 / n;
                self.centred[start + i] = v - mean;
            }
        }
        self.norm.push(norm);
        self.scale.push(scale);
        self.weight.push(own);
    }

    fn upload(self, total: f32, length: usize, device: &Device) -> Result<Profiles> {
        let b = self.norm.len();
        let rows = |x: Vec<f32>| Tensor::from_vec(x, (b, length), device);
        let weight = self.weight.iter().map(|w| w / total).collect::<Vec<_>>();
        Ok(Profiles {
            mask: rows(self.mask)?,
            mean: rows(self.mean)?,
            centred: rows(self.centred)?,
            norm: Tensor::from_vec(self.norm, b, device)?,
            scale: Tensor::from_vec(self.scale, b, device)?,
            weight: Tensor::from_vec(weight, b, device)?,
        })
    }
}

impl Targets {
    /// Of chains padded to `length` residues.
    ///
    /// # Errors
    /// Those of the device.
    pub fn new(
        records: &[&Record],
        length: usize,
        weights: Weights,
        device: &Device,
    ) -> Result<Self> {
        let (b, l) = (records.len(), length);
        let (mut b_factors, mut amplitudes) = (HostProfiles::default(), HostProfiles::default());
        let mut environment = Vec::with_capacity(2 * b);
        let mut shape = vec![0f32; b * l * 6];
        let [mut shape_weight, mut level, mut level_weight] = [(); 3].map(|()| vec![0f32; b * l]);
        let mut total = 0.0;
        for (slot, record) in records.iter().enumerate() {
            let n = record.residues();
            let w = chain_weight(record.set, n, record.resolution, weights.resolution);
            let solution = record.set.environment() == Environment::Solution;
            environment.extend(if solution { [0f32, 1.0] } else { [1.0, 0.0] });
            let every = vec![true; n];
            let log_b = record.log_b.as_ref().map(|x| (&x[..], &every[..]));
            b_factors.push(l, log_b, 0.15, w);
            total += if log_b.is_some() { w } else { 0.0 };
            let enough = |good: &[bool]| good.iter().filter(|g| **g).count();
            let tensors = record.tensors.as_ref().filter(|t| enough(&t.good) >= 20);
            let profile = tensors.map(|t| (&t.amplitude[..], &t.good[..]));
            amplitudes.push(l, profile, 0.3, 2.0 * w);
            let Some(tensors) = tensors else { continue };
            total += 2.0 * w;
            let each = w / enough(&tensors.good) as f32;
            for (r, _) in tensors.good.iter().enumerate().filter(|(_, g)| **g) {
                let at = slot * l + r;
                shape[6 * at..6 * at + 6].copy_from_slice(&tensors.shape[r]);
                shape_weight[at] = 2.0 * weights.shape * each;
                level[at] = tensors.amplitude[r];
                if solution {
                    level_weight[at] = 2.0 * weights.level * each;
                }
            }
        }
        let total = total.max(1e-6);
        let rows = |mut x: Vec<f32>, scale: f32| {
            for v in &mut x {
                *v /= scale;
            }
            Tensor::from_vec(x, (b, l), device)
        };
        Ok(Self {
            environment: Tensor::from_vec(environment, (b, 1, 2), device)?,
            b_factors: b_factors.upload(total, l, device)?,
            amplitudes: amplitudes.upload(total, l, device)?,
            shape: Tensor::from_vec(shape, (b, l, 6), device)?,
            shape_weight: rows(shape_weight, total)?,
            level: rows(level, 1.0)?,
            level_weight: rows(level_weight, total)?,
        })
    }
}

fn chain_weight(set: Set, residues: usize, resolution: Option<f64>, power: f64) -> f32 {
    let size = (residues.min(400) as f64 / 150.0).sqrt();
    let sharpness = match (set, resolution) {
        (Set::XrayB, Some(resolution)) => (2.0 / resolution).min(1.0).powf(power),
        _ => 1.0,
    };
    (size * sharpness) as f32
}

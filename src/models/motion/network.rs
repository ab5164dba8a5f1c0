//! Attention over the nearest neighbours with edge features: invariant features of chains in, log
//! amplitude and log shape of every residue's 3 × 3 covariance out, in two or three environments.
//!
//! Cost is linear in the number of residues. Chains of a batch are one graph of N residues with K
//! neighbours each; pads are masked, so a batch gives what single chains give.

use candle_core::{DType, Result, Tensor};
use candle_nn::{VarBuilder, ops};
use tracing::trace_span;

use super::{attention, edge_update};
use crate::models::kernels::product::tensor_product;
use crate::models::layers::activation::gelu;
use crate::models::layers::fused::is_fused;
use crate::models::layers::neighbours::{Neighbours, attend};
use crate::models::layers::stage::Stage;
use crate::models::layers::{Embedding, LayerNorm, Linear, Pass, add_row};

/// How much of the parameter-free network's shape each environment (crystal, solution) starts from.
const PRIOR: [f32; 2] = [0.2, 0.5];
/// Distances along the chain that are told apart: −16 … 16.
const RELATIVE_POSITIONS: usize = 33;
/// Numbers of a symmetric 3 × 3.
const SHAPE: usize = 6;
/// Added to the logits of what does not count.
const FAR_BELOW: f64 = -1e4;

/// Sizes of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Config {
    /// Features a residue.
    pub node: usize,
    /// Features an edge.
    pub edge: usize,
    /// Width of the residues' states.
    pub width: usize,
    /// Width of the edges' states.
    pub edge_width: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Log amplitudes a residue: crystal, solution and, in files that know it, simulation.
    pub amplitudes: usize,
}

impl Config {
    /// Reads the sizes off the tensors of a weights file.
    pub(crate) fn of_weights(vb: &VarBuilder<'_>) -> Result<Self> {
        let (hidden, node) = vb.get_unchecked("node_in.0.weight")?.dims2()?;
        let (edge_width, edge) = vb.get_unchecked("edge_in.weight")?.dims2()?;
        let (heads, _) = vb.get_unchecked("layers.0.edge_bias.weight")?.dims2()?;
        let (amplitudes, _) = vb.get_unchecked("amplitude.2.weight")?.dims2()?;
        let layers = (0..)
            .take_while(|i| vb.contains_tensor(&format!("layers.{i}.norm.weight")))
            .count();
        Ok(Self {
            node,
            edge,
            width: hidden / 2,
            edge_width,
            layers,
            heads,
            amplitudes,
        })
    }
}

/// A batch of chains as one graph.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    /// (N, features).
    pub node: Tensor,
    /// (N K, features).
    pub edge: Tensor,
    /// (N · K,) u32, 0–32.
    pub relative_position: Tensor,
    /// (N, K, 1): 1 where the neighbour counts, 0 where it does not; each residue's first counts.
    pub mask: Tensor,
    /// (N, 6), zeros at pads.
    pub shape_prior: Tensor,
    /// Who the neighbours are.
    pub neighbours: Neighbours,
}

/// Linear, GELU, Linear.
#[derive(Debug, Clone)]
struct Mlp(Linear, Linear);

impl Mlp {
    fn new(input: usize, hidden: usize, output: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self(
            Linear::new(input, hidden, &vb.pp("0"))?,
            Linear::new(hidden, output, &vb.pp("2"))?,
        ))
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.1.forward(&gelu(&self.0.forward(x)?)?)
    }
}

/// What an edge hears from its two ends.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the names of the checkpoint")]
struct EdgeUpdate {
    edge_in: Linear,
    edge_i: Linear,
    edge_j: Linear,
    edge_out: Linear,
}

impl EdgeUpdate {
    fn new(d: usize, e: usize, vb: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            edge_in: Linear::new(e, e, &vb.pp("edge_in"))?,
            edge_i: Linear::without_bias(d, e, &vb.pp("edge_i"))?,
            edge_j: Linear::without_bias(d, e, &vb.pp("edge_j"))?,
            edge_out: Linear::new(e, e, &vb.pp("edge_out"))?,
        })
    }

    fn forward(&self, x: &Tensor, e: &Tensor, neighbours: &Neighbours) -> Result<Tensor> {
        let (own, sent) = (self.edge_i.forward(x)?, self.edge_j.forward(x)?);
        let biases = self.edge_in.bias().zip(self.edge_out.bias());
        if let Some((inner, bias)) = biases.filter(|_| is_fused(e)) {
            let maps = edge_update::Maps {
                inner: self.edge_in.weight(),
                outer: self.edge_out.weight(),
                bias,
            };
            return edge_update::update(e, &add_row(&own, inner)?, &sent, &maps, neighbours);
        }
        let rows = |x: Tensor| x.reshape(e.shape());
        let heard = (self.edge_in.forward(e)? + rows(neighbours.gather(&sent)?)?)?;
        let heard = (heard + rows(neighbours.repeat(&own)?)?)?;
        e + self.edge_out.forward(&gelu(&heard)?)?
    }
}

#[derive(Debug, Clone)]
struct Layer {
    heads: usize,
    norm: LayerNorm,
    edge_norm: LayerNorm,
    ff_norm: LayerNorm,
    query: Linear,
    key_value: Linear,
    edge_bias: Linear,
    edge_value: Linear,
    gate: Linear,
    out: Linear,
    ff: Mlp,
    edges: Option<EdgeUpdate>,
}

impl Layer {
    /// Nothing reads the edges of the last layer: only some files have weights for them.
    fn new(config: &Config, last: bool, vb: &VarBuilder<'_>) -> Result<Self> {
        let with_edges = !last || vb.contains_tensor("edge_in.weight");
        let (d, e, h) = (config.width, config.edge_width, config.heads);
        Ok(Self {
            heads: h,
            norm: LayerNorm::new(d, &vb.pp("norm"))?,
            edge_norm: LayerNorm::new(e, &vb.pp("edge_norm"))?,
            ff_norm: LayerNorm::new(d, &vb.pp("ff_norm"))?,
            query: Linear::without_bias(d, d, &vb.pp("query"))?,
            key_value: Linear::without_bias(d, 2 * d, &vb.pp("key_value"))?,
            edge_bias: Linear::without_bias(e, h, &vb.pp("edge_bias"))?,
            edge_value: Linear::without_bias(e, d, &vb.pp("edge_value"))?,
            gate: Linear::new(d, d, &vb.pp("gate"))?,
            out: Linear::new(d, d, &vb.pp("out"))?,
            ff: Mlp::new(d, 2 * d, d, &vb.pp("ff"))?,
            edges: with_edges.then(|| EdgeUpdate::new(d, e, vb)).transpose()?,
        })
    }

    /// x (N, d), e (N K, e) → the same.
    fn forward(
        &self,
        x: &Tensor,
        e: &Tensor,
        graph: &Graph,
        last: bool,
        (pass, dropout): (&Pass, f64),
    ) -> Result<(Tensor, Tensor)> {
        let y = self.norm.forward(x)?;
        let heard = if is_fused(&y) {
            self.attend_fused(&y, e, graph)?
        } else {
            self.attend(&y, e, graph)?
        };
        let y = (heard * ops::sigmoid(&self.gate.forward(&y)?)?)?;
        let x = (x + pass.dropout(&self.out.forward(&y)?, dropout)?)?;
        let forward = self.ff.forward(&self.ff_norm.forward(&x)?)?;
        let x = (&x + pass.dropout(&forward, dropout)?)?;
        let e = match &self.edges {
            Some(edges) if !last => edges.forward(&x, e, &graph.neighbours)?,
            _ => e.clone(),
        };
        Ok((x, e))
    }

    /// Normalised states and edges → what is heard of the neighbours, (N, d).
    fn attend_fused(&self, y: &Tensor, e: &Tensor, graph: &Graph) -> Result<Tensor> {
        let d = y.dim(1)?;
        let query = (self.query.forward(y)? / self.size(d).sqrt())?;
        let key_value = self.key_value.forward(y)?;
        let (of_value, constant) = self.edge_norm.folded_into(&self.edge_value)?;
        // What is added to every logit of a residue has no effect.
        let (of_bias, _) = self.edge_norm.folded_into(&self.edge_bias)?;
        let map = Tensor::cat(&[&of_value, &of_bias], 0)?;
        let key = key_value.narrow(1, 0, d)?;
        let value = add_row(&key_value.narrow(1, d, d)?, &constant)?;
        let states = [&query, &key, &value];
        attention::attend(states, e, &map, &graph.neighbours, &graph.mask)
    }

    /// The same by tensor operations.
    fn attend(&self, y: &Tensor, e: &Tensor, graph: &Graph) -> Result<Tensor> {
        let d = y.dim(1)?;
        let (n, k) = (graph.neighbours.residues(), graph.neighbours.count());
        let edges = self.edge_norm.forward(e)?.reshape((n, k, ()))?;
        let key_value = graph.neighbours.gather(&self.key_value.forward(y)?)?; // (N, K, 2d)
        let key = key_value.narrow(2, 0, d)?;
        let value = (key_value.narrow(2, d, d)? + self.edge_value.forward(&edges)?)?;
        let query = graph.neighbours.repeat(&self.query.forward(y)?)?; // (N, K, d)
        let both = (query * key)?.reshape((n * k, d))?;
        let logits =
            tensor_product(&both, &self.sum_of_heads(d, y)?)?.reshape((n, k, self.heads))?; // (N, K, h)
        let logits = ((logits / self.size(d).sqrt())? + self.edge_bias.forward(&edges)?)?;
        let absent = graph.mask.affine(-FAR_BELOW, FAR_BELOW)?;
        let weight = ops::softmax(&logits.broadcast_add(&absent)?, 1)?;
        attend(&weight, &value)
    }

    /// Numbers of a head.
    fn size(&self, d: usize) -> f64 {
        (d / self.heads) as f64
    }

    /// (d, h): a product with it sums each head's share.
    fn sum_of_heads(&self, d: usize, like: &Tensor) -> Result<Tensor> {
        let size = d / self.heads;
        let ones: Vec<f32> = (0..d * self.heads)
            .map(|at| f32::from(u8::from(at / self.heads / size == at % self.heads)))
            .collect();
        Tensor::from_vec(ones, (d, self.heads), like.device())?.to_dtype(like.dtype())
    }
}

/// The network.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    node_in: Mlp,
    edge_in: Linear,
    relative_position: Embedding,
    layers: Vec<Layer>,
    norm: LayerNorm,
    amplitude: Mlp,
    shape: Mlp,
}

impl Network {
    pub(crate) fn new(config: &Config, vb: &VarBuilder<'_>) -> Result<Self> {
        let (d, e) = (config.width, config.edge_width);
        let layers = (0..config.layers).map(|i| {
            let last = i + 1 == config.layers;
            Layer::new(config, last, &vb.pp(format!("layers.{i}")))
        });
        Ok(Self {
            node_in: Mlp::new(config.node, 2 * d, d, &vb.pp("node_in"))?,
            edge_in: Linear::new(config.edge, e, &vb.pp("edge_in"))?,
            relative_position: Embedding::new(RELATIVE_POSITIONS, e, 1.0, &vb.pp("relpos"))?,
            layers: layers.collect::<Result<_>>()?,
            norm: LayerNorm::new(d, &vb.pp("norm"))?,
            amplitude: Mlp::new(d, d, config.amplitudes, &vb.pp("amplitude"))?,
            shape: Mlp::new(d, d, 2 * SHAPE, &vb.pp("shape"))?,
        })
    }

    /// Log amplitude (N, 2 or 3) and traceless log shape (N, 2, 6): crystal, solution; simulation has an
    /// amplitude of its own and the shape of solution.
    pub(crate) fn forward(
        &self,
        graph: &Graph,
        pass: &Pass,
        dropout: f64,
    ) -> Result<(Tensor, Tensor)> {
        let n = graph.node.dim(0)?;
        let mut x = self.node_in.forward(&graph.node)?;
        let position = self.relative_position.forward(&graph.relative_position)?;
        let mut e = (self.edge_in.forward(&graph.edge)? + position)?; // (N K, e)
        for (i, layer) in self.layers.iter().enumerate() {
            pass.layer(i, self.layers.len())?;
            let _stage = Stage::enter(trace_span!("motion layer", index = i), graph.node.device());
            let last = i + 1 == self.layers.len();
            (x, e) = layer.forward(&x, &e, graph, last, (pass, dropout))?;
        }
        let x = self.norm.forward(&x)?;
        let prior = Tensor::new(&PRIOR, x.device())?
            .to_dtype(x.dtype())?
            .reshape((1, 2, 1))?
            .broadcast_mul(&graph.shape_prior.unsqueeze(1)?)?; // (N, 2, 6)
        let shape = (self.shape.forward(&x)?.reshape((n, 2, SHAPE))? + prior)?;
        let diagonal = shape.narrow(2, 0, 3)?;
        let diagonal = diagonal.broadcast_sub(&diagonal.mean_keepdim(2)?)?;
        let shape = Tensor::cat(&[&diagonal, &shape.narrow(2, 3, 3)?], 2)?;
        Ok((
            self.amplitude.forward(&x)?.to_dtype(DType::F32)?,
            shape.to_dtype(DType::F32)?,
        ))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::layers::fused::tests::graph_of;
    use candle_core::Device;
    use candle_nn::VarMap;

    const CONFIG: Config = Config {
        node: 10,
        edge: 7,
        width: 24,
        edge_width: 12,
        layers: 2,
        heads: 2,
        amplitudes: 3,
    };

    fn graph(dtype: DType) -> Graph {
        let (n, k) = (21, 5);
        let wave = |count: usize| (0..count).map(|i| (i as f32 * 0.7).sin());
        let floats = |rows: usize, columns: usize| {
            let values = wave(rows * columns).collect::<Vec<f32>>();
            let tensor = Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap();
            tensor.to_dtype(dtype).unwrap()
        };
        let (neighbours, mask) = graph_of(n, k);
        let position: Vec<u32> = (0..n * k).map(|i| (i * 5 % 33) as u32).collect();
        Graph {
            node: floats(n, CONFIG.node),
            edge: floats(n * k, CONFIG.edge),
            relative_position: Tensor::from_vec(position, n * k, &Device::Cpu).unwrap(),
            mask: mask.to_dtype(dtype).unwrap(),
            shape_prior: floats(n, SHAPE),
            neighbours,
        }
    }

    /// Fused in f32, tensor operations in f64: outputs and the gradients of all weights agree.
    #[test]
    fn the_fused_network_is_that_of_tensor_operations() {
        let maps = [DType::F32, DType::F64].map(|dtype| (VarMap::new(), dtype));
        let [fused, plain] = maps.each_ref().map(|(map, dtype)| {
            let vb = VarBuilder::from_varmap(map, *dtype, &Device::Cpu);
            Network::new(&CONFIG, &vb).unwrap()
        });
        let [fused_vars, plain_vars] = maps.each_ref().map(|(map, _)| map.data().lock().unwrap());
        for (name, var) in plain_vars.iter() {
            let value = fused_vars[name].to_dtype(DType::F64).unwrap();
            var.set(&value).unwrap();
        }
        let values = |t: &Tensor| {
            let t = t.to_dtype(DType::F64).unwrap().flatten_all().unwrap();
            t.to_vec1::<f64>().unwrap()
        };
        let run = |network: &Network, dtype: DType| {
            let pass = Pass::inference();
            let (amplitude, shape) = network.forward(&graph(dtype), &pass, 0.0).unwrap();
            let loss = amplitude.sqr().unwrap().sum_all().unwrap()
                + shape.sin().unwrap().sum_all().unwrap();
            let outputs = [values(&amplitude), values(&shape)].concat();
            (outputs, loss.unwrap().backward().unwrap())
        };
        let (a, of_a) = run(&fused, DType::F32);
        let (b, of_b) = run(&plain, DType::F64);
        let near = |a: &[f64], b: &[f64], name: &str| {
            let size = b.iter().fold(1.0f64, |m, x| m.max(x.abs()));
            for (a, b) in a.iter().zip(b) {
                assert!((a - b).abs() < 2e-5 * size, "{name}: {a} {b}");
            }
        };
        near(&a, &b, "outputs");
        for (name, var) in plain_vars.iter() {
            let b = values(of_b.get(var.as_tensor()).unwrap());
            let a = of_a.get(fused_vars[name].as_tensor());
            near(&a.map_or_else(|| vec![0.0; b.len()], values), &b, name);
        }
    }
}

//! Attention over messages from the neighbours, fused on the CPU with its gradient.
//!
//! By tensor operations every intermediate of (N, K, d) numbers goes through memory, forwards and
//! backwards. Here a few residues at a time stay in the cache, and the backward pass makes the
//! intermediates anew instead of reading them back. The stretches of residues that run in parallel
//! add up their own gradients, so these depend on the number of threads by rounding alone.

mod passes;
pub mod rows;

use std::sync::Arc;

use candle_core::{Result, Tensor};

use super::fused::{Fused, apply};

/// The maps of one layer; d is the width, e that of the edges.
pub struct Maps<'a> {
    /// (d, e): edge → message.
    pub edge: &'a Tensor,
    /// (d, d) and (d,): message → value.
    pub value: &'a Tensor,
    /// Added to the value.
    pub value_bias: &'a Tensor,
    /// (heads, d) and (heads,): message → logits.
    pub attention: &'a Tensor,
    /// Added to the logits.
    pub attention_bias: &'a Tensor,
}

/// With m = silu(centre_i + sent_j + W edge_ij), the sum over the neighbours j of silu(value(m)),
/// each head with its softmax of attention(m): centre and sent (N, d), edge (N K, e) → (N, d).
///
/// `index` (N K) names the neighbours, `mask` (N, K, 1) is 0 where there is none.
pub fn listen(
    centre: &Tensor,
    sent: &Tensor,
    edge: &Tensor,
    maps: &Maps<'_>,
    index: &Arc<Vec<u32>>,
    mask: &Tensor,
) -> Result<Tensor> {
    let (_, width) = centre.dims2()?;
    let sizes = Sizes {
        width,
        edge_width: edge.dim(1)?,
        heads: maps.attention.dim(0)?,
        count: mask.dim(1)?,
    };
    let flat = [
        maps.edge,
        maps.value,
        maps.attention,
        maps.value_bias,
        maps.attention_bias,
    ]
    .map(Tensor::flatten_all)
    .into_iter()
    .collect::<Result<Vec<_>>>()?;
    let listen = Listen {
        sizes,
        index: index.clone(),
        mask: mask.flatten_all()?.to_vec1()?.into(),
    };
    let ends = Tensor::cat(&[centre, sent], 0)?;
    apply(listen, [&ends, edge, &Tensor::cat(&flat, 0)?])
}

/// Sizes of a layer.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    width: usize,
    edge_width: usize,
    heads: usize,
    count: usize,
}

impl Sizes {
    /// What the message is mapped to: value and logits, side by side.
    fn outputs(self) -> usize {
        self.width + self.heads
    }

    /// Where the maps begin in the vector of all: value with attention, their biases, the end.
    fn starts(self) -> [usize; 3] {
        let value = self.width * self.edge_width;
        let bias = value + self.outputs() * self.width;
        [value, bias, bias + self.outputs()]
    }
}

/// The operation; its arguments are centre above sent (2 N, d), edge (N K, e), and the maps as one
/// vector: edge, value, attention, the bias of value, the bias of attention.
struct Listen {
    sizes: Sizes,
    index: Arc<Vec<u32>>,
    mask: Arc<[f32]>,
}

impl Listen {
    fn inputs<'a>(&'a self, [ends, edge, maps]: [&'a [f32]; 3]) -> passes::Inputs<'a> {
        let (centre, sent) = ends.split_at(ends.len() / 2);
        passes::Inputs {
            sizes: self.sizes,
            centre,
            sent,
            edge,
            maps,
            index: &self.index,
            mask: &self.mask,
        }
    }
}

impl Fused for Listen {
    const NAME: &'static str = "listen";

    fn width(&self) -> usize {
        self.sizes.width
    }

    fn forward(&self, arguments: [&[f32]; 3]) -> Vec<f32> {
        passes::forward(&self.inputs(arguments))
    }

    fn backward(&self, arguments: [&[f32]; 3], gradient: &[f32]) -> [Vec<f32>; 3] {
        passes::backward(&self.inputs(arguments), gradient)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::kernels::product::tensor_product;
    use crate::models::layers::fused::tests::{agree, draw};
    use crate::models::layers::neighbours::{Neighbours, attend};
    use candle_core::{Device, Var};

    /// The same by tensor operations.
    fn plain(v: &[Var], neighbours: &Neighbours, mask: &Tensor) -> Tensor {
        let (n, k, _) = mask.dims3().unwrap();
        let d = v[0].dim(1).unwrap();
        let edge = tensor_product(&v[2], &v[3].t().unwrap()).unwrap();
        let around =
            (neighbours.gather(&v[1]).unwrap() + edge.reshape((n, k, d)).unwrap()).unwrap();
        let message = (around + neighbours.repeat(&v[0]).unwrap())
            .unwrap()
            .silu()
            .unwrap();
        let rows = message.reshape((n * k, d)).unwrap();
        let linear = |w: &Var, b: &Var| {
            let y = tensor_product(&rows, &w.t().unwrap())
                .unwrap()
                .broadcast_add(b)
                .unwrap();
            y.reshape((n, k, ())).unwrap()
        };
        let value = linear(&v[4], &v[5]).silu().unwrap();
        let absent = mask.affine(1e4, -1e4).unwrap();
        let logits = linear(&v[6], &v[7]).broadcast_add(&absent).unwrap();
        let weight = candle_nn::ops::softmax(&logits, 1).unwrap();
        attend(&weight.broadcast_mul(mask).unwrap(), &value).unwrap()
    }

    /// More residues than a piece holds, absent neighbours, and residues without any.
    #[test]
    fn result_and_gradients_are_those_of_tensor_operations() {
        let (n, k, d, e, heads) = (45usize, 5usize, 24usize, 12usize, 4usize);
        let index: Vec<u32> = (0..n * k).map(|i| ((i * 7 + i / k) % n) as u32).collect();
        let absent = |i: usize| i.is_multiple_of(11) || (15..20).contains(&i) || i >= (n - 1) * k;
        let mask: Vec<f32> = (0..n * k)
            .map(|i| f32::from(u8::from(!absent(i))))
            .collect();
        let mask = Tensor::from_vec(mask, (n, k, 1), &Device::Cpu).unwrap();
        let index = Arc::new(index);
        let neighbours = Neighbours::new(index.to_vec(), (1, n, k), true, &Device::Cpu).unwrap();
        let dims: [&[usize]; 8] = [
            &[n, d],
            &[n, d],
            &[n * k, e],
            &[d, e],
            &[d, d],
            &[d],
            &[heads, d],
            &[heads],
        ];
        let v: Vec<Var> = dims.iter().map(|dims| draw(dims, 0.5)).collect();
        let maps = Maps {
            edge: &v[3],
            value: &v[4],
            value_bias: &v[5],
            attention: &v[6],
            attention_bias: &v[7],
        };
        let fused = listen(&v[0], &v[1], &v[2], &maps, &index, &mask).unwrap();
        let plain = plain(&v, &neighbours, &mask);
        agree(&[fused, plain], &v);
    }
}

//! Gathering what neighbours send, fast in both directions on CPU and CUDA.
//!
//! On the CPU a gather is `index_select`; what the residue network does with it is fused there, see
//! [`message`](super::message). On CUDA its gradient, `index_add`, runs serially over the N·K indices, so in training
//! it is a batched product with a one-hot matrix (B, L·K, L): chains are padded to one length L.

use candle_core::{DType, Result, Tensor};

use super::activation::silu;
use crate::models::kernels::product::tensor_product;

/// The K neighbours of each of N residues: B chains padded to L residues, N = B · L.
#[derive(Debug, Clone)]
pub struct Neighbours {
    /// (N · K,) u32, counted over all chains of the batch.
    index: Tensor,
    /// The same on the host.
    host: std::sync::Arc<Vec<u32>>,
    /// (B, L · K, L), for training on CUDA.
    one_hot: Option<Tensor>,
    /// N.
    residues: usize,
    /// K.
    count: usize,
}

impl Neighbours {
    /// `index` holds `chains · length · count` numbers below `chains · length`, none of which leaves its
    /// chain. With `training`, gradients will be asked for.
    pub fn new(
        index: Vec<u32>,
        (chains, length, count): (usize, usize, usize),
        training: bool,
        device: &candle_core::Device,
    ) -> Result<Self> {
        let residues = chains * length;
        let one_hot = if training && device.is_cuda() {
            let local = index
                .iter()
                .map(|&j| j % length as u32)
                .collect::<Vec<u32>>();
            let local = Tensor::from_vec(local, (chains, length * count, 1), device)?;
            let every = Tensor::arange(0, length as u32, device)?.reshape((1, 1, length))?;
            Some(local.broadcast_eq(&every)?.to_dtype(DType::F32)?)
        } else {
            None
        };
        let host = std::sync::Arc::new(index);
        Ok(Self {
            index: Tensor::from_slice(&host, residues * count, device)?,
            host,
            one_hot,
            residues,
            count,
        })
    }

    /// The indices, (N K).
    pub fn index(&self) -> &std::sync::Arc<Vec<u32>> {
        &self.host
    }

    /// N.
    pub fn residues(&self) -> usize {
        self.residues
    }

    /// K.
    pub fn count(&self) -> usize {
        self.count
    }

    /// x (N, d) → (N, K, d).
    pub fn gather(&self, x: &Tensor) -> Result<Tensor> {
        let d = x.dim(1)?;
        let rows = match &self.one_hot {
            Some(one_hot) => {
                let (chains, _, length) = one_hot.dims3()?;
                tensor_product(one_hot, &x.reshape((chains, length, d))?)? // (B, L K, d)
            }
            None => x.index_select(&self.index, 0)?, // (N K, d)
        };
        rows.reshape((self.residues, self.count, d))
    }

    /// x (N, d) → (N, K, d): each residue's own row, K times.
    pub fn repeat(&self, x: &Tensor) -> Result<Tensor> {
        let ones = Tensor::ones((self.residues, self.count, 1), x.dtype(), x.device())?;
        tensor_product(&ones, &x.unsqueeze(1)?)
    }

    /// silu(centre_i + sent_j + edge_ij): centre and sent (N, d), edge (N, K, d) → (N, K, d).
    pub fn message(&self, centre: &Tensor, sent: &Tensor, edge: &Tensor) -> Result<Tensor> {
        let around = (self.gather(sent)? + edge)?;
        let sum = if centre.track_op() {
            (around + self.repeat(centre)?)?
        } else {
            around.broadcast_add(&centre.unsqueeze(1)?)?
        };
        silu(&sum)
    }
}

/// Sums values (N, K, d) with the weights (N, K, heads) of their head → (N, d).
pub fn attend(weight: &Tensor, value: &Tensor) -> Result<Tensor> {
    let (n, _, heads) = weight.dims3()?;
    let d = value.dim(2)?;
    let every = tensor_product(&weight.transpose(1, 2)?, value)?; // (N, heads, d)
    let own = (0..heads * d)
        .map(|i| f32::from(u8::from((i % d) / (d / heads) == i / d)))
        .collect::<Vec<_>>();
    let own = Tensor::from_vec(own, (1, heads, d), value.device())?.to_dtype(value.dtype())?;
    every.broadcast_mul(&own)?.sum(1)?.reshape((n, d))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use candle_core::Device;

    fn values(t: &Tensor) -> Vec<f32> {
        t.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn each_head_weighs_its_own_share_of_the_values() {
        let weight = Tensor::new(&[[[1f32, 0.0], [0.0, 2.0]]], &Device::Cpu).unwrap();
        let value = Tensor::new(
            &[[[1f32, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]],
            &Device::Cpu,
        )
        .unwrap();
        assert_eq!(
            values(&attend(&weight, &value).unwrap()),
            [1.0, 2.0, 14.0, 16.0]
        );
    }
}

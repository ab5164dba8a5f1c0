//! Gathering what neighbours send, fast in both directions on CPU and CUDA.
//!
//! On the CPU a gather is `index_select` (and inside [`Neighbours::message`] fused with what
//! follows). On CUDA its gradient, `index_add`, runs serially over the N·K indices, so in training
//! it is a batched product with a one-hot matrix (B, L·K, L): chains are padded to one length L.

use candle_core::{CpuStorage, CustomOp3, DType, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::activation::{entries, silu, silu_of, silu_slope};

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
                one_hot.matmul(&x.reshape((chains, length, d))?)? // (B, L K, d)
            }
            None => x.index_select(&self.index, 0)?, // (N K, d)
        };
        rows.reshape((self.residues, self.count, d))
    }

    /// x (N, d) → (N, K, d): each residue's own row, K times.
    pub fn repeat(&self, x: &Tensor) -> Result<Tensor> {
        let ones = Tensor::ones((self.residues, self.count, 1), x.dtype(), x.device())?;
        ones.matmul(&x.unsqueeze(1)?)
    }

    /// silu(centre_i + sent_j + edge_ij): centre and sent (N, d), edge (N, K, d) → (N, K, d).
    pub fn message(&self, centre: &Tensor, sent: &Tensor, edge: &Tensor) -> Result<Tensor> {
        if centre.device().is_cpu() && centre.dtype() == DType::F32 {
            let op = Message {
                index: self.host.clone(),
                count: self.count,
            };
            return centre
                .contiguous()?
                .apply_op3(&sent.contiguous()?, &edge.contiguous()?, op);
        }
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
    let every = weight.transpose(1, 2)?.matmul(value)?; // (N, heads, d)
    let own = (0..heads * d)
        .map(|i| f32::from(u8::from((i % d) / (d / heads) == i / d)))
        .collect::<Vec<_>>();
    let own = Tensor::from_vec(own, (1, heads, d), value.device())?;
    every.broadcast_mul(&own)?.sum(1)?.reshape((n, d))
}

/// The fused message on the CPU.
#[derive(Clone)]
struct Message {
    index: std::sync::Arc<Vec<u32>>,
    count: usize,
}

impl CustomOp3 for Message {
    fn name(&self) -> &'static str {
        "message"
    }

    fn cpu_fwd(
        &self,
        centre: &CpuStorage,
        centre_layout: &Layout,
        sent: &CpuStorage,
        sent_layout: &Layout,
        edge: &CpuStorage,
        edge_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let out = self.over_edges(
            entries(centre, centre_layout)?,
            entries(sent, sent_layout)?,
            entries(edge, edge_layout)?,
            centre_layout.dims()[1],
            silu_of,
        );
        Ok((CpuStorage::F32(out), edge_layout.shape().clone()))
    }

    fn bwd(
        &self,
        centre: &Tensor,
        sent: &Tensor,
        edge: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let slope = SlopeOfMessage(self.clone());
        let slope = centre.contiguous()?.apply_op3_no_bwd(
            &sent.contiguous()?,
            &edge.contiguous()?,
            &slope,
        )?;
        let of_edge = (slope * gradient)?;
        let (n, d) = centre.dims2()?;
        let of_centre = of_edge.sum(1)?;
        let index = Tensor::from_slice(&self.index, self.index.len(), &candle_core::Device::Cpu)?;
        let of_sent = Tensor::zeros((n, d), DType::F32, &candle_core::Device::Cpu)?.index_add(
            &index,
            &of_edge.reshape((self.index.len(), d))?,
            0,
        )?;
        Ok((Some(of_centre), Some(of_sent), Some(of_edge)))
    }
}

impl Message {
    fn over_edges(
        &self,
        centre: &[f32],
        sent: &[f32],
        edge: &[f32],
        d: usize,
        f: impl Fn(f32) -> f32 + Sync,
    ) -> Vec<f32> {
        let mut out = vec![0f32; edge.len()];
        let block = self.count * d;
        out.par_chunks_mut(block)
            .zip(edge.par_chunks(block))
            .zip(self.index.par_chunks(self.count))
            .zip(centre.par_chunks(d))
            .for_each(|(((out, edge), index), centre)| {
                for ((out, edge), &j) in
                    out.chunks_exact_mut(d).zip(edge.chunks_exact(d)).zip(index)
                {
                    let sent = &sent[j as usize * d..][..d];
                    for (((out, &e), &s), &c) in out.iter_mut().zip(edge).zip(sent).zip(centre) {
                        *out = f(c + s + e);
                    }
                }
            });
        out
    }
}

/// SiLU' of the same sums.
struct SlopeOfMessage(Message);

impl CustomOp3 for SlopeOfMessage {
    fn name(&self) -> &'static str {
        "slope-of-message"
    }

    fn cpu_fwd(
        &self,
        centre: &CpuStorage,
        centre_layout: &Layout,
        sent: &CpuStorage,
        sent_layout: &Layout,
        edge: &CpuStorage,
        edge_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let out = self.0.over_edges(
            entries(centre, centre_layout)?,
            entries(sent, sent_layout)?,
            entries(edge, edge_layout)?,
            centre_layout.dims()[1],
            silu_slope,
        );
        Ok((CpuStorage::F32(out), edge_layout.shape().clone()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    fn values(t: &Tensor) -> Vec<f32> {
        t.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn the_fused_message_and_its_gradients_are_the_plain_ones() {
        let index = vec![1u32, 2, 0, 2, 0, 1, 4, 5, 5, 3, 3, 4];
        let neighbours = Neighbours::new(index, (2, 3, 2), true, &Device::Cpu).unwrap();
        let draw = |dims: &[usize]| {
            Var::from_tensor(&Tensor::randn(0f32, 1f32, dims, &Device::Cpu).unwrap()).unwrap()
        };
        let (centre, sent, edge) = (draw(&[6, 8]), draw(&[6, 8]), draw(&[6, 2, 8]));
        let weight = Tensor::randn(0f32, 1f32, (6, 2, 8), &Device::Cpu).unwrap();
        let fused = neighbours.message(&centre, &sent, &edge).unwrap();
        let plain = (neighbours.gather(&sent).unwrap() + edge.as_tensor()).unwrap();
        let plain = (plain + neighbours.repeat(&centre).unwrap())
            .unwrap()
            .silu()
            .unwrap();
        let [a, b] = [fused, plain].map(|y| {
            let loss = (&y * &weight).unwrap().sum_all().unwrap();
            let gradients = loss.backward().unwrap();
            let mut all = values(&y);
            for v in [&centre, &sent, &edge] {
                all.extend(values(gradients.get(v.as_tensor()).unwrap()));
            }
            all
        });
        assert_eq!(a.len(), b.len());
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5));
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

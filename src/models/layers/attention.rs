//! Softmax attention over all keys, by scalar products and by distances of points, fused on the CPU
//! with its gradient.
//!
//! By tensor operations every map of (queries, keys) numbers goes through memory a dozen times,
//! forwards and backwards. Here a few queries at a time stay in the cache, and the backward pass
//! makes their weights anew. The groups that run in parallel are independent, but for the gradient of
//! a shared bias, which depends on the number of threads by rounding alone.

mod passes;
mod rows;

use candle_core::{CpuStorage, CustomOp3, D, DType, Device, Layout, Result, Shape, Tensor};
use candle_nn::ops;

use super::activation::entries;
use super::fused::{is_fused, on_host};
use crate::models::kernels::product::tensor_product;

/// Queries that are answered at once by tensor operations where no gradient is asked for.
const ROWS: usize = 512;

/// Σ_j softmax_j(q_i · k_j − |p_i − r_j|² + bias_ij) v_j for B chains and H heads:
/// `query` (B, H, N, s + p), scalars and then points, `key_value` (B, H, M, s + p + v) likewise, then
/// the values → (B, H, N, v). `bias` (B | 1, H | 1, N | 1, M) is shared along the axes of length 1.
///
/// # Errors
/// Those of the device.
pub fn attend(
    query: &Tensor,
    key_value: &Tensor,
    bias: Option<&Tensor>,
    points: usize,
) -> Result<Tensor> {
    if !is_fused(query) {
        return by_tensors(query, key_value, bias, points);
    }
    let (batch, heads, queries, width) = query.dims4()?;
    let (_, _, keys, both) = key_value.dims4()?;
    let bias = match bias {
        Some(bias) => bias.contiguous()?,
        None => Tensor::zeros((1, 1, 1, keys), DType::F32, &Device::Cpu)?,
    };
    let (b, h, n, _) = bias.dims4()?;
    let attention = Attention {
        sizes: Sizes {
            batch,
            heads,
            queries,
            keys,
            scalars: width - points,
            points,
            values: both - width,
            bias: [b, h, n],
        },
        bias_learns: bias.track_op(),
    };
    query
        .contiguous()?
        .apply_op3(&key_value.contiguous()?, &bias, attention)
}

/// The same by tensor operations, for other devices and numbers.
fn by_tensors(
    query: &Tensor,
    key_value: &Tensor,
    bias: Option<&Tensor>,
    points: usize,
) -> Result<Tensor> {
    let (_, _, n, width) = query.dims4()?;
    let scalars = width - points;
    let (key, value) = (
        key_value.narrow(3, 0, width)?,
        key_value.narrow(3, width, key_value.dim(3)? - width)?,
    );
    let value = value.contiguous()?;
    let rows = if query.track_op() { n } else { ROWS };
    let mut parts = Vec::new();
    for start in (0..n).step_by(rows) {
        let count = rows.min(n - start);
        let query = query.narrow(2, start, count)?;
        let [a, b] = [&query, &key].map(|x| x.narrow(3, 0, scalars)?.contiguous());
        let mut logits = tensor_product(&a?, &b?.t()?)?;
        if points > 0 {
            let [a, b] = [&query, &key].map(|x| x.narrow(3, scalars, points));
            logits = (logits - squared_distances(&a?, &b?)?)?;
        }
        if let Some(bias) = bias {
            let own = bias.dim(2)? > 1;
            let bias = if own {
                bias.narrow(2, start, count)?
            } else {
                bias.clone()
            };
            logits = logits.broadcast_add(&bias)?;
        }
        let weight = if logits.track_op() {
            ops::softmax(&logits, D::Minus1)?
        } else {
            ops::softmax_last_dim(&logits)?
        };
        parts.push(tensor_product(&weight, &value)?);
    }
    Tensor::cat(&parts, 2)
}

/// Squared distances (…, N, M) of points (…, N, p) and (…, M, p), through f64 where there is one: far
/// from the origin the parts are much larger than what remains.
fn squared_distances(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let wide = match a.device() {
        Device::Metal(_) => DType::F32,
        _ => DType::F64,
    };
    let (from, a, b) = (a.dtype(), a.to_dtype(wide)?, b.to_dtype(wide)?);
    let own = a.sqr()?.sum_keepdim(D::Minus1)?;
    let other = b.sqr()?.sum_keepdim(D::Minus1)?.t()?;
    let product = tensor_product(&a.contiguous()?, &b.contiguous()?.t()?)?;
    (product * -2.0)?
        .broadcast_add(&own)?
        .broadcast_add(&other)?
        .to_dtype(from)
}

/// Sizes of an attention.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    batch: usize,
    heads: usize,
    queries: usize,
    keys: usize,
    scalars: usize,
    points: usize,
    values: usize,
    /// Of the bias, but for the keys.
    bias: [usize; 3],
}

impl Sizes {
    /// Numbers of a query.
    fn width(self) -> usize {
        self.scalars + self.points
    }

    /// Numbers of a key with its value.
    fn both(self) -> usize {
        self.width() + self.values
    }

    /// Chains times heads.
    fn groups(self) -> usize {
        self.batch * self.heads
    }

    /// Where the bias of a group begins.
    fn bias_start(self, group: usize) -> usize {
        let [b, h, n] = self.bias;
        let chain = (group / self.heads).min(b - 1);
        let head = (group % self.heads).min(h - 1);
        (chain * h + head) * n * self.keys
    }

    /// The shape of the result.
    fn out(self) -> Shape {
        (self.batch, self.heads, self.queries, self.values).into()
    }
}

/// The operation; its arguments are query, key with value, and bias.
struct Attention {
    sizes: Sizes,
    bias_learns: bool,
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "attend"
    }

    fn cpu_fwd(
        &self,
        query: &CpuStorage,
        query_layout: &Layout,
        key_value: &CpuStorage,
        key_value_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let out = passes::forward(&passes::Inputs {
            sizes: self.sizes,
            query: entries(query, query_layout)?,
            key_value: entries(key_value, key_value_layout)?,
            bias: entries(bias, bias_layout)?,
        });
        Ok((CpuStorage::F32(out), self.sizes.out()))
    }

    fn bwd(
        &self,
        query: &Tensor,
        key_value: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let found = on_host(
            [query, key_value, bias, &gradient],
            |[query, key_value, bias, gradient]| {
                let inputs = passes::Inputs {
                    sizes: self.sizes,
                    query,
                    key_value,
                    bias,
                };
                passes::backward(&inputs, gradient, self.bias_learns)
            },
        )?;
        let back = |values, like: &Tensor| Tensor::from_vec(values, like.shape(), like.device());
        let of_bias = self.bias_learns.then(|| back(found.bias, bias));
        Ok((
            Some(back(found.query, query)?),
            Some(back(found.key_value, key_value)?),
            of_bias.transpose()?,
        ))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use candle_core::Var;

    fn draw(dims: &[usize], scale: f32) -> Var {
        Var::from_tensor(&Tensor::randn(0f32, scale, dims, &Device::Cpu).unwrap()).unwrap()
    }

    fn values(t: &Tensor) -> Vec<f32> {
        t.flatten_all().unwrap().to_vec1().unwrap()
    }

    /// Both ways, and all gradients.
    fn agree(query: &Var, key_value: &Var, bias: &Tensor, points: usize, learned: &[&Var]) {
        let (b, h, n, width) = query.dims4().unwrap();
        let out = key_value.dim(3).unwrap() - width;
        let weight = Tensor::randn(0f32, 1f32, (b, h, n, out), &Device::Cpu).unwrap();
        let [x, y] = [attend, by_tensors].map(|f| {
            let found = f(query, key_value, Some(bias), points).unwrap();
            let loss = (&found * &weight).unwrap().sum_all().unwrap();
            let gradients = loss.backward().unwrap();
            let mut all = vec![values(&found)];
            all.extend(
                learned
                    .iter()
                    .map(|v| values(gradients.get(v.as_tensor()).unwrap())),
            );
            all
        });
        for (which, (x, y)) in x.iter().zip(&y).enumerate() {
            let size = y.iter().fold(1f32, |m, v| m.max(v.abs()));
            let far = x.iter().zip(y).fold(0f32, |m, (x, y)| m.max((x - y).abs()));
            assert!(far <= 2e-5 * size, "{which}: {far} of {size}");
        }
    }

    #[test]
    fn points_and_pads_with_all_gradients() {
        let (b, h, n, scalars, points, out) = (2, 3, 150, 7, 6, 11);
        let query = draw(&[b, h, n, scalars + points], 0.7);
        let key_value = draw(&[b, h, n, scalars + points + out], 0.7);
        let mask: Vec<f32> = (0..b * n)
            .map(|at| if at % n > 120 && at < n { -1e9 } else { 0.0 })
            .collect();
        let mask = Tensor::from_vec(mask, (b, 1, 1, n), &Device::Cpu).unwrap();
        agree(&query, &key_value, &mask, points, &[&query, &key_value]);
    }

    #[test]
    fn a_bias_that_lines_share_with_all_gradients() {
        let (b, h, n) = (9, 2, 21);
        let query = draw(&[b, h, n, 4], 1.0);
        let key_value = draw(&[b, h, n, 4 + 5], 1.0);
        let bias = draw(&[1, h, n, n], 1.0);
        agree(
            &query,
            &key_value,
            bias.as_tensor(),
            0,
            &[&query, &key_value, &bias],
        );
    }

    #[test]
    fn far_from_the_origin_distances_keep_their_digits() {
        let (n, points) = (40, 12);
        let near = draw(&[1, 1, n, 1 + points], 1.0);
        let value = draw(&[1, 1, n, 3], 1.0);
        let answer = |shift: f64| {
            let moved: Vec<f32> = (0..=points)
                .map(|i| if i == 0 { 0.0 } else { shift as f32 })
                .collect();
            let moved = Tensor::new(moved, &Device::Cpu).unwrap();
            let query = near.broadcast_add(&moved).unwrap().detach();
            let key_value = Tensor::cat(&[&query, value.as_tensor()], 3).unwrap();
            values(&attend(&query, &key_value.detach(), None, points).unwrap())
        };
        let (here, there) = (answer(0.0), answer(64.0));
        let pairs = here.iter().zip(&there);
        let far = pairs.fold(0f32, |m, (a, b)| m.max((a - b).abs()));
        assert!(far < 1e-3, "{far}");
    }
}

//! The encoder on the CPU: plain `f32` rows, fused row operations and gemm, no tensor library.
//!
//! Sequences of any lengths are packed one after the other without padding, so that a sequence's
//! result does not depend on its company. Weights are kept as (inputs, outputs), contiguous, the
//! layout in which gemm is fastest. A batch is cut into groups, one thread each, from embedding to
//! last layer; a batch too small for that uses all threads inside each operation.

mod beside;
mod pass;

use std::ops::Range;

use candle_core::Tensor;
use candle_nn::VarBuilder;
use rayon::prelude::*;
use tracing::trace_span;

pub(crate) use self::beside::Trace;
use self::beside::{Map, Way};
use self::pass::Pass;
use super::config::{Config, FIRST_POSITION};
use crate::models::error::ModelError;
use crate::models::kernels::attention::{Inputs, probabilities};
use crate::models::kernels::linear::{Linear, Norm, gelu_rows};
use crate::models::kernels::matmul::{Threads, View, ViewMut, multiply};
use crate::models::tokenizer::{MASK, Token, VOCABULARY, masked_fraction};
use crate::progress::{Cancelled, Checkpoint, Step};

/// Rows of a group that one thread takes through the layers.
const GROUP_ROWS: usize = 512;

struct Layer {
    index: usize,
    attention_norm: Norm,
    /// Query, key and value side by side; the bias of the value is in the bias of `output`, since
    /// attention weights add up to 1.
    query_key_value: Linear,
    output: Linear,
    norm: Norm,
    up: Linear,
    down: Linear,
}

impl Layer {
    fn load(vb: &VarBuilder<'_>, config: &Config, index: usize) -> candle_core::Result<Self> {
        let width = config.width;
        let vb = vb.pp(index);
        let inner = vb.pp("attention").pp("self");
        let parts =
            ["query", "key", "value"].map(|part| Linear::load(&inner.pp(part), width, width));
        let [query, key, value] = parts;
        let (query, key, value) = (query?, key?, value?);
        let mut output = Linear::load(&vb.pp("attention").pp("output").pp("dense"), width, width)?;
        let mut folded = std::mem::take(&mut output.bias);
        let through = View::new(&output.weight, width, width);
        multiply(
            ViewMut::new(&mut folded, 1, width),
            true,
            View::new(&value.bias, 1, width),
            through,
            Threads::One,
        );
        output.bias = folded;
        Ok(Self {
            index,
            attention_norm: Norm::load(
                &vb.pp("attention").pp("LayerNorm"),
                width,
                config.layer_norm_eps,
            )?,
            query_key_value: side_by_side(&[query, key, value]),
            output,
            norm: Norm::load(&vb.pp("LayerNorm"), width, config.layer_norm_eps)?,
            up: Linear::load(
                &vb.pp("intermediate").pp("dense"),
                width,
                config.feed_forward,
            )?,
            down: Linear::load(&vb.pp("output").pp("dense"), config.feed_forward, width)?,
        })
    }

    fn make_integers(&self) {
        for map in Map::ALL {
            self.map(map).integers();
        }
    }

    fn map(&self, map: Map) -> &Linear {
        match map {
            Map::QueryKeyValue => &self.query_key_value,
            Map::Output => &self.output,
            Map::Up => &self.up,
            Map::Down => &self.down,
        }
    }
}

fn side_by_side(parts: &[Linear; 3]) -> Linear {
    let [first, ..] = parts;
    let mut weight = Vec::with_capacity(3 * first.weight.len());
    for row in 0..first.inputs {
        for part in parts {
            weight.extend_from_slice(&part.weight[row * part.outputs..][..part.outputs]);
        }
    }
    let bias = parts.iter().flat_map(|p| p.bias.iter().copied()).collect();
    Linear::new(weight, bias)
}

/// The encoder's weights.
pub(crate) struct Encoder {
    config: Config,
    embedding: Vec<f32>,
    /// Learned, from that of the first token on; none where positions are angles.
    positions: Vec<f32>,
    embedding_norm: Option<Norm>,
    layers: Vec<Layer>,
    last_norm: Norm,
}

/// Queries and keys of every layer of one sequence: from them any rows of the attention maps can be
/// had again, without holding the maps.
pub(crate) struct Attention {
    layers: Vec<(Vec<f32>, Vec<f32>)>,
    length: usize,
    width: usize,
    heads: usize,
}

impl Attention {
    /// Probabilities of some query rows: (channel, row, key), layer-major.
    pub fn rows(&self, rows: &Range<usize>, out: &mut Vec<f32>) {
        let of_a_layer = self.heads * rows.len() * self.length;
        out.resize(self.layers.len() * of_a_layer, 0.0);
        for ((queries, keys_values), out) in
            self.layers.iter().zip(out.chunks_exact_mut(of_a_layer))
        {
            let inputs = Inputs {
                queries,
                keys_values,
                width: self.width,
                heads: self.heads,
            };
            probabilities(inputs, self.length, rows, out);
        }
    }
}

impl Encoder {
    /// Reads the tensors below a prefix (`esm`, `esm2`).
    pub fn load(vb: &VarBuilder<'_>, config: &Config) -> candle_core::Result<Self> {
        let embeddings = vb.pp("embeddings");
        let (width, epsilon) = (config.width, config.layer_norm_eps);
        let positions = if config.has_learned_positions() {
            let table = embeddings.pp("position_embeddings");
            let table = table.get((config.learned_positions(), width), "weight")?;
            let table = table.narrow(0, FIRST_POSITION, table.dim(0)? - FIRST_POSITION)?;
            table.flatten_all()?.to_vec1()?
        } else {
            Vec::new()
        };
        let encoder = vb.pp("encoder");
        let layers = (0..config.layers)
            .map(|i| Layer::load(&encoder.pp("layer"), config, i))
            .collect::<candle_core::Result<_>>()?;
        Ok(Self {
            embedding: embeddings
                .pp("word_embeddings")
                .get((VOCABULARY, width), "weight")?
                .flatten_all()?
                .to_vec1()?,
            positions,
            embedding_norm: if config.norms_embedding() {
                Some(Norm::load(&embeddings.pp("layer_norm"), width, epsilon)?)
            } else {
                None
            },
            layers,
            last_norm: Norm::load(&encoder.pp("emb_layer_norm_after"), width, epsilon)?,
            config: config.clone(),
        })
    }

    /// Runs `then` on the last hidden states of groups of sequences, and returns what it makes of
    /// each group, in order. `wanted` are the token positions of each sequence whose states are
    /// needed (`None` = all); `then` gets the first sequence of its group, the packed rows, and how
    /// many threads it may use.
    pub fn encode<R: Send>(
        &self,
        sequences: &[&[Token]],
        wanted: Option<&[&[usize]]>,
        checkpoint: &dyn Checkpoint,
        then: impl Fn(Range<usize>, Vec<f32>, Threads) -> R + Sync,
    ) -> Result<Vec<R>, ModelError> {
        let groups = groups(sequences);
        let run = |group: &Range<usize>, threads| {
            let some = Group {
                sequences: &sequences[group.clone()],
                wanted: wanted.map(|w| &w[group.clone()]),
                threads,
                way: Way::Plain,
            };
            let rows = self.encode_group(some, checkpoint, None)?;
            Ok(then(group.clone(), rows, threads))
        };
        if groups.len() >= rayon::current_num_threads() {
            groups.par_iter().map(|g| run(g, Threads::One)).collect()
        } else {
            groups.iter().map(|g| run(g, Threads::All)).collect()
        }
    }

    /// The same for sequences that differ from that of a trace by substitutions, beside it.
    pub fn encode_beside<R: Send>(
        &self,
        trace: &Trace,
        sequences: &[&[Token]],
        checkpoint: &dyn Checkpoint,
        then: impl Fn(Range<usize>, Vec<f32>, Threads) -> R + Sync,
    ) -> Result<Vec<R>, ModelError> {
        let fits = |s: &&[Token]| s.len() == trace.tokens;
        assert!(sequences.iter().all(fits), "as long as the trace");
        let run = |group: &Range<usize>| {
            let some = Group {
                sequences: &sequences[group.clone()],
                wanted: None,
                threads: Threads::One,
                way: Way::beside(trace),
            };
            let rows = self.encode_group(some, checkpoint, None)?;
            Ok(then(group.clone(), rows, Threads::One))
        };
        groups(sequences).par_iter().map(run).collect()
    }

    /// The last hidden states of one sequence and its trace.
    pub fn encode_with_trace(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
    ) -> Result<(Vec<f32>, Trace), ModelError> {
        // Now, before several threads want them at once.
        (self.layers.par_iter()).try_for_each(|layer| {
            checkpoint.reached(0, self.layers.len())?;
            layer.make_integers();
            Ok::<_, Cancelled>(())
        })?;
        let mut trace = Trace::new(&self.config, sequence.len());
        let group = Group {
            sequences: &[sequence],
            wanted: None,
            threads: Threads::All,
            way: Way::Keep(&mut trace),
        };
        let rows = self.encode_group(group, checkpoint, None)?;
        Ok((rows, trace))
    }

    /// The last hidden states of one sequence and what its attention maps are made of.
    pub fn encode_with_attention(
        &self,
        sequence: &[Token],
        checkpoint: &dyn Checkpoint,
    ) -> Result<(Vec<f32>, Attention), ModelError> {
        let mut attention = Attention {
            layers: Vec::with_capacity(self.layers.len()),
            length: sequence.len(),
            width: self.config.width,
            heads: self.config.heads,
        };
        let group = Group {
            sequences: &[sequence],
            wanted: None,
            threads: Threads::All,
            way: Way::Plain,
        };
        let rows = self.encode_group(group, checkpoint, Some(&mut attention))?;
        Ok((rows, attention))
    }

    fn encode_group(
        &self,
        group: Group<'_>,
        checkpoint: &dyn Checkpoint,
        mut kept: Option<&mut Attention>,
    ) -> Result<Vec<f32>, ModelError> {
        let (wanted, threads) = (group.wanted, group.threads);
        let mut pass = Pass::start(self, group);
        let mut pending: &[f32] = &vec![0.0; self.config.width];
        for (i, layer) in self.layers.iter().enumerate() {
            let step = Step::new(checkpoint, i, self.layers.len());
            let _span = trace_span!("esm2 layer", index = i).entered();
            pass.keys_and_values(layer, pending, &step)?;
            if let Some(wanted) = wanted.filter(|_| i + 1 == self.layers.len()) {
                pass.keep_only(wanted);
            }
            pass.attention(layer, &step)?;
            if let Some(kept) = kept.as_deref_mut() {
                kept.layers
                    .push((pass.queries.clone(), pass.keys_values.clone()));
            }
            pass.feed_forward(layer, &step)?;
            pending = &layer.down.bias;
        }
        let Pass {
            mut hidden,
            mut normed,
            ..
        } = pass;
        self.last_norm
            .apply(&mut hidden, pending, threads, &mut normed);
        Ok(normed)
    }

    /// Embeds with token dropout: masked embeddings are zero, the rest make up for them.
    fn embed(&self, sequence: &[Token], out: &mut Vec<f32>) {
        let (width, start) = (self.config.width, out.len());
        let scale = if self.config.token_dropout {
            (1.0 - 0.15 * 0.8) / (1.0 - masked_fraction(sequence))
        } else {
            1.0
        };
        for &token in sequence {
            let row = &self.embedding[usize::from(token) * width..][..width];
            if token == MASK && self.config.token_dropout {
                out.extend(std::iter::repeat_n(0.0, width));
            } else {
                out.extend(row.iter().map(|v| v * scale));
            }
        }
        let own = &mut out[start..];
        for (x, position) in own.iter_mut().zip(&self.positions) {
            *x += position;
        }
        if let Some(norm) = &self.embedding_norm {
            let mut normed = vec![0.0; own.len()];
            norm.apply(own, &vec![0.0; width], Threads::One, &mut normed);
            own.copy_from_slice(&normed);
        }
    }
}

/// Sequences that go through the layers together.
struct Group<'a> {
    sequences: &'a [&'a [Token]],
    /// Token positions of each sequence whose last states are needed; `None` = all.
    wanted: Option<&'a [&'a [usize]]>,
    threads: Threads,
    way: Way<'a>,
}

/// Cuts a batch into runs of sequences of about [`GROUP_ROWS`] tokens or fewer, as many for every
/// thread where that is possible.
fn groups(sequences: &[&[Token]]) -> Vec<Range<usize>> {
    let total: usize = sequences.iter().map(|s| s.len()).sum();
    let threads = rayon::current_num_threads();
    let count = threads * total.div_ceil(threads * GROUP_ROWS);
    let mut before = 0;
    let group_of = sequences.iter().map(|sequence| {
        let middle = before + sequence.len() / 2;
        before += sequence.len();
        middle * count / total.max(1)
    });
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for (i, group) in group_of.enumerate() {
        match groups.last_mut() {
            Some(range) if last == Some(group) => range.end = i + 1,
            _ => groups.push(i..i + 1),
        }
        last = Some(group);
    }
    groups
}

/// The language-model head: logits of the 33 tokens from last hidden states.
pub(crate) struct Head {
    dense: Linear,
    norm: Norm,
    /// (token, width).
    output: Vec<f32>,
    bias: Vec<f32>,
}

impl Head {
    /// Reads the tensors below `lm_head`; `output` is the last matrix.
    pub fn load(
        vb: &VarBuilder<'_>,
        output: &Tensor,
        config: &Config,
    ) -> candle_core::Result<Self> {
        Ok(Self {
            output: output.flatten_all()?.to_vec1()?,
            dense: Linear::load(&vb.pp("dense"), config.width, config.width)?,
            norm: Norm::load(&vb.pp("layer_norm"), config.width, config.layer_norm_eps)?,
            bias: vb.get(VOCABULARY, "bias")?.to_vec1()?,
        })
    }

    /// Logits of packed rows, (row, token).
    pub fn logits(&self, states: &[f32], threads: Threads) -> Vec<f32> {
        let width = self.dense.outputs;
        let rows = states.len() / width;
        let mut inner = vec![0.0; states.len()];
        self.dense.apply(states, false, threads, &mut inner);
        gelu_rows(&mut inner, &self.dense.bias, threads);
        let mut normed = vec![0.0; states.len()];
        self.norm
            .apply(&mut inner, &vec![0.0; width], threads, &mut normed);
        let mut logits = self.bias.repeat(rows);
        multiply(
            ViewMut::new(&mut logits, rows, VOCABULARY),
            true,
            View::new(&normed, rows, width),
            View::new(&self.output, VOCABULARY, width).transposed(),
            threads,
        );
        logits
    }
}

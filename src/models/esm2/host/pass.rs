//! One group of sequences on its way through the layers.

use super::beside::{Job, Map, Way};
use super::{Encoder, Group, Layer};
use crate::models::esm2::config::Config;
use crate::models::kernels::attention::{Inputs, Span, attend};
use crate::models::kernels::linear::{each_row, gelu_rows};
use crate::models::kernels::matmul::Threads;
use crate::models::kernels::rows::turn;
use crate::progress::{Cancelled, Checkpoint};

/// Rows that pass the feed-forward block at once in a group, to stay in the cache.
const FEED_FORWARD_ROWS: usize = 256;

/// The buffers of one group on its way through the layers.
pub(super) struct Pass<'a> {
    config: &'a Config,
    threads: Threads,
    way: Way<'a>,
    spans: Vec<Span>,
    /// Position of every query row in its sequence.
    query_positions: Vec<usize>,
    key_positions: Vec<usize>,
    angles: Angles,
    pub hidden: Vec<f32>,
    pub normed: Vec<f32>,
    pub queries: Vec<f32>,
    pub keys_values: Vec<f32>,
    context: Vec<f32>,
    inner: Vec<f32>,
}

impl<'a> Pass<'a> {
    pub fn start(encoder: &'a Encoder, group: Group<'a>) -> Self {
        let Group {
            sequences,
            threads,
            way,
            ..
        } = group;
        let config = &encoder.config;
        let mut hidden = Vec::new();
        let mut spans = Vec::with_capacity(sequences.len());
        let mut positions = Vec::new();
        for sequence in sequences {
            let rows = positions.len()..positions.len() + sequence.len();
            encoder.embed(sequence, &mut hidden);
            positions.extend(0..sequence.len());
            spans.push(Span {
                queries: rows.clone(),
                keys: rows,
            });
        }
        let longest = sequences.iter().map(|s| s.len()).max().unwrap_or(0);
        let size = hidden.len();
        Self {
            config,
            threads,
            way,
            spans,
            query_positions: positions.clone(),
            key_positions: positions,
            angles: Angles::new(longest, config),
            hidden,
            normed: vec![0.0; size],
            queries: vec![0.0; size],
            keys_values: vec![0.0; 2 * size],
            context: vec![0.0; size],
            inner: Vec::new(),
        }
    }

    pub fn keys_and_values(
        &mut self,
        layer: &Layer,
        pending: &[f32],
        checkpoint: &dyn Checkpoint,
    ) -> Result<(), Cancelled> {
        let width = self.config.width;
        let threads = self.threads;
        layer
            .attention_norm
            .apply(&mut self.hidden, pending, threads, &mut self.normed);
        let linear = &layer.query_key_value;
        let job = Job {
            layer,
            map: Map::QueryKeyValue,
            columns: width..3 * width,
            positions: &self.key_positions,
            threads,
        };
        let (x, out) = (&self.normed, &mut self.keys_values);
        (self.way).apply_in_blocks(&job, x, false, out, checkpoint)?;
        let bias = &linear.bias[width..2 * width];
        let (angles, positions) = (&self.angles, &self.key_positions);
        each_row(&mut self.keys_values, 2 * width, threads, |i, row| {
            let (cos, sin) = angles.at(positions[i]);
            turn(&mut row[..width], bias, 1.0, cos, sin);
        });
        Ok(())
    }

    /// Drops every query row that nobody will look at; keys and values stay.
    pub fn keep_only(&mut self, wanted: &[&[usize]]) {
        let width = self.config.width;
        let (mut hidden, mut normed) = (Vec::new(), Vec::new());
        let mut positions = Vec::new();
        for (span, wanted) in self.spans.iter_mut().zip(wanted) {
            let start = positions.len();
            for &position in *wanted {
                let row = (span.queries.start + position) * width;
                hidden.extend_from_slice(&self.hidden[row..row + width]);
                normed.extend_from_slice(&self.normed[row..row + width]);
                positions.push(position);
            }
            span.queries = start..positions.len();
        }
        self.queries.truncate(hidden.len());
        self.context.truncate(hidden.len());
        self.hidden = hidden;
        self.normed = normed;
        self.query_positions = positions;
    }

    pub fn attention(
        &mut self,
        layer: &Layer,
        checkpoint: &dyn Checkpoint,
    ) -> Result<(), Cancelled> {
        let width = self.config.width;
        let threads = self.threads;
        let linear = &layer.query_key_value;
        let job = Job {
            layer,
            map: Map::QueryKeyValue,
            columns: 0..width,
            positions: &self.query_positions,
            threads,
        };
        let (x, out) = (&self.normed, &mut self.queries);
        (self.way).apply_in_blocks(&job, x, false, out, checkpoint)?;
        let bias = &linear.bias[..width];
        let scale = 1.0 / (self.config.head_width() as f32).sqrt();
        let (angles, positions) = (&self.angles, &self.query_positions);
        each_row(&mut self.queries, width, threads, |i, row| {
            let (cos, sin) = angles.at(positions[i]);
            turn(row, bias, scale, cos, sin);
        });
        let inputs = Inputs {
            queries: &self.queries,
            keys_values: &self.keys_values,
            width,
            heads: self.config.heads,
        };
        attend(inputs, &self.spans, threads, checkpoint, &mut self.context)?;
        let job = Job {
            layer,
            map: Map::Output,
            columns: 0..width,
            positions: &self.query_positions,
            threads,
        };
        let (x, out) = (&self.context, &mut self.hidden);
        (self.way).apply_in_blocks(&job, x, true, out, checkpoint)
    }

    pub fn feed_forward(
        &mut self,
        layer: &Layer,
        checkpoint: &dyn Checkpoint,
    ) -> Result<(), Cancelled> {
        let threads = self.threads;
        layer.norm.apply(
            &mut self.hidden,
            &layer.output.bias,
            threads,
            &mut self.normed,
        );
        let width = self.config.width;
        let block = FEED_FORWARD_ROWS * threads.count();
        let blocks = self
            .normed
            .chunks(block * width)
            .zip(self.hidden.chunks_mut(block * width))
            .zip(self.query_positions.chunks(block));
        for ((normed, hidden), positions) in blocks {
            checkpoint.reached(0, 1)?;
            self.inner.resize(positions.len() * layer.up.outputs, 0.0);
            let job = |map, outputs| Job {
                layer,
                map,
                columns: 0..outputs,
                positions,
                threads,
            };
            let up = job(Map::Up, layer.up.outputs);
            self.way.apply(&up, normed, false, &mut self.inner);
            gelu_rows(&mut self.inner, &layer.up.bias, threads);
            let down = job(Map::Down, width);
            self.way.apply(&down, &self.inner, true, hidden);
        }
        Ok(())
    }
}

/// Cosines and sines of the rotary angles, base 10 000; all zero where positions are learned.
struct Angles {
    cos: Vec<f32>,
    sin: Vec<f32>,
    half: usize,
}

impl Angles {
    fn new(length: usize, config: &Config) -> Self {
        let (head_width, turned) = (config.head_width(), !config.has_learned_positions());
        let half = head_width / 2;
        let angles = (0..length).flat_map(|position| {
            (0..half).map(move |i| {
                let exponent = (2 * i) as f32 / head_width as f32;
                let position = if turned { position as f32 } else { 0.0 };
                position * (1.0 / 10_000_f32.powf(exponent))
            })
        });
        let (cos, sin) = angles.map(|a| (a.cos(), a.sin())).unzip();
        Self { cos, sin, half }
    }

    fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let range = position * self.half..(position + 1) * self.half;
        (&self.cos[range.clone()], &self.sin[range])
    }
}

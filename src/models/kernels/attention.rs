//! Attention of packed sequences on the CPU: a task is a few query rows of one sequence, all heads,
//! so that no map of the whole sequence is ever held.

use std::ops::{Range, RangeInclusive};

use rayon::prelude::*;

use super::matmul::{Threads, View, ViewMut, multiply};
use super::rows::softmax;
use crate::progress::{Cancelled, Checkpoint};

/// Most scores of a task: they stay in the cache.
const SCORES: usize = 16 * 1024;
/// Fewest and most query rows of a task.
const TILES: RangeInclusive<usize> = 64..=128;
/// Rows of scores are padded to whole vectors.
const LANES: usize = 16;

/// The rows of one sequence among packed queries and packed keys.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// Its rows among the queries.
    pub queries: Range<usize>,
    /// Its rows among the keys and values.
    pub keys: Range<usize>,
}

/// Queries (rows of `width`), keys and values (rows of key, then value), rotary angles applied.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    pub queries: &'a [f32],
    pub keys_values: &'a [f32],
    pub width: usize,
    pub heads: usize,
}

/// Writes softmax(q kᵀ) v of every span and head into rows of `width`; the checkpoint is asked every
/// few rows.
pub(crate) fn attend(
    inputs: Inputs<'_>,
    spans: &[Span],
    threads: Threads,
    checkpoint: &dyn Checkpoint,
    out: &mut [f32],
) -> Result<(), Cancelled> {
    let tasks = tasks(spans, inputs.width, threads, out);
    let count = tasks.len();
    let tile = |scores: &mut Vec<f32>, (at, (span, rows, out)): (usize, Task<'_>)| {
        checkpoint.reached(at, count)?;
        attend_tile(inputs, span, rows, scores, out);
        Ok(())
    };
    match threads {
        Threads::One => {
            let mut scores = Vec::new();
            let mut tasks = tasks.into_iter().enumerate();
            tasks.try_for_each(|task| tile(&mut scores, task))
        }
        Threads::All => (tasks.into_par_iter().enumerate()).try_for_each_init(Vec::new, tile),
    }
}

type Task<'a> = (&'a Span, Range<usize>, &'a mut [f32]);

fn tasks<'a>(
    spans: &'a [Span],
    width: usize,
    threads: Threads,
    mut out: &'a mut [f32],
) -> Vec<Task<'a>> {
    let mut tasks = Vec::new();
    for span in spans {
        let fitting = SCORES / span.keys.len().max(1);
        let most = fitting.clamp(*TILES.start(), *TILES.end());
        let tile = match threads {
            Threads::One => most,
            Threads::All => span
                .queries
                .len()
                .div_ceil(2 * rayon::current_num_threads())
                .clamp(8, most),
        };
        for start in span.queries.clone().step_by(tile) {
            let rows = start..(start + tile).min(span.queries.end);
            let (head, tail) = std::mem::take(&mut out).split_at_mut(rows.len() * width);
            tasks.push((span, rows, head));
            out = tail;
        }
    }
    tasks
}

fn attend_tile(
    inputs: Inputs<'_>,
    span: &Span,
    rows: Range<usize>,
    scores: &mut Vec<f32>,
    out: &mut [f32],
) {
    let Inputs { width, heads, .. } = inputs;
    let head_width = width / heads;
    let (count, length) = (rows.len(), span.keys.len());
    let stride = length.next_multiple_of(LANES);
    scores.resize(count * stride, 0.0);
    let values = &inputs.keys_values[span.keys.start * 2 * width + width..];
    for head in 0..heads {
        let at = head * head_width;
        score(inputs, &span.keys, rows.clone(), head, stride, scores);
        for row in scores.chunks_exact_mut(stride) {
            row[length..].fill(f32::NEG_INFINITY);
            softmax(row);
        }
        multiply(
            ViewMut::strided(&mut out[at..], count, head_width, width),
            false,
            View::strided(scores, count, length, stride),
            View::strided(&values[at..], length, head_width, 2 * width),
            Threads::One,
        );
    }
}

/// q kᵀ of one head: (rows, keys), rows `stride` apart.
fn score(
    inputs: Inputs<'_>,
    keys: &Range<usize>,
    rows: Range<usize>,
    head: usize,
    stride: usize,
    out: &mut [f32],
) {
    let width = inputs.width;
    let head_width = width / inputs.heads;
    let at = head * head_width;
    let queries = &inputs.queries[rows.start * width + at..];
    let key_rows = &inputs.keys_values[keys.start * 2 * width + at..];
    multiply(
        ViewMut::strided(out, rows.len(), keys.len(), stride),
        false,
        View::strided(queries, rows.len(), head_width, width),
        View::strided(key_rows, keys.len(), head_width, 2 * width).transposed(),
        Threads::One,
    );
}

/// Attention probabilities of some rows of one sequence: (head, row, key).
pub(crate) fn probabilities(
    inputs: Inputs<'_>,
    length: usize,
    rows: &Range<usize>,
    out: &mut [f32],
) {
    for (head, out) in out.chunks_exact_mut(rows.len() * length).enumerate() {
        score(inputs, &(0..length), rows.clone(), head, length, out);
        for row in out.chunks_exact_mut(length) {
            softmax(row);
        }
    }
}

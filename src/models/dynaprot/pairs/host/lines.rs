//! Triangle attention: every line of the map attends inside itself.

use candle_core::Result;
use rayon::prelude::*;

use super::super::{TriangleAttention, Way};
use super::{Maps, Pairs, add_to, open};
use crate::models::error::ModelError;
use crate::models::kernels::lines::{Bias, Line, QUERIES, Room, attend};
use crate::models::layers::standard::standardise;
use crate::progress::{Cancelled, Checkpoint};

/// Lines of each thread in a batch.
const LINES: usize = 4;

/// Adds what triangle attention makes of the pairs.
pub(in super::super) fn attend_lines(
    part: &TriangleAttention,
    pairs: &mut Pairs,
    checkpoint: &dyn Checkpoint,
) -> std::result::Result<(), ModelError> {
    let (n, d) = (pairs.n, pairs.width);
    let attention = Attention {
        biases: biases(part, pairs, checkpoint)?,
        maps: mapped_states(part, d)?,
        out: Maps::of(&part.out)?,
        part,
    };
    let batch = LINES * rayon::current_num_threads();
    let mut heard = vec![0f32; batch * n * d];
    for first in (0..n).step_by(batch) {
        let heard = &mut heard[..batch.min(n - first) * n * d];
        let known: &Pairs = pairs;
        let hear = |room: &mut LineRoom, (line, y): (usize, &mut [f32])| {
            checkpoint.reached(first, n)?;
            attention.hear(known, line, room, y);
            Ok(())
        };
        let lines = (first..n).into_par_iter().zip(heard.par_chunks_mut(n * d));
        let done = lines.map_init(LineRoom::default, hear);
        done.collect::<std::result::Result<(), Cancelled>>()?;
        for (line, y) in (first..).zip(heard.chunks_exact(n * d)) {
            match part.way {
                Way::Outgoing => add_to(&mut pairs.values[line * n * d..][..n * d], y),
                Way::Ingoing => {
                    let rows = pairs.values.chunks_exact_mut(n * d);
                    for (row, y) in rows.zip(y.chunks_exact(d)) {
                        add_to(&mut row[line * d..][..d], y);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Query (scaled), key, value and gate of standardised states.
fn mapped_states(part: &TriangleAttention, states: usize) -> Result<Maps> {
    let inner = part.heads * part.width;
    let mut maps = Maps::behind(&part.norm, &[&part.query, &part.key_value, &part.gate])?;
    let scale = 1.0 / (part.width as f32).sqrt();
    let (of_query, bias) = (&mut maps.weight[..inner * states], &mut maps.bias[..inner]);
    for x in of_query.iter_mut().chain(bias) {
        *x *= scale;
    }
    Ok(maps)
}

/// One attention with its maps.
struct Attention<'a> {
    part: &'a TriangleAttention,
    /// One a head.
    biases: Vec<Bias>,
    maps: Maps,
    out: Maps,
}

/// What one thread needs for a line.
#[derive(Default)]
struct LineRoom {
    states: Vec<f32>,
    mapped: Vec<f32>,
    found: Vec<f32>,
    attention: Room,
}

impl Attention<'_> {
    /// Writes what the pairs of a line hear of each other, (N, d).
    fn hear(&self, pairs: &Pairs, line: usize, room: &mut LineRoom, y: &mut [f32]) {
        let (n, d) = (pairs.n, pairs.width);
        let (heads, width) = (self.part.heads, self.part.width);
        let inner = heads * width;
        room.states.clear();
        for k in 0..n {
            let pair = match self.part.way {
                Way::Outgoing => line * n + k,
                Way::Ingoing => k * n + line,
            };
            room.states
                .extend_from_slice(&pairs.values[pair * d..][..d]);
        }
        standardise(&mut room.states, &vec![0.0; d]);
        // Rows behind the last fill its tile.
        let stride = self.maps.outputs();
        let rows = n.next_multiple_of(QUERIES);
        room.mapped.resize(rows * stride, 0.0);
        self.maps.apply(&room.states, false, &mut room.mapped);
        room.found.resize(n * inner, 0.0);
        for (head, bias) in self.biases.iter().enumerate() {
            let at = head * width;
            let line = Line {
                queries: &room.mapped[at..],
                keys: &room.mapped[inner + at..],
                values: &room.mapped[2 * inner + at..],
                stride,
                width,
                count: n,
            };
            attend(
                line,
                bias,
                &mut room.attention,
                &mut room.found[at..],
                inner,
            );
        }
        let rows = room.found.chunks_exact_mut(inner);
        for (found, mapped) in rows.zip(room.mapped.chunks_exact(stride)) {
            open(found, &mapped[3 * inner..]);
        }
        self.out.apply(&room.found, false, y);
    }
}

/// What the pair of two positions adds to their product, a head.
fn biases(
    part: &TriangleAttention,
    pairs: &Pairs,
    checkpoint: &dyn Checkpoint,
) -> std::result::Result<Vec<Bias>, ModelError> {
    let (n, d, heads) = (pairs.n, pairs.width, part.heads);
    let maps = Maps::of(&part.bias)?;
    let mut all = vec![0f32; n * n * heads];
    let rows = pairs
        .values
        .par_chunks(n * d)
        .zip(all.par_chunks_mut(n * heads));
    rows.map(|(z, out)| {
        checkpoint.reached(0, n)?;
        maps.apply(z, false, out);
        Ok(())
    })
    .collect::<std::result::Result<(), Cancelled>>()?;
    let of_head = |head: usize| {
        checkpoint.reached(0, n)?;
        Ok(Bias::new(n, |query, key| {
            all[(query * n + key) * heads + head]
        }))
    };
    let biases = (0..heads).into_par_iter().map(of_head);
    Ok(biases.collect::<std::result::Result<_, Cancelled>>()?)
}

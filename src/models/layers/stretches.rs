//! Work on the rows of matrices, one stretch of rows a thread and a few rows at a time.

use std::ops::Range;

use rayon::prelude::*;

/// Calls `work` with the numbers of a few rows, and with just these rows of every output, until all
/// `rows` are done. An output is a matrix by its entries and its width.
///
/// Each thread has one stretch of rows and one `room` of its own; the rooms are returned in the order
/// of their stretches, so what is summed in them depends on the number of threads by rounding alone.
pub(crate) fn in_stretches<const N: usize, R: Send>(
    rows: usize,
    piece: usize,
    mut outputs: [Rows<'_>; N],
    room: impl Fn() -> R + Sync,
    work: impl Fn(&mut R, Range<usize>, [&mut [f32]; N]) + Sync,
) -> Vec<R> {
    let piece = piece.max(1);
    let threads = rayon::current_num_threads();
    let stretch = rows.div_ceil(threads).next_multiple_of(piece).max(piece);
    let own = (0..rows)
        .step_by(stretch)
        .map(|from| {
            let range = from..rows.min(from + stretch);
            let count = range.len();
            (range, outputs.each_mut().map(|out| out.take(count)))
        })
        .collect::<Vec<_>>();
    own.into_par_iter()
        .map(|(range, mut outputs)| {
            let mut room = room();
            for from in range.clone().step_by(piece) {
                let piece = from..range.end.min(from + piece);
                let count = piece.len();
                let own = outputs.each_mut().map(|out| out.take(count).0);
                work(&mut room, piece, own);
            }
            room
        })
        .collect()
}

/// A matrix to be written: its entries and its width.
pub(crate) struct Rows<'a>(pub &'a mut [f32], pub usize);

impl<'a> Rows<'a> {
    /// Takes the first `count` rows out.
    fn take(&mut self, count: usize) -> Rows<'a> {
        let (own, rest) = std::mem::take(&mut self.0).split_at_mut(count * self.1);
        self.0 = rest;
        Rows(own, self.1)
    }
}

/// Edges that are worked on at a time: what they need fits the second-level cache.
pub(crate) const EDGES: usize = 192;

/// Residues of a piece with so many neighbours each.
pub(crate) fn residues_of_piece(neighbours: usize) -> usize {
    (EDGES / neighbours.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_every_output_is_visited_once() {
        let (mut a, mut b) = (vec![0f32; 23], vec![0f32; 46]);
        let counts = in_stretches(
            23,
            4,
            [Rows(&mut a, 1), Rows(&mut b, 2)],
            || 0,
            |count, rows, [a, b]| {
                *count += rows.len();
                for ((row, a), b) in rows.zip(a).zip(b.chunks_exact_mut(2)) {
                    *a += row as f32;
                    b[1] += row as f32;
                }
            },
        );
        assert_eq!(counts.iter().sum::<usize>(), 23);
        for (row, (a, b)) in a.iter().zip(b.chunks_exact(2)).enumerate() {
            assert_eq!((*a, b[0], b[1]), (row as f32, 0.0, row as f32));
        }
    }
}

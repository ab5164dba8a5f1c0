//! Averages of a matrix over blocks of 2, 4, 8 … so that a wide view need not read every entry.

use std::ops::Range;

use super::Matrix;

#[derive(Clone)]
struct Level {
    rows: usize,
    columns: usize,
    means: Vec<f32>,
}

/// Halved copies of a matrix: made once a matrix, read every frame.
#[derive(Default, Clone)]
pub struct Pyramid {
    levels: Vec<Level>,
}

impl std::fmt::Debug for Pyramid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pyramid of {} levels", self.levels.len())
    }
}

impl Pyramid {
    /// The averages of a matrix; unknown entries count for nothing.
    #[must_use]
    pub fn new(matrix: &Matrix) -> Self {
        let mut levels: Vec<Level> = Vec::new();
        let (mut rows, mut columns) = (matrix.rows(), matrix.columns());
        while rows.min(columns) > 16 {
            let level = match levels.last() {
                None => halved(rows, columns, |i, j| matrix[(i, j)] as f32),
                Some(last) => halved(rows, columns, |i, j| last.means[i * columns + j]),
            };
            (rows, columns) = (level.rows, level.columns);
            levels.push(level);
        }
        Self { levels }
    }

    /// The mean of the known entries of a block, to within the borders of the averages used; NaN where none is
    /// known.
    #[must_use]
    pub fn mean(&self, matrix: &Matrix, rows: Range<usize>, columns: Range<usize>) -> f64 {
        // At least four averages across, so that borders weigh little.
        let least = rows.len().min(columns.len()) / 4;
        let depth = least.checked_ilog2().unwrap_or(0) as usize;
        let Some(level) = depth
            .min(self.levels.len())
            .checked_sub(1)
            .and_then(|d| self.levels.get(d))
        else {
            return block_mean(&rows, &columns, |i, j| matrix[(i, j)]);
        };
        let shift = depth.min(self.levels.len());
        let coarse =
            |r: &Range<usize>, end: usize| (r.start >> shift)..r.end.div_ceil(1 << shift).min(end);
        block_mean(
            &coarse(&rows, level.rows),
            &coarse(&columns, level.columns),
            |i, j| f64::from(level.means[i * level.columns + j]),
        )
    }
}

fn halved(rows: usize, columns: usize, entry: impl Fn(usize, usize) -> f32) -> Level {
    let (half_rows, half_columns) = (rows.div_ceil(2), columns.div_ceil(2));
    let mut means = Vec::with_capacity(half_rows * half_columns);
    for i in 0..half_rows {
        for j in 0..half_columns {
            let block = (
                2 * i..(2 * i + 2).min(rows),
                2 * j..(2 * j + 2).min(columns),
            );
            means.push(block_mean(&block.0, &block.1, |a, b| f64::from(entry(a, b))) as f32);
        }
    }
    Level {
        rows: half_rows,
        columns: half_columns,
        means,
    }
}

fn block_mean(
    rows: &Range<usize>,
    columns: &Range<usize>,
    entry: impl Fn(usize, usize) -> f64,
) -> f64 {
    let (mut sum, mut known) = (0.0, 0.0);
    for i in rows.clone() {
        for j in columns.clone() {
            let value = entry(i, j);
            if !value.is_nan() {
                sum += value;
                known += 1.0;
            }
        }
    }
    sum / known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_the_exact_mean() {
        let matrix = Matrix::from_fn(203, 203, |i, j| ((i as f64 - j as f64) / 40.0).cos());
        let pyramid = Pyramid::new(&matrix);
        for (rows, columns) in [
            (0..9, 40..52),
            (100..133, 170..203),
            (7..8, 3..4),
            (0..203, 0..203),
        ] {
            let exact = block_mean(&rows, &columns, |i, j| matrix[(i, j)]);
            let fast = pyramid.mean(&matrix, rows.clone(), columns);
            assert!((exact - fast).abs() < 0.06, "{rows:?}: {exact} {fast}");
        }
    }

    #[test]
    fn unknown_entries_do_not_count() {
        let mut matrix = Matrix::filled(64, 64, f64::NAN);
        matrix[(3, 3)] = 2.0;
        let pyramid = Pyramid::new(&matrix);
        assert!((pyramid.mean(&matrix, 0..32, 0..32) - 2.0).abs() < 1e-6);
        assert!(pyramid.mean(&matrix, 32..64, 0..32).is_nan());
        assert!(
            Pyramid::new(&Matrix::default())
                .mean(&Matrix::default(), 0..0, 0..0)
                .is_nan()
        );
    }
}

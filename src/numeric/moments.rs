//! Mean and covariance of vectors that come a batch at a time: the memory does not grow with their number.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef};

use super::cholesky::parallelism;

/// Sums over vectors of one length. Take a constant near the mean from them first: squares are summed.
#[derive(Debug, Clone)]
pub struct Moments {
    n: usize,
    count: usize,
    sum: Vec<f64>,
    /// Σ x xᵀ, column after column.
    squares: Vec<f64>,
}

impl Moments {
    /// Of vectors of `n` numbers.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self {
            n,
            count: 0,
            sum: vec![0.0; n],
            squares: vec![0.0; n * n],
        }
    }

    /// Adds vectors that stand one after the other.
    pub fn add(&mut self, vectors: &[f64]) {
        let count = vectors.len() / self.n.max(1);
        for vector in vectors.chunks_exact(self.n.max(1)) {
            for (sum, x) in self.sum.iter_mut().zip(vector) {
                *sum += x;
            }
        }
        self.count += count;
        let x = MatRef::from_column_major_slice(&vectors[..count * self.n], self.n, count);
        let squares = MatMut::from_column_major_slice_mut(&mut self.squares, self.n, self.n);
        let add = Accum::Add;
        matmul(squares, add, x, x.transpose(), 1.0, parallelism(self.n));
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The mean and the covariance, column after column, with the number less one below it.
    #[must_use]
    pub fn finish(mut self) -> (Vec<f64>, Vec<f64>) {
        let count = self.count as f64;
        let mean: Vec<f64> = self.sum.iter().map(|s| s / count).collect();
        for (column, b) in self.squares.chunks_exact_mut(self.n.max(1)).zip(&mean) {
            for (entry, a) in column.iter_mut().zip(&mean) {
                *entry = (*entry - count * a * b) / (count - 1.0);
            }
        }
        (mean, self.squares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_give_the_covariance_of_all() {
        let vectors = [[1.0, 2.0], [3.0, -1.0], [2.0, 0.5], [-1.0, 4.0]];
        let mut moments = Moments::new(2);
        moments.add(&vectors[..3].concat());
        moments.add(&vectors[3]);
        assert_eq!(moments.count(), 4);
        let (mean, covariance) = moments.finish();
        assert_eq!(mean, [1.25, 1.375]);
        let expected = [2.916_666_7, -3.625, -3.625, 4.562_5];
        for (found, expected) in covariance.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{covariance:?}");
        }
    }
}

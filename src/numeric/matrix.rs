//! A dense row-major matrix of `f64`.

/// Dense, row-major. Holds N × N maps and L × 20 scores; NaN marks a missing entry.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// A matrix with every entry set to `value`.
    #[must_use]
    pub fn filled(rows: usize, columns: usize, value: f64) -> Self {
        Self {
            rows,
            columns,
            values: vec![value; rows * columns],
        }
    }

    /// A matrix whose entry (i, j) is `entry(i, j)`.
    #[must_use]
    pub fn from_fn(
        rows: usize,
        columns: usize,
        mut entry: impl FnMut(usize, usize) -> f64,
    ) -> Self {
        let mut values = Vec::with_capacity(rows * columns);
        for i in 0..rows {
            for j in 0..columns {
                values.push(entry(i, j));
            }
        }
        Self {
            rows,
            columns,
            values,
        }
    }

    /// A matrix over row-major `values`; `None` when their number is not `rows * columns`.
    #[must_use]
    pub fn from_values(rows: usize, columns: usize, values: Vec<f64>) -> Option<Self> {
        (values.len() == rows * columns).then_some(Self {
            rows,
            columns,
            values,
        })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Row `i` as a slice.
    #[must_use]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.columns..(i + 1) * self.columns]
    }

    /// Row `i`, writable.
    pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.values[i * self.columns..(i + 1) * self.columns]
    }

    /// All entries, row after row.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All entries, row after row, writable.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// The entries (i, i).
    #[must_use]
    pub fn diagonal(&self) -> Vec<f64> {
        (0..self.rows.min(self.columns))
            .map(|i| self[(i, i)])
            .collect()
    }
}

impl std::ops::Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, (i, j): (usize, usize)) -> &f64 {
        &self.values[i * self.columns + j]
    }
}

impl std::ops::IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut f64 {
        &mut self.values[i * self.columns + j]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_row_major() {
        let m = Matrix::from_fn(2, 3, |i, j| (10 * i + j) as f64);
        assert_eq!(m.row(1), [10.0, 11.0, 12.0]);
        assert_eq!(m[(0, 2)], 2.0);
        assert_eq!(m.diagonal(), [0.0, 11.0]);
        assert!(Matrix::from_values(2, 2, vec![0.0; 3]).is_none());
    }
}

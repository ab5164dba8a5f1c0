//! Products of row-major `f32` matrices on the CPU, by the gemm crate.

/// A matrix inside a slice: entry (i, j) is at `i * row_stride + j * column_stride`.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> View<'a> {
    /// `rows` rows of `columns` entries, one row after the other.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(values, rows, columns, columns)
    }

    /// Rows that begin `row_stride` apart.
    pub fn strided(values: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(
            fits(values.len(), rows, columns, row_stride),
            "view past the end"
        );
        Self {
            values,
            rows,
            columns,
            row_stride,
            column_stride: 1,
        }
    }

    /// Rows and columns exchanged; nothing moves.
    pub fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// A writable matrix whose rows begin `row_stride` apart.
pub(crate) struct ViewMut<'a> {
    values: &'a mut [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
}

impl<'a> ViewMut<'a> {
    /// `rows` rows of `columns` entries, one row after the other.
    pub fn new(values: &'a mut [f32], rows: usize, columns: usize) -> Self {
        Self::strided(values, rows, columns, columns)
    }

    /// Rows that begin `row_stride` apart.
    pub fn strided(values: &'a mut [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(
            fits(values.len(), rows, columns, row_stride),
            "view past the end"
        );
        Self {
            values,
            rows,
            columns,
            row_stride,
        }
    }
}

fn fits(length: usize, rows: usize, columns: usize, row_stride: usize) -> bool {
    columns <= row_stride.max(1) && (rows == 0 || (rows - 1) * row_stride + columns <= length)
}

/// Whether a product may use every thread of the pool or runs inside one task of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    One,
    All,
}

impl Threads {
    /// How many work on it.
    pub fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::All => rayon::current_num_threads(),
        }
    }
}

/// `out = a · b`, or `out += a · b`.
#[expect(unsafe_code, reason = "the gemm crate takes pointers and strides")]
#[expect(
    clippy::needless_pass_by_value,
    reason = "a view is made for one product"
)]
pub(crate) fn multiply(
    out: ViewMut<'_>,
    accumulate: bool,
    a: View<'_>,
    b: View<'_>,
    threads: Threads,
) {
    assert!(
        a.columns == b.rows && out.rows == a.rows && out.columns == b.columns,
        "shapes of a product"
    );
    if out.rows == 0 || out.columns == 0 {
        return;
    }
    let parallelism = match threads {
        Threads::One => gemm::Parallelism::None,
        Threads::All => gemm::Parallelism::Rayon(0),
    };
    // SAFETY: the constructors of the views checked that every entry lies inside its slice, the
    // shapes agree, and `out` is borrowed exclusively, so it overlaps neither input.
    unsafe {
        gemm::gemm(
            out.rows,
            out.columns,
            a.columns,
            out.values.as_mut_ptr(),
            1,
            out.row_stride.cast_signed(),
            accumulate,
            a.values.as_ptr(),
            a.column_stride.cast_signed(),
            a.row_stride.cast_signed(),
            b.values.as_ptr(),
            b.column_stride.cast_signed(),
            b.row_stride.cast_signed(),
            1.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(a: &[f32], b: &[f32]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6)
    }

    #[test]
    fn products_of_strided_and_transposed_views() {
        let a = [1.0, 2.0, 9.0, 3.0, 4.0, 9.0];
        let b = [1.0, 0.0, 2.0, 1.0];
        let mut out = [10.0; 4];
        let left = View::strided(&a, 2, 2, 3);
        multiply(
            ViewMut::new(&mut out, 2, 2),
            true,
            left,
            View::new(&b, 2, 2),
            Threads::One,
        );
        assert!(equal(&out, &[15.0, 12.0, 21.0, 14.0]));
        multiply(
            ViewMut::new(&mut out, 2, 2),
            false,
            left,
            View::new(&b, 2, 2).transposed(),
            Threads::All,
        );
        assert!(equal(&out, &[1.0, 4.0, 3.0, 10.0]));
    }

    #[test]
    #[should_panic(expected = "view past the end")]
    fn a_view_stays_inside_its_slice() {
        let _ = View::strided(&[0.0; 5], 2, 2, 4);
    }
}

//! Inverses against what they invert, and both ways to a pseudo-inverse against each other.

use super::*;

/// (n, n) of that rank, positive semi-definite.
fn singular(n: usize, rank: usize) -> Symmetric {
    let wave = Mat::from_fn(n, rank, |i, k| {
        ((i * 7 + k * 13 + 1) as f64 * 0.37).sin() + f64::from(u8::from(i == k))
    });
    let a = &wave * wave.transpose();
    let values = a.col_iter().flat_map(|c| c.iter().copied());
    Symmetric::from_columns(n, values.collect()).unwrap()
}

#[test]
fn both_pseudo_inverses_are_the_same() {
    let a = singular(90, 70);
    let (x, y) = (
        a.by_eigenvalues(1e-7).unwrap(),
        a.by_pivots(1e-7, &()).unwrap(),
    );
    assert_eq!((x.rank(), y.rank()), (70, 70));
    let scale = (0..90).map(|i| x.entry(i, i)).fold(0.0, f64::max);
    for i in 0..90 {
        for j in 0..90 {
            assert!((x.entry(i, j) - y.entry(i, j)).abs() < 1e-8 * scale);
        }
    }
}

#[test]
fn panels_columns_and_products_are_those_of_the_inverse() {
    // More than a strip and more than a block.
    let n = 500;
    let mut a = singular(n, 40);
    a.add_projector(&[], 0.0, 2.0, &()).unwrap();
    let whole = Mat::from_fn(n, n, |r, c| a.lower[r.min(c) * n + r.max(c)]);
    let inverse = a.invert(Vec::new(), 0.0, &()).unwrap();
    let back = &whole * inverse.apply(Mat::identity(n, n).as_ref());
    let columns = inverse.columns(300..303);
    for i in 0..n {
        for j in 0..n {
            let expected = f64::from(u8::from(i == j));
            assert!((back[(i, j)] - expected).abs() < 1e-9, "{i} {j}");
        }
        for (k, j) in (300..303).enumerate() {
            assert!((columns[k * n + i] - inverse.entry(i, j)).abs() < 1e-12);
        }
    }
    inverse
        .for_each_panel(&(), |first, width, panel| {
            for c in 0..width {
                for r in c..n - first {
                    let entry = inverse.entry(first + r, first + c);
                    assert!((panel[c * (n - first) + r] - entry).abs() < 1e-12);
                }
            }
        })
        .unwrap();
}

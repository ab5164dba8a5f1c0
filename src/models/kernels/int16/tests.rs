//! Sums, bounds and rounding of the integers.

use super::*;

/// Numbers that look random between −1 and 1.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Base plus product in f64 for some columns, and the length of what was multiplied.
fn exact(x: &[f32], y: &[f32], weight: &[f32], outputs: usize, column: usize) -> (f64, f64) {
    let terms = x
        .iter()
        .zip(y)
        .zip(weight.iter().skip(column).step_by(outputs));
    let products = terms.map(|((x, y), w)| (f64::from(*x) - f64::from(*y)) * f64::from(*w));
    let all: Vec<f64> = products.collect();
    (
        all.iter().sum(),
        all.iter().map(|p| p * p).sum::<f64>().sqrt(),
    )
}

#[test]
fn sums_follow_the_exact_product_for_odd_sizes_and_some_columns() {
    for (count, inputs, outputs, columns) in [
        (11, 33, 70, 0..70),
        (8, 480, 144, 40..130),
        (3, 1, 5, 2..5),
        (9, 2000, 48, 0..48),
    ] {
        let (x, y) = (numbers(count * inputs, 1), numbers(count * inputs, 2));
        let weight = numbers(inputs * outputs, 3);
        let values = numbers(2 * outputs, 4);
        let base_rows: Vec<usize> = (0..count).map(|i| i % 2).collect();
        let base = Base {
            values: &values,
            rows: &base_rows,
            outputs,
        };
        let weights = Weights::new(&weight, outputs);
        let mut rows = Rows::default();
        rows.take_differences(inputs, x.chunks_exact(inputs).zip(y.chunks_exact(inputs)));
        let width = columns.len();
        let mut out = vec![f32::NAN; count * width];
        multiply(&rows, &weights, columns.clone(), &base, false, &mut out);
        let once = out.clone();
        multiply(&rows, &weights, columns.clone(), &base, true, &mut out);
        for (i, (once, twice)) in once.chunks(width).zip(out.chunks(width)).enumerate() {
            let (x, y) = (&x[i * inputs..][..inputs], &y[i * inputs..][..inputs]);
            for (j, (&once, &twice)) in columns.clone().zip(once.iter().zip(twice)) {
                let (product, size) = exact(x, y, &weight, outputs, j);
                let expected = product + f64::from(values[i % 2 * outputs + j]);
                let off = (f64::from(once) - expected).abs();
                assert!(
                    off < 2e-3 * size + 1e-6,
                    "{inputs} {i} {j}: {off} of {size}"
                );
                assert!((twice - 2.0 * once).abs() < 1e-5 * once.abs().max(1.0));
            }
        }
    }
}

/// What the head of this file says of rounding.
#[test]
fn rounding_is_as_large_as_stated() {
    let (count, inputs, outputs) = (64, 480, 96);
    let (x, y) = (numbers(count * inputs, 1), vec![0.0; count * inputs]);
    let weight = numbers(inputs * outputs, 3);
    let (values, base_rows) = (vec![0.0; outputs], vec![0; count]);
    let base = Base {
        values: &values,
        rows: &base_rows,
        outputs,
    };
    let mut rows = Rows::default();
    rows.take_differences(inputs, x.chunks_exact(inputs).zip(y.chunks_exact(inputs)));
    let mut out = vec![0.0; count * outputs];
    let weights = Weights::new(&weight, outputs);
    multiply(&rows, &weights, 0..outputs, &base, false, &mut out);
    let norm = |values: &mut dyn Iterator<Item = f32>| {
        values.map(|v| f64::from(v * v)).sum::<f64>().sqrt()
    };
    let mut squares = 0.0;
    for (i, out) in out.chunks(outputs).enumerate() {
        let row = &x[i * inputs..][..inputs];
        for (j, &found) in out.iter().enumerate() {
            let (product, _) = exact(row, &y[..inputs], &weight, outputs, j);
            let column = norm(&mut weight.iter().skip(j).step_by(outputs).copied());
            let typical = norm(&mut row.iter().copied()) * column / (inputs as f64).sqrt();
            squares += ((f64::from(found) - product) / typical).powi(2);
        }
    }
    let off = (squares / out.len() as f64).sqrt();
    assert!((0.5e-4..=1.6e-4).contains(&off), "{off:.2e}");
}

/// Every entry rounded away from 0, so that the sums are as large as they can be: 32 bits hold them.
#[test]
fn the_bound_of_cauchy_and_schwarz_holds_for_rounded_rows() {
    for inputs in [1, 2, 3, 60, BLOCK] {
        // Equal entries make the product of the lengths; a little more rounds each up.
        let most = |length: f32| (length / (inputs as f32).sqrt() + 0.5).floor().min(MOST);
        let (row, column) = (most(ROW_LENGTH), most(COLUMN_LENGTH));
        let sum = f64::from(row) * f64::from(column) * inputs as f64;
        assert!(sum < f64::from(i32::MAX), "{inputs}: {sum}");
        let (x, zeros) = (vec![row; inputs], vec![0.0; inputs]);
        let weights = Weights::new(&vec![column; inputs], 1);
        let mut rows = Rows::default();
        rows.take_differences(inputs, [(&x[..], &zeros[..])].into_iter());
        let base = Base {
            values: &[0.0],
            rows: &[0],
            outputs: 1,
        };
        let mut out = [0.0];
        multiply(&rows, &weights, 0..1, &base, false, &mut out);
        assert!(
            (f64::from(out[0]) / sum - 1.0).abs() < 1e-3,
            "{inputs}: {}",
            out[0]
        );
    }
}

#[test]
fn the_largest_rows_that_can_be_stay_within_32_bits() {
    for inputs in [1, 2, 480, 5120] {
        let (x, zeros) = (vec![-7e10; inputs], vec![0.0; inputs]);
        let weights = Weights::new(&vec![3e-9; inputs], 1);
        let mut rows = Rows::default();
        rows.take_differences(inputs, [(&x[..], &zeros[..])].into_iter());
        let base = Base {
            values: &[0.0],
            rows: &[0],
            outputs: 1,
        };
        let mut out = [0.0];
        multiply(&rows, &weights, 0..1, &base, false, &mut out);
        let expected = -7e10 * 3e-9 * inputs as f32;
        assert!(
            (out[0] / expected - 1.0).abs() < 1e-3,
            "{inputs}: {}",
            out[0]
        );
    }
}

#[test]
fn equal_rows_give_the_base_and_what_is_not_a_number_shows() {
    let weights = Weights::new(&[1.0, 2.0, 3.0, 4.0], 2);
    let base = Base {
        values: &[5.0, 6.0],
        rows: &[0, 0],
        outputs: 2,
    };
    let mut rows = Rows::default();
    let (x, broken) = ([0.3f32, 0.4], [f32::NAN, 0.0]);
    rows.take_differences(2, [(&x[..], &x[..]), (&broken[..], &x[..])].into_iter());
    let mut out = [0.0; 4];
    multiply(&rows, &weights, 0..2, &base, false, &mut out);
    assert_eq!(
        out[..2].iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        [5f32.to_bits(), 6f32.to_bits()]
    );
    assert!(out[2..].iter().all(|x| x.is_nan()));
}

#[test]
fn every_machine_adds_up_alike() {
    let x: Vec<i16> = (0..ROWS * 6)
        .map(|i| (i * 577 % 4001) as i16 - 2000)
        .collect();
    let weights: Vec<i16> = (0..COLUMNS * 6)
        .map(|i| (i * 911 % 5003) as i16 - 2500)
        .collect();
    let (mut picked, mut plain) = ([[1.0; COLUMNS]; ROWS], [[2.0; COLUMNS]; ROWS]);
    add_up(&x, &weights, &mut picked);
    add_up_plainly(&x, &weights, &mut plain);
    let bits = |tile: Tile| tile.map(|row| row.map(f32::to_bits));
    assert_eq!(bits(picked), bits(plain));
}

//! Stored reference values, and how far a result is from them.

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;

/// The folder of one model's weights and reference values.
pub fn folder(model: &str) -> PathBuf {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    Path::new(golden).join(model)
}

/// A reference tensor, row by row.
pub fn expected(model: &str, key: &str) -> Vec<f64> {
    let bytes = std::fs::read(folder(model).join("expected.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = file.tensor(key).unwrap();
    let number = |b: &[u8]| f64::from(f32::from_le_bytes(b.try_into().unwrap()));
    tensor.data().chunks_exact(4).map(number).collect()
}

/// The largest difference, relative where the reference is larger than 1.
pub fn furthest(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let pairs = found.iter().zip(expected);
    let relative = |(a, b): (&f64, &f64)| (a - b).abs() / b.abs().max(1.0);
    pairs.map(relative).fold(0.0, f64::max)
}

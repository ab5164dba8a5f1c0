//! ANM and the parameter-free network of enolase (436 residues), build to covariance.

use dynascope::analysis::elastic_network::{Network, Spring, solve_anm};
use dynascope::numeric::Vec3;

fn main() {
    divan::main();
}

/// Cα positions of enolase (3ENL).
fn enolase() -> Vec<Vec3> {
    let text = include_str!("../tests/golden/prody/3enl.json");
    let golden: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let number = |v: &serde_json::Value| v.as_f64().unwrap_or_default();
    golden["ca"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|p| Vec3::new(number(&p[0]), number(&p[1]), number(&p[2])))
        .collect()
}

/// Stiffness, pseudo-inverse, 3 × 3 marginals and the N × N coupling.
#[divan::bench(args = [Spring::Cutoff(15.0), Spring::Power(8)])]
fn build_to_covariance(bencher: divan::Bencher<'_, '_>, spring: Spring) {
    let positions = enolase();
    let places: Vec<usize> = (0..positions.len()).collect();
    bencher.bench(|| {
        let network = Network {
            positions: &positions,
            places: &places,
            spring,
            followers: 0,
        };
        let solved = solve_anm(&network, 0.0, &()).ok()?;
        Some((solved.marginals(), solved.coupling(&()).ok()?))
    });
}

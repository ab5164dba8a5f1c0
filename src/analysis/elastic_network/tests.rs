//! Against ProDy's values, and under rotation, in pieces, at N = 1 and 2.

use serde_json::Value;

use super::*;
use crate::numeric::factor::Factored;
use crate::numeric::lanczos;
use crate::numeric::{Matrix, Vec3};

pub(crate) fn golden(name: &str) -> Value {
    let text = match name {
        "1ubi" => include_str!("../../../tests/golden/prody/1ubi.json"),
        "1ejg" => include_str!("../../../tests/golden/prody/1ejg.json"),
        "1ake" => include_str!("../../../tests/golden/prody/1ake.json"),
        "4hhb" => include_str!("../../../tests/golden/prody/4hhb.json"),
        _ => include_str!("../../../tests/golden/prody/3enl.json"),
    };
    serde_json::from_str(text).unwrap()
}

pub(crate) fn numbers(v: &Value) -> Vec<f64> {
    v.as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect()
}

pub(crate) fn positions(v: &Value) -> Vec<Vec3> {
    v["ca"]
        .as_array()
        .unwrap()
        .iter()
        .map(|x| Vec3::from_column_slice(&numbers(x)))
        .collect()
}

fn close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (f, e) in found.iter().zip(expected) {
        assert!(
            (f - e).abs() <= 1e-6 * e.abs().max(1e-3),
            "{what}: {f} where {e} is expected"
        );
    }
}

fn sampled_correlation(coupling: &Matrix, indices: &[usize], expected: &Value, what: &str) {
    for (&i, row) in indices.iter().zip(expected.as_array().unwrap()) {
        let found: Vec<f64> = indices
            .iter()
            .map(|&j| coupling[(i, j)] / (coupling[(i, i)] * coupling[(j, j)]).sqrt())
            .collect();
        close(&found, &numbers(row), what);
    }
}

fn eigenvalues(covariance: &Factored, count: usize) -> Vec<f64> {
    let pairs = lanczos::largest(covariance, count, &()).unwrap();
    pairs.iter().map(|p| p.value.recip()).collect()
}

fn network<'a>(ca: &'a [Vec3], places: &'a [usize], spring: Spring) -> Network<'a> {
    Network {
        positions: ca,
        places,
        spring,
    }
}

fn agrees_with_prody(name: &str) {
    let golden = golden(name);
    let ca = positions(&golden);
    let places: Vec<usize> = (0..ca.len()).collect();
    let indices: Vec<usize> = numbers(&golden["sampled_indices"])
        .iter()
        .map(|&x| x as usize)
        .collect();

    let gnm = solve_gnm(
        &network(&ca, &places, Spring::Cutoff(GNM_CUTOFF_ANGSTROM)),
        &(),
    )
    .unwrap();
    let coupling = gnm.coupling(&()).unwrap();
    let expected = &golden["gnm"];
    close(
        &coupling.diagonal(),
        &numbers(&expected["sq_flucts"]),
        "gnm",
    );
    sampled_correlation(
        &coupling,
        &indices,
        &expected["cross_correlation_sampled"],
        "gnm",
    );
    let wanted = numbers(&expected["eigenvalues"]);
    close(
        &eigenvalues(&gnm.covariance, wanted.len()),
        &wanted,
        "gnm eigenvalues",
    );

    let anm = solve_anm(
        &network(&ca, &places, Spring::Cutoff(ANM_CUTOFF_ANGSTROM)),
        0.0,
        &(),
    )
    .unwrap();
    let marginals = anm.marginals();
    let expected = &golden["anm"];
    let traces: Vec<f64> = marginals.iter().map(|m| m.trace()).collect();
    close(&traces, &numbers(&expected["sq_flucts"]), "anm");
    let coupling = anm.coupling(&()).unwrap();
    sampled_correlation(
        &coupling,
        &indices,
        &expected["cross_correlation_sampled"],
        "anm",
    );
    for (&i, block) in indices
        .iter()
        .zip(expected["covariance_blocks_3x3"].as_array().unwrap())
    {
        for (a, row) in block.as_array().unwrap().iter().enumerate() {
            let found: Vec<f64> = (0..3).map(|b| marginals[i][(a, b)]).collect();
            close(&found, &numbers(row), "anm block");
        }
    }
    let wanted = numbers(&expected["eigenvalues"]);
    close(
        &eigenvalues(&anm.covariance, wanted.len()),
        &wanted,
        "anm eigenvalues",
    );
}

#[test]
fn ubiquitin_agrees_with_prody() {
    agrees_with_prody("1ubi");
}

#[test]
fn crambin_agrees_with_prody() {
    agrees_with_prody("1ejg");
}

#[test]
fn adenylate_kinase_agrees_with_prody() {
    agrees_with_prody("1ake");
}

#[test]
fn haemoglobin_agrees_with_prody() {
    agrees_with_prody("4hhb");
}

#[test]
fn enolase_agrees_with_prody() {
    agrees_with_prody("3enl");
}

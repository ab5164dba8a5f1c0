//! The joint Gaussian keeps the marginals, is positive semi-definite, and samples follow it.

use nalgebra::{DMatrix, Matrix3};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::analysis::coupling::Correlated;
use crate::analysis::elastic_network::tests::{protein_of, ubiquitin};
use crate::numeric::Vec3;
use crate::protein::Protein;

fn short_protein(n: usize) -> Protein {
    protein_of(&ubiquitin().alpha_carbons()[..n])
}

fn some_marginals(n: usize) -> Vec<Option<Covariance3>> {
    (0..n)
        .map(|i| {
            let x = i as f64;
            let root = Matrix3::new(
                0.5 + 0.1 * x.sin(),
                0.1,
                0.05 * x.cos(),
                0.0,
                0.3,
                0.1 * (2.0 * x).sin(),
                0.1,
                -0.05,
                0.4,
            );
            Some(root * root.transpose())
        })
        .collect()
}

fn a_coupling(n: usize) -> Matrix {
    Matrix::from_fn(n, n, |i, j| {
        0.2 * (1.0 + i as f64) * (1.0 + j as f64) * (-(i.abs_diff(j) as f64) / 4.0).exp()
    })
}

fn correlated(dynamics: &GaussianDynamics) -> &Correlated {
    match dynamics.joint.as_ref() {
        Joint::Correlated(c) => c,
        Joint::Independent => unreachable!("every source couples residues"),
    }
}

fn whole(dynamics: &GaussianDynamics) -> DMatrix<f64> {
    let joint = correlated(dynamics);
    let n = joint.atoms();
    let mut m = DMatrix::zeros(3 * n, 3 * n);
    joint
        .for_each_block(&(), |i, j, block| {
            m.fixed_view_mut::<3, 3>(3 * i, 3 * j).copy_from(block);
            m.fixed_view_mut::<3, 3>(3 * j, 3 * i)
                .copy_from(&block.transpose());
        })
        .unwrap();
    m
}

fn both(n: usize) -> [GaussianDynamics; 2] {
    let protein = short_protein(n);
    [None, Some(a_coupling(n))].map(|coupling| {
        from_marginals(
            &protein,
            Source::DynaProt,
            Scale::Model,
            some_marginals(n),
            coupling,
            &(),
        )
        .unwrap()
    })
}

#[test]
fn diagonal_blocks_are_the_marginals() {
    for dynamics in both(12) {
        let joint = correlated(&dynamics);
        for (i, m) in dynamics.marginals.iter().enumerate() {
            assert!((joint.block(i, i) - m.unwrap()).norm() < 1e-10);
        }
    }
}

#[test]
fn the_joint_is_symmetric_and_positive() {
    for dynamics in both(12) {
        let m = whole(&dynamics);
        let values = m.symmetric_eigenvalues();
        assert!(values.min() > -1e-10 * values.max());
    }
}

#[test]
fn blocks_columns_and_products_agree() {
    use crate::numeric::lanczos::SymmetricMap;
    for dynamics in both(9) {
        let joint = correlated(&dynamics);
        let m = whole(&dynamics);
        for (i, block) in joint.column(4).iter().enumerate() {
            assert!((block - m.fixed_view::<3, 3>(3 * i, 12)).norm() < 1e-10);
            assert!((block - joint.block(i, 4)).norm() < 1e-10);
        }
        let v: Vec<f64> = (0..27).map(|k| f64::from(k).sin()).collect();
        let expected = &m * DMatrix::from_column_slice(27, 1, &v);
        let found = joint.apply(faer::MatRef::from_column_major_slice(&v, 27, 1));
        for (x, y) in found.col(0).iter().zip(expected.iter()) {
            assert!((x - y).abs() < 1e-9);
        }
    }
}

#[test]
fn samples_follow_the_gaussian() {
    for dynamics in both(6) {
        let expected = whole(&dynamics);
        let joint = correlated(&dynamics);
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut found = DMatrix::<f64>::zeros(18, 18);
        let count = 4000;
        for _ in 0..count {
            let flat: Vec<f64> = joint
                .draw(&mut rng)
                .iter()
                .flat_map(|v| [v.x, v.y, v.z])
                .collect();
            let v = DMatrix::from_column_slice(18, 1, &flat);
            found += &v * v.transpose() / f64::from(count);
        }
        assert!((found - &expected).norm() < 0.08 * expected.norm());
    }
}

#[test]
fn coupling_and_correlation_are_what_they_say() {
    let [by_network, given] = both(10);
    let m = whole(&by_network);
    let trace = |i: usize, j: usize| m.fixed_view::<3, 3>(3 * i, 3 * j).trace();
    assert!((by_network.coupling[(2, 7)] - trace(2, 7) / 3.0).abs() < 1e-12);
    let expected = trace(2, 7) / (trace(2, 2) * trace(7, 7)).sqrt();
    assert!((by_network.correlation[(7, 2)] - expected).abs() < 1e-10);
    assert_eq!(given.coupling, a_coupling(10));
    assert!((given.correlation[(2, 7)] - (-5f64 / 4.0).exp()).abs() < 1e-12);
}

#[test]
fn missing_atoms_and_marginals_are_left_out() {
    let mut ca = ubiquitin().alpha_carbons()[..8].to_vec();
    ca[3] = None;
    let protein = protein_of(&ca);
    let mut marginals = some_marginals(8);
    marginals[5] = None;
    for coupling in [None, Some(a_coupling(8))] {
        let dynamics = from_marginals(
            &protein,
            Source::DynaProt,
            Scale::Model,
            marginals.clone(),
            coupling,
            &(),
        )
        .unwrap();
        assert_eq!(correlated(&dynamics).residues, [0, 1, 2, 4, 6, 7]);
        assert!(dynamics.marginals[3].is_none());
        assert!(dynamics.coupling[(3, 3)].is_nan() && dynamics.correlation[(5, 0)].is_nan());
        assert!(dynamics.correlation[(7, 0)].is_finite());
    }
}

#[test]
fn the_joint_turns_with_the_molecule() {
    let n = 10;
    let turn = nalgebra::Rotation3::from_euler_angles(0.3, 1.0, -2.0);
    let still = short_protein(n);
    let turned: Vec<Option<Vec3>> = still
        .alpha_carbons()
        .iter()
        .map(|p| p.map(|p| turn * p + Vec3::new(9.0, 9.0, -4.0)))
        .collect();
    let marginals = some_marginals(n);
    let with = marginals
        .iter()
        .map(|m| m.map(|m| turn.matrix() * m * turn.matrix().transpose()))
        .collect();
    let make = |protein: &Protein, marginals| {
        from_marginals(
            protein,
            Source::DynaProt,
            Scale::Model,
            marginals,
            None,
            &(),
        )
        .unwrap()
    };
    let a = make(&still, marginals);
    let b = make(&protein_of(&turned), with);
    let maps = [
        (&a.correlation, &b.correlation),
        (&a.mutual_information, &b.mutual_information),
    ];
    for (a, b) in maps {
        for (x, y) in a.values().iter().zip(b.values()) {
            assert!((x - y).abs() < 1e-7);
        }
    }
    let expected = turn.matrix() * correlated(&a).block(2, 6) * turn.matrix().transpose();
    assert!((correlated(&b).block(2, 6) - expected).norm() < 1e-8);
}

#[test]
fn one_residue_has_a_gaussian() {
    for dynamics in both(1) {
        let joint = correlated(&dynamics);
        assert!((joint.block(0, 0) - dynamics.marginals[0].unwrap()).norm() < 1e-10);
    }
}

/// From the determinants of the blocks, as Lange and Grubmüller write it.
fn by_determinants(m: &DMatrix<f64>, i: usize, j: usize) -> f64 {
    let det = |atoms: &[usize]| {
        let rows: Vec<usize> = atoms.iter().flat_map(|a| 3 * a..3 * a + 3).collect();
        m.select_rows(&rows).select_columns(&rows).determinant()
    };
    let information = 0.5 * (det(&[i]) * det(&[j]) / det(&[i, j])).ln();
    (1.0 - (-2.0 * information / 3.0).exp()).sqrt()
}

#[test]
fn mutual_information_is_that_of_the_blocks() {
    for dynamics in both(10) {
        let m = whole(&dynamics);
        for (i, j) in [(0, 1), (2, 7), (9, 4)] {
            let found = dynamics.mutual_information[(i, j)];
            assert!((found - by_determinants(&m, i, j)).abs() < 1e-8, "{i} {j}");
            assert_eq!(
                found.to_bits(),
                dynamics.mutual_information[(j, i)].to_bits()
            );
        }
        assert_eq!(dynamics.mutual_information[(3, 3)], 1.0);
    }
}

#[test]
fn correlation_and_mutual_information_are_those_of_samples() {
    let [dynamics, _] = both(6);
    let joint = correlated(&dynamics);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let count = 4000;
    let mut sampled = DMatrix::<f64>::zeros(18, 18);
    for _ in 0..count {
        let flat: Vec<f64> = joint
            .draw(&mut rng)
            .iter()
            .flat_map(|v| [v.x, v.y, v.z])
            .collect();
        let v = DMatrix::from_column_slice(18, 1, &flat);
        sampled += &v * v.transpose() / f64::from(count);
    }
    let dot = |i: usize, j: usize| sampled.fixed_view::<3, 3>(3 * i, 3 * j).trace();
    for (i, j) in [(0, 1), (1, 4), (0, 5)] {
        let dccm = dot(i, j) / (dot(i, i) * dot(j, j)).sqrt();
        assert!(
            (dynamics.correlation[(i, j)] - dccm).abs() < 0.05,
            "{i} {j}"
        );
        let shared = by_determinants(&sampled, i, j);
        assert!(
            (dynamics.mutual_information[(i, j)] - shared).abs() < 0.06,
            "{i} {j}"
        );
    }
}

#[test]
fn mutual_information_runs_from_independent_to_rigid() {
    let alone = independent(
        &short_protein(4),
        Source::Gnm,
        Scale::Model,
        some_marginals(4),
    );
    assert_eq!(
        (alone.mutual_information[(0, 2)], alone.correlation[(0, 2)]),
        (0.0, 0.0)
    );
    assert_eq!(
        (alone.mutual_information[(2, 2)], alone.correlation[(2, 2)]),
        (1.0, 1.0)
    );
    let together = Matrix::filled(4, 4, 1.0);
    let rigid = from_marginals(
        &short_protein(4),
        Source::DynaProt,
        Scale::Model,
        some_marginals(4),
        Some(together),
        &(),
    );
    assert!((rigid.unwrap().mutual_information[(0, 3)] - 1.0).abs() < 1e-3);
    // Along one number a pair both readings say the same.
    let gnm = crate::analysis::elastic_network::gaussian(&ubiquitin(), Source::Gnm, &()).unwrap();
    for (i, j) in [(3, 40), (10, 70)] {
        let shared = gnm.mutual_information[(i, j)];
        assert!((shared - gnm.correlation[(i, j)].abs()).abs() < 1e-9);
    }
}

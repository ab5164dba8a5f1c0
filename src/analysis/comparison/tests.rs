//! Comparisons with made-up experiments of which the answer is known.

use nalgebra::Rotation3;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::superposition::superpose;
use super::*;
use crate::analysis::elastic_network::gaussian;
use crate::analysis::elastic_network::tests::{protein_of, ubiquitin};
use crate::analysis::gaussian::Source;
use crate::numeric::Vec3;
use crate::protein::b_column::{Confidence, Evidence};
use crate::protein::{Chain, Method, Model, Structure};

fn with_b(protein: &mut Protein, dynamics: &GaussianDynamics) {
    for (residue, m) in protein.residues.iter_mut().zip(&dynamics.marginals) {
        residue.atoms[0].b_factor = 10.0 + 30.0 * m.unwrap().trace();
    }
    protein.b_column = BColumn::BFactor;
}

#[test]
fn b_factors_made_from_the_prediction_correlate_fully() {
    let mut protein = ubiquitin();
    let dynamics = gaussian(&protein, Source::Gnm, &()).unwrap();
    with_b(&mut protein, &dynamics);
    protein.residues[3].atoms[0].b_factor = 0.0;
    let found = b_factors(&protein, &dynamics).unwrap();
    assert!((found.pearson - 1.0).abs() < 1e-9 && (found.spearman - 1.0).abs() < 1e-9);
    assert_eq!((found.n, found.left_out.not_measured), (75, 1));
}

#[test]
fn confidences_are_never_compared() {
    let mut protein = ubiquitin();
    let dynamics = gaussian(&protein, Source::Gnm, &()).unwrap();
    assert_eq!(
        b_factors(&protein, &dynamics),
        Err(NotComparable::NoBFactors)
    );
    with_b(&mut protein, &dynamics);
    let plddt = BColumn::Plddt(Confidence::Percent, Evidence::Values);
    protein.b_column = plddt;
    assert_eq!(
        b_factors(&protein, &dynamics),
        Err(NotComparable::BColumn(plddt))
    );
}

#[test]
fn tensors_are_compared_after_one_scale() {
    let mut protein = ubiquitin();
    let dynamics = gaussian(&protein, Source::Anm, &()).unwrap();
    assert_eq!(anisou(&protein, &dynamics), Err(NotComparable::NoAnisou));
    for (residue, m) in protein.residues.iter_mut().zip(&dynamics.marginals).skip(6) {
        residue.atoms[0].anisou = m.map(|m| m * 4.0);
    }
    let found = anisou(&protein, &dynamics).unwrap();
    assert!((found.scale - 4.0).abs() < 1e-9);
    assert_eq!(found.rmsf.left_out.not_measured, 6);
    assert!(found.log_frobenius[0].is_nan());
    let largest = |p: &[f64]| {
        p.iter()
            .filter(|x| x.is_finite())
            .copied()
            .fold(0.0, f64::max)
    };
    assert!(largest(&found.log_frobenius) < 1e-9);
    assert!(largest(&found.symmetric_kl) < 1e-9);
    assert!(largest(&found.axis_angle_degrees) < 1e-3);
}

fn structure_of(models: Vec<Vec<Option<Vec3>>>) -> Structure {
    let model = |(k, ca): (usize, Vec<Option<Vec3>>)| {
        Model::new(k + 1, vec![Chain::new("A", protein_of(&ca).residues)])
    };
    Structure {
        method: Method::Nmr,
        ..Structure::new(
            "bundle",
            models.into_iter().enumerate().map(model).collect(),
        )
    }
}

#[test]
fn superposition_undoes_a_rigid_motion() {
    let target: Vec<Vec3> = ubiquitin().alpha_carbons().into_iter().flatten().collect();
    let turn = Rotation3::from_euler_angles(2.0, -0.4, 1.0);
    let mut moving: Vec<Vec3> = target
        .iter()
        .map(|p| turn * p + Vec3::repeat(8.0))
        .collect();
    superpose(&mut moving, &target, &vec![1.0; target.len()]);
    let worst = moving
        .iter()
        .zip(&target)
        .map(|(a, b)| (a - b).norm())
        .fold(0.0, f64::max);
    assert!(worst < 1e-9);
}

#[test]
fn a_bundle_shows_its_loose_end_and_nothing_else() {
    let protein = ubiquitin();
    let input = protein.alpha_carbons();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut noise = |size: f64| Vec3::from_fn(|_, _| size * (rng.random::<f64>() - 0.5));
    let models: Vec<Vec<Option<Vec3>>> = (0..20)
        .map(|k| {
            let turn = Rotation3::from_euler_angles(f64::from(k), 0.3 * f64::from(k), 1.0);
            let moved = |(i, p): (usize, &Option<Vec3>)| {
                let loose = if i >= 70 { 8.0 } else { 0.1 };
                p.map(|p| turn * (p + noise(loose)) + Vec3::repeat(f64::from(k)))
            };
            let mut model: Vec<Option<Vec3>> = input.iter().enumerate().map(moved).collect();
            if k == 4 {
                model[9] = None;
            }
            model
        })
        .collect();
    let ensemble = nmr_ensemble(&structure_of(models), &protein, &()).unwrap();
    let rmsf = ensemble.rmsf_angstrom();
    assert!(rmsf[9].is_nan() && ensemble.residues.len() == 75);
    assert!(
        rmsf[..70]
            .iter()
            .filter(|x| x.is_finite())
            .all(|x| *x < 0.15)
    );
    assert!(rmsf[70..].iter().all(|x| *x > 1.5));
    let dynamics = gaussian(&protein, Source::ParameterFree, &()).unwrap();
    let found = nmr(&ensemble, &dynamics).unwrap();
    assert_eq!(found.rmsf.n, 75);
    assert!(found.rmsf.pearson > 0.3);
    let one = structure_of(vec![input]);
    assert_eq!(
        nmr_ensemble(&one, &protein, &()),
        Err(NotComparable::OneModel)
    );
}

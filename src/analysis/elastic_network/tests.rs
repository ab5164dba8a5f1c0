//! Against ProDy's values, and under rotation, in pieces, at N = 1 and 2.

use serde_json::Value;

use super::*;
use crate::analysis::AnalysisError;
use crate::analysis::gaussian::{
    B_A_SQUARE_FLUCTUATION, Scale, Source, typical_mean_rmsf_angstrom,
};
use crate::numeric::factor::Factored;
use crate::numeric::lanczos;
use crate::numeric::sparse::lowest_modes;
use crate::numeric::{Matrix, Vec3};
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::b_column::{Confidence, Evidence};
use crate::protein::{Atom, BColumn, Protein, Residue, ResidueId};

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
        followers: 0,
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
    let traces: Vec<f64> = marginals.iter().map(nalgebra::Matrix::trace).collect();
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

/// A protein of Cα atoms alone, `None` where a residue has none.
pub(crate) fn protein_of(ca: &[Option<Vec3>]) -> Protein {
    let residues = ca
        .iter()
        .enumerate()
        .map(|(i, position)| Residue {
            id: ResidueId {
                chain: "A".to_owned(),
                number: i as i32 + 1,
                insertion_code: None,
            },
            name: "ALA".to_owned(),
            amino_acid: None,
            atoms: position.iter().map(|&p| alpha_carbon(p)).collect(),
        })
        .collect();
    Protein {
        name: "test".to_owned(),
        model: 1,
        residues,
        b_column: BColumn::Absent,
        seqres: [].into(),
        context: std::sync::Arc::default(),
    }
}

fn alpha_carbon(position: Vec3) -> Atom {
    Atom {
        name: "CA".to_owned(),
        element: "C".to_owned(),
        position,
        b_factor: 0.0,
        occupancy: 1.0,
        anisou: None,
    }
}

pub(crate) fn ubiquitin() -> Protein {
    let ca: Vec<Option<Vec3>> = positions(&golden("1ubi")).into_iter().map(Some).collect();
    protein_of(&ca)
}

const NETWORKS: [Source; 3] = [Source::ParameterFree, Source::Anm, Source::Gnm];

fn moved(ca: &[Option<Vec3>]) -> (Vec<Option<Vec3>>, nalgebra::Rotation3<f64>) {
    let turn = nalgebra::Rotation3::from_euler_angles(0.7, -1.1, 2.3);
    let shift = Vec3::new(50.0, -20.0, 7.0);
    let moved = ca.iter().map(|p| p.map(|p| turn * p + shift)).collect();
    (moved, turn)
}

#[test]
fn turns_with_the_molecule() {
    let at_rest = ubiquitin();
    let (positions, turn) = moved(&at_rest.alpha_carbons());
    let turned = protein_of(&positions);
    for source in NETWORKS {
        let a = gaussian(&at_rest, source, &()).unwrap();
        let b = gaussian(&turned, source, &()).unwrap();
        for (x, y) in a.marginals.iter().zip(&b.marginals) {
            let (x, y) = (x.unwrap(), y.unwrap());
            let expected = turn.matrix() * x * turn.matrix().transpose();
            assert!((y - expected).norm() < 1e-7 * x.norm(), "{source:?}");
        }
        for (x, y) in a.correlation.values().iter().zip(b.correlation.values()) {
            assert!((x - y).abs() < 1e-7, "{source:?}");
        }
    }
}

#[test]
fn residues_without_alpha_carbon_are_left_out() {
    let mut ca = ubiquitin().alpha_carbons();
    ca[10] = None;
    let protein = protein_of(&ca);
    let present: Vec<Option<Vec3>> = ca.iter().filter(|p| p.is_some()).copied().collect();
    for source in NETWORKS {
        let with_gap = gaussian(&protein, source, &()).unwrap();
        let without = gaussian(&protein_of(&present), source, &()).unwrap();
        assert!(with_gap.marginals[10].is_none());
        assert!(with_gap.correlation[(10, 3)].is_nan());
        assert!(with_gap.rmsf_angstrom()[10].is_nan());
        let kept: Vec<f64> = with_gap
            .rmsf_angstrom()
            .into_iter()
            .filter(|x| !x.is_nan())
            .collect();
        for (x, y) in kept.iter().zip(without.rmsf_angstrom()) {
            assert!((x - y).abs() < 1e-9);
        }
    }
    let nothing = gaussian(&protein_of(&[None, None]), Source::Anm, &());
    assert!(matches!(nothing, Err(AnalysisError::NoAlphaCarbon { .. })));
}

#[test]
fn one_and_two_residues_are_defined() {
    for source in NETWORKS {
        let one = gaussian(&protein_of(&[Some(Vec3::new(1.0, 2.0, 3.0))]), source, &()).unwrap();
        assert!(one.marginals[0].unwrap().norm() < 1e-9, "{source:?}");
        let two = [Vec3::zeros(), Vec3::new(3.8, 0.0, 0.0)].map(Some);
        let two = gaussian(&protein_of(&two), source, &()).unwrap();
        let [a, b] = [two.marginals[0].unwrap(), two.marginals[1].unwrap()];
        assert!((a - b).norm() < 1e-9 && a[(0, 0)] > 0.0, "{source:?}");
        assert!((two.correlation[(0, 1)] + 1.0).abs() < 1e-6, "{source:?}");
    }
}

#[test]
fn pieces_do_not_know_of_each_other() {
    let ca = positions(&golden("1ubi"));
    let far = ca.iter().map(|p| p + Vec3::new(500.0, 0.0, 0.0));
    let both: Vec<Vec3> = ca.iter().copied().chain(far).collect();
    let places: Vec<usize> = (0..both.len()).collect();
    let spring = Spring::Cutoff(ANM_CUTOFF_ANGSTROM);
    let whole = solve_anm(&network(&both, &places, spring), 0.0, &()).unwrap();
    let alone = solve_anm(&network(&ca, &places[..ca.len()], spring), 0.0, &()).unwrap();
    for (x, y) in whole
        .marginals()
        .iter()
        .zip(alone.marginals().iter().cycle())
    {
        assert!((x - y).norm() < 1e-8 * y.norm());
    }
    assert!(whole.coupling(&()).unwrap()[(0, ca.len())].abs() < 1e-9);
}

#[test]
fn a_dangling_end_swings_freely_and_the_rest_stays() {
    // The last atom has one spring: it swings freely about its neighbour, beside the rigid motions.
    let mut ca = positions(&golden("1ubi"));
    let outward = (ca[75] - ca[30]).normalize();
    let end = ca[75] + outward * 14.5;
    let touching = ca
        .iter()
        .filter(|p| (*p - end).norm() <= ANM_CUTOFF_ANGSTROM)
        .count();
    assert!((1..3).contains(&touching));
    ca.push(end);
    let places: Vec<usize> = (0..ca.len()).collect();
    let spring = Spring::Cutoff(ANM_CUTOFF_ANGSTROM);
    let network = network(&ca, &places, spring);
    let solved = solve_anm(&network, 0.0, &()).unwrap();
    let (found, whole) = (&solved.covariance, network.hessian(&()).unwrap());
    assert_eq!(found.rank(), 3 * ca.len(), "by Cholesky");
    let zero = 1e-7 * whole.mean_diagonal();
    let expected = whole.pseudo_inverse(zero, &()).unwrap();
    assert!(expected.rank() < 3 * ca.len() - 6);
    for row in 0..3 * ca.len() {
        let (a, b) = (found.entry(row, 100), expected.entry(row, 100));
        assert!((a - b).abs() < 1e-8 * expected.entry(100, 100), "{a} {b}");
        let (a, b) = (found.entry(row, row), expected.entry(row, row));
        assert!((a - b).abs() < 1e-7 * b.abs().max(1e-3), "{row}: {a} {b}");
    }
}

#[test]
fn cancellation_is_heard() {
    struct Impatient;
    impl Checkpoint for Impatient {
        fn reached(&self, _: usize, _: usize) -> Result<(), Cancelled> {
            Err(Cancelled)
        }
    }
    let result = gaussian(&ubiquitin(), Source::Anm, &Impatient);
    assert!(matches!(result, Err(AnalysisError::Cancelled(_))));
}

#[test]
fn progress_rises_to_the_end() {
    #[derive(Default)]
    struct Seen(std::sync::Mutex<Vec<usize>>);
    impl Checkpoint for Seen {
        fn reached(&self, done: usize, total: usize) -> Result<(), Cancelled> {
            assert!(done <= total);
            self.0.lock().unwrap().push(1000 * done / total);
            Ok(())
        }
    }
    let seen = Seen::default();
    gaussian(&ubiquitin(), Source::ParameterFree, &seen).unwrap();
    let seen = seen.0.into_inner().unwrap();
    assert!(seen.len() >= 3 && seen.is_sorted());
}

#[test]
fn experimental_b_factors_set_the_amplitude() {
    let mut protein = ubiquitin();
    let typical = gaussian(&protein, Source::Gnm, &()).unwrap();
    assert!(matches!(typical.scale, Scale::Typical { .. }));
    let square: Vec<f64> = typical.rmsf_angstrom().iter().map(|x| x * x).collect();
    let mean = crate::numeric::stats::mean(&typical.rmsf_angstrom());
    let ca: Vec<Vec3> = protein.alpha_carbons().into_iter().flatten().collect();
    assert!((mean - typical_mean_rmsf_angstrom(&ca)).abs() < 1e-9);
    assert!((0.58..2.6).contains(&mean), "{mean}");
    for (residue, u2) in protein.residues.iter_mut().zip(&square) {
        residue.atoms[0].b_factor = 2.0 * B_A_SQUARE_FLUCTUATION * u2;
    }
    protein.residues[5].atoms[0].b_factor = 99.0;
    protein.b_column = BColumn::BFactor;
    let fitted = gaussian(&protein, Source::Gnm, &()).unwrap();
    assert!(matches!(fitted.scale, Scale::BFactors { .. }));
    let ratio = fitted.rmsf_angstrom()[20] / typical.rmsf_angstrom()[20];
    assert!((ratio - 2f64.sqrt()).abs() < 1e-6);
    protein.b_column = BColumn::Plddt(Confidence::Percent, Evidence::Values);
    let predicted = gaussian(&protein, Source::Gnm, &()).unwrap();
    assert!(matches!(predicted.scale, Scale::Typical { .. }));
}

#[test]
fn feature_solvers_agree_with_their_reference() {
    let text = include_str!("../../../tests/golden/elastic_network/features.json");
    let expected: Value = serde_json::from_str(text).unwrap();
    let ca = positions(&golden("1ejg"));
    let indices: Vec<usize> = numbers(&expected["indices"])
        .iter()
        .map(|&x| x as usize)
        .collect();
    let block = |m: &Matrix, expected: &Value, what: &str| {
        for (&i, row) in indices.iter().zip(expected.as_array().unwrap()) {
            let found: Vec<f64> = indices.iter().map(|&j| m[(i, j)]).collect();
            close(&found, &numbers(row), what);
        }
    };
    for (name, spring) in [
        ("gnm_cutoff_10", Spring::Cutoff(10.0)),
        ("gnm_cutoff_7.5", Spring::Cutoff(7.5)),
        ("gnm_power_2", Spring::Power(2)),
    ] {
        block(
            &feature_gnm(&ca, spring, &())
                .unwrap()
                .coupling(&())
                .unwrap(),
            &expected[name],
            name,
        );
    }
    for (name, spring) in [
        ("anm_cutoff_15", Spring::Cutoff(15.0)),
        ("anm_power_4", Spring::Power(4)),
        ("anm_power_8", Spring::Power(8)),
    ] {
        let solved = feature_anm(&ca, spring, &()).unwrap();
        let marginals = solved.marginals();
        block(
            &solved.coupling(&()).unwrap(),
            &expected[name]["coupling"],
            name,
        );
        for (&i, m) in indices
            .iter()
            .zip(expected[name]["marginals"].as_array().unwrap())
        {
            for (a, row) in m.as_array().unwrap().iter().enumerate() {
                let found: Vec<f64> = (0..3).map(|b| marginals[i][(a, b)]).collect();
                close(&found, &numbers(row), name);
            }
        }
    }
}

#[test]
fn lowest_modes_are_those_of_the_whole_network() {
    let ca = positions(&golden("1ubi"));
    let places: Vec<usize> = (0..ca.len()).collect();
    let network = network(&ca, &places, Spring::Cutoff(ANM_CUTOFF_ANGSTROM));
    let free = network.rigid_motions(&network.pieces());
    let entries = network.sparse_hessian(&()).unwrap();
    let cut = lowest_modes(3 * ca.len(), &entries, &free, 12, 1e-6, &()).unwrap();
    let wanted = numbers(&golden("1ubi")["anm"]["eigenvalues"]);
    close(&eigenvalues(&cut, wanted.len()), &wanted, "lowest modes");
    assert_eq!(cut.rank(), 12);
    let all = lowest_modes(3 * ca.len(), &entries, &free, 3 * ca.len(), 1e-6, &()).unwrap();
    let whole = solve_anm(&network, 0.0, &()).unwrap();
    close(
        &[all.entry(30, 30)],
        &[whole.covariance.entry(30, 30)],
        "all modes",
    );
}

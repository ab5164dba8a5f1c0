//! Neighbours that follow, against the whole network solved at once and looked at where the protein is.

use std::sync::Arc;

use super::super::{PARAMETER_FREE_ANCHOR, gaussian};
use super::*;
use crate::analysis::gaussian::Scale;
use crate::numeric::Covariance3;
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::{Around, ChainChoice, read};

type Dense = nalgebra::DMatrix<f64>;

/// A methyltransferase's first hundred residues with the DNA and the cofactor that it holds.
fn complex(counts: bool) -> Protein {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/3mht.pdb");
    let structure = Arc::new(read::read(path.as_ref()).unwrap().0);
    let around = Around {
        counts,
        ..Around::default()
    };
    let structure = structure.with_around(around).unwrap();
    structure.protein(0, &ChainChoice::First).unwrap()
}

/// The stiffness of all atoms, written down spring by spring.
fn stiffness(positions: &[Vec3], source: Source) -> Dense {
    let rows = if source == Source::Gnm { 1 } else { 3 };
    let n = positions.len();
    let mut whole = Dense::zeros(rows * n, rows * n);
    for i in 0..n {
        for j in (0..n).filter(|j| *j != i) {
            let delta = positions[j] - positions[i];
            let d = delta.norm();
            let k = match source {
                Source::Gnm => f64::from(u8::from(d <= 10.0)),
                Source::Anm => f64::from(u8::from(d <= 15.0)),
                _ => d.max(2.0).powi(-8),
            };
            for a in 0..rows {
                for b in 0..rows {
                    let part = if rows == 1 {
                        k
                    } else {
                        k * delta[a] * delta[b] / (d * d)
                    };
                    whole[(rows * i + a, rows * j + b)] -= part;
                    whole[(rows * i + a, rows * i + b)] += part;
                }
            }
        }
    }
    whole
}

/// The pseudo-inverse by eigenvalues.
fn inverted(whole: Dense) -> Dense {
    let eigen = whole.symmetric_eigen();
    let zero = 1e-9 * eigen.eigenvalues.amax();
    let inverse = eigen
        .eigenvalues
        .map(|v| if v > zero { v.recip() } else { 0.0 });
    &eigen.eigenvectors * Dense::from_diagonal(&inverse) * eigen.eigenvectors.transpose()
}

/// What projects rigid motions out: translations, and rotations where there are directions.
fn without_rigid(positions: &[Vec3], rows: usize) -> Dense {
    let n = positions.len();
    let mut motions = Dense::zeros(rows * n, if rows == 1 { 1 } else { 6 });
    for (i, p) in positions.iter().enumerate() {
        if rows == 1 {
            motions[(i, 0)] = 1.0;
            continue;
        }
        for k in 0..3 {
            let axis = Vec3::ith(k, 1.0);
            let turned = axis.cross(p);
            for a in 0..3 {
                motions[(3 * i + a, k)] = axis[a];
                motions[(3 * i + a, 3 + k)] = turned[a];
            }
        }
    }
    let q = motions.qr().q();
    Dense::identity(rows * n, rows * n) - &q * q.transpose()
}

fn marginals(covariance: &Dense, rows: usize) -> Vec<Covariance3> {
    let block = |i: usize| {
        if rows == 1 {
            return Covariance3::identity() * covariance[(i, i)];
        }
        covariance.fixed_view::<3, 3>(3 * i, 3 * i).into_owned()
    };
    (0..covariance.nrows() / rows).map(block).collect()
}

#[test]
fn the_protein_moves_as_in_the_whole_network() {
    for source in [Source::Gnm, Source::Anm, Source::ParameterFree] {
        let protein = complex(true);
        let own: Vec<Vec3> = protein.alpha_carbons().into_iter().flatten().collect();
        let around = followers(&protein, source);
        // 25 nucleotides, of which one lacks its phosphate, and 26 atoms of the cofactor.
        assert_eq!(
            (own.len(), around.positions.len(), around.left_out),
            (100, 83, 0)
        );
        let mut all = own.clone();
        all.extend(&around.positions);
        let rows = if source == Source::Gnm { 1 } else { 3 };
        let s = rows * own.len();
        let project = without_rigid(&own, rows);
        let expected = if source == Source::ParameterFree {
            // The anchor is of the protein alone: it holds once the others have followed.
            let whole = stiffness(&all, source);
            let e = whole.nrows() - s;
            let (se, ee) = (
                whole.view((0, s), (s, e)).into_owned(),
                whole.view((s, s), (e, e)),
            );
            let follow = ee.into_owned().cholesky().unwrap().solve(&se.transpose());
            let left = whole.view((0, 0), (s, s)) - &se * follow;
            let anchored = left + Dense::identity(s, s) * PARAMETER_FREE_ANCHOR;
            &project * anchored.try_inverse().unwrap() * &project
        } else {
            let whole = inverted(stiffness(&all, source));
            &project * whole.view((0, 0), (s, s)) * &project
        };
        let found = gaussian(&protein, source, &()).unwrap();
        let factor = if let Scale::BFactors { factor } = found.scale {
            Some(factor)
        } else {
            None
        };
        let factor = factor.unwrap();
        let expected = marginals(&expected, rows);
        let largest = expected
            .iter()
            .map(nalgebra::Matrix3::amax)
            .fold(0.0, f64::max);
        for (i, (m, e)) in found.marginals.iter().zip(&expected).enumerate() {
            let m = m.unwrap() / factor;
            assert!((m - e).amax() < 1e-9 * largest, "{source:?} {i}: {m} {e}");
        }
        let alone = gaussian(&complex(false), source, &()).unwrap();
        assert_ne!(alone.rmsf_angstrom(), found.rmsf_angstrom());
    }
}

#[test]
fn what_holds_nothing_is_no_node_and_a_loose_node_does_no_harm() {
    let line = |x: f64| Vec3::new(x, 0.0, 0.0);
    let own = [
        line(0.0),
        line(3.8),
        Vec3::new(3.0, 3.5, 0.0),
        Vec3::new(0.0, 2.0, 3.0),
    ];
    let far = among(&own, vec![line(100.0), line(103.0)], Source::Anm);
    assert!(far.positions.is_empty());
    // 12 Å from one atom alone: a spring that leaves two directions of the node free.
    let loose = line(-14.9);
    let near = among(&own, vec![loose, line(100.0)], Source::Anm);
    assert_eq!(near.positions, [loose]);
    let solved = |around: &[Vec3]| {
        let mut positions = own.to_vec();
        positions.extend_from_slice(around);
        let places: Vec<usize> = (0..positions.len()).collect();
        let network = Network {
            positions: &positions,
            places: &places,
            spring: spring(Source::Anm).unwrap(),
            followers: around.len(),
        };
        super::super::solve_anm(&network, 0.0, &())
            .unwrap()
            .marginals()
    };
    // What one spring holds follows without resistance.
    for (a, b) in solved(&[loose]).iter().zip(&solved(&[])) {
        assert!((a - b).amax() < 1e-9 * b.amax().max(1e-3), "{a} {b}");
    }
}

#[test]
fn a_ligand_has_a_node_for_three_atoms_and_a_large_context_is_cut() {
    let protein = complex(true);
    let small = protein.context.neighbours.iter();
    let mut small = small.filter(|n| n.kind == NeighbourKind::Ligand);
    let cofactor = small.next().unwrap();
    let spread = nodes(cofactor);
    assert_eq!((cofactor.residue.atoms.len(), spread.len()), (26, 9));
    for (i, a) in spread.iter().enumerate() {
        assert!(spread[..i].iter().all(|b| (a - b).norm() > 1.4));
    }
    let own = [Vec3::zeros(), Vec3::new(3.8, 0.0, 0.0)];
    let many: Vec<Vec3> = (0..2500)
        .map(|i| Vec3::new(0.1 * f64::from(i), 3.0, 0.0))
        .collect();
    let cut = among(&own, many, Source::Anm);
    assert_eq!((cut.positions.len(), cut.left_out), (1998, 502));
    assert!(cut.positions.iter().all(|p| p.x < 0.1 * 1999.0));
}

struct Stop(std::sync::atomic::AtomicUsize);

impl Checkpoint for Stop {
    fn reached(&self, _: usize, _: usize) -> Result<(), Cancelled> {
        let left = self.0.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        if left == 0 { Err(Cancelled) } else { Ok(()) }
    }
}

#[test]
fn it_stops_at_any_of_its_checkpoints() {
    let protein = complex(true);
    for after in [0, 2, 4, 6] {
        let stopped = gaussian(&protein, Source::Anm, &Stop(after.into()));
        assert!(stopped.is_err(), "{after}");
    }
}
